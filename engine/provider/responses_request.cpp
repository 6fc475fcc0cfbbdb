#include "engine/provider/responses_request.hpp"

#include "engine/base/assert.hpp"
#include "engine/job/token_estimate.hpp"
#include "engine/provider/request_wire.hpp"

#include <algorithm>

namespace engine::provider {

namespace {

int partials_of(const job::image_request& request, const job::wire_switches& wire)
{
    return wire.stream_needs_partial ? std::max(1, request.partial_images) : request.partial_images;
}

// The tool without its mask.
base::json tool_of(const job::image_request& request, const job::wire_switches& wire, bool stream)
{
    auto tool = base::json::make_object({{"type", "image_generation"}});
    const auto put = [&](std::string_view name, base::json value) {
        if (is_sent(wire, name))
            tool.set(name, std::move(value));
    };
    const auto put_text = [&](std::string_view name, const std::string& value) {
        if (!value.empty())
            put(name, value);
    };
    if (wire.send_tool_model)
        put("model", model_on_wire(wire, request.model));
    put_text("action", request.action);
    put("size", request.size ? job::to_string(*request.size) : "auto");
    put_text("quality", request.quality);
    put_text("background", request.background);
    put_text("moderation", request.moderation);
    put_text("input_fidelity", request.input_fidelity);
    if (request.format)
        put("output_format", job::name_of(*request.format));
    if (request.compression)
        put("output_compression", *request.compression);
    if (const int partials = partials_of(request, wire); stream && partials > 0)
        put("partial_images", partials);
    return tool;
}

void write_input(json_body& body, prepared_request& prepared, encoded_images& encoded,
                 const job::image_request& request, const image_inputs& inputs)
{
    body.name("input");
    if (request.references.empty()) {
        body.value(request.prompt);
        return;
    }
    body.raw(R"([{"role":"user","content":[)");
    body.value(base::json::make_object({{"type", "input_text"}, {"text", request.prompt}}));
    for (std::size_t n = 0; n < request.references.size(); ++n) {
        body.raw(R"(,{"type":"input_image",)");
        write_reference(body, prepared, encoded, request, inputs, n);
        body.raw("}");
    }
    body.raw("]}]");
}

void write_tools(json_body& body, prepared_request& prepared, encoded_images& encoded,
                 const job::image_request& request, const image_inputs& inputs,
                 const base::json& tool)
{
    body.name("tools");
    auto text = tool.dump();
    text.pop_back(); // its closing brace, for the mask to go before
    body.raw("[" + text);
    if (request.mask) {
        body.raw(R"(,"input_image_mask":{)");
        write_mask(body, prepared, encoded, request, inputs);
        body.raw("}");
    }
    body.raw("}]");
}

} // namespace

prepared_request build_responses_request(const job::image_request& request,
                                         const image_inputs& inputs, const job::wire_switches& wire,
                                         const std::string& base_path, encoded_images& encoded)
{
    ENGINE_ASSERT(inputs.references.size() == request.references.size());
    ENGINE_ASSERT((inputs.mask != nullptr) == request.mask.has_value());
    const bool stream = request.stream && wire.supports_stream;
    const auto tool = tool_of(request, wire, stream);

    prepared_request prepared;
    prepared.is_edit = request.is_edit();
    json_body body;
    std::vector<std::pair<std::string, std::string>> named; // what names the body, but images
    const auto put = [&](std::string_view name, const base::json& value) {
        if (!is_sent(wire, name))
            return;
        body.member(name, value);
        named.emplace_back(std::string(name), value.dump());
    };
    put("model", request.mainline_model);
    write_input(body, prepared, encoded, request, inputs);
    named.emplace_back("input", request.prompt);
    write_tools(body, prepared, encoded, request, inputs, tool);
    named.emplace_back("tools", tool.dump());
    put("tool_choice", base::json::make_object({{"type", "image_generation"}}));
    if (!request.previous_response_id.empty())
        put("previous_response_id", request.previous_response_id);
    if (wire.send_max_output_tokens)
        put("max_output_tokens", job::mainline_output_tokens_max);
    if (wire.stores_responses)
        put("store", true);
    if (request.recoverable && wire.stores_responses && wire.retrieves_responses) {
        if (wire.supports_background)
            put("background", true);
        // A conversation and an earlier response exclude each other (contract, section 4).
        if (!request.conversation_id.empty() && request.previous_response_id.empty())
            put("conversation", request.conversation_id);
    }
    if (stream)
        put("stream", true);

    prepared.hash = body_hash(named, request);
    prepared.wire.method = "POST";
    prepared.wire.target = request_target(base_path, wire.responses_path, wire, request.model);
    prepared.wire.headers.add("Content-Type", "application/json");
    prepared.wire.body = std::move(body).finish();
    return prepared;
}

} // namespace engine::provider
