#include "engine/plan/planner.hpp"

#include "engine/base/assert.hpp"
#include "engine/job/content_key.hpp"
#include "engine/job/token_estimate.hpp"
#include "engine/ledger/doubt.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace engine::plan {

namespace {

bool given_up(const decision& made)
{
    return made.verdict == verdict::held || made.verdict == verdict::failed;
}

// What an item takes for its picture, beyond what its key says: other routes, other forms, and what
// the pixels must be. 32 bits of it: who differs by chance in nothing else is told nothing wrong.
std::uint32_t terms_of(const job::item& wanted)
{
    std::uint32_t hash = 2'166'136'261u; // FNV-1a, 32 bit: offset basis and prime of the reference
    const auto put = [&](std::string_view text) {
        for (const char c : text)
            hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619u;
        hash = (hash ^ 0xFFu) * 16'777'619u; // no byte of UTF-8: an end
    };
    const auto put_size = [&](const std::optional<job::image_size>& size) {
        put(size ? job::to_string(*size) : "any");
    };
    for (std::size_t i = 1; i < wanted.routes.size(); ++i) {
        const auto& front = wanted.routes.front();
        const auto& other = wanted.routes[i];
        if (other.api == front.api && other.model == front.model &&
            other.mainline_model == front.mainline_model)
            continue; // the same picture from another place
        put(other.api);
        put(other.model);
        put(other.mainline_model);
    }
    for (const auto& down : wanted.downgrades) {
        put_size(down.size);
        put(down.quality.value_or(""));
    }
    put_size(wanted.expect.size);
    put(wanted.expect.format ? job::name_of(*wanted.expect.format) : "any");
    put(job::alpha_rule_names[static_cast<std::size_t>(wanted.expect.alpha)]);
    return hash;
}

} // namespace

bool moves_original(const planned_item& item, const job::output_folder& folder)
{
    const auto& source = item.decision.source;
    return item.decision.verdict == verdict::reuse && !source.empty() &&
           item.decision.cached_sha256.empty() && !source.starts_with(folder.own() + "/") &&
           std::ranges::none_of(item.wanted.outputs, [&](const job::output_spec& output) {
               return folder.file(output.path) == source;
           });
}

planner::planner(const ledger::history& history, runtime::files& disk,
                 const job::output_folder& folder, const job::price_table& prices,
                 const std::vector<job::provider_spec>& providers)
    : history_(history), disk_(disk), folder_(folder), prices_(prices), providers_(providers),
      latencies_(history.latencies(), providers)
{}

std::optional<enrichment_costs> planner::enrichment_cost(const job::item& wanted) const
{
    if (!wanted.enrich || disk_.info(folder_.enriched(job::enrichment_hash(wanted))))
        return enrichment_costs{};
    const auto& enrich = *wanted.enrich;
    const auto price = prices_.find_text(enrich.provider, enrich.model);
    if (!price)
        return std::nullopt;
    return enrichment_costs{job::mainline_cost_of(job::enrichment_usage_expected(wanted), *price),
                            job::mainline_cost_of(job::enrichment_usage_worst(wanted), *price)};
}

job::cost_estimate planner::estimate(const job::item& wanted, const job::route& where,
                                     std::size_t step) const
{
    auto request = job::request_for(wanted, where, step);
    const auto* provider = job::find_provider(providers_, where.provider);
    if (provider && provider->wire.stream_needs_partial && request.stream)
        request.partial_images = std::max(request.partial_images, 1); // it is paid for
    if (wanted.enrich) // the new prompt may be so much longer: one token is a byte at the least
        request.prompt.append(static_cast<std::size_t>(wanted.enrich->output_tokens_max), ' ');
    const auto price = prices_.find_route(where);
    auto cost = job::estimate_cost(request, price);
    const auto enriching = enrichment_cost(wanted);
    if (!enriching) {
        cost.priced = false;
        return cost;
    }
    if (wanted.enrich) { // as a rule it is not nearly that long
        request.prompt.resize(wanted.request.prompt.size() +
                              4 * std::size_t{job::enriched_tokens_expected});
        cost.expected = job::estimate_cost(request, price).expected;
    }
    cost.low += enriching->expected;
    cost.expected += enriching->expected;
    cost.worst += enriching->worst;
    return cost;
}

// What cannot be continued cannot be made.
void planner::follow_parent(const job::parent_link& parent, plan::decision& decision) const
{
    const auto end_as = [&](verdict end, std::string_view why) {
        decision.verdict = end;
        decision.by_parent = true;
        decision.reason = fmt::format("continues '{}', which {}", parent.id, why);
    };
    const auto key = pack(parent.key);
    if (const auto without = without_picture_.find(key); without != without_picture_.end())
        return without->second == verdict::held ? end_as(verdict::held, "waits for a person")
                                                : end_as(verdict::failed, "has failed");
    if (keys_.contains(key) || disk_.info(folder_.kept(parent.key)))
        return;
    const auto record = history_.find(parent.key);
    if (!record || record->state != job::item_state::done)
        end_as(verdict::failed, "is neither chosen nor made before");
}

