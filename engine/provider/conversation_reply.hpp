// conversation_reply: the items of a conversation in which one lost request may have left its
// answer: GET /conversations/{id}/items. Source: SDK `openai` (conversations/items), "input items
// and output items from this response are automatically added to this conversation after this
// response completes".
//
// Only what lies there says something. A picture is delivered, an error or words of the assistant
// end it as responses_reply would; no usage is told. With none of them nothing is known: the
// request may be under way, have failed, or never have arrived.
#pragma once

#include "engine/provider/answer_reader.hpp"

#include <optional>
#include <string>

namespace engine::provider {

class conversation_reply final : public answer_reader {
public:
    // As images_reply.
    conversation_reply(image_sink& sink, const runtime::clock& time, bool is_edit);

    // A list came, and holds no answer (yet).
    [[nodiscard]] bool still_running() const { return listed_ && !ended_; }
    // The answer was there.
    [[nodiscard]] bool has_ended() const { return ended_; }

private:
    void take_event(std::string_view, const base::json&, bool) override {}
    void take_document(const base::json& body, bool has_blob) override;
    void take_call(const base::json& item, bool has_blob);
    void take_words(const base::json& message);

    bool listed_ = false;
    bool ended_ = false;
};

} // namespace engine::provider
