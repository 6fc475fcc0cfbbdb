#include "engine/sim/behaviour.hpp"

#include "engine/base/ascii.hpp"
#include "engine/sim/call.hpp"

#include "engine/base/assert.hpp"
#include "engine/job/capability.hpp"
#include "engine/job/price.hpp"
#include "engine/sim/gateway_wire.hpp"
#include "engine/sim/image_script.hpp"
#include "engine/sim/openrouter_order.hpp"
#include "engine/sim/text_models.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace engine::sim {

namespace {

constexpr std::string_view organization = "org-lookalike";
constexpr std::int64_t models_created = 1'776'729'600; // 2026-04-21, the day of gpt-image-2

base::json model_entry(std::string_view name)
{
    return base::json::make_object(
        {{"id", name}, {"object", "model"}, {"created", models_created}, {"owned_by", "system"}});
}

api_error rate_limit_error(const std::string& model, std::string_view bucket, std::string_view type,
                           std::int64_t limit, std::int64_t used, std::int64_t requested,
                           std::string_view wait)
{
    const std::string named = type == "input-images" ? " (for limit gpt-image)" : "";
    std::string message = fmt::format(
        "Rate limit reached for {}{} in organization {} on {}: Limit {}, Used {}, Requested {}.",
        base::clean_detail(model, 100), named, organization, bucket, limit, used, requested);
    if (!wait.empty())
        message += fmt::format(" Please try again in {}.", wait);
    return {.status = 429,
            .message = std::move(message),
            .type = std::string(type),
            .code = "rate_limit_exceeded"};
}

void add_retry_headers(http::header_list& headers, runtime::steady_time::duration wait)
{
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
    headers.add("Retry-After", std::to_string((ms + 999) / 1000));
    headers.add("retry-after-ms", std::to_string(ms));
}

} // namespace

script whole_answer(int status, http::header_list headers, std::string body, std::string_view type)
{
    headers.add("Content-Type", type);
    script made;
    made.steps.emplace_back(answer_step{status, std::move(headers), {std::move(body), {}}});
    return made;
}

std::optional<std::string_view> query_value(std::string_view query, std::string_view name)
{
    while (!query.empty()) {
        const auto piece = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(query.size(), piece.size() + 1));
        const auto equals = std::min(piece.find('='), piece.size());
        if (piece.substr(0, equals) == name)
            return piece.substr(std::min(piece.size(), equals + 1));
    }
    return std::nullopt;
}

std::uint64_t query_number(std::string_view query, std::string_view name, std::uint64_t otherwise)
{
    const auto text = query_value(query, name).value_or("");
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end ? number : otherwise;
}

std::int64_t unix_seconds(base::wall_time when)
{
    return std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
}

struct behaviour::bucket {
    rate_window& window;
    std::int64_t units;
    std::string_view text, type;
};

behaviour::behaviour(job::simulator_profile profile, behaviour_options options)
    : profile_(std::move(profile)), requests_(profile_.limits.requests_per_minute),
      images_(profile_.limits.images_per_minute), tokens_(profile_.limits.tokens_per_minute),
      attempts_(options.contents_max), bill_(profile_.seed, options.bill_entries_max),
      background_max_(options.background_max), expected_(std::move(options.expected)),
      files_(profile_.seed, options.files), responses_(options.responses),
      results_(std::make_shared<result_store>()),
      store_(std::make_shared<picture_store>(options.heads_only))
{}

script behaviour::respond(const incoming_request& request, moment now)
{
    settle(now.steady);
    call from{request, now, ++serial_};
    from.headers.add("x-request-id", request_id(profile_.seed, from.serial));
    from.headers.add("openai-version", "2020-10-01");
    from.headers.add("openai-organization", organization);
    const auto where = find_destination(profile_.wire, request.path);
    return as_gateway(send(from, where), profile_.wire, where.azure);
}

