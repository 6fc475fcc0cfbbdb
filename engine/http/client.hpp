// client: HTTP/1.1 exchanges over kept connections, each told exactly how far it came.
//
// One loop owns a client. It never retries a request of which a byte may have left, never follows
// a redirect (3xx is a status like any other), and always verifies certificates. Answers are handed
// out as they come, without copies, from one read buffer that all exchanges of the client share.
#pragma once

#include "engine/http/byte_stream.hpp"
#include "engine/http/errc.hpp"
#include "engine/http/message.hpp"
#include "engine/http/proxy.hpp"
#include "engine/http/url.hpp"
#include "engine/runtime/call_context.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/runtime/task.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::http {

// What an exchange hands out, called on the loop; must be quick and must not wait. A failure stops
// the exchange, closes the connection and comes back as the report's failure, as it is.
class response_handler {
public:
    virtual ~response_handler() = default;
    // Just before the first byte of the request may leave: whoever is cancelled before this has
    // sent nothing. At most once.
    virtual void on_sending() {}
    // Once, for the final head; 1xx are skipped.
    [[nodiscard]] virtual base::result<void> on_head(const response_head& head) = 0;
    // Each piece of the body, without framing and compression (the head's Content-Length and
    // Content-Encoding stay as they came); never empty; valid during the call.
    [[nodiscard]] virtual base::result<void> on_body(std::string_view piece) = 0;
};

struct exchange_report {
    // Milliseconds since exchange() was called; nothing = never came to it.
    struct timings {
        std::optional<double> connect;      // a connection was there; 0 for a kept one
        std::optional<double> request_sent; // the last byte was handed to the system
        std::optional<double> first_byte;   // of any answer
        std::optional<double> last_byte;    // of a complete answer
    };

    std::optional<base::failure> failure; // nothing = the whole answer came and was taken
    // A byte of the request may have reached the peer. Errs on the side of true; false although
    // bytes_sent > 0 only when a TLS server refused our certificate, and so never took them.
    bool sent_any = false;
    bool complete = false; // the whole answer came, by its framing
    std::optional<response_head> head;
    std::uint64_t bytes_sent = 0;     // of the request, head included
    std::uint64_t bytes_received = 0; // of the answer, heads and framing included
    bool reused_connection = false;
    bool resumed_tls = false; // the handshake was a short one, by an earlier connection's session
    timings times;
};

struct client_options {
    // What decides results.
    std::chrono::milliseconds connect_timeout{10'000}; // name, TCP, proxy, TLS together; > 0
    std::chrono::milliseconds first_byte_timeout{0};   // from request sent; 0 = only the deadline
    std::chrono::milliseconds idle_timeout{120'000};   // between bytes, after the first; > 0
    std::size_t header_bytes_max = 32 * 1024;          // of one head; 1 KiB .. read buffer / 2
    std::uint64_t response_bytes_max = 512ull << 20;   // of one body, decompressed; > 0
    // Files are PEM, read with the first https connection.
    std::string ca_file;                 // instead of the system's store; empty = the system's
    std::string client_certificate_file; // the leaf first; shown to every https server of this
                                         // client that asks, never to a proxy; empty = none
    std::string client_key_file;         // not encrypted; empty = it is in the certificate's file
    proxy_settings proxies;              // none = everything is reached directly
    // What decides speed.
    std::size_t connections_per_endpoint_max = 1024; // > 0; more exchanges wait their turn
    std::size_t idle_connections_max = 256;          // of all endpoints; 0 = keep none
    std::chrono::milliseconds idle_lifetime{55'000}; // common balancers close at 60 s
    std::size_t read_buffer_bytes = 64 * 1024;       // one per client; 4 KiB .. 16 MiB
};
// Every complaint as a sentence; empty = fine.
[[nodiscard]] std::vector<std::string> validate(const client_options& options);

// Whoever can carry a request to an endpoint and bring its answer home. One loop owns it.
class client {
public:
    client() = default;
    virtual ~client() = default;
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    // One request, one answer. Only cancellation is thrown, after the connection was closed.
    // `handler` must live until the task is done. The context's deadline is the total limit.
    [[nodiscard]] virtual runtime::task<exchange_report>
    exchange(endpoint where, request wanted, response_handler& handler,
             runtime::call_context context) = 0;
};

// The real one: connections, kept between exchanges. (sim/direct_client.hpp has one without.)
class pooled_client final : public client {
public:
    // `time` must outlive the client. Options must be valid. No I/O yet; the trust store is read
    // with the first https connection.
    pooled_client(client_options options, runtime::clock& time);
    // The same over another kind of connection.
    pooled_client(client_options options, runtime::clock& time, std::unique_ptr<connector> connect);
    ~pooled_client() override; // closes kept connections; no exchange may be under way

    [[nodiscard]] runtime::task<exchange_report> exchange(endpoint where, request wanted,
                                                          response_handler& handler,
                                                          runtime::call_context context) override;

    // Closes the connections that are kept but not in use.
    void close_idle();
    [[nodiscard]] std::size_t idle_connections() const;
    [[nodiscard]] std::uint64_t connections_opened() const;

private:
    struct parts;
    std::unique_ptr<parts> parts_;
};

} // namespace engine::http
