#include "engine/provider/images_request.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/json.hpp"
#include "engine/base/sha256.hpp"
#include "engine/http/multipart.hpp"

namespace engine::provider {

namespace {

// The parameters that both forms carry, in the contract's order. `put(name, json value)` writes
// one.
template <class Put>
void put_parameters(const job::image_request& request, const job::wire_switches& wire, Put put)
{
    if (wire.send_model)
        put("model", base::json(request.model));
    put("prompt", base::json(request.prompt));
    put("n", base::json(1));
    put("size", base::json(request.size ? job::to_string(*request.size) : "auto"));
    const auto put_text = [&](std::string_view name, const std::string& value) {
        if (!value.empty())
            put(name, base::json(value));
    };
    put_text("quality", request.quality);
    put_text("background", request.background);
    put_text("moderation", request.moderation);
    put_text("input_fidelity", request.input_fidelity);
    if (request.format)
        put("output_format", base::json(job::name_of(*request.format)));
    if (request.compression)
        put("output_compression", base::json(*request.compression));
    if (request.stream)
        put("stream", base::json(true));
    if (request.stream && request.partial_images > 0)
        put("partial_images", base::json(request.partial_images));
    if (wire.send_response_format)
        put("response_format", base::json("b64_json"));
}

prepared_request generation(const job::image_request& request, const job::wire_switches& wire,
                            const std::string& base_path)
{
    base::json body = base::json::make_object();
    put_parameters(request, wire, [&](std::string_view name, base::json value) {
        body.set(name, std::move(value));
    });
    prepared_request prepared;
    auto text = std::make_shared<const std::string>(body.dump());
    prepared.hash = base::sha256_hex(*text);
    prepared.wire.method = "POST";
    prepared.wire.target = base_path + "/images/generations";
    prepared.wire.headers.add("Content-Type", "application/json");
    prepared.wire.body.push_back(std::move(text));
    return prepared;
}

// A file name of our own: the user's would tell a provider about the user's disk.
std::string part_name(std::string_view stem, job::image_format format)
{
    return std::string(stem) + "." + std::string(job::extension_of(format));
}

base::result<prepared_request> edit(const job::image_request& request, const image_inputs& inputs,
                                    const job::wire_switches& wire, const std::string& base_path)
{
    // The boundary and so the body follow from the content: the same request is the same bytes.
    base::sha256 content;
    std::vector<std::pair<std::string, std::string>> fields;
    put_parameters(request, wire, [&](std::string_view name, const base::json& value) {
        fields.emplace_back(std::string(name),
                            value.is_string() ? std::string(value.text_or({})) : value.dump());
        content.update(fields.back().first + "=" + fields.back().second + "\n");
    });
    for (const auto& reference : request.references)
        content.update("reference " + reference.sha256 + "\n");
    if (request.mask)
        content.update("mask " + request.mask->sha256 + "\n");

    prepared_request prepared;
    prepared.is_edit = true;
    prepared.hash = base::hex(content.finish());
    http::multipart_builder form("darkroom-" + prepared.hash.substr(0, 40));
    for (const auto& [name, value] : fields)
        form.add_field(name, value);
    const bool single = wire.single_image_field || request.references.size() == 1;
    for (std::size_t i = 0; i < request.references.size(); ++i) {
        const auto format = request.references[i].format;
        form.add_file(single ? "image" : "image[]",
                      part_name("reference-" + std::to_string(i + 1), format),
                      job::media_type_of(format), inputs.references[i]);
    }
    if (request.mask)
        form.add_file("mask", part_name("mask", request.mask->format),
                      job::media_type_of(request.mask->format), inputs.mask);
    auto parts = std::move(form).finish();
    if (!parts)
        return std::unexpected(parts.error());
    prepared.wire.method = "POST";
    prepared.wire.target = base_path + "/images/edits";
    prepared.wire.headers.add("Content-Type", parts->content_type);
    prepared.wire.body = std::move(parts->body);
    return prepared;
}

} // namespace

base::result<prepared_request> build_images_request(const job::image_request& request,
                                                    const image_inputs& inputs,
                                                    const job::wire_switches& wire,
                                                    const std::string& base_path)
{
    ENGINE_ASSERT(inputs.references.size() == request.references.size());
    ENGINE_ASSERT((inputs.mask != nullptr) == request.mask.has_value());
    if (request.is_edit())
        return edit(request, inputs, wire, base_path);
    return generation(request, wire, base_path);
}

} // namespace engine::provider
