#include "engine/base/nearest_name.hpp"

#include <algorithm>
#include <vector>

namespace engine::base {

namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Optimal string alignment distance, letters compared without case.
std::size_t edit_distance(std::string_view a, std::string_view b)
{
    const std::size_t width = b.size() + 1;
    std::vector<std::size_t> rows(3 * width);
    auto* before = rows.data();
    auto* previous = before + width;
    auto* current = previous + width;
    for (std::size_t j = 0; j < width; ++j)
        previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j < width; ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            current[j] =
                std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                lower(a[i - 2]) == lower(b[j - 1]))
                current[j] = std::min(current[j], before[j - 2] + 1);
        }
        std::swap(before, previous);
        std::swap(previous, current);
    }
    return previous[b.size()];
}

} // namespace

std::string nearest_name(std::string_view name, std::span<const std::string_view> candidates)
{
    if (name.empty() || name.size() > 100)
        return {};
    std::size_t best = std::max<std::size_t>(1, name.size() / 3) + 1;
    std::string_view found;
    for (const auto candidate : candidates) {
        const auto distance = edit_distance(name, candidate);
        if (distance < best) {
            best = distance;
            found = candidate;
        }
    }
    return std::string(found);
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates)
{
    const auto nearest = nearest_name(name, candidates);
    return nearest.empty() ? std::string{} : "; did you mean '" + nearest + "'?";
}

} // namespace engine::base