// Whether one of the key's lost answers is with a provider that this manifest knows and that keeps
// answers.
bool planner::can_fetch_any(const std::string& key) const
{
    const auto record = history_.find(key);
    return record && std::ranges::any_of(ledger::doubts_of(*record), [&](const auto& lost) {
               const auto* provider = job::find_provider(providers_, lost.route_owner);
               return lost.may_have_picture() && provider && provider->keeps_answers(lost.api) &&
                      !provider->is_simulator(); // the built-in one has forgotten it with its run
           });
}

void planner::use_cache(const picture_cache& cache, bool has_chains)
{
    cache_ = &cache;
    has_chains_ = has_chains;
}

// The hash of an item's own picture, as far as it is known before the run; nothing when it is only
// bought then.
std::optional<std::string> planner::picture_of(const std::string& key) const
{
    const auto packed = pack(key);
    if (const auto cached = cached_.find(packed); cached != cached_.end())
        return cached->second;
    if (const auto use = keys_.find(packed); use != keys_.end() && use->second.getter != 0)
        return std::nullopt;
    const auto record = history_.find(key);
    return record && !record->received_sha256.empty() ? std::optional(record->received_sha256)
                                                      : std::nullopt;
}

void planner::look_in_cache(const job::item& wanted, plan::decision& decision, cache_use how) const
{
    std::string parent;
    if (wanted.after) { // what continues another picture than here is another picture
        auto known = picture_of(wanted.after->key);
        if (!known)
            return;
        parent = std::move(*known);
    }
    auto answer = cache_->find(wanted, parent,
                               how == cache_use::hashed ? picture_cache::care::whole
                                                        : picture_cache::care::size);
    decision.warning = std::move(answer.warning);
    if (!answer.found)
        return;
    const auto& note = answer.found->note;
    decision.verdict = verdict::reuse;
    decision.source = answer.found->path;
    decision.cached_sha256 = note.sha256;
    decision.reason =
        fmt::format("in the cache {}, bought {} for {}", cache_->folder(),
                    base::format_rfc3339(note.made).substr(0, 10), base::format_usd(note.cost));
}

// Whether the picture is not there before the item's turn in the run: bought, fetched, received and
// not stored yet, or to be copied from the cache.
bool planner::gets_picture(const plan::decision& decision) const
{
    return decision.buys() || decision.verdict == verdict::recover ||
           !decision.cached_sha256.empty() ||
           (decision.verdict == verdict::reuse &&
            decision.source.starts_with(folder_.received_folder()));
}

planned_item planner::decide_alone(job::item wanted, cache_use how) const
{
    planned_item planned;
    planned.decision = decide(wanted, history_.find(wanted.key), disk_, folder_);
    const auto& classes = wanted.retry.reopen_classes;
    if (planned.decision.verdict == verdict::recover && !can_fetch_any(wanted.key) &&
        std::ranges::find(classes, job::name_of(job::outcome::unknown)) != classes.end()) {
        planned.decision.verdict = verdict::retry;
        planned.decision.reason = "its answer was lost and cannot be fetched; bought again, as "
                                  "--class unknown says";
    } else if (planned.decision.verdict == verdict::recover && !can_fetch_any(wanted.key)) {
        planned.decision.verdict = verdict::held;
        planned.decision.reason = "an earlier attempt may have been billed, and its answer cannot "
                                  "be fetched from where it was asked for; on_unknown: retry buys "
                                  "it again";
    }
    if (cache_ && how != cache_use::none && planned.decision.verdict != verdict::done &&
        planned.decision.verdict != verdict::reuse && planned.decision.verdict != verdict::recover)
        look_in_cache(wanted, planned.decision, how);
    planned.has_children = parents_.contains(pack(wanted.key));
    if (planned.decision.buys() && wanted.after)
        follow_parent(*wanted.after, planned.decision);
    if (planned.decision.buys())
        planned.cost = estimate(wanted, wanted.routes.front());
    planned.wanted = std::move(wanted);
    return planned;
}

