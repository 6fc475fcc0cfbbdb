// resolver: host names to addresses, asked once for all who want them at the same time.
//
// The system's getaddrinfo blocks, and Asio calls it on one thread for the whole loop: a thousand
// streams that start together would queue behind a thousand look-ups. So one look-up serves all
// that wait, and its answer is kept for a short while. Failures are not kept.
#pragma once

#include "engine/base/result.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/runtime/task.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace engine::http {

using tcp_address = runtime::asio::ip::tcp::endpoint;

class resolver {
public:
    // `time` must outlive the resolver.
    explicit resolver(runtime::clock& time) : time_(time) {}

    // Every address of the host, in the system's order; never empty. An IP address answers at once.
    // errc::resolve_failed. A cancelled caller leaves at once; its look-up ends on its own, which
    // keeps the loop busy until the system gives up (5 to 30 s).
    [[nodiscard]] runtime::task<base::result<std::vector<tcp_address>>> resolve(std::string host,
                                                                                std::uint16_t port);

private:
    struct lookup;
    static void begin(const std::shared_ptr<lookup>& wanted, const std::string& host);

    runtime::clock& time_;
    std::map<std::string, std::shared_ptr<lookup>> lookups_; // by host
};

} // namespace engine::http
