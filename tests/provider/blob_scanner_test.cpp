#include "engine/provider/blob_scanner.hpp"

#include "engine/http/sse_parser.hpp"
#include "tests/support/cuts.hpp"
#include "tests/support/golden.hpp"
#include "tests/support/naive_blobs.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <malloc.h>
#include <string>

using namespace engine;
using namespace engine::provider;
using support::keeping_sink;
using support::kept_blob;

namespace {

const std::vector<std::string> all_keys{"b64_json", "partial_image_b64", "result"};

struct scanned {
    std::string skeleton; // or the failure's message
    std::error_code code;
    std::vector<kept_blob> blobs;
    bool operator==(const scanned&) const = default;
};

scanned scan(const support::pieces& text, blob_limits limits = {})
{
    keeping_sink sink;
    blob_scanner scanner(all_keys, sink, limits);
    sink.scanner = &scanner;
    scanned out;
    for (const std::string_view piece : text)
        if (const auto fed = scanner.feed(piece); !fed) {
            out.code = fed.error().code;
            out.skeleton = fed.error().message();
            break;
        }
    const auto skeleton = scanner.finish();
    if (skeleton) {
        out.skeleton = *skeleton;
        CHECK(scanner.blobs() == sink.blobs.size());
    } else if (out.code) {
        CHECK(skeleton.error().code == out.code); // the same for ever
    } else {
        out.code = skeleton.error().code;
        out.skeleton = skeleton.error().message();
    }
    out.blobs = sink.blobs;
    return out;
}

// Holds a scan of a valid document against the naive reading of it, and every cut against both.
void check_against_reference(std::string_view text)
{
    CAPTURE(text);
    const auto document = base::parse_json(text, "original");
    REQUIRE(document);
    const auto expected = support::naive_blobs(*document, all_keys);
    REQUIRE(!expected.refused);

    const scanned whole = scan({text});
    REQUIRE_MESSAGE(!whole.code, whole.skeleton);
    const auto skeleton = base::parse_json(whole.skeleton, "skeleton");
    REQUIRE(skeleton);
    CHECK(*skeleton == expected.skeleton);
    REQUIRE(whole.blobs.size() == expected.blobs.size());
    for (std::size_t i = 0; i < whole.blobs.size(); ++i) {
        CHECK(whole.blobs[i].key == expected.blobs[i].key);
        CHECK(whole.blobs[i].bytes == expected.blobs[i].bytes);
        CHECK(whole.blobs[i].ended);
        CHECK(whole.skeleton.starts_with(whole.blobs[i].seen + fmt::format("\"@blob:{}\"", i)));
    }
    support::for_each_cut(text, [&](const auto& cut) { REQUIRE(scan(cut) == whole); });
}

// The data of each event of a stream, and of the one left open at its end.
std::vector<std::string> event_data(std::string_view body)
{
    http::sse_parser parser;
    std::vector<std::string> events(1);
    for (;;) {
        const auto token = parser.next(body);
        REQUIRE(token);
        if (token->kind == http::sse_kind::need_more)
            return events;
        if (token->kind == http::sse_kind::event_end)
            events.emplace_back();
        else
            events.back() += token->data;
    }
}

constexpr std::string_view png_start = "iVBORw0KGgo="; // 8 bytes

} // namespace

TEST_CASE("the recorded replies keep everything but their images, at every cut")
{
    const auto names = support::golden_names("contract", ".json");
    CHECK(names.size() >= 14);
    std::size_t blobs = 0;
    for (const std::string& name : names) {
        CAPTURE(name);
        const std::string text = support::golden(name);
        if (text.size() > 4096)
            continue; // tables for other tests, not replies
        check_against_reference(text);
        blobs += scan({text}).blobs.size();
    }
    CHECK(blobs >= 4);
}

TEST_CASE("the recorded streams' events keep everything but their images, at every cut")
{
    std::size_t blobs = 0;
    for (const std::string& name : support::golden_names("contract", ".sse")) {
        CAPTURE(name);
        for (const std::string& data : event_data(support::golden(name))) {
            if (!base::parse_json(data, "event"))
                continue; // [DONE], nothing, and the event that was cut: a case of its own
            check_against_reference(data);
            blobs += scan({data}).blobs.size();
        }
    }
    CHECK(blobs >= 10);
}

