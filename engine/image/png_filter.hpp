// png_filter: prepares rows of samples for compression (W3C PNG, section 9). Private to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace engine::image {

// Filters the rows of one picture, first to last. Each row gets the filter whose result has the
// smallest sum of absolute values, the heuristic that the standard recommends; all five are weighed
// in one pass over the row, sixteen samples at a time.
class png_filter {
public:
    png_filter(std::size_t row_bytes, std::size_t pixel_bytes);

    // Writes the filter's number and the filtered row: row_bytes + 1 bytes. Up to `slack` bytes
    // behind them are overwritten.
    void apply(const std::uint8_t* row, std::uint8_t* out);

    static constexpr std::size_t slack = 16;

private:
    std::size_t row_bytes_;
    std::size_t pixel_bytes_;
    // With zeros before (there is nothing to the left of the first pixel) and behind.
    std::vector<std::uint8_t> row_, above_;
};

} // namespace engine::image
