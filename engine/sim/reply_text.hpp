// reply_text: the bytes of answers about images: the JSON document and the events of a stream, with
// OpenAI's fields in OpenAI's order (contract, sections 1 and 3). Pure.
//
// Written by hand around the base64, which must not be copied through a JSON tree.
#pragma once

#include "engine/sim/api_error.hpp"
#include "engine/sim/image_order.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace engine::sim {

struct reply_facts {
    std::int64_t created = 0; // Unix seconds
    job::usage used;
    bool revised_prompt = false;   // gateways repeat the prompt
    bool short_usage = false;      // gateways give sums only
    bool completion_usage = false; // prompt_tokens and completion_tokens
    bool crlf = false;             // of streams
    bool openrouter = false;       // its document, which says what it costs
    double cost_usd = 0;           // there
};

struct usage_form {
    bool short_form = false; // sums only
    bool output_details = false;
    bool completion_names = false; // prompt_tokens and completion_tokens
};
// The image model's tokens.
[[nodiscard]] base::json usage_json(const job::usage& used, const usage_form& form);

// "event: NAME", "data: DATA" and the empty line.
[[nodiscard]] std::string sse_event(std::string_view name, const std::string& data, bool crlf);
// An error as it stands inside events: the members come in another order than in a document.
[[nodiscard]] base::json error_in_event(const api_error& error);

// The whole answer; no pictures make an empty "data". With `urls`, as many as pictures, these stand
// for them.
[[nodiscard]] std::string images_document(const image_order& order, const reply_facts& facts,
                                          std::span<const shared_text> pictures,
                                          std::span<const std::string> urls = {});
[[nodiscard]] std::string partial_event(const image_order& order, const reply_facts& facts,
                                        const std::string& picture, int index);
[[nodiscard]] std::string completed_event(const image_order& order, const reply_facts& facts,
                                          const std::string& picture);
[[nodiscard]] std::string error_event(const api_error& error, const reply_facts& facts);
[[nodiscard]] std::string keepalive_comment(const reply_facts& facts);
[[nodiscard]] std::string done_marker(const reply_facts& facts);

} // namespace engine::sim
