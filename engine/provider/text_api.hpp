// text_api: asks a text model for a text: POST /responses without tools, plain JSON. For the
// enrichment of prompts and for `doctor`. Source: contract section 4.
#pragma once

#include "engine/http/client.hpp"
#include "engine/job/usage.hpp"
#include "engine/provider/request_wire.hpp"
#include "engine/provider/small_exchange.hpp"

#include <functional>
#include <optional>
#include <string>

namespace engine::provider {

struct text_request {
    std::string model;
    std::string instructions; // empty = none are sent
    std::string input;
    int max_output_tokens = 600; // reasoning included; sent to every provider
    std::string client_request_id;
};

// `delivered`: `text` is a whole, non-empty answer. A refusal in words is `refused` with those as
// the message; a text that the token limit cut is `bad_output`: half a prompt is none.
struct text_reply {
    job::outcome outcome = job::outcome::unknown;
    std::string error_code;
    std::string error_message;      // cleaned
    std::string text;               // UTF-8, as it came, without known keys
    std::optional<job::usage> used; // mainline tokens, also of an answer that is no use
    std::string response_id;
    std::string request_id;
    std::string model_returned;
    int http_status = 0;
    bool possibly_billed = false;
    bool never_fits = false;
    std::optional<std::chrono::milliseconds> retry_after;
    std::vector<bucket_reading> buckets;
    limit_text limits;
    std::map<std::string, std::string> rate_limit_headers;
};

class text_api {
public:
    // `client` and `time` must outlive this and every ask().
    text_api(provider_access access, http::client& client, const runtime::clock& time);

    // Asks once; never retries. `on_sending` may be empty: called just before the first byte may
    // leave.
    [[nodiscard]] runtime::task<text_reply>
    ask(text_request request, std::function<void()> on_sending, runtime::call_context context);

private:
    provider_access access_;
    http::client& client_;
    const runtime::clock& time_;
};

// What a finished answer of the Responses API says in words. Pure; ask() uses it.
void read_text_response(const base::json& response, text_reply& reply);

} // namespace engine::provider
