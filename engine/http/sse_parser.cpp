#include "engine/http/sse_parser.hpp"

#include <cstring>
#include <utility>

namespace engine::http {

namespace {

struct sse_category final : std::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "sse"; }
    [[nodiscard]] std::string message(int) const override { return "malformed event stream"; }
};

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// The bytes before the line end, or all of them. Two searches of the C library, as they run at
// memory speed: the second sees only what the first left.
std::string_view up_to_line_end(std::string_view bytes)
{
    if (const void* lf = std::memchr(bytes.data(), '\n', bytes.size()))
        bytes = {bytes.data(), static_cast<const char*>(lf)};
    if (bytes.empty())
        return bytes;
    if (const void* cr = std::memchr(bytes.data(), '\r', bytes.size()))
        bytes = {bytes.data(), static_cast<const char*>(cr)};
    return bytes;
}

} // namespace

std::error_code make_error_code(sse_errc code)
{
    static const sse_category category;
    return {static_cast<int>(code), category};
}

sse_parser::sse_parser(sse_limits limits) : limits_(limits)
{}

base::result<sse_token> sse_parser::next(std::string_view& bytes)
{
    if (ended_) {
        event_name_.clear();
        ended_ = false;
    }
    while (!bytes.empty() && !failed()) {
        if (std::exchange(after_cr_, false) && bytes.front() == '\n')
            bytes.remove_prefix(1);
        else if (const auto token = step(bytes))
            return *token;
    }
    if (failed())
        return failure();
    return sse_token{};
}

bool sse_parser::line_pending() const
{
    if (state_ == state::byte_order_mark)
        return mark_bytes_ > 0;
    return state_ != state::field_name || !field_name_.empty();
}

void sse_parser::reset()
{
    state_ = state::byte_order_mark;
    mark_bytes_ = 0;
    after_cr_ = has_data_ = ended_ = false;
    field_name_.clear();
    event_name_.clear();
}

// Reads a byte or more, or moves to another state. `bytes` is not empty.
sse_parser::found sse_parser::step(std::string_view& bytes)
{
    switch (state_) {
    case state::byte_order_mark:
        if (bytes.front() == byte_order_mark[mark_bytes_]) {
            bytes.remove_prefix(1);
            if (++mark_bytes_ == byte_order_mark.size())
                state_ = state::field_name;
        } else { // then what matched so far began an ordinary, if odd, line
            field_name_ = byte_order_mark.substr(0, mark_bytes_);
            state_ = state::field_name;
        }
        return {};

    case state::field_name:
        return read_field_name(bytes);

    case state::value_start: // one space after the colon is not part of the value
        if (bytes.front() == ' ')
            bytes.remove_prefix(1);
        if (field_name_ == "data") {
            state_ = state::data_value;
            return begin_data();
        }
        if (field_name_ == "event") {
            state_ = state::event_value;
            event_name_.clear();
        } else {
            state_ = state::ignored;
        }
        return {};

    default:
        return read_value(bytes);
    }
}

sse_parser::found sse_parser::read_field_name(std::string_view& bytes)
{
    const char front = bytes.front();
    if (front == '\n' || front == '\r') {
        end_line(bytes);
        return end_line_without_colon();
    }
    if (front == ':') { // with nothing before it, a comment
        state_ = field_name_.empty() ? state::ignored : state::value_start;
    } else if (field_name_.size() < limits_.field_name_bytes_max) {
        field_name_ += front;
    } else {
        state_ = state::field_name_too_long;
    }
    bytes.remove_prefix(1);
    return {};
}

sse_parser::found sse_parser::read_value(std::string_view& bytes)
{
    const std::string_view value = up_to_line_end(bytes);
    if (value.empty()) {
        end_line(bytes);
        field_name_.clear();
        state_ = state::field_name;
        return {};
    }
    bytes.remove_prefix(value.size());
    if (state_ == state::data_value)
        return sse_token{sse_kind::data, value};
    if (state_ == state::event_value) {
        const std::size_t room = limits_.event_name_bytes_max - event_name_.size();
        event_name_ += value.substr(0, room);
        if (value.size() > room)
            state_ = state::event_name_too_long;
    }
    return {};
}

// A line of a field name alone has an empty value; one of nothing at all ends the event.
sse_parser::found sse_parser::end_line_without_colon()
{
    if (field_name_.empty()) {
        ended_ = std::exchange(has_data_, false);
        if (ended_)
            return sse_token{sse_kind::event_end, {}};
        event_name_.clear();
        return {};
    }
    const bool is_data = field_name_ == "data";
    if (field_name_ == "event")
        event_name_.clear();
    field_name_.clear();
    return is_data ? begin_data() : found{};
}

// A data line begins: with the newline that joins it to the one before, if there was one.
sse_parser::found sse_parser::begin_data()
{
    return std::exchange(has_data_, true) ? found({sse_kind::data, "\n"}) : found{};
}

void sse_parser::end_line(std::string_view& bytes)
{
    after_cr_ = bytes.front() == '\r';
    bytes.remove_prefix(1);
}

base::result<sse_token> sse_parser::failure() const
{
    const bool in_field = state_ == state::field_name_too_long;
    const auto max = in_field ? limits_.field_name_bytes_max : limits_.event_name_bytes_max;
    return base::fail(sse_errc::malformed_stream, "event stream",
                      (in_field ? "a field name of more than " : "an event name of more than ") +
                          std::to_string(max) + " bytes: " +
                          base::clean_detail(in_field ? field_name_ : event_name_, 80));
}

} // namespace engine::http
