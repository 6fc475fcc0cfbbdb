#include "engine/sim/image_order.hpp"

#include "engine/base/bytes.hpp"
#include "engine/base/json.hpp"
#include "engine/base/sha256.hpp"
#include "engine/image/sniff.hpp"
#include "engine/job/token_estimate.hpp"
#include "engine/sim/multipart_form.hpp"
#include "engine/sim/parameter_reader.hpp"

#include <charconv>
#include <optional>

namespace engine::sim {

namespace {

constexpr std::int64_t reference_pixels_max = 40'000'000;
constexpr std::size_t json_bytes_max = 4u << 20; // a prompt of 32,000 characters is far below

std::uint64_t content_of(const image_order& order)
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
    const auto digest = hash.finish();
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 8; ++i)
        number = number << 8 | digest[i];
    return number;
}

// What a part holds, when it is a picture that an edit may bring.
std::expected<job::reference_image, api_error> read_picture(const form_part& part,
                                                            const std::string& param, bool is_mask)
{
    const std::string what = is_mask ? "mask" : "image";
    if (!part.has_file_name)
        return std::unexpected(wrong_type(what, "a file", "a string"));
    const std::string type =
        part.content_type.empty() ? "application/octet-stream" : part.content_type;
    if (type != "image/png" && type != "image/jpeg" && type != "image/webp")
        return std::unexpected(api_error{.message = "Unsupported mimetype '" +
                                                    base::clean_detail(type, 100) + "' for the " +
                                                    what + ".",
                                         .param = param,
                                         .code = "unsupported_file_mimetype"});
    if (part.content.size() >= 50'000'000)
        return std::unexpected(api_error{.message = "The " + what + " must be below 50 MB.",
                                         .param = param,
                                         .code = "image_file_too_large"});
    const auto header = image::sniff(base::as_bytes(part.content));
    if (!header || header->animated)
        return std::unexpected(api_error{.message = "Invalid image file or mode for '" + param +
                                                    "', please check your image file.",
                                         .param = param,
                                         .code = "invalid_image_file"});
    if (header->size.area() > reference_pixels_max)
        return std::unexpected(api_error{.message = "The " + what + " has too many pixels.",
                                         .param = param,
                                         .code = "image_too_large"});
    job::reference_image found;
    found.source = part.file_name;
    found.format = header->format;
    found.size = header->size;
    found.has_alpha = header->has_alpha;
    found.bytes = part.content.size();
    return found;
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
        return api_error{.message =
                             "Invalid 'image': array too long. Expected an array with maximum "
                             "length 16, but got an array with length " +
                             std::to_string(pictures.size()) + " instead.",
                         .param = "image",
                         .code = "array_above_max_length"};
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const bool alone = pictures[i]->name == "image";
        auto found =
            read_picture(*pictures[i], alone ? "image" : "image[" + std::to_string(i) + "]", false);
        if (!found)
            return found.error();
        order.request.references.push_back(std::move(*found));
        order.references.push_back(pictures[i]->content);
    }
    if (!order.request.mask)
        return std::nullopt;
    const auto& mask = *order.request.mask;
    const bool is_png = mask.format == job::image_format::png && mask.has_alpha;
    const bool fits = mask.size == order.request.references.front().size;
    if (is_png && fits)
        return std::nullopt;
    return api_error{
        .message = is_png
                       ? "Invalid mask image: its size does not match the size of the first image."
                       : "Invalid mask image: expected a PNG with an alpha channel.",
        .type = "image_generation_user_error",
        .param = "mask",
        .code = "invalid_image_file"};
}

} // namespace

job::usage image_order::usage(int partials) const
{
    job::usage used;
    // About four bytes a token and 6 tokens around them (contract, section 8).
    used.input_text = static_cast<std::int64_t>(request.prompt.size()) / 4 + 6;
    for (const auto& reference : request.references)
        used.input_image += job::reference_tokens(request.model, reference, request.input_fidelity);
    if (request.mask)
        used.input_image +=
            job::reference_tokens(request.model, *request.mask, request.input_fidelity);
    used.output_image =
        images * job::output_tokens(request.model, request.size, request.quality) + 100 * partials;
    return used;
}

order_or_error read_generation(const job::simulator_profile& profile, shared_text body)
{
    const auto document = base::parse_json(*body, "body", json_bytes_max);
    if (!document || !document->is_object())
        return std::unexpected(
            api_error{.message = "We could not parse the JSON body of your request."});
    image_order order;
    const parameter_list given(document->members().begin(), document->members().end());
    if (auto wrong = read_parameters(profile, given, order))
        return std::unexpected(std::move(*wrong));
    order.body = std::move(body);
    order.content = content_of(order);
    return order;
}

order_or_error read_edit(const job::simulator_profile& profile, shared_text body,
                         std::string_view content_type)
{
    const std::string boundary = boundary_of(content_type);
    if (boundary.empty())
        return std::unexpected(api_error{
            .message = "Unsupported content type: '" + base::clean_detail(content_type, 100) +
                       "'. This API method only accepts 'multipart/form-data' requests.",
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
    if (auto wrong = read_parameters(profile, given, order))
        return std::unexpected(std::move(*wrong));
    order.body = std::move(body);
    order.content = content_of(order);
    return order;
}

} // namespace engine::sim
