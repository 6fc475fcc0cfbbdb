// exit_status: the numbers of product.md section 4 that the command line itself gives; a run's own
// are run/exit_code.hpp.
#pragma once

namespace engine::cli {

inline constexpr int exit_done = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage =
    2; // usage or manifest error, nothing sent; with --detailed-exitcode: work to do
inline constexpr int exit_no_key = 3;
inline constexpr int exit_not_found = 4; // a file that was named is not there
inline constexpr int exit_provider_down = 5;
inline constexpr int exit_in_doubt = 8;      // attempts that may have been charged
inline constexpr int exit_interrupted = 130; // SIGINT
inline constexpr int exit_terminated = 143;  // SIGTERM

} // namespace engine::cli
