#include "engine/sim/picture_source.hpp"

#include "engine/base/base64.hpp"
#include "engine/base/bytes.hpp"
#include "engine/image/sniff.hpp"

namespace engine::sim {

namespace {

constexpr std::int64_t reference_pixels_max = 40'000'000;
constexpr std::size_t url_characters_max = 20'971'520; // contract, section 2

} // namespace

std::expected<job::reference_image, api_error> check_picture(std::string_view file,
                                                             std::string_view type,
                                                             std::string_view param,
                                                             std::string_view what)
{
    if (type != "image/png" && type != "image/jpeg" && type != "image/webp")
        return std::unexpected(api_error{.message = "Unsupported mimetype '" +
                                                    base::clean_detail(type, 100) + "' for the " +
                                                    std::string(what) + ".",
                                         .param = std::string(param),
                                         .code = "unsupported_file_mimetype"});
    if (file.size() >= 50'000'000)
        return std::unexpected(
            api_error{.message = "The " + std::string(what) + " must be below 50 MB.",
                      .param = std::string(param),
                      .code = "image_file_too_large"});
    const auto header = image::sniff(base::as_bytes(file));
    if (!header || header->animated)
        return std::unexpected(api_error{.message = "Invalid image file or mode for '" +
                                                    std::string(param) +
                                                    "', please check your image file.",
                                         .param = std::string(param),
                                         .code = "invalid_image_file"});
    if (header->size.area() > reference_pixels_max)
        return std::unexpected(
            api_error{.message = "The " + std::string(what) + " has too many pixels.",
                      .param = std::string(param),
                      .code = "image_too_large"});
    job::reference_image found;
    found.format = header->format;
    found.size = header->size;
    found.has_alpha = header->has_alpha;
    found.bytes = file.size();
    return found;
}

picture_or_error read_image_url(std::string_view url, std::string_view param, std::string_view what)
{
    const auto refused = [&](std::string message, std::string code) {
        return std::unexpected(api_error{
            .message = std::move(message), .param = std::string(param), .code = std::move(code)});
    };
    if (url.size() > url_characters_max)
        return refused("Invalid '" + std::string(param) +
                           "': string too long. Expected a string with maximum length " +
                           std::to_string(url_characters_max) + ", but got a string with length " +
                           std::to_string(url.size()) + " instead.",
                       "string_above_max_length");
    if (url.starts_with("https://") || url.starts_with("http://"))
        return refused("Error while downloading " + base::clean_detail(url, 200) + ".",
                       "failed_to_download_image");
    constexpr std::string_view scheme = "data:";
    const auto comma = url.find(',');
    if (!url.starts_with(scheme) || comma == std::string_view::npos)
        return refused("Invalid '" + std::string(param) +
                           "'. Expected a valid URL, but got a value with an invalid format.",
                       "invalid_image_url");
    const auto head = url.substr(scheme.size(), comma - scheme.size());
    const auto type = head.substr(0, head.find(';'));
    if (!head.ends_with(";base64"))
        return refused("Invalid '" + std::string(param) + "'. Expected a base64-encoded data URL.",
                       "invalid_base64_image");
    const auto bytes = base::decode_base64(url.substr(comma + 1), "image_url");
    if (!bytes)
        return refused("Invalid '" + std::string(param) +
                           "'. Expected a base64-encoded data URL with an image.",
                       "invalid_base64_image");
    found_picture found;
    found.owner = std::make_shared<const std::string>(base::as_text(*bytes));
    found.file = *found.owner;
    auto seen = check_picture(found.file, type == "image/jpg" ? "image/jpeg" : type, param, what);
    if (!seen)
        return std::unexpected(std::move(seen.error()));
    found.seen = std::move(*seen);
    return found;
}

picture_or_error read_file_id(std::string_view id, const file_store& files, std::string_view param,
                              std::string_view what)
{
    const auto* file = files.find(id);
    if (!file)
        return std::unexpected(file_not_found(id, param));
    // An upload says no type of its own: what the bytes are decides.
    const auto header = image::sniff(base::as_bytes(file->content));
    const std::string type =
        header ? "image/" + std::string(job::name_of(header->format)) : "image/png";
    auto seen = check_picture(file->content, type, param, what);
    if (!seen)
        return std::unexpected(std::move(seen.error()));
    return found_picture{std::move(*seen), file->body, file->content};
}

picture_or_error read_image_reference(const base::json& value, const file_store& files,
                                      std::string_view param, std::string_view what)
{
    const auto& url = value["image_url"];
    const auto& id = value["file_id"];
    for (const auto& [name, member] : value.members())
        if (name != "image_url" && name != "file_id")
            return std::unexpected(unknown_parameter(std::string(param) + "." + name));
    if (url.is_string() == id.is_string())
        return std::unexpected(
            api_error{.message = "Invalid '" + std::string(param) +
                                 "': expected exactly one of 'image_url' and 'file_id'.",
                      .param = std::string(param),
                      .code = "invalid_value"});
    return url.is_string() ? read_image_url(url.text_or({}), param, what)
                           : read_file_id(id.text_or({}), files, param, what);
}

std::optional<api_error> check_mask(const job::reference_image& mask, job::image_size wanted)
{
    const bool is_png = mask.format == job::image_format::png && mask.has_alpha;
    if (is_png && mask.size == wanted)
        return std::nullopt;
    return api_error{
        .message = is_png
                       ? "Invalid mask image: its size does not match the size of the first image."
                       : "Invalid mask image: expected a PNG with an alpha channel.",
        .type = "image_generation_user_error",
        .param = "mask",
        .code = "invalid_image_file"};
}

} // namespace engine::sim
