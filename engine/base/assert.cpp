#include "engine/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace engine::base {

void assertion_failed(const char* condition, const char* file, int line) noexcept
{
    std::fprintf(stderr, "darkroom: internal error: %s (%s:%d)\n", condition, file, line);
    std::abort();
}

} // namespace engine::base
