#include "engine/provider/blob_scanner.hpp"

#include <charconv>
#include <fmt/format.h>
#include <utility>

namespace engine::provider {

namespace {

constexpr std::string_view marker = "@blob:";

} // namespace

blob_scanner::blob_scanner(std::vector<std::string> keys, blob_sink& sink, blob_limits limits)
    : limits_(limits), matcher_(std::move(keys)), reader_(sink, limits.blob_bytes_max)
{}

base::result<void> blob_scanner::feed(std::string_view piece)
{
    while (!failed_ && !piece.empty()) {
        const auto read = step(piece);
        if (!read) {
            failed_ = read.error();
            break;
        }
        piece.remove_prefix(*read);
        offset_ += *read;
    }
    if (failed_)
        return std::unexpected(*failed_);
    return {};
}

base::result<std::string_view> blob_scanner::finish()
{
    if (!failed_ && (place_ != place::between || depth_ > 0))
        failed_ = refuse(blob_errc::cut_short).error();
    if (failed_)
        return std::unexpected(*failed_);
    return skeleton_;
}

void blob_scanner::reset()
{
    skeleton_.clear();
    failed_.reset();
    offset_ = 0;
    blobs_ = 0;
    place_ = place::between;
    expected_ = expected::value;
    wanted_ = nullptr;
    objects_ = 0;
    depth_ = 0;
}

std::optional<std::size_t> blob_scanner::marked_blob(std::string_view text)
{
    if (!text.starts_with(marker))
        return std::nullopt;
    text.remove_prefix(marker.size());
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

// Reads from the front of `piece`, which is not empty; returns how much, at least one byte.
base::result<std::size_t> blob_scanner::step(std::string_view piece)
{
    std::size_t read = 1;
    base::result<void> done;
    switch (place_) {
    case place::between:
        done = take_between(piece.front());
        break;

    case place::text:
        while (piece[read - 1] != '"' && piece[read - 1] != '\\' && read < piece.size())
            ++read;
        if (piece[read - 1] == '"')
            place_ = place::between;
        else if (piece[read - 1] == '\\')
            place_ = place::text_escape;
        done = copy(piece.substr(0, read));
        break;

    case place::text_escape: // of \uXXXX the digits are ordinary text
        place_ = place::text;
        done = copy(piece.substr(0, 1));
        break;

    case place::key:
        if (matcher_.take(piece.front())) {
            place_ = place::between;
            expected_ = expected::colon;
            wanted_ = matcher_.match();
        }
        done = copy(piece.substr(0, 1));
        break;

    case place::blob: {
        const auto blob = reader_.read(piece, offset_);
        if (!blob)
            return blob;
        if (*blob > 0)
            return blob;
        done = end_blob(); // it stopped at once: at the closing quote
        break;
    }
    }
    if (!done)
        return std::unexpected(done.error());
    return read;
}

base::result<void> blob_scanner::take_between(char c)
{
    switch (c) {
    case '"':
        if (expected_ == expected::wanted_value) {
            expected_ = expected::value;
            place_ = place::blob;
            reader_.start(*wanted_);
            return {}; // its quotes come with the marker
        }
        place_ = expected_ == expected::key ? place::key : place::text;
        matcher_.start();
        break;
    case '{':
    case '[':
        if (auto opened = open_bracket(c == '{'); !opened)
            return opened;
        break;
    case '}':
    case ']':
        if (auto closed = close_bracket(); !closed)
            return closed;
        break;
    case ',':
        expected_ = depth_ > 0 && (objects_ & 1) != 0 ? expected::key : expected::value;
        break;
    case ':':
        expected_ = expected_ == expected::colon && wanted_ != nullptr ? expected::wanted_value
                                                                       : expected::value;
        break;
    case ' ':
    case '\t':
    case '\n':
    case '\r':
        break;
    default: // a number, true, false, null, or something that is no JSON
        expected_ = expected::value;
    }
    return copy({&c, 1});
}

base::result<void> blob_scanner::open_bracket(bool object)
{
    if (depth_ == depth_max)
        return refuse(blob_errc::too_deep, fmt::format("more than {} levels", depth_max));
    ++depth_;
    objects_ = objects_ << 1 | (object ? 1U : 0U);
    expected_ = object ? expected::key : expected::value;
    return {};
}

base::result<void> blob_scanner::close_bracket()
{
    if (depth_ == 0)
        return refuse(blob_errc::unbalanced);
    --depth_;
    objects_ >>= 1;
    expected_ = expected::value;
    return {};
}

base::result<void> blob_scanner::end_blob()
{
    const auto closed = reader_.close(offset_);
    if (!closed)
        return std::unexpected(closed.error());
    place_ = place::between;
    return copy(*closed ? fmt::format("\"{}{}\"", marker, blobs_++) : "\"\"");
}

base::result<void> blob_scanner::copy(std::string_view text)
{
    if (text.size() > limits_.skeleton_bytes_max - skeleton_.size())
        return base::fail(blob_errc::skeleton_too_large, "JSON text",
                          fmt::format("more than {} bytes", limits_.skeleton_bytes_max));
    skeleton_ += text;
    return {};
}

std::unexpected<base::failure> blob_scanner::refuse(blob_errc code, std::string why) const
{
    return base::fail(code, fmt::format("JSON text at byte {}", offset_), std::move(why));
}

} // namespace engine::provider
