#include "engine/sim/behaviour.hpp"

#include "engine/base/assert.hpp"
#include "engine/job/capability.hpp"
#include "engine/sim/image_script.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace engine::sim {

namespace {

constexpr std::string_view organization = "org-lookalike";
constexpr std::int64_t models_created = 1'776'729'600; // 2026-04-21, the day of gpt-image-2

std::string lower(std::string_view text)
{
    std::string made(text);
    for (char& c : made)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return made;
}

base::json model_entry(std::string_view name)
{
    return base::json::make_object(
        {{"id", name}, {"object", "model"}, {"created", models_created}, {"owned_by", "system"}});
}

script whole_answer(int status, http::header_list headers, std::string body)
{
    headers.add("Content-Type", "application/json");
    script made;
    made.steps.emplace_back(answer_step{status, std::move(headers), {std::move(body), {}}});
    return made;
}

// "details" from "after=3&details=1"; nothing when it is not there.
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

struct behaviour::call {
    const incoming_request& request;
    moment now;
    std::uint64_t serial = 0;
    http::header_list headers{}; // of the answer
    std::string api{};           // of the bill; empty for what is not billed
    std::string model{};
    std::int64_t images = 0; // what it takes of the limits
    std::int64_t tokens = 0;
    fault what = fault::none;
};

struct behaviour::bucket {
    rate_window& window;
    std::int64_t units;
    std::string_view text, type;
};

behaviour::behaviour(job::simulator_profile profile, behaviour_options options)
    : profile_(std::move(profile)), requests_(profile_.limits.requests_per_minute),
      images_(profile_.limits.images_per_minute), tokens_(profile_.limits.tokens_per_minute),
      attempts_(options.contents_max), bill_(profile_.seed, options.bill_entries_max),
      store_(std::make_shared<picture_store>())
{}

script behaviour::respond(const incoming_request& request, moment now)
{
    call from{request, now, ++serial_};
    from.headers.add("x-request-id", request_id(profile_.seed, from.serial));
    from.headers.add("openai-version", "2020-10-01");
    from.headers.add("openai-organization", organization);

    constexpr std::string_view generations = "/v1/images/generations", edits = "/v1/images/edits";
    constexpr std::string_view one_model = "/v1/models/";
    const std::string_view path = request.path;
    const bool get = request.method == "GET", post = request.method == "POST";
    const bool is_images = path == generations || path == edits;
    const bool is_model = path.starts_with(one_model) && path.size() > one_model.size();
    if (post && is_images)
        from.api = path == edits ? "edits" : "generations";
    if (path.starts_with("/v1/") && !has_key(request))
        return refuse(from,
                      {.status = 401,
                       .message = request.headers.contains("Authorization")
                                      ? "Incorrect API key provided."
                                      : "You didn't provide an API key.",
                       .code = "invalid_api_key"},
                      ending::rejected);
    if (get && path == "/simulator/bill")
        return show_bill(from);
    if (get && path == "/v1/models")
        return models(from);
    if (get && is_model)
        return model(from);
    if (post && path == generations)
        return images(from, read_generation(profile_, request.body));
    if (post && path == edits)
        return images(from, read_edit(profile_, request.body,
                                      request.headers.find("Content-Type").value_or("")));
    if (is_images || is_model || path == "/v1/models" || path == "/simulator/bill")
        return refuse(from,
                      {.status = 405,
                       .message = "Not allowed to " + base::clean_detail(request.method, 20) +
                                  " on " + base::clean_detail(path, 200) + "."},
                      ending::rejected);
    return refuse(from,
                  {.status = 404,
                   .message = "Invalid URL (" + base::clean_detail(request.method, 20) + " " +
                              base::clean_detail(path, 200) + ")"},
                  ending::rejected);
}

bool behaviour::has_key(const incoming_request& request) const
{
    if (profile_.api_key.empty())
        return true;
    return request.headers.find("Authorization").value_or("") == "Bearer " + profile_.api_key;
}

script behaviour::models(const call& from) const
{
    base::json::array list;
    const auto& table = job::capability_table::builtin();
    for (const auto name : table.names())
        if (table.find(name)->status != "retired")
            list.push_back(model_entry(name));
    return whole_answer(
        200, from.headers,
        base::json::make_object({{"object", "list"}, {"data", std::move(list)}}).dump_pretty() +
            "\n");
}

script behaviour::model(const call& from) const
{
    const std::string name = from.request.path.substr(std::string_view("/v1/models/").size());
    const auto* known = job::capability_table::builtin().find(name);
    const bool there = known ? known->status != "retired" : profile_.wire.any_model;
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
    const auto error = rate_limit_error(from.model, "input-images per min", "input-images", 250,
                                        250, from.images, wait_text(wait));
    return refuse(from, error, ending::rate_limited);
}

bool behaviour::is_moderated(std::string_view prompt) const
{
    if (profile_.moderated_words.empty())
        return false;
    const std::string text = lower(prompt);
    return std::ranges::any_of(profile_.moderated_words, [&](const std::string& word) {
        return text.find(lower(word)) != std::string::npos;
    });
}

script behaviour::images(call& from, order_or_error order)
{
    if (!order)
        return refuse(from, order.error(), ending::rejected);
    from.model = order->request.model;
    // A request over a limit does not count as an attempt: which attempt of a content meets which
    // fate must not depend on who else was quick.
    from.tokens = order->usage(order->request.partial_images).total();
    from.images = order->images;
    if (profile_.limits.references_count)
        from.images += static_cast<std::int64_t>(order->references.size());
    if (auto refused = over_limit(from))
        return std::move(*refused);
    fate_subject subject;
    subject.content = order->content;
    subject.attempt = attempts_.count(order->content);
    subject.moderated = is_moderated(order->request.prompt);
    subject.stream = order->request.stream;
    subject.partials = order->request.partial_images;
    const fate drawn = draw_fate(profile_, subject);
    from.what = drawn.what;
    if (drawn.what == fault::rate_limit_429)
        return spurious_limit(from, drawn);
    return accepted(from, std::move(*order), drawn);
}

script behaviour::accepted(call& from, image_order order, const fate& drawn)
{
    for (const auto& one : buckets_of(from))
        one.window.take(one.units, from.now.steady);
    add_limit_headers(from.headers, from.now.steady);
    script_facts facts;
    facts.profile = profile_;
    facts.drawn = drawn;
    facts.latency = latency_of(profile_, drawn, order.size(), order.images);
    const auto done =
        from.now.wall + std::chrono::duration_cast<std::chrono::milliseconds>(facts.latency);
    facts.created = std::chrono::floor<std::chrono::seconds>(done).time_since_epoch().count();
    from.headers.add(
        "openai-processing-ms",
        std::to_string(
            std::chrono::duration_cast<std::chrono::milliseconds>(facts.latency).count()));
    facts.headers = from.headers;

    debt owed;
    owed.partials = partials_sent(order, drawn);
    owed.used = order.usage(owed.partials);
    owed.owed = is_charged(drawn.what);
    bill_entry entry = entry_of(from, ending::accepted, 0);
    entry.images = order.images;
    bill_.open(std::move(entry));
    debts_.emplace(from.serial, owed);

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
    if (how != ending::rejected)
        charge(serial);
    debts_.erase(serial);
    bill_.close(serial, how, status);
}

} // namespace engine::sim
