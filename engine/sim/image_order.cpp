#include "engine/sim/image_order.hpp"

#include "engine/base/bytes.hpp"
#include "engine/base/json.hpp"
#include "engine/base/sha256.hpp"
#include "engine/job/token_estimate.hpp"
#include "engine/sim/multipart_form.hpp"
#include "engine/sim/parameter_reader.hpp"
#include "engine/sim/picture_source.hpp"

#include <charconv>
#include <optional>

namespace engine::sim {

namespace {

constexpr std::size_t json_bytes_max = 4u << 20; // a prompt of 32,000 characters is far below

// What a part holds, when it is a picture that an edit may bring.
std::expected<job::reference_image, api_error> read_picture(const form_part& part,
                                                            const std::string& param, bool is_mask)
{
    const std::string what = is_mask ? "mask" : "image";
    if (!part.has_file_name)
        return std::unexpected(wrong_type(what, "a file", "a string"));
    auto found = check_picture(
        part.content, part.content_type.empty() ? "application/octet-stream" : part.content_type,
        param, what);
    if (found)
        found->source = part.file_name;
    return found;
}

api_error unreadable_json()
{
    return {.message = "We could not parse the JSON body of your request."};
}

api_error too_many_pictures(std::string_view param, std::size_t count)
{
    return {.message = "Invalid '" + std::string(param) +
                       "': array too long. Expected an array with maximum length 16, but got an "
                       "array with length " +
                       std::to_string(count) + " instead.",
            .param = std::string(param),
            .code = "array_above_max_length"};
}

// A form's text as the JSON value it stands for.
base::json value_of(std::string_view name, std::string_view text)
{
    const bool flag = name == "stream";
    const bool number = name == "n" || name == "output_compression" || name == "partial_images";
    if (flag && (text == "true" || text == "false"))
        return base::json(text == "true");
    std::int64_t whole = 0;
    const char* end = text.data() + text.size();
    if (number && std::from_chars(text.data(), end, whole).ptr == end && !text.empty())
        return base::json(whole);
    return base::json(text);
}

std::optional<api_error> take_pictures(const std::vector<form_part>& parts, image_order& order)
{
    std::vector<const form_part*> pictures;
    for (const auto& part : parts) {
        if (part.name == "image" || part.name == "image[]")
            pictures.push_back(&part);
        if (part.name != "mask")
            continue;
        if (!order.mask.empty())
            return api_error{.message = "Duplicate parameter: 'mask'.",
                             .param = "mask",
                             .code = "duplicate_parameter"};
        auto mask = read_picture(part, "mask", true);
        if (!mask)
            return mask.error();
        order.request.mask = std::move(*mask);
        order.mask = part.content;
    }
    if (pictures.empty())
        return missing_parameter("image");
    if (pictures.size() > 16)
        return too_many_pictures("image", pictures.size());
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const bool alone = pictures[i]->name == "image";
        auto found =
            read_picture(*pictures[i], alone ? "image" : "image[" + std::to_string(i) + "]", false);
        if (!found)
            return found.error();
        order.request.references.push_back(std::move(*found));
        order.references.push_back(pictures[i]->content);
    }
    return order.request.mask ? check_mask(*order.request.mask, order.base().size) : std::nullopt;
}

// The pictures of a JSON edit.
std::optional<api_error> take_named_pictures(const base::json& document, const file_store& files,
                                             image_order& order)
{
    const auto& images = document["images"];
    if (images.is_null())
        return missing_parameter("images");
    if (!images.is_array())
        return wrong_type("images", "an array", "another type");
    if (images.items().empty())
        return api_error{.message = "Invalid 'images': empty array. Expected an array with minimum "
                                    "length 1, but got an empty array instead.",
                         .param = "images",
                         .code = "empty_array"};
    if (images.items().size() > 16)
        return too_many_pictures("images", images.items().size());
    const auto take = [&](const base::json& value, const std::string& param,
                          std::string_view what) -> picture_or_error {
        auto found = read_image_reference(value, files, param, what);
        if (found)
            order.owned.push_back(found->owner);
        return found;
    };
    for (std::size_t i = 0; i < images.items().size(); ++i) {
        auto found = take(images.items()[i], "images[" + std::to_string(i) + "]", "image");
        if (!found)
            return found.error();
        order.request.references.push_back(std::move(found->seen));
        order.references.push_back(found->file);
    }
    if (document["mask"].is_null())
        return std::nullopt;
    auto mask = take(document["mask"], "mask", "mask");
    if (!mask)
        return mask.error();
    order.request.mask = std::move(mask->seen);
    order.mask = mask->file;
    return check_mask(*order.request.mask, order.base().size);
}

// Azure's deployments stand for the model.
std::optional<api_error> name_model(parameter_list& given, const std::string& deployment)
{
    if (deployment.empty())
        return std::nullopt;
    for (const auto& [name, value] : given)
        if (name == "model")
            return unknown_parameter("model");
    given.emplace_back("model", deployment);
    return std::nullopt;
}

// Of a JSON edit as some gateways want it: a data URL or a list of them, and a mask likewise. In
// the form that it has here.
base::json as_named_pictures(const base::json& document)
{
    const auto named = [](const base::json& url) {
        return base::json::make_object({{"image_url", url}});
    };
    base::json::array images;
    if (document["image"].is_string())
        images.push_back(named(document["image"]));
    for (const auto& url : document["image"].items())
        images.push_back(named(url));
    auto made = base::json::make_object({{"images", std::move(images)}});
    if (document["mask"].is_string())
        made.set("mask", named(document["mask"]));
    return made;
}

order_or_error read_json_edit(const job::simulator_profile& profile, const std::string& body,
                              const file_store& files, const std::string& deployment)
{
    const auto document = base::parse_json(body, "body", body.size());
    if (!document || !document->is_object())
        return std::unexpected(unreadable_json());
    image_order order;
    const bool gateway = profile.wire.any_model && document->contains("image");
    if (auto wrong =
            take_named_pictures(gateway ? as_named_pictures(*document) : *document, files, order))
        return std::unexpected(std::move(*wrong));
    parameter_list given;
    for (const auto& [name, value] : document->members())
        if (name != (gateway ? "image" : "images") && name != "mask")
            given.emplace_back(name, value);
    if (auto wrong = name_model(given, deployment))
        return std::unexpected(std::move(*wrong));
    if (auto wrong = read_parameters(profile, given, order))
        return std::unexpected(std::move(*wrong));
    order.content = content_of(order);
    return order;
}

} // namespace

