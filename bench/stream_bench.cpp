// stream_bench: bytes per second from the wire to the decoded image, each piece beside what one
// would use instead.
//
// Bytes are those of the text, in pieces of 64 KiB as a socket read gives them. Run with
// --benchmark_counters_tabular=true; compare ratios, not figures, between machines.
#include "engine/base/assert.hpp"
#include "engine/base/base64.hpp"
#include "engine/base/json.hpp"
#include "engine/base/random.hpp"
#include "engine/http/sse_parser.hpp"
#include "engine/provider/blob_scanner.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstring>
#include <openssl/evp.h>
#include <simdjson.h>
#include <string>
#include <vector>

// Beast's own base64 as it is without a compiled library, whatever our rooms are built with.
#undef BOOST_BEAST_SEPARATE_COMPILATION
#include <boost/beast/core/detail/base64.hpp>

namespace {

using namespace engine;
using benchmark::State;

constexpr std::size_t piece_bytes = 64 * 1024;

const std::string& base64_text(std::size_t text_bytes)
{
    static std::string text;
    if (text.size() != text_bytes / 4 * 4) {
        base::random dice(1);
        base::byte_buffer bytes(text_bytes / 4 * 3);
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(dice() >> 32);
        text = base::encode_base64(bytes);
    }
    return text;
}

// One completed event around `text_bytes` of base64. With `escape`, '/' is written as "\/".
std::string event_body(std::size_t text_bytes, bool escape = false)
{
    std::string blob = base64_text(text_bytes);
    if (escape) {
        std::string escaped;
        for (const char c : blob) {
            if (c == '/')
                escaped += '\\';
            escaped += c;
        }
        blob = escaped;
    }
    return "event: image_generation.completed\ndata: {\"type\":\"image_generation.completed\","
           "\"b64_json\":\"" +
           blob +
           "\",\"created_at\":1795000005,\"size\":\"3840x2160\",\"quality\":\"high\","
           "\"output_format\":\"png\",\"usage\":{\"input_tokens\":30,\"output_tokens\":7024,"
           "\"total_tokens\":7054}}\n\n";
}

template <class TakePiece>
void for_each_piece(std::string_view text, TakePiece take_piece)
{
    for (std::size_t at = 0; at < text.size(); at += piece_bytes)
        take_piece(text.substr(at, piece_bytes));
}

void set_bytes(State& state, std::size_t text_bytes)
{
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text_bytes));
}

// What the network room would do: the bytes into memory of our own.
struct copying_sink final : provider::blob_sink {
    base::result<void> begin_blob(std::string_view) override
    {
        bytes.clear();
        return {};
    }
    base::result<void> write(base::byte_view decoded) override
    {
        bytes.insert(bytes.end(), decoded.begin(), decoded.end());
        return {};
    }
    base::result<void> end_blob() override { return {}; }
    base::byte_buffer bytes;
};
struct counting_sink final : provider::blob_sink {
    base::result<void> begin_blob(std::string_view) override { return {}; }
    base::result<void> write(base::byte_view decoded) override
    {
        count += decoded.size();
        return {};
    }
    base::result<void> end_blob() override { return {}; }
    std::size_t count = 0;
};

// --- base64 alone

void decode_ours(State& state, base::base64_isa isa)
{
    if (!base::base64_isa_supported(isa)) {
        state.SkipWithError("this machine has no such instructions");
        return;
    }
    const std::string& text = base64_text(static_cast<std::size_t>(state.range(0)));
    base::byte_buffer room(base::base64_decoded_bytes_max(piece_bytes) + 64);
    for (auto _ : state) {
        base::base64_decoder decoder(isa);
        for_each_piece(text, [&](std::string_view piece) {
            const auto at = decoder.decode(piece, room);
            benchmark::DoNotOptimize(room.data());
            ENGINE_ASSERT(at.read == piece.size());
        });
        ENGINE_ASSERT(!decoder.end());
    }
    set_bytes(state, text.size());
}

void decode_openssl(State& state)
{
    const std::string& text = base64_text(static_cast<std::size_t>(state.range(0)));
    base::byte_buffer room(base::base64_decoded_bytes_max(piece_bytes));
    for (auto _ : state)
        for_each_piece(text, [&](std::string_view piece) {
            const int count = EVP_DecodeBlock(room.data(), base::as_bytes(piece).data(),
                                              static_cast<int>(piece.size()));
            benchmark::DoNotOptimize(room.data());
            ENGINE_ASSERT(count > 0);
        });
    set_bytes(state, text.size());
}

void decode_beast(State& state)
{
    const std::string& text = base64_text(static_cast<std::size_t>(state.range(0)));
    base::byte_buffer room(base::base64_decoded_bytes_max(piece_bytes));
    for (auto _ : state)
        for_each_piece(text, [&](std::string_view piece) {
            const auto [written, read] =
                boost::beast::detail::base64::decode(room.data(), piece.data(), piece.size());
            benchmark::DoNotOptimize(room.data());
            ENGINE_ASSERT(written > 0 && read > 0);
        });
    set_bytes(state, text.size());
}

void encode_ours(State& state, base::base64_isa isa)
{
    const auto bytes =
        *base::decode_base64(base64_text(static_cast<std::size_t>(state.range(0))), "bench");
    std::string text;
    for (auto _ : state) {
        text.clear();
        base::append_base64(text, bytes, isa);
        benchmark::DoNotOptimize(text.data());
    }
    set_bytes(state, text.size());
}

