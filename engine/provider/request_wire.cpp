#include "engine/provider/request_wire.hpp"

#include "engine/base/sha256.hpp"

#include <algorithm>

namespace engine::provider {

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view with)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

std::string filled(std::string text, const job::wire_switches& wire, std::string_view model,
                   std::string (*escape)(std::string_view))
{
    replace_all(text, "{deployment}", escape(wire.deployment.empty() ? model : wire.deployment));
    replace_all(text, "{api_version}", escape(wire.api_version));
    return text;
}

// RFC 3986: all but unreserved characters.
std::string percent_encoded(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') || c == '-' || c == '.' || c == '_' ||
                           c == '~';
        if (plain) {
            out += c;
            continue;
        }
        out += '%';
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string as_it_is(std::string_view text)
{
    return std::string(text);
}

void write_image(json_body& body, prepared_request& prepared, encoded_images& encoded,
                 const job::reference_image& image, const http::body_piece& bytes,
                 const std::string& file_id)
{
    if (!file_id.empty()) {
        body.raw("\"file_id\":");
        body.value(base::json(file_id));
        prepared.file_ids.push_back(file_id);
        return;
    }
    body.raw("\"image_url\":");
    body.data_url(image.format, encoded.encode(image, bytes));
}

} // namespace

std::string request_target(const std::string& base_path, const std::string& path,
                           const job::wire_switches& wire, std::string_view model)
{
    return request_target_of(base_path, path, {}, {}, wire, model);
}

std::string request_target_of(const std::string& base_path, const std::string& path,
                              std::string_view id, std::string_view below,
                              const job::wire_switches& wire, std::string_view model)
{
    auto target = base_path + filled(path, wire, model, percent_encoded);
    if (!id.empty())
        target += '/' + percent_encoded(id);
    target += below;
    if (!wire.query.empty())
        target += "?" + filled(wire.query, wire, model, percent_encoded);
    return target;
}

void add_common_headers(http::header_list& headers, const provider_access& access,
                        std::string_view model, std::string_view accept,
                        const std::string& client_request_id)
{
    const auto& wire = access.spec.wire;
    if (!access.api_key.empty() && wire.key == job::key_header::bearer)
        headers.add("Authorization", "Bearer " + access.api_key);
    if (!access.api_key.empty() && wire.key == job::key_header::api_key)
        headers.add("api-key", access.api_key);
    headers.add("Accept", accept);
    headers.add("User-Agent", "darkroom/" DARKROOM_VERSION);
    headers.add("X-Client-Request-Id", client_request_id);
    for (const auto& [name, value] : wire.headers)
        headers.add(name, filled(value, wire, model, as_it_is));
}

std::string model_on_wire(const job::wire_switches& wire, std::string_view model)
{
    if (!wire.deployment.empty())
        return wire.deployment;
    if (model.find('/') != std::string_view::npos)
        return std::string(model);
    return wire.model_prefix + std::string(model);
}

bool is_sent(const job::wire_switches& wire, std::string_view field)
{
    return std::ranges::find(wire.omit, field) == wire.omit.end();
}

void write_reference(json_body& body, prepared_request& prepared, encoded_images& encoded,
                     const job::image_request& request, const image_inputs& inputs, std::size_t n)
{
    const auto id = n < inputs.reference_file_ids.size() ? inputs.reference_file_ids[n] : "";
    write_image(body, prepared, encoded, request.references[n], inputs.references[n], id);
}

void write_mask(json_body& body, prepared_request& prepared, encoded_images& encoded,
                const job::image_request& request, const image_inputs& inputs)
{
    write_image(body, prepared, encoded, *request.mask, inputs.mask, inputs.mask_file_id);
}

std::string body_hash(const std::vector<std::pair<std::string, std::string>>& fields,
                      const job::image_request& request)
{
    base::sha256 content;
    for (const auto& [name, value] : fields)
        content.update(name + "=" + value + "\n");
    for (const auto& reference : request.references)
        content.update("reference " + reference.sha256 + "\n");
    if (request.mask)
        content.update("mask " + request.mask->sha256 + "\n");
    return base::hex(content.finish());
}

} // namespace engine::provider
