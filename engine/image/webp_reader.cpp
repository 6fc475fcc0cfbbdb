// webp_reader: WebP to pixels by libwebp.
#include "engine/image/readers.hpp"

#include "engine/image/exif.hpp"
#include "engine/image/icc.hpp"
#include "engine/image/webp_chunks.hpp"

#include <string>
#include <webp/decode.h>

namespace engine::image {

namespace {

metadata read_webp_metadata(const webp_parts& parts, const decode_limits& limits)
{
    metadata meta;
    meta.c2pa_present = parts.c2pa;
    if (parts.icc.size() > limits.metadata_bytes_max)
        meta.notes.emplace_back("the WebP's colour profile is too large; left out");
    else if (!parts.icc.empty())
        take_rgb_profile(meta, parts.icc);
    if (!parts.exif.empty())
        take_metadata(meta.exif, without_exif_prefix(parts.exif), "EXIF", meta.notes, limits);
    if (!parts.xmp.empty())
        take_metadata(meta.xmp, parts.xmp, "XMP", meta.notes, limits);
    return meta;
}

base::failure failure_of(VP8StatusCode status)
{
    switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
        throw std::bad_alloc();
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: // the container is whole, so what is in it was cut before
        return {errc::truncated, "read WebP", "image data end too early"};
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return {errc::unsupported, "read WebP", {}};
    default:
        return {errc::corrupt, "read WebP", "libwebp status " + std::to_string(status)};
    }
}

} // namespace

base::result<pixels> read_webp(base::byte_view file, const decode_limits& limits)
{
    const auto parts = collect_webp_parts(file);
    if (!parts)
        return std::unexpected(parts.error());
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return base::fail(errc::unsupported, "read WebP", "another libwebp than at build time");
    const auto header_status =
        WebPGetFeatures(parts->whole.data(), parts->whole.size(), &config.input);
    if (header_status != VP8_STATUS_OK)
        return std::unexpected(failure_of(header_status));
    if (parts->animated || config.input.has_animation)
        return base::fail(errc::unsupported, "read WebP", "an animation");
    const job::image_size size{config.input.width, config.input.height};
    if (const auto ok = check_limits(size, limits); !ok)
        return std::unexpected(ok.error());

    pixels picture = blank(size, config.input.has_alpha != 0);
    config.output.colorspace = picture.has_alpha ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = picture.samples.data();
    config.output.u.RGBA.stride = static_cast<int>(picture.row_bytes());
    config.output.u.RGBA.size = picture.samples.size();
    const auto status = WebPDecode(parts->whole.data(), parts->whole.size(), &config);
    WebPFreeDecBuffer(&config.output);
    if (status != VP8_STATUS_OK)
        return std::unexpected(failure_of(status));
    picture.meta = read_webp_metadata(*parts, limits);
    return picture;
}

} // namespace engine::image
