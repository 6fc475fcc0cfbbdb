// progress_plain: the observers without a picture: none, plain lines, JSON lines.
#include "engine/ledger/line.hpp"
#include "engine/report/notable.hpp"
#include "engine/report/pace.hpp"
#include "engine/report/progress.hpp"

#include "engine/base/utf8.hpp"

#include <fmt/format.h>

namespace engine::report {

namespace {

class no_progress final : public job::observer {
public:
    void on_event(const job::event&) override {}
    void on_progress(const job::progress&) override {}
};

// True for the first reading and then whenever `every` has passed.
class ticker {
public:
    explicit ticker(std::chrono::milliseconds every) : every_(every) {}
    bool due(std::chrono::milliseconds elapsed)
    {
        if (next_ && elapsed < *next_)
            return false;
        next_ = elapsed + every_;
        return true;
    }

private:
    std::chrono::milliseconds every_;
    std::optional<std::chrono::milliseconds> next_;
};

class plain_progress final : public job::observer {
public:
    plain_progress(text_sink sink, plain_options options)
        : sink_(std::move(sink)), ticks_(options.every)
    {}

    void on_event(const job::event& happened) override
    {
        if (const auto found = notable_of(happened))
            sink_(found->text + "\n");
    }

    void on_progress(const job::progress& now) override
    {
        pace_.add(now);
        if (!ticks_.due(now.elapsed))
            return;
        std::string line = fmt::format("[{}] {}/{} done", base::format_duration(now.elapsed),
                                       now.done, now.items_total);
        if (now.failed > 0)
            line += fmt::format(", {} failed", now.failed);
        if (now.held > 0)
            line += fmt::format(", {} held", now.held);
        const auto part = [&](const std::string& text) {
            if (!text.empty())
                line += " · " + text;
        };
        part(activity_of(now));
        part(money_of(now));
        if (const auto speed = pace_.images_per_minute())
            part(fmt::format("{:.1f} images/min", *speed));
        if (const auto left = pace_.time_left())
            part(time_left_text(*left));
        if (now.stopping)
            part("stopping");
        else if (now.paused)
            part("paused");
        else if (!now.binding.empty())
            part("limited by " + now.binding);
        sink_(base::printable(line) + "\n");
    }

private:
    text_sink sink_;
    ticker ticks_;
    pace pace_;
};

class json_progress final : public job::observer {
public:
    json_progress(text_sink sink, json_options options)
        : sink_(std::move(sink)), ticks_(options.every)
    {}

    void on_event(const job::event& happened) override { sink_(ledger::to_line(happened) + "\n"); }

    void on_progress(const job::progress& now) override
    {
        pace_.add(now);
        if (!ticks_.due(now.elapsed))
            return;
        const auto speed = pace_.images_per_minute();
        const auto left = pace_.time_left();
        const auto line = base::json::make_object(
            {{"type", "progress"},
             {"schema_version", ledger::schema_version},
             {"elapsed_ms", now.elapsed.count()},
             {"items_total", now.items_total},
             {"done", now.done},
             {"failed", now.failed},
             {"held", now.held},
             {"in_flight", now.in_flight},
             {"encoding", now.encoding},
             {"waiting", now.waiting},
             {"spent_usd", now.spent},
             {"reserved_usd", now.reserved},
             {"cap_usd", now.cap ? base::json(*now.cap) : base::json()},
             {"images_per_minute", speed ? base::json(*speed) : base::json()},
             {"left_ms", left ? base::json(left->count()) : base::json()},
             {"binding", now.binding.empty() ? base::json() : base::json(now.binding)},
             {"stopping", now.stopping},
             {"paused", now.paused}});
        sink_(line.dump() + "\n");
    }

private:
    text_sink sink_;
    ticker ticks_;
    pace pace_;
};

} // namespace

std::unique_ptr<job::observer> make_no_progress()
{
    return std::make_unique<no_progress>();
}

std::unique_ptr<job::observer> make_plain_progress(text_sink sink, plain_options options)
{
    return std::make_unique<plain_progress>(std::move(sink), options);
}

std::unique_ptr<job::observer> make_json_progress(text_sink sink, json_options options)
{
    return std::make_unique<json_progress>(std::move(sink), options);
}

} // namespace engine::report
