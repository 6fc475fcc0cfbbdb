// sse_parser: turns the bytes of a text/event-stream body into events, however the bytes were cut.
//
// Pure: no I/O, never throws. It hands out pieces of `data` as they come and never holds a whole
// event, because an image arrives as one event of many megabytes. Lines end in LF, CR or CRLF, also
// across cuts; a byte order mark at the very start is skipped; comments and fields other than
// `event` and `data` are ignored (`id` and `retry` serve reconnection, which would buy an image
// twice); several data lines are joined by a newline; a blank line ends an event, and one without a
// data line is no event. The bytes are not checked for UTF-8: whoever reads the data does that.
// A field name or an event name over its bound is sse_errc::malformed_stream, for good.
// Source: HTML Living Standard, "Interpreting an event stream". Used by provider/; fuzzed by
// tests/fuzz/sse_parser_fuzz.cpp.
#pragma once

#include "engine/base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace engine::http {

enum class sse_errc { malformed_stream = 1 };
[[nodiscard]] std::error_code make_error_code(sse_errc code);

// Bounds on what is held in memory. The longest names in use are about 50 bytes, as in
// "response.image_generation_call.partial_image"; both bounds are guesses with room to spare.
struct sse_limits {
    std::size_t field_name_bytes_max = 64;
    std::size_t event_name_bytes_max = 256;
};

enum class sse_kind {
    need_more, // all bytes were read
    data,      // a piece of the current event's data; never empty
    event_end, // the blank line: the data handed out since the last one are an event
};
struct sse_token {
    sse_kind kind = sse_kind::need_more;
    std::string_view data; // points into the bytes given, or to a newline that lives for ever
};

class sse_parser {
public:
    explicit sse_parser(sse_limits limits = {});

    // Reads from the front of `bytes`, which it shortens, up to the next thing to say. Call it
    // until need_more, then come back with the next bytes of the body.
    [[nodiscard]] base::result<sse_token> next(std::string_view& bytes);

    // The name given by the `event` line of the current event so far; empty means "message". It
    // usually comes before the data but need not: it is final at event_end and valid until the
    // next call of next().
    [[nodiscard]] std::string_view event_name() const { return event_name_; }

    // What the end of the body leaves open. The standard drops an event that no blank line ended;
    // the official SDKs deliver it. The caller decides, usually by whether its data are complete.
    [[nodiscard]] bool event_pending() const { return has_data_; }
    // Whether the last line has no end: with an event pending, its data may be cut.
    [[nodiscard]] bool line_pending() const;

    // Ready for another body, keeping the memory.
    void reset();

private:
    enum class state {
        byte_order_mark,
        field_name,
        value_start, // after the colon
        data_value,
        event_value,
        ignored, // to the end of the line
        field_name_too_long,
        event_name_too_long,
    };
    using found = std::optional<sse_token>;

    [[nodiscard]] found step(std::string_view& bytes);
    [[nodiscard]] found read_field_name(std::string_view& bytes);
    [[nodiscard]] found read_value(std::string_view& bytes);
    [[nodiscard]] found end_line_without_colon();
    [[nodiscard]] found begin_data();
    void end_line(std::string_view& bytes);
    [[nodiscard]] bool failed() const { return state_ >= state::field_name_too_long; }
    [[nodiscard]] base::result<sse_token> failure() const;

    sse_limits limits_;
    state state_ = state::byte_order_mark;
    std::size_t mark_bytes_ = 0; // of the byte order mark, matched so far
    bool after_cr_ = false;      // a line feed now belongs to the line end before it
    bool has_data_ = false;
    bool ended_ = false; // the last token was event_end: its name goes with the next call
    std::string field_name_;
    std::string event_name_;
};

} // namespace engine::http

template <>
struct std::is_error_code_enum<engine::http::sse_errc> : std::true_type {};