void encode_openssl(State& state)
{
    const auto bytes =
        *base::decode_base64(base64_text(static_cast<std::size_t>(state.range(0))), "bench");
    std::vector<unsigned char> text(base::base64_encoded_bytes(bytes.size()) + 1);
    for (auto _ : state) {
        EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
        benchmark::DoNotOptimize(text.data());
    }
    set_bytes(state, text.size());
}

// --- an event stream with one image

template <class TakeData>
void read_events(http::sse_parser& parser, std::string_view bytes, TakeData take_data)
{
    for (;;) {
        const auto token = parser.next(bytes);
        ENGINE_ASSERT(token.has_value());
        if (token->kind == http::sse_kind::need_more)
            return;
        take_data(*token);
    }
}

void framing_alone(State& state)
{
    const std::string body = event_body(static_cast<std::size_t>(state.range(0)));
    for (auto _ : state) {
        http::sse_parser parser;
        std::size_t data_bytes = 0;
        for_each_piece(body, [&](std::string_view piece) {
            read_events(parser, piece, [&](const auto& token) { data_bytes += token.data.size(); });
        });
        ENGINE_ASSERT(data_bytes > body.size() - 60);
    }
    set_bytes(state, body.size());
}

void run_stream(State& state, const std::string& body, provider::blob_sink& sink)
{
    for (auto _ : state) {
        http::sse_parser parser;
        provider::blob_scanner scanner({"b64_json"}, sink);
        bool ended = false;
        for_each_piece(body, [&](std::string_view piece) {
            read_events(parser, piece, [&](const auto& token) {
                if (token.kind == http::sse_kind::data) {
                    ENGINE_ASSERT(scanner.feed(token.data).has_value());
                    return;
                }
                const auto skeleton = base::parse_json(scanner.finish().value(), "event");
                ENGINE_ASSERT(skeleton.has_value());
                ended = true;
            });
        });
        ENGINE_ASSERT(ended);
    }
    set_bytes(state, body.size());
}

void stream_discarded(State& state)
{
    counting_sink sink;
    run_stream(state, event_body(static_cast<std::size_t>(state.range(0))), sink);
}
void stream_copied(State& state)
{
    copying_sink sink;
    run_stream(state, event_body(static_cast<std::size_t>(state.range(0))), sink);
}
void stream_with_escaped_slashes(State& state)
{
    copying_sink sink;
    run_stream(state, event_body(static_cast<std::size_t>(state.range(0)), true), sink);
}

// Buffers the whole event, parses it, copies the string out and decodes it: what a client without
// a scanner does, with the fastest ordinary parts for each step.
template <class Decode>
void stream_buffered(State& state, Decode decode)
{
    const std::string body = event_body(static_cast<std::size_t>(state.range(0)));
    simdjson::dom::parser parser;
    for (auto _ : state) {
        std::string event;
        std::size_t searched = 0;
        for_each_piece(body, [&](std::string_view piece) {
            event += piece;
            const std::size_t end = event.find("\n\n", searched);
            searched = event.size() - 1;
            if (end == std::string::npos)
                return;
            const std::size_t begin = event.find("data: ") + 6;
            simdjson::dom::element document;
            ENGINE_ASSERT(!parser.parse(event.data() + begin, end - begin).get(document));
            std::string_view text;
            ENGINE_ASSERT(!document["b64_json"].get_string().get(text));
            base::byte_buffer image(base::base64_decoded_bytes_max(text.size()));
            image.resize(decode(image.data(), text));
            benchmark::DoNotOptimize(image.data());
        });
    }
    set_bytes(state, body.size());
}

std::size_t openssl_block(std::uint8_t* out, std::string_view text)
{
    return static_cast<std::size_t>(
        EVP_DecodeBlock(out, base::as_bytes(text).data(), static_cast<int>(text.size())));
}
std::size_t beast_block(std::uint8_t* out, std::string_view text)
{
    return boost::beast::detail::base64::decode(out, text.data(), text.size()).first;
}

void sizes(benchmark::internal::Benchmark* bench)
{
    bench->Arg(2'000'000)->Arg(20'000'000)->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(decode_ours, avx2, base::base64_isa::avx2)->Apply(sizes);
BENCHMARK_CAPTURE(decode_ours, ssse3, base::base64_isa::ssse3)->Apply(sizes);
BENCHMARK_CAPTURE(decode_ours, table, base::base64_isa::table)->Apply(sizes);
BENCHMARK(decode_openssl)->Apply(sizes);
BENCHMARK(decode_beast)->Apply(sizes);
BENCHMARK_CAPTURE(encode_ours, best, base::best_base64_isa())->Apply(sizes);
BENCHMARK(encode_openssl)->Apply(sizes);
BENCHMARK(framing_alone)->Apply(sizes);
BENCHMARK(stream_discarded)->Apply(sizes);
BENCHMARK(stream_copied)->Apply(sizes);
BENCHMARK(stream_with_escaped_slashes)->Apply(sizes);
BENCHMARK_CAPTURE(stream_buffered, openssl, openssl_block)->Apply(sizes);
BENCHMARK_CAPTURE(stream_buffered, beast, beast_block)->Apply(sizes);

} // namespace
