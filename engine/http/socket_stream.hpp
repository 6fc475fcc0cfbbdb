// socket_stream: a connected TCP socket as a byte stream.
//
// The socket is made non-blocking, without Nagle's delay, and with keep-alive probes: a picture
// takes minutes in which nothing is said, and routers forget silent connections.
#pragma once

#include "engine/http/byte_stream.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace engine::http {

using tcp_socket = runtime::asio::ip::tcp::socket;

[[nodiscard]] std::unique_ptr<byte_stream> make_plain_stream(tcp_socket socket);

} // namespace engine::http
