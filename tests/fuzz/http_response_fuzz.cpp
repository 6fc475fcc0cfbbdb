// Any bytes through http::response_parser: cut into pieces, they must read as they do whole.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/http/response_parser.hpp"

#include <string>

using namespace engine;
using namespace engine::http;

namespace {

class note_taker final : public response_handler {
public:
    std::string body;
    int heads = 0;
    base::result<void> on_head(const response_head& head) override
    {
        ++heads;
        ENGINE_ASSERT(head.status >= 200 && head.status <= 999);
        ENGINE_ASSERT(check_headers(head.headers).has_value());
        return {};
    }
    base::result<void> on_body(std::string_view piece) override
    {
        ENGINE_ASSERT(heads == 1 && !piece.empty());
        body += piece;
        return {};
    }
};

struct ending {
    int heads = 0;
    std::string body;
    bool failed = false, complete = false;
};

ending read_in_pieces(std::string_view text, std::size_t piece_bytes)
{
    note_taker notes;
    response_parser parser({256, 512}, notes, false);
    std::string carry;
    bool failed = false;
    while (!text.empty() && !failed && !parser.complete()) {
        const auto piece = text.substr(0, piece_bytes);
        text.remove_prefix(piece.size());
        carry += piece;
        const auto used = parser.read(carry);
        failed = !used;
        if (used)
            carry.erase(0, *used);
        ENGINE_ASSERT(carry.size() <= 256 + piece_bytes);
    }
    if (!failed)
        failed = !parser.end_of_stream(true);
    ENGINE_ASSERT(failed || parser.head().has_value());
    return {notes.heads, notes.body, failed, !failed && parser.complete()};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = base::as_text({data, size});
    const auto whole = read_in_pieces(text, size + 1);
    ENGINE_ASSERT(whole.failed != whole.complete);
    for (const std::size_t piece_bytes : {1U, 3U, 16U}) {
        const auto cut = read_in_pieces(text, piece_bytes);
        ENGINE_ASSERT(cut.failed == whole.failed);
        if (!whole.failed)
            ENGINE_ASSERT(cut.heads == whole.heads && cut.body == whole.body);
    }
    return 0;
}
