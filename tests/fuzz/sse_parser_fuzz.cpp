// Any body through the event stream parser, in pieces of two sizes that the first bytes choose,
// against the naive reference. What is over a bound is refused; then it only has to be refused
// alike.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/http/sse_parser.hpp"
#include "tests/support/naive_sse.hpp"

#include <algorithm>
#include <optional>
#include <utility>

using namespace engine::http;

namespace {

// Nothing if the body is malformed.
std::optional<support::sse_reading> read(std::string_view body, std::size_t first_bytes,
                                         std::size_t piece_bytes)
{
    sse_parser parser;
    support::sse_reading out;
    for (std::size_t size = first_bytes; !body.empty(); size = piece_bytes) {
        std::string_view bytes = body.substr(0, size);
        body.remove_prefix(bytes.size());
        for (;;) {
            const auto token = parser.next(bytes);
            if (!token) {
                ENGINE_ASSERT(token.error().code == sse_errc::malformed_stream);
                return std::nullopt;
            }
            if (token->kind == sse_kind::need_more)
                break;
            ENGINE_ASSERT(token->data.empty() == (token->kind == sse_kind::event_end));
            out.rest.data += token->data;
            if (token->kind == sse_kind::event_end) {
                out.rest.name = parser.event_name();
                out.events.push_back(std::exchange(out.rest, {}));
            }
        }
        ENGINE_ASSERT(bytes.empty());
    }
    out.rest.name = parser.event_name();
    out.event_pending = parser.event_pending();
    out.line_pending = parser.line_pending();
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::string_view body = engine::base::as_text({data + 2, size - 2});
    const auto whole = read(body, body.size(), 1);
    ENGINE_ASSERT(!whole || *whole == support::naive_sse(body));
    ENGINE_ASSERT(read(body, 1 + data[0], 1 + data[1]) == whole);
    ENGINE_ASSERT(read(body, 1, 1) == whole);
    return 0;
}
