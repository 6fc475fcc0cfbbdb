#include "engine/provider/responses_reply.hpp"

#include "engine/provider/leading_text.hpp"
#include "engine/provider/usage_reader.hpp"

#include <algorithm>

namespace engine::provider {

namespace {

constexpr std::size_t id_bytes_max = 200;
constexpr std::size_t text_bytes_max = 2000; // of what the model says; a message keeps 500 of it

bool is_image_call(const base::json& item)
{
    return item["type"].text_or("image_generation_call") == "image_generation_call";
}

} // namespace

responses_reply::responses_reply(image_sink& sink, const runtime::clock& time, bool is_edit)
    : answer_reader(sink, time, {"result", "partial_image_b64"}, "partial_image_b64"),
      is_edit_(is_edit)
{}

void responses_reply::take_event(std::string_view type, const base::json& body, bool has_blob)
{
    if (type == "response.output_item.done")
        return take_item(body["item"], has_blob);
    if (type == "response.output_text.delta" || type == "response.refusal.delta")
        return add_delta(body["delta"].text_or({}));
    if (const auto& response = body["response"]; response.is_object()) {
        const bool ended = type == "response.completed" || type == "response.failed" ||
                           type == "response.incomplete" || type == "response.cancelled";
        take_response(response, ended && has_blob, ended);
    }
    // Anything else: progress, keepalives and events of tomorrow.
}

bool responses_reply::has_ended() const
{
    return status_ == "completed" || status_ == "failed" || status_ == "incomplete" ||
           status_ == "cancelled";
}

void responses_reply::take_document_start(std::string_view skeleton)
{
    if (reply_.response_id.empty())
        take_response_id(leading_text(skeleton, "id"));
}

void responses_reply::take_document(const base::json& body, bool has_blob)
{
    take_response_id(body["id"].text_or({}));
    status_ = base::clean_detail(body["status"].text_or({}), 40);
    if (!has_blob && is_truthy_error(body["error"])) {
        note_usage(body);
        take_error(body);
        return;
    }
    if (!has_blob && !body["output"].is_array() && body["status"].is_null()) {
        fail(job::outcome::bad_output, "not_a_response", "the answer is no response object", false);
        return;
    }
    take_response(body, has_blob, true);
}

void responses_reply::take_item(const base::json& item, bool has_blob)
{
    if (item["type"].text_or({}) == "message")
        return note_text(item);
    if (!is_image_call(item))
        return;
    if (has_blob && is_result(item["result"])) {
        take_image();
        reply_.image_call_id = base::clean_detail(item["id"].text_or({}), id_bytes_max);
        reply_.revised_prompt = base::clean_detail(item["revised_prompt"].text_or({}), 4000);
        if (const auto model = item["model"].text_or({}); !model.empty())
            reply_.model_returned = base::clean_detail(model, 100);
        return;
    }
    if (!item_error_ && is_truthy_error(item["error"])) {
        item_error_ = base::json::make_object();
        item_error_->set("error", item["error"]);
    }
}

// `ended`: the response says how it ended; before that it only tells its name.
void responses_reply::take_response(const base::json& response, bool has_blob, bool ended)
{
    take_response_id(response["id"].text_or({}));
    status_ = base::clean_detail(response["status"].text_or({}), 40);
    if (!ended)
        return;
    if (reply_.model_returned.empty()) // the response's own model is the text model
        for (const auto& tool : response["tools"].items())
            if (tool["type"].text_or({}) == "image_generation")
                reply_.model_returned = base::clean_detail(tool["model"].text_or({}), 100);
    if (has_blob)
        for (const auto& item : response["output"].items())
            if (is_result(item["result"]))
                take_item(item, true);
    note_usage(response);
    if (!has_image() && !failed())
        take_missing_image(response);
    take_all();
}

void responses_reply::take_missing_image(const base::json& response)
{
    const bool has_text = !text_.empty(); // from the events: here it would stand again
    for (const auto& item : response["output"].items())
        if (item["type"].text_or({}) != "message" || !has_text)
            take_item(item, false);
    if (text_.empty())
        text_ = deltas_;
    const auto status = response["status"].text_or({});
    if (is_truthy_error(response["error"]))
        return take_error(response);
    if (item_error_)
        return take_error(*item_error_);
    if (status == "incomplete" || response["incomplete_details"].is_object())
        return take_incomplete(response["incomplete_details"]["reason"].text_or({}));
    if (status == "queued" || status == "in_progress")
        return fail(job::outcome::unknown, std::string(still_running_code),
                    "the answer says that the picture is still being made", true);
    if (status == "cancelled")
        return fail(job::outcome::unknown, "response_cancelled", "the provider cancelled it", true);
    if (!text_.empty())
        return fail(job::outcome::refused, "text_instead_of_image", text_, false);
    if (output_was_charged())
        return fail(job::outcome::bad_output, "no_image",
                    "the response holds neither image nor text, and its usage shows output", false);
    fail(job::outcome::overloaded, "empty_response", "the response holds neither image nor text",
         false);
}

void responses_reply::take_incomplete(std::string_view reason)
{
    const auto code = reason.empty() ? std::string("incomplete") : base::clean_detail(reason, 80);
    // A longer answer was wanted than allowed, or somebody else ended it: another try may do, and
    // what was made is charged.
    fail(code == "content_filter" ? job::outcome::refused : job::outcome::bad_output, code,
         "the response is incomplete: " + code + (text_.empty() ? "" : " (" + text_ + ")"), false);
}

// The stream ended properly, but without the response's end.
void responses_reply::take_end_of_events()
{
    if (item_error_)
        take_error(*item_error_);
    else
        answer_reader::take_end_of_events();
}

// Money: where the image's tokens are not told, `used` holds the text model's alone, with no image
// output; who settles then takes the estimate for the image's part (see job::settle_cost).
void responses_reply::note_usage(const base::json& response)
{
    const auto image = read_image_usage(response["tool_usage"]["image_gen"], is_edit_);
    auto used = image.value_or(job::usage{});
    const bool mainline = add_mainline_usage(response["usage"], used);
    if (image || mainline)
        reply_.used = used;
}

void responses_reply::note_text(const base::json& message)
{
    for (const auto& part : message["content"].items()) {
        const auto said =
            part["text"].is_string() ? part["text"].text_or({}) : part["refusal"].text_or({});
        const auto room = text_bytes_max - std::min(text_.size(), text_bytes_max);
        if (!said.empty() && !text_.empty() && room > 0)
            text_ += ' ';
        text_ += said.substr(0, room);
    }
}

void responses_reply::add_delta(std::string_view delta)
{
    deltas_ += delta.substr(0, text_bytes_max - std::min(deltas_.size(), text_bytes_max));
}

bool responses_reply::output_was_charged() const
{
    return reply_.used && (reply_.used->output_image > 0 || reply_.used->output_text > 0 ||
                           reply_.used->mainline_output > 0);
}

} // namespace engine::provider
