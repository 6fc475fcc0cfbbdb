// reading: feeds an answer to a reader as the HTTP client would, cut anywhere.
#pragma once

#include "engine/provider/answer_reader.hpp"

#include <doctest/doctest.h>
#include <string>
#include <utility>
#include <vector>

namespace support {

struct memory_sink final : engine::provider::image_sink {
    void on_response_id(std::string_view id) override { ids.emplace_back(id); }
    void on_limits(const std::vector<engine::provider::bucket_reading>& readings) override
    {
        limits.push_back(readings);
    }
    engine::base::result<void> begin() override
    {
        bytes.clear();
        ++begun;
        return {};
    }
    engine::base::result<void> write(engine::base::byte_view piece) override
    {
        if (fails)
            return engine::base::fail_errno(ENOSPC, "write image");
        bytes.append(engine::base::as_text(piece));
        return {};
    }
    bool begin_partial(int index) override
    {
        if (!wants_partials)
            return false;
        partials.emplace_back(index, std::string());
        return true;
    }
    void write_partial(engine::base::byte_view piece) override
    {
        partials.back().second.append(engine::base::as_text(piece));
    }
    void end_partial() override { ++partials_ended; }

    std::string bytes;
    int begun = 0;
    bool fails = false;
    bool wants_partials = false;
    std::vector<std::pair<int, std::string>> partials;
    int partials_ended = 0;
    std::vector<std::string> ids;
    std::vector<std::vector<engine::provider::bucket_reading>> limits;
};

struct answer {
    int status = 200;
    std::string content_type = "text/event-stream";
    std::string body = {};
    bool complete = true;
    bool edit = false;
    std::vector<std::pair<std::string, std::string>> headers = {};
};

struct ending {
    engine::provider::reply reply;
    memory_sink sink;
};

// Feeds the body in pieces cut at `cuts` and ends the exchange as the answer says.
template <class Reader>
ending read_answer(const answer& said, std::vector<std::size_t> cuts, memory_sink sink = {})
{
    namespace base = engine::base;
    ending result;
    result.sink = std::move(sink);
    const engine::runtime::real_clock time;
    Reader reader(result.sink, time, said.edit);
    engine::http::response_head head;
    head.status = said.status;
    if (!said.content_type.empty())
        head.headers.add("Content-Type", said.content_type);
    head.headers.add("x-request-id", "req_1");
    for (const auto& [name, value] : said.headers)
        head.headers.add(name, value);
    engine::http::exchange_report exchange;
    exchange.sent_any = true;
    exchange.head = head;
    REQUIRE(reader.on_head(head));
    cuts.push_back(said.body.size());
    std::size_t from = 0;
    bool stopped = false;
    for (const auto to : cuts) {
        if (to > from) {
            if (auto taken = reader.on_body(std::string_view(said.body).substr(from, to - from));
                !taken) {
                exchange.failure = taken.error();
                stopped = true;
                break;
            }
        }
        from = to;
    }
    exchange.complete = said.complete && !stopped;
    if (!said.complete && !stopped)
        exchange.failure =
            base::failure{std::make_error_code(std::errc::connection_reset), "read", ""};
    exchange.bytes_received = said.body.size();
    result.reply = reader.finish(exchange);
    return result;
}

inline const std::string png_signature = "\x89PNG\r\n\x1a\n";

} // namespace support
