#include "engine/plan/planner.hpp"

#include "engine/base/assert.hpp"
#include "engine/job/content_key.hpp"
#include "engine/job/token_estimate.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace engine::plan {

namespace {

constexpr int concurrency_default = 16; // of a route that says nothing, as in schedule

// A guess until an earlier run has measured it: public reports put a medium 1 MP picture at 20 to
// 60 s and 4K high at 3 to 5 minutes (contract section 8, latency).
double latency_seconds(const job::image_request& request, bool simulated)
{
    if (simulated)
        return 0.5;
    const double megapixels =
        static_cast<double>(request.size.value_or(job::image_size{1024, 1024}).area()) / 1e6;
    const double by_quality = request.quality == "low" ? 12 : request.quality == "medium" ? 30 : 60;
    return by_quality * std::max(0.7, megapixels);
}

const job::provider_spec* find_provider(const std::vector<job::provider_spec>& all,
                                        std::string_view name)
{
    const auto found = std::ranges::find(all, name, &job::provider_spec::name);
    return found == all.end() ? nullptr : &*found;
}

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

std::int64_t plan_totals::total() const
{
    std::int64_t sum = 0;
    for (const auto n : items)
        sum += n;
    return sum;
}

planner::planner(const ledger::history& history, runtime::files& disk,
                 const job::output_folder& folder, const job::price_table& prices,
                 const std::vector<job::provider_spec>& providers)
    : history_(history), disk_(disk), folder_(folder), prices_(prices), providers_(providers)
{}

std::optional<base::microusd> planner::enrichment_cost(const job::item& wanted) const
{
    if (!wanted.enrich || disk_.info(folder_.enriched(job::enrichment_hash(wanted))))
        return base::microusd{};
    const auto& enrich = *wanted.enrich;
    const auto price = prices_.find_text(enrich.provider, enrich.model);
    if (!price)
        return std::nullopt;
    return job::mainline_cost_of(job::enrichment_usage_worst(wanted), *price);
}

job::cost_estimate planner::estimate(const job::item& wanted, const job::route& where,
                                     std::size_t step) const
{
    auto request = job::request_for(wanted, where, step);
    const auto* provider = find_provider(providers_, where.provider);
    if (provider && provider->wire.stream_needs_partial && request.stream)
        request.partial_images = std::max(request.partial_images, 1); // it is paid for
    if (wanted.enrich) // the new prompt may be so much longer: one token is a byte at the least
        request.prompt.append(static_cast<std::size_t>(wanted.enrich->output_tokens_max), ' ');
    auto cost = job::estimate_cost(request, prices_.find_route(where));
    const auto enriching = enrichment_cost(wanted);
    if (!enriching) {
        cost.priced = false;
    } else {
        cost.low += *enriching;
        cost.expected += *enriching;
        cost.worst += *enriching;
    }
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

// Whether the picture is not there before the item's turn in the run: bought, received and not
// stored yet, or to be copied from the cache.
bool planner::gets_picture(const plan::decision& decision) const
{
    return decision.buys() || !decision.cached_sha256.empty() ||
           (decision.verdict == verdict::reuse &&
            decision.source.starts_with(folder_.received_folder()));
}

planned_item planner::decide_alone(job::item wanted, cache_use how) const
{
    planned_item planned;
    planned.decision = decide(wanted, history_.find(wanted.key), disk_, folder_);
    if (cache_ && how != cache_use::none && planned.decision.verdict != verdict::done &&
        planned.decision.verdict != verdict::reuse)
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
        const auto& route = planned.wanted.routes.front();
        auto& load = totals_.routes[route.name()];
        const auto* provider = find_provider(providers_, route.provider);
        ++load.images;
        load.tokens += planned.cost.worst_tokens;
        load.seconds_serial +=
            latency_seconds(planned.wanted.request, provider && provider->is_simulator());
    }
    return planned;
}

std::chrono::milliseconds planner::duration_of(const job::item& wanted) const
{
    const auto* provider = find_provider(providers_, wanted.routes.front().provider);
    const auto request = job::request_for(wanted, wanted.routes.front());
    const double seconds = latency_seconds(request, provider && provider->is_simulator());
    return std::chrono::milliseconds(std::llround(seconds * 1000));
}

time_estimate planner::estimate_time(int concurrency) const
{
    time_estimate estimate;
    for (const auto& [name, load] : totals_.routes) {
        const auto* provider =
            find_provider(providers_, std::string_view(name).substr(0, name.find('/')));
        const job::rate_limits limits = provider ? provider->limits : job::rate_limits{};
        int at_once = limits.concurrency.value_or(concurrency_default);
        if (concurrency > 0)
            at_once = std::min(at_once, concurrency);
        const auto images = static_cast<double>(load.images);
        const auto consider = [&](double seconds, std::string_view limit) {
            const auto duration = std::chrono::milliseconds(std::llround(seconds * 1000));
            if (duration > estimate.duration) {
                estimate.duration = duration;
                estimate.binding = limit;
            }
        };
        const double longest_one = load.seconds_serial / images;
        consider(std::max(longest_one, load.seconds_serial / at_once), "concurrency");
        if (limits.images_per_minute)
            consider(images / *limits.images_per_minute * 60, "images_per_minute");
        if (limits.requests_per_minute)
            consider(images / *limits.requests_per_minute * 60, "requests_per_minute");
        if (limits.tokens_per_minute)
            consider(static_cast<double>(load.tokens) / *limits.tokens_per_minute * 60,
                     "tokens_per_minute");
    }
    return estimate;
}

std::string plan_summary(const plan_totals& totals, const time_estimate& time,
                         std::optional<base::microusd> cap, base::microusd spent_before)
{
    std::string counts;
    for (std::size_t i = 0; i < verdict_names.size(); ++i)
        if (totals.items[i] > 0)
            counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", totals.items[i],
                                  verdict_names[i]);
    std::string text =
        fmt::format("{} item{}: {}\n", totals.total(), totals.total() == 1 ? "" : "s",
                    counts.empty() ? "nothing to do" : counts);
    if (totals.to_buy() > 0) {
        text += fmt::format("cost: {} expected, {} to {}", base::format_usd(totals.expected),
                            base::format_usd(totals.low), base::format_usd(totals.worst));
        if (totals.unpriced > 0)
            text += fmt::format("; {} without a known price", totals.unpriced);
        text += "\n";
        text += fmt::format("time: about {}, bound by {}\n", base::format_duration(time.duration),
                            time.binding);
    }
    if (cap) {
        text += fmt::format("cap:  {}", base::format_usd(*cap));
        if (spent_before.count > 0)
            text += fmt::format(", {} of it spent by earlier runs", base::format_usd(spent_before));
        if (spent_before + totals.expected > *cap)
            text += "; it will be reached before everything is done";
        text += "\n";
    }
    return text;
}

