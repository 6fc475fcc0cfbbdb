#include "engine/provider/blob_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fmt/format.h>
#include <span>
#include <utility>

namespace engine::provider {

namespace {

struct blob_category final : std::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "blob"; }
    [[nodiscard]] std::string message(int code) const override
    {
        switch (static_cast<blob_errc>(code)) {
        case blob_errc::not_base64:
            return "image data is not base64";
        case blob_errc::blob_too_large:
            return "image data too large";
        case blob_errc::skeleton_too_large:
            return "too much text around the image data";
        case blob_errc::too_deep:
            return "JSON nested too deep";
        case blob_errc::unbalanced:
            return "JSON brackets do not match";
        case blob_errc::cut_short:
            return "JSON ends too early";
        }
        return "image data error";
    }
};

constexpr std::string_view escaped_slash = "\\/";
constexpr std::string_view url_scheme = "data:";
constexpr std::string_view url_encoding = ";base64";
// A guess with room to spare: "data:image/png;base64" has 21 bytes, a charset adds about 20.
constexpr std::size_t url_bytes_max = 128;

// What 64 KiB of text decode to, with the slack the vector loops want at the end. It stays in the
// second-level cache, and is shared because a scanner per open stream would make it 500 buffers.
std::span<std::uint8_t> scratch()
{
    thread_local std::array<std::uint8_t, 48 * 1024 + 64> bytes;
    return bytes;
}

} // namespace

std::error_code make_error_code(blob_errc code)
{
    static const blob_category category;
    return {static_cast<int>(code), category};
}

blob_reader::blob_reader(blob_sink& sink, std::uint64_t blob_bytes_max)
    : sink_(&sink), blob_bytes_max_(blob_bytes_max)
{}

void blob_reader::start(std::string_view key)
{
    key_ = key;
    place_ = place::start;
    url_.clear();
    decoder_.reset();
    blob_bytes_ = 0;
    unsent_ = 0;
}

base::result<std::size_t> blob_reader::read(std::string_view text, std::uint64_t offset)
{
    auto done = read_on(text, offset);
    if (auto flushed = flush(); !flushed) // what came before a failure goes out before it
        return std::unexpected(flushed.error());
    return done;
}

base::result<bool> blob_reader::close(std::uint64_t offset)
{
    if (place_ == place::url_end || (place_ == place::start && url_.empty()))
        return false;
    if (place_ == place::start) { // held back because it began like "data:"
        if (auto begun = begin(); !begun)
            return std::unexpected(begun.error());
        if (auto flushed = flush(); !flushed)
            return std::unexpected(flushed.error());
    }
    if (const auto wrong = decoder_.end())
        return refuse(wrong.message(), offset);
    if (auto ended = sink_->end_blob(); !ended)
        return std::unexpected(ended.error());
    return true;
}

base::result<std::size_t> blob_reader::read_on(std::string_view text, std::uint64_t offset)
{
    std::size_t at = 0;
    while (at < text.size()) {
        if (place_ == place::payload) {
            const auto decoded = decode(text.substr(at));
            if (!decoded)
                return decoded;
            at += *decoded;
            const auto escaped = decode_escaped(text.substr(at));
            if (!escaped)
                return escaped;
            at += *escaped;
            if (*escaped > 0)
                continue;
            if (at == text.size())
                break;
        }
        const auto taken = take(text[at], offset + at);
        if (!taken)
            return std::unexpected(taken.error());
        if (*taken)
            ++at;
        else if (text[at] == '"')
            break;
    }
    return at;
}

// One byte that is not for the decoder. False if it was left: it is the closing quote, or the place
// has changed and it is to be looked at anew.
base::result<bool> blob_reader::take(char c, std::uint64_t offset)
{
    switch (place_) {
    case place::start:
        if (c == '"')
            return false;
        if (c == url_scheme[url_.size()]) {
            url_ += c;
            if (url_ == url_scheme)
                place_ = place::url;
            return true;
        }
        if (auto begun = begin(); !begun)
            return std::unexpected(begun.error());
        return false;

    case place::url:
    case place::url_escape:
        return take_url(c, offset);

    case place::url_end:
        if (c == '"')
            return false;
        url_.clear();
        if (auto begun = begin(); !begun)
            return std::unexpected(begun.error());
        return false;

    case place::payload: // where the decoder stopped
        if (c == '"')
            return false;
        if (c != '\\')
            return foreign(c, offset);
        place_ = place::payload_escape;
        return true;

    case place::payload_escape: {
        place_ = place::payload;
        if (c != '/')
            return foreign(c, offset);
        const auto decoded = decode("/");
        if (!decoded)
            return std::unexpected(decoded.error());
        if (*decoded == 0)
            return foreign(c, offset); // after the padding
        return true;
    }
    }
    return false;
}

