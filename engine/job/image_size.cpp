#include "engine/job/image_size.hpp"

#include <charconv>

namespace engine::job {

std::optional<image_size> parse_image_size(std::string_view text)
{
    const auto cross = text.find('x');
    if (cross == std::string_view::npos)
        return std::nullopt;
    const auto edge = [](std::string_view digits) -> int {
        int value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        const bool whole = error == std::errc{} && end == digits.data() + digits.size();
        return whole && digits.size() <= 5 && digits.front() != '0' && digits.front() != '-' ? value
                                                                                             : 0;
    };
    if (cross == 0 || cross + 1 == text.size())
        return std::nullopt;
    const image_size size{edge(text.substr(0, cross)), edge(text.substr(cross + 1))};
    return size.width > 0 && size.height > 0 ? std::optional(size) : std::nullopt;
}

std::string to_string(image_size size)
{
    return std::to_string(size.width) + "x" + std::to_string(size.height);
}

} // namespace engine::job
