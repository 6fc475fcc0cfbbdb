#include "engine/image/icc.hpp"

#include "engine/base/result.hpp"
#include "engine/image/byte_order.hpp"
#include "engine/image/srgb.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace engine::image {

namespace {

constexpr std::size_t header_bytes = 128;
constexpr std::uint32_t tags_max = 100; // real profiles have about 10 to 20
// Half a step of 8 bits in the middle tones. A pure gamma of 2.2 is off by 0.0036 and is not sRGB.
constexpr double tolerance = 0.002;

// The element's bytes from its type signature on; empty if there is none or it is out of bounds.
base::byte_view find_tag(base::byte_view profile, std::string_view name)
{
    if (profile.size() < header_bytes + 4)
        return {};
    const std::uint32_t count = std::min(big32(&profile[header_bytes]), tags_max);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::size_t entry = header_bytes + 4 + std::size_t{i} * 12;
        if (entry + 12 > profile.size())
            return {};
        if (base::as_text(profile.subspan(entry, 4)) != name)
            continue;
        const std::size_t offset = big32(&profile[entry + 4]);
        const std::size_t size = big32(&profile[entry + 8]);
        if (offset > profile.size() || size > profile.size() - offset)
            return {};
        return profile.subspan(offset, size);
    }
    return {};
}

double fixed16(const std::uint8_t* at) // s15Fixed16Number
{
    return static_cast<double>(static_cast<std::int32_t>(big32(at))) / 65536;
}

bool has_color(base::byte_view profile, std::string_view tag, std::array<double, 3> xyz)
{
    const base::byte_view element = find_tag(profile, tag);
    if (element.size() < 20 || !starts_with(element, "XYZ "))
        return false;
    for (std::size_t i = 0; i < 3; ++i)
        if (std::abs(fixed16(&element[8 + 4 * i]) - xyz[i]) > tolerance)
            return false;
    return true;
}

// curveType: a table of 16-bit values, or one gamma, or nothing for the identity.
double eval_table(base::byte_view element, double x)
{
    const std::size_t count = big32(&element[8]);
    if (count == 0)
        return x;
    if (element.size() < 12 + 2 || (element.size() - 12) / 2 < count)
        return -1;
    if (count == 1)
        return std::pow(x, static_cast<double>(big16(&element[12])) / 256);
    const double position = x * static_cast<double>(count - 1);
    const std::size_t below = std::min(static_cast<std::size_t>(position), count - 2);
    const double part = position - static_cast<double>(below);
    const double low = big16(&element[12 + 2 * below]);
    const double high = big16(&element[12 + 2 * (below + 1)]);
    return (low + (high - low) * part) / 65535;
}

// parametricCurveType 3 and 4, the two that have sRGB's straight piece near black.
double eval_parametric(base::byte_view element, double x)
{
    const std::uint32_t kind = big16(&element[8]);
    const std::size_t parameters = kind == 3 ? 5 : kind == 4 ? 7 : 0;
    if (parameters == 0 || element.size() < 12 + 4 * parameters)
        return -1;
    std::array<double, 7> p{}; // g a b c d e f
    for (std::size_t i = 0; i < parameters; ++i)
        p[i] = fixed16(&element[12 + 4 * i]);
    return x >= p[4] ? std::pow(p[1] * x + p[2], p[0]) + p[5] : p[3] * x + p[6];
}

bool has_srgb_curve(base::byte_view profile, std::string_view tag)
{
    const base::byte_view element = find_tag(profile, tag);
    if (element.size() < 12)
        return false;
    const bool table = starts_with(element, "curv");
    if (!table && !starts_with(element, "para"))
        return false;
    for (int i = 0; i <= 16; ++i) {
        const double x = i / 16.0;
        const double y = table ? eval_table(element, x) : eval_parametric(element, x);
        if (!(std::abs(y - srgb_to_linear(x)) <= tolerance)) // a NaN is not near anything
            return false;
    }
    return true;
}

std::string read_name(base::byte_view element)
{
    std::string name;
    if (starts_with(element, "desc") && element.size() > 12) { // version 2: ASCII with a length
        const std::size_t length = std::min<std::size_t>(big32(&element[8]), element.size() - 12);
        name = base::as_text(element.subspan(12, length));
        name.resize(std::min(name.find('\0'), name.size()));
    } else if (starts_with(element, "mluc") && element.size() >= 28) { // version 4: UTF-16
        const std::size_t length = big32(&element[20]);
        const std::size_t offset = big32(&element[24]);
        if (offset <= element.size() && length <= element.size() - offset)
            for (std::size_t i = 0; i + 1 < length && name.size() < 100; i += 2) {
                const std::uint32_t unit = big16(&element[offset + i]);
                name += unit < 0x80 ? static_cast<char>(unit) : '?';
            }
    }
    return base::clean_detail(name, 100);
}

} // namespace

icc_summary summarize_icc(base::byte_view profile)
{
    icc_summary summary;
    if (profile.size() < header_bytes || !starts_with(profile.subspan(36), "acsp"))
        return summary;
    summary.for_rgb = starts_with(profile.subspan(16), "RGB ");
    summary.name = read_name(find_tag(profile, "desc"));
    // sRGB's primaries as the profile connection space (D50) sees them, as every sRGB profile has.
    summary.srgb_like = summary.for_rgb && find_tag(profile, "A2B0").empty() &&
                        has_color(profile, "rXYZ", {0.4360, 0.2225, 0.0139}) &&
                        has_color(profile, "gXYZ", {0.3851, 0.7169, 0.0971}) &&
                        has_color(profile, "bXYZ", {0.1431, 0.0606, 0.7141}) &&
                        has_srgb_curve(profile, "rTRC") && has_srgb_curve(profile, "gTRC") &&
                        has_srgb_curve(profile, "bTRC");
    return summary;
}

void take_rgb_profile(metadata& meta, base::byte_view profile)
{
    const icc_summary summary = summarize_icc(profile);
    if (summary.for_rgb)
        meta.icc.assign(profile.begin(), profile.end());
    else
        meta.notes.push_back("the colour profile" +
                             (summary.name.empty() ? "" : " \"" + summary.name + "\"") +
                             " is not for RGB and was left out");
}

} // namespace engine::image
