#include "engine/image/srgb.hpp"

#include <cmath>
#include <memory>

namespace engine::image {

double srgb_to_linear(double encoded)
{
    return encoded <= 0.04045 ? encoded / 12.92 : std::pow((encoded + 0.055) / 1.055, 2.4);
}

double linear_to_srgb(double linear)
{
    return linear <= 0.0031308 ? linear * 12.92 : 1.055 * std::pow(linear, 1 / 2.4) - 0.055;
}

const srgb_tables& tables_of_srgb()
{
    static const std::unique_ptr<const srgb_tables> tables = [] {
        auto made = std::make_unique<srgb_tables>();
        for (std::size_t i = 0; i < made->to_linear.size(); ++i)
            made->to_linear[i] = static_cast<float>(srgb_to_linear(static_cast<double>(i) / 255));
        for (std::size_t i = 0; i < made->from_linear.size(); ++i)
            made->from_linear[i] = static_cast<std::uint8_t>(std::lround(
                255 * linear_to_srgb(static_cast<double>(i) / (srgb_tables::steps - 1))));
        return made;
    }();
    return *tables;
}

} // namespace engine::image