TEST_CASE("an event cut inside its image is cut short, and its blob never ends")
{
    const auto events = event_data(support::golden("contract/gen_stream_truncated.sse"));
    const scanned last = scan({events.back()});
    CHECK(last.code == blob_errc::cut_short);
    REQUIRE(last.blobs.size() == 1);
    CHECK(!last.blobs[0].ended);
    CHECK(scan({"[DONE]"}).skeleton == "[DONE]"); // not JSON; the caller knows it
}

TEST_CASE("markers say which member of which element carried which blob")
{
    const scanned reply = scan({R"({"data":[{"b64_json":"AAAA"},{"url":"x","b64_json":null},)"
                                R"({"b64_json":""},{"n":{"b64_json" : "AQ=="}}]})"});
    CHECK(reply.skeleton == R"({"data":[{"b64_json":"@blob:0"},{"url":"x","b64_json":null},)"
                            R"({"b64_json":""},{"n":{"b64_json" : "@blob:1"}}]})");
    REQUIRE(reply.blobs.size() == 2);
    CHECK(reply.blobs[0].bytes == std::string(3, '\0'));
    CHECK(reply.blobs[1].bytes == "\x01");
    CHECK(blob_scanner::marked_blob("@blob:0") == 0);
    CHECK(blob_scanner::marked_blob("@blob:17") == 17);
    for (const char* other : {"", "@blob:", "@blob:x", "@blob:1x", "@blob:-1", "blob:1", "@blob: 1",
                              "@blob:99999999999999999999"})
        CHECK_MESSAGE(!blob_scanner::marked_blob(other), other);
}

TEST_CASE("when a blob begins, the skeleton shows what came before it")
{
    const scanned event =
        scan({R"({"type":"image_generation.partial_image","b64_json":"AAAA","size":"1x1"})"});
    REQUIRE(event.blobs.size() == 1);
    CHECK(event.blobs[0].seen == R"({"type":"image_generation.partial_image","b64_json":)");
}

TEST_CASE("odd but valid documents read as the reference reads them, at every cut and pair of cuts")
{
    const std::string_view documents[] = {
        R"({"b64_json":"AAAA"})",
        R"( { "b64_json" : "AAAA" , "x" : 1 } )",
        "\r\n{\t\"b64_json\"\r:\n\"AA==\"}",
        R"({"b64\u005fjson":"AAAA"})",
        R"({"\u0062\u0036\u0034_json":"AAAA","\u00B64_json":"no blob"})",
        R"({"b64_json\u0000":"no","b64_json ":"no","b64_jso":"no","B64_JSON":"no"})",
        R"({"\b64_json":"no","b64\/json":"no","\"b64_json":"no","\\":"\\","b64_json\\":"no"})",
        R"({"\u00e9":"no","caf\u00e9":{"b64_json":"AAAA"},"é":"é \ud83d\ude00"})",
        R"({"x":"{\"b64_json\":\"no\"}","y":"\"b64_json\":","z":"\\"})",
        R"({"b64_json":["no",{"b64_json":"AAAA"},"no"],"b64_json":{"x":"no"}})",
        R"({"b64_json":1,"result":true,"x":"no","result":[],"y":"no"})",
        R"(["b64_json","no",["b64_json"],{"result":"AAAA"}])",
        R"(["b64_json"])",
        R"("b64_json")",
        R"({"x":"b64_json","y":"no"})",
        R"({"b64_json":"AAAA","b64_json":"AQID"})",
        R"({"b64_json":"\/\/\/\/","result":"ab\/+","partial_image_b64":"A\/8="})",
        R"({"b64_json":"data:image/png;base64,iVBORw0KGgo="})",
        R"({"b64_json":"data:image\/png;base64,\/\/8=","result":"data:;base64,AAAA"})",
        R"({"b64_json":"data:image/png;base64,"})",
        R"({"b64_json":"data","result":"data/+AA"})",
        R"({"b64_json":"dataAAAA","result":"datA","partial_image_b64":"dA=="})",
        R"({"b64_json":"","x":""})",
        "{}",
        "[]",
        "12",
    };
    for (const std::string_view text : documents) {
        check_against_reference(text);
        const scanned whole = scan({text});
        if (text.size() < 60)
            support::for_each_pair_of_cuts(text,
                                           [&](const auto& cut) { REQUIRE(scan(cut) == whole); });
    }
}

