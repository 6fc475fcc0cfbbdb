// Any bytes through image::decode(): what is accepted must be what its header said, and survive
// being written and read again. A PNG is tried a second time with its checksums put right, because
// no fuzzer guesses a CRC.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/image/byte_order.hpp"
#include "engine/image/decode.hpp"
#include "engine/image/encode.hpp"
#include "engine/image/icc.hpp"
#include "engine/image/png_chunks.hpp"
#include "engine/image/sniff.hpp"

namespace {

using engine::base::byte_buffer;
using engine::base::byte_view;
namespace image = engine::image;

constexpr image::decode_limits limits{
    .pixels_max = 1 << 16, .edge_max = 4096, .metadata_bytes_max = 1 << 16};

void try_decode(byte_view file)
{
    (void)image::content_name(file);
    const auto header = image::sniff(file);
    if (header && file.size() > 40) // a prefix may know less, but never something else
        if (const auto early = image::sniff(file.first(file.size() / 2)))
            ENGINE_ASSERT(early->size == header->size && early->format == header->format);
    const auto picture = image::decode(file, limits);
    if (!picture) {
        ENGINE_ASSERT(picture.error().code != image::errc::need_more);
        return;
    }
    ENGINE_ASSERT(header.has_value());
    ENGINE_ASSERT(picture->size.area() == header->size.area());
    ENGINE_ASSERT(picture->samples.size() ==
                  static_cast<std::size_t>(picture->size.area()) * picture->channels());
    ENGINE_ASSERT(picture->meta.icc.empty() || image::summarize_icc(picture->meta.icc).for_rgb);
    const auto written = image::encode(*picture, {});
    ENGINE_ASSERT(written.has_value());
    const auto again = image::decode(written->bytes, limits);
    ENGINE_ASSERT(again.has_value());
    ENGINE_ASSERT(again->has_alpha != picture->has_alpha || again->samples == picture->samples);
    ENGINE_ASSERT(again->meta.icc == picture->meta.icc);
}

// The same chunks with the checksums that belong to them.
byte_buffer repaired(byte_view file)
{
    byte_buffer out;
    image::append_bytes(out, engine::base::as_bytes(image::png_signature));
    std::size_t at = image::png_signature.size();
    while (const auto chunk = image::next_png_chunk(file, at, image::png_crc::ignored))
        image::append_png_chunk(out, chunk->type, chunk->data);
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const byte_view file(data, size);
    try_decode(file);
    if (image::starts_with(file, image::png_signature))
        try_decode(repaired(file));
    return 0;
}