script behaviour::send(call& from, const destination& where)
{
    const auto& request = from.request;
    const bool post = request.method == "POST";
    if (post && (where.to == route::generations || where.to == route::edits))
        from.api = where.to == route::edits ? "edits" : "generations";
    if (post && where.to == route::responses)
        from.api = "responses";
    if (post && where.to == route::openrouter_images)
        from.api = "images";
    if (where.to != route::bill && where.to != route::result_file && !has_key(request))
        return refuse(from, wrong_key(request, where.azure), ending::rejected);
    if (where.to == route::unknown)
        return refuse(from,
                      {.status = 404,
                       .message = "Invalid URL (" + base::clean_detail(request.method, 20) + " " +
                                  base::clean_detail(request.path, 200) + ")"},
                      ending::rejected);
    if (!allows(where.to, request.method))
        return refuse(from,
                      {.status = 405,
                       .message = "Not allowed to " + base::clean_detail(request.method, 20) +
                                  " on " + base::clean_detail(request.path, 200) + "."},
                      ending::rejected);
    if (where.azure)
        from.headers.add("apim-request-id", request_id(profile_.seed, from.serial).substr(4));
    if (where.azure &&
        (from.api == "generations" || from.api == "edits" || from.api == "responses"))
        return azure(from, where);
    switch (where.to) {
    case route::bill:
        return show_bill(from);
    case route::models:
        return models(from);
    case route::model:
        return model(from, where.id);
    case route::generations:
        return images(from, read_generation(profile_, request.body));
    case route::edits:
        return images(from, read_edit(profile_, request.body,
                                      request.headers.find("Content-Type").value_or(""), files_));
    case route::responses:
        return responses(from);
    case route::response:
        return response(from, where.id);
    case route::response_cancel:
        return cancel_response(from, where.id);
    case route::conversations:
        return conversations(from);
    case route::conversation:
        return conversation(from, where.id);
    case route::conversation_items:
        return conversation_items(from, where.id);
    case route::files:
        return files(from);
    case route::file:
        return file(from, where.id);
    case route::file_content:
        return file_content(from, where.id);
    case route::openrouter_images:
        return images(from, read_openrouter(profile_, *request.body));
    case route::result_file:
        return result_file(from, where.id);
    case route::unknown:
        break;
    }
    return refuse(from, {.status = 404, .message = "Invalid URL"}, ending::rejected);
}

bool behaviour::has_key(const incoming_request& request) const
{
    if (profile_.api_key.empty())
        return true;
    if (profile_.wire.azure && request.headers.find("api-key").value_or("") == profile_.api_key)
        return true;
    return request.headers.find("Authorization").value_or("") == "Bearer " + profile_.api_key;
}

// The key itself is never repeated, not even in part.
api_error behaviour::wrong_key(const incoming_request& request, bool azure)
{
    if (azure)
        return {.status = 401,
                .message = "Access denied due to invalid subscription key or wrong API endpoint.",
                .code = "401"};
    return {.status = 401,
            .message = request.headers.contains("Authorization") ? "Incorrect API key provided."
                                                                 : "You didn't provide an API key.",
            .code = "invalid_api_key"};
}

// Azure's own paths: deployments instead of models, and an api-version with them.
script behaviour::azure(call& from, const destination& where)
{
    const auto& request = from.request;
    const bool by_deployment = !where.deployment.empty();
    if (by_deployment && query_value(request.query, "api-version").value_or("").empty())
        return refuse(from, {.status = 404, .message = "Resource not found", .code = "404"},
                      ending::rejected);
    auto open = profile_;
    open.wire.any_model = true; // a deployment may have any name
    if (where.to == route::generations)
        return images(from, read_generation(open, request.body, where.deployment));
    if (where.to == route::edits)
        return images(from, read_edit(open, request.body,
                                      request.headers.find("Content-Type").value_or(""), files_,
                                      where.deployment));
    if (by_deployment)
        return refuse(from, {.status = 404, .message = "Resource not found", .code = "404"},
                      ending::rejected);
    if (request.body->find("image_generation") != std::string::npos &&
        !request.headers.contains("x-ms-oai-image-generation-deployment"))
        return refuse(from,
                      {.message = "The header x-ms-oai-image-generation-deployment must name the "
                                  "deployment that draws.",
                       .code = "invalid_request"},
                      ending::rejected);
    return responses(from);
}

script behaviour::models(const call& from) const
{
    base::json::array list;
    const auto& table = job::capability_table::builtin();
    for (const auto name : table.names())
        if (table.find(name)->status != "retired")
            list.push_back(model_entry(name));
    for (const auto name : text_models)
        list.push_back(model_entry(name));
    return whole_answer(
        200, from.headers,
        base::json::make_object({{"object", "list"}, {"data", std::move(list)}}).dump_pretty() +
            "\n");
}

