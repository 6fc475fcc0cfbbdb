// socket_connector: dials TCP, and shakes hands where TLS is wanted.
#pragma once

#include "engine/http/byte_stream.hpp"
#include "engine/http/resolver.hpp"
#include "engine/http/socket_stream.hpp"
#include "engine/runtime/clock.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace engine::http {

// One connection to the first of the addresses that takes it, in their order. Each but the last
// gets its share of `timeout`, so that a dead one does not eat the time of the rest; the last one
// gets all the time that the caller gives. `whom` is for messages. errc::connect_failed with what
// each address said.
[[nodiscard]] runtime::task<base::result<tcp_socket>> dial(std::vector<tcp_address> addresses,
                                                           std::string whom,
                                                           std::chrono::milliseconds timeout,
                                                           runtime::clock& time);

class socket_connector final : public connector {
public:
    // `timeout` is what the caller will allow for everything; see dial().
    socket_connector(std::string ca_file, std::chrono::milliseconds timeout, runtime::clock& time);

    [[nodiscard]] runtime::task<base::result<std::unique_ptr<byte_stream>>>
    connect(endpoint where) override;

private:
    [[nodiscard]] base::result<ssl_session> new_session(const std::string& host);

    std::string ca_file_;
    std::chrono::milliseconds timeout_;
    runtime::clock& time_;
    resolver resolver_;
    ssl_context context_; // made with the first TLS connection
};

} // namespace engine::http