std::string plan_line(const planned_item& item)
{
    const auto price = !item.decision.buys() ? std::string("-")
                       : item.cost.priced    ? base::format_usd(item.cost.expected)
                                             : std::string("?");
    return fmt::format("{:<7} {:<40} {:>9}  {}", name_of(item.decision.verdict), item.wanted.id,
                       price, item.decision.reason);
}

base::json plan_json(const planned_item& item)
{
    auto json = base::json::make_object({{"item", item.wanted.id},
                                         {"key", item.wanted.key},
                                         {"action", name_of(item.decision.verdict)},
                                         {"reason", item.decision.reason}});
    if (!item.decision.same_as.empty())
        json.set("same_as", item.decision.same_as);
    if (item.decision.buys()) {
        json.set("route", item.wanted.routes.front().name());
        json.set("cost_usd", item.cost.priced
                                 ? base::json::make_object({{"low", item.cost.low},
                                                            {"expected", item.cost.expected},
                                                            {"high", item.cost.worst}})
                                 : base::json());
    }
    return json;
}

base::json plan_json(const plan_totals& totals, const time_estimate& time,
                     std::optional<base::microusd> cap, base::microusd spent_before)
{
    auto items = base::json::make_object();
    for (std::size_t i = 0; i < verdict_names.size(); ++i)
        items.set(verdict_names[i], totals.items[i]);
    return base::json::make_object(
        {{"items", items},
         {"cost_usd",
          base::json::make_object(
              {{"low", totals.low}, {"expected", totals.expected}, {"high", totals.worst}})},
         {"unpriced", totals.unpriced},
         {"wall_ms", static_cast<std::int64_t>(time.duration.count())},
         {"binding", time.binding},
         {"cap_usd", cap ? base::json(*cap) : base::json()},
         {"spent_before_usd", spent_before}});
}

} // namespace engine::plan
