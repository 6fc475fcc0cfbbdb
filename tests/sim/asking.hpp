// asking: a look-alike without sockets on virtual time, and what its answers hold.
#pragma once

#include "engine/base/base64.hpp"
#include "engine/http/multipart.hpp"
#include "engine/image/decode.hpp"
#include "engine/image/encode.hpp"
#include "engine/image/sniff.hpp"
#include "engine/sim/service.hpp"
#include "tests/support/virtual_clock.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace support {

namespace eng = engine;
using eng::base::json;

// The default of these tests: at once, nothing fails, pictures that cost nothing.
inline eng::job::simulator_profile quiet_profile()
{
    auto profile = *eng::job::simulator_preset("instant");
    profile.art = eng::job::simulator_profile::art_style::flat;
    return profile;
}

struct sse_event {
    std::string name;
    json data;
};

struct answered {
    int status = 0; // 0 = the connection ended before an answer
    eng::http::header_list headers;
    std::string body;
    bool complete = false; // ended as it should
    bool reset = false;
    std::chrono::milliseconds took{0};                  // to the end
    std::vector<std::chrono::milliseconds> piece_times; // when each piece of the body came

    [[nodiscard]] std::string header(std::string_view name) const
    {
        return std::string(headers.find(name).value_or(""));
    }
    [[nodiscard]] json document() const
    {
        auto read = eng::base::parse_json(body, "answer");
        return read ? *read : json();
    }
    [[nodiscard]] json error() const { return document()["error"]; }
    // Of complete events; comments are left out, "[DONE]" is an event without data.
    [[nodiscard]] std::vector<sse_event> events() const
    {
        std::vector<sse_event> found;
        std::string name;
        std::size_t at = 0;
        while (at < body.size()) {
            const auto end = body.find('\n', at);
            if (end == std::string::npos)
                break;
            std::string line = body.substr(at, end - at);
            if (line.ends_with('\r'))
                line.pop_back();
            at = end + 1;
            if (line.starts_with("event: "))
                name = line.substr(7);
            if (line.starts_with("data: ")) {
                auto data = eng::base::parse_json(line.substr(6), "event");
                found.push_back({name, data ? *data : json()});
                name.clear();
            }
        }
        return found;
    }
};

// Writes an answer down. The client hangs up once it has `leaves_after` bytes of the body.
class notebook final : public eng::http::responder {
public:
    notebook(const eng::runtime::clock& time, std::optional<std::size_t> leaves_after)
        : time_(time), leaves_after_(leaves_after), began_(time.now())
    {}
    eng::runtime::task<> head(int status, eng::http::header_list headers,
                              std::optional<std::uint64_t> content_length) override
    {
        CHECK(noted.status == 0);
        CHECK(eng::http::check_headers(headers).has_value());
        noted.status = status;
        noted.headers = std::move(headers);
        length_ = content_length;
        co_return;
    }
    eng::runtime::task<> write(std::string_view piece) override
    {
        CHECK(noted.status != 0);
        if (!client_gone()) {
            noted.body += piece;
            noted.piece_times.push_back(since_began());
        }
        CHECK((!length_ || noted.body.size() <= *length_));
        co_return;
    }
    eng::runtime::task<> finish() override
    {
        noted.complete = !client_gone() && (!length_ || noted.body.size() == *length_);
        co_return;
    }
    void cut() override { noted.reset = true; }
    bool client_gone() override
    {
        return noted.reset || (leaves_after_ && noted.body.size() >= *leaves_after_);
    }
    std::chrono::milliseconds since_began() const
    {
        return std::chrono::floor<std::chrono::milliseconds>(time_.now() - began_);
    }

    answered noted;

private:
    const eng::runtime::clock& time_;
    std::optional<std::size_t> leaves_after_;
    eng::runtime::steady_time began_;
    std::optional<std::uint64_t> length_;
};

class asking {
public:
    explicit asking(eng::job::simulator_profile profile = quiet_profile(),
                    eng::sim::behaviour_options options = {})
        : rules(std::move(profile), options), serving(rules, time, drawing)
    {}

