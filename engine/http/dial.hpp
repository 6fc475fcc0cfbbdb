// dial: one TCP connection to whichever of a host's addresses answers first ("Happy Eyeballs",
// RFC 8305).
#pragma once

#include "engine/base/result.hpp"
#include "engine/http/resolver.hpp"
#include "engine/http/socket_stream.hpp"
#include "engine/runtime/clock.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace engine::http {

// After so long without an answer the next address is tried beside the first (RFC 8305 section 5,
// "Connection Attempt Delay", recommended value).
inline constexpr std::chrono::milliseconds dial_stagger{250};
// So many addresses of a host are tried, whatever its name server says (a guess: large services
// give up to 8 of each family).
inline constexpr std::size_t dialled_addresses_max = 16;

// Families by turns, beginning with the first address's, each in its old order (RFC 8305 section
// 4): one broken family costs one stagger, not the whole time limit.
[[nodiscard]] std::vector<tcp_address> interleaved(std::vector<tcp_address> addresses);

// Addresses are tried in their order: the next one when the last failed, or after dial_stagger. The
// first connection wins and the other attempts are closed. Waits for as long as one address says
// nothing: the caller sets the time limit by cancelling. `whom` is for messages.
// errc::connect_failed with what each address said. `time` must outlive the task.
[[nodiscard]] runtime::task<base::result<tcp_socket>> dial(std::vector<tcp_address> addresses,
                                                           std::string whom, runtime::clock& time);

} // namespace engine::http
