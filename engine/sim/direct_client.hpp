// direct_client: an HTTP client without connections: it hands each request to a look-alike in this
// process, as a value, and brings the answer home piece by piece. Nothing is written in HTTP's form
// and read again, and nothing can be lost on the way but what the look-alike cuts.
//
// What an exchange reports is what a pooled_client would have: the same codes for an answer that is
// cut, late or silent, by the same time limits.
#pragma once

#include "engine/http/client.hpp"
#include "engine/sim/service.hpp"

#include <chrono>

namespace engine::sim {

// As in http::client_options.
struct direct_limits {
    std::chrono::milliseconds first_byte_timeout{0}; // 0 = only the deadline
    std::chrono::milliseconds idle_timeout{120'000}; // > 0
};

class direct_client final : public http::client {
public:
    // `serving` and `time` must outlive it and every exchange.
    direct_client(service& serving, runtime::clock& time, direct_limits limits = {})
        : answer_(serving.handler()), time_(time), limits_(limits)
    {}

    [[nodiscard]] runtime::task<http::exchange_report>
    exchange(http::endpoint where, http::request wanted, http::response_handler& handler,
             runtime::call_context context) override;

private:
    class delivery;
    [[nodiscard]] runtime::task<bool> serve(http::server_request request, delivery& to);
    [[nodiscard]] runtime::task<http::errc> watch(const delivery& to,
                                                  runtime::steady_time deadline);

    http::handler answer_;
    runtime::clock& time_;
    direct_limits limits_;
};

} // namespace engine::sim
