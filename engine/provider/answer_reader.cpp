#include "engine/provider/answer_reader.hpp"

#include "engine/provider/small_exchange.hpp"

#include <algorithm>
#include <utility>

namespace engine::provider {

namespace {

constexpr std::size_t document_start_bytes_max = 8u << 10;
constexpr std::size_t raw_bytes_max = 64u << 10; // of an error answer; more is not read into memory

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

bool is_partial(std::string_view type)
{
    return type.ends_with(".partial_image");
}

} // namespace

bool is_truthy_error(const base::json& value)
{
    return (value.is_object() && !value.members().empty()) || !value.text_or({}).empty();
}

bool is_answer_id(std::string_view text)
{
    constexpr std::size_t id_bytes_max = 200;
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; }) &&
           base::clean_detail(text, id_bytes_max) == text;
}

answer_reader::answer_reader(image_sink& sink, const runtime::clock& time,
                             std::vector<std::string> image_keys, std::string partial_key)
    : sink_(sink), time_(time), start_(time.now()), partial_key_(std::move(partial_key)),
      scanner_(std::move(image_keys), *this)
{}

base::result<void> answer_reader::on_head(const http::response_head& head)
{
    head_ = head;
    reply_.http_status = head.status;
    if (const auto id = head.headers.find("x-request-id"))
        reply_.request_id = base::clean_detail(*id, 128);
    reply_.buckets = parse_buckets(head.headers);
    reply_.rate_limit_headers = limit_headers(head.headers);
    reply_.retry_after = parse_retry_after(head.headers, time_.wall_now());
    if (!reply_.buckets.empty())
        sink_.on_limits(reply_.buckets);
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

void answer_reader::decide_form(std::string_view first_bytes)
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

base::result<void> answer_reader::on_body(std::string_view piece)
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
        } else if (scanner_.skeleton_so_far().size() <= document_start_bytes_max) {
            take_document_start(scanner_.skeleton_so_far());
        }
        return {};
    }
    raw_ += piece.substr(0, raw_bytes_max - std::min(raw_.size(), raw_bytes_max));
    return {};
}

base::result<void> answer_reader::read_stream(std::string_view piece)
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
        // What comes after the end is read only to free the connection.
        if (complete_ || skip_event_)
            continue;
        if (auto fed = scanner_.feed(token->data); !fed) {
            if (reply_.local_failure)
                return fed;
            // No image in it: some gateway's own chatter.
            if (scanner_.blobs() == 0 || !awaits_image()) {
                skip_event_ = true;
                continue;
            }
            malformed_ = true;
            malformed_text_ = fed.error().message();
            return fed;
        }
    }
}

void answer_reader::note_partial()
{
    if (!reply_.first_partial_ms)
        reply_.first_partial_ms = elapsed_ms();
}

base::result<void> answer_reader::begin_blob(std::string_view key)
{
    blob_ = blob::none;
    if (!awaits_image() || blob_whole_)
        return {}; // one image was asked for: the first counts
    const bool stream = form_ == form::stream;
    if (key == partial_key_ || (stream && is_partial(events_.event_name())) ||
        (stream && contains(scanner_.skeleton_so_far(), ".partial_image\""))) {
        note_partial();
        if (sink_.begin_partial(reply_.partials_received))
            blob_ = blob::partial;
        return {};
    }
    result_blob_ = scanner_.blobs();
    blob_ = blob::result; // its event may still turn out to be another one: end_event() knows
    auto begun = sink_.begin();
    if (!begun)
        reply_.local_failure = begun.error();
    return begun;
}

base::result<void> answer_reader::write(base::byte_view decoded)
{
    if (blob_ == blob::partial)
        sink_.write_partial(decoded);
    if (blob_ != blob::result)
        return {};
    auto written = sink_.write(decoded);
    if (!written)
        reply_.local_failure = written.error();
    return written;
}

base::result<void> answer_reader::end_blob()
{
    if (blob_ == blob::partial)
        sink_.end_partial();
    blob_whole_ = blob_whole_ || blob_ == blob::result;
    blob_ = blob::none;
    return {};
}

