#include "engine/http/request_parser.hpp"

#include "engine/base/assert.hpp"

#include <boost/beast/http/basic_parser.hpp>

namespace engine::http {

namespace {

namespace beast = boost::beast::http;
using beast_text = boost::beast::string_view;
using beast_error = boost::system::error_code;

std::string_view view(beast_text text)
{
    return {text.data(), text.size()};
}

class one_request final : public beast::basic_parser<true> {
public:
    one_request(std::size_t header_bytes_max, std::uint64_t body_bytes_max)
        : body_bytes_max_(body_bytes_max)
    {
        header_limit(static_cast<std::uint32_t>(header_bytes_max));
        body_limit(boost::none);
    }

    server_request request;
    int status = 0; // to refuse with
    bool http_1_1 = false;

    [[nodiscard]] bool between_chunks() const { return chunked() && chunk_left_ == 0; }

private:
    void on_request_impl(beast::verb, beast_text method, beast_text target, int version,
                         beast_error&) override
    {
        request.method = view(method);
        request.target = view(target);
        const auto mark = request.target.find('?');
        request.path = request.target.substr(0, mark);
        if (mark != std::string::npos)
            request.query = request.target.substr(mark + 1);
        http_1_1 = version == 11;
    }

    void on_response_impl(int, beast_text, int, beast_error&) override {}

    void on_field_impl(beast::field, beast_text name, beast_text value, beast_error&) override
    {
        if (!is_header_done()) // not the trailers
            request.headers.add(view(name), view(value));
    }

    void on_header_impl(beast_error& error) override
    {
        for (const auto& [name, value] : request.headers)
            if (same_name(name, "Transfer-Encoding") && !same_name(value, "chunked"))
                return refuse(400, error);
        if (const auto length = content_length(); length && *length > body_bytes_max_)
            refuse(413, error);
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, beast_error&) override {}

    std::size_t on_body_impl(beast_text piece, beast_error& error) override
    {
        if (request.body.size() + piece.size() > body_bytes_max_)
            refuse(413, error);
        else
            request.body.append(piece.data(), piece.size());
        return piece.size();
    }

    void on_chunk_header_impl(std::uint64_t, beast_text, beast_error&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t left, beast_text piece,
                                   beast_error& error) override
    {
        chunk_left_ = left - piece.size();
        return on_body_impl(piece, error);
    }

    void on_finish_impl(beast_error&) override {}

    void refuse(int with, beast_error& error)
    {
        status = with;
        error = beast::make_error_code(beast::error::bad_value);
    }

    std::uint64_t body_bytes_max_;
    std::uint64_t chunk_left_ = 0; // of the chunk being read
};

} // namespace

struct request_parser::codec {
    codec(std::size_t header_max, std::uint64_t body_max)
        : header_bytes_max(header_max), request(header_max, body_max)
    {}

    std::size_t header_bytes_max;
    one_request request;
    std::size_t header_bytes = 0;
    bool begun = false;
};

request_parser::request_parser(std::size_t header_bytes_max, std::uint64_t body_bytes_max)
    : codec_(std::make_unique<codec>(header_bytes_max, body_bytes_max))
{}

request_parser::~request_parser() = default;

std::size_t request_parser::read(std::string_view bytes)
{
    auto& state = *codec_;
    auto& request = state.request;
    ENGINE_ASSERT(request.status == 0);
    state.begun = state.begun || !bytes.empty();
    std::size_t used = 0;
    while (used < bytes.size() && !request.is_done()) {
        const bool in_head = !request.is_header_done();
        request.eager(!in_head);
        const auto rest = bytes.substr(used);
        if (!in_head && request.between_chunks() && rest.size() < 5)
            break; // Beast 1.81 asserts on less: see response_parser.cpp
        beast_error error;
        const auto step = request.put(boost::asio::buffer(rest), error);
        used += step;
        state.header_bytes += in_head ? step : 0;
        if (error == beast::error::header_limit || state.header_bytes > state.header_bytes_max)
            request.status = 431;
        else if (error && error != beast::error::need_more && request.status == 0)
            request.status = 400;
        if (error || request.status != 0)
            break;
    }
    const std::size_t before = request.is_header_done() ? 0 : state.header_bytes;
    if (request.status == 0 && !request.is_done() &&
        before + bytes.size() - used > state.header_bytes_max)
        request.status = 431;
    return used;
}

int request_parser::refused_with() const
{
    return codec_->request.status;
}

bool request_parser::begun() const
{
    return codec_->begun;
}

bool request_parser::complete() const
{
    return codec_->request.is_done();
}

bool request_parser::keep_alive() const
{
    return codec_->request.keep_alive();
}

bool request_parser::speaks_http_1_1() const
{
    return codec_->request.http_1_1;
}

bool request_parser::waits_for_continue() const
{
    const auto& request = codec_->request;
    if (!request.is_header_done() || request.is_done() || !request.request.body.empty())
        return false;
    const auto expectation = request.request.headers.find("Expect");
    return expectation && same_name(*expectation, "100-continue");
}

server_request request_parser::take()
{
    return std::move(codec_->request.request);
}

} // namespace engine::http
