#include "engine/http/multipart.hpp"

#include "engine/base/ascii.hpp"
#include "engine/base/assert.hpp"
#include "engine/base/sha256.hpp"
#include "engine/http/errc.hpp"

#include <algorithm>
#include <memory>

namespace engine::http {

namespace {

// From this length on a boundary is a hash or random, and no file is searched for it: that would
// read every reference photo once per request, on the loop.
constexpr std::size_t unguessable_bytes = 32;

bool is_boundary(std::string_view text)
{
    const auto allowed = [](char c) { return base::is_plain(c, "-_"); };
    return !text.empty() && text.size() <= 70 && std::ranges::all_of(text, allowed);
}

void append_escaped(std::string& out, std::string_view name)
{
    for (const char c : name) {
        if (c == '\r')
            out += "%0D";
        else if (c == '\n')
            out += "%0A";
        else if (c == '"')
            out += "%22";
        else
            out += c;
    }
}

bool has_control_byte(std::string_view text)
{
    return std::ranges::any_of(
        text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

} // namespace

multipart_builder::multipart_builder(std::string boundary) : boundary_(std::move(boundary))
{
    if (!is_boundary(boundary_))
        valid_ = base::fail(errc::invalid_request, "multipart boundary",
                            "must be 1 to 70 letters, digits, '-' or '_'");
}

void multipart_builder::open_part(std::string_view name)
{
    text_ += "--" + boundary_ + "\r\nContent-Disposition: form-data; name=\"";
    append_escaped(text_, name);
    text_ += '"';
}

void multipart_builder::note_clash(std::string_view name, std::string_view content)
{
    if (valid_ && content.find(boundary_) != std::string_view::npos)
        valid_ = base::fail(errc::invalid_request,
                            "multipart part '" + base::clean_detail(name, 60) + "'",
                            "it contains the boundary");
}

void multipart_builder::add_field(std::string_view name, std::string_view value)
{
    note_clash(name, value);
    open_part(name);
    text_.append("\r\n\r\n").append(value).append("\r\n");
}

void multipart_builder::add_file(std::string_view name, std::string_view file_name,
                                 std::string_view media_type, body_piece content)
{
    ENGINE_ASSERT(content != nullptr);
    if (valid_ && has_control_byte(media_type))
        valid_ = base::fail(errc::invalid_request,
                            "media type of part '" + base::clean_detail(name, 60) + "'",
                            "it holds a control byte");
    if (boundary_.size() < unguessable_bytes)
        note_clash(name, *content);
    open_part(name);
    text_ += "; filename=\"";
    append_escaped(text_, file_name);
    text_.append("\"\r\nContent-Type: ").append(media_type).append("\r\n\r\n");
    take_text();
    if (!content->empty())
        body_.push_back(std::move(content));
    text_ = "\r\n";
}

void multipart_builder::take_text()
{
    body_.push_back(std::make_shared<const std::string>(std::move(text_)));
    text_.clear();
}

base::result<multipart_body> multipart_builder::finish() &&
{
    if (!valid_)
        return std::unexpected(valid_.error());
    text_ += "--" + boundary_ + "--\r\n";
    take_text();
    return multipart_body{"multipart/form-data; boundary=" + boundary_, std::move(body_)};
}

std::string boundary_from(std::string_view seed)
{
    return "darkroom-" + base::sha256_hex(seed).substr(0, 48);
}

} // namespace engine::http