TEST_CASE("escaped slashes may fill any length, and stop where they stop")
{
    // Stretches are unescaped together, 4096 characters at a time: try both sides of that.
    for (const std::size_t groups : {1022U, 1023U, 1024U, 1025U, 2048U, 5000U})
        for (const std::string_view tail :
             {"", "\\/w==", "A\\/8=", "\\/w==\\/", "\\n", "!", "\\"}) {
            std::string blob;
            for (std::size_t i = 0; i < groups; ++i)
                blob += i % 3 == 0 ? "\\/AA\\/" : "AAAA";
            const std::string text = "{\"b64_json\":\"" + blob + std::string(tail) + "\"}";
            const scanned whole = scan({text});
            CAPTURE(groups);
            CAPTURE(tail);
            const bool fine = tail.empty() || tail.ends_with('=');
            REQUIRE(!whole.code == fine);
            if (fine)
                CHECK(whole.blobs[0].bytes.size() == 3 * groups + (tail.empty()           ? 0
                                                                   : tail.ends_with("==") ? 1
                                                                                          : 2));
            for (const std::size_t size : {1U, 63U, 4095U, 4096U, 4097U, 5461U}) {
                support::pieces cut;
                for (std::size_t at = 0; at < text.size(); at += size)
                    cut.push_back(std::string_view(text).substr(at, size));
                REQUIRE(scan(cut) == whole);
            }
        }
}

TEST_CASE("a reply cannot fake a marker under a wanted key")
{
    CHECK(scan({R"({"b64_json":"@blob:0"})"}).code == blob_errc::not_base64);
    CHECK(scan({R"({"b64_json":"\u0040blob:0"})"}).code == blob_errc::not_base64);
}

