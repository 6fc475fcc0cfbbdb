#include "engine/base/money.hpp"

#include <algorithm>
#include <cmath>

namespace engine::base {

microusd microusd_from_usd(double usd)
{
    return {std::llround(usd * 1e6)};
}

std::optional<microusd> parse_usd(std::string_view text)
{
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    const auto fraction =
        point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
    const auto all_digits = [](std::string_view part) {
        return std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });
    };
    if (whole.empty() || whole.size() > 9 || fraction.size() > 6 || !all_digits(whole) ||
        !all_digits(fraction) || (point != std::string_view::npos && fraction.empty()))
        return std::nullopt;
    std::int64_t count = 0;
    for (const char c : whole)
        count = count * 10 + (c - '0');
    for (std::size_t i = 0; i < 6; ++i)
        count = count * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    return microusd{count};
}

std::string format_usd(microusd amount, int decimals_max)
{
    const int decimals = std::clamp(decimals_max, 2, 6);
    std::int64_t step = 1;
    for (int i = decimals; i < 6; ++i)
        step *= 10;
    const std::int64_t magnitude = amount.count < 0 ? -amount.count : amount.count;
    const std::int64_t rounded = (magnitude + step / 2) / step * step;
    std::string fraction = std::to_string(1'000'000 + rounded % 1'000'000).substr(1);
    fraction.resize(static_cast<std::size_t>(decimals));
    while (fraction.size() > 2 && fraction.back() == '0')
        fraction.pop_back();
    return (amount.count < 0 ? "-$" : "$") + std::to_string(rounded / 1'000'000) + "." + fraction;
}

} // namespace engine::base