// Another item gets the picture: this one waits for it, whatever it would do alone. Who waits for a
// person goes on doing so, unless the getter was asked first.
void planner::share(planned_item& planned, const key_use& use) const
{
    auto& decision = planned.decision;
    if (!gets_picture(decision) && !(given_up(decision) && use.first_gets))
        return;
    decision = {};
    decision.verdict = verdict::reuse;
    decision.same_as = ids_.at(use.getter);
    decision.waits = true;
    decision.reason = "the same picture as '" + decision.same_as + "', bought once";
    planned.cost = {};
    if (terms_of(planned.wanted) != use.terms)
        planned.conflicts_with = decision.same_as;
}

planned_item planner::decide_again(job::item wanted) const
{
    const auto found = keys_.find(pack(wanted.key));
    const bool mine = found != keys_.end() && found->second.getter != 0 &&
                      ids_.is(found->second.getter, wanted.id);
    // What the plan means to buy it has not found good enough in the cache.
    const bool may_be_cached = mine && !found->second.buys;
    auto planned =
        decide_alone(std::move(wanted), may_be_cached ? cache_use::sized : cache_use::none);
    if (found == keys_.end() || found->second.getter == 0)
        return planned;
    if (mine)
        planned.is_shared = found->second.shared;
    else
        share(planned, found->second);
    return planned;
}

planner::packed_key planner::pack(const std::string& key)
{
    ENGINE_ASSERT(key.size() == 64);
    packed_key packed;
    std::from_chars(key.data(), key.data() + 16, packed.high, 16);
    std::from_chars(key.data() + 16, key.data() + 32, packed.low, 16);
    return packed;
}

planned_item planner::add(job::item wanted)
{
    const auto key = pack(wanted.key);
    auto& use = keys_[key];
    if (wanted.after)
        parents_.insert(pack(wanted.after->key));
    auto planned =
        decide_alone(std::move(wanted), use.getter == 0 ? cache_use::hashed : cache_use::none);
    if (use.getter != 0) {
        share(planned, use);
        // Who waits for a person will want it in a later run.
        use.shared = use.shared || planned.decision.waits || given_up(planned.decision);
    } else if (gets_picture(planned.decision)) {
        use.getter = ids_.add(planned.wanted.id);
        use.terms = terms_of(planned.wanted);
        use.buys = planned.decision.buys();
        if (has_chains_ && !planned.decision.cached_sha256.empty())
            cached_.emplace(key, planned.decision.cached_sha256);
        use.shared = without_picture_.erase(key) > 0;
        use.first_gets = !use.shared;
    }
    ++totals_.items[static_cast<std::size_t>(planned.decision.verdict)];
    if (given_up(planned.decision) && use.getter == 0)
        without_picture_.emplace(key, planned.decision.verdict);
    if (planned.decision.buys()) {
        totals_.low += planned.cost.low;
        totals_.expected += planned.cost.expected;
        totals_.worst += planned.cost.worst;
        totals_.unpriced += planned.cost.priced ? 0 : 1;
        add_load(planned);
    }
    return planned;
}

std::chrono::milliseconds planner::duration_of(const job::item& wanted) const
{
    const auto& route = wanted.routes.front();
    const double seconds = latencies_.find(route, job::request_for(wanted, route)).seconds;
    return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

// What its references weigh in the bucket of images; a picture that the provider still has need not
// be sent to be continued.
double planner::reference_images(const job::item& wanted, const job::route& route) const
{
    const auto* spec = job::find_provider(providers_, route.provider);
    if (!spec || spec->reference_weight == 0)
        return 0;
    const bool by_name = route.api == job::api_responses && spec->wire.stores_responses;
    const bool fed = wanted.after && !by_name;
    return spec->reference_weight *
           static_cast<double>(wanted.request.references.size() + (fed ? 1 : 0));
}

void planner::add_load(const planned_item& planned)
{
    const auto& wanted = planned.wanted;
    const auto& route = wanted.routes.front();
    std::size_t depth = 0;
    if (wanted.after) {
        // A parent that is bought in this plan is known; any other has its picture already.
        const auto parent = pack(wanted.after->key);
        if (planned_to_buy(wanted.after->key)) {
            const auto known = depths_.find(parent);
            depth = known == depths_.end() ? 1 : std::size_t{known->second} + 1;
            depths_[pack(wanted.key)] = static_cast<std::uint32_t>(depth);
        }
    }
    const auto request = job::request_for(wanted, route);
    auto& load = totals_.routes[route.name()];
    load.route = route;
    const auto* alike = load.find(request); // looked up once for each form, not for each item
    load.add(request, alike != nullptr ? alike->latency : latencies_.find(route, request),
             static_cast<double>(planned.cost.worst_tokens), 1 + reference_images(wanted, route),
             depth);
}

time_estimate planner::estimate_time(const time_settings& settings) const
{
    return plan::estimate_time(totals_, providers_, latencies_, prices_, settings);
}

} // namespace engine::plan
