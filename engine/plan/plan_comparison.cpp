#include "engine/plan/plan_comparison.hpp"

#include <fmt/format.h>

namespace engine::plan {

namespace {

std::string cost_text(const base::json& item)
{
    const auto& cost = item["cost_usd"]["expected"];
    return cost.is_number() ? base::format_usd(base::microusd_from_usd(cost.number_or(0)))
                            : std::string("no known price");
}

// "lamp-01: done instead of new (every output is there)"
std::string difference(const base::json& before, const base::json& now)
{
    const auto text = [](const base::json& item, std::string_view name) {
        return std::string(item[name].text_or({}));
    };
    const auto id = text(now, "item");
    if (text(before, "item") != id)
        return fmt::format("{} stands where {} stood", id, text(before, "item"));
    if (text(before, "key") != text(now, "key"))
        return id + ": asks for another picture than before (prompt, references or parameters)";
    if (text(before, "action") != text(now, "action"))
        return fmt::format("{}: {} instead of {} ({})", id, text(now, "action"),
                           text(before, "action"), text(now, "reason"));
    if (text(before, "route") != text(now, "route"))
        return fmt::format("{}: by {} instead of {}", id, text(now, "route"),
                           text(before, "route"));
    if (before["cost_usd"] != now["cost_usd"])
        return fmt::format("{}: {} instead of {}", id, cost_text(now), cost_text(before));
    return fmt::format("{}: {} instead of {}", id, text(now, "reason"), text(before, "reason"));
}

} // namespace

void plan_comparison::compare(const saved_plan_header& now)
{
    const auto& before = saved_.header();
    if (before.manifest_sha256 != now.manifest_sha256)
        general_.push_back(now.manifest + " was edited");
    if (before.folder != now.folder)
        general_.push_back("it is for the folder " + before.folder + ", not " + now.folder);
    if (before.price_table != now.price_table)
        general_.push_back("prices are those of " + now.price_table + " instead of " +
                           before.price_table);
    if (before.ledger != now.ledger) {
        if (now.ledger.bytes > before.ledger.bytes)
            general_.push_back(fmt::format("something was run since: the ledger of {} has {} bytes "
                                           "more",
                                           now.folder, now.ledger.bytes - before.ledger.bytes));
        else
            general_.push_back("the ledger of " + now.folder + " is another one");
    }
}

void plan_comparison::note(std::string example)
{
    if (examples_.size() < examples_max)
        examples_.push_back(std::move(example));
}

void plan_comparison::add(const planned_item& now)
{
    if (failed_)
        return;
    const auto document = plan_json(now);
    if (saved_ended_) {
        ++added_;
        note(now.wanted.id + " is new in the manifest");
        return;
    }
    auto line = saved_.next();
    if (!line) {
        failed_ = line.error();
        return;
    }
    if (!*line) {
        saved_ended_ = true;
        add(now);
        return;
    }
    if (**line == document.dump())
        return;
    ++changed_;
    if (examples_.size() >= examples_max)
        return;
    const auto before = base::parse_json(**line, "saved plan", plan_line_bytes_max);
    if (!before || !before->is_object())
        failed_ = {errc::damaged, "the item of " + now.wanted.id, "no JSON object"};
    else
        note(difference(*before, document));
}

base::result<std::vector<std::string>> plan_comparison::finish()
{
    while (!failed_ && !saved_ended_) {
        auto line = saved_.next();
        if (!line)
            failed_ = line.error();
        else if (!*line)
            saved_ended_ = true;
        else
            ++removed_;
    }
    if (failed_)
        return std::unexpected(*failed_);
    auto all = general_;
    const auto count = [&](std::int64_t number, std::string_view what) {
        if (number > 0)
            all.push_back(fmt::format("{} item{} {}", number, number == 1 ? "" : "s", what));
    };
    count(changed_, "changed");
    count(added_, "more than it has");
    count(removed_, "fewer than it has");
    for (const auto& example : examples_)
        all.push_back("  " + example);
    return all;
}

} // namespace engine::plan
