#include "engine/base/base64_kernel.hpp"

#include "engine/base/assert.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The vector loops follow Wojciech Mula and Daniel Lemire, "Faster Base64 Encoding and Decoding
// Using AVX2 Instructions" (ACM Transactions on the Web, 2018): two nibble lookups whose AND is
// zero exactly for the alphabet, one lookup for what to add, and two multiply-adds that pack.
namespace engine::base {

namespace {

// Table: four lookups whose OR is the 24 bits of a group, or has the top bit set.
constexpr std::uint32_t not_base64 = 0x8000'0000;

constexpr auto shifted_sextets = [] {
    std::array<std::array<std::uint32_t, 256>, 4> tables{};
    for (unsigned place = 0; place < 4; ++place)
        for (unsigned c = 0; c < 256; ++c)
            tables[place][c] = base64_sextets[c] == 0xFF
                                   ? not_base64
                                   : std::uint32_t{base64_sextets[c]} << (18 - 6 * place);
    return tables;
}();

std::size_t decode_table(const char* text, std::size_t text_bytes, std::uint8_t* room,
                         std::size_t room_bytes)
{
    const auto* in = reinterpret_cast<const std::uint8_t*>(text);
    std::size_t read = 0;
    std::size_t written = 0;
    for (; text_bytes - read >= 4 && room_bytes - written >= 3; read += 4, written += 3) {
        const std::uint32_t group =
            shifted_sextets[0][in[read]] | shifted_sextets[1][in[read + 1]] |
            shifted_sextets[2][in[read + 2]] | shifted_sextets[3][in[read + 3]];
        if (group >= not_base64)
            break;
        room[written] = static_cast<std::uint8_t>(group >> 16);
        room[written + 1] = static_cast<std::uint8_t>(group >> 8);
        room[written + 2] = static_cast<std::uint8_t>(group);
    }
    return read;
}

std::size_t encode_table(const std::uint8_t* bytes, std::size_t bytes_count, char* out)
{
    std::size_t read = 0;
    for (; bytes_count - read >= 3; read += 3) {
        const std::uint32_t group = static_cast<std::uint32_t>(bytes[read]) << 16 |
                                    static_cast<std::uint32_t>(bytes[read + 1]) << 8 |
                                    bytes[read + 2];
        *out++ = base64_alphabet[group >> 18];
        *out++ = base64_alphabet[group >> 12 & 63];
        *out++ = base64_alphabet[group >> 6 & 63];
        *out++ = base64_alphabet[group & 63];
    }
    return read;
}

#if defined(__x86_64__)

// One row of 16 lookups; AVX2 uses it in both halves.
using row = std::array<std::uint8_t, 16>;
alignas(16) constexpr row class_by_low_nibble{0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                                              0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A};
alignas(16) constexpr row class_by_high_nibble{0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08,
                                               0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10};
// What to add (mod 256) to a character to get its sextet, by high nibble; '/' has entry 1.
alignas(16) constexpr row to_sextet{0, 16, 19, 4, 191, 191, 185, 185, 0, 0, 0, 0, 0, 0, 0, 0};
alignas(16) constexpr row pack_groups{2, 1,  0,  6,  5,    4,    10,   9,
                                      8, 14, 13, 12, 0x80, 0x80, 0x80, 0x80};
alignas(16) constexpr row spread_groups{1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10};
// What to add to a sextet, by its range: a-z, ten digits, '+', '/', A-Z.
alignas(16) constexpr row to_character{71,  252, 252, 252, 252, 252, 252, 252,
                                       252, 252, 252, 237, 240, 65,  0,   0};

[[gnu::target("ssse3"), gnu::always_inline]] inline __m128i load_row(const row& bytes)
{
    return _mm_load_si128(reinterpret_cast<const __m128i*>(bytes.data()));
}

struct sextets_ssse3 {
    __m128i values;
    __m128i faults; // a non-zero byte for each character outside the alphabet
};

[[gnu::target("ssse3"), gnu::always_inline]] inline sextets_ssse3 classify_ssse3(__m128i text)
{
    const __m128i slash = _mm_set1_epi8(0x2F); // also keeps the low nibble and no sign bit
    const __m128i high = _mm_and_si128(_mm_srli_epi32(text, 4), slash);
    const __m128i low = _mm_and_si128(text, slash);
    const __m128i faults = _mm_and_si128(_mm_shuffle_epi8(load_row(class_by_low_nibble), low),
                                         _mm_shuffle_epi8(load_row(class_by_high_nibble), high));
    const __m128i offset =
        _mm_shuffle_epi8(load_row(to_sextet), _mm_add_epi8(_mm_cmpeq_epi8(text, slash), high));
    return {_mm_add_epi8(text, offset), faults};
}

[[gnu::target("ssse3")]] std::size_t decode_ssse3(const char* text, std::size_t text_bytes,
                                                  std::uint8_t* room, std::size_t room_bytes)
{
    std::size_t read = 0;
    std::size_t written = 0;
    // A block reads 16 characters and stores 16 bytes, of which 12 count.
    for (; text_bytes - read >= 16 && room_bytes - written >= 16; read += 16, written += 12) {
        const auto block =
            classify_ssse3(_mm_loadu_si128(reinterpret_cast<const __m128i*>(text + read)));
        if (_mm_movemask_epi8(_mm_cmpeq_epi8(block.faults, _mm_setzero_si128())) != 0xFFFF)
            break;
        const __m128i pairs = _mm_maddubs_epi16(block.values, _mm_set1_epi32(0x01400140));
        const __m128i groups = _mm_madd_epi16(pairs, _mm_set1_epi32(0x00011000));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(room + written),
                         _mm_shuffle_epi8(groups, load_row(pack_groups)));
    }
    return read +
           decode_table(text + read, text_bytes - read, room + written, room_bytes - written);
}

[[gnu::target("ssse3")]] std::size_t encode_ssse3(const std::uint8_t* bytes,
                                                  std::size_t bytes_count, char* out)
{
    std::size_t read = 0;
    for (; bytes_count - read >= 16; read += 12, out += 16) { // loads 16 bytes, uses 12
        const __m128i in =
            _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes + read)),
                             load_row(spread_groups));
        const __m128i odd = _mm_mulhi_epu16(_mm_and_si128(in, _mm_set1_epi32(0x0FC0FC00)),
                                            _mm_set1_epi32(0x04000040));
        const __m128i even = _mm_mullo_epi16(_mm_and_si128(in, _mm_set1_epi32(0x003F03F0)),
                                             _mm_set1_epi32(0x01000010));
        const __m128i sextets = _mm_or_si128(odd, even);
        const __m128i upper =
            _mm_and_si128(_mm_cmpgt_epi8(_mm_set1_epi8(26), sextets), _mm_set1_epi8(13));
        const __m128i range = _mm_or_si128(_mm_subs_epu8(sextets, _mm_set1_epi8(51)), upper);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out),
                         _mm_add_epi8(_mm_shuffle_epi8(load_row(to_character), range), sextets));
    }
    return read + encode_table(bytes + read, bytes_count - read, out);
}

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i load_rows(const row& bytes)
{
    return _mm256_broadcastsi128_si256(
        _mm_load_si128(reinterpret_cast<const __m128i*>(bytes.data())));
}

