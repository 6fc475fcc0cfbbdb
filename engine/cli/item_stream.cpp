#include "engine/cli/item_stream.hpp"

#include "engine/base/glob.hpp"
#include "engine/job/content_key.hpp"
#include "engine/plan/decision.hpp"

#include <algorithm>

namespace engine::cli {

item_stream::item_stream(const manifest::manifest& source, runtime::files& disk,
                         const selection& items, manifest::problems& found)
    : source_(source), items_(items), found_(found), expansion_(source, disk),
      has_chains_(std::ranges::any_of(
          source.jobs, [](const manifest::job_plan& job) { return job.after.has_value(); }))
{}

std::optional<job::item> item_stream::next()
{
    while (!items_.limit || taken_ < *items_.limit) {
        auto candidate = expansion_.next(found_);
        if (!candidate)
            return std::nullopt;
        redirect(*candidate);
        if (has_chains_) // also those that are not chosen: they may be done already
            link(*candidate);
        if (!chosen(*candidate) || !is_wanted(*candidate))
            continue;
        ++taken_;
        return candidate;
    }
    return std::nullopt;
}

bool item_stream::chosen(const job::item& candidate) const
{
    const auto matches = [&](const std::string& pattern) {
        return base::glob_matches(pattern, candidate.id);
    };
    return (items_.only.empty() || std::ranges::any_of(items_.only, matches)) &&
           std::ranges::none_of(items_.exclude, matches);
}

bool item_stream::is_wanted(const job::item& candidate)
{
    if (!wanted_)
        return true;
    const auto parent = candidate.after ? known_.find(candidate.after->id) : known_.end();
    const bool wanted = wanted_(candidate, parent != known_.end() && parent->second.wanted);
    if (has_chains_)
        known_[candidate.id].wanted = wanted;
    return wanted;
}

void keep_given_up(item_stream& stream, const selection& items, const ledger::history& history)
{
    if (!items.only_given_up)
        return;
    stream.keep_only([&](const job::item& one, bool parent) {
        const auto known = history.find(one.key);
        return known && (plan::was_given_up(*known, items.classes) ||
                         (parent && known->state == job::item_state::failed));
    });
}

void item_stream::redirect(job::item& candidate) const
{
    if (items_.on_unknown)
        candidate.retry.on_unknown =
            *job::enum_named<job::unknown_policy>(job::unknown_policy_names, *items_.on_unknown);
    candidate.retry.reopen_failed = items_.retry_failed;
    candidate.retry.reopen_classes = items_.classes;
    if (items_.route.empty())
        return;
    const auto provider =
        std::ranges::find(source_.providers, items_.route, &job::provider_spec::name);
    auto route = candidate.routes.front();
    route.provider = items_.route;
    route.simulated = provider->is_simulator();
    candidate.routes = {route};
    if (candidate.enrich) {
        candidate.enrich->provider = items_.route;
        candidate.enrich->simulated = route.simulated;
    }
    if ((candidate.enrich || route.api == job::api_responses) && !provider->wire.supports_responses)
        found_.error(*candidate.origin.file, {candidate.origin.line, candidate.origin.column},
                     "--route " + items_.route + ": it has no Responses API, which item '" +
                         candidate.id + "' needs");
    candidate.key = job::content_key(candidate);
}

// What an item continues is part of what it shows: its key comes after its parent's.
void item_stream::link(job::item& candidate)
{
    if (candidate.after) {
        const auto parent = known_.find(candidate.after->id);
        if (parent == known_.end())
            return; // something was wrong with it, and that was said
        candidate.after->key = parent->second.key;
        candidate.after->size = parent->second.size;
        candidate.request.chain_length = parent->second.chain_length + 1;
        candidate.key = job::content_key(candidate);
        if (const auto& mask = candidate.request.mask;
            mask && candidate.after->size && mask->size != *candidate.after->size)
            found_.error(*candidate.origin.file, {candidate.origin.line, candidate.origin.column},
                         "mask: " + mask->source + " is " + job::to_string(mask->size) +
                             "; the picture of '" + candidate.after->id +
                             "', which it belongs to, is " +
                             job::to_string(*candidate.after->size));
    }
    known_[candidate.id] = {candidate.key, candidate.expect.size, candidate.request.chain_length};
}

} // namespace engine::cli
