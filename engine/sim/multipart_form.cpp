#include "engine/sim/multipart_form.hpp"

#include "engine/base/ascii.hpp"

#include <algorithm>
#include <utility>

namespace engine::sim {

namespace {

// "form-data; name=\"image[]\"; filename=\"a.png\"" cut at each ';' outside quotes.
std::vector<std::string_view> parameters_of(std::string_view value)
{
    std::vector<std::string_view> pieces;
    std::size_t start = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (quoted && value[i] == '\\')
            ++i;
        else if (value[i] == '"')
            quoted = !quoted;
        else if (value[i] == ';' && !quoted) {
            pieces.push_back(base::trimmed(value.substr(start, i - start)));
            start = i + 1;
        }
    }
    pieces.push_back(base::trimmed(value.substr(std::min(start, value.size()))));
    return pieces;
}

// {"name", "image[]"} from name="image[]". Quotes are taken off; %22, %0D and %0A, which browsers
// and SDKs write for what would break the line, come back as they were.
std::pair<std::string, std::string> name_and_value(std::string_view piece)
{
    const auto equals = piece.find('=');
    if (equals == std::string_view::npos)
        return {base::lowered(piece), {}};
    std::string_view raw = base::trimmed(piece.substr(equals + 1));
    if (raw.size() >= 2 && raw.front() == '"' && raw.back() == '"')
        raw = raw.substr(1, raw.size() - 2);
    std::string value;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '\\' && i + 1 < raw.size()) {
            value += raw[++i];
        } else if (raw.substr(i, 3) == "%22") {
            value += '"';
            i += 2;
        } else {
            value += raw[i];
        }
    }
    return {base::lowered(base::trimmed(piece.substr(0, equals))), value};
}

// One header line of a part; a sentence when it must be refused.
std::string read_header(std::string_view line, form_part& part)
{
    const auto colon = line.find(':');
    if (colon == std::string_view::npos)
        return "a part has a header line without ':'";
    const std::string name = base::lowered(base::trimmed(line.substr(0, colon)));
    const std::string_view value = base::trimmed(line.substr(colon + 1));
    if (name == "content-transfer-encoding")
        return base::lowered(value) == "binary" || base::lowered(value) == "8bit" ||
                       base::lowered(value) == "7bit"
                   ? std::string{}
                   : "transfer encodings of parts are not supported";
    if (name == "content-type")
        part.content_type = base::lowered(parameters_of(value).front());
    if (name != "content-disposition")
        return {};
    const auto pieces = parameters_of(value);
    if (base::lowered(pieces.front()) != "form-data")
        return "a part's Content-Disposition is not form-data";
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        auto [key, text] = name_and_value(pieces[i]);
        if (key == "name")
            part.name = std::move(text);
        else if (key == "filename") {
            part.file_name = std::move(text);
            part.has_file_name = true;
        }
    }
    return {};
}

} // namespace

std::string boundary_of(std::string_view content_type)
{
    const auto pieces = parameters_of(content_type);
    if (base::lowered(pieces.front()) != "multipart/form-data")
        return {};
    for (std::size_t i = 1; i < pieces.size(); ++i)
        if (auto [key, value] = name_and_value(pieces[i]); key == "boundary" && value.size() <= 70)
            return value; // RFC 2046, section 5.1.1: at most 70 characters
    return {};
}

std::expected<std::vector<form_part>, std::string>
read_multipart(std::string_view body, std::string_view boundary, const form_limits& limits)
{
    const std::string delimiter = "\r\n--" + std::string(boundary);
    // The first delimiter may stand at the very beginning, without its line break.
    if (!body.starts_with(std::string_view(delimiter).substr(2)))
        return std::unexpected("the body does not begin with its boundary");
    std::size_t at = delimiter.size() - 2;
    std::vector<form_part> parts;
    for (;;) {
        if (body.substr(at, 2) == "--")
            return parts;
        if (body.substr(at, 2) != "\r\n")
            return std::unexpected("a boundary is not followed by a line break");
        at += 2;
        if (parts.size() == limits.parts_max)
            return std::unexpected("too many parts");
        form_part part;
        // A part without headers begins with the empty line itself.
        const std::size_t scan_from = at - 2;
        const std::size_t head_end =
            body.substr(0, std::min(body.size(), at + limits.header_bytes_max))
                .find("\r\n\r\n", scan_from);
        if (head_end == std::string_view::npos)
            return std::unexpected("the headers of a part do not end");
        for (std::size_t line = at; line < head_end;) {
            const std::size_t end = std::min(body.find("\r\n", line), head_end);
            if (auto wrong = read_header(body.substr(line, end - line), part); !wrong.empty())
                return std::unexpected(std::move(wrong));
            line = end + 2;
        }
        const std::size_t start = head_end + 4;
        // An empty part's content is followed by the delimiter whose line break ended the headers.
        const std::size_t end = body.find(delimiter, start - 2);
        if (end == std::string_view::npos)
            return std::unexpected("the body ends inside a part");
        part.content = end < start ? std::string_view{} : body.substr(start, end - start);
        if (part.name.empty())
            return std::unexpected("a part has no name");
        parts.push_back(std::move(part));
        at = end + delimiter.size();
    }
}

} // namespace engine::sim
