// wire_switches: how a provider's wire differs from OpenAI's, as data. A dialect is a named set of
// them; a manifest may change each. Source: contract section 11.
#pragma once

#include "engine/base/json.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::job {

// Where the key goes.
enum class key_header { bearer, api_key, none }; // Authorization: Bearer; api-key; nowhere
inline constexpr std::array<std::string_view, 3> key_header_names = {"bearer", "api-key", "none"};

// How reference images travel on the Images API.
enum class edit_form {
    multipart,        // parts `image[]`, or `image` for a single one: as OpenAI's own clients
    multipart_single, // a part `image` for each
    json_images,      // JSON, `images`: [{file_id} or {image_url: data URL}], `mask` likewise
    json_image,       // JSON, `image`: a data URL, or a list of them; `mask`: a data URL
    input_references, // JSON, `input_references`: [{type: image_url, image_url: {url}}]
};
inline constexpr std::array<std::string_view, 5> edit_form_names = {
    "multipart", "multipart-single", "json-images", "json-image", "input-references"};

// How a size is said.
enum class size_form { size, aspect_ratio }; // `size`: "WxH"; `aspect_ratio`: "3:2", `resolution`
inline constexpr std::array<std::string_view, 2> size_form_names = {"size", "aspect-ratio"};

// How a wire differs from OpenAI's, whose switches are the defaults. In paths, query and headers
// `{deployment}` stands for the deployment, or the model where none is set, and `{api_version}`.
struct wire_switches {
    key_header key = key_header::bearer;
    std::string deployment;  // sent instead of the model, in bodies too
    std::string api_version; // for {api_version}
    // Below the endpoint's base path.
    std::string generations_path = "/images/generations";
    std::string edits_path = "/images/edits";
    std::string responses_path = "/responses";
    std::string conversations_path = "/conversations";
    std::string files_path = "/files";
    std::string models_path = "/models";
    std::string query;                          // behind every path, without '?'
    std::map<std::string, std::string> headers; // with every request
    std::string model_prefix;                   // before an image model without a '/'
    std::vector<std::string> omit;              // request fields that are never sent
    bool send_model = true;
    bool send_tool_model = true;        // Responses: `model` in the image tool
    bool send_response_format = false;  // "b64_json": OpenAI refuses it, some gateways want it
    bool send_max_output_tokens = true; // Responses: bounds what the text model can cost
    bool moderation_in_edits = true;
    edit_form edits = edit_form::multipart;
    size_form size = size_form::size;
    bool supports_stream = true;
    bool supports_files = true;       // POST /files, purpose vision
    bool supports_responses = true;   // POST /responses
    bool supports_models_list = true; // GET /models
    bool stores_responses = true;     // previous_response_id works; `store: true` is sent
    // Fetching what was lost; the first also needs stores_responses, the others the first.
    bool retrieves_responses = true;     // GET /responses/{id}
    bool supports_background = true;     // `background: true` is sent with recoverable requests
    bool supports_conversations = false; // a conversation is made for each recoverable request
    bool stream_needs_partial = false;   // asks for a partial image whenever it streams
    bool allow_url_results = false;      // an answer with only an address is downloaded
    friend bool operator==(const wire_switches&, const wire_switches&) = default;
};

// Their names, as in dialects.json and under a manifest's `wire`: those of the members, without
// deployment and api_version.
[[nodiscard]] std::vector<std::string_view> switch_names();
// Sets one, after checking it: nothing that could end up in a request line or a header may break
// out of it. What is wrong, or nothing.
[[nodiscard]] std::optional<std::string> set_switch(wire_switches& wire, std::string_view name,
                                                    const base::json& value);
// Whether a text may stand for {deployment} or {api_version}: 1 to 128 visible ASCII characters.
[[nodiscard]] bool is_wire_name(std::string_view text);

} // namespace engine::job
