#include "engine/image/png_filter.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace engine::image {

namespace {

// Sixteen samples at once, for whatever machine: the compiler knows what it has for them.
constexpr std::size_t lanes = 16;
using samples = std::uint8_t __attribute__((vector_size(lanes)));
using sums = std::uint16_t __attribute__((vector_size(lanes)));

enum filter : std::uint8_t { none, sub, up, average, paeth, filter_count };

samples load(const std::uint8_t* from)
{
    samples loaded;
    std::memcpy(&loaded, from, lanes);
    return loaded;
}

samples distance(samples a, samples b)
{
    return a > b ? a - b : b - a;
}

samples average_of(samples a, samples b) // rounded down, without a ninth bit
{
    return (a & b) + ((a ^ b) >> 1);
}

samples paeth_of(samples left, samples above, samples corner)
{
    const samples far_left = distance(above, corner); // of left + above - corner to left
    const samples far_up = distance(left, corner);
    // |left + above - 2 * corner| would need more bits. Both distances point the same way, or not.
    const auto same_way = (above > corner) == (left > corner);
    const samples sum = far_left + far_up;
    const samples sum_at_most_255 = sum < far_left ? ~samples{} : sum;
    const samples far_corner = same_way ? sum_at_most_255 : distance(far_left, far_up);
    const samples up_or_corner = far_up <= far_corner ? above : corner;
    const auto left_is_nearest = (far_left <= far_up) & (far_left <= far_corner);
    return left_is_nearest ? left : up_or_corner;
}

// What surrounds the sixteen samples at one place.
struct neighbourhood {
    samples here, left, above, corner;

    neighbourhood(const std::uint8_t* row, const std::uint8_t* row_above, std::size_t pixel_bytes)
        : here(load(row)), left(load(row - pixel_bytes)), above(load(row_above)),
          corner(load(row_above - pixel_bytes))
    {}
    [[nodiscard]] samples filtered(filter by) const
    {
        switch (by) {
        case sub:
            return here - left;
        case up:
            return here - above;
        case average:
            return here - average_of(left, above);
        case paeth:
            return here - paeth_of(left, above, corner);
        default:
            return here;
        }
    }
};

// Adds the sizes of the samples, taken as signed numbers, to eight sums.
void add_sizes(sums& to, samples filtered)
{
    const samples negated = -filtered;
    const samples sizes = filtered < negated ? filtered : negated; // at most 128 each
    sums pairs;
    std::memcpy(&pairs, &sizes, lanes);
    to += (pairs & 0xff) + (pairs >> 8);
}

filter best_filter(const std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes,
                   std::size_t pixel_bytes)
{
    constexpr std::size_t run = 250 * lanes; // 250 * 2 * 128 still fits 16 bits
    std::array<std::uint64_t, filter_count> costs{};
    for (std::size_t begin = 0; begin < row_bytes; begin += run) {
        std::array<sums, filter_count> parts{};
        const std::size_t end = std::min(begin + run, row_bytes);
        for (std::size_t i = begin; i < end; i += lanes) {
            const neighbourhood at(row + i, above + i, pixel_bytes);
            for (const filter by : {none, sub, up, average, paeth})
                add_sizes(parts[by], at.filtered(by));
        }
        for (std::size_t by = 0; by < filter_count; ++by)
            for (std::size_t lane = 0; lane < lanes / 2; ++lane)
                costs[by] += parts[by][lane];
    }
    return static_cast<filter>(std::ranges::min_element(costs) - costs.begin());
}

template <filter By>
void write(const std::uint8_t* row, const std::uint8_t* above, std::size_t row_bytes,
           std::size_t pixel_bytes, std::uint8_t* out)
{
    for (std::size_t i = 0; i < row_bytes; i += lanes) {
        const samples filtered = neighbourhood(row + i, above + i, pixel_bytes).filtered(By);
        std::memcpy(out + i, &filtered, lanes);
    }
}

} // namespace

png_filter::png_filter(std::size_t row_bytes, std::size_t pixel_bytes)
    : row_bytes_(row_bytes), pixel_bytes_(pixel_bytes), row_(lanes + row_bytes + lanes),
      above_(row_.size())
{}

void png_filter::apply(const std::uint8_t* row, std::uint8_t* out)
{
    std::memcpy(row_.data() + lanes, row, row_bytes_);
    const std::uint8_t* here = row_.data() + lanes;
    const std::uint8_t* above = above_.data() + lanes;
    const filter best = best_filter(here, above, row_bytes_, pixel_bytes_);
    constexpr std::array writers = {write<none>, write<sub>, write<up>, write<average>,
                                    write<paeth>};
    out[0] = best;
    writers[best](here, above, row_bytes_, pixel_bytes_, out + 1);
    std::swap(row_, above_);
}

} // namespace engine::image
