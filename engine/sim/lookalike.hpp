// lookalike: the provider look-alike as a real HTTP/1.1 server on this machine, with a thread of
// its own and threads that draw.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/result.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/sim/behaviour.hpp"
#include "engine/sim/service.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace engine::sim {

struct lookalike_options {
    std::string address = "127.0.0.1";           // an IP literal
    std::uint16_t port = 0;                      // 0 = any free one
    std::size_t drawing_threads = 0;             // 0 = one for each processor, at most 8
    std::uint64_t body_bytes_max = 160ull << 20; // of one request; more is a 413
    behaviour_options rules{};
    service_options memory{};
};

class lookalike {
public:
    // Listens and serves from now on. http::errc::listen_failed when the address cannot be used.
    [[nodiscard]] static base::result<std::unique_ptr<lookalike>>
    start(job::simulator_profile profile, lookalike_options options);
    ~lookalike(); // stops
    lookalike(const lookalike&) = delete;
    lookalike& operator=(const lookalike&) = delete;

    // "http://127.0.0.1:40123/v1": what an SDK wants as its base URL.
    [[nodiscard]] std::string base_url() const;
    // The bill so far, as GET /simulator/bill gives it. Any thread; also after stop().
    [[nodiscard]] base::json bill(const bill::listing& wanted = {});
    // Ends all connections and waits for the threads. Requests under way are charged and count as
    // given up by their client.
    void stop();

private:
    struct parts;
    explicit lookalike(std::unique_ptr<parts> made);
    std::unique_ptr<parts> parts_;
};

} // namespace engine::sim
