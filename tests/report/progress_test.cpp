#include "engine/report/progress.hpp"

#include "engine/base/json.hpp"
#include "engine/ledger/line.hpp"
#include "engine/report/display_width.hpp"
#include "engine/report/notable.hpp"
#include "engine/report/pace.hpp"
#include "engine/report/timeline.hpp"
#include "tests/ledger/sample_events.hpp"
#include "tests/report/made_ledger.hpp"
#include "tests/report/small_terminal.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

using namespace engine;
using namespace engine::report;
using job::item_state;
using support::as_event;
using support::sample_attempt;
using support::sample_item;

namespace {

using std::chrono::milliseconds;

job::progress at(int elapsed_ms, std::int64_t done)
{
    job::progress now;
    now.items_total = 120;
    now.done = done;
    now.elapsed = milliseconds(elapsed_ms);
    return now;
}

job::progress busy(int elapsed_ms, std::int64_t done)
{
    auto now = at(elapsed_ms, done);
    now.failed = 1;
    now.held = 1;
    now.in_flight = 16;
    now.encoding = 2;
    now.waiting = 30;
    now.spent = {2'354'100};
    now.reserved = {1'200'000};
    now.cap = base::microusd{25'000'000};
    now.binding = "images_per_minute";
    return now;
}

job::item_ended failed_item()
{
    auto item = sample_item("lamp-beach", 2, item_state::failed);
    item.cause = "refused";
    item.reason = "moderation_blocked";
    return item;
}

// With a newline after each, so that doctest shows them.
std::string text_of(const std::vector<std::string>& rows)
{
    std::string text;
    for (const auto& row : rows)
        text += row + "\n";
    return text;
}

struct text_log {
    std::string text;
    text_sink sink()
    {
        return [this](std::string_view piece) { text += piece; };
    }
};

} // namespace

TEST_CASE("no progress is no progress")
{
    const auto none = make_no_progress();
    none->on_event(as_event(failed_item()));
    none->on_progress(at(0, 0));
}

