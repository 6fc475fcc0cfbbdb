// progress_screen: the display on a terminal: a few lines at the bottom, drawn over and over in
// place; what a person should know scrolls by above them.
#include "engine/report/display_width.hpp"
#include "engine/report/html_text.hpp"
#include "engine/report/notable.hpp"
#include "engine/report/pace.hpp"
#include "engine/report/progress.hpp"

#include "engine/base/utf8.hpp"

#include <algorithm>
#include <deque>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <unordered_map>
#include <vector>

namespace engine::report {

namespace {

constexpr std::size_t recent_max = 4; // finished items shown
constexpr int columns_min = 20;       // narrower is drawn as this and cut by the terminal
constexpr int bar_cells_max = 60;
constexpr std::size_t timings_max = 20'000; // delivered attempts whose item has not ended yet

constexpr std::string_view hide_cursor = "\x1b[?25l";
constexpr std::string_view show_cursor = "\x1b[?25h";
constexpr std::string_view clear_below = "\x1b[J";
constexpr std::string_view clear_right = "\x1b[K";

enum class paint { none, dim, bold, green, yellow, red };

std::string_view code_of(paint how)
{
    switch (how) {
    case paint::dim:
        return "\x1b[2m";
    case paint::bold:
        return "\x1b[1m";
    case paint::green:
        return "\x1b[32m";
    case paint::yellow:
        return "\x1b[33m";
    case paint::red:
        return "\x1b[31m";
    case paint::none:
        break;
    }
    return {};
}

paint paint_of(tone how)
{
    switch (how) {
    case tone::good:
        return paint::green;
    case tone::warning:
        return paint::yellow;
    case tone::bad:
        return paint::red;
    case tone::calm:
        break;
    }
    return paint::none;
}

// One line of the display: pieces of text with their paint, cut to the width when it is drawn.
class painted_line {
public:
    painted_line& add(std::string_view text, paint how = paint::none)
    {
        pieces_.push_back({std::string(text), how});
        return *this;
    }
    [[nodiscard]] int width() const
    {
        int cells = 0;
        for (const auto& piece : pieces_)
            cells += display_width(piece.text);
        return cells;
    }
    [[nodiscard]] std::string drawn(int columns, bool color) const
    {
        std::string out;
        int left = columns;
        for (const auto& piece : pieces_) {
            const auto text = fit_to_width(piece.text, left);
            const auto code = color ? code_of(piece.how) : std::string_view();
            out += code;
            out += text;
            if (!code.empty())
                out += "\x1b[0m";
            left -= display_width(text);
            if (text.size() < piece.text.size())
                break;
        }
        return out;
    }

private:
    struct piece {
        std::string text;
        paint how;
    };
    std::vector<piece> pieces_;
};

// "█████▌      ": eighths of a cell, so that it moves even when there are many items.
std::string bar(double share, int cells)
{
    constexpr std::string_view parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const int eighths = std::clamp(static_cast<int>(share * cells * 8), 0, cells * 8);
    std::string out;
    for (int i = 0; i < eighths / 8; ++i)
        out += "█";
    out += parts[eighths % 8];
    for (int i = (eighths + 7) / 8; i < cells; ++i)
        out += "░";
    return out;
}

class screen_progress final : public job::observer {
public:
    screen_progress(text_sink sink, screen_options options)
        : sink_(std::move(sink)), options_(std::move(options)),
          title_(base::printable(options_.title))
    {}

    ~screen_progress() override { leave(); }

    void on_event(const job::event& happened) override
    {
        if (const auto* attempt = std::get_if<job::attempt_ended>(&happened.body))
            note(*attempt);
        if (const auto* item = std::get_if<job::item_ended>(&happened.body))
            note(*item);
        if (const auto found = notable_of(happened))
            say(*found);
        if (std::holds_alternative<job::run_ended>(happened.body)) {
            leave();
            ended_ = true;
        }
    }

    void on_progress(const job::progress& now) override
    {
        if (ended_) // what comes late must not take the terminal again
            return;
        now_ = now;
        pace_.add(now);
        left_ = false;
        draw();
    }

private:
    void note(const job::attempt_ended& attempt)
    {
        if (attempt.outcome == job::outcome::delivered && attempt.latency_ms.total &&
            timings_.size() < timings_max)
            timings_[attempt.item] = *attempt.latency_ms.total;
    }

    void note(const job::item_ended& item)
    {
        if (item.state == job::item_state::open)
            return;
        painted_line line;
        const bool done = item.state == job::item_state::done;
        const bool held = item.state == job::item_state::held;
        line.add(done   ? "  ✓ "
                 : held ? "  ‖ "
                        : "  ✗ ",
                 done   ? paint::green
                 : held ? paint::yellow
                        : paint::red);
        line.add(item_line(item));
        if (const auto took = timings_.find(item.item); took != timings_.end()) {
            if (done)
                line.add("  " + milliseconds_text(took->second), paint::dim);
            timings_.erase(took);
        }
        recent_.push_front(std::move(line));
        if (recent_.size() > recent_max)
            recent_.pop_back();
    }

    // A line that stays: above the display, which moves down.
    void say(const notable& what)
    {
        painted_line line;
        line.add(what.text, paint_of(what.how));
        sink_(erased() + line.drawn(1 << 20, options_.color) + "\n");
        if (!left_)
            draw();
    }

