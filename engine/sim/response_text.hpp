// response_text: the bytes of answers of the Responses API: the response object, its items and its
// events, with OpenAI's fields (contract, section 4). Pure.
//
// Written by hand around the base64, which must not be copied through a JSON tree.
#pragma once

#include "engine/job/simulator_profile.hpp"
#include "engine/sim/api_error.hpp"
#include "engine/sim/response_order.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace engine::sim {

// What becomes of a response.
enum class response_end {
    whole,       // what was asked for: a picture, words, or both
    words_only,  // a picture was asked for, and words came
    nothing,     // completed, and empty
    item_failed, // completed, and its image call has an error
    failed,
    incomplete,
};

// All that a response will say, known when it begins; only the picture itself comes later.
struct response_facts {
    std::string id, image_id, message_id;
    response_order order;                    // its pictures are kept elsewhere
    std::int64_t created = 0, completed = 0; // Unix seconds
    response_end end = response_end::whole;
    bool empty_item = false; // of `nothing`: an image call without a result, or no item at all
    api_error error{};       // of item_failed and failed
    std::string reason{};    // of incomplete
    std::string words{};
    std::string revised_prompt{};
    job::usage used{};
    bool charged = true; // otherwise it tells no usage
    job::simulator_profile::wire_model wire{};

    [[nodiscard]] bool shows_picture() const { return order.draws && end == response_end::whole; }
    [[nodiscard]] bool has_words() const { return !words.empty(); }
    [[nodiscard]] std::string_view final_status() const;
};

// The response as it is at a stage: "queued", "in_progress", "cancelled" or its final status. Only
// then it has an output, and the picture (base64) in it; `with_output` false leaves that out.
[[nodiscard]] std::string response_document(const response_facts& facts, std::string_view status,
                                            const std::string& picture, bool with_output = true);

// {"type": ..., "sequence_number": ..., FIELDS}; `fields` without braces, may be empty.
[[nodiscard]] std::string response_event(const response_facts& facts, std::string_view type,
                                         std::size_t sequence, const std::string& fields);

// The items: under way, done, and the message.
[[nodiscard]] std::string begun_image_item(const response_facts& facts);
[[nodiscard]] std::string done_image_item(const response_facts& facts, const std::string& picture,
                                          std::string_view status);
[[nodiscard]] std::string message_item(const response_facts& facts, bool done);
// What was asked, as a conversation lists it.
[[nodiscard]] std::string asked_item(const response_facts& facts);
[[nodiscard]] std::string text_part(std::string_view text);

} // namespace engine::sim
