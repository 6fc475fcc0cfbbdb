// line_parser: from_line(), the way back of line.cpp.
#include "engine/ledger/line.hpp"
#include "engine/ledger/line_fields.hpp"

namespace engine::ledger {

namespace {

// A field that holds one of a list of words.
template <class Enum, std::size_t N>
Enum word(line_fields& line, std::string_view name, const std::array<std::string_view, N>& names)
{
    const auto value = line.text_required(name);
    const auto found = job::enum_named<Enum>(names, value);
    if (found)
        return *found;
    std::string expected = "one of";
    for (const auto& known : names)
        (expected += known == names.front() ? " " : ", ") += known;
    line.complain(name, expected + "; not '" + base::clean_detail(value, 40) + "'");
    return Enum{};
}

std::optional<job::usage> read_usage(line_fields& line)
{
    auto fields = line.object("usage");
    if (!fields)
        return std::nullopt;
    job::usage used;
    used.input_text = fields->integer("input_text_tokens");
    used.input_image = fields->integer("input_image_tokens");
    used.input_cached = fields->integer("input_cached_tokens");
    used.output_image = fields->integer("output_image_tokens");
    used.output_text = fields->integer("output_text_tokens");
    used.mainline_input = fields->integer("mainline_input_tokens");
    used.mainline_cached = fields->integer("mainline_cached_tokens");
    used.mainline_output = fields->integer("mainline_output_tokens");
    used.reported_cost_usd = fields->optional_number("reported_cost_usd");
    return used;
}

job::latency read_latency(line_fields& line)
{
    job::latency ms;
    auto fields = line.object("latency_ms");
    if (!fields)
        return ms;
    ms.queued = fields->optional_number("queued");
    ms.connect = fields->optional_number("connect");
    ms.first_byte = fields->optional_number("first_byte");
    ms.first_event = fields->optional_number("first_event");
    ms.first_partial = fields->optional_number("first_partial");
    ms.last_byte = fields->optional_number("last_byte");
    ms.decode = fields->optional_number("decode");
    ms.encode = fields->optional_number("encode");
    ms.store = fields->optional_number("store");
    ms.total = fields->optional_number("total");
    return ms;
}

job::request_shape read_request_shape(line_fields& line)
{
    job::request_shape shape;
    auto fields = line.object("request_shape");
    if (!fields)
        return shape;
    shape.prompt_sha256 = fields->text("prompt_hash");
    shape.prompt = fields->text("prompt");
    fields->each("references", [&](const base::json& hash) {
        if (!hash.is_string())
            fields->complain("references", "an array of hashes");
        shape.reference_sha256.emplace_back(hash.text_or({}));
    });
    shape.size = fields->text("size");
    shape.quality = fields->text("quality");
    shape.format = fields->text("format");
    shape.partial_images = fields->small_integer("partial_images");
    return shape;
}

job::run_started read_run(line_fields& line)
{
    job::run_started body;
    body.manifest = line.text("manifest");
    body.manifest_sha256 = line.text("manifest_sha256");
    body.engine_version = line.text("engine_version");
    body.host = line.text("host");
    body.items_total = line.integer("items_total");
    body.items_done_before = line.integer("items_done_before");
    body.max_cost = line.optional_usd("max_cost_usd");
    return body;
}

job::intent_opened read_intent(line_fields& line)
{
    job::intent_opened body;
    body.item = line.text_required("item");
    body.key = line.text_required("key");
    body.attempt = line.small_integer("attempt");
    body.route_owner = line.text("route_owner");
    body.api = line.text("api");
    body.model = line.text("model");
    body.mainline_model = line.text("mainline_model");
    body.reserved = line.usd("reserved_usd");
    body.request_hash = line.text("request_hash");
    body.job = line.text("job");
    body.conversation_id = line.text("conversation_id");
    return body;
}

std::optional<job::enriched_prompt> read_enriched(line_fields& line)
{
    auto fields = line.object("enriched");
    if (!fields)
        return std::nullopt;
    job::enriched_prompt enriched;
    enriched.provider = fields->text("provider");
    enriched.model = fields->text("model");
    enriched.prompt_sha256 = fields->text("prompt_hash");
    enriched.cached = fields->flag("cached");
    enriched.cost = fields->usd("cost_usd");
    enriched.estimated = fields->flag("estimated"); // older lines lack it
    return enriched;
}

job::answer_named read_accepted(line_fields& line)
{
    job::answer_named body;
    body.item = line.text_required("item");
    body.key = line.text_required("key");
    body.attempt = line.small_integer("attempt");
    body.route_owner = line.text("route_owner");
    body.api = line.text("api");
    body.response_id = line.text_required("response_id");
    body.enriched = read_enriched(line);
    return body;
}

job::attempt_ended read_attempt(line_fields& line)
{
    job::attempt_ended body;
    body.item = line.text_required("item");
    body.key = line.text_required("key");
    body.attempt = line.small_integer("attempt");
    body.outcome = word<job::outcome>(line, "outcome", job::outcome_names);
    body.retry_reason = line.text("retry_reason");
    body.http_status = line.small_integer("http_status");
    body.error_code = line.text("error_code");
    body.error_message = line.text("error_message");
    body.request_id = line.text("request_id");
    body.client_request_id = line.text("client_request_id");
    body.response_id = line.text("response_id");
    body.image_call_id = line.text("image_call_id");
    body.route_owner = line.text("route_owner");
    body.api = line.text("api");
    if (auto mapping = line.object("model_mapping")) {
        body.model_requested = mapping->text("requested");
        body.model_returned = mapping->text("returned");
    }
    body.mainline_model = line.text("mainline_model");
    body.request = read_request_shape(line);
    body.enriched = read_enriched(line);
    body.partials_received = line.small_integer("partials_received");
    line.each_object("partials", [&](line_fields& fields) {
        auto& partial = body.partials.emplace_back();
        partial.index = fields.small_integer("index");
        partial.path = fields.text_required("path");
        partial.bytes = fields.unsigned_integer("bytes");
    });
    body.used = read_usage(line);
    body.price_table = line.text("price_table");
    body.expected = line.optional_usd("expected_usd");
    body.cost = line.usd("cost_usd");
    body.cost_basis = word<job::cost_basis>(line, "cost_basis", job::cost_basis_names);
    body.possibly_billed = line.flag("possibly_billed");
    body.recovered = line.flag("recovered");
    body.latency_ms = read_latency(line);
    body.bytes_received = line.unsigned_integer("bytes_received");
    body.rate_limit = line.texts("rate_limit");
    return body;
}

job::item_ended read_item(line_fields& line)
{
    job::item_ended body;
    body.item = line.text_required("item");
    body.key = line.text_required("key");
    body.state = word<job::item_state>(line, "state", job::item_state_names);
    body.cause = line.text("cause");
    body.reason = line.text("reason");
    body.variables = line.document("variables");
    body.after = line.text("after");
    body.same_as = line.text("same_as");
    body.revised_prompt = line.text("revised_prompt");
    body.attempts = line.small_integer("attempts");
    body.cost = line.usd("cost_usd");
    body.received_sha256 = line.text("received_sha256");
    line.each_object("outputs", [&](line_fields& fields) {
        auto& output = body.outputs.emplace_back();
        output.name = fields.text("name");
        output.path = fields.text_required("path");
        output.sha256 = fields.text("sha256");
        output.format = fields.text("format");
        output.width = fields.small_integer("width");
        output.height = fields.small_integer("height");
        output.bytes = fields.unsigned_integer("bytes");
        output.c2pa = fields.text("c2pa");
        output.recipe = fields.text("recipe");
    });
    line.each_object("references", [&](line_fields& fields) {
        auto& reference = body.references.emplace_back();
        reference.source = fields.text("source");
        reference.sha256 = fields.text("sha256");
        reference.rights = fields.text("rights");
    });
    return body;
}

job::limit_changed read_limit(line_fields& line)
{
    job::limit_changed body;
    body.route = line.text("route");
    body.change = line.text("change");
    body.reason = line.text("reason");
    body.until = line.optional_time("until");
    return body;
}

job::budget_changed read_budget(line_fields& line)
{
    job::budget_changed body;
    body.change = line.text("change");
    body.item = line.text("item");
    body.needed = line.usd("needed_usd");
    body.spent = line.usd("spent_usd");
    body.reserved = line.usd("reserved_usd");
    body.cap = line.usd("cap_usd");
    body.purse = line.text("purse");
    return body;
}

job::warning_raised read_warning(line_fields& line)
{
    job::warning_raised body;
    body.item = line.text("item");
    body.message = line.text("message");
    return body;
}

job::run_ended read_end(line_fields& line)
{
    job::run_ended body;
    body.items_by_state = line.counts("items_by_state");
    body.attempts_by_outcome = line.counts("attempts_by_outcome");
    body.cost = line.usd("cost_usd");
    body.possibly_billed = line.usd("possibly_billed_usd");
    body.requests_sent = line.integer("requests_sent");
    body.wall_ms = line.number("wall_ms");
    body.exit_code = line.small_integer("exit_code");
    return body;
}

// False for a type that is not known.
bool read_body(line_fields& line, std::string_view type, job::event_body& body)
{
    if (type == "intent")
        body = read_intent(line);
    else if (type == "accepted")
        body = read_accepted(line);
    else if (type == "attempt")
        body = read_attempt(line);
    else if (type == "item")
        body = read_item(line);
    else if (type == "run")
        body = read_run(line);
    else if (type == "end")
        body = read_end(line);
    else if (type == "limit")
        body = read_limit(line);
    else if (type == "budget")
        body = read_budget(line);
    else if (type == "warning")
        body = read_warning(line);
    else
        return false;
    return true;
}

base::result<job::event> read_line(const base::json& object)
{
    constexpr auto where = "read ledger line";
    std::string problem;
    line_fields line(object, problem);
    const auto type = line.text_required("type");
    const auto version = line.integer("schema_version");
    if (problem.empty() && version != schema_version)
        return base::fail(errc::unknown_version, where,
                          "schema_version " + std::to_string(version) + ", this darkroom reads " +
                              std::to_string(schema_version) + "; use the newer one that wrote it");
    job::event happened;
    const auto time = line.optional_time("time");
    if (!time)
        line.complain("time", "there");
    happened.time = time.value_or(base::wall_time{});
    happened.run = line.text_required("run");
    if (problem.empty() && !read_body(line, type, happened.body))
        return base::fail(errc::unknown_type, where, "'" + base::clean_detail(type, 40) + "'");
    if (!problem.empty())
        return base::fail(errc::malformed_line, where,
                          (type.empty() ? "" : base::clean_detail(type, 40) + ": ") + problem);
    return happened;
}

} // namespace

base::result<job::event> from_line(std::string_view text)
{
    constexpr auto where = "read ledger line";
    if (text.size() > line_bytes_max)
        return base::fail(errc::line_too_long, where, std::to_string(text.size()) + " bytes");
    const auto document = base::parse_json(text, where, line_bytes_max);
    if (!document)
        return base::fail(errc::malformed_line, where, document.error().detail);
    if (!document->is_object())
        return base::fail(errc::malformed_line, where, "not an object");
    return read_line(*document);
}

} // namespace engine::ledger
