// naive_sse: the event stream rules of the HTML standard written to be obviously right, over a
// whole body, as the reference for the incremental parser.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace support {

struct sse_event {
    std::string name;
    std::string data;
    bool operator==(const sse_event&) const = default;
};
struct sse_reading {
    std::vector<sse_event> events;
    sse_event rest;             // what the end of the body left open
    bool event_pending = false; // and whether that has a data line
    bool line_pending = false;
    bool operator==(const sse_reading&) const = default;
};

[[nodiscard]] inline sse_reading naive_sse(std::string_view body)
{
    if (body.starts_with("\xEF\xBB\xBF"))
        body.remove_prefix(3);
    sse_reading out;
    const auto line = [&](std::string_view text, bool whole) {
        if (text.empty() && whole) {
            if (out.event_pending)
                out.events.push_back(out.rest);
            out.rest = {};
            out.event_pending = false;
            return;
        }
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos && !whole)
            return; // not yet known to be a field
        const std::string_view field = text.substr(0, colon);
        std::string_view value =
            colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
        if (!whole && value.empty())
            return; // the value has not begun
        if (value.starts_with(' '))
            value.remove_prefix(1);
        if (field == "event")
            out.rest.name = value;
        if (field == "data") {
            if (out.event_pending)
                out.rest.data += '\n';
            out.rest.data += value;
            out.event_pending = true;
        }
    };
    while (!body.empty()) {
        const std::size_t end = body.find_first_of("\r\n");
        out.line_pending = end == std::string_view::npos;
        line(body.substr(0, end), !out.line_pending);
        if (out.line_pending)
            break;
        body.remove_prefix(end + (body.substr(end, 2) == "\r\n" ? 2 : 1));
    }
    return out;
}

} // namespace support
