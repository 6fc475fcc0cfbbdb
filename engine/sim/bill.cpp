#include "engine/sim/bill.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/random.hpp"
#include "engine/job/price.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace engine::sim {

namespace {

void add_to(job::usage& sum, const job::usage& used)
{
    sum.input_text += used.input_text;
    sum.input_image += used.input_image;
    sum.output_image += used.output_image;
    sum.output_text += used.output_text;
    sum.mainline_input += used.mainline_input;
    sum.mainline_output += used.mainline_output;
}

base::json to_json(const job::usage& used)
{
    return base::json::make_object({{"input_text", used.input_text},
                                    {"input_image", used.input_image},
                                    {"output_image", used.output_image},
                                    {"mainline_input", used.mainline_input},
                                    {"mainline_output", used.mainline_output}});
}

// What `model` takes for `used`; nothing when no price is known.
base::microusd amount_of(const std::string& model, const job::usage& used)
{
    const auto price = job::price_table::builtin().find("openai", model);
    return price && price->tokens ? job::cost_of(used, *price->tokens) : base::microusd{};
}

} // namespace

std::string request_id(std::uint64_t seed, std::uint64_t serial)
{
    base::random number(seed ^ serial * 0x9E3779B97F4A7C15u);
    const std::uint64_t high = number(), low = number();
    return fmt::format("req_{:016x}{:016x}", high, low);
}

void bill::add(bill_entry entry)
{
    ++requests_;
    ++by_ending_[static_cast<std::size_t>(entry.ended)];
    keep(std::move(entry));
}

void bill::open(bill_entry entry)
{
    ++requests_;
    const std::uint64_t serial = entry.serial;
    const bool fresh = open_.emplace(serial, std::move(entry)).second;
    ENGINE_ASSERT(fresh);
}

void bill::charge(std::uint64_t serial, const job::usage& used, std::int32_t partials)
{
    const auto found = open_.find(serial);
    ENGINE_ASSERT(found != open_.end() && !found->second.charged);
    bill_entry& entry = found->second;
    entry.charged = true;
    entry.used = used;
    entry.partials = partials;
    entry.amount = amount_of(entry.model, used);
    if (!entry.mainline_model.empty())
        if (const auto text = job::price_table::builtin().find_text("openai", entry.mainline_model))
            entry.amount += job::mainline_cost_of(used, *text);
    ++charged_;
    images_ += static_cast<std::uint64_t>(entry.images);
    add_to(used_, used);
    amount_ += entry.amount;
}

void bill::fetched(std::uint64_t serial)
{
    ++fetched_;
    if (const auto open = open_.find(serial); open != open_.end()) {
        ++open->second.fetched;
        return;
    }
    // The newest responses are the ones that are still stored.
    const auto found = std::find_if(closed_.rbegin(), closed_.rend(),
                                    [&](const bill_entry& one) { return one.serial == serial; });
    if (found != closed_.rend())
        ++found->fetched;
}

void bill::close(std::uint64_t serial, ending ended, int status)
{
    auto node = open_.extract(serial);
    ENGINE_ASSERT(!node.empty());
    bill_entry entry = std::move(node.mapped());
    entry.ended = ended;
    entry.status = status;
    ++by_ending_[static_cast<std::size_t>(ended)];
    keep(std::move(entry));
}

void bill::keep(bill_entry entry)
{
    if (closed_.size() < entries_max_)
        closed_.push_back(std::move(entry));
    else
        ++dropped_;
}

base::json bill::row_of(const bill_entry& entry) const
{
    return base::json::make_object(
        {{"serial", entry.serial},
         {"request_id", request_id(seed_, entry.serial)},
         {"client_request_id", entry.client_request_id},
         {"time", base::format_rfc3339(entry.time)},
         {"api", entry.api},
         {"model", entry.model},
         {"mainline_model", entry.mainline_model},
         {"response_id", entry.response_id},
         {"fetched", entry.fetched},
         {"outcome", ending_names[static_cast<std::size_t>(entry.ended)]},
         {"fault", name_of(entry.what)},
         {"status", entry.status},
         {"charged", entry.charged},
         {"usd", entry.amount},
         {"images", entry.images},
         {"partials", entry.partials},
         {"usage", sim::to_json(entry.used)}});
}

base::json bill::to_json(const listing& wanted) const
{
    auto outcomes = base::json::make_object();
    for (std::size_t i = 1; i < by_ending_.size(); ++i)
        outcomes.set(ending_names[i], by_ending_[i]);
    auto document = base::json::make_object({{"requests_total", requests_},
                                             {"in_flight", open_.size()},
                                             {"outcomes", std::move(outcomes)},
                                             {"charged", charged_},
                                             {"images_charged", images_},
                                             {"responses_fetched", fetched_},
                                             {"usage", sim::to_json(used_)},
                                             {"usd", amount_},
                                             {"requests_not_listed", dropped_}});
    if (!wanted.details)
        return document;
    std::vector<const bill_entry*> list;
    for (const auto& entry : closed_)
        if (entry.serial > wanted.after)
            list.push_back(&entry);
    for (const auto& [serial, entry] : open_)
        if (serial > wanted.after)
            list.push_back(&entry);
    std::ranges::sort(list, {}, &bill_entry::serial);
    if (list.size() > wanted.limit)
        list.resize(wanted.limit);
    base::json::array rows;
    rows.reserve(list.size());
    for (const auto* entry : list)
        rows.push_back(row_of(*entry));
    document.set("requests", std::move(rows));
    return document;
}

} // namespace engine::sim
