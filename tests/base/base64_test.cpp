#include "engine/base/base64.hpp"

#include "engine/base/random.hpp"
#include "tests/support/naive_base64.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <string>
#include <vector>

using namespace engine::base;
using support::naive_base64_decode;
using support::naive_base64_encode;

namespace {

std::vector<base64_isa> isas_here()
{
    std::vector<base64_isa> isas;
    for (const auto isa : {base64_isa::table, base64_isa::ssse3, base64_isa::avx2})
        if (base64_isa_supported(isa))
            isas.push_back(isa);
    return isas;
}

byte_buffer random_bytes(engine::base::random& dice, std::size_t count)
{
    byte_buffer bytes(count);
    for (auto& byte : bytes)
        byte = static_cast<std::uint8_t>(dice());
    return bytes;
}

struct outcome {
    byte_buffer bytes;
    std::size_t read = 0;
    bool stopped = false;
    std::error_code end;
    bool operator==(const outcome&) const = default;
};

// The text in the given pieces, each through a buffer of `room_bytes`.
outcome decode_pieces(base64_isa isa, const std::vector<std::string_view>& pieces,
                      std::size_t room_bytes)
{
    base64_decoder decoder(isa);
    outcome out;
    byte_buffer room(room_bytes);
    for (std::string_view piece : pieces) {
        for (;;) {
            const auto at = decoder.decode(piece, room);
            out.bytes.insert(out.bytes.end(), room.begin(),
                             room.begin() + static_cast<std::ptrdiff_t>(at.written));
            out.read += at.read;
            piece.remove_prefix(at.read);
            if (at.stop != base64_stop::out_of_room)
                break;
            REQUIRE(at.read > 0); // otherwise we would turn for ever
        }
        out.stopped = !piece.empty();
        if (out.stopped)
            break;
    }
    out.end = decoder.end();
    return out;
}

outcome decode_whole(base64_isa isa, std::string_view text)
{
    return decode_pieces(isa, {text}, base64_decoded_bytes_max(text.size()));
}

} // namespace

TEST_CASE("the vectors of RFC 4648 encode and decode")
{
    const std::pair<const char*, const char*> table[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [plain, text] : table) {
        CHECK(encode_base64(as_bytes(plain)) == text);
        const auto bytes = decode_base64(text, "test");
        REQUIRE(bytes);
        CHECK(as_text(*bytes) == plain);
    }
    std::string out = "data:,";
    append_base64(out, as_bytes("\xfb\xff\xfe"));
    CHECK(out == "data:,+//+");
}

TEST_CASE("every instruction set agrees with the reference over all lengths to 300 and beyond")
{
    engine::base::random dice(20260101);
    for (const auto isa : isas_here())
        for (std::size_t count = 0; count <= 300; ++count) {
            CAPTURE(static_cast<int>(isa));
            CAPTURE(count);
            const auto bytes = random_bytes(dice, count);
            std::string text;
            append_base64(text, bytes, isa);
            REQUIRE(text == naive_base64_encode(bytes));
            const auto back = decode_whole(isa, text);
            REQUIRE(back == outcome{bytes, text.size(), false, {}});
        }
    for (const auto isa : isas_here()) {
        const auto bytes = random_bytes(dice, 1'000'003);
        std::string text;
        append_base64(text, bytes, isa);
        CHECK(text == naive_base64_encode(bytes));
        CHECK(decode_whole(isa, text).bytes == bytes);
    }
}

TEST_CASE("any byte at any place stops every decoder exactly where the reference stops")
{
    engine::base::random dice(7);
    const std::string good = naive_base64_encode(random_bytes(dice, 150)); // 200 characters
    for (const auto isa : isas_here())
        for (unsigned byte = 0; byte < 256; ++byte)
            for (std::size_t place = 0; place <= good.size(); place += byte % 7 + 1) {
                std::string text = good;
                text.insert(place, 1, static_cast<char>(byte));
                const auto expected = naive_base64_decode(text);
                const auto got = decode_whole(isa, text);
                CAPTURE(static_cast<int>(isa));
                CAPTURE(byte);
                CAPTURE(place);
                REQUIRE(got.read == expected.read);
                REQUIRE(got.stopped == (expected.read < text.size()));
                REQUIRE(got.bytes == expected.bytes);
                REQUIRE(!got.end == expected.whole);
            }
}

