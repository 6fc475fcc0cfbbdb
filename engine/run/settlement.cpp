#include "engine/run/settlement.hpp"

#include "engine/job/content_key.hpp"
#include "engine/job/token_estimate.hpp"

#include <algorithm>

namespace engine::run {

job::cost cost_of_ending(job::outcome outcome, bool possibly_billed,
                         const std::optional<job::usage>& used, const job::route_price& price,
                         reservation reserved)
{
    const bool drawn = outcome == job::outcome::delivered || outcome == job::outcome::bad_output;
    if (!drawn && (outcome == job::outcome::unknown || possibly_billed))
        return {reserved.whole,
                price.priced() ? job::cost_basis::estimate : job::cost_basis::unpriced};
    if (drawn || used)
        return job::settle_cost({used, reserved.whole, reserved.image, drawn}, price);
    return {{}, job::cost_basis::none};
}

bool is_other_model(std::string_view requested, std::string_view returned)
{
    if (returned.empty())
        return false;
    if (const auto slash = returned.rfind('/'); slash != std::string_view::npos)
        returned.remove_prefix(slash + 1);
    if (const auto slash = requested.rfind('/'); slash != std::string_view::npos)
        requested.remove_prefix(slash + 1);
    if (!returned.starts_with(requested))
        return true;
    returned.remove_prefix(requested.size());
    // Nothing, or a date: "-2026-04-21".
    return !returned.empty() &&
           !(returned.size() > 4 && returned.starts_with("-20") &&
             returned.find_first_not_of("0123456789-") == std::string_view::npos);
}

job::attempt_ended describe_attempt(const job::item& wanted, const job::image_request& request,
                                    const job::route& route, int attempt,
                                    const std::string& price_table)
{
    job::attempt_ended line;
    line.item = wanted.id;
    line.key = wanted.key;
    line.attempt = attempt;
    line.route_owner = route.provider;
    line.api = route.api;
    line.mainline_model = route.mainline_model;
    line.model_requested = route.model;
    line.price_table = price_table;
    auto& shape = line.request;
    shape.prompt_sha256 = job::prompt_hash(request);
    if (wanted.log_prompt)
        shape.prompt = request.prompt;
    for (const auto& reference : request.references)
        shape.reference_sha256.push_back(reference.sha256);
    shape.size = request.size ? job::to_string(*request.size) : "auto";
    shape.quality = request.quality;
    shape.format = job::name_of(request.expected_format());
    shape.partial_images = request.partial_images;
    return line;
}

std::optional<job::enriched_prompt> assumed_enrichment(const job::item& wanted,
                                                       const ledger::doubt& lost,
                                                       const job::price_table& prices)
{
    if (lost.enriched || !wanted.enrich)
        return lost.enriched;
    job::enriched_prompt assumed{wanted.enrich->provider, wanted.enrich->model, {}, false, {}};
    // The text model is asked under an intent for its own request.
    assumed.cached =
        !lost.request_hash.empty() && lost.request_hash != job::enrichment_hash(wanted);
    const auto price = prices.find_text(assumed.provider, assumed.model);
    if (assumed.cached || !price)
        return assumed;
    assumed.cost = std::min(job::mainline_cost_of(job::enrichment_usage_worst(wanted), *price),
                            lost.worst_case);
    assumed.estimated = true;
    return assumed;
}

job::attempt_ended describe_lost(const job::item& wanted, const ledger::doubt& lost,
                                 const std::string& price_table)
{
    const job::route route{lost.route_owner, lost.api, lost.model, lost.mainline_model};
    auto line = describe_attempt(wanted, wanted.request, route, lost.attempt, price_table);
    line.outcome = job::outcome::unknown;
    line.error_code = "interrupted";
    line.error_message = lost.error;
    line.possibly_billed = true;
    line.cost = lost.worst_case;
    line.cost_basis = job::cost_basis::estimate;
    line.request_id = lost.request_id;
    line.client_request_id = lost.client_request_id;
    line.response_id = lost.names.response_id;
    line.enriched = lost.enriched;
    return line;
}

job::attempt_ended settle_by_person(const std::string& item, const std::string& key,
                                    const ledger::doubt& doubt, bool charged,
                                    const std::string& price_table)
{
    job::item known;
    known.id = item;
    known.key = key;
    auto line = describe_lost(known, doubt, price_table);
    line.request = {};
    // Paid and without a picture, or as if it had never been taken on: what may be tried again.
    line.outcome = doubt.outcome != job::outcome::unknown ? doubt.outcome
                   : charged                              ? job::outcome::bad_output
                                                          : job::outcome::overloaded;
    line.error_code = charged ? "settled_charged" : "settled_free";
    line.error_message = charged ? "a person found it charged, and has no picture of it"
                                 : "a person found that it was not charged";
    line.cost = charged ? doubt.worst_case : base::microusd{};
    line.cost_basis = charged ? job::cost_basis::estimate : job::cost_basis::none;
    line.possibly_billed = false;
    line.recovered = true;
    return line;
}

void settle_fetched(job::attempt_ended& line, const provider::reply& reply,
                    const job::price_table& prices, const ledger::doubt& lost,
                    base::microusd image_reserved)
{
    const auto request_id = line.request_id;
    const auto response_id = line.response_id;
    describe_reply(line, reply);
    line.latency_ms = {}; // those of the fetch say nothing about the attempt
    line.rate_limit.clear();
    if (!request_id.empty())
        line.request_id = request_id;
    if (line.response_id.empty())
        line.response_id = response_id;
    line.recovered = true;
    const auto enriched = line.enriched ? line.enriched->cost : base::microusd{};
    reservation reserved{lost.worst_case, std::min(image_reserved, lost.worst_case)};
    reserved.whole -= std::min(enriched, reserved.whole);
    const auto price =
        prices.find_route({line.route_owner, line.api, line.model_requested, line.mainline_model});
    const auto cost =
        cost_of_ending(line.outcome, line.possibly_billed, line.used, price, reserved);
    line.cost = cost.amount;
    line.cost_basis = cost.basis;
    add_enrichment(line);
}

void add_enrichment(job::attempt_ended& line)
{
    if (!line.enriched)
        return;
    line.cost += line.enriched->cost;
    if (line.enriched->estimated && line.cost_basis != job::cost_basis::unpriced)
        line.cost_basis = job::cost_basis::estimate;
    else if (line.cost_basis == job::cost_basis::none && line.enriched->cost.count > 0)
        line.cost_basis = line.possibly_billed ? job::cost_basis::estimate : job::cost_basis::usage;
}

void describe_reply(job::attempt_ended& attempt, const provider::reply& reply)
{
    attempt.outcome = reply.outcome;
    attempt.http_status = reply.http_status;
    attempt.error_code = reply.error_code;
    attempt.error_message = reply.error_message;
    attempt.request_id = reply.request_id;
    attempt.response_id = reply.response_id;
    attempt.image_call_id = reply.image_call_id;
    attempt.model_returned = reply.model_returned;
    attempt.partials_received = reply.partials_received;
    attempt.used = reply.used;
    attempt.possibly_billed = reply.possibly_billed;
    attempt.bytes_received = reply.bytes_received;
    attempt.rate_limit = reply.rate_limit_headers;
    attempt.latency_ms.connect = reply.connect_ms;
    attempt.latency_ms.first_byte = reply.first_byte_ms;
    attempt.latency_ms.first_event = reply.first_event_ms;
    attempt.latency_ms.first_partial = reply.first_partial_ms;
    attempt.latency_ms.last_byte = reply.last_byte_ms;
}

std::vector<schedule::bucket_reading>
readings_of(const std::vector<provider::bucket_reading>& buckets)
{
    std::vector<schedule::bucket_reading> readings;
    for (const auto& said : buckets)
        readings.push_back({said.bucket, said.limit, said.remaining, said.reset, std::nullopt});
    return readings;
}

void note_stored(job::attempt_ended& line, const store_result& stored)
{
    line.latency_ms.decode = stored.decode_ms;
    line.latency_ms.encode = stored.encode_ms;
    line.latency_ms.store = stored.store_ms;
    if (stored.lost) { // paid for, and our disk did not take it: a person must know before it is
                       // bought again
        line.outcome = job::outcome::unknown;
        line.error_code = "store_failed";
        line.error_message = base::clean_detail(stored.local_failure->message());
        line.possibly_billed = true;
    }
    if (stored.bad_image) {
        line.outcome = job::outcome::bad_output;
        line.error_code = stored.bad_code;
        line.error_message = base::clean_detail(stored.bad_image->message());
    }
}

schedule::attempt_settled settle(schedule::item_handle item, const job::attempt_ended& attempt,
                                 const provider::reply& reply)
{
    schedule::attempt_settled settled;
    settled.item = item;
    settled.outcome = attempt.outcome;
    settled.cost = attempt.cost;
    settled.possibly_billed = attempt.possibly_billed;
    settled.retry_after = reply.retry_after;
    settled.never_fits = reply.never_fits;
    settled.about_model = reply.about_model;
    if (reply.used)
        settled.tokens = static_cast<double>(reply.used->total());
    settled.code = attempt.error_code;
    settled.readings = readings_of(reply.buckets);
    if (const auto& text = reply.limits; text.limit && !text.bucket.empty()) {
        schedule::bucket_reading reading{text.bucket, text.limit, std::nullopt, text.wait,
                                         text.requested};
        if (text.used)
            reading.remaining = std::max(0.0, *text.limit - *text.used);
        settled.readings.push_back(std::move(reading));
    }
    return settled;
}

} // namespace engine::run
