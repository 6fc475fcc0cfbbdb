// Any body through the reader of forms. What it accepts must lie inside the body, in order, without
// its own boundary in it; and a form that is cut off anywhere must be refused.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/sim/multipart_form.hpp"

#include <cstddef>
#include <cstdint>

using namespace engine;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    // The first line is the content type, the rest the body.
    const std::string_view input = base::as_text({data, size});
    const auto line = input.find('\n');
    if (line == std::string_view::npos)
        return 0;
    const std::string boundary = sim::boundary_of(input.substr(0, line));
    ENGINE_ASSERT(boundary.size() <= 70);
    if (boundary.empty())
        return 0;
    const std::string_view body = input.substr(line + 1);
    const auto parts = sim::read_multipart(body, boundary, {.parts_max = 20});
    if (!parts) {
        ENGINE_ASSERT(!parts.error().empty());
        return 0;
    }
    ENGINE_ASSERT(parts->size() <= 20);
    const char* reached = body.data();
    for (const auto& part : *parts) {
        ENGINE_ASSERT(!part.name.empty());
        if (part.content.empty())
            continue;
        ENGINE_ASSERT(part.content.data() > reached);
        reached = part.content.data() + part.content.size();
        ENGINE_ASSERT(reached < body.data() + body.size());
        ENGINE_ASSERT(part.content.find("\r\n--" + boundary) == std::string_view::npos);
    }
    return 0;
}
