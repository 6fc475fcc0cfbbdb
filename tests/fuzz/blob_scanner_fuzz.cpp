// Any text through the blob scanner, whole and in pieces that the first bytes choose. The skeleton
// must be JSON exactly when the text is, and then the blobs and markers must be those of the naive
// reading.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/base/json.hpp"
#include "engine/provider/blob_scanner.hpp"
#include "tests/support/naive_blobs.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace engine;

namespace {

const std::vector<std::string> keys{"b64_json", "result"};

struct scanned {
    std::string skeleton; // or the failure's message
    std::error_code code;
    std::vector<support::kept_blob> blobs;
    bool operator==(const scanned&) const = default;
};

scanned scan(std::string_view text, std::size_t first_bytes, std::size_t piece_bytes)
{
    support::keeping_sink sink;
    provider::blob_scanner scanner(keys, sink,
                                   {.skeleton_bytes_max = 3000, .blob_bytes_max = 1000});
    sink.scanner = &scanner;
    for (std::size_t size = first_bytes; !text.empty(); size = piece_bytes) {
        const auto piece = text.substr(0, size);
        text.remove_prefix(piece.size());
        if (!scanner.feed(piece))
            break;
    }
    const auto skeleton = scanner.finish();
    if (skeleton)
        return {std::string(*skeleton), {}, sink.blobs};
    return {skeleton.error().message(), skeleton.error().code, sink.blobs};
}

// Whether a failure of the scanner is one that a valid document can earn: by a bound, or by what
// is under a wanted key. An escape other than \/ is refused there, which the tree no longer shows.
bool may_be_refused(const scanned& got, const support::naive_scanned& expected,
                    std::string_view text)
{
    using provider::blob_errc;
    if (got.code == blob_errc::not_base64)
        return expected.refused || text.find('\\') != std::string_view::npos;
    return got.code == blob_errc::blob_too_large || got.code == blob_errc::skeleton_too_large ||
           got.code == blob_errc::too_deep;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::string_view text = base::as_text({data + 2, size - 2});
    const scanned whole = scan(text, text.size(), 1);
    ENGINE_ASSERT(scan(text, 1 + data[0], 1 + data[1]) == whole);
    ENGINE_ASSERT(scan(text, 1, 1) == whole);

    const auto original = base::parse_json(text, "fuzz");
    if (!original) {
        ENGINE_ASSERT(whole.code || !base::parse_json(whole.skeleton, "fuzz"));
        return 0;
    }
    const auto expected = support::naive_blobs(*original, keys);
    if (whole.code) {
        ENGINE_ASSERT(may_be_refused(whole, expected, text));
        return 0;
    }
    ENGINE_ASSERT(!expected.refused);
    ENGINE_ASSERT(base::parse_json(whole.skeleton, "fuzz").value() == expected.skeleton);
    ENGINE_ASSERT(whole.blobs.size() == expected.blobs.size());
    for (std::size_t i = 0; i < whole.blobs.size(); ++i) {
        ENGINE_ASSERT(whole.blobs[i].ended);
        ENGINE_ASSERT(whole.blobs[i].key == expected.blobs[i].key);
        ENGINE_ASSERT(whole.blobs[i].bytes == expected.blobs[i].bytes);
    }
    return 0;
}
