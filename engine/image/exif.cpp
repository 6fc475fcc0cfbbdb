#include "engine/image/exif.hpp"

#include "engine/image/byte_order.hpp"

#include <optional>

namespace engine::image {

namespace {

constexpr std::string_view exif_prefix("Exif\0\0", 6);
constexpr std::uint32_t orientation_tag = 0x0112;
constexpr std::uint32_t type_short = 3;

struct found_tag {
    std::size_t value_at; // offset of the two bytes of the value
    bool big_endian;
};

// Walks the first directory only (IFD0), where EXIF wants the tag.
std::optional<found_tag> find_orientation(base::byte_view exif)
{
    const bool big_endian = starts_with(exif, std::string_view("MM\0*", 4));
    if (!big_endian && !starts_with(exif, std::string_view("II*\0", 4)))
        return std::nullopt;
    if (exif.size() < 8)
        return std::nullopt;
    const auto u16 = [&](std::size_t at) {
        return big_endian ? big16(&exif[at]) : little16(&exif[at]);
    };
    const auto u32 = [&](std::size_t at) {
        return big_endian ? big32(&exif[at]) : little32(&exif[at]);
    };

    const std::size_t directory = u32(4);
    if (directory > exif.size() - 2)
        return std::nullopt;
    const std::uint32_t entries = u16(directory);
    for (std::uint32_t i = 0; i < entries; ++i) {
        const std::size_t entry = directory + 2 + std::size_t{i} * 12;
        if (entry + 12 > exif.size())
            return std::nullopt;
        if (u16(entry) == orientation_tag && u16(entry + 2) == type_short && u32(entry + 4) == 1)
            return found_tag{entry + 8, big_endian};
    }
    return std::nullopt;
}

} // namespace

int exif_orientation(base::byte_view exif)
{
    const auto found = find_orientation(exif);
    if (!found)
        return 1;
    const std::uint32_t value =
        found->big_endian ? big16(&exif[found->value_at]) : little16(&exif[found->value_at]);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

void reset_exif_orientation(std::span<std::uint8_t> exif)
{
    const auto found = find_orientation(exif);
    if (!found)
        return;
    exif[found->value_at] = found->big_endian ? 0 : 1;
    exif[found->value_at + 1] = found->big_endian ? 1 : 0;
}

base::byte_view without_exif_prefix(base::byte_view block)
{
    return starts_with(block, exif_prefix) ? block.subspan(exif_prefix.size()) : block;
}

} // namespace engine::image
