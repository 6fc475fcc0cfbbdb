#include "engine/provider/images_request.hpp"

#include "engine/base/assert.hpp"
#include "engine/base/sha256.hpp"
#include "engine/http/multipart.hpp"
#include "engine/provider/request_wire.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace engine::provider {

namespace {

using put_field = std::function<void(std::string_view, base::json)>;

// "3:2" and "1K": what a provider without pixel sizes understands.
void put_aspect_ratio(const std::optional<job::image_size>& size, const put_field& put)
{
    if (!size || size->width < 1 || size->height < 1)
        return;
    const auto divisor = std::gcd(size->width, size->height);
    put("aspect_ratio",
        std::to_string(size->width / divisor) + ":" + std::to_string(size->height / divisor));
    const auto edge = size->long_edge();
    put("resolution", edge <= 512 ? "512" : edge <= 1024 ? "1K" : edge <= 2048 ? "2K" : "4K");
}

// The parameters that all forms carry, in the contract's order.
void put_parameters(const job::image_request& request, const job::wire_switches& wire,
                    const put_field& put_it)
{
    const put_field put = [&](std::string_view name, base::json value) {
        if (is_sent(wire, name))
            put_it(name, std::move(value));
    };
    const auto put_text = [&](std::string_view name, const std::string& value) {
        if (!value.empty())
            put(name, value);
    };
    if (wire.send_model)
        put("model", model_on_wire(wire, request.model));
    put("prompt", request.prompt);
    put("n", 1);
    if (wire.size == job::size_form::size)
        put("size", request.size ? job::to_string(*request.size) : "auto");
    else
        put_aspect_ratio(request.size, put);
    put_text("quality", request.quality);
    put_text("background", request.background);
    if (!request.is_edit() || wire.moderation_in_edits)
        put_text("moderation", request.moderation);
    put_text("input_fidelity", request.input_fidelity);
    if (request.format)
        put("output_format", job::name_of(*request.format));
    if (request.compression)
        put("output_compression", *request.compression);
    if (request.stream && wire.supports_stream) {
        put("stream", true);
        const int partials = wire.stream_needs_partial ? std::max(1, request.partial_images)
                                                       : request.partial_images;
        if (partials > 0)
            put("partial_images", partials);
    }
    if (wire.send_response_format)
        put("response_format", "b64_json");
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
    prepared.wire.target = request_target(base_path, wire.generations_path, wire, request.model);
    prepared.wire.headers.add("Content-Type", "application/json");
    prepared.wire.body.push_back(std::move(text));
    return prepared;
}

// A file name of our own: the user's would tell a provider about the user's disk.
std::string part_name(std::string_view stem, job::image_format format)
{
    return std::string(stem) + "." + std::string(job::extension_of(format));
}

using fields = std::vector<std::pair<std::string, std::string>>;

base::result<prepared_request> multipart_edit(const job::image_request& request,
                                              const image_inputs& inputs,
                                              const job::wire_switches& wire)
{
    // The boundary and so the body follow from the content: the same request is the same bytes.
    fields named;
    put_parameters(request, wire, [&](std::string_view name, const base::json& value) {
        named.emplace_back(std::string(name),
                           value.is_string() ? std::string(value.text_or({})) : value.dump());
    });
    prepared_request prepared;
    prepared.hash = body_hash(named, request);
    http::multipart_builder form("darkroom-" + prepared.hash.substr(0, 40));
    for (const auto& [name, value] : named)
        form.add_field(name, value);
    const bool single =
        wire.edits == job::edit_form::multipart_single || request.references.size() == 1;
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
    prepared.wire.headers.add("Content-Type", parts->content_type);
    prepared.wire.body = std::move(parts->body);
    return prepared;
}

// `images`: [{"file_id":...},{"image_url":"data:..."}], `mask` likewise.
void write_json_images(json_body& body, prepared_request& prepared, encoded_images& encoded,
                       const job::image_request& request, const image_inputs& inputs)
{
    body.name("images");
    for (std::size_t n = 0; n < request.references.size(); ++n) {
        body.raw(n == 0 ? "[{" : ",{");
        write_reference(body, prepared, encoded, request, inputs, n);
        body.raw("}");
    }
    body.raw("]");
    if (!request.mask)
        return;
    body.name("mask");
    body.raw("{");
    write_mask(body, prepared, encoded, request, inputs);
    body.raw("}");
}

// `image`: "data:..." or a list of them, `mask` likewise.
void write_json_image(json_body& body, encoded_images& encoded, const job::image_request& request,
                      const image_inputs& inputs)
{
    const bool list = request.references.size() > 1;
    body.name("image");
    for (std::size_t n = 0; n < request.references.size(); ++n) {
        body.raw(n > 0 ? "," : list ? "[" : "");
        body.data_url(request.references[n].format,
                      encoded.encode(request.references[n], inputs.references[n]));
    }
    body.raw(list ? "]" : "");
    if (!request.mask)
        return;
    body.name("mask");
    body.data_url(request.mask->format, encoded.encode(*request.mask, inputs.mask));
}

// OpenRouter's; it has no mask.
void write_input_references(json_body& body, encoded_images& encoded,
                            const job::image_request& request, const image_inputs& inputs)
{
    body.name("input_references");
    for (std::size_t n = 0; n < request.references.size(); ++n) {
        body.raw(n == 0 ? "[" : ",");
        body.raw(R"({"type":"image_url","image_url":{"url":)");
        body.data_url(request.references[n].format,
                      encoded.encode(request.references[n], inputs.references[n]));
        body.raw("}}");
    }
    body.raw("]");
}

base::result<prepared_request> json_edit(const job::image_request& request,
                                         const image_inputs& inputs, const job::wire_switches& wire,
                                         encoded_images& encoded)
{
    if (request.mask && wire.edits == job::edit_form::input_references)
        return base::fail(std::make_error_code(std::errc::not_supported), "build the request",
                          "this provider takes no mask");
    prepared_request prepared;
    fields named;
    json_body body;
    put_parameters(request, wire, [&](std::string_view name, const base::json& value) {
        named.emplace_back(std::string(name), value.dump());
        body.member(name, value);
    });
    if (wire.edits == job::edit_form::json_images)
        write_json_images(body, prepared, encoded, request, inputs);
    else if (wire.edits == job::edit_form::json_image)
        write_json_image(body, encoded, request, inputs);
    else
        write_input_references(body, encoded, request, inputs);
    prepared.hash = body_hash(named, request);
    prepared.wire.headers.add("Content-Type", "application/json");
    prepared.wire.body = std::move(body).finish();
    return prepared;
}

} // namespace

base::result<prepared_request> build_images_request(const job::image_request& request,
                                                    const image_inputs& inputs,
                                                    const job::wire_switches& wire,
                                                    const std::string& base_path,
                                                    encoded_images& encoded)
{
    ENGINE_ASSERT(inputs.references.size() == request.references.size());
    ENGINE_ASSERT((inputs.mask != nullptr) == request.mask.has_value());
    if (!request.is_edit())
        return generation(request, wire, base_path);
    const bool multipart =
        wire.edits == job::edit_form::multipart || wire.edits == job::edit_form::multipart_single;
    auto prepared = multipart ? multipart_edit(request, inputs, wire)
                              : json_edit(request, inputs, wire, encoded);
    if (!prepared)
        return prepared;
    prepared->is_edit = true;
    prepared->wire.method = "POST";
    prepared->wire.target = request_target(base_path, wire.edits_path, wire, request.model);
    return prepared;
}

} // namespace engine::provider
