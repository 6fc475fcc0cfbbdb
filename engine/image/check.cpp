#include "engine/image/check.hpp"

#include "engine/image/alpha.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace engine::image {

std::vector<std::string> find_mismatches(const image_header& header, const pixels& picture,
                                         const expectation& expected)
{
    std::vector<std::string> wrong;
    if (expected.format && *expected.format != header.format)
        wrong.push_back(fmt::format("expected {}, got {}", job::name_of(*expected.format),
                                    job::name_of(header.format)));
    if (expected.size && *expected.size != picture.size)
        wrong.push_back(fmt::format("expected {}, got {}", job::to_string(*expected.size),
                                    job::to_string(picture.size)));
    if (expected.alpha == alpha_need::any)
        return wrong;
    const bool transparent = has_transparency(picture);
    if (expected.alpha == alpha_need::required && !transparent)
        wrong.emplace_back(
            picture.has_alpha
                ? "expected transparency, got an alpha channel that is opaque everywhere"
                : "expected transparency, got no alpha channel");
    if (expected.alpha == alpha_need::forbidden && transparent)
        wrong.emplace_back("expected an opaque image, got transparent pixels");
    return wrong;
}

base::result<checked_image> check_image(base::byte_view file, const expectation& expected,
                                        const decode_limits& limits)
{
    auto picture = decode(file, limits);
    if (!picture)
        return std::unexpected(picture.error());
    const auto header = sniff(file);
    if (!header) // decode() has just read it
        return std::unexpected(header.error());
    const auto wrong = find_mismatches(*header, *picture, expected);
    if (!wrong.empty())
        return base::fail(errc::mismatch, "check image", fmt::format("{}", fmt::join(wrong, "; ")));
    return checked_image{*header, std::move(*picture)};
}

} // namespace engine::image
