// responses_reply: the answer of POST /responses with the image_generation tool. Source: contract
// section 4; how it is read: answer_reader.hpp.
//
// The image is the first non-empty `result`: of response.output_item.done, then of the final
// response; no status is asked for. Once it lies whole in the sink it is delivered, whatever comes
// after it: only usage is waited for. Without an image, in this order: the response's error, the
// failed item's error, why it is incomplete, text (`refused`, with the text as the message), and
// with neither `overloaded`, or `bad_output` when its usage shows that output was charged.
#pragma once

#include "engine/provider/answer_reader.hpp"

#include <optional>
#include <string>

namespace engine::provider {

// The answer is only the name of a response that is still being made.
inline constexpr std::string_view still_running_code = "still_running";

class responses_reply final : public answer_reader {
public:
    // As images_reply.
    responses_reply(image_sink& sink, const runtime::clock& time, bool is_edit);

    // Whether the provider said that it still works on it.
    [[nodiscard]] bool still_running() const
    {
        return status_ == "queued" || status_ == "in_progress";
    }
    // Whether a response object said how it ended.
    [[nodiscard]] bool has_ended() const;

private:
    void take_event(std::string_view type, const base::json& body, bool has_blob) override;
    void take_document(const base::json& body, bool has_blob) override;
    void take_document_start(std::string_view skeleton) override;
    void take_end_of_events() override;

    void take_item(const base::json& item, bool has_blob);
    void take_response(const base::json& response, bool has_blob, bool ended);
    void take_missing_image(const base::json& response);
    void take_incomplete(std::string_view reason);
    void note_usage(const base::json& response);
    void note_text(const base::json& message);
    void add_delta(std::string_view delta);
    [[nodiscard]] bool output_was_charged() const;

    bool is_edit_;
    std::string status_;                   // of the response, as it was said last
    std::optional<base::json> item_error_; // of a failed image call, as {"error": {...}}
    std::string text_;                     // what the model says instead of drawing
    std::string deltas_;                   // the same, as it comes
};

} // namespace engine::provider
