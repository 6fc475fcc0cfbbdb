#include "engine/plan/cache_note.hpp"

#include "engine/base/sha256.hpp"

#include <doctest/doctest.h>

using namespace engine;
using plan::cache_note;

namespace {

cache_note sample()
{
    cache_note note;
    note.key = base::sha256_hex("key");
    note.parent = base::sha256_hex("parent");
    note.sha256 = base::sha256_hex("bytes");
    note.bytes = 2'000'000;
    note.format = "png";
    note.size = {1536, 1024};
    note.transparent = true;
    note.provider = "openai";
    note.base_url = "https://api.openai.com/v1";
    note.api = "responses";
    note.model = "gpt-image-2";
    note.model_returned = "gpt-image-2-2026-04-21";
    note.mainline_model = "gpt-5.5";
    note.cost = base::microusd{52'730};
    note.made = base::parse_rfc3339("2026-11-20T10:00:05.123Z").value();
    note.engine_version = "0.1.0";
    return note;
}

} // namespace

TEST_CASE("a note says everything again when it is read back")
{
    const auto was = sample();
    const auto is = plan::parse_cache_note(plan::to_text(was), "note").value();
    CHECK(is.key == was.key);
    CHECK(is.parent == was.parent);
    CHECK(is.sha256 == was.sha256);
    CHECK(is.bytes == was.bytes);
    CHECK(is.format == was.format);
    CHECK(is.size == was.size);
    CHECK(is.transparent);
    CHECK(is.provider == was.provider);
    CHECK(is.base_url == was.base_url);
    CHECK(is.api == was.api);
    CHECK(is.model == was.model);
    CHECK(is.model_returned == was.model_returned);
    CHECK(is.mainline_model == was.mainline_model);
    CHECK(is.cost == was.cost);
    CHECK(is.made == was.made);
    CHECK(is.engine_version == was.engine_version);
}

TEST_CASE("a note that is cut anywhere, or says what cannot be, is refused")
{
    const auto text = plan::to_text(sample());
    for (std::size_t bytes = 0; bytes + 2 < text.size(); ++bytes)
        CHECK(!plan::parse_cache_note(text.substr(0, bytes), "note"));
    const auto with = [&](const std::string& from, const std::string& to) {
        auto changed = text;
        changed.replace(changed.find(from), from.size(), to);
        return plan::parse_cache_note(changed, "note").has_value();
    };
    CHECK(with("0.1.0", "0.2.0"));
    CHECK(!with("darkroom-cache-1", "darkroom-cache-2"));
    CHECK(!with(sample().sha256, "../../etc/passwd"));
    CHECK(!with(sample().key, std::string(64, 'G')));
    CHECK(!with("2000000", "-1"));
    CHECK(!with("2000000", "0"));
    CHECK(!with("1536", "0"));
    CHECK(!with("0.05273", "-1"));
    CHECK(!with("0.05273", "1e300"));
    CHECK(!with("2026-11-20T10", "yesterday"));
    CHECK(!with("openai", std::string(2000, 'x')));
}

TEST_CASE("a picture that continues another has a place of its own for each of them")
{
    const auto key = base::sha256_hex("key");
    CHECK(plan::cache_id(key, "") == key);
    const auto one = plan::cache_id(key, base::sha256_hex("one"));
    CHECK(one.size() == 64);
    CHECK(one != key);
    CHECK(one != plan::cache_id(key, base::sha256_hex("two")));
    CHECK(plan::cache_note_path("c", "abcd") == "c/ab/abcd.json");
    CHECK(plan::cache_picture_path("c", "abcd", "0123456789abcdef") ==
          "c/ab/abcd-0123456789ab.img");
}
