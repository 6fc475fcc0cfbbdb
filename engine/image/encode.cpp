#include "engine/image/encode.hpp"

#include "engine/base/assert.hpp"
#include "engine/image/alpha.hpp"
#include "engine/image/icc.hpp"
#include "engine/image/writers.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <utility>

namespace engine::image {

namespace {

// The views are of `meta`.
carried_metadata choose_metadata(const metadata& meta, job::metadata_policy policy,
                                 std::vector<std::string>& notes)
{
    if (policy == job::metadata_policy::keep)
        return {.icc = meta.icc, .exif = meta.exif, .xmp = meta.xmp};
    const icc_summary profile = summarize_icc(meta.icc);
    if (meta.icc.empty() || profile.srgb_like)
        return {};
    notes.push_back(fmt::format(
        "colour profile{} kept although metadata are stripped: without it the colours would change",
        profile.name.empty() ? "" : " \"" + profile.name + "\""));
    return {.icc = meta.icc};
}

int edge_max_of(job::image_format format)
{
    switch (format) {
    case job::image_format::png:
        return 0x7fffffff;
    case job::image_format::jpeg:
        return 65500; // JPEG_MAX_DIMENSION
    case job::image_format::webp:
        return 16383; // WEBP_MAX_DIMENSION
    }
    std::unreachable();
}

base::result<base::byte_buffer> write(const pixels& picture, const carried_metadata& meta,
                                      const encode_options& options,
                                      std::vector<std::string>& notes)
{
    switch (options.format) {
    case job::image_format::png:
        return write_png(picture, meta, options.effort);
    case job::image_format::jpeg:
        return write_jpeg(picture, meta, options.quality, notes);
    case job::image_format::webp:
        return write_webp(picture, meta, options);
    }
    std::unreachable();
}

} // namespace

base::result<encoded> encode(const pixels& picture, const encode_options& options)
{
    ENGINE_ASSERT(picture.samples.size() ==
                  picture.row_bytes() * static_cast<std::size_t>(picture.size.height));
    const int edge_max = edge_max_of(options.format);
    if (picture.size.long_edge() > edge_max)
        return base::fail(errc::cannot_encode, "encode image",
                          fmt::format("{} is more than the {} pixels an edge that {} can hold",
                                      job::to_string(picture.size), edge_max,
                                      job::name_of(options.format)));
    encoded result;
    const carried_metadata meta = choose_metadata(picture.meta, options.metadata, result.notes);
    const bool transparent = has_transparency(picture);
    const bool flatten = transparent && options.format == job::image_format::jpeg;
    if (flatten)
        result.notes.push_back(fmt::format("transparency flattened onto #{:02x}{:02x}{:02x}",
                                           options.background.red, options.background.green,
                                           options.background.blue));

    // An alpha channel without transparency only costs bytes: flattening drops it unseen.
    std::optional<pixels> without_alpha;
    if (picture.has_alpha && (flatten || !transparent))
        without_alpha = flattened(picture, options.background);
    auto bytes = write(without_alpha ? *without_alpha : picture, meta, options, result.notes);
    if (!bytes)
        return std::unexpected(bytes.error());
    result.bytes = std::move(*bytes);
    return result;
}

} // namespace engine::image
