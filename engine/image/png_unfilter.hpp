// png_unfilter: undoes PNG's row filters (W3C PNG, section 9) for 8-bit RGB and RGBA. Private to
// the room. On x86-64 with SSE2, which halves the decoding time of a whole file; plain code
// elsewhere.
#pragma once

#include "engine/base/bytes.hpp"

#include <cstddef>

namespace engine::image {

// In place: `data` holds `rows` filtered rows of 1 + row_bytes bytes; afterwards the first
// rows * row_bytes bytes are the samples. `pixel_bytes` is 3 or 4 and divides row_bytes.
// False when a filter type is unknown. `data` must have exactly that size and 16 bytes more, whose
// values do not matter and may change.
[[nodiscard]] bool unfilter_png(base::byte_buffer& data, std::size_t rows, std::size_t row_bytes,
                                std::size_t pixel_bytes);

inline constexpr std::size_t unfilter_slack = 16;

} // namespace engine::image