// Inside "data:image/png;base64,", after the colon.
base::result<bool> blob_reader::take_url(char c, std::uint64_t offset)
{
    if (place_ == place::url_escape && c != '/')
        return foreign(c, offset);
    if (place_ == place::url && c == '\\') {
        place_ = place::url_escape;
        return true;
    }
    place_ = place::url;
    if (c == ',') {
        if (!url_.ends_with(url_encoding))
            return refuse("a data URL that is not base64", offset);
        place_ = place::url_end;
        return true;
    }
    if (c <= 0x20 || c >= 0x7F || c == '"')
        return foreign(c, offset);
    if (url_.size() == url_bytes_max)
        return refuse("a data URL without a comma", offset);
    url_ += c;
    return true;
}

// The first character of the base64 is there: tells the sink, and decodes what was held back.
base::result<void> blob_reader::begin()
{
    place_ = place::payload;
    if (auto begun = sink_->begin_blob(key_); !begun)
        return begun;
    const auto decoded = decode(url_); // letters of "data": the decoder takes them all
    if (!decoded)
        return std::unexpected(decoded.error());
    return {};
}

// Decodes to the first byte that is not base64; returns how much that was.
base::result<std::size_t> blob_reader::decode(std::string_view text)
{
    std::size_t read = 0;
    for (;;) {
        const auto at = decoder_.decode(text.substr(read), scratch().subspan(unsent_));
        read += at.read;
        unsent_ += at.written;
        if (at.stop != base::base64_stop::out_of_room)
            return read;
        if (auto flushed = flush(); !flushed)
            return std::unexpected(flushed.error());
    }
}

// The same for a text that begins with "\/"; returns 0 for take() to look closer. Where there is
// one of these there are many, one in 64 characters, and run by run the decoder would be ten times
// slower than it is. So a stretch is copied together without its backslashes and decoded at once.
base::result<std::size_t> blob_reader::decode_escaped(std::string_view text)
{
    if (!text.starts_with(escaped_slash))
        return 0;
    std::array<char, 4096> plain;
    std::size_t plain_bytes = 0;
    std::size_t read = 0;
    while (plain_bytes < plain.size() && read < text.size()) {
        if (text[read] == '\\') {
            if (!text.substr(read).starts_with(escaped_slash))
                break;
            ++read;
        }
        // From a slash that was escaped, or from anything else, up to the next backslash.
        const auto rest = text.substr(read, plain.size() - plain_bytes);
        const std::string_view run = rest.substr(0, rest.find('\\'));
        std::memcpy(plain.data() + plain_bytes, run.data(), run.size());
        plain_bytes += run.size();
        read += run.size();
    }
    const auto decoded = decode({plain.data(), plain_bytes});
    if (!decoded || *decoded == plain_bytes)
        return decoded ? base::result<std::size_t>(read) : decoded;
    // It stopped on the way: count the backslashes up to there again.
    std::size_t original = 0;
    for (std::size_t left = *decoded; left > 0; --left)
        original += text[original] == '\\' ? 2 : 1;
    return original;
}

// Hands out what is decoded and still here, as far as the bound allows.
base::result<void> blob_reader::flush()
{
    const auto decoded = scratch().first(std::exchange(unsent_, 0));
    const std::uint64_t room = blob_bytes_max_ - blob_bytes_;
    const auto fitting = decoded.first(std::min<std::uint64_t>(decoded.size(), room));
    blob_bytes_ += fitting.size();
    if (!fitting.empty())
        if (auto written = sink_->write(fitting); !written)
            return written;
    if (fitting.size() < decoded.size())
        return base::fail(blob_errc::blob_too_large, std::string(key_),
                          fmt::format("more than {} bytes", blob_bytes_max_));
    return {};
}

std::unexpected<base::failure> blob_reader::foreign(char c, std::uint64_t offset) const
{
    const auto code = static_cast<unsigned char>(c);
    return refuse(code > 0x20 && code < 0x7F ? fmt::format("'{}' is not base64", c)
                                             : fmt::format("byte 0x{:02x} is not base64", code),
                  offset);
}

std::unexpected<base::failure> blob_reader::refuse(std::string why, std::uint64_t offset) const
{
    return base::fail(blob_errc::not_base64, fmt::format("{} at byte {}", key_, offset),
                      std::move(why));
}

} // namespace engine::provider
