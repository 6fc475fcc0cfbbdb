// connection_pool: connections kept for the next request, and turns where there may be no more.
//
// It has no timer: what has been idle for too long is closed when the pool is used next. Until then
// a connection that the peer closed costs a descriptor.
#pragma once

#include "engine/http/byte_stream.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/runtime/slots.hpp"

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>

namespace engine::http {

class connection_pool {
public:
    struct options {
        std::size_t per_endpoint_max = 1;
        std::size_t idle_max = 0;
        std::chrono::milliseconds idle_lifetime{0};
    };
    explicit connection_pool(options bounds) : bounds_(bounds) {}

    // Waits until one more connection to that endpoint is allowed, first come, first served. The
    // permit must be given back before the pool dies, and after its connection went to keep().
    [[nodiscard]] runtime::task<runtime::slots::permit> turn(endpoint where);

    // The most recently used connection that is still quiet, or null.
    [[nodiscard]] std::unique_ptr<byte_stream> take(const endpoint& where,
                                                    runtime::steady_time now);
    void keep(const endpoint& where, std::unique_ptr<byte_stream> stream, runtime::steady_time now);
    void close_idle();
    [[nodiscard]] std::size_t idle() const { return idle_.size(); }

private:
    using key = std::tuple<bool, std::string, std::uint16_t>; // tls, host, port
    struct idle_connection {
        key where;
        std::unique_ptr<byte_stream> stream;
        runtime::steady_time since;
    };
    static key key_of(const endpoint& where) { return {where.tls, where.host, where.port}; }
    void drop_expired(runtime::steady_time now);

    options bounds_;
    std::list<idle_connection> idle_; // the oldest first
    std::map<key, runtime::slots> turns_;
};

} // namespace engine::http
