// observer: who watches a run without being able to change it. `report` implements it (progress),
// `run` calls it.
#pragma once

#include "engine/job/event.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace engine::job {

// Where a run stands, for a display. All counts are of this run's items unless said otherwise.
struct progress {
    std::int64_t items_total = 0;
    std::int64_t done = 0; // includes those that earlier runs finished
    std::int64_t failed = 0;
    std::int64_t held = 0;
    std::int64_t in_flight = 0; // requests on the wire
    std::int64_t encoding = 0;  // images being checked and derived
    std::int64_t waiting = 0;   // for a limit, a retry or a slot
    base::microusd spent, reserved;
    std::optional<base::microusd> cap;
    std::chrono::milliseconds elapsed{0};
    std::string binding; // what holds the run back now: "images_per_minute", "concurrency", "" ...
    bool stopping = false;
    bool paused = false; // by `darkroom pause`
};

class observer {
public:
    virtual ~observer() = default;
    // Every event of the run, in the order in which it happened; also those that are in the ledger.
    virtual void on_event(const event& happened) = 0;
    // About four times a second while the run lasts.
    virtual void on_progress(const progress& now) = 0;
};

} // namespace engine::job