struct sextets_avx2 {
    __m256i values;
    __m256i faults;
};

[[gnu::target("avx2"), gnu::always_inline]] inline sextets_avx2 classify_avx2(const char* text)
{
    const __m256i in = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
    const __m256i slash = _mm256_set1_epi8(0x2F);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(in, 4), slash);
    const __m256i low = _mm256_and_si256(in, slash);
    const __m256i faults =
        _mm256_and_si256(_mm256_shuffle_epi8(load_rows(class_by_low_nibble), low),
                         _mm256_shuffle_epi8(load_rows(class_by_high_nibble), high));
    const __m256i offset = _mm256_shuffle_epi8(load_rows(to_sextet),
                                               _mm256_add_epi8(_mm256_cmpeq_epi8(in, slash), high));
    return {_mm256_add_epi8(in, offset), faults};
}

[[gnu::target("avx2"), gnu::always_inline]] inline void store_avx2(__m256i sextets,
                                                                   std::uint8_t* room)
{
    const __m256i pairs = _mm256_maddubs_epi16(sextets, _mm256_set1_epi32(0x01400140));
    const __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
    const __m256i packed =
        _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(groups, load_rows(pack_groups)),
                                    _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(room), packed);
}

[[gnu::target("avx2")]] std::size_t decode_avx2(const char* text, std::size_t text_bytes,
                                                std::uint8_t* room, std::size_t room_bytes)
{
    std::size_t read = 0;
    std::size_t written = 0;
    // Four blocks share one test for faults. A block reads 32 characters and stores 32 bytes, of
    // which 24 count.
    for (; text_bytes - read >= 128 && room_bytes - written >= 104; read += 128, written += 96) {
        const auto a = classify_avx2(text + read);
        const auto b = classify_avx2(text + read + 32);
        const auto c = classify_avx2(text + read + 64);
        const auto d = classify_avx2(text + read + 96);
        const __m256i faults = _mm256_or_si256(_mm256_or_si256(a.faults, b.faults),
                                               _mm256_or_si256(c.faults, d.faults));
        if (!_mm256_testz_si256(faults, faults))
            break;
        store_avx2(a.values, room + written);
        store_avx2(b.values, room + written + 24);
        store_avx2(c.values, room + written + 48);
        store_avx2(d.values, room + written + 72);
    }
    for (; text_bytes - read >= 32 && room_bytes - written >= 32; read += 32, written += 24) {
        const auto block = classify_avx2(text + read);
        if (!_mm256_testz_si256(block.faults, block.faults))
            break;
        store_avx2(block.values, room + written);
    }
    return read +
           decode_table(text + read, text_bytes - read, room + written, room_bytes - written);
}

