#include "engine/image/png_unfilter.hpp"

#include "engine/base/assert.hpp"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Working in place is safe because row y moves y + 1 bytes towards the front: what is stored, even
// 16 bytes at a time, is always behind what is still to be read. A three-byte pixel is stored as
// four bytes; the fourth is overwritten by the next pixel or the next row.

namespace engine::image {

namespace {

enum filter : std::uint8_t { filter_none, filter_sub, filter_up, filter_average, filter_paeth };

#if defined(__SSE2__)

__m128i load_pixel(const std::uint8_t* from)
{
    int bytes;
    std::memcpy(&bytes, from, 4);
    return _mm_cvtsi32_si128(bytes);
}

void store_pixel(std::uint8_t* to, __m128i pixel)
{
    const int bytes = _mm_cvtsi128_si32(pixel);
    std::memcpy(to, &bytes, 4);
}

template <std::size_t PixelBytes>
void undo_sub(const std::uint8_t* from, std::uint8_t* to, std::size_t row_bytes)
{
    __m128i left = _mm_setzero_si128();
    for (std::size_t i = 0; i < row_bytes; i += PixelBytes) {
        left = _mm_add_epi8(left, load_pixel(from + i));
        store_pixel(to + i, left);
    }
}

void undo_up(const std::uint8_t* from, const std::uint8_t* above, std::uint8_t* to,
             std::size_t row_bytes)
{
    std::size_t i = 0;
    for (; i + 16 <= row_bytes; i += 16) {
        const auto sum = _mm_add_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i)),
                                      _mm_loadu_si128(reinterpret_cast<const __m128i*>(above + i)));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), sum);
    }
    for (; i < row_bytes; ++i)
        to[i] = static_cast<std::uint8_t>(from[i] + above[i]);
}

template <std::size_t PixelBytes>
void undo_average(const std::uint8_t* from, const std::uint8_t* above, std::uint8_t* to,
                  std::size_t row_bytes)
{
    const __m128i one = _mm_set1_epi8(1);
    __m128i left = _mm_setzero_si128();
    for (std::size_t i = 0; i < row_bytes; i += PixelBytes) {
        const __m128i up = load_pixel(above + i);
        // pavgb rounds up; PNG rounds down.
        const __m128i odd = _mm_and_si128(_mm_xor_si128(left, up), one);
        const __m128i average = _mm_sub_epi8(_mm_avg_epu8(left, up), odd);
        left = _mm_add_epi8(average, load_pixel(from + i));
        store_pixel(to + i, left);
    }
}

__m128i absolute16(__m128i value)
{
    return _mm_max_epi16(value, _mm_sub_epi16(_mm_setzero_si128(), value));
}

__m128i choose(__m128i mask, __m128i yes, __m128i no)
{
    return _mm_or_si128(_mm_and_si128(mask, yes), _mm_andnot_si128(mask, no));
}

template <std::size_t PixelBytes>
void undo_paeth(const std::uint8_t* from, const std::uint8_t* above, std::uint8_t* to,
                std::size_t row_bytes)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i left = zero, up_left = zero; // 16-bit lanes: the distances need 9 bits and a sign
    for (std::size_t i = 0; i < row_bytes; i += PixelBytes) {
        const __m128i up = _mm_unpacklo_epi8(load_pixel(above + i), zero);
        const __m128i to_left = _mm_sub_epi16(up, up_left);      // p - left
        const __m128i to_up = _mm_sub_epi16(left, up_left);      // p - up
        const __m128i to_corner = _mm_add_epi16(to_left, to_up); // p - up_left
        const __m128i far_left = absolute16(to_left);
        const __m128i far_up = absolute16(to_up);
        const __m128i far_corner = absolute16(to_corner);
        const __m128i nearest = _mm_min_epi16(far_corner, _mm_min_epi16(far_left, far_up));
        // Ties go to left, then up, then the corner.
        const __m128i predicted = choose(_mm_cmpeq_epi16(nearest, far_left), left,
                                         choose(_mm_cmpeq_epi16(nearest, far_up), up, up_left));
        // Byte addition: the high halves of the lanes stay zero.
        left = _mm_add_epi8(predicted, _mm_unpacklo_epi8(load_pixel(from + i), zero));
        up_left = up;
        store_pixel(to + i, _mm_packus_epi16(left, left));
    }
}

