#include "engine/cli/shared_options.hpp"

#include "engine/base/nearest_name.hpp"
#include "engine/base/utf8.hpp"
#include "engine/cli/local_time.hpp"
#include "engine/job/outcome.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/schedule/action.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>

namespace engine::cli {

namespace {

// "fail=10%", "now,fail=3", "soon,unknown=1".
std::optional<schedule::halt_rule> parse_halt(std::string_view text)
{
    schedule::halt_rule rule;
    for (const auto& [word, now] : {std::pair("now,", true), std::pair("soon,", false)})
        if (text.starts_with(word)) {
            text.remove_prefix(std::string_view(word).size());
            rule.now = now;
            break;
        }
    if (text.starts_with("unknown="))
        rule.what = schedule::halt_rule::counted::unknown;
    else if (!text.starts_with("fail="))
        return std::nullopt;
    text.remove_prefix(text.find('=') + 1);
    const bool part = text.ends_with('%');
    if (part)
        text.remove_suffix(1);
    int number = 0;
    const auto end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end || text.front() == '-')
        return std::nullopt;
    if (!part) {
        rule.count = number;
        return number >= 1 ? std::optional(rule) : std::nullopt;
    }
    rule.fraction = number / 100.0;
    const bool sensible = number <= 100 && rule.what == schedule::halt_rule::counted::failed;
    return sensible ? std::optional(rule) : std::nullopt;
}

} // namespace

CLI::Validator dollars()
{
    return CLI::Validator(
        [](std::string& text) {
            return base::parse_usd(text)
                       ? std::string{}
                       : "expected dollars such as 25 or 0.50, got '" + text + "'";
        },
        "USD");
}

CLI::Validator classes()
{
    return CLI::Validator(
        [](std::string& text) {
            std::vector<std::string_view> known(job::outcome_names.begin(),
                                                job::outcome_names.end());
            known.insert(known.end(), schedule::finish_cause_names.begin(),
                         schedule::finish_cause_names.end());
            for (const auto* own : {"parent", "output", "store"})
                known.emplace_back(own);
            return std::ranges::find(known, text) != known.end()
                       ? std::string{}
                       : "there is no outcome or cause '" + base::printable(text) + "'" +
                             base::did_you_mean(text, known);
        },
        "NAME");
}

CLI::Validator deadlines()
{
    return CLI::Validator(
        [](std::string& text) {
            const auto now = runtime::real_clock().wall_now();
            const auto when = parse_deadline(text, now);
            if (!when)
                return "expected a time such as 08:00 or 2026-11-22T08:00:00Z, got '" + text + "'";
            return *when > now ? std::string{} : "'" + text + "' has passed";
        },
        "TIME");
}

void add_selection(CLI::App& command, selection& items)
{
    command
        .add_option("--only", items.only, "Only items whose id matches this glob; may be repeated")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    command
        .add_option("--exclude", items.exclude,
                    "Not the items whose id matches this glob; may be repeated")
        ->type_name("GLOB")
        ->allow_extra_args(false);
    command.add_option("--limit", items.limit, "At most this many items")
        ->type_name("N")
        ->check(CLI::PositiveNumber);
    command
        .add_option("--route", items.route,
                    "Use this provider instead of the manifest's; 'simulator' tries it all for $0")
        ->type_name("NAME");
    command
        .add_option("--on-unknown", items.on_unknown,
                    "For attempts whose answer was lost and that may have been billed: hold them "
                    "for a person, retry (buy again), or recover (fetch what the provider still "
                    "has, hold the rest)")
        ->type_name("hold|retry|recover")
        ->check(CLI::IsMember({"hold", "retry", "recover"}));
}

void add_reopening(CLI::App& command, selection& items)
{
    command.add_flag(
        "--retry-failed", items.retry_failed,
        "Also items that an earlier run gave up: refused, invalid, wrong output (buys them again)");
}

void add_manifest(CLI::App& command, std::string& manifest, const std::string& what)
{
    command.add_option("manifest", manifest, what)->required()->type_name("MANIFEST");
}

void add_cache(CLI::App& command, std::optional<std::string>& cache)
{
    command
        .add_option("--cache", cache,
                    "Folder that several output folders share pictures in: what one has bought is "
                    "not bought again [DARKROOM_CACHE, else the manifest's]; '' uses none")
        ->type_name("DIR");
}

void add_bounds(CLI::App& command, running_words& words, run_settings& wanted)
{
    command
        .add_option("-j,--concurrency", wanted.concurrency, "Requests at once, over all providers")
        ->type_name("N")
        ->check(CLI::Range(1, 10'000));
    command
        .add_option("--max-cost", words.max_cost,
                    "Never spend more than this in this run; the manifest's budget holds too")
        ->type_name("USD")
        ->check(dollars());
    command
        .add_option(
            "--halt", words.halts,
            "Give up when so many items failed (fail=N), more than this part of them "
            "(fail=N%, after 20 items), or so many answers were lost (unknown=N); soon, "
            "before it finishes what is in flight (the usual), now, gives that up, too; may "
            "be repeated")
        ->type_name("[now,|soon,]fail=N%")
        ->allow_extra_args(false)
        ->check([](const std::string& text) {
            return parse_halt(text) ? std::string{}
                                    : "expected fail=N%, fail=N or unknown=N, with now, or soon, "
                                      "before it, such as fail=10% or now,unknown=3";
        });
    command
        .add_option("--deadline", words.deadline,
                    "From then on nothing new starts; what is in flight is finished, and the run "
                    "ends with 124: 08:00 (local time, the next one), or a whole RFC 3339 time")
        ->type_name("TIME")
        ->check(deadlines());
}

void add_running(CLI::App& command, running_words& words, run_settings& wanted)
{
    add_bounds(command, words, wanted);
    add_cache(command, wanted.cache);
    command.add_flag("-y,--yes", wanted.yes,
                     "Spend real money without asking; needed off a terminal");
    command.add_flag(
        "--no-probe", wanted.no_probe,
        "Do not ask each provider for its models first (that costs nothing and finds a bad "
        "key, proxy or certificate before anything is spent)");
    command.add_flag("--no-shared-limits", wanted.no_shared_limits,
                     "Do not share rate limits with other runs on this host that use the same key, "
                     "and do not remember what is learned about them");
    command.add_flag("-n,--dry-run", wanted.dry_run, "Only plan: send nothing");
    command
        .add_option("--progress", wanted.progress,
                    "auto, tui (live display), plain (lines), json (lines), none")
        ->type_name("KIND")
        ->check(CLI::IsMember({"auto", "tui", "plain", "json", "none"}));
    command.add_flag("--json", wanted.json,
                     "Print the result as JSON on standard output instead of the final paths");
}

void read_running(const running_words& words, run_settings& wanted)
{
    if (!words.max_cost.empty())
        wanted.max_cost = base::parse_usd(words.max_cost);
    if (!words.deadline.empty())
        wanted.deadline = parse_deadline(words.deadline, runtime::real_clock().wall_now());
    for (const auto& one : words.halts)
        wanted.halts.push_back(*parse_halt(one));
}

} // namespace engine::cli
