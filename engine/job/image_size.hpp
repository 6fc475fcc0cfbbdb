// image_size: width and height in pixels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace engine::job {

struct image_size {
    int width = 0;  // pixels
    int height = 0; // pixels

    friend constexpr bool operator==(image_size, image_size) = default;
    [[nodiscard]] constexpr std::int64_t area() const { return std::int64_t{width} * height; }
    [[nodiscard]] constexpr int long_edge() const { return width > height ? width : height; }
    [[nodiscard]] constexpr int short_edge() const { return width < height ? width : height; }
};

// "1536x1024": digits, a lower-case x, digits; each edge 1 to 99999. Nothing for anything else
// ("auto" included).
[[nodiscard]] std::optional<image_size> parse_image_size(std::string_view text);
[[nodiscard]] std::string to_string(image_size size);

} // namespace engine::job
