// images_reply: the answer of the Images API, /images/generations and /images/edits. Source:
// contract sections 1 and 3; how it is read: answer_reader.hpp.
#pragma once

#include "engine/provider/answer_reader.hpp"

namespace engine::provider {

class images_reply final : public answer_reader {
public:
    // `sink` and `time` must outlive this. `is_edit`: how input tokens are read when only their
    // total is told.
    images_reply(image_sink& sink, const runtime::clock& time, bool is_edit);

private:
    void take_event(std::string_view type, const base::json& body, bool has_blob) override;
    void take_document(const base::json& body, bool has_blob) override;
    void take_result(const base::json& holder);
    void take_only_url(const base::json& holder, std::string_view url);
    void take_words(const base::json& holder); // usage, model, prompt

    bool is_edit_;
};

} // namespace engine::provider
