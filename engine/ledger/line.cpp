#include "engine/ledger/line.hpp"

#include "engine/ledger/line_object.hpp"

#include <array>
#include <utility>

namespace engine::ledger {

namespace {

// Request ids, models, header values and other short texts from outside. A guess: the longest seen
// is a 200-byte request id.
constexpr std::size_t short_bytes_max = 4'000;
constexpr std::size_t rate_limit_headers_max = 64;

void write_usage(line_object& line, const std::optional<job::usage>& used)
{
    if (!used) {
        line.null("usage");
        return;
    }
    line_object usage(line.open("usage"));
    usage.number("input_text_tokens", used->input_text);
    usage.number("input_image_tokens", used->input_image);
    usage.number("input_cached_tokens", used->input_cached);
    usage.number("output_image_tokens", used->output_image);
    usage.number("output_text_tokens", used->output_text);
    usage.number("mainline_input_tokens", used->mainline_input);
    usage.number("mainline_cached_tokens", used->mainline_cached);
    usage.number("mainline_output_tokens", used->mainline_output);
    usage.number("reported_cost_usd", used->reported_cost_usd);
    usage.close();
}

void write_latency(line_object& line, const job::latency& latency)
{
    line_object ms(line.open("latency_ms"));
    ms.number("queued", latency.queued);
    ms.number("connect", latency.connect);
    ms.number("first_byte", latency.first_byte);
    ms.number("first_event", latency.first_event);
    ms.number("first_partial", latency.first_partial);
    ms.number("last_byte", latency.last_byte);
    ms.number("decode", latency.decode);
    ms.number("encode", latency.encode);
    ms.number("store", latency.store);
    ms.number("total", latency.total);
    ms.close();
}

void write_request_shape(line_object& line, const job::request_shape& request)
{
    line_object shape(line.open("request_shape"));
    shape.identity_or_null("prompt_hash", request.prompt_sha256);
    shape.text("prompt", request.prompt, prompt_bytes_max);
    std::string& out = shape.open("references");
    out += '[';
    for (bool first = true; const auto& hash : request.reference_sha256) {
        if (!std::exchange(first, false))
            out += ',';
        append_identity(out, hash);
    }
    out += ']';
    shape.text("size", request.size, short_bytes_max);
    shape.text("quality", request.quality, short_bytes_max);
    shape.text("format", request.format, short_bytes_max);
    shape.number("partial_images", std::int64_t{request.partial_images});
    shape.close();
}

void write_enriched(line_object& line, const std::optional<job::enriched_prompt>& enriched)
{
    if (!enriched) {
        line.null("enriched");
        return;
    }
    line_object object(line.open("enriched"));
    object.text("provider", enriched->provider, short_bytes_max);
    object.text("model", enriched->model, short_bytes_max);
    object.identity_or_null("prompt_hash", enriched->prompt_sha256);
    object.flag("cached", enriched->cached);
    object.usd("cost_usd", enriched->cost);
    object.flag("estimated", enriched->estimated);
    object.close();
}

void write_partials(line_object& line, const std::vector<job::stored_partial>& partials)
{
    std::string& out = line.open("partials");
    out += '[';
    for (bool first = true; const auto& partial : partials) {
        if (!std::exchange(first, false))
            out += ',';
        line_object object(out);
        object.number("index", std::int64_t{partial.index});
        object.identity("path", partial.path);
        object.number("bytes", partial.bytes);
        object.close();
    }
    out += ']';
}

void write_rate_limit(line_object& line, const std::map<std::string, std::string>& headers)
{
    std::string& out = line.open("rate_limit");
    out += '{';
    std::size_t count = 0;
    for (const auto& [name, value] : headers) {
        if (count == rate_limit_headers_max)
            break;
        if (count++ > 0)
            out += ',';
        append_clean_text(out, name, short_bytes_max);
        out += ':';
        append_clean_text(out, value, short_bytes_max);
    }
    out += '}';
}

void write_counts(line_object& line, std::string_view name,
                  const std::map<std::string, std::int64_t>& counts)
{
    std::string& out = line.open(name);
    out += '{';
    for (bool first = true; const auto& [word, count] : counts) {
        if (!std::exchange(first, false))
            out += ',';
        append_clean_text(out, word, short_bytes_max);
        out += ':' + std::to_string(count);
    }
    out += '}';
}

void write_outputs(line_object& line, const std::vector<job::stored_output>& outputs)
{
    std::string& out = line.open("outputs");
    out += '[';
    for (bool first = true; const auto& output : outputs) {
        if (!std::exchange(first, false))
            out += ',';
        line_object object(out);
        object.identity("name", output.name);
        object.identity("path", output.path);
        object.identity("sha256", output.sha256);
        object.text("format", output.format, short_bytes_max);
        object.number("width", std::int64_t{output.width});
        object.number("height", std::int64_t{output.height});
        object.number("bytes", output.bytes);
        object.text("c2pa", output.c2pa, short_bytes_max);
        object.identity_or_null("recipe", output.recipe);
        object.close();
    }
    out += ']';
}

void write_references(line_object& line, const std::vector<job::reference_image>& references)
{
    std::string& out = line.open("references");
    out += '[';
    for (bool first = true; const auto& reference : references) {
        if (!std::exchange(first, false))
            out += ',';
        line_object object(out);
        object.text("source", reference.source, short_bytes_max);
        object.identity_or_null("sha256", reference.sha256);
        object.text("rights", reference.rights, short_bytes_max);
        object.close();
    }
    out += ']';
}

void write_body(line_object& line, const job::run_started& body)
{
    line.text("manifest", body.manifest, short_bytes_max);
    line.identity_or_null("manifest_sha256", body.manifest_sha256);
    line.text("engine_version", body.engine_version, short_bytes_max);
    line.text("host", body.host, short_bytes_max);
    line.number("items_total", body.items_total);
    line.number("items_done_before", body.items_done_before);
    if (body.max_cost)
        line.usd("max_cost_usd", *body.max_cost);
    else
        line.null("max_cost_usd");
}

void write_body(line_object& line, const job::intent_opened& body)
{
    line.identity("item", body.item);
    line.identity("key", body.key);
    line.number("attempt", std::int64_t{body.attempt});
    line.text("route_owner", body.route_owner, short_bytes_max);
    line.text("api", body.api, short_bytes_max);
    line.text("model", body.model, short_bytes_max);
    line.text("mainline_model", body.mainline_model, short_bytes_max);
    line.usd("reserved_usd", body.reserved);
    line.identity_or_null("request_hash", body.request_hash);
    line.identity_or_null("job", body.job);
    line.text("conversation_id", body.conversation_id, short_bytes_max);
}

void write_body(line_object& line, const job::answer_named& body)
{
    line.identity("item", body.item);
    line.identity("key", body.key);
    line.number("attempt", std::int64_t{body.attempt});
    line.text("route_owner", body.route_owner, short_bytes_max);
    line.text("api", body.api, short_bytes_max);
    line.text("response_id", body.response_id, short_bytes_max);
    write_enriched(line, body.enriched);
}

void write_body(line_object& line, const job::attempt_ended& body)
{
    line.identity("item", body.item);
    line.identity("key", body.key);
    line.number("attempt", std::int64_t{body.attempt});
    line.word("outcome", name_of(body.outcome));
    line.text("retry_reason", body.retry_reason, message_bytes_max);
    if (body.http_status != 0)
        line.number("http_status", std::int64_t{body.http_status});
    else
        line.null("http_status");
    line.text("error_code", body.error_code, message_bytes_max);
    line.text("error_message", body.error_message, message_bytes_max);
    line.text("request_id", body.request_id, short_bytes_max);
    line.text("client_request_id", body.client_request_id, short_bytes_max);
    line.text("response_id", body.response_id, short_bytes_max);
    line.text("image_call_id", body.image_call_id, short_bytes_max);
    line.text("route_owner", body.route_owner, short_bytes_max);
    line.text("api", body.api, short_bytes_max);
    line_object mapping(line.open("model_mapping"));
    mapping.text("requested", body.model_requested, short_bytes_max);
    mapping.text("returned", body.model_returned, short_bytes_max);
    mapping.close();
    line.text("mainline_model", body.mainline_model, short_bytes_max);
    write_request_shape(line, body.request);
    write_enriched(line, body.enriched);
    line.number("partials_received", std::int64_t{body.partials_received});
    write_partials(line, body.partials);
    write_usage(line, body.used);
    line.text("price_table", body.price_table, short_bytes_max);
    if (body.expected)
        line.usd("expected_usd", *body.expected);
    else
        line.null("expected_usd");
    line.usd("cost_usd", body.cost);
    line.word("cost_basis", job::cost_basis_names[static_cast<std::size_t>(body.cost_basis)]);
    line.flag("possibly_billed", body.possibly_billed);
    line.flag("recovered", body.recovered);
    write_latency(line, body.latency_ms);
    line.number("bytes_received", body.bytes_received);
    write_rate_limit(line, body.rate_limit);
}

void write_body(line_object& line, const job::item_ended& body)
{
    line.identity("item", body.item);
    line.identity("key", body.key);
    line.word("state", name_of(body.state));
    line.text("cause", body.cause, short_bytes_max);
    line.text("reason", body.reason, message_bytes_max);
    line.document("variables", body.variables, variables_bytes_max);
    line.identity_or_null("after", body.after);
    line.identity_or_null("same_as", body.same_as);
    line.text("revised_prompt", body.revised_prompt, prompt_bytes_max);
    line.number("attempts", std::int64_t{body.attempts});
    line.usd("cost_usd", body.cost);
    line.identity_or_null("received_sha256", body.received_sha256);
    write_outputs(line, body.outputs);
    write_references(line, body.references);
}

void write_body(line_object& line, const job::limit_changed& body)
{
    line.text("route", body.route, short_bytes_max);
    line.text("change", body.change, short_bytes_max);
    line.text("reason", body.reason, message_bytes_max);
    if (body.until)
        line.time("until", *body.until);
    else
        line.null("until");
}

void write_body(line_object& line, const job::budget_changed& body)
{
    line.text("change", body.change, short_bytes_max);
    line.identity_or_null("item", body.item);
    line.usd("needed_usd", body.needed);
    line.usd("spent_usd", body.spent);
    line.usd("reserved_usd", body.reserved);
    line.usd("cap_usd", body.cap);
    line.text("purse", body.purse, short_bytes_max);
}

void write_body(line_object& line, const job::warning_raised& body)
{
    line.identity_or_null("item", body.item);
    line.text("message", body.message, message_bytes_max);
}

void write_body(line_object& line, const job::run_ended& body)
{
    write_counts(line, "items_by_state", body.items_by_state);
    write_counts(line, "attempts_by_outcome", body.attempts_by_outcome);
    line.usd("cost_usd", body.cost);
    line.usd("possibly_billed_usd", body.possibly_billed);
    line.number("requests_sent", body.requests_sent);
    line.number("wall_ms", body.wall_ms);
    line.number("exit_code", std::int64_t{body.exit_code});
}

constexpr std::string_view type_of(const job::event_body& body)
{
    // In the order of the variant.
    constexpr std::array<std::string_view, std::variant_size_v<job::event_body>> names = {
        "run", "intent", "accepted", "attempt", "item", "limit", "budget", "warning", "end"};
    return names[body.index()];
}

} // namespace

std::string to_line(const job::event& happened)
{
    std::string out;
    out.reserve(1'500); // an attempt, the longest common line
    line_object line(out);
    line.word("type", type_of(happened.body));
    line.number("schema_version", std::int64_t{schema_version});
    line.time("time", happened.time);
    line.identity("run", happened.run);
    std::visit([&](const auto& body) { write_body(line, body); }, happened.body);
    line.close();
    return out;
}

} // namespace engine::ledger