TEST_CASE("a text cut anywhere, twice, decodes the same")
{
    engine::base::random dice(11);
    for (std::size_t count : {0U, 1U, 2U, 3U, 40U, 41U, 42U}) {
        const auto bytes = random_bytes(dice, count);
        const std::string text = naive_base64_encode(bytes);
        const std::string_view view = text;
        for (const auto isa : isas_here())
            for (std::size_t first = 0; first <= text.size(); ++first)
                for (std::size_t second = first; second <= text.size(); ++second) {
                    const auto got =
                        decode_pieces(isa,
                                      {view.substr(0, first), view.substr(first, second - first),
                                       view.substr(second)},
                                      48);
                    REQUIRE(got == outcome{bytes, text.size(), false, {}});
                }
    }
}

TEST_CASE("random pieces and small rooms give the same bytes as one big call")
{
    const std::uint64_t seed = 4711;
    MESSAGE("seed " << seed);
    engine::base::random dice(seed);
    for (int round = 0; round < 400; ++round) {
        const auto bytes = random_bytes(dice, dice.below(2000));
        const std::string text = naive_base64_encode(bytes) + "\"";
        std::vector<std::string_view> pieces;
        for (std::string_view rest = text; !rest.empty();) {
            const std::size_t size = 1 + dice.below(std::min<std::size_t>(rest.size(), 400));
            pieces.push_back(rest.substr(0, size));
            rest.remove_prefix(size);
        }
        const std::size_t room = 3 + dice.below(300);
        for (const auto isa : isas_here())
            REQUIRE(decode_pieces(isa, pieces, room) == outcome{bytes, text.size() - 1, true, {}});
    }
}

TEST_CASE("what is not exactly base64 is refused, and the place is named")
{
    struct row {
        std::string_view text;
        base64_errc code;
        std::string_view detail;
    };
    const row table[] = {
        {"A", base64_errc::cut_short, "at byte 1"},
        {"AA", base64_errc::cut_short, "at byte 2"},
        {"AAA", base64_errc::cut_short, "at byte 3"},
        {"AA=", base64_errc::cut_short, "at byte 3"},
        {"=", base64_errc::foreign_byte, "at byte 0"},
        {"A===", base64_errc::foreign_byte, "at byte 1"},
        {"AA=A", base64_errc::foreign_byte, "at byte 3"},
        {"AA==A", base64_errc::foreign_byte, "at byte 4"},
        {"AA===", base64_errc::foreign_byte, "at byte 4"},
        {"AAAA=", base64_errc::foreign_byte, "at byte 4"},
        {"AAA==", base64_errc::foreign_byte, "at byte 4"},
        {"AB==", base64_errc::trailing_bits, "at byte 2"},
        {"AAB=", base64_errc::trailing_bits, "at byte 3"},
        {"AAAA\n", base64_errc::foreign_byte, "at byte 4"},
        {"AA-_", base64_errc::foreign_byte, "at byte 2"},
    };
    for (const auto& [text, code, detail] : table) {
        const auto refused = decode_base64(text, "reply");
        REQUIRE_MESSAGE(!refused, text);
        CHECK_MESSAGE(refused.error().code == code, text);
        CHECK_MESSAGE(refused.error().detail == detail, text);
        CHECK(refused.error().message().find("reply: ") == 0);
    }
    CHECK(std::error_code(base64_errc::cut_short).message().find("four") != std::string::npos);
    CHECK(base64_decoder{}.end() == std::error_code{});
}

TEST_CASE("a decoder that was reset knows nothing of what it read before")
{
    base64_decoder decoder;
    byte_buffer room(16);
    for (const char* before : {"AB=", "Zg==", "Z", "Zm8=\""}) {
        (void)decoder.decode(before, room);
        decoder.reset();
        const auto at = decoder.decode("Zm9v", room);
        CHECK(at.read == 4);
        CHECK(as_text(byte_view(room).first(at.written)) == "foo");
        CHECK(!decoder.end());
        decoder.reset();
    }
}

TEST_CASE("nothing is written beyond the room")
{
    engine::base::random dice(3);
    const auto bytes = random_bytes(dice, 600);
    const std::string text = naive_base64_encode(bytes);
    for (const auto isa : isas_here())
        for (std::size_t room = 0; room < 200; ++room) {
            byte_buffer guarded(room + 64, 0xA5);
            base64_decoder decoder(isa);
            const auto at = decoder.decode(text, std::span(guarded).first(room));
            REQUIRE(at.stop == base64_stop::out_of_room);
            REQUIRE(at.written <= room);
            REQUIRE(room - at.written < 3); // and the room is used
            REQUIRE(std::all_of(guarded.begin() + static_cast<std::ptrdiff_t>(room), guarded.end(),
                                [](auto byte) { return byte == 0xA5; }));
        }
}
