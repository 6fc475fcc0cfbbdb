// modelled_providers: every provider of a rehearsal as a look-alike in this process: the provider
// room's own requests and readers, sim's own rules, and neither a socket nor a picture between.
//
// The look-alike of a manifest is the one that a run would have. Of a real provider it is a model:
// its limits as its spec has them, latencies as measured or guessed, and no fault unless one is
// asked for.
#pragma once

#include "engine/job/image_request.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/job/route.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/run/enricher.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/sim/fate.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace engine::rehearse {

// How long a real provider takes for a request, from sending to the last byte. Nothing = not known:
// as the look-alike's default.
using latency_guess = std::function<std::optional<sim::expected_time>(
    const job::route& where, const job::image_request& request)>;

struct model_options {
    // 1 = the look-alikes of the manifest have the seeds that they would have in a run; each other
    // number is another night.
    std::uint64_t seed = 1;
    latency_guess latency;
    // What goes wrong at real providers; nothing = nothing does.
    std::optional<job::simulator_profile> weather;
};

class modelled_providers {
public:
    // `time` must outlive it; so must `options`' functions what they look into.
    modelled_providers(const std::vector<job::provider_spec>& all, const model_options& options,
                       runtime::clock& time);
    ~modelled_providers();
    modelled_providers(const modelled_providers&) = delete;
    modelled_providers& operator=(const modelled_providers&) = delete;

    [[nodiscard]] std::map<std::string, provider::image_api*> apis() const; // by "provider/api"
    [[nodiscard]] std::map<std::string, run::ask_text> texts() const;       // by provider
    // What all of them have charged, by their own bills.
    [[nodiscard]] base::microusd charged() const;

private:
    struct place;
    std::map<std::string, std::unique_ptr<place>> places_; // by provider
};

} // namespace engine::rehearse