    [[nodiscard]] screen_size size() const
    {
        auto known = options_.size ? options_.size() : screen_size{};
        known.columns = std::max(known.columns, columns_min);
        return known;
    }

    // Back to where the display began, everything below gone. Lines that were drawn on a wider
    // screen take several rows of a narrower one.
    std::string erased()
    {
        if (drawn_.empty())
            return {};
        const int columns = size().columns;
        int rows = 0;
        for (const int width : drawn_)
            rows += std::max(1, (width + columns - 1) / columns);
        drawn_.clear();
        std::string out = "\r";
        if (rows > 1)
            out += fmt::format("\x1b[{}A", rows - 1);
        return out += clear_below;
    }

    void draw()
    {
        const auto room = size();
        // The last column stays empty: some terminals wrap as soon as it is written.
        const int columns = room.columns - 1;
        auto lines = panel(columns);
        if (lines.size() >= static_cast<std::size_t>(std::max(room.rows, 2)))
            lines.resize(static_cast<std::size_t>(std::max(room.rows, 2)) - 1);
        std::string out(drawn_.empty() ? hide_cursor : std::string_view());
        out += erased();
        for (const auto& line : lines) {
            if (&line != &lines.front())
                out += "\n";
            out += line.drawn(columns, options_.color);
            out += clear_right;
            drawn_.push_back(std::min(line.width(), columns));
        }
        sink_(out);
    }

    [[nodiscard]] std::vector<painted_line> panel(int columns) const
    {
        std::vector<painted_line> lines;
        lines.push_back(headline(columns));
        lines.push_back(bar_line(columns));
        lines.push_back(count_line());
        lines.push_back(money_line_of());
        if (now_.stopping)
            lines.emplace_back().add("stopping: finishing what is paid for; Ctrl-C again cancels",
                                     paint::yellow);
        else if (now_.paused)
            lines.emplace_back().add("paused: nothing new starts; darkroom continue goes on",
                                     paint::yellow);
        for (const auto& line : recent_)
            lines.push_back(line);
        return lines;
    }

    [[nodiscard]] painted_line headline(int columns) const
    {
        const auto clock = base::format_duration(now_.elapsed);
        const auto name = fit_to_width(title_, columns - display_width(clock) - 2);
        const int gap = columns - display_width(name) - display_width(clock);
        painted_line line;
        line.add(name, paint::bold);
        line.add(std::string(static_cast<std::size_t>(std::max(gap, 2)), ' '));
        line.add(clock, paint::dim);
        return line;
    }

    [[nodiscard]] painted_line bar_line(int columns) const
    {
        const auto ended = now_.done + now_.failed + now_.held;
        const double share = now_.items_total > 0 ? static_cast<double>(ended) /
                                                        static_cast<double>(now_.items_total)
                                                  : 0;
        std::string numbers =
            fmt::format("  {}/{}  {:.0f} %", ended, now_.items_total, std::min(share, 1.0) * 100);
        if (const auto left = pace_.time_left())
            numbers += "  " + time_left_text(*left);
        const int cells = std::min(columns - display_width(numbers), bar_cells_max);
        painted_line line;
        if (cells >= 8)
            line.add(bar(share, cells), now_.failed > 0 ? paint::yellow : paint::green);
        line.add(numbers);
        return line;
    }

    [[nodiscard]] painted_line count_line() const
    {
        painted_line line;
        line.add(fmt::format("{} done", now_.done), paint::green);
        if (now_.failed > 0)
            line.add("  ").add(fmt::format("{} failed", now_.failed), paint::red);
        if (now_.held > 0)
            line.add("  ").add(fmt::format("{} held", now_.held), paint::yellow);
        if (const auto activity = activity_of(now_); !activity.empty())
            line.add("  ·  ", paint::dim).add(activity);
        return line;
    }

    [[nodiscard]] painted_line money_line_of() const
    {
        painted_line line;
        line.add(money_of(now_));
        if (const auto speed = pace_.images_per_minute())
            line.add("  ·  ", paint::dim).add(fmt::format("{:.1f} images/min", *speed));
        if (!now_.binding.empty() && !now_.paused)
            line.add("  ·  ", paint::dim)
                .add("limited by " + base::printable(now_.binding), paint::dim);
        return line;
    }

    // Gives the terminal back: the display goes, the cursor comes.
    void leave()
    {
        if (left_)
            return;
        left_ = true;
        recent_.clear();
        draw(); // the last numbers stay
        drawn_.clear();
        sink_("\n" + std::string(show_cursor));
    }

    text_sink sink_;
    screen_options options_;
    std::string title_;
    job::progress now_;
    pace pace_;
    std::deque<painted_line> recent_; // newest first
    std::unordered_map<std::string, double> timings_;
    std::vector<int> drawn_; // widths of the lines on the screen now
    bool ended_ = false;
    bool left_ = true; // nothing is on the screen that would have to be taken away
};

} // namespace

std::unique_ptr<job::observer> make_screen_progress(text_sink sink, screen_options options)
{
    return std::make_unique<screen_progress>(std::move(sink), std::move(options));
}

screen_size terminal_size(int descriptor)
{
    winsize window{};
    if (::ioctl(descriptor, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0)
        return {};
    return {window.ws_col, window.ws_row};
}

} // namespace engine::report
