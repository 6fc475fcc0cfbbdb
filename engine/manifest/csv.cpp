#include "engine/manifest/csv.hpp"

#include "engine/base/utf8.hpp"
#include "engine/manifest/variables.hpp"

#include <algorithm>

namespace engine::manifest {

namespace {

bool ends_field(int byte)
{
    return byte < 0 || byte == ',' || byte == '\n' || byte == '\r';
}

std::string count_of(std::size_t count, std::string_view noun)
{
    return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

} // namespace

csv_reader::outcome csv_reader::read_header()
{
    if (const int first = in_.peek(); first == 0xFF || first == 0xFE) {
        give_up({1, 1}, "not UTF-8 (UTF-16?); save the file as UTF-8");
        return outcome::bad;
    }
    const auto got = read_record();
    if (got == outcome::end && !ended_)
        give_up({1, 1}, "the file is empty; expected a first line with the names of the columns");
    if (got != outcome::record) {
        ended_ = true;
        return outcome::bad;
    }
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        auto& name = fields_[i];
        name.erase(0, name.find_first_not_of(" \t"));
        name.erase(name.find_last_not_of(" \t") + 1);
        if (fields_.size() == 1 && name.find_first_of(";\t") != std::string::npos)
            give_up(places_[i], "one column named '" + name +
                                    "': expected commas between the fields, not semicolons or "
                                    "tabs");
        else if (auto wrong = check_variable_name(name); !wrong.empty())
            give_up(places_[i], std::move(wrong));
        else if (std::find(fields_.begin(), fields_.begin() + static_cast<std::ptrdiff_t>(i),
                           name) != fields_.begin() + static_cast<std::ptrdiff_t>(i))
            give_up(places_[i], "a second column named '" + name + "'");
        if (ended_)
            return outcome::bad;
    }
    columns_ = fields_;
    return outcome::record;
}

csv_reader::outcome csv_reader::next()
{
    const auto got = read_record();
    if (got != outcome::record || fields_.size() == columns_.size())
        return got;
    refuse(places_.front(), count_of(fields_.size(), "field") + ", but the first line names " +
                                count_of(columns_.size(), "column"));
    return outcome::bad;
}

csv_reader::outcome csv_reader::read_record()
{
    if (ended_)
        return outcome::end;
    while (in_.peek() == '\n' || in_.peek() == '\r') // empty lines
        in_.take();
    std::size_t count = 0;
    places_.clear();
    while (in_.peek() >= 0 || count > 0) {
        places_.push_back(in_.place());
        if (fields_.size() <= count)
            fields_.emplace_back();
        if (!read_field(fields_[count])) {
            skip_line();
            if (in_.failure())
                give_up(in_.place(), in_.failure()->message());
            return outcome::bad;
        }
        if (++count > columns_max) {
            give_up(places_.front(), "more than " + std::to_string(columns_max) + " columns");
            return outcome::bad;
        }
        if (in_.peek() == ',') {
            in_.take();
            continue;
        }
        break;
    }
    if (in_.failure()) {
        give_up(in_.place(), in_.failure()->message());
        return outcome::bad;
    }
    if (count == 0)
        return outcome::end;
    end_line();
    fields_.resize(count);
    return outcome::record;
}

bool csv_reader::read_field(std::string& field)
{
    const mark start = in_.place();
    field.clear();
    if (in_.peek() == '"') {
        if (!read_quoted(field))
            return false;
        if (!ends_field(in_.peek()))
            return refuse(in_.place(), "text behind a closing quote; a quote inside a quoted "
                                       "field is written twice, as \"\"");
    } else {
        while (!ends_field(in_.peek())) {
            if (in_.peek() == '"')
                return refuse(in_.place(), "a quote inside a field; put the field in quotes and "
                                           "write this one twice, as \"\"");
            field += static_cast<char>(in_.take());
            if (field.size() > field_bytes_max)
                return give_up(start, "a field of more than 1 MiB");
        }
    }
    if (base::find_invalid_utf8(field))
        return refuse(start, "a field that is not valid UTF-8; save the file as UTF-8");
    if (field.find('\0') != std::string::npos)
        return refuse(start, "a field with a NUL byte in it");
    return true;
}

bool csv_reader::read_quoted(std::string& field)
{
    const mark start = in_.place();
    in_.take();
    for (;;) {
        const int byte = in_.take();
        if (byte < 0)
            return give_up(start, "this quote is never closed");
        if (byte == '"' && in_.peek() != '"')
            return true;
        if (byte == '"')
            in_.take();
        field += static_cast<char>(byte);
        if (field.size() > field_bytes_max)
            return give_up(start, "a quoted field of more than 1 MiB; is its quote ever closed?");
    }
}

void csv_reader::end_line()
{
    if (in_.peek() == '\r')
        in_.take();
    if (in_.peek() == '\n')
        in_.take();
}

void csv_reader::skip_line()
{
    while (!ended_ && in_.peek() >= 0 && in_.peek() != '\n' && in_.peek() != '\r')
        in_.take();
}

bool csv_reader::refuse(mark at, std::string message)
{
    complaint_ = {at, std::move(message)};
    return false;
}

bool csv_reader::give_up(mark at, std::string message)
{
    ended_ = true;
    return refuse(at, std::move(message));
}

} // namespace engine::manifest