std::uint64_t content_of(const image_order& order, std::string_view more)
{
    base::sha256 hash;
    const auto& request = order.request;
    const auto add = [&](std::string_view text) {
        hash.update(std::to_string(text.size()));
        hash.update(":");
        hash.update(text);
    };
    for (const std::string& text :
         {request.model, request.prompt, job::to_string(order.size()), request.quality,
          request.background, request.moderation, request.input_fidelity,
          std::string(job::name_of(*request.format)),
          std::to_string(request.compression.value_or(-1)), std::to_string(order.images)})
        add(text);
    for (const auto reference : order.references)
        add(reference);
    add(order.mask);
    if (!more.empty())
        add(more);
    const auto digest = hash.finish();
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i)
        number = number << 8 | digest[i];
    return number;
}

job::usage image_order::usage(int partials) const
{
    job::usage used;
    // About four bytes a token and 6 tokens around them (contract, section 8).
    used.input_text = static_cast<std::int64_t>(request.prompt.size()) / 4 + 6;
    for (const auto& reference : request.references)
        used.input_image += job::reference_tokens(request.model, reference, request.input_fidelity);
    if (earlier)
        used.input_image += job::reference_tokens(request.model, *earlier, request.input_fidelity);
    if (request.mask)
        used.input_image +=
            job::reference_tokens(request.model, *request.mask, request.input_fidelity);
    used.output_image =
        images * job::output_tokens(request.model, request.size, request.quality) + 100 * partials;
    return used;
}

order_or_error read_generation(const job::simulator_profile& profile, shared_text body,
                               const std::string& deployment)
{
    const auto document = base::parse_json(*body, "body", json_bytes_max);
    if (!document || !document->is_object())
        return std::unexpected(unreadable_json());
    image_order order;
    parameter_list given(document->members().begin(), document->members().end());
    if (auto wrong = name_model(given, deployment))
        return std::unexpected(std::move(*wrong));
    if (auto wrong = read_parameters(profile, given, order))
        return std::unexpected(std::move(*wrong));
    order.body = std::move(body);
    order.content = content_of(order);
    return order;
}

order_or_error read_edit(const job::simulator_profile& profile, shared_text body,
                         std::string_view content_type, const file_store& files,
                         const std::string& deployment)
{
    if (content_type.starts_with("application/json"))
        return read_json_edit(profile, *body, files, deployment);
    const std::string boundary = boundary_of(content_type);
    if (boundary.empty())
        return std::unexpected(api_error{
            .message = "Unsupported content type: '" + base::clean_detail(content_type, 100) +
                       "'. This API method only accepts 'multipart/form-data' and "
                       "'application/json' requests.",
            .code = "unsupported_content_type"});
    const auto parts = read_multipart(*body, boundary);
    if (!parts)
        return std::unexpected(api_error{
            .message =
                "We could not parse the multipart body of your request: " + parts.error() + "."});
    image_order order;
    if (auto wrong = take_pictures(*parts, order))
        return std::unexpected(std::move(*wrong));
    parameter_list given;
    for (const auto& part : *parts)
        if (part.name != "image" && part.name != "image[]" && part.name != "mask")
            given.emplace_back(part.name, value_of(part.name, part.content));
    if (auto wrong = name_model(given, deployment))
        return std::unexpected(std::move(*wrong));
    if (auto wrong = read_parameters(profile, given, order))
        return std::unexpected(std::move(*wrong));
    order.body = std::move(body);
    order.content = content_of(order);
    return order;
}

} // namespace engine::sim