script behaviour::model(const call& from, const std::string& name) const
{
    const auto* known = job::capability_table::builtin().find(name);
    const bool there =
        known ? known->status != "retired" : profile_.wire.any_model || is_text_model(name);
    if (there)
        return whole_answer(200, from.headers, model_entry(name).dump_pretty() + "\n");
    const api_error error{.status = 404,
                          .message = "The model '" + base::clean_detail(name, 100) +
                                     "' does not exist or you do not have access to it.",
                          .param = "model",
                          .code = "model_not_found"};
    return whole_answer(error.status, from.headers, error.body());
}

script behaviour::show_bill(const call& from) const
{
    const std::string_view query = from.request.query;
    bill::listing wanted;
    wanted.details = query_value(query, "details").value_or("0") == "1";
    wanted.after = query_number(query, "after", 0);
    wanted.limit = query_number(query, "limit", wanted.limit);
    return whole_answer(200, from.headers, bill_.to_json(wanted).dump() + "\n");
}

bill_entry behaviour::entry_of(const call& from, ending how, int status) const
{
    bill_entry entry;
    entry.serial = from.serial;
    entry.client_request_id = // 512: OpenAI's own bound
        base::clean_detail(from.request.headers.find("X-Client-Request-Id").value_or(""), 512);
    entry.model = base::clean_detail(from.model, 100);
    entry.mainline_model = base::clean_detail(from.mainline_model, 100);
    entry.response_id = from.response_id;
    entry.api = from.api;
    entry.time = from.now.wall;
    entry.ended = how;
    entry.what = from.what;
    entry.status = status;
    return entry;
}

script behaviour::refuse(call& from, const api_error& error, ending how)
{
    if (!from.api.empty())
        bill_.add(entry_of(from, how, error.status));
    from.headers.add("openai-processing-ms", "1");
    return whole_answer(error.status, from.headers, error.body());
}

void behaviour::add_limit_headers(http::header_list& headers, runtime::steady_time now)
{
    if (!profile_.limits.headers)
        return;
    const auto add = [&](std::string_view name, rate_window& window) {
        if (!window.limited())
            return;
        const auto used = window.used(now);
        const std::string suffix(name);
        headers.add("x-ratelimit-limit-" + suffix, std::to_string(window.limit()));
        headers.add("x-ratelimit-remaining-" + suffix, std::to_string(window.limit() - used));
        // Until one more fits; of an unused window nothing has to come back.
        const auto wait = window.wait_for(1, now);
        headers.add("x-ratelimit-reset-" + suffix, wait_text(wait));
    };
    add("requests", requests_);
    add("tokens", tokens_);
    add("input-images", images_);
}

std::array<behaviour::bucket, 3> behaviour::buckets_of(const call& from)
{
    return {{{requests_, 1, "requests per min (RPM)", "requests"},
             {tokens_, from.tokens, "tokens per min (TPM)", "tokens"},
             {images_, from.images, "input-images per min", "input-images"}}};
}

std::optional<script> behaviour::over_limit(call& from)
{
    const auto now = from.now.steady;
    const auto& limits = profile_.limits;
    if (limits.concurrency > 0 &&
        bill_.in_flight() >= static_cast<std::size_t>(limits.concurrency)) {
        if (limits.headers)
            from.headers.add("Retry-After", "1");
        return refuse(from,
                      {.status = 429,
                       .message = "Traffic is growing too quickly.",
                       .type = "rate_limit_error",
                       .code = "slow_down"},
                      ending::rate_limited);
    }
    for (const auto& one : buckets_of(from)) {
        const auto wait = one.window.wait_for(one.units, now);
        const bool never = one.window.never_fits(one.units);
        if (wait.count() == 0 && !never)
            continue;
        const auto error =
            rate_limit_error(from.model, one.text, one.type, one.window.limit(),
                             one.window.used(now), one.units, never ? "" : wait_text(wait));
        add_limit_headers(from.headers, now);
        if (limits.headers && !never)
            add_retry_headers(from.headers, wait);
        return refuse(from, error, ending::rate_limited);
    }
    return std::nullopt;
}

// A 429 out of the blue: no bucket is full, and waiting a little helps.
script behaviour::spurious_limit(call& from, const fate& drawn)
{
    const auto wait = std::chrono::milliseconds(200 + drawn.choice % 800);
    if (profile_.limits.headers)
        add_retry_headers(from.headers, wait);
    const auto error =
        rate_limit_error(from.model, "input-images per min", "input-images", 250, 250,
                         std::max<std::int64_t>(from.images, 1), wait_text(wait));
    return refuse(from, error, ending::rate_limited);
}

