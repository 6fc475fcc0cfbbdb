#include "engine/run/shared_account.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/json.hpp"
#include "engine/base/sha256.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <system_error>

namespace engine::run {

namespace {

constexpr std::string_view member_prefix = "run-";
constexpr std::uint64_t file_bytes_max = 256u << 10; // some 1,500 limits
constexpr std::size_t entries_max = 1'000;
constexpr std::size_t model_bytes_max = 200;
constexpr double rate_max = 1e9;              // manifest/provider_reader.cpp: no limit is larger
constexpr std::chrono::hours clock_slack{24}; // clocks are set back; more is no age

constexpr std::array<std::pair<std::string_view, std::optional<double> job::rate_limits::*>, 3>
    buckets = {{{"requests_per_minute", &job::rate_limits::requests_per_minute},
                {"images_per_minute", &job::rate_limits::images_per_minute},
                {"tokens_per_minute", &job::rate_limits::tokens_per_minute}}};

bool is_model_name(std::string_view name)
{
    return name.size() <= model_bytes_max &&
           std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~'; });
}

} // namespace

std::string account_folder_name(std::string_view base_url, std::string_view key)
{
    std::string text = "darkroom account 1\n";
    text += base_url;
    text += '\n';
    text += key;
    return base::sha256_hex(text);
}

shared_account::shared_account(runtime::files& disk, std::string folder, std::string member)
    : disk_(disk), folder_(std::move(folder)), name_(std::string(member_prefix) + std::move(member))
{}

base::result<void> shared_account::join()
{
    if (lock_)
        return {};
    if (auto made = disk_.make_directories(members()); !made)
        return made;
    // Locked before it has its name: nobody ever sees us unlocked, which would look like dead.
    const std::string path = members() + "/" + name_;
    const std::string early = members() + "/new-" + name_;
    auto lock = disk_.lock(early);
    if (!lock)
        return std::unexpected(lock.error());
    if (auto named = disk_.rename(early, path); !named) {
        (void)disk_.remove(early);
        return named;
    }
    lock_ = std::move(*lock);
    return {};
}

void shared_account::leave()
{
    if (!lock_)
        return;
    (void)disk_.remove(members() + "/" + name_);
    lock_.reset();
}

base::result<shared_account::part> shared_account::count()
{
    ENGINE_ASSERT(lock_ != nullptr);
    auto names = disk_.list(members());
    if (!names)
        return std::unexpected(names.error());
    if (!std::ranges::binary_search(*names, name_)) { // somebody tidied up: we are still here
        lock_.reset();
        if (auto again = join(); !again)
            return std::unexpected(again.error());
        names->insert(std::ranges::lower_bound(*names, name_), name_);
    }
    part ours{0, 0};
    for (const auto& name : *names) {
        if (!name.starts_with(member_prefix) || ours.of == members_max)
            continue;
        if (name == name_) {
            ours.index = ours.of++;
            continue;
        }
        const std::string path = members() + "/" + name;
        if (const auto dead = disk_.lock(path))
            (void)disk_.remove(path);
        else if (dead.error().code != std::errc::no_such_file_or_directory &&
                 dead.error().code != std::errc::is_a_directory)
            ++ours.of; // its lock is held; or it cannot be tried, and may be
    }
    return ours.of == 0 ? part{} : ours;
}

base::result<shared_account::memory> shared_account::read(base::wall_time now) const
{
    if (!disk_.info(limits_file()))
        return memory{};
    const auto text = disk_.read(limits_file(), file_bytes_max);
    if (!text)
        return std::unexpected(text.error());
    const auto parsed = base::parse_json(*text, limits_file());
    if (!parsed)
        return std::unexpected(parsed.error());
    memory found;
    if ((*parsed)["version"].integer_or(0) != 1)
        return found; // a later version's: it will be written anew
    for (const auto& one : (*parsed)["limits"].items()) {
        const std::string model(one["model"].text_or(""));
        const std::string bucket(one["bucket"].text_or(""));
        const double rate = one["per_minute"].number_or(0);
        const auto at = base::parse_rfc3339(one["learned_at"].text_or(""));
        const bool known =
            std::ranges::any_of(buckets, [&](const auto& each) { return each.first == bucket; });
        if (known && is_model_name(model) && std::isfinite(rate) && rate > 0 && rate <= rate_max &&
            at && *at <= now + clock_slack && now - *at <= learned_age_max &&
            found.limits.size() < entries_max)
            found.limits[{model, bucket}] = {rate, *at};
    }
    for (const auto& one : (*parsed)["pauses"].items()) {
        const std::string model(one["model"].text_or(""));
        const auto until = base::parse_rfc3339(one["until"].text_or(""));
        if (until && is_model_name(model) && *until > now && *until <= now + clock_slack &&
            found.pauses.size() < entries_max)
            found.pauses[model] = *until;
    }
    return found;
}

base::result<std::map<std::string, shared_account::knowledge>>
shared_account::recall(base::wall_time now) const
{
    const auto found = read(now);
    if (!found)
        return std::unexpected(found.error());
    std::map<std::string, knowledge> known;
    for (const auto& [what, fact] : found->limits)
        for (const auto& [bucket, member] : buckets)
            if (bucket == what.second)
                known[what.first].limits.*member = fact.per_minute;
    for (const auto& [model, until] : found->pauses)
        known[model].paused_until = until;
    return known;
}

void shared_account::learned(const std::string& model, const std::string& bucket, double per_minute,
                             base::wall_time now)
{
    if (!is_model_name(model))
        return;
    own_.limits[{model, bucket}] = {per_minute, now};
    news_ = true;
}

void shared_account::paused(const std::string& model, base::wall_time until)
{
    if (!is_model_name(model))
        return;
    own_.pauses[model] = until;
    news_ = true;
}

base::result<void> shared_account::write_down(base::wall_time now)
{
    news_ = false;
    memory all = read(now).value_or(memory{});
    for (const auto& [what, fact] : own_.limits)
        all.limits[what] = fact;
    for (const auto& [model, until] : own_.pauses)
        if (until > now)
            all.pauses[model] = std::max(until, all.pauses[model]);
    base::json::array limits, pauses;
    for (const auto& [what, fact] : all.limits)
        limits.push_back(base::json::make_object({{"model", what.first},
                                                  {"bucket", what.second},
                                                  {"per_minute", fact.per_minute},
                                                  {"learned_at", base::format_rfc3339(fact.at)}}));
    for (const auto& [model, until] : all.pauses)
        pauses.push_back(
            base::json::make_object({{"model", model}, {"until", base::format_rfc3339(until)}}));
    const auto document = base::json::make_object(
        {{"version", 1}, {"limits", std::move(limits)}, {"pauses", std::move(pauses)}});
    if (auto made = disk_.make_directories(folder_); !made)
        return made;
    return runtime::write_whole(disk_, limits_file(), base::as_bytes(document.dump_pretty()));
}

} // namespace engine::run
