// descriptors: how many sockets and files this process may have open.
#pragma once

#include <cstddef>

namespace engine::http {

// Raises the soft limit of open descriptors (often 1,024) to the hard limit and returns what is
// allowed now. Never fails: where raising is refused, the old limit is what is allowed.
[[nodiscard]] std::size_t raise_descriptor_limit();

} // namespace engine::http
