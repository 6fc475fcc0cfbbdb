#include "engine/http/response_parser.hpp"

#include "engine/base/assert.hpp"
#include "engine/http/body_decoder.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <exception>

namespace engine::http {

namespace {

namespace beast = boost::beast::http;
using beast_text = boost::beast::string_view;
using beast_error = boost::system::error_code;

std::string_view view(beast_text text)
{
    return {text.data(), text.size()};
}

// What the parser calls back with, for one head and its body.
class one_answer final : public beast::basic_parser<false> {
public:
    one_answer(response_parser::limits bounds, response_handler& handler, bool answers_head)
        : bounds_(bounds), handler_(handler)
    {
        // Both bounds are kept here: Beast's own header bound forgets what it has used up, and its
        // body bound would hide the head of an answer that announces too much.
        header_limit(static_cast<std::uint32_t>(bounds.header_bytes_max));
        body_limit(boost::none);
        skip(answers_head);
    }

    [[nodiscard]] bool interim() const { return head_.status >= 100 && head_.status < 200; }
    [[nodiscard]] const response_head& head() const { return head_; }
    [[nodiscard]] bool between_chunks() const { return chunked() && chunk_left_ == 0; }
    [[nodiscard]] const std::optional<base::failure>& refusal() const { return refusal_; }

private:
    void on_request_impl(beast::verb, beast_text, beast_text, int, beast_error&) override {}

    void on_response_impl(int code, beast_text reason, int, beast_error& error) override
    {
        head_.status = code;
        head_.reason = view(reason);
        if (code < 100 || code == 101) // we never ask for an upgrade
            refuse(errc::malformed_response, "status " + std::to_string(code), error);
    }

    void on_field_impl(beast::field, beast_text name, beast_text value, beast_error&) override
    {
        if (!is_header_done()) // trailers are of no use to anybody here
            head_.headers.add(view(name), view(value));
    }

    void on_header_impl(beast_error& error) override
    {
        if (interim())
            return;
        for (const auto& [name, value] : head_.headers) {
            if (same_name(name, "Content-Encoding") && !same_name(value, "identity") &&
                !value.empty()) {
                if (decoder_ || !body_decoder::knows(value))
                    return refuse(errc::unsupported_encoding, "Content-Encoding: " + value, error);
                decoder_.emplace(value);
            }
            if (same_name(name, "Transfer-Encoding") && !same_name(value, "chunked"))
                return refuse(errc::unsupported_encoding, "Transfer-Encoding: " + value, error);
        }
        if (const auto length = content_length();
            length && !is_done() && *length > bounds_.body_bytes_max)
            return refuse(errc::response_too_large,
                          "Content-Length " + std::to_string(*length) + " of at most " +
                              std::to_string(bounds_.body_bytes_max),
                          error);
        ask([this] { return handler_.on_head(head_); }, error);
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast_error&) override {}

    std::size_t on_body_impl(beast_text piece, beast_error& error) override
    {
        if (piece.empty())
            return 0;
        if (!decoder_) {
            if (take(body_bytes_, piece.size(), error))
                hand_out(view(piece), error);
            return piece.size();
        }
        // Both sides count: a bomb is small before, and endless empty members are none after.
        if (!take(packed_bytes_, piece.size(), error))
            return piece.size();
        const auto read = decoder_->read(view(piece), [&](std::string_view plain) {
            return take(body_bytes_, plain.size(), error) && hand_out(plain, error);
        });
        if (!read)
            stop(read.error(), error);
        return piece.size();
    }

    // Counts bytes of the body; false when they are too many.
    bool take(std::uint64_t& counter, std::size_t bytes, beast_error& error)
    {
        counter += bytes;
        if (counter <= bounds_.body_bytes_max)
            return true;
        refuse(errc::response_too_large,
               "more than " + std::to_string(bounds_.body_bytes_max) + " bytes", error);
        return false;
    }

    bool hand_out(std::string_view plain, beast_error& error)
    {
        ask([this, plain] { return handler_.on_body(plain); }, error);
        return !refusal_;
    }

    void on_chunk_header_impl(std::uint64_t, beast_text, beast_error&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t left, beast_text piece,
                                   beast_error& error) override
    {
        chunk_left_ = left - piece.size();
        return on_body_impl(piece, error);
    }

    void on_finish_impl(beast_error& error) override
    {
        if (!decoder_)
            return;
        if (auto whole = decoder_->finish(); !whole)
            stop(std::move(whole.error()), error);
    }

    void refuse(errc code, const std::string& detail, beast_error& error)
    {
        stop(base::failure{code, "read answer", base::clean_detail(detail)}, error);
    }

    void stop(base::failure why, beast_error& error)
    {
        refusal_ = std::move(why);
        // Any error makes Beast stop; read() looks at refusal_ first.
        error = beast::make_error_code(beast::error::bad_value);
    }

    template <class Call>
    void ask(Call call, beast_error& error)
    {
        try {
            if (auto taken = call(); !taken)
                stop(std::move(taken.error()), error);
        } catch (const std::exception& thrown) {
            refuse(errc::refused_by_handler, thrown.what(), error);
        } catch (...) {
            refuse(errc::refused_by_handler, "unknown exception", error);
        }
    }

