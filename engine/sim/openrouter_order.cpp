#include "engine/sim/openrouter_order.hpp"

#include "engine/base/json.hpp"
#include "engine/sim/parameter_reader.hpp"
#include "engine/sim/picture_source.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace engine::sim {

namespace {

std::optional<int> whole(std::string_view text)
{
    int number = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, number);
    return read.ec == std::errc{} && read.ptr == end && number > 0 && number <= 10'000
               ? std::optional(number)
               : std::nullopt;
}

std::optional<api_error> take_references(const base::json& list, image_order& order)
{
    if (list.is_null())
        return std::nullopt;
    if (!list.is_array())
        return wrong_type("input_references", "an array", kind_of(list));
    if (list.items().size() > 16)
        return api_error{.message = "At most 16 input references are possible.",
                         .param = "input_references",
                         .code = "array_above_max_length"};
    for (std::size_t i = 0; i < list.items().size(); ++i) {
        const std::string place = "input_references[" + std::to_string(i) + "]";
        const auto& entry = list.items()[i];
        if (entry["type"].text_or({}) != "image_url")
            return wrong_value(place + ".type", entry["type"].text_or({}), {"image_url"});
        auto found = read_image_url(entry["image_url"]["url"].text_or({}), place, "image");
        if (!found)
            return found.error();
        order.request.references.push_back(std::move(found->seen));
        order.references.push_back(found->file);
        order.owned.push_back(std::move(found->owner));
    }
    return std::nullopt;
}

} // namespace

std::expected<job::image_size, api_error> openrouter_size(std::string_view aspect_ratio,
                                                          std::string_view resolution)
{
    const auto colon = std::min(aspect_ratio.find(':'), aspect_ratio.size());
    const auto across = whole(aspect_ratio.substr(0, colon));
    const auto down = whole(aspect_ratio.substr(std::min(aspect_ratio.size(), colon + 1)));
    if (!across || !down || *across > 3 * *down || *down > 3 * *across)
        return std::unexpected(api_error{.message = "Unsupported aspect_ratio '" +
                                                    base::clean_detail(aspect_ratio, 40) + "'.",
                                         .param = "aspect_ratio",
                                         .code = "invalid_value"});
    const int edge = resolution == "512"  ? 512
                     : resolution == "1K" ? 1024
                     : resolution == "2K" ? 2048
                     : resolution == "4K" ? 3840
                                          : 0;
    if (edge == 0)
        return std::unexpected(wrong_value("resolution", resolution, {"512", "1K", "2K", "4K"}));
    const double ratio = static_cast<double>(*across) / *down;
    const double width = ratio >= 1 ? edge : edge * ratio;
    const double height = ratio >= 1 ? edge / ratio : edge;
    // No model draws less or more than this many pixels (contract, section 1).
    const double area = width * height;
    const double scale = std::sqrt(std::clamp(area, 655'360.0, 8'294'400.0) / area);
    const auto rounded = [&](double length) {
        const double steps = length * scale / 16;
        const double whole = scale > 1   ? std::ceil(steps)
                             : scale < 1 ? std::floor(steps)
                                         : std::round(steps);
        return std::max(1, static_cast<int>(whole)) * 16;
    };
    return job::image_size{rounded(width), rounded(height)};
}

order_or_error read_openrouter(const job::simulator_profile& profile, std::string_view body)
{
    const auto document = base::parse_json(body, "body", std::max<std::size_t>(body.size(), 1));
    if (!document || !document->is_object())
        return std::unexpected(
            api_error{.message = "We could not parse the JSON body of your request."});
    image_order order;
    order.openrouter = true;
    const std::string model{(*document)["model"].text_or({})};
    const auto slash = model.find('/');
    if (slash == std::string::npos)
        return std::unexpected(api_error{.message = "'" + base::clean_detail(model, 100) +
                                                    "' is not a valid model ID.",
                                         .param = "model",
                                         .code = "model_not_found"});
    if (auto wrong = take_references((*document)["input_references"], order))
        return std::unexpected(std::move(*wrong));
    parameter_list given;
    for (const auto& [name, value] : document->members()) {
        if (name == "size" || name == "mask" || name == "response_format")
            return std::unexpected(unknown_parameter(name));
        if (name != "model" && name != "input_references" && name != "aspect_ratio" &&
            name != "resolution")
            given.emplace_back(name, value);
    }
    given.emplace_back("model", model.substr(slash + 1));
    if (!(*document)["aspect_ratio"].is_null() || !(*document)["resolution"].is_null()) {
        const auto size = openrouter_size((*document)["aspect_ratio"].text_or("1:1"),
                                          (*document)["resolution"].text_or("1K"));
        if (!size)
            return std::unexpected(size.error());
        given.emplace_back("size", job::to_string(*size));
    }
    if (auto wrong = read_parameters(profile, given, order))
        return std::unexpected(std::move(*wrong));
    order.content = content_of(order);
    return order;
}

} // namespace engine::sim
