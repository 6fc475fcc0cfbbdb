// server: a small HTTP/1.1 server for the provider look-alike and for tests.
//
// Robust against what clients send (bounded heads and bodies, chunked or not, Expect:
// 100-continue, keep-alive), but no product: no pipelining (a request sent early waits in the
// kernel), no compression, and no timers, so that a slow client costs a connection and no more.
#pragma once

#include "engine/http/byte_stream.hpp"
#include "engine/http/errc.hpp"
#include "engine/http/message.hpp"
#include "engine/runtime/task.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace engine::http {

struct server_options {
    std::string address = "127.0.0.1";          // an IP literal
    std::uint16_t port = 0;                     // 0 = any free one
    std::uint64_t body_bytes_max = 64ull << 20; // more is answered with 413
    std::size_t header_bytes_max = 32 * 1024;   // more is answered with 431
    // PEM texts; both or none. With them the server speaks TLS only.
    std::string certificate_pem; // the chain, leaf first
    std::string private_key_pem;
};

struct server_request {
    std::string method;
    std::string target; // as it came: "/v1/models?limit=2"
    std::string path;   // without the query; not percent-decoded
    std::string query;  // without '?'
    header_list headers;
    std::string body;
    std::string peer; // "127.0.0.1:40312"
};

// Answers one request. When the client has gone, head(), write() and finish() do nothing and
// return: the handler goes on to its end unless it asks client_gone().
class responder {
public:
    virtual ~responder() = default;
    // Once. Date and framing headers are added. No length = chunked (or until close for HTTP/1.0).
    // A header that check_headers() refuses is a bug of the handler and aborts the program.
    [[nodiscard]] virtual runtime::task<> head(int status, header_list headers,
                                               std::optional<std::uint64_t> content_length) = 0;
    // A piece of the body; leaves before this returns. With a length given, not more than that.
    [[nodiscard]] virtual runtime::task<> write(std::string_view piece) = 0;
    // Ends the answer. A handler that returns without it cuts the answer off (an ordinary close).
    [[nodiscard]] virtual runtime::task<> finish() = 0;
    // Cuts the connection now, so that the client sees a reset.
    virtual void cut() = 0;
    // Whether the client is known to have closed; looks at the socket, costs a system call.
    [[nodiscard]] virtual bool client_gone() = 0;

    // A whole answer in one call.
    [[nodiscard]] runtime::task<> answer(int status, header_list headers, std::string body);
};

// An exception of the handler other than cancellation cuts that connection and no other.
using handler = std::function<runtime::task<>(server_request, responder&)>;

class server {
public:
    server(server_options options, runtime::asio::any_io_executor executor);
    ~server(); // serve() must have ended
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    // Binds and listens: from now on connections queue up. errc::listen_failed, or
    // errc::trust_store_failed for a certificate or key that cannot be used.
    [[nodiscard]] base::result<void> listen();
    // The real port, also when any was asked for; listen() must have succeeded.
    [[nodiscard]] std::uint16_t port() const;

    // Serves until stop() or cancellation, then ends all connections and waits for the handlers,
    // which are cancelled.
    [[nodiscard]] runtime::task<> serve(handler answer);
    void stop();
    [[nodiscard]] std::size_t connections() const;

    // Serves one connection that somebody else accepted (sim's memory net) until it ends.
    [[nodiscard]] runtime::task<> serve_stream(std::unique_ptr<byte_stream> stream,
                                               std::string peer, handler answer);

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace engine::http