[[gnu::target("avx2")]] std::size_t encode_avx2(const std::uint8_t* bytes, std::size_t bytes_count,
                                                char* out)
{
    std::size_t read = 0;
    for (; bytes_count - read >= 28; read += 24, out += 32) { // two loads of 16, 12 used of each
        const auto* at = reinterpret_cast<const __m128i*>(bytes + read);
        const auto* next = reinterpret_cast<const __m128i*>(bytes + read + 12);
        const __m256i in =
            _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(at)),
                                                        _mm_loadu_si128(next), 1),
                                load_rows(spread_groups));
        const __m256i odd = _mm256_mulhi_epu16(_mm256_and_si256(in, _mm256_set1_epi32(0x0FC0FC00)),
                                               _mm256_set1_epi32(0x04000040));
        const __m256i even = _mm256_mullo_epi16(_mm256_and_si256(in, _mm256_set1_epi32(0x003F03F0)),
                                                _mm256_set1_epi32(0x01000010));
        const __m256i sextets = _mm256_or_si256(odd, even);
        const __m256i upper = _mm256_and_si256(_mm256_cmpgt_epi8(_mm256_set1_epi8(26), sextets),
                                               _mm256_set1_epi8(13));
        const __m256i range =
            _mm256_or_si256(_mm256_subs_epu8(sextets, _mm256_set1_epi8(51)), upper);
        _mm256_storeu_si256(
            reinterpret_cast<__m256i*>(out),
            _mm256_add_epi8(_mm256_shuffle_epi8(load_rows(to_character), range), sextets));
    }
    return read + encode_table(bytes + read, bytes_count - read, out);
}

#endif

} // namespace

bool base64_isa_supported(base64_isa isa)
{
#if defined(__x86_64__)
    if (isa == base64_isa::avx2)
        return __builtin_cpu_supports("avx2");
    if (isa == base64_isa::ssse3)
        return __builtin_cpu_supports("ssse3");
#endif
    return isa == base64_isa::table;
}

base64_isa best_base64_isa()
{
    static const base64_isa best = base64_isa_supported(base64_isa::avx2)    ? base64_isa::avx2
                                   : base64_isa_supported(base64_isa::ssse3) ? base64_isa::ssse3
                                                                             : base64_isa::table;
    return best;
}

const base64_kernel& kernel_of(base64_isa isa)
{
    ENGINE_ASSERT(base64_isa_supported(isa));
    static constexpr base64_kernel table{decode_table, encode_table};
#if defined(__x86_64__)
    static constexpr base64_kernel ssse3{decode_ssse3, encode_ssse3};
    static constexpr base64_kernel avx2{decode_avx2, encode_avx2};
    if (isa == base64_isa::avx2)
        return avx2;
    if (isa == base64_isa::ssse3)
        return ssse3;
#endif
    return table;
}

} // namespace engine::base