TEST_CASE("what is no base64, too deep, cut or unbalanced is refused with its place, however cut")
{
    struct row {
        std::string_view text;
        blob_errc code;
        std::string_view says;
    };
    const row table[] = {
        {R"({"b64_json":"AA!A"})", blob_errc::not_base64, "b64_json at byte 15: "},
        {R"({"b64_json":"AAA"})", blob_errc::not_base64, "b64_json at byte 16: "},
        {R"({"b64_json":"AA="})", blob_errc::not_base64, "b64_json at byte 16: "},
        {R"({"b64_json":"AB=="})", blob_errc::not_base64, "'=' is not base64"},
        {R"({"b64_json":"AA==A"})", blob_errc::not_base64, "b64_json at byte 17: "},
        {R"({"b64_json":"AA==\/"})", blob_errc::not_base64, "b64_json at byte 18: "},
        {R"({"b64_json":"="})", blob_errc::not_base64, "b64_json at byte 13: "},
        {R"({"b64_json":"AAAA\n"})", blob_errc::not_base64, "'n' is not base64"},
        {R"({"b64_json":"\u0041AAA"})", blob_errc::not_base64, "'u' is not base64"},
        {R"({"b64_json":"AAAA\"})", blob_errc::not_base64, "'\"' is not base64"},
        {"{\"b64_json\":\"AAAA\nAAAA\"}", blob_errc::not_base64, "byte 0x0a is not base64"},
        {"{\"b64_json\":\"AAAA\xC3\xA9\"}", blob_errc::not_base64, "byte 0xc3 is not base64"},
        {R"({"b64_json":"AA-_"})", blob_errc::not_base64, "'-' is not base64"},
        {R"({"result":"https://x.test/a.png"})", blob_errc::not_base64, "result at byte 16: "},
        {R"({"result":"data:image/png,AAAA"})", blob_errc::not_base64, "data URL"},
        {R"({"result":"data:image/png;base64"})", blob_errc::not_base64, "'\"' is not base64"},
        {R"({"result":"data:a b;base64,AAAA"})", blob_errc::not_base64, "byte 0x20"},
        {R"({"result":"data:a\nb;base64,AAAA"})", blob_errc::not_base64, "'n' is not base64"},
        {R"({"result":"data:image/png;base64,=" })", blob_errc::not_base64, "result at byte 33: "},
        {R"({"result":"data:)", blob_errc::cut_short, ""},
        {R"({"b64_json":"AAAA)", blob_errc::cut_short, ""},
        {R"({"b64_json":")", blob_errc::cut_short, ""},
        {R"({"b64_json":"AAAA")", blob_errc::cut_short, ""},
        {R"({"b64_js)", blob_errc::cut_short, ""},
        {R"({"x":"y\")", blob_errc::cut_short, ""},
        {"[[1]", blob_errc::cut_short, ""},
        {"]", blob_errc::unbalanced, "at byte 0"},
        {"{}}", blob_errc::unbalanced, "at byte 2"},
    };
    for (const auto& [text, code, says] : table) {
        CAPTURE(text);
        const scanned whole = scan({text});
        CHECK(whole.code == code);
        CHECK_MESSAGE(whole.skeleton.find(says) != std::string::npos, whole.skeleton);
        for (const kept_blob& blob : whole.blobs)
            CHECK((blob.ended == (code == blob_errc::cut_short && text.ends_with("\"AAAA\""))));
        support::for_each_pair_of_cuts(text, [&](const auto& cut) { REQUIRE(scan(cut) == whole); });
    }
}

TEST_CASE("a document that is no JSON leaves a skeleton that is none, whatever is cut out of it")
{
    for (const char* text :
         {R"({"b64_json" "AAAA"})", R"({"b64_json"::"AAAA"})", R"({"b64_json":"AAAA""AAAA"})",
          R"({"b64_json":"AAAA"]})", R"(["b64_json":"AAAA"])", R"({"b64_json":"AAAA",})",
          R"({,"b64_json":"AAAA"})", R"({"b64_json":"AAAA"} x)", R"({x "b64_json":"AAAA"})",
          R"({"b64_json":x"AAAA"})", R"({"\u00zz":"AAAA"})", R"({"\u00":"AAAA","b64_json":""})",
          R"({"\x":"AAAA"})", "", " ", "{\"x\":\"\xFF\"}", "{\"x\":\"a\nb\"}"}) {
        CAPTURE(text);
        CHECK(!base::parse_json(text, "original"));
        const scanned whole = scan({text});
        CHECK((whole.code || !base::parse_json(whole.skeleton, "skeleton")));
        support::for_each_cut(text, [&](const auto& cut) { REQUIRE(scan(cut) == whole); });
    }
}

TEST_CASE("64 levels are read and 65 are refused")
{
    const auto nested = [](std::size_t levels) {
        std::string text;
        for (std::size_t i = 0; i < levels; ++i)
            text += i % 2 == 0 ? "{\"a\":" : "[";
        text += "{}";
        for (std::size_t i = levels; i-- > 0;)
            text += i % 2 == 0 ? '}' : ']';
        return text;
    };
    check_against_reference(nested(63));
    CHECK(scan({nested(64)}).code == blob_errc::too_deep);
    CHECK(scan({std::string(100'000, '[')}).code == blob_errc::too_deep);

    // The innermost bracket alone decides what a string is, at any depth.
    std::string text(63, '[');
    text += R"({"result":"AAAA"},"result","AAAA")" + std::string(63, ']');
    check_against_reference(text);
}

TEST_CASE("a skeleton may be as large as its bound, and no larger")
{
    const std::string_view text = R"({"x":"yyyyyyyyyy","b64_json":"AAAAAAAA"})";
    const std::size_t exact = scan({text}).skeleton.size();
    CHECK(!scan({text}, {.skeleton_bytes_max = exact}).code);
    for (std::size_t max = 0; max < exact; ++max) {
        const scanned whole = scan({text}, {.skeleton_bytes_max = max});
        CHECK(whole.code == blob_errc::skeleton_too_large);
        support::for_each_cut(text, [&](const auto& cut) {
            const scanned got = scan(cut, {.skeleton_bytes_max = max});
            REQUIRE(got.code == whole.code);
            REQUIRE(got.skeleton == whole.skeleton);
        });
    }
    CHECK(scan({"\"" + std::string(2'000'000, 'x') + "\""}).code == blob_errc::skeleton_too_large);
}

TEST_CASE("a blob may be as large as its bound; of a larger one the bound is written, no more")
{
    const std::string_view text = R"({"b64_json":"AAECAwQFBgcICQ=="})"; // 10 bytes
    CHECK(!scan({text}, {.blob_bytes_max = 10}).code);
    for (std::uint64_t max = 0; max < 10; ++max) {
        const scanned whole = scan({text}, {.blob_bytes_max = max});
        CHECK(whole.code == blob_errc::blob_too_large);
        CHECK(whole.blobs.at(0).bytes.size() == max);
        CHECK(!whole.blobs.at(0).ended);
        support::for_each_cut(
            text, [&](const auto& cut) { REQUIRE(scan(cut, {.blob_bytes_max = max}) == whole); });
    }
    // The bound is for each blob, not for their sum.
    CHECK(!scan({R"({"b64_json":"AAAA","result":"AAAA"})"}, {.blob_bytes_max = 3}).code);
}

TEST_CASE("a sink that refuses ends the text with its own failure, and is called no more")
{
    for (const std::string_view blob : {"AAAA", "dAAA", "\\/\\/\\/\\/"})
        for (const int step : {0, 1, 2}) {
            keeping_sink sink;
            sink.refuse_begin = step == 0;
            sink.refuse_write = step == 1;
            sink.refuse_end = step == 2;
            blob_scanner scanner(all_keys, sink);
            const std::string text =
                "{\"b64_json\":\"" + std::string(blob) + "\",\"result\":\"AAAA\"}";
            const auto fed = scanner.feed(text);
            REQUIRE(!fed);
            CHECK(fed.error().code == std::errc::no_space_on_device);
            CHECK(fed.error().where == "sink");
            CHECK(scanner.finish().error().code == std::errc::no_space_on_device);
            CHECK(scanner.feed("{}").error().code == std::errc::no_space_on_device);
            CHECK(sink.blobs.size() == 1);
            CHECK(sink.blobs[0].ended == (step == 2));
        }
    // The letters of "data:" are held back: the refusal then comes with the closing quote.
    keeping_sink sink;
    sink.refuse_begin = true;
    blob_scanner scanner(all_keys, sink);
    CHECK(!scanner.feed(R"({"b64_json":"data"})"));
}

TEST_CASE("reset forgets everything, wherever the text before was left or failed")
{
    const std::string_view text = R"({"type":"\u0041","b64_json":"data:a;base64,AA\/="} )";
    const scanned fresh = scan({R"([{"result":"AAAA"}])"});
    for (std::size_t at = 0; at <= text.size(); ++at) {
        keeping_sink sink;
        blob_scanner scanner(all_keys, sink);
        (void)scanner.feed(text.substr(0, at));
        scanner.reset();
        CHECK(scanner.skeleton_so_far().empty());
        CHECK(scanner.blobs() == 0);
        sink.blobs.clear();
        REQUIRE(scanner.feed(R"([{"result":"AAAA"}])"));
        CHECK(scanner.finish().value() == fresh.skeleton);
        CHECK(sink.blobs.at(0).bytes == fresh.blobs.at(0).bytes);
    }
}

TEST_CASE("a scanner that was moved reads on where it was")
{
    keeping_sink sink;
    blob_scanner before(all_keys, sink);
    REQUIRE(before.feed(R"({"b64_json":"AA)"));
    blob_scanner after(std::move(before));
    REQUIRE(after.feed(R"(AA","result":)"));
    blob_scanner last(std::move(after));
    REQUIRE(last.feed(R"("AAAA"})"));
    CHECK(last.finish().value() == R"({"b64_json":"@blob:0","result":"@blob:1"})");
    CHECK(sink.blobs.at(1).key == "result");
}

TEST_CASE("random documents in random pieces read as the reference reads them")
{
    const std::uint64_t seed = 20261121;
    MESSAGE("seed " << seed);
    base::random dice(seed);
    const auto blob = [&] {
        base::byte_buffer bytes(dice.below(dice.chance(0.1) ? 300'000 : 200));
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(dice());
        std::string text = base::encode_base64(bytes);
        if (dice.chance(0.3)) // as a gateway in PHP would write it
            for (std::size_t at = 0; (at = text.find('/', at)) != text.npos; at += 2)
                text.insert(at, 1, '\\');
        return (dice.chance(0.2) ? "data:image/png;base64," : "") + text;
    };
    const std::string_view keys[] = {"b64_json", "result", "type", "r\\u0065sult", "x"};
    for (int round = 0; round < 150; ++round) {
        std::string text = "[";
        for (std::uint64_t count = dice.below(6); count > 0; --count) {
            const auto key = keys[dice.below(std::size(keys))];
            const bool is_blob = key != "type" && key != "x";
            text += fmt::format("{{\"{}\": \"{}\"}}, ", key,
                                is_blob ? blob() : "\\\"b64_json\\\": \\u0022");
        }
        text += "null]";
        const auto document = base::parse_json(text, "original");
        REQUIRE(document);
        const auto expected = support::naive_blobs(*document, all_keys);
        const scanned got =
            scan(support::random_pieces(text, dice, dice.chance(0.5) ? 70'000 : 50));
        CAPTURE(round);
        REQUIRE_MESSAGE(!got.code, got.skeleton);
        REQUIRE(base::parse_json(got.skeleton, "skeleton").value() == expected.skeleton);
        REQUIRE(got.blobs.size() == expected.blobs.size());
        for (std::size_t i = 0; i < got.blobs.size(); ++i)
            REQUIRE(got.blobs[i].bytes == expected.blobs[i].bytes);
    }
}

TEST_CASE("a reply of 20 MB goes to the sink in pieces, and almost nothing is kept")
{
    struct measuring_sink final : blob_sink {
        base::result<void> begin_blob(std::string_view) override
        {
            heap_bytes = static_cast<std::int64_t>(mallinfo2().uordblks);
            return {};
        }
        base::result<void> write(base::byte_view decoded) override
        {
            bytes += decoded.size();
            largest_write = std::max(largest_write, decoded.size());
            heap_growth_max = std::max(
                heap_growth_max, static_cast<std::int64_t>(mallinfo2().uordblks) - heap_bytes);
            return {};
        }
        base::result<void> end_blob() override { return {}; }
        std::int64_t heap_bytes = 0;
        std::int64_t heap_growth_max = 0;
        std::size_t bytes = 0;
        std::size_t largest_write = 0;
    };
    std::string text = R"({"created":1,"data":[{"b64_json":")";
    for (int i = 0; i < 5'000'000; ++i)
        text += "iVBO";
    text += std::string(png_start) + R"("}],"usage":{"total_tokens":1}})";

    measuring_sink sink;
    blob_scanner scanner(all_keys, sink);
    for (std::size_t at = 0; at < text.size(); at += 65536)
        REQUIRE(scanner.feed(std::string_view(text).substr(at, 65536)));
    CHECK(scanner.finish().value() ==
          R"({"created":1,"data":[{"b64_json":"@blob:0"}],"usage":{"total_tokens":1}})");
    CHECK(sink.bytes == 15'000'008);
    CHECK(sink.largest_write <= 49'152 + 3); // what 64 KiB decode to
    CHECK(sink.heap_growth_max < 4096);      // always so under a sanitizer, which has its own heap
}

TEST_CASE("failures say what happened in words")
{
    for (const auto code :
         {blob_errc::not_base64, blob_errc::blob_too_large, blob_errc::skeleton_too_large,
          blob_errc::too_deep, blob_errc::unbalanced, blob_errc::cut_short}) {
        const std::error_code error = code;
        CHECK(std::string(error.category().name()) == "blob");
        CHECK(error.message().size() > 10);
    }
}