    response_parser::limits bounds_;
    response_handler& handler_;
    response_head head_;
    std::optional<body_decoder> decoder_; // of a compressed body
    std::uint64_t packed_bytes_ = 0;      // given to it
    std::uint64_t body_bytes_ = 0;        // plain
    std::uint64_t chunk_left_ = 0;        // of the chunk being read
    std::optional<base::failure> refusal_;
};

// Beast 1.81 looks at a chunk header of four bytes, finds the last chunk in it, and asserts at the
// next look that there are five; no chunk header is the end of an answer with less than
// "0\r\n\r\n".
constexpr std::size_t chunk_header_bytes_min = 5;

} // namespace

struct response_parser::codec {
    codec(limits limit, response_handler& taker, bool is_head)
        : bounds(limit), handler(taker), answers_head(is_head)
    {
        start();
    }

    limits bounds;
    response_handler& handler;
    bool answers_head;
    std::optional<one_answer> answer;
    bool status_line_read = false;
    std::size_t header_bytes = 0; // of all heads, as far as they were used up
    std::optional<response_head> head;
    bool failed = false;

    void start()
    {
        answer.emplace(bounds, handler, answers_head);
        status_line_read = false;
    }
    void keep_head()
    {
        if (!head && answer->head().status >= 200)
            head = answer->head();
    }
    // Beast would wait for a whole head before it complains; a peer that speaks another protocol
    // may be waiting for us.
    [[nodiscard]] bool may_begin_answer(std::string_view rest) const
    {
        static constexpr std::string_view beginning = "HTTP/1.";
        const auto count = std::min(rest.size(), beginning.size());
        return status_line_read || rest.substr(0, count) == beginning.substr(0, count);
    }
    [[nodiscard]] bool ended() const { return answer->is_done() && !answer->interim(); }

    base::result<std::size_t> fail(base::failure why)
    {
        failed = true;
        return std::unexpected(std::move(why));
    }
    base::result<std::size_t> fail(errc code, std::string detail)
    {
        return fail(base::failure{code, "read answer", std::move(detail)});
    }
};

response_parser::response_parser(limits bounds, response_handler& handler, bool answers_head)
    : codec_(std::make_unique<codec>(bounds, handler, answers_head))
{}

response_parser::~response_parser() = default;

base::result<std::size_t> response_parser::read(std::string_view bytes)
{
    auto& state = *codec_;
    ENGINE_ASSERT(!state.failed);
    std::size_t used = 0;
    while (used < bytes.size() && !state.ended()) {
        if (state.answer->is_done()) // an interim answer is over
            state.start();
        const bool in_head = !state.answer->is_header_done();
        state.answer->eager(!in_head); // so that the head's bytes can be told from the body's
        const auto rest = bytes.substr(used);
        if (in_head && !state.may_begin_answer(rest))
            return state.fail(errc::malformed_response, base::clean_detail(rest, 40));
        if (!in_head && state.answer->between_chunks() && rest.size() < chunk_header_bytes_min)
            break;
        beast_error error;
        const auto step = state.answer->put(boost::asio::buffer(rest), error);
        used += step;
        state.header_bytes += in_head ? step : 0;
        state.status_line_read = state.status_line_read || step > 0;
        if (const auto& refusal = state.answer->refusal()) {
            // Also the head of a refused answer is known: its status says more than our refusal.
            state.keep_head();
            return state.fail(*refusal);
        }
        if (error == beast::error::header_limit ||
            state.header_bytes > state.bounds.header_bytes_max)
            return state.fail(errc::header_too_large, {});
        if (error && error != beast::error::need_more)
            return state.fail(errc::malformed_response, base::clean_detail(error.message()));
        if (state.answer->is_header_done())
            state.keep_head();
        if (error)
            break;
    }
    // What is left over is a line without an end yet: of a head, or of a chunk's header.
    const std::size_t before = state.head ? 0 : state.header_bytes;
    if (!state.ended() && before + bytes.size() - used > state.bounds.header_bytes_max)
        return state.fail(errc::header_too_large, {});
    return used;
}

base::result<void> response_parser::end_of_stream(bool in_order)
{
    auto& state = *codec_;
    ENGINE_ASSERT(!state.failed);
    if (state.ended())
        return {};
    if (!state.head)
        return base::fail(errc::connection_closed, "read answer",
                          in_order ? "closed before an answer" : "broken before an answer");
    beast_error error;
    if (in_order)
        state.answer->put_eof(error);
    if (const auto& refusal = state.answer->refusal())
        return std::unexpected(*refusal);
    if (!in_order || error)
        return base::fail(errc::truncated, "read answer",
                          in_order ? "closed inside the body" : "broken inside the body");
    return {};
}

bool response_parser::complete() const
{
    return codec_->ended();
}

bool response_parser::keep_alive() const
{
    return codec_->ended() && codec_->answer->keep_alive();
}

const std::optional<response_head>& response_parser::head() const
{
    return codec_->head;
}

} // namespace engine::http
