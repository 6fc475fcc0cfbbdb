// Any answer through the readers of both APIs, whole and in pieces that the first bytes choose: the
// ending must not depend on the cuts, a cut answer must not be a success that the whole one is not,
// and only what reached the sink whole is delivered.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/provider/images_reply.hpp"
#include "engine/provider/responses_reply.hpp"

#include <string>
#include <string_view>

using namespace engine;

namespace {

class still_clock final : public runtime::clock {
public:
    [[nodiscard]] runtime::steady_time now() const override { return {}; }
    [[nodiscard]] base::wall_time wall_now() const override { return {}; }
    [[nodiscard]] runtime::task<> sleep_until(runtime::steady_time) override { co_return; }
};

struct keeping_sink final : provider::image_sink {
    base::result<void> begin() override
    {
        bytes.clear();
        return {};
    }
    base::result<void> write(base::byte_view piece) override
    {
        bytes.append(base::as_text(piece));
        return {};
    }
    bool begin_partial(int index) override
    {
        ENGINE_ASSERT(index >= 0);
        partial_open = true;
        return true;
    }
    void write_partial(base::byte_view piece) override
    {
        ENGINE_ASSERT(partial_open);
        partial_bytes += piece.size();
    }
    void end_partial() override
    {
        ENGINE_ASSERT(partial_open);
        partial_open = false;
    }
    std::string bytes;
    std::size_t partial_bytes = 0;
    bool partial_open = false;
};

struct ending {
    job::outcome outcome;
    std::string code, message, response_id, image;
    int partials;
    std::size_t partial_bytes;
    std::optional<job::usage> used;
    bool operator==(const ending&) const = default;
};

template <class Reader>
ending read(std::string_view type, std::string_view body, std::size_t first_bytes,
            std::size_t piece_bytes, bool complete)
{
    const still_clock time;
    keeping_sink sink;
    Reader reader(sink, time, false);
    http::response_head head;
    head.status = 200;
    head.headers.add("Content-Type", type);
    http::exchange_report exchange;
    exchange.sent_any = true;
    exchange.head = head;
    exchange.complete = complete;
    ENGINE_ASSERT(reader.on_head(head));
    for (std::size_t size = first_bytes; !body.empty(); size = piece_bytes) {
        const auto piece = body.substr(0, size);
        body.remove_prefix(piece.size());
        if (auto taken = reader.on_body(piece); !taken) {
            exchange.failure = taken.error();
            exchange.complete = false;
            break;
        }
    }
    if (!exchange.complete && !exchange.failure)
        exchange.failure =
            base::failure{std::make_error_code(std::errc::connection_reset), "read", ""};
    auto reply = reader.finish(exchange);
    ENGINE_ASSERT(reply.outcome != job::outcome::delivered || !sink.bytes.empty());
    ENGINE_ASSERT((reply.outcome == job::outcome::delivered) == reply.error_code.empty());
    return {reply.outcome,
            reply.error_code,
            reply.error_message,
            reply.response_id,
            reply.outcome == job::outcome::delivered ? sink.bytes : std::string(),
            reply.partials_received,
            sink.partial_bytes,
            reply.used};
}

template <class Reader>
void check(std::string_view type, std::string_view body, std::size_t first, std::size_t piece)
{
    const auto whole = read<Reader>(type, body, body.size(), 1, true);
    ENGINE_ASSERT(read<Reader>(type, body, first, piece, true) == whole);
    const auto cut =
        read<Reader>(type, body.substr(0, body.size() - body.size() / 3), first, piece, false);
    if (cut.outcome == job::outcome::delivered)
        ENGINE_ASSERT(whole.outcome == job::outcome::delivered && whole.image == cut.image);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 2)
        return 0;
    const std::string_view body = base::as_text({data + 2, size - 2});
    const std::size_t first = std::size_t{1} + data[0];
    const std::size_t piece = std::size_t{1} + data[1];
    for (const auto* type : {"text/event-stream", "application/json"}) {
        check<provider::responses_reply>(type, body, first, piece);
        check<provider::images_reply>(type, body, first, piece);
    }
    return 0;
}
