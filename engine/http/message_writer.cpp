#include "engine/http/message_writer.hpp"

#include "engine/base/ascii.hpp"
#include "engine/http/errc.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace engine::http {

namespace {

bool is_token_byte(char c)
{
    return base::is_plain(c, "!#$%&'*+-.^_`|~");
}

// Headers that say where a message ends or whom it is for: written here and nowhere else.
constexpr std::array<std::string_view, 10> own_headers = {
    "Host",   "Content-Length", "Connection", "Accept-Encoding", "Transfer-Encoding",
    "Expect", "Upgrade",        "TE",         "Trailer",         "Keep-Alive"};

base::result<void> check_target(std::string_view target)
{
    const bool shaped = target.starts_with('/') || target == "*";
    const bool visible = std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7F; });
    if (!shaped || !visible || target.find('#') != std::string_view::npos)
        return base::fail(errc::invalid_request,
                          "request target '" + base::clean_detail(target, 80) + "'",
                          "must begin with '/' and hold visible ASCII only");
    return {};
}

void append_header(std::string& text, std::string_view name, std::string_view value)
{
    text.append(name).append(": ").append(value).append("\r\n");
}

bool may_carry_body(std::string_view method)
{
    return method == "POST" || method == "PUT" || method == "PATCH";
}

} // namespace

bool is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, is_token_byte);
}

base::result<std::string> request_head_text(const endpoint& where, const request& wanted)
{
    if (!is_token(wanted.method))
        return base::fail(errc::invalid_request, "request method", "not a token");
    if (auto checked = check_target(wanted.target); !checked)
        return std::unexpected(checked.error());
    if (auto checked = check_headers(wanted.headers); !checked)
        return std::unexpected(checked.error());
    for (const std::string_view own : own_headers)
        if (wanted.headers.contains(own))
            return base::fail(errc::invalid_request, "header '" + std::string(own) + "'",
                              "it is set when the request is sent");

    std::string text = wanted.method + " " + wanted.target + " HTTP/1.1\r\n";
    append_header(text, "Host", host_header(where));
    for (const auto& [name, value] : wanted.headers)
        append_header(text, name, value);
    append_header(text, "Accept-Encoding", wanted.accept_compressed ? "gzip, deflate" : "identity");
    if (!wanted.body.empty() || may_carry_body(wanted.method))
        append_header(text, "Content-Length", std::to_string(wanted.body_bytes()));
    text += "\r\n";
    return text;
}

std::string response_head_text(int status, const header_list& headers,
                               const answer_framing& framing, std::string_view date)
{
    std::string text = "HTTP/1.1 " + std::to_string(status) + " ";
    text.append(reason_of(status)).append("\r\n");
    append_header(text, "Date", date);
    for (const auto& [name, value] : headers)
        append_header(text, name, value);
    if (framing.has_body && framing.content_length)
        append_header(text, "Content-Length", std::to_string(*framing.content_length));
    else if (framing.has_body && framing.chunked)
        append_header(text, "Transfer-Encoding", "chunked");
    append_header(text, "Connection", framing.keep_alive ? "keep-alive" : "close");
    text += "\r\n";
    return text;
}

std::string_view reason_of(int status)
{
    // The ones that the look-alike and the contract use; a missing reason is legal everywhere.
    static constexpr std::pair<int, std::string_view> reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {202, "Accepted"},
        {204, "No Content"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {413, "Content Too Large"},
        {415, "Unsupported Media Type"},
        {422, "Unprocessable Content"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
    };
    const auto found = std::ranges::find(reasons, status, &std::pair<int, std::string_view>::first);
    return found == std::end(reasons) ? std::string_view{} : found->second;
}

} // namespace engine::http