TEST_CASE("plain progress: a line now and then, and what a person should know at once")
{
    text_log log;
    const auto plain = make_plain_progress(log.sink());
    plain->on_progress(at(0, 0));
    plain->on_progress(busy(2'500, 20));
    CHECK(log.text == "[0 ms] 0/120 done · $0.00\n");
    log.text.clear();
    plain->on_progress(busy(65'000, 40));
    CHECK(log.text == "[1 min 05 s] 40/120 done, 1 failed, 1 held · 16 in flight, 2 encoding, 30 "
                      "waiting · $2.35 of $25.00 (+$1.20 reserved) · 19.2 images/min · about 4 min "
                      "04 s left · limited by images_per_minute\n");
    log.text.clear();
    plain->on_event(as_event(failed_item()));
    plain->on_event(as_event(sample_item()));
    plain->on_event(as_event(sample_attempt()));
    CHECK(log.text == "failed lamp-beach: refused: moderation_blocked\n");
    log.text.clear();
    auto stopping = busy(70'000, 41);
    stopping.stopping = true;
    plain->on_progress(stopping);
    CHECK(log.text.ends_with(" · stopping\n"));
    CHECK(log.text.find('\x1b') == std::string::npos);
}

TEST_CASE("what is notable, in words")
{
    const auto text = [](job::event_body body) {
        const auto found = notable_of(as_event(std::move(body)));
        return found ? found->text : std::string("-");
    };
    CHECK(text(job::run_started{"m", "", "", "", 120, 12, base::microusd{25'000'000}}) ==
          "120 items, 12 done before, cap $25.00");
    CHECK(text(job::run_started{"m", "", "", "", 120, 0, {}}) == "120 items");
    CHECK(text(job::limit_changed{"openai", "paused", "429", support::sample_time()}) ==
          "paused openai: 429, until 2026-11-20T10:00:05.123Z");
    CHECK(text(job::limit_changed{"openai", "stopped", "", {}}) == "stopped openai");
    CHECK(text(job::limit_changed{"openai", "learned", "", {}}) == "-");
    CHECK(text(job::budget_changed{"refused", "lamp", {82'400}, {24'950'000}, {0}, {25'000'000}}) ==
          "budget refused: lamp needs $0.0824, $24.95 spent and $0.00 reserved of $25.00");
    CHECK(text(job::budget_changed{}) ==
          "budget : the next item needs $0.00, $0.00 spent and $0.00 reserved of $0.00");
    CHECK(text(job::warning_raised{"", "careful"}) == "careful");
    CHECK(text(job::warning_raised{"lamp", "careful"}) == "lamp: careful");
    CHECK(text(job::warning_raised{"", "two\nlines \x1b[31m"}) == "two lines ?[31m");
    CHECK(text(job::warning_raised{"", std::string(5'000, 'x')}).size() == 400);
    auto held = sample_item("lamp", 1, item_state::held);
    held.cause = "unknown";
    CHECK(text(held) == "held lamp: unknown");
    held.reason = "unknown: stream cut";
    CHECK(text(held) == "held lamp: unknown: stream cut");
    job::run_ended end;
    end.wall_ms = 72'000;
    CHECK(text(end) == "ended after 1 min 12 s: all done");
    CHECK(text(support::sample_intent()) == "-");
    CHECK(item_line(sample_item()) == "lamp-studio  $0.0412");
    auto reused = sample_item();
    reused.reason = "reused";
    CHECK(item_line(reused) == "lamp-studio  reused");
    reused.reason.clear();
    reused.attempts = 3;
    CHECK(item_line(reused) == "lamp-studio  $0.0412, 3 attempts");
    CHECK(item_line(failed_item()) == "lamp-beach: refused: moderation_blocked");
}

TEST_CASE("json progress: each event as its ledger line, and where it stands")
{
    text_log log;
    const auto json = make_json_progress(log.sink());
    json->on_event(as_event(failed_item()));
    CHECK(log.text == ledger::to_line(as_event(failed_item())) + "\n");
    log.text.clear();
    json->on_progress(at(0, 0));
    json->on_progress(at(500, 1));
    json->on_progress(busy(60'000, 60));
    const auto first = log.text.substr(0, log.text.find('\n'));
    const auto second = log.text.substr(log.text.find('\n') + 1);
    const auto empty = *base::parse_json(first, "first");
    CHECK(empty["type"].text_or("") == "progress");
    CHECK(empty["cap_usd"].is_null());
    CHECK(empty["images_per_minute"].is_null());
    CHECK(empty["binding"].is_null());
    const auto full = *base::parse_json(second, "second");
    CHECK(full["done"].integer_or(0) == 60);
    CHECK(full["spent_usd"].number_or(0) == 2.3541);
    CHECK(full["cap_usd"].number_or(0) == 25);
    CHECK(full["images_per_minute"].number_or(0) == 60);
    CHECK(full["left_ms"].integer_or(0) == 58'000);
    CHECK(full["binding"].text_or("") == "images_per_minute");
    CHECK(full["stopping"].bool_or(true) == false);
}

TEST_CASE("the pace is that of the last minute")
{
    pace speed;
    CHECK(!speed.images_per_minute());
    CHECK(!speed.time_left());
    speed.add(at(0, 10));
    CHECK(!speed.images_per_minute());
    speed.add(at(500, 11));
    CHECK(!speed.images_per_minute());
    for (int second = 1; second <= 60; ++second)
        speed.add(at(second * 1'000, 10 + second / 2));
    CHECK(*speed.images_per_minute() == doctest::Approx(30));
    CHECK(speed.time_left()->count() == doctest::Approx(160'000));
    for (int second = 61; second <= 180; ++second)
        speed.add(at(second * 1'000, 40));
    CHECK(*speed.images_per_minute() == 0);
    CHECK(!speed.time_left());
    auto over = at(181'000, 120);
    speed.add(over);
    CHECK(!speed.time_left()); // nothing is left
}

TEST_CASE("the screen is drawn in place, below what scrolls by")
{
    support::small_terminal terminal(60);
    screen_options options;
    options.size = [] { return screen_size{60, 24}; };
    options.title = "spring-catalog";
    auto screen =
        make_screen_progress([&](std::string_view piece) { terminal.write(piece); }, options);
    screen->on_event(as_event(job::run_started{"m", "", "", "", 120, 0, {}}));
    screen->on_progress(at(0, 0));
    CHECK(!terminal.cursor_shown);
    CHECK(text_of(terminal.rows()) ==
          text_of({"120 items", "spring-catalog                                         0 ms",
                   "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░  0/120  0 %", "0 done",
                   "$0.00"}));

    screen->on_event(as_event(sample_attempt()));
    screen->on_event(as_event(sample_item()));
    screen->on_event(as_event(failed_item()));
    auto half = busy(60'000, 59);
    half.items_total = 122;
    screen->on_progress(half);
    CHECK(text_of(terminal.rows()) ==
          text_of({
              "120 items",
              "failed lamp-beach: refused: moderation_blocked",
              "spring-catalog                                   1 min 00 s",
              "███████████░░░░░░░░░░░  61/122  50 %  about 1 min 03 s left",
              "59 done  1 failed  1 held  ·  16 in flight, 2 encoding, 30…",
              "$2.35 of $25.00 (+$1.20 reserved)  ·  59.0 images/min  ·  …",
              "  ✗ lamp-beach: refused: moderation_blocked",
              "  ✓ lamp-studio  $0.0412  12.3 s",
          }));

    half.stopping = true;
    screen->on_progress(half);
    CHECK(terminal.rows()[6] == "stopping: finishing what is paid for; Ctrl-C again cancels");
    screen.reset();
    CHECK(terminal.cursor_shown);
    CHECK(terminal.rows().size() == 7); // the last numbers stay, the recent items go
    terminal.write("next command");
    CHECK(terminal.rows().back() == "next command");
}

TEST_CASE("the screen is given back at the end of the run, and not taken again")
{
    support::small_terminal terminal(80);
    auto screen = make_screen_progress([&](std::string_view piece) { terminal.write(piece); });
    screen->on_progress(busy(1'000, 1));
    job::run_ended end;
    end.exit_code = 1;
    screen->on_event(as_event(end));
    CHECK(terminal.cursor_shown);
    const auto rows = terminal.rows();
    CHECK(rows[0] == "ended after 0 ms: finished, some items failed");
    screen->on_progress(busy(2'000, 2));
    screen->on_event(as_event(job::warning_raised{"", "after"}));
    CHECK(terminal.rows().back() == "after");
    CHECK(terminal.rows().size() == rows.size() + 1);
    CHECK(terminal.cursor_shown);
    screen.reset();
    CHECK(terminal.rows().size() == rows.size() + 1);
}

TEST_CASE("a low or narrow screen gets fewer lines, never more than it has")
{
    for (const int rows : {1, 2, 3, 5, 8}) {
        for (const int columns : {1, 20, 33, 200}) {
            const auto width = static_cast<std::size_t>(std::max(columns, 20));
            support::small_terminal terminal(width);
            screen_options options;
            options.size = [&] { return screen_size{columns, rows}; };
            options.title = "a title that is longer than a narrow terminal is wide";
            auto screen = make_screen_progress(
                [&](std::string_view piece) { terminal.write(piece); }, options);
            for (int i = 0; i < 5; ++i) {
                screen->on_event(as_event(sample_item("item-" + std::to_string(i))));
                screen->on_progress(busy(1'000 * i, i));
                CHECK(terminal.rows().size() <= static_cast<std::size_t>(std::max(rows, 2) - 1));
            }
        }
    }
}

TEST_CASE("lines that a narrower screen has wrapped are taken away with the rest")
{
    screen_size size{60, 24};
    std::string last;
    screen_options options;
    options.size = [&] { return size; };
    options.color = false;
    auto screen = make_screen_progress([&](std::string_view piece) { last = piece; }, options);
    screen->on_progress(at(0, 0));
    size.columns = 30;
    screen->on_progress(at(1'000, 0));
    // Four lines of 59, 59, 6 and 5 cells take 2 + 2 + 1 + 1 rows of 30.
    CHECK(last.find("\r\x1b[5A\x1b[J") == 0);
    CHECK(last.find("\x1b[3") == std::string::npos); // no colours
}

TEST_CASE("the widths of texts are what a terminal makes of them")
{
    CHECK(display_width("lamp") == 4);
    CHECK(display_width("ケトル") == 6);
    CHECK(display_width("한글") == 4);
    CHECK(display_width("e\xCC\x81") == 1);
    CHECK(display_width("🎨") == 2);
    CHECK(display_width("é") == 1);
    CHECK(display_width("\xFF") == 1);
    CHECK(display_width("\xE3\x82") == 2); // cut short: each byte for itself
    CHECK(fit_to_width("lamp", 4) == "lamp");
    CHECK(fit_to_width("lamps", 4) == "lam…");
    CHECK(fit_to_width("ケトル", 4) == "ケ…");
    CHECK(fit_to_width("ケトル", 1) == "…");
    CHECK(fit_to_width("lamp", 0).empty());
}

TEST_CASE("a timeline keeps its number of slots, however long the run")
{
    timeline line;
    const auto start = support::sample_time();
    line.restart(start);
    line.add(start - std::chrono::hours(1), true); // a clock that was set back
    CHECK(line.used() == 1);
    for (int second = 0; second < 1'000; ++second)
        line.add(start + std::chrono::seconds(second), second % 10 != 0);
    CHECK(line.width() == std::chrono::seconds(16));
    CHECK(line.used() <= timeline::slots_max);
    CHECK(line.attempts() == 1'001);
    std::int64_t delivered = 0, failed = 0;
    for (std::size_t i = 0; i < line.used(); ++i) {
        delivered += line.at(i).delivered;
        failed += line.at(i).failed;
    }
    CHECK(delivered == 901);
    CHECK(failed == 100);
    line.add(start + std::chrono::hours(24 * 365 * 1000), false); // and one that was set ahead
    CHECK(line.used() <= timeline::slots_max);
    CHECK(line.attempts() == 1'002);
}

TEST_CASE("what is no terminal has a size all the same")
{
    const int nowhere = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    CHECK(terminal_size(nowhere).columns == 80);
    CHECK(terminal_size(nowhere).rows == 24);
    ::close(nowhere);
}
