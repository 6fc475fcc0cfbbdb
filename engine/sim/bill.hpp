// bill: what the look-alike accepted, charged and delivered, request by request, to be held against
// the ledger of whoever asked.
//
// A request that was accepted is charged, whatever becomes of the answer: cut, stalled, lost at a
// gateway, or given up by the client. What is refused before the work is not. Money goes by the
// usage that the answer states, at the prices of job/prices.json.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/money.hpp"
#include "engine/base/wall_time.hpp"
#include "engine/job/usage.hpp"
#include "engine/sim/fate.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace engine::sim {

// How a request ended, as the server saw it.
enum class ending {
    accepted,      // under way
    delivered,     // the whole answer was handed to the connection
    cut,           // we broke the answer off (also after a stall)
    client_gone,   // the client hung up before the end, or we were stopped
    gateway_error, // the work was done, and a proxy lost it
    refused,       // moderation
    rejected,      // 4xx: the request was wrong
    rate_limited,  // 429
    server_error,  // before any work
    cancelled,     // background work that its client called off
};
inline constexpr std::array<std::string_view, 10> ending_names = {
    "accepted", "delivered", "cut",          "client_gone",  "gateway_error",
    "refused",  "rejected",  "rate_limited", "server_error", "cancelled"};

struct bill_entry {
    std::uint64_t serial = 0; // names the request id, see request_id()
    std::string client_request_id;
    std::string model;          // that draws; of an answer in words the one that speaks
    std::string mainline_model; // Responses API: the text model; else empty
    std::string api;            // "generations", "edits", "responses"
    std::string response_id;    // Responses API
    std::uint64_t fetched = 0;  // how often a stored response was asked for afterwards
    base::wall_time time;
    ending ended = ending::accepted;
    fault what = fault::none;
    int status = 0; // of the answer; 0 = none was sent
    bool charged = false;
    job::usage used; // as charged; zero when not charged
    base::microusd amount;
    std::int32_t images = 0;
    std::int32_t partials = 0;
};

// "req_" and 32 hexadecimal digits, the same for the same seed and serial.
[[nodiscard]] std::string request_id(std::uint64_t seed, std::uint64_t serial);

class bill {
public:
    // Beyond `entries_max` requests only the sums are kept.
    bill(std::uint64_t seed, std::size_t entries_max) : seed_(seed), entries_max_(entries_max) {}

    // A request that ended at once: refused, rejected, rate limited.
    void add(bill_entry entry);
    // A request that was accepted and is under way.
    void open(bill_entry entry);
    // Books the charge of an open request. Once.
    void charge(std::uint64_t serial, const job::usage& used, std::int32_t partials);
    // A stored response was asked for: of an open request, or of one that is listed.
    void fetched(std::uint64_t serial);
    // Its end; forgets that it was open.
    void close(std::uint64_t serial, ending ended, int status);

    [[nodiscard]] std::size_t in_flight() const { return open_.size(); }
    // Sums; with `details` also the list "requests", from the entry after serial `after` on, at
    // most `limit` of them.
    struct listing {
        bool details = false;
        std::uint64_t after = 0;
        std::size_t limit = ~std::size_t{0};
    };
    [[nodiscard]] base::json to_json(const listing& wanted) const;

private:
    [[nodiscard]] base::json row_of(const bill_entry& entry) const;
    void keep(bill_entry entry);

    std::uint64_t seed_;
    std::size_t entries_max_;
    std::map<std::uint64_t, bill_entry> open_;
    std::vector<bill_entry> closed_; // in the order in which they ended
    std::array<std::uint64_t, ending_names.size()> by_ending_{};
    std::uint64_t requests_ = 0, charged_ = 0, images_ = 0, dropped_ = 0, fetched_ = 0;
    job::usage used_;
    base::microusd amount_;
};

} // namespace engine::sim