bool behaviour::is_moderated(std::string_view prompt) const
{
    if (profile_.moderated_words.empty())
        return false;
    const std::string text = base::lowered(prompt);
    return std::ranges::any_of(profile_.moderated_words, [&](const std::string& word) {
        return text.find(base::lowered(word)) != std::string::npos;
    });
}

script behaviour::images(call& from, order_or_error order)
{
    if (!order)
        return refuse(from, order.error(), ending::rejected);
    from.model = order->request.model;
    from.tokens = order->usage(order->request.partial_images).total();
    from.images = order->images;
    if (profile_.limits.references_count)
        from.images += static_cast<std::int64_t>(order->references.size());
    fate_subject subject;
    subject.content = order->content;
    subject.moderated = is_moderated(order->request.prompt);
    subject.stream = order->request.stream;
    subject.partials = order->request.partial_images;
    fate drawn;
    if (auto over = admit(from, subject, drawn))
        return std::move(*over);
    return accepted(from, std::move(*order), drawn);
}

std::optional<script> behaviour::admit(call& from, const fate_subject& subject, fate& drawn)
{
    // A request over a limit does not count as an attempt: which attempt of a content meets which
    // fate must not depend on who else was quick.
    if (auto refused = over_limit(from))
        return refused;
    fate_subject counted = subject;
    counted.attempt = attempts_.count(subject.content);
    drawn = draw_fate(profile_, counted);
    from.what = drawn.what;
    if (drawn.what == fault::rate_limit_429)
        return spurious_limit(from, drawn);
    for (const auto& one : buckets_of(from))
        one.window.take(one.units, from.now.steady);
    add_limit_headers(from.headers, from.now.steady);
    return std::nullopt;
}

std::chrono::microseconds behaviour::latency_for(const image_order& order, const fate& drawn,
                                                 bool responses) const
{
    const auto known = expected_ ? expected_(order.request, responses) : std::nullopt;
    return known ? latency_of(*known, profile_.latency.tail_sigma, drawn)
                 : latency_of(profile_, drawn, order.size(), order.images);
}

void behaviour::add_processing_header(call& from, std::chrono::microseconds latency) const
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(latency).count();
    from.headers.add("openai-processing-ms", std::to_string(std::max<std::int64_t>(ms, 1)));
}

void behaviour::open_entry(const call& from, debt owed, int images)
{
    bill_entry entry = entry_of(from, ending::accepted, 0);
    entry.images = images;
    bill_.open(std::move(entry));
    debts_.emplace(from.serial, std::move(owed));
}

script behaviour::accepted(call& from, image_order order, const fate& drawn)
{
    script_facts facts;
    facts.profile = profile_;
    facts.drawn = drawn;
    facts.latency = latency_for(order, drawn, false);
    facts.created = unix_seconds(
        from.now.wall + std::chrono::duration_cast<std::chrono::milliseconds>(facts.latency));
    add_processing_header(from, facts.latency);
    facts.headers = from.headers;
    if (profile_.wire.url_only && !order.openrouter) {
        order.request.stream = false; // who answers with addresses has no streams
        facts.results = results_;
        facts.result_urls = result_urls(from, order);
    }

    debt owed;
    owed.partials = partials_sent(order, drawn);
    owed.used = order.usage(owed.partials);
    owed.owed = is_charged(drawn.what);
    open_entry(from, owed, order.images);
    const auto price = job::price_table::builtin().find("openai", order.request.model);
    if (price && price->tokens)
        facts.cost_usd = job::cost_of(owed.used, *price->tokens).usd();

    script made = write_image_script(
        facts, std::make_shared<drawing>(std::move(order), drawn, profile_.art, store_));
    made.serial = from.serial;
    return made;
}

void behaviour::charge(std::uint64_t serial)
{
    auto& owed = debts_.at(serial);
    if (!owed.owed)
        return;
    bill_.charge(serial, owed.used, owed.partials);
    owed.owed = false;
}

void behaviour::ended(std::uint64_t serial, ending how, int status)
{
    ENGINE_ASSERT(debts_.contains(serial));
    if (how != ending::rejected) {
        charge(serial);
    } else if (const auto& id = debts_.at(serial).response_id; !id.empty()) {
        (void)responses_.remove(id);
        std::erase_if(background_, [&](const auto& one) { return one.second.first == serial; });
    }
    debts_.erase(serial);
    bill_.close(serial, how, status);
}

} // namespace engine::sim
