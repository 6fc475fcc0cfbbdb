#include "engine/manifest/jsonl.hpp"

#include "engine/base/json.hpp"
#include "engine/base/utf8.hpp"

#include <algorithm>

namespace engine::manifest {

namespace {

// Where the value of a member stands in the line, as far as a search can tell; 0 if it cannot.
std::size_t find_member(std::string_view line, std::string_view name)
{
    std::string quoted;
    base::append_json_string(quoted, name);
    for (auto at = line.find(quoted); at != std::string_view::npos;
         at = line.find(quoted, at + 1)) {
        const auto colon = line.find_first_not_of(" \t", at + quoted.size());
        if (colon != std::string_view::npos && line[colon] == ':')
            return at;
    }
    return 0;
}

} // namespace

jsonl_reader::outcome jsonl_reader::next()
{
    do {
        if (ended_ || (in_.peek() < 0 && !in_.failure()))
            return outcome::end;
        if (!read_line())
            return outcome::bad;
    } while (line_.find_first_not_of(" \t") == std::string::npos);
    return read_object() ? outcome::record : outcome::bad;
}

bool jsonl_reader::read_line()
{
    place_ = in_.place();
    line_.clear();
    for (int byte = in_.take(); byte >= 0 && byte != '\n'; byte = in_.take()) {
        if (line_.size() == line_bytes_max) {
            ended_ = true;
            return refuse(0, "a line of more than 4 MiB");
        }
        line_ += static_cast<char>(byte);
    }
    if (line_.ends_with('\r'))
        line_.pop_back();
    if (in_.failure()) {
        ended_ = true;
        return refuse(0, in_.failure()->message());
    }
    return true;
}

bool jsonl_reader::read_object()
{
    if (const auto invalid = base::find_invalid_utf8(line_))
        return refuse(*invalid, "not valid UTF-8; save the file as UTF-8");
    const auto object = base::parse_json(line_, "line");
    if (!object)
        return refuse(0, "expected one JSON object a line: " + object.error().detail);
    if (!object->is_object())
        return refuse(0, "expected a JSON object, as in {\"sku\": \"lamp-01\"}");
    values_.clear();
    for (const auto& [name, value] : object->members()) {
        const std::size_t at = find_member(line_, name);
        if (auto wrong = check_variable_name(name); !wrong.empty())
            return refuse(at, std::move(wrong));
        if (std::ranges::find(values_, name, &variable::name) != values_.end())
            return refuse(at, "a second member named '" + name + "'");
        if (value.is_array() || value.is_object())
            return refuse(at, "'" + name + "' is " + (value.is_array() ? "a list" : "an object") +
                                  "; expected a text, a number, true, false or null");
        variable one{name, {}, value.is_number(), nullptr};
        if (value.is_string())
            one.text = value.text_or({});
        else if (!value.is_null())
            one.text = value.dump();
        if (one.text.find('\0') != std::string::npos)
            return refuse(at, "'" + name + "' has a NUL character in it");
        values_.push_back(std::move(one));
    }
    return true;
}

bool jsonl_reader::refuse(std::size_t byte, std::string message)
{
    const auto before = base::utf8_length(std::string_view(line_).substr(0, byte));
    complaint_ = {{place_.line, static_cast<int>(before) + 1}, std::move(message)};
    return false;
}

} // namespace engine::manifest
