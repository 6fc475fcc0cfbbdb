// errc: how an exchange can fail, one code for each thing that a caller does differently.
//
// Whether a retry is free is not in the code but in exchange_report::sent_any: with it false
// nothing of the request can have reached the peer. `retry` below means: free if nothing was sent,
// otherwise the work may have been done (and billed) and policy decides.
#pragma once

#include <system_error>

namespace engine::http {

enum class errc {
    // Nothing was sent.
    invalid_request = 1, // a header, target or method that must not go on the wire: our bug or the
                         // user's text; never again
    malformed_url,       // parse_base_url, parse_url: show it to the user
    trust_store_failed,  // the CA file cannot be read, or TLS cannot be set up: stop, fix the file
    client_certificate_failed,  // our certificate or key cannot be used: stop, fix the file
    client_certificate_refused, // the server wants another certificate than ours, or any: stop
    resolve_failed,             // no address for the host: retry, then stop the route
    connect_failed,  // refused, unreachable; every address was tried: retry, then stop the route
    connect_timeout, // no connection (name, TCP, proxy and TLS together) in time: retry
    proxy_failed,    // the proxy answered, but made no tunnel (5xx, nonsense, hung up): retry
    proxy_refused,   // the proxy says no: it wants a password (407) or forbids (4xx): stop
    tls_failed,      // the peer speaks no TLS we accept, or broke the handshake off: retry once
    certificate_invalid, // the detail says why: never retry, a person must look
    // Something may have been sent: see sent_any.
    send_failed,          // the connection broke while sending, and no answer came: retry
    first_byte_timeout,   // sent, and no byte of an answer in time: retry
    idle_timeout,         // no byte in either direction for too long: retry
    total_timeout,        // the call's deadline; may also come while waiting for a connection
    connection_closed,    // closed or reset before the head of an answer was complete: retry
    truncated,            // closed or reset inside the body: what came is a prefix; retry
    malformed_response,   // not HTTP/1.x: never silently; the route is broken
    header_too_large,     // head, chunk header or trailer over its bound: as malformed_response
    response_too_large,   // body over response_bytes_max: never again
    unsupported_encoding, // compressed in a way that we did not ask for: the route is broken
    corrupt_encoding,     // compressed bytes that are none: as truncated, what came is a prefix
    refused_by_handler,   // the response handler threw; its own failures come as they are
    // Of the server.
    listen_failed, // the address cannot be used: show it to the user
};
[[nodiscard]] std::error_code make_error_code(errc code);

} // namespace engine::http

template <>
struct std::is_error_code_enum<engine::http::errc> : std::true_type {};
