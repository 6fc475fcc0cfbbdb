#include "engine/image/decode.hpp"

#include "engine/image/exif.hpp"
#include "engine/image/orient.hpp"
#include "engine/image/readers.hpp"
#include "engine/image/sniff.hpp"

#include <string>
#include <utility>

namespace engine::image {

namespace {

base::result<pixels> read(job::image_format format, base::byte_view file,
                          const decode_limits& limits)
{
    switch (format) {
    case job::image_format::png:
        return read_png(file, limits);
    case job::image_format::jpeg:
        return read_jpeg(file, limits);
    case job::image_format::webp:
        return read_webp(file, limits);
    }
    std::unreachable();
}

} // namespace

base::result<void> check_limits(job::image_size size, const decode_limits& limits)
{
    if (size.long_edge() <= limits.edge_max && size.area() <= limits.pixels_max)
        return {};
    return base::fail(errc::too_large, "decode image",
                      job::to_string(size) + ", allowed are edges of " +
                          std::to_string(limits.edge_max) + " and " +
                          std::to_string(limits.pixels_max) + " pixels");
}

void take_metadata(base::byte_buffer& target, base::byte_view block, const char* name,
                   std::vector<std::string>& notes, const decode_limits& limits)
{
    if (block.size() <= limits.metadata_bytes_max)
        target.assign(block.begin(), block.end());
    else
        notes.push_back(std::string(name) + " of " + std::to_string(block.size()) +
                        " bytes is too large and was left out");
}

base::result<pixels> decode(base::byte_view file, const decode_limits& limits)
{
    const auto header = sniff(file);
    if (!header && header.error().code == errc::need_more) // there is no more
        return base::fail(errc::truncated, "decode image",
                          file.empty() ? std::string(content_name(file)) : "ends in its header");
    if (!header)
        return std::unexpected(header.error());
    if (const auto ok = check_limits(header->size, limits); !ok)
        return std::unexpected(ok.error());

    auto picture = read(header->format, file, limits);
    if (!picture)
        return picture;
    const int orientation = exif_orientation(picture->meta.exif);
    reset_exif_orientation(picture->meta.exif);
    return turn_upright(std::move(*picture), orientation);
}

} // namespace engine::image
