// provider_spec: an endpoint that can be asked for images, as data: where it is, how it is spoken
// to, what it allows.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/money.hpp"
#include "engine/job/price.hpp"

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::job {

// Limits that the user was sold. Nothing = not known, so not limited from our side (concurrency
// excepted).
struct rate_limits {
    std::optional<double> requests_per_minute; // > 0
    std::optional<double> images_per_minute;   // > 0
    std::optional<double> tokens_per_minute;   // > 0
    std::optional<int> concurrency;            // requests at once, 1 to 10,000; default 16

    friend bool operator==(const rate_limits&, const rate_limits&) = default;
};

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
    bool supports_files = true;        // POST /files, purpose vision
    bool supports_responses = true;    // POST /responses
    bool supports_models_list = true;  // GET /models
    bool stores_responses = true;      // previous_response_id works; `store: true` is sent
    bool stream_needs_partial = false; // asks for a partial image whenever it streams
    bool allow_url_results = false;    // an answer with only an address is downloaded
    friend bool operator==(const wire_switches&, const wire_switches&) = default;
};

struct provider_spec {
    std::string name;
    std::string dialect = "openai"; // a known set of switches
    std::string base_url;           // "https://api.openai.com/v1"; "sim:" = the embedded look-alike
    std::string api_key_env;        // name of the environment variable; empty = no key is sent
    rate_limits limits;
    wire_switches wire;
    bool real_money = true; // false only for the look-alike
    std::optional<base::microusd> per_image_price;
    std::map<std::string, model_price> model_prices;
    base::json simulator; // settings of the look-alike (seed, faults, latency); an object or null

    [[nodiscard]] bool is_simulator() const { return base_url == "sim:"; }
};

// The providers that need no block in a manifest: openai, xai-router, laozhang, simulator.
[[nodiscard]] const std::vector<provider_spec>& builtin_providers();
// The switches of a dialect, or nothing if there is none of that name.
[[nodiscard]] std::optional<wire_switches> dialect_switches(std::string_view dialect);
[[nodiscard]] std::vector<std::string_view> dialect_names();

} // namespace engine::job
