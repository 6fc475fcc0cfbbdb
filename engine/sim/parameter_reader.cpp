#include "engine/sim/parameter_reader.hpp"

#include "engine/base/utf8.hpp"
#include "engine/job/capability.hpp"

#include <algorithm>
#include <array>

namespace engine::sim {

namespace {

constexpr std::string_view default_model = "gpt-image-2"; // what a request without a model gets

// Reads the parameters that both endpoints share. Each reader answers with an error or nothing.
class parameter_reader {
public:
    parameter_reader(const job::simulator_profile& profile, const parameter_list& given)
        : profile_(profile), given_(given)
    {}

    std::optional<api_error> run(image_order& order)
    {
        using step = std::optional<api_error> (parameter_reader::*)(image_order&);
        constexpr std::array<step, 9> steps = {
            &parameter_reader::names,  &parameter_reader::prompt,  &parameter_reader::model,
            &parameter_reader::count,  &parameter_reader::options, &parameter_reader::streaming,
            &parameter_reader::format, &parameter_reader::size,    &parameter_reader::background};
        for (const step next : steps)
            if (auto wrong = (this->*next)(order))
                return wrong;
        return std::nullopt;
    }

private:
    // Null when it was not given; null and not given mean the same to OpenAI.
    const base::json& at(std::string_view name) const
    {
        static const base::json none;
        const auto found = std::ranges::find(given_, name, &parameter_list::value_type::first);
        return found == given_.end() ? none : found->second;
    }

    std::optional<api_error> names(image_order&)
    {
        constexpr std::array<std::string_view, 16> known = {
            "prompt",         "model",          "n",
            "size",           "quality",        "background",
            "moderation",     "output_format",  "output_compression",
            "stream",         "partial_images", "safety_identifier",
            "user",           "complexity",     "input_fidelity",
            "response_format"};
        for (const auto& [name, value] : given_) {
            const bool refused = name == "response_format" && !profile_.wire.response_format;
            if (refused || std::ranges::find(known, name) == known.end())
                return unknown_parameter(name);
        }
        const auto& format = at("response_format");
        if (!format.is_null() && format.text_or({}) != "b64_json")
            return wrong_value("response_format", format.text_or(kind_of(format)), {"b64_json"});
        return std::nullopt;
    }

