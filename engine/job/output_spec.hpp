// output_spec: one file to be derived from a delivered image, and the formats there are.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace engine::job {

// What a provider can deliver and a reference can be.
enum class image_format { png, jpeg, webp };
inline constexpr std::array<std::string_view, 3> image_format_names = {"png", "jpeg", "webp"};

// What can be stored. `original` is the bytes as received, untouched.
enum class output_format { original, png, jpeg, webp };
inline constexpr std::array<std::string_view, 4> output_format_names = {"original", "png", "jpeg",
                                                                        "webp"};

enum class fit_mode {
    contain, // whole image inside the box; the result may be smaller than the box on one side
    cover,   // box filled, centre crop
    pad,     // whole image inside the box, the rest filled with `pad_color`: the result is the box
};
inline constexpr std::array<std::string_view, 3> fit_mode_names = {"contain", "cover", "pad"};

enum class metadata_policy {
    keep,  // colour profile, EXIF and XMP are carried over
    strip, // EXIF and XMP go; colours stay what they were (a profile that is not sRGB stays too)
};
inline constexpr std::array<std::string_view, 2> metadata_policy_names = {"keep", "strip"};

struct rgba_color {
    std::uint8_t red = 255, green = 255, blue = 255, alpha = 255; // sRGB, straight alpha
    friend constexpr bool operator==(rgba_color, rgba_color) = default;
};

struct fit_spec {
    std::optional<int> width;  // pixels, 1 to 16384; at least one of the two is given
    std::optional<int> height; // pixels; cover and pad need both
    fit_mode mode = fit_mode::contain;
    bool enlarge = false; // may make the image larger than it was
    rgba_color pad_color; // pad only; alpha < 255 needs a format with alpha
    friend bool operator==(const fit_spec&, const fit_spec&) = default;
};

struct output_spec {
    std::string name; // unique within an item; {{output}} in path templates
    output_format format = output_format::original;
    int quality = 85;      // jpeg and lossy webp: 1 to 100
    bool lossless = false; // webp only
    std::optional<fit_spec> fit;
    metadata_policy metadata = metadata_policy::keep;
    rgba_color background; // alpha is flattened onto it when the format has none
    std::string path; // relative to the output folder, templates filled in, checked not to leave it
    friend bool operator==(const output_spec&, const output_spec&) = default;
};

// The position of a name in one of the tables above, as its enum.
template <class Enum, std::size_t N>
[[nodiscard]] constexpr std::optional<Enum> enum_named(const std::array<std::string_view, N>& names,
                                                       std::string_view name)
{
    for (std::size_t i = 0; i < N; ++i)
        if (names[i] == name)
            return static_cast<Enum>(i);
    return std::nullopt;
}

[[nodiscard]] constexpr std::string_view name_of(image_format value)
{
    return image_format_names[static_cast<std::size_t>(value)];
}
[[nodiscard]] constexpr std::string_view name_of(output_format value)
{
    return output_format_names[static_cast<std::size_t>(value)];
}

// The file name ending people expect: "png", "jpg", "webp". `original` takes that of the received
// format.
[[nodiscard]] constexpr std::string_view extension_of(image_format value)
{
    return value == image_format::jpeg ? "jpg"
                                       : image_format_names[static_cast<std::size_t>(value)];
}
// "image/png", "image/jpeg", "image/webp".
[[nodiscard]] constexpr std::string_view media_type_of(image_format value)
{
    constexpr std::array<std::string_view, 3> types = {"image/png", "image/jpeg", "image/webp"};
    return types[static_cast<std::size_t>(value)];
}

// SHA-256 of everything in the spec that changes the file's bytes (not name or path), first 16
// hexadecimal digits.
[[nodiscard]] std::string recipe_of(const output_spec& spec);

// "#rgb", "#rrggbb", "#rrggbbaa" or one of white, black, transparent.
[[nodiscard]] std::optional<rgba_color> parse_color(std::string_view text);

} // namespace engine::job