base::result<void> answer_reader::end_event(std::string_view event_name)
{
    if (!reply_.first_event_ms)
        reply_.first_event_ms = elapsed_ms();
    if (complete_)
        return {};
    const bool has_blob = std::exchange(blob_whole_, false);
    // What is wrong with it cannot be the image.
    const bool chatter = scanner_.blobs() == 0 || !awaits_image();
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
        if (awaits_image())
            take_error(*body);
        return {};
    }
    if (is_partial(type)) {
        ++reply_.partials_received;
        note_partial();
        return {};
    }
    take_event(type, *body, has_blob);
    return {};
}

void answer_reader::take_error(const base::json& body)
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

void answer_reader::take_response_id(std::string_view id)
{
    if (!reply_.response_id.empty() || !is_answer_id(id))
        return;
    reply_.response_id = id;
    sink_.on_response_id(id);
}

void answer_reader::take_url(std::string_view url)
{
    constexpr std::size_t url_bytes_max = 8192; // signed addresses are about 1 KB
    if (url.size() <= url_bytes_max)
        result_url_ = url;
    fail(job::outcome::bad_output, "url_only",
         "the answer holds only the image's address; `wire: { allow_url_results: true }` of the "
         "provider would fetch it",
         false);
}

void answer_reader::take_end_of_events()
{
    fail(job::outcome::unknown, "no_final_event", "the stream ended without a completed event",
         true);
}

void answer_reader::read_document()
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
    take_document(*body, blob_whole_);
}

reply answer_reader::finish(const http::exchange_report& exchange)
{
    reply_.bytes_received = exchange.bytes_received;
    reply_.connect_ms = exchange.times.connect;
    reply_.first_byte_ms = exchange.times.first_byte;
    reply_.last_byte_ms = exchange.times.last_byte;
    classify_ending(exchange);
    if (image_) {
        reply_.outcome = job::outcome::delivered;
        reply_.error_code.clear();
        reply_.error_message.clear();
        reply_.possibly_billed = false;
    }
    return std::move(reply_);
}

void answer_reader::classify_ending(const http::exchange_report& exchange)
{
    if (complete_ || failed_)
        return;
    if (reply_.local_failure) {
        fail(job::outcome::unknown, "store_failed", reply_.local_failure->message(), true);
        return;
    }
    if (form_ == form::stream && exchange.complete && events_.event_pending()) {
        // No blank line after the last event: the official SDKs take it all the same, if it is
        // whole.
        (void)end_event(events_.event_name());
        if (complete_ || failed_)
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
    else if (!complete_ && !failed_)
        classify_empty_answer();
}

void answer_reader::classify_transport(const http::exchange_report& exchange)
{
    // An answer that says no, cut in its body: the status is enough.
    if (exchange.failure && exchange.sent_any && reply_.http_status >= 400) {
        const auto body = base::parse_json(raw_, "answer");
        take_error(body ? *body : base::json());
        return;
    }
    const auto lost = classify_lost(exchange);
    fail(lost.outcome, lost.code, lost.message, lost.possibly_billed);
}

void answer_reader::classify_empty_answer()
{
    if (form_ == form::stream) {
        take_end_of_events();
        return;
    }
    const auto body = base::parse_json(raw_, "answer");
    if (reply_.http_status != 200 || (body && is_truthy_error((*body)["error"])))
        take_error(body ? *body : base::json());
    else
        fail(job::outcome::bad_output, "not_an_image_answer", base::clean_detail(raw_, 200), false);
}

void answer_reader::fail(job::outcome outcome, std::string code, std::string message,
                         bool possibly_billed)
{
    failed_ = true;
    reply_.outcome = outcome;
    reply_.error_code = std::move(code);
    reply_.error_message = base::clean_detail(message);
    reply_.possibly_billed = possibly_billed;
}

double answer_reader::elapsed_ms() const
{
    return runtime::milliseconds_between(start_, time_.now());
}

} // namespace engine::provider
