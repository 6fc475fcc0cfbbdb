#include "engine/sim/conversation_reader.hpp"

#include "engine/base/utf8.hpp"
#include "engine/sim/parameter_reader.hpp"

#include <algorithm>
#include <utility>

namespace engine::sim {

namespace {

using error_or_nothing = std::optional<api_error>;

constexpr std::size_t pictures_max = 50;
constexpr std::size_t text_bytes_max = 10'485'760; // what OpenAI takes as a text, in characters

class input_reader {
public:
    input_reader(const response_context& context, conversation& said)
        : context_(context), said_(said)
    {}

    error_or_nothing run(const base::json& input)
    {
        if (input.is_null())
            return missing_parameter("input");
        if (input.is_string()) {
            begin_message(true);
            return take_text(input.text_or({}));
        }
        if (!input.is_array())
            return wrong_type("input", "a string or an array", kind_of(input));
        if (input.items().empty())
            return api_error{.message = "Invalid 'input': empty array. Expected an array with "
                                        "minimum length 1, but got an empty array instead.",
                             .param = "input",
                             .code = "empty_array"};
        for (std::size_t i = 0; i < input.items().size(); ++i)
            if (auto wrong = item(input.items()[i], "input[" + std::to_string(i) + "]"))
                return wrong;
        return std::nullopt;
    }

private:
    error_or_nothing item(const base::json& value, const std::string& place)
    {
        if (!value.is_object())
            return wrong_type(place, "an object", kind_of(value));
        const auto type = value["type"].text_or("message");
        if (type == "message")
            return message(value, place);
        if (type == "image_generation_call" || type == "item_reference")
            return image_call(value, place);
        if (type == "reasoning")
            return std::nullopt;
        return wrong_value(place + ".type", type,
                           {"message", "image_generation_call", "item_reference", "reasoning"});
    }

    error_or_nothing message(const base::json& value, const std::string& place)
    {
        const auto role = value["role"].text_or({});
        if (value["role"].is_null())
            return missing_parameter(place + ".role");
        if (role != "user" && role != "assistant" && role != "system" && role != "developer")
            return wrong_value(place + ".role", role, {"assistant", "system", "developer", "user"});
        begin_message(role == "user");
        const auto& content = value["content"];
        if (content.is_string())
            return take_text(content.text_or({}));
        if (!content.is_array())
            return wrong_type(place + ".content", "a string or an array", kind_of(content));
        for (std::size_t i = 0; i < content.items().size(); ++i)
            if (auto wrong =
                    part(content.items()[i], place + ".content[" + std::to_string(i) + "]"))
                return wrong;
        return std::nullopt;
    }

    error_or_nothing part(const base::json& value, const std::string& place)
    {
        const auto type = value["type"].text_or({});
        if (type == "input_text" || type == "output_text") {
            if (!value["text"].is_string())
                return missing_parameter(place + ".text");
            return take_text(value["text"].text_or({}));
        }
        if (type == "refusal")
            return take_text(value["refusal"].text_or({}));
        if (type != "input_image")
            return wrong_value(place + ".type", type,
                               {"input_text", "input_image", "output_text", "refusal"});
        const auto detail = value["detail"].text_or("auto");
        if (detail != "auto" && detail != "low" && detail != "high" && detail != "original")
            return wrong_value(place + ".detail", detail, {"low", "high", "auto", "original"});
        auto named = base::json::make_object();
        for (const char* name : {"image_url", "file_id"})
            if (!value[name].is_null())
                named.set(name, value[name]);
        auto found = read_image_reference(named, context_.files, place, "image");
        if (!found) {
            auto wrong = std::move(found.error());
            if (wrong.code != "image_file_not_found") // what it is wrong about is the image
                wrong.param = place + ".image_url";
            return wrong;
        }
        if (said_.pictures.size() == pictures_max)
            return api_error{.message = "Too many images in the input: at most " +
                                        std::to_string(pictures_max) + " are possible.",
                             .param = "input",
                             .code = "array_above_max_length"};
        said_.pictures.push_back(std::move(*found));
        return std::nullopt;
    }

    // By its id, or with the picture itself, as clients replay what was not stored.
    error_or_nothing image_call(const base::json& value, const std::string& place)
    {
        const auto result = value["result"].text_or({});
        if (!result.empty()) {
            auto found = read_image_url("data:image/png;base64," + std::string(result),
                                        place + ".result", "image");
            if (!found)
                return found.error();
            said_.pictures.push_back(std::move(*found));
            return std::nullopt;
        }
        const std::string id{value["id"].text_or({})};
        if (id.empty())
            return missing_parameter(place + ".id");
        if (id.starts_with("msg_") || id.starts_with("rs_"))
            return std::nullopt; // a reference to something that was said
        auto earlier = context_.image_call(id);
        if (!earlier || !earlier->finished || !earlier->drawn)
            return api_error{.status = 404,
                             .message = "Item with id '" + base::clean_detail(id, 100) +
                                        "' not found. Items are not persisted when `store` is set "
                                        "to false.",
                             .param = "input"};
        said_.history = std::move(earlier);
        return std::nullopt;
    }

    void begin_message(bool by_user)
    {
        by_user_ = by_user;
        if (by_user)
            said_.prompt.clear();
    }

    error_or_nothing take_text(std::string_view text)
    {
        if (base::find_invalid_utf8(text))
            return api_error{.message = "Invalid 'input': expected valid UTF-8.",
                             .param = "input",
                             .code = "invalid_value"};
        if (text.size() > text_bytes_max - std::min(text_bytes_max, said_.all.size()))
            return api_error{.message = "Invalid 'input': string too long. Expected a string with "
                                        "maximum length " +
                                        std::to_string(text_bytes_max) + ".",
                             .param = "input",
                             .code = "string_above_max_length"};
        const auto add = [&](std::string& to) {
            if (!to.empty())
                to += '\n';
            to += text;
        };
        if (by_user_)
            add(said_.prompt);
        add(said_.all);
        return std::nullopt;
    }

    const response_context& context_;
    conversation& said_;
    bool by_user_ = false;
};

} // namespace

std::optional<api_error> read_conversation(const response_context& context, const base::json& input,
                                           conversation& said)
{
    return input_reader(context, said).run(input);
}

} // namespace engine::sim
