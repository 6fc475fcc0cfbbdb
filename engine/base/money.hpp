// money: US dollars as whole millionths, so that sums are exact and a cap can be held to the cent.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace engine::base {

// An amount in 1e-6 USD. Range: +-9.2e12 USD, far beyond any run; sums are not checked for
// overflow.
struct microusd {
    std::int64_t count = 0;

    friend constexpr auto operator<=>(microusd, microusd) = default;
    friend constexpr microusd operator+(microusd a, microusd b) { return {a.count + b.count}; }
    friend constexpr microusd operator-(microusd a, microusd b) { return {a.count - b.count}; }
    friend constexpr microusd operator*(microusd a, std::int64_t n) { return {a.count * n}; }
    constexpr microusd& operator+=(microusd b)
    {
        count += b.count;
        return *this;
    }
    constexpr microusd& operator-=(microusd b)
    {
        count -= b.count;
        return *this;
    }

    // For JSON numbers; exact for every amount below 9e9 USD.
    [[nodiscard]] constexpr double usd() const { return static_cast<double>(count) / 1e6; }
};

// Rounded to the nearest millionth.
[[nodiscard]] microusd microusd_from_usd(double usd);

// "25", "0.005", "12.50": digits with at most six decimals, nothing else. Nothing for anything else
// or above 1e9 USD.
[[nodiscard]] std::optional<microusd> parse_usd(std::string_view text);

// "$0.0412": at least two decimals, at most `decimals_max`, trailing zeros beyond two dropped.
[[nodiscard]] std::string format_usd(microusd amount, int decimals_max = 4);

} // namespace engine::base