#else

template <std::size_t PixelBytes>
void undo_sub(const std::uint8_t* from, std::uint8_t* to, std::size_t row_bytes)
{
    for (std::size_t i = 0; i < row_bytes; ++i)
        to[i] = static_cast<std::uint8_t>(from[i] + (i < PixelBytes ? 0 : to[i - PixelBytes]));
}

void undo_up(const std::uint8_t* from, const std::uint8_t* above, std::uint8_t* to,
             std::size_t row_bytes)
{
    for (std::size_t i = 0; i < row_bytes; ++i)
        to[i] = static_cast<std::uint8_t>(from[i] + above[i]);
}

template <std::size_t PixelBytes>
void undo_average(const std::uint8_t* from, const std::uint8_t* above, std::uint8_t* to,
                  std::size_t row_bytes)
{
    for (std::size_t i = 0; i < row_bytes; ++i) {
        const int left = i < PixelBytes ? 0 : to[i - PixelBytes];
        to[i] = static_cast<std::uint8_t>(from[i] + (left + above[i]) / 2);
    }
}

template <std::size_t PixelBytes>
void undo_paeth(const std::uint8_t* from, const std::uint8_t* above, std::uint8_t* to,
                std::size_t row_bytes)
{
    for (std::size_t i = 0; i < row_bytes; ++i) {
        const int left = i < PixelBytes ? 0 : to[i - PixelBytes];
        const int up = above[i];
        const int up_left = i < PixelBytes ? 0 : above[i - PixelBytes];
        const int far_left = std::abs(up - up_left);
        const int far_up = std::abs(left - up_left);
        const int far_corner = std::abs(left + up - 2 * up_left);
        const int predicted = far_left <= far_up && far_left <= far_corner ? left
                              : far_up <= far_corner                       ? up
                                                                           : up_left;
        to[i] = static_cast<std::uint8_t>(from[i] + predicted);
    }
}

#endif

template <std::size_t PixelBytes>
bool undo_row(std::uint8_t type, const std::uint8_t* from, const std::uint8_t* above,
              std::uint8_t* to, std::size_t row_bytes)
{
    switch (type) {
    case filter_none:
        std::memmove(to, from, row_bytes);
        return true;
    case filter_sub:
        undo_sub<PixelBytes>(from, to, row_bytes);
        return true;
    case filter_up:
        undo_up(from, above, to, row_bytes);
        return true;
    case filter_average:
        undo_average<PixelBytes>(from, above, to, row_bytes);
        return true;
    case filter_paeth:
        undo_paeth<PixelBytes>(from, above, to, row_bytes);
        return true;
    default:
        return false;
    }
}

} // namespace

bool unfilter_png(base::byte_buffer& data, std::size_t rows, std::size_t row_bytes,
                  std::size_t pixel_bytes)
{
    ENGINE_ASSERT(pixel_bytes == 3 || pixel_bytes == 4);
    ENGINE_ASSERT(row_bytes % pixel_bytes == 0);
    ENGINE_ASSERT(data.size() == rows * (row_bytes + 1) + unfilter_slack);
    const std::vector<std::uint8_t> nothing_above(row_bytes + unfilter_slack);
    const std::uint8_t* above = nothing_above.data();
    const auto undo = pixel_bytes == 3 ? undo_row<3> : undo_row<4>;
    for (std::size_t y = 0; y < rows; ++y) {
        const std::uint8_t* from = data.data() + y * (row_bytes + 1);
        std::uint8_t* to = data.data() + y * row_bytes;
        if (!undo(from[0], from + 1, above, to, row_bytes))
            return false;
        above = to;
    }
    return true;
}

} // namespace engine::image
