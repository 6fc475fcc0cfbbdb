// small_terminal: keeps what a terminal would show for the few control sequences that the screen
// display uses. Cells are characters: tests use text of width 1.
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace support {

class small_terminal {
public:
    explicit small_terminal(std::size_t columns) : columns_(columns) {}

    bool cursor_shown = true;

    void write(std::string_view text)
    {
        for (std::size_t at = 0; at < text.size();) {
            if (text[at] == '\x1b')
                at = control(text, at + 2);
            else
                at = plain(text, at);
        }
    }

    // Rows without the spaces at their ends, and without empty rows at the bottom.
    [[nodiscard]] std::vector<std::string> rows() const
    {
        std::vector<std::string> all;
        for (const auto& cells : rows_) {
            std::string row;
            for (const auto& cell : cells)
                row += cell;
            row.erase(row.find_last_not_of(' ') + 1);
            all.push_back(row);
        }
        while (!all.empty() && all.back().empty())
            all.pop_back();
        return all;
    }

    // Lines stay where they are and are cut; a real one may wrap them instead.
    void resize(std::size_t columns) { columns_ = columns; }

private:
    std::vector<std::string>& row()
    {
        if (rows_.size() <= y_)
            rows_.resize(y_ + 1);
        return rows_[y_];
    }

    std::size_t plain(std::string_view text, std::size_t at)
    {
        const char c = text[at];
        if (c == '\r') {
            x_ = 0;
            return at + 1;
        }
        if (c == '\n') {
            ++y_;
            x_ = 0;
            row();
            return at + 1;
        }
        std::size_t end = at + 1;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
            ++end;
        if (x_ == columns_) { // wraps
            ++y_;
            x_ = 0;
        }
        auto& cells = row();
        if (cells.size() <= x_)
            cells.resize(x_ + 1, " ");
        cells[x_++] = text.substr(at, end - at);
        return end;
    }

    std::size_t control(std::string_view text, std::size_t at)
    {
        const auto end = text.find_first_of("ABCDHJKhlm", at);
        if (end == std::string_view::npos)
            throw std::runtime_error("unfinished control sequence");
        const auto argument = std::string(text.substr(at, end - at));
        switch (text[end]) {
        case 'A':
            y_ -= std::min(y_, static_cast<std::size_t>(std::stoi(argument)));
            break;
        case 'J':
            rows_.resize(y_ + 1);
            row().resize(std::min(row().size(), x_));
            break;
        case 'K':
            row().resize(std::min(row().size(), x_));
            break;
        case 'h':
        case 'l':
            cursor_shown = text[end] == 'h';
            break;
        case 'm':
            break;
        default:
            throw std::runtime_error("a control sequence that the display should not use");
        }
        return end + 1;
    }

    std::size_t columns_;
    std::size_t x_ = 0, y_ = 0;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace support
