#include "engine/base/ascii.hpp"
#include "engine/base/glob.hpp"
#include "engine/base/nearest_name.hpp"
#include "engine/base/redact.hpp"
#include "engine/base/result.hpp"
#include "engine/base/sha256.hpp"
#include "engine/base/utf8.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace engine::base;

TEST_CASE("glob patterns match as a shell's do")
{
    CHECK(glob_matches("*", ""));
    CHECK(glob_matches("lamp-*", "lamp-studio"));
    CHECK(!glob_matches("lamp-*", "clamp-studio"));
    CHECK(glob_matches("*-[ab]?", "x-b1"));
    CHECK(!glob_matches("*-[!ab]?", "x-b1"));
    CHECK(glob_matches("a*b*c", "a--b--b-c"));
    CHECK(glob_matches("[", "["));
    CHECK(!glob_matches("", "x"));
}

TEST_CASE("a slip finds the name that was meant, a stranger finds none")
{
    constexpr std::array<std::string_view, 3> names = {"size", "quality", "format"};
    CHECK(nearest_name("siez", names) == "size");
    CHECK(nearest_name("qualty", names) == "quality");
    CHECK(nearest_name("Format", names) == "format");
    CHECK(nearest_name("zebra", names).empty());
    CHECK(did_you_mean("formt", names) == "; did you mean 'format'?");
}

TEST_CASE("keys do not survive, known or unknown")
{
    remember_secret("canary-value-77");
    CHECK(redact_secrets("x canary-value-77 y") == "x [redacted] y");
    CHECK(redact_secrets("key sk-proj-abcdefgh1234 end") == "key [redacted] end");
    CHECK(redact_secrets("Authorization: Bearer abcdef123") == "Authorization: Bearer [redacted]");
    CHECK(redact_secrets("a task-list-of-things") == "a task-list-of-things");
    CHECK(redact_secrets("key xai-AbCdEfGh1234-x/y end") == "key [redacted] end");
    CHECK(redact_secrets("goes on with xai-router/images/gpt-image-2") ==
          "goes on with xai-router/images/gpt-image-2");
    CHECK(redact_known_secrets("x canary-value-77 y") == "x [redacted] y");
    CHECK(redact_known_secrets("sk-20417-oak/web.webp") == "sk-20417-oak/web.webp");
    CHECK(clean_detail("bad\x1b[31m sk-aaaaaaaaaaaa\n") == "bad?[31m [redacted] ");
    // A cut never leaves half a key behind.
    CHECK(clean_detail(std::string(495, 'x') + " sk-aaaaaaaaaaaaaaaa", 500).find("sk-") ==
          std::string::npos);
}

TEST_CASE("UTF-8 is judged as RFC 3629 says")
{
    CHECK(!find_invalid_utf8("caf\u00e9 \u65e5\u672c \U0001F600"));
    CHECK(find_invalid_utf8("ab\xc0\x80") == 2);       // overlong
    CHECK(find_invalid_utf8("\xed\xa0\x80") == 0);     // surrogate
    CHECK(find_invalid_utf8("\xf4\x90\x80\x80") == 0); // beyond U+10FFFF
    CHECK(find_invalid_utf8("x\xe6\x97") == 1);        // cut short
    CHECK(utf8_prefix("a\u65e5", 3) == 1);
    CHECK(utf8_length("a\u65e5\u672c") == 3);
    std::string text;
    append_utf8(text, U'\u65e5');
    append_utf8(text, U'\U0001F600');
    CHECK(text == "\u65e5\U0001F600");
    CHECK(printable("a\nb\x07\u202e") == "a b??");
}

TEST_CASE("SHA-256 agrees with FIPS 180-4")
{
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256 hash;
    hash.update("a");
    hash.update("bc");
    CHECK(hex(hash.finish()) == sha256_hex("abc"));
}

TEST_CASE("ASCII letters only: what is UTF-8 stays as it is")
{
    CHECK(lowered("Content-TYPE Ä [Z]@") == "content-type Ä [z]@");
    CHECK(trimmed(" \t\r\n a b \n") == "a b");
    CHECK(trimmed(" \n ").empty());
    CHECK(trimmed("\n a", " ") == "\n a");
    for (const char c : {'a', 'z', 'A', 'Z', '0', '9', '-'})
        CHECK(is_plain(c, "-"));
    for (const char c : {'@', '[', '`', '{', '/', ':', '_', '\xc4'})
        CHECK(!is_plain(c, "-"));
}