    answered ask(std::string method, std::string path, std::string body = {},
                 eng::http::header_list headers = {},
                 std::optional<std::size_t> leaves_after = std::nullopt)
    {
        return time.run(loop, asked(std::move(method), std::move(path), std::move(body),
                                    std::move(headers), leaves_after));
    }
    answered generate(const json& fields, const std::string& client_id = {})
    {
        eng::http::header_list headers;
        headers.add("Content-Type", "application/json");
        if (!client_id.empty())
            headers.add("X-Client-Request-Id", client_id);
        return ask("POST", "/v1/images/generations", fields.dump(), std::move(headers));
    }
    answered edit(eng::http::multipart_builder form)
    {
        return send("/v1/images/edits", std::move(form));
    }
    answered respond(const json& fields)
    {
        eng::http::header_list headers;
        headers.add("Content-Type", "application/json");
        return ask("POST", "/v1/responses", fields.dump(), std::move(headers));
    }
    answered send(const std::string& path, eng::http::multipart_builder form)
    {
        auto made = std::move(form).finish();
        REQUIRE(made);
        std::string body;
        for (const auto& piece : made->body)
            body += *piece;
        eng::http::header_list headers;
        headers.add("Content-Type", made->content_type);
        return ask("POST", path, std::move(body), std::move(headers));
    }
    // The id of the uploaded file.
    std::string upload(eng::http::body_piece file, const std::string& purpose = "vision")
    {
        eng::http::multipart_builder form("boundary-of-a-file");
        form.add_field("purpose", purpose);
        form.add_file("file", "picture.png", "image/png", std::move(file));
        const auto got = send("/v1/files", std::move(form));
        REQUIRE_MESSAGE(got.status == 200, got.body);
        return std::string(got.document()["id"].text_or(""));
    }
    json bill() { return rules.the_bill().to_json({.details = true}); }
    void wait(std::chrono::milliseconds span)
    {
        const auto sleep = [](virtual_clock& clock,
                              eng::runtime::steady_time when) -> eng::runtime::task<bool> {
            co_await clock.sleep_until(when);
            co_return true;
        };
        CHECK(time.run(loop, sleep(time, time.now() + span)));
    }
    eng::runtime::task<answered> asked(std::string method, std::string path, std::string body,
                                       eng::http::header_list headers,
                                       std::optional<std::size_t> leaves_after)
    {
        eng::http::server_request request;
        request.method = std::move(method);
        const auto question = std::min(path.find('?'), path.size());
        request.path = path.substr(0, question);
        request.query = question < path.size() ? path.substr(question + 1) : "";
        request.headers = std::move(headers);
        request.body = std::move(body);
        notebook to(time, leaves_after);
        co_await serving.handler()(std::move(request), to);
        to.noted.took = to.since_began();
        co_return std::move(to.noted);
    }

    boost::asio::io_context loop;
    virtual_clock time;
    eng::sim::behaviour rules;
    eng::sim::inline_draftsman drawing;
    eng::sim::service serving;
};

// {"model": "gpt-image-2", "prompt": ..., "size": "1024x640", "quality": "low"} and what is added.
inline json wanted(std::initializer_list<json::member> more = {})
{
    auto fields = json::make_object(
        {{"model", "gpt-image-2"}, {"prompt", "a lamp"}, {"size", "1024x640"}, {"quality", "low"}});
    for (const auto& [name, value] : more)
        fields.set(name, value);
    return fields;
}

// A request to the Responses API that forces the image tool; `tool`: what is said to it.
inline json drawn(std::initializer_list<json::member> tool = {},
                  std::initializer_list<json::member> more = {})
{
    auto said = json::make_object({{"type", "image_generation"},
                                   {"model", "gpt-image-2"},
                                   {"size", "1024x640"},
                                   {"quality", "low"}});
    for (const auto& [name, value] : tool)
        said.set(name, value);
    auto fields =
        json::make_object({{"model", "gpt-5.5"},
                           {"input", "Draw a paper lighthouse on a desk"},
                           {"tools", json::array{said}},
                           {"tool_choice", json::make_object({{"type", "image_generation"}})}});
    for (const auto& [name, value] : more)
        fields.set(name, value);
    return fields;
}

inline std::string data_url(const eng::http::body_piece& file)
{
    return "data:image/png;base64," + eng::base::encode_base64(eng::base::as_bytes(*file));
}

inline eng::image::pixels decoded(std::string_view base64)
{
    const auto bytes = eng::base::decode_base64(base64, "picture");
    REQUIRE(bytes);
    auto picture = eng::image::decode(*bytes);
    REQUIRE_MESSAGE(picture.has_value(), (picture ? "" : picture.error().message()));
    return std::move(*picture);
}

inline eng::image::image_header header_of(std::string_view base64)
{
    const auto bytes = eng::base::decode_base64(base64, "picture");
    REQUIRE(bytes);
    const auto header = eng::image::sniff(*bytes);
    REQUIRE(header);
    return *header;
}

inline eng::http::body_piece png_file(const eng::image::pixels& picture)
{
    const auto made = eng::image::encode(picture, {}).value();
    return std::make_shared<const std::string>(eng::base::as_text(made.bytes));
}

} // namespace support
