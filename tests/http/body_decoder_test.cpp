#include "engine/http/body_decoder.hpp"

#include "engine/http/errc.hpp"

#include "tests/support/compressed.hpp"
#include "tests/support/cuts.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace engine::http;
using support::compressed;
using support::wrapping;

namespace {

const std::string text = "{\"data\":[{\"id\":\"gpt-image-2\"},{\"id\":\"gpt-image-2-mini\"}]}";

struct outcome {
    std::string plain;
    std::error_code code;
};

outcome decode(const support::pieces& pieces, std::string_view encoding)
{
    body_decoder decoder(encoding);
    outcome out;
    for (const auto piece : pieces) {
        const auto read = decoder.read(piece, [&](std::string_view plain) {
            CHECK(!plain.empty());
            out.plain += plain;
            return true;
        });
        if (!read) {
            out.code = read.error().code;
            return out;
        }
    }
    if (const auto whole = decoder.finish(); !whole)
        out.code = whole.error().code;
    return out;
}

struct row {
    std::string encoding, packed;
};
std::vector<row> forms()
{
    return {{"gzip", compressed(text, wrapping::gzip)},
            {"X-GZip", compressed(text, wrapping::gzip)},
            {"deflate", compressed(text, wrapping::zlib)},
            {"Deflate", compressed(text, wrapping::raw)}};
}

} // namespace

TEST_CASE("gzip and both kinds of deflate read the same however they were cut")
{
    for (const auto& form : forms()) {
        CAPTURE(form.encoding);
        support::for_each_cut(form.packed, [&](const support::pieces& pieces) {
            const auto out = decode(pieces, form.encoding);
            CHECK(!out.code);
            CHECK(out.plain == text);
        });
    }
}

TEST_CASE("a compressed body that ends before its end is truncated, wherever that is")
{
    for (const auto& [encoding, packed] : forms()) {
        for (std::size_t length = 1; length < packed.size(); ++length) {
            CAPTURE(length);
            const auto out = decode({std::string_view(packed).substr(0, length)}, encoding);
            CHECK(out.code == errc::truncated);
            CHECK(text.starts_with(out.plain));
        }
        CHECK(!decode({}, encoding).code); // no byte at all: an empty body
    }
}

TEST_CASE("a flipped bit anywhere is never taken for the whole text")
{
    for (const auto& [encoding, packed] : forms()) {
        const bool checked = encoding != "Deflate"; // raw deflate has no checksum
        for (std::size_t i = 0; checked && i < packed.size(); ++i) {
            auto bent = packed;
            bent[i] = static_cast<char>(bent[i] ^ 0x04);
            const auto out = decode({bent}, encoding);
            CAPTURE(i);
            // Time, flags and system of a gzip header say nothing about the text.
            CHECK((out.code || out.plain == text));
        }
    }
    CHECK(decode({"plain text"}, "gzip").code == errc::corrupt_encoding);
    CHECK(decode({"plain text"}, "deflate").code == errc::corrupt_encoding);
    CHECK(decode({std::string_view("\0\0\0\0\0\0", 6)}, "gzip").code == errc::corrupt_encoding);
}

TEST_CASE("several gzip members are one text, and anything else behind the end is corrupt")
{
    const auto one = compressed("one, ", wrapping::gzip);
    const auto two = compressed("two", wrapping::gzip);
    support::for_each_cut(one + two, [](const support::pieces& pieces) {
        const auto out = decode(pieces, "gzip");
        CHECK(!out.code);
        CHECK(out.plain == "one, two");
    });
    CHECK(decode({one + two.substr(0, 5)}, "gzip").code == errc::truncated);
    CHECK(decode({one + "surplus bytes"}, "gzip").code == errc::corrupt_encoding);
    CHECK(decode({one, "surplus bytes"}, "gzip").code == errc::corrupt_encoding);
    const auto deflated = compressed(text, wrapping::zlib);
    CHECK(decode({deflated + "x"}, "deflate").code == errc::corrupt_encoding);
    CHECK(decode({deflated, "x"}, "deflate").code == errc::corrupt_encoding);
}

TEST_CASE("a bomb comes in small pieces and is stopped by who takes them")
{
    const auto bomb = compressed(std::string(64 << 20, 'x'), wrapping::gzip);
    CHECK(bomb.size() < 100'000);
    body_decoder decoder("gzip");
    std::size_t taken = 0;
    std::size_t largest = 0;
    const auto read = decoder.read(bomb, [&](std::string_view plain) {
        taken += plain.size();
        largest = std::max(largest, plain.size());
        return taken < 1'000'000;
    });
    REQUIRE(read.has_value());
    CHECK(!*read);
    CHECK(taken < 1'100'000);
    CHECK(largest <= 32 * 1024);
}

TEST_CASE("only what can be decoded is known")
{
    for (const std::string name : {"gzip", "GZIP", "x-gzip", "deflate"})
        CHECK(body_decoder::knows(name));
    for (const std::string name : {"", "br", "zstd", "compress", "gzip, gzip", "gzip ", "identity"})
        CHECK(!body_decoder::knows(name));
}
