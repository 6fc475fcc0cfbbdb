// Any bytes through http::request_parser and the URL readers: cut into pieces, a request must read
// as it does whole, and a URL that is accepted must survive being written and read again.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/http/request_parser.hpp"
#include "engine/http/url.hpp"

#include <string>

using namespace engine;
using namespace engine::http;

namespace {

struct ending {
    bool complete = false;
    std::string target, body;
};

ending read_in_pieces(std::string_view text, std::size_t piece_bytes)
{
    request_parser parser(256, 512);
    std::string carry;
    while (!text.empty() && parser.refused_with() == 0 && !parser.complete()) {
        const auto piece = text.substr(0, piece_bytes);
        text.remove_prefix(piece.size());
        carry += piece;
        carry.erase(0, parser.read(carry));
    }
    if (parser.refused_with() != 0 || !parser.complete())
        return {};
    auto request = parser.take();
    ENGINE_ASSERT(check_headers(request.headers).has_value());
    ENGINE_ASSERT(request.body.size() <= 512);
    return {true, std::move(request.target), std::move(request.body)};
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = base::as_text({data, size});
    const auto whole = read_in_pieces(text, size + 1);
    for (const std::size_t piece_bytes : {1U, 3U, 16U}) {
        const auto cut = read_in_pieces(text, piece_bytes);
        ENGINE_ASSERT(cut.complete == whole.complete);
        ENGINE_ASSERT(cut.target == whole.target && cut.body == whole.body);
    }
    if (const auto base_url = parse_base_url(text)) {
        const auto again = parse_base_url(to_string(*base_url));
        ENGINE_ASSERT(again.has_value() && *again == *base_url);
    }
    if (const auto address = parse_url(text))
        ENGINE_ASSERT(address->target.starts_with('/'));
    return 0;
}
