#include "engine/provider/images_reply.hpp"

#include "engine/base/json.hpp"

#include <algorithm>
#include <utility>

namespace engine::provider {

namespace {

constexpr std::size_t raw_bytes_max = 64u << 10; // of an error answer; more is not read into memory

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

bool is_partial(std::string_view type)
{
    return type.ends_with(".partial_image");
}

bool is_completed(std::string_view type)
{
    return type == "image_generation.completed" || type == "image_edit.completed";
}

// Token counts are outside data: negative or absurd ones are not counts.
std::int64_t count(const base::json& value)
{
    constexpr std::int64_t sane_max = 1'000'000'000;
    const auto number = value.integer_or(-1);
    return number >= 0 && number <= sane_max ? number : 0;
}

std::optional<job::usage> read_usage(const base::json& said, bool is_edit)
{
    if (!said.is_object() || said.members().empty())
        return std::nullopt;
    job::usage used;
    const auto& input_details = said["input_tokens_details"];
    const auto& output_details = said["output_tokens_details"];
    // Gateways of the new-api family say prompt and completion.
    const auto input =
        said.contains("input_tokens") ? count(said["input_tokens"]) : count(said["prompt_tokens"]);
    const auto output = said.contains("output_tokens") ? count(said["output_tokens"])
                                                       : count(said["completion_tokens"]);
    used.input_text = count(input_details["text_tokens"]);
    used.input_image = count(input_details["image_tokens"]);
    used.input_cached = count(input_details["cached_tokens"]);
    // What the details leave open is image input for an edit (the dearer reading), text otherwise.
    const auto open_input = std::max<std::int64_t>(0, input - used.input_text - used.input_image);
    (is_edit ? used.input_image : used.input_text) += open_input;
    used.output_text = count(output_details["text_tokens"]);
    used.output_image = std::max(output - used.output_text, count(output_details["image_tokens"]));
    if (said["cost"].is_number() && said["cost"].number_or(-1) > 0 &&
        said["cost"].number_or(0) < 1000)
        used.reported_cost_usd = said["cost"].number_or(0);
    // A picture without output tokens is no usage: settling by it would free money that was
    // charged.
    if (used.output_image == 0 && !used.reported_cost_usd)
        return std::nullopt;
    return used;
}

// Whether a JSON value says that something is wrong: any non-empty object or text.
bool is_truthy_error(const base::json& value)
{
    return (value.is_object() && !value.members().empty()) || !value.text_or({}).empty();
}

} // namespace

images_reply::images_reply(image_sink& sink, const runtime::clock& time, bool is_edit)
    : sink_(sink), time_(time), start_(time.now()), is_edit_(is_edit), scanner_({"b64_json"}, *this)
{}

base::result<void> images_reply::on_head(const http::response_head& head)
{
    head_ = head;
    reply_.http_status = head.status;
    if (const auto id = head.headers.find("x-request-id"))
        reply_.request_id = base::clean_detail(*id, 128);
    reply_.buckets = parse_buckets(head.headers);
    reply_.rate_limit_headers = limit_headers(head.headers);
    reply_.retry_after = parse_retry_after(head.headers, time_.wall_now());
    if (head.status != 200) {
        form_ = form::other;
        return {};
    }
    const std::string_view type = head.headers.find("content-type").value_or("");
    if (contains(type, "event-stream"))
        form_ = form::stream;
    else if (contains(type, "json"))
        form_ = form::document;
    else if (contains(type, "html"))
        form_ = form::other;
    return {};
}

void images_reply::decide_form(std::string_view first_bytes)
{
    const auto at = first_bytes.find_first_not_of(" \t\r\n");
    const char first = at == std::string_view::npos ? ' ' : first_bytes[at];
    if (first == '{')
        form_ = form::document;
    else if (first == ':' || first == 'd' || first == 'e')
        form_ = form::stream;
    else
        form_ = form::other;
}

base::result<void> images_reply::on_body(std::string_view piece)
{
    if (form_ == form::undecided)
        decide_form(piece);
    if (form_ == form::stream)
        return read_stream(piece);
    if (form_ == form::document) {
        if (malformed_)
            return {};
        // The start of a document is kept as well: it may be an error without an image.
        if (auto fed = scanner_.feed(piece); !fed) {
            if (reply_.local_failure)
                return fed;
            malformed_ = true;
            malformed_text_ = fed.error().message();
        }
        return {};
    }
    raw_ += piece.substr(0, raw_bytes_max - std::min(raw_.size(), raw_bytes_max));
    return {};
}

base::result<void> images_reply::read_stream(std::string_view piece)
{
    while (true) {
        auto token = events_.next(piece);
        if (!token) {
            malformed_ = true;
            malformed_text_ = token.error().message();
            return std::unexpected(token.error());
        }
        if (token->kind == http::sse_kind::need_more)
            return {};
        if (token->kind == http::sse_kind::event_end) {
            if (auto ended = end_event(events_.event_name()); !ended)
                return ended;
            continue;
        }
        if (final_ || failed_)
            continue; // what comes after the end is read only to free the connection
        if (skip_event_)
            continue;
        if (auto fed = scanner_.feed(token->data); !fed) {
            if (scanner_.blobs() == 0 && !reply_.local_failure) {
                skip_event_ = true; // no image in it: some gateway's own chatter
                continue;
            }
            if (!reply_.local_failure) {
                malformed_ = true;
                malformed_text_ = fed.error().message();
            }
            return fed;
        }
    }
}

base::result<void> images_reply::begin_blob(std::string_view)
{
    keep_blob_ = false;
    if (final_ || blob_whole_)
        return {}; // one image was asked for: the first counts
    if (form_ == form::stream) {
        const auto name = events_.event_name();
        const auto before = scanner_.skeleton_so_far();
        if (is_partial(name) || contains(before, ".partial_image\"")) {
            if (!reply_.first_partial_ms)
                reply_.first_partial_ms = elapsed_ms();
            return {};
        }
    }
    keep_blob_ = true; // its event may still turn out to be a partial one: end_event() knows
    auto begun = sink_.begin();
    if (!begun)
        reply_.local_failure = begun.error();
    return begun;
}

base::result<void> images_reply::write(base::byte_view decoded)
{
    if (!keep_blob_)
        return {};
    auto written = sink_.write(decoded);
    if (!written)
        reply_.local_failure = written.error();
    return written;
}

base::result<void> images_reply::end_blob()
{
    blob_whole_ = blob_whole_ || keep_blob_;
    return {};
}

base::result<void> images_reply::end_event(std::string_view event_name)
{
    if (!reply_.first_event_ms)
        reply_.first_event_ms = elapsed_ms();
    if (final_ || failed_)
        return {};
    const bool has_blob = std::exchange(blob_whole_, false);
    const bool chatter = scanner_.blobs() == 0; // what is wrong with it cannot be an image
    if (std::exchange(skip_event_, false)) {
        scanner_.reset();
        return {};
    }
    const auto skeleton = scanner_.finish();
    if (!skeleton) {
        malformed_text_ = skeleton.error().message();
        scanner_.reset();
        if (chatter)
            return {};
        malformed_ = true;
        return base::fail(blob_errc::cut_short, "stream event", malformed_text_);
    }
    std::string_view text = *skeleton;
    while (!text.empty() && (text.front() == ' ' || text.front() == '\n'))
        text.remove_prefix(1);
    if (text.starts_with("[DONE]")) {
        scanner_.reset();
        return {};
    }
    auto body = base::parse_json(text, "stream event");
    scanner_.reset();
    if (!body && chatter)
        return {};
    if (!body) {
        malformed_ = true;
        malformed_text_ = body.error().message();
        return std::unexpected(body.error());
    }
    const std::string type((*body)["type"].text_or(event_name));
    if (type == "error" || event_name == "error" || is_truthy_error((*body)["error"])) {
        take_error(*body);
        return {};
    }
    if (is_partial(type)) {
        ++reply_.partials_received;
        if (!reply_.first_partial_ms)
            reply_.first_partial_ms = elapsed_ms();
        return {};
    }
    if (is_completed(type) && has_blob) {
        final_ = true;
        take_result(*body);
    }
    return {}; // keepalives and events of tomorrow
}

void images_reply::take_result(const base::json& holder)
{
    reply_.used = read_usage(holder["usage"], is_edit_);
    reply_.model_returned = base::clean_detail(holder["model"].text_or({}), 100);
    reply_.revised_prompt = base::clean_detail(holder["revised_prompt"].text_or({}), 4000);
}

void images_reply::take_error(const base::json& body)
{
    error_input said;
    said.status = head_.status;
    said.body = &body;
    said.headers = &head_.headers;
    said.now = time_.wall_now();
    said.raw_body = raw_;
    said.image_had_begun = reply_.partials_received > 0;
    const auto report = classify_error(said);
    fail(report.outcome, report.code, report.message, report.possibly_billed);
    if (!report.field.empty())
        reply_.error_message += " [" + report.field + "]";
    if (report.retry_after)
        reply_.retry_after = report.retry_after;
    reply_.limits = report.limits;
    reply_.never_fits = report.never_fits;
}

void images_reply::read_document()
{
    const auto skeleton = scanner_.finish();
    if (!skeleton) {
        malformed_ = true;
        malformed_text_ = skeleton.error().message();
        return;
    }
    const auto body = base::parse_json(*skeleton, "answer");
    if (!body) {
        malformed_ = true;
        malformed_text_ = body.error().message();
        return;
    }
    if (is_truthy_error((*body)["error"]) && !blob_whole_) {
        take_error(*body);
        return;
    }
    if (!blob_whole_) {
        const bool no_data = (*body)["data"].is_array() && (*body)["data"].items().empty();
        // An empty list is how some gateways say that moderation took the image.
        if (no_data)
            fail(job::outcome::refused, "empty_data", "the answer holds no image", true);
        else
            fail(job::outcome::bad_output, "no_image", "the answer holds no base64 image", false);
        return;
    }
    final_ = true;
    take_result(*body);
    if (const auto& images = (*body)["data"].items();
        !images.empty() && reply_.revised_prompt.empty())
        reply_.revised_prompt =
            base::clean_detail(images.front()["revised_prompt"].text_or({}), 4000);
}

reply images_reply::finish(const http::exchange_report& exchange)
{
    reply_.bytes_received = exchange.bytes_received;
    reply_.connect_ms = exchange.times.connect;
    reply_.first_byte_ms = exchange.times.first_byte;
    reply_.last_byte_ms = exchange.times.last_byte;
    classify_ending(exchange);
    if (final_) {
        reply_.outcome = job::outcome::delivered;
        reply_.error_code.clear();
        reply_.error_message.clear();
        reply_.possibly_billed = false;
    }
    return std::move(reply_);
}

void images_reply::classify_ending(const http::exchange_report& exchange)
{
    if (final_ || failed_)
        return;
    if (reply_.local_failure) {
        fail(job::outcome::unknown, "store_failed", reply_.local_failure->message(), true);
        return;
    }
    if (form_ == form::stream && exchange.complete && events_.event_pending()) {
        // No blank line after the last event: the official SDKs take it all the same, if it is
        // whole.
        (void)end_event(events_.event_name());
        if (final_ || failed_)
            return;
    }
    if (malformed_) {
        fail(job::outcome::bad_output, "malformed_reply", base::clean_detail(malformed_text_),
             false);
        return;
    }
    if (!exchange.complete) {
        classify_transport(exchange);
        return;
    }
    if (form_ == form::document)
        read_document();
    if (malformed_)
        fail(job::outcome::bad_output, "malformed_reply", base::clean_detail(malformed_text_),
             false);
    else if (!final_ && !failed_)
        classify_empty_answer();
}

void images_reply::classify_transport(const http::exchange_report& exchange)
{
    if (!exchange.failure) {
        fail(job::outcome::unknown, "no_answer", "the exchange ended without an answer", true);
        return;
    }
    const auto& failure = *exchange.failure;
    std::string code = failure.code.message();
    std::ranges::replace(code, ' ', '_');
    if (!exchange.sent_any) {
        fail(job::outcome::not_sent, code, failure.message(), false);
        return;
    }
    // An answer that says no, cut in its body: the status is enough.
    if (reply_.http_status >= 400) {
        const auto body = base::parse_json(raw_, "answer");
        take_error(body ? *body : base::json());
        return;
    }
    fail(job::outcome::unknown, head_.status == 200 ? "stream_cut" : code, failure.message(), true);
}

void images_reply::classify_empty_answer()
{
    if (form_ == form::stream) {
        fail(job::outcome::unknown, "no_final_event", "the stream ended without a completed event",
             true);
        return;
    }
    const auto body = base::parse_json(raw_, "answer");
    if (reply_.http_status != 200 || (body && is_truthy_error((*body)["error"])))
        take_error(body ? *body : base::json());
    else
        fail(job::outcome::bad_output, "not_an_image_answer", base::clean_detail(raw_, 200), false);
}

void images_reply::fail(job::outcome outcome, std::string code, std::string message,
                        bool possibly_billed)
{
    failed_ = true;
    reply_.outcome = outcome;
    reply_.error_code = std::move(code);
    reply_.error_message = base::clean_detail(message);
    reply_.possibly_billed = possibly_billed;
}

double images_reply::elapsed_ms() const
{
    return runtime::milliseconds_between(start_, time_.now());
}

} // namespace engine::provider
