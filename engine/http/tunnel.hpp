// tunnel: asks an HTTP proxy for a way to a target, with CONNECT (RFC 9110 section 9.3.6).
//
// Targets without TLS go through a tunnel too, not by absolute-form: so whatever the proxy itself
// says (407, 502, a page of HTML) comes before the request and is `nothing sent`, and the proxy's
// password is in no message that a proxy could hand on to the target. The price: some proxies
// tunnel to port 443 only and refuse here, with a failure that says so.
#pragma once

#include "engine/http/byte_stream.hpp"
#include "engine/http/proxy.hpp"
#include "engine/http/url.hpp"

#include <cstddef>

namespace engine::http {

// When it succeeds, `stream` is a connection to the target's port. Reads a head of at most
// `header_bytes_max` bytes; nothing that the proxy wrote comes into a failure but its status.
// Failures: proxy_refused, proxy_failed. The caller sets the time limit by cancelling. `stream`
// must live until the task is done.
[[nodiscard]] runtime::task<base::result<void>>
open_tunnel(byte_stream& stream, proxy_address via, endpoint target, std::size_t header_bytes_max);

} // namespace engine::http
