// response_order: a request to the Responses API as the look-alike has understood it, with every
// default filled in, and the reader that refuses what OpenAI refuses. Contract: section 4.
//
// The look-alike's text model does what it is told: with the image tool at hand it draws, else it
// rewrites what it was given as a prompt.
#pragma once

#include "engine/base/json.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/sim/api_error.hpp"
#include "engine/sim/image_order.hpp"
#include "engine/sim/kept_picture.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::sim {

// An earlier response, as far as the next one needs it.
struct earlier_response {
    std::string text;                    // of what was said until then
    std::uint64_t content = 0;           // names it, whatever its id
    std::int64_t tokens = 0;             // of the conversation until then
    bool finished = false;               // one that is still being worked on cannot be continued
    job::reference_image picture;        // described
    std::shared_ptr<kept_picture> drawn; // its picture; null when it has none
};

// A conversation, as far as the next response in it needs it.
struct earlier_conversation {
    bool known = false;
    bool locked = false;                  // a response of it is still being worked on
    std::optional<earlier_response> last; // nothing = none was completed
};

// Where a request's names lead. Both may be empty functions' "nothing".
struct response_context {
    const job::simulator_profile& profile;
    const file_store& files;
    std::function<std::optional<earlier_response>(std::string_view id)> response;
    std::function<std::optional<earlier_response>(std::string_view id)> image_call;
    std::function<earlier_conversation(std::string_view id)> conversation;
};

struct response_order {
    std::string model; // the text model
    // What is to be drawn; of an answer in words only request.prompt, which is what was said last.
    image_order image;
    std::shared_ptr<kept_picture> parent; // of the picture; null = none
    bool draws = false;
    bool talks = false; // words after the picture, or only words
    bool edits = false; // the item's "action"
    bool stream = false, store = true, background = false;
    std::string previous_id, conversation_id, instructions;
    std::string said;               // everything that was said, earlier responses included
    std::int64_t tokens_before = 0; // of the earlier responses
    std::int64_t tokens_in = 0;     // what the text model reads, these included
    std::size_t echoed_bytes = 0;   // of the next, as text
    base::json echoed;              // members of the response that repeat the request
    std::uint64_t content = 0;      // as image_order::content
};

using response_order_or_error = std::expected<response_order, api_error>;

[[nodiscard]] response_order_or_error read_response_order(const response_context& context,
                                                          std::string_view body);

// What the look-alike makes of a prompt when it rewrites it: the same for the same text.
[[nodiscard]] std::string rewritten(std::string_view prompt);

} // namespace engine::sim