    std::optional<api_error> prompt(image_order& order)
    {
        const auto& value = at("prompt");
        if (value.is_null())
            return missing_parameter("prompt");
        if (!value.is_string())
            return wrong_type("prompt", "a string", kind_of(value));
        order.request.prompt = value.text_or({});
        const auto& text = order.request.prompt;
        if (text.empty())
            return api_error{.message = "Invalid 'prompt': empty string. Expected a string with "
                                        "minimum length 1, but got an empty string instead.",
                             .param = "prompt",
                             .code = "empty_string"};
        if (base::find_invalid_utf8(text))
            return api_error{.message = "Invalid 'prompt': expected valid UTF-8.",
                             .param = "prompt",
                             .code = "invalid_value"};
        const std::size_t length = base::utf8_length(text);
        if (length > 32'000) // contract, section 1
            return api_error{.message = "Invalid 'prompt': string too long. Expected a string with "
                                        "maximum length 32000, but got a string with length " +
                                        std::to_string(length) + " instead.",
                             .param = "prompt",
                             .code = "string_above_max_length"};
        return std::nullopt;
    }

    std::optional<api_error> model(image_order& order)
    {
        const auto& value = at("model");
        if (!value.is_null() && !value.is_string())
            return wrong_type("model", "a string", kind_of(value));
        order.request.model = value.text_or(default_model);
        const auto& name = order.request.model;
        can_ = job::capability_table::builtin().find(name);
        if (!can_ && profile_.wire.any_model && !name.empty() && name.size() <= 200) {
            static const job::capability open;
            can_ = &open;
        }
        if (can_ && can_->status == "retired" && name.starts_with("dall-e"))
            return api_error{.status = 410, .message = "This model has been retired."};
        if (!can_ || can_->status == "retired")
            return api_error{.status = 404,
                             .message = "The model '" + base::clean_detail(name, 100) +
                                        "' does not exist or you do not have access to it.",
                             .code = "model_not_found"};
        if (std::ranges::find(profile_.unverified_models, name) != profile_.unverified_models.end())
            return api_error{.status = 403,
                             .message = "Your organization must be verified to use the model `" +
                                        base::clean_detail(name, 100) + "`."};
        return std::nullopt;
    }

    std::optional<api_error> whole(std::string_view name, int low, int high,
                                   std::optional<int>& out)
    {
        const auto& value = at(name);
        if (value.is_null())
            return std::nullopt;
        if (!value.is_integer())
            return wrong_type(name, "an integer", kind_of(value));
        const std::int64_t number = value.integer_or(0);
        const bool above = number > high;
        if (above || number < low)
            return api_error{.message = "Invalid '" + std::string(name) + "': integer " +
                                        (above ? "above maximum" : "below minimum") +
                                        " value. Expected a value " + (above ? "<= " : ">= ") +
                                        std::to_string(above ? high : low) + ", but got " +
                                        std::to_string(number) + " instead.",
                             .param = std::string(name),
                             .code = above ? "integer_above_max_value" : "integer_below_min_value"};
        out = static_cast<int>(number);
        return std::nullopt;
    }

    // `out` stays as it is when the parameter is not given.
    std::optional<api_error> one_of(std::string_view name, const std::vector<std::string>& allowed,
                                    std::string& out)
    {
        const auto& value = at(name);
        if (value.is_null())
            return std::nullopt;
        if (!value.is_string())
            return wrong_type(name, "a string", kind_of(value));
        out = value.text_or({});
        if (!allowed.empty() && std::ranges::find(allowed, out) == allowed.end())
            return wrong_value(name, out, allowed);
        return std::nullopt;
    }

    std::optional<api_error> count(image_order& order)
    {
        std::optional<int> images;
        if (auto wrong = whole("n", 1, 10, images))
            return wrong;
        order.images = images.value_or(1);
        return std::nullopt;
    }

    std::optional<api_error> options(image_order& order)
    {
        auto& request = order.request;
        std::string ignored;
        if (auto wrong = one_of("quality", can_->qualities, request.quality))
            return wrong;
        if (request.quality.empty() || request.quality == "auto")
            request.quality = "medium"; // what the look-alike takes auto for
        if (auto wrong = one_of("moderation", {"auto", "low"}, request.moderation))
            return wrong;
        if (auto wrong = one_of("complexity", {"low", "medium", "high"}, ignored))
            return wrong;
        if (auto wrong = one_of("safety_identifier", {}, order.safety_identifier))
            return wrong;
        if (order.safety_identifier.size() > 64)
            order.safety_identifier.resize(base::utf8_prefix(order.safety_identifier, 64));
        if (auto wrong = one_of("user", {}, ignored))
            return wrong;
        if (at("input_fidelity").is_null())
            return std::nullopt;
        if (!order.is_edit())
            return unknown_parameter("input_fidelity");
        if (can_->input_fidelities.empty())
            return api_error{.message = "The model '" + request.model +
                                        "' does not support the 'input_fidelity' parameter.",
                             .param = "input_fidelity",
                             .code = "unsupported_parameter"};
        return one_of("input_fidelity", can_->input_fidelities, request.input_fidelity);
    }

    std::optional<api_error> streaming(image_order& order)
    {
        const auto& stream = at("stream");
        if (!stream.is_null() && !stream.is_bool())
            return wrong_type("stream", "a boolean", kind_of(stream));
        order.request.stream = stream.bool_or(false);
        std::optional<int> partials;
        if (auto wrong = whole("partial_images", 0, can_->partial_images_max, partials))
            return wrong;
        order.request.partial_images = partials.value_or(0);
        if (order.request.stream && order.images != 1)
            return api_error{.message = "Streaming is only supported with n=1.",
                             .type = "image_generation_user_error",
                             .param = "input",
                             .code = "unsupported_parameter"};
        if (order.request.partial_images > 0 && !order.request.stream)
            return api_error{.message = "partial_images is only supported with stream=true.",
                             .type = "image_generation_user_error",
                             .param = "partial_images",
                             .code = "unsupported_parameter"};
        return std::nullopt;
    }

    std::optional<api_error> format(image_order& order)
    {
        std::string name = "png";
        const std::vector<std::string> all = {"png", "jpeg", "webp"};
        if (auto wrong = one_of("output_format", can_->formats.empty() ? all : can_->formats, name))
            return wrong;
        order.request.format = job::enum_named<job::image_format>(job::image_format_names, name);
        if (!order.request.format)
            return wrong_value("output_format", name, all);
        if (auto wrong = whole("output_compression", 0, 100, order.request.compression))
            return wrong;
        if (name == "png" && order.request.compression.value_or(100) != 100)
            return api_error{
                .message = "Compression less than 100 is not supported for PNG output format.",
                .type = "image_generation_user_error",
                .param = "output_compression",
                .code = "invalid_value"};
        return std::nullopt;
    }

    // The rule of the model that the size breaks, or nothing.
    [[nodiscard]] std::string broken_rule(job::image_size size) const
    {
        if (size.long_edge() > can_->long_edge_max)
            return "Longest edge is limited to " + std::to_string(can_->long_edge_max) + ".";
        if (size.width % can_->edge_multiple != 0 || size.height % can_->edge_multiple != 0)
            return "Width and height must be multiples of " + std::to_string(can_->edge_multiple) +
                   ".";
        if (size.long_edge() > can_->ratio_max * size.short_edge())
            return "The aspect ratio is limited to " +
                   std::to_string(static_cast<int>(can_->ratio_max)) + ":1.";
        // An open model has no bounds of its own; 64 MP is what the look-alike will draw.
        const std::int64_t most = std::min<std::int64_t>(can_->pixels_max, 64'000'000);
        if (size.area() < can_->pixels_min || size.area() > most)
            return "The number of pixels must be between " + std::to_string(can_->pixels_min) +
                   " and " + std::to_string(most) + ".";
        return {};
    }

    std::optional<api_error> size(image_order& order)
    {
        std::string text = "auto";
        if (auto wrong = one_of("size", {}, text))
            return wrong;
        if (text == "auto") {
            order.request.size = automatic_size(order);
            return std::nullopt;
        }
        const auto asked = job::parse_image_size(text);
        if (!can_->sizes.empty()) {
            std::vector<std::string> names;
            for (const auto allowed : can_->sizes)
                names.push_back(job::to_string(allowed));
            names.emplace_back("auto");
            if (!asked || std::ranges::find(can_->sizes, *asked) == can_->sizes.end())
                return wrong_value("size", text, names);
        }
        const std::string rule = asked ? broken_rule(*asked) : "Expected WIDTHxHEIGHT or 'auto'.";
        if (!rule.empty()) // `param` says "tools" on this path too (contract, section 1)
            return api_error{.message =
                                 "Invalid size '" + base::clean_detail(text, 40) + "'. " + rule,
                             .type = "image_generation_user_error",
                             .param = "tools",
                             .code = "invalid_value"};
        order.request.size = *asked;
        return std::nullopt;
    }

    // A square, or for an edit what comes nearest to the first picture.
    static job::image_size automatic_size(const image_order& order)
    {
        if (!order.is_edit())
            return {1024, 1024};
        const auto first = order.base().size;
        const double ratio = static_cast<double>(first.width) / first.height;
        return ratio > 1.22   ? job::image_size{1536, 1024}
               : ratio < 0.82 ? job::image_size{1024, 1536}
                              : job::image_size{1024, 1024};
    }

    std::optional<api_error> background(image_order& order)
    {
        auto& request = order.request;
        if (at("background").text_or({}) == "transparent" && !can_->backgrounds.empty() &&
            std::ranges::find(can_->backgrounds, "transparent") == can_->backgrounds.end())
            return api_error{.message = "Transparent background is not supported for this model.",
                             .type = "image_generation_user_error",
                             .param = "background",
                             .code = "invalid_value"};
        if (auto wrong =
                one_of("background", {"transparent", "opaque", "auto"}, request.background))
            return wrong;
        if (request.background != "transparent")
            request.background = "opaque"; // what the look-alike takes auto for
        if (order.transparent() && *request.format == job::image_format::jpeg)
            return api_error{.message =
                                 "Transparent background is not supported for JPEG output format.",
                             .type = "image_generation_user_error",
                             .param = "background",
                             .code = "invalid_value"};
        return std::nullopt;
    }

    const job::simulator_profile& profile_;
    const parameter_list& given_;
    const job::capability* can_ = nullptr;
};

} // namespace

std::string kind_of(const base::json& value)
{
    return value.is_string()    ? "a string"
           : value.is_bool()    ? "a boolean"
           : value.is_integer() ? "an integer"
           : value.is_number()  ? "a decimal number"
           : value.is_array()   ? "an array"
           : value.is_object()  ? "an object"
                                : "null";
}

std::optional<api_error> read_parameters(const job::simulator_profile& profile,
                                         const parameter_list& given, image_order& order)
{
    return parameter_reader(profile, given).run(order);
}

} // namespace engine::sim
