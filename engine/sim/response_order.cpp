#include "engine/sim/response_order.hpp"

#include "engine/base/random.hpp"
#include "engine/base/utf8.hpp"
#include "engine/job/capability.hpp"
#include "engine/sim/conversation_reader.hpp"
#include "engine/sim/parameter_reader.hpp"
#include "engine/sim/picture_source.hpp"
#include "engine/sim/text_models.hpp"

#include <algorithm>
#include <array>

namespace engine::sim {

namespace {

using error_or_nothing = std::optional<api_error>;

constexpr std::array<std::string_view, 28> members = {"model",
                                                      "input",
                                                      "instructions",
                                                      "tools",
                                                      "tool_choice",
                                                      "previous_response_id",
                                                      "stream",
                                                      "store",
                                                      "background",
                                                      "metadata",
                                                      "reasoning",
                                                      "max_output_tokens",
                                                      "max_tool_calls",
                                                      "text",
                                                      "parallel_tool_calls",
                                                      "include",
                                                      "truncation",
                                                      "temperature",
                                                      "top_p",
                                                      "user",
                                                      "safety_identifier",
                                                      "service_tier",
                                                      "conversation",
                                                      "prompt_cache_key",
                                                      "stream_options",
                                                      "top_logprobs",
                                                      "prompt_cache_retention",
                                                      "prompt_cache_options"};
// Of the image tool; n is not among them (contract, section 4).
constexpr std::array<std::string_view, 12> tool_members = {
    "model",      "size",           "quality",
    "background", "output_format",  "output_compression",
    "moderation", "partial_images", "input_fidelity",
    "complexity", "action",         "input_image_mask"};
constexpr std::size_t said_bytes_max = 16u << 20; // of a whole conversation

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& known, std::string_view name)
{
    return std::ranges::find(known, name) != known.end();
}

class order_reader {
public:
    order_reader(const response_context& context, const base::json& document)
        : context_(context), document_(document)
    {}

    response_order_or_error run()
    {
        using step = error_or_nothing (order_reader::*)();
        constexpr std::array<step, 8> steps = {&order_reader::names, &order_reader::model,
                                               &order_reader::flags, &order_reader::before,
                                               &order_reader::input, &order_reader::choice,
                                               &order_reader::tool,  &order_reader::rest};
        for (const step next : steps)
            if (auto wrong = (this->*next)())
                return std::unexpected(std::move(*wrong));
        return std::move(order_);
    }

private:
    error_or_nothing names()
    {
        for (const auto& [name, value] : document_.members())
            if (!one_of(members, name))
                return unknown_parameter(name);
        return std::nullopt;
    }

    error_or_nothing model()
    {
        const auto& value = document_["model"];
        if (value.is_null())
            return missing_parameter("model");
        if (!value.is_string())
            return wrong_type("model", "a string", kind_of(value));
        order_.model = value.text_or({});
        const std::string shown = base::clean_detail(order_.model, 100);
        if (job::capability_table::builtin().find(order_.model))
            return api_error{.message =
                                 "The requested model '" + shown +
                                 "' is not supported with the Responses API: it draws. Ask a "
                                 "text model, and name it in tools[0].model.",
                             .param = "model",
                             .code = "unsupported_model"};
        if (is_text_model(order_.model) ||
            (context_.profile.wire.any_model && !shown.empty() && order_.model.size() <= 200))
            return std::nullopt;
        return api_error{.message = "The requested model '" + shown + "' does not exist.",
                         .param = "model",
                         .code = "model_not_found"};
    }

    error_or_nothing flag(std::string_view name, bool& out)
    {
        const auto& value = document_[name];
        if (!value.is_null() && !value.is_bool())
            return wrong_type(name, "a boolean", kind_of(value));
        out = value.bool_or(out);
        return std::nullopt;
    }

    error_or_nothing text(std::string_view name, std::string& out)
    {
        const auto& value = document_[name];
        if (!value.is_null() && !value.is_string())
            return wrong_type(name, "a string", kind_of(value));
        out = value.text_or({});
        return std::nullopt;
    }

    error_or_nothing flags()
    {
        if (auto wrong = flag("stream", order_.stream))
            return wrong;
        if (auto wrong = flag("store", order_.store))
            return wrong;
        if (auto wrong = flag("background", order_.background))
            return wrong;
        if (auto wrong = text("instructions", order_.instructions))
            return wrong;
        const auto& metadata = document_["metadata"];
        if (!metadata.is_null() && !metadata.is_object())
            return wrong_type("metadata", "an object", kind_of(metadata));
        if (metadata.members().size() > 16)
            return api_error{.message = "Invalid 'metadata': too many properties. Expected an "
                                        "object with at most 16 properties.",
                             .param = "metadata",
                             .code = "object_above_max_properties"};
        if (const auto& most = document_["max_output_tokens"]; !most.is_null()) {
            if (!most.is_integer())
                return wrong_type("max_output_tokens", "an integer", kind_of(most));
            if (most.integer_or(0) < 16)
                return api_error{.message = "Invalid 'max_output_tokens': integer below minimum "
                                            "value. Expected a value >= 16, but got " +
                                            std::to_string(most.integer_or(0)) + " instead.",
                                 .param = "max_output_tokens",
                                 .code = "integer_below_min_value"};
        }
        if (order_.background && !order_.store)
            return api_error{.message = "Background responses must be stored: 'store' may not be "
                                        "false when 'background' is true.",
                             .param = "background",
                             .code = "unsupported_parameter"};
        return std::nullopt;
    }

    error_or_nothing before()
    {
        if (auto wrong = text("previous_response_id", order_.previous_id))
            return wrong;
        if (!document_["conversation"].is_null())
            return joined_conversation();
        if (order_.previous_id.empty())
            return std::nullopt;
        const auto earlier = context_.response(order_.previous_id);
        const std::string shown = base::clean_detail(order_.previous_id, 100);
        if (!earlier)
            return api_error{.message = "Previous response with id '" + shown + "' not found.",
                             .param = "previous_response_id",
                             .code = "previous_response_not_found"};
        if (!earlier->finished)
            return api_error{.message = "Previous response with id '" + shown +
                                        "' is still being worked on.",
                             .param = "previous_response_id",
                             .code = "previous_response_in_progress"};
        go_on_from(*earlier);
        return std::nullopt;
    }

    void go_on_from(const earlier_response& earlier)
    {
        said_.history = earlier;
        order_.tokens_before = earlier.tokens;
        order_.said = earlier.text;
    }

    // A string, or an object with an id.
    error_or_nothing joined_conversation()
    {
        const auto& value = document_["conversation"];
        const auto& id = value.is_object() ? value["id"] : value;
        if (!id.is_string())
            return wrong_type("conversation", "a string or an object", kind_of(value));
        if (!order_.previous_id.empty())
            return api_error{.message = "Mutually exclusive parameters: 'previous_response_id' and "
                                        "'conversation'.",
                             .code = "mutually_exclusive_parameters"};
        order_.conversation_id = id.text_or({});
        const auto found = context_.conversation(order_.conversation_id);
        if (!found.known)
            return api_error{.status = 404,
                             .message = "Conversation with id '" +
                                        base::clean_detail(order_.conversation_id, 100) +
                                        "' not found.",
                             .param = "conversation"};
        if (found.locked)
            return api_error{.message = "Another process is currently operating on this "
                                        "conversation. Please retry in a few seconds.",
                             .param = "conversation",
                             .code = "conversation_locked"};
        if (found.last)
            go_on_from(*found.last);
        return std::nullopt;
    }

    error_or_nothing input()
    {
        if (auto wrong = read_conversation(context_, document_["input"], said_))
            return wrong;
        auto& image = order_.image;
        image.request.prompt = said_.prompt;
        if (!order_.said.empty())
            order_.said += '\n';
        order_.said += said_.all;
        if (order_.said.size() > said_bytes_max)
            return api_error{.message = "Your input exceeds the context window of this model. "
                                        "Please adjust your input and try again.",
                             .param = "input",
                             .code = "context_length_exceeded"};
        for (auto& picture : said_.pictures) {
            image.request.references.push_back(std::move(picture.seen));
            image.references.push_back(picture.file);
            image.owned.push_back(std::move(picture.owner));
        }
        if (said_.history && said_.history->drawn) {
            image.earlier = said_.history->picture;
            order_.parent = said_.history->drawn;
        }
        const auto pictures = image.references.size() + (order_.parent ? 1 : 0);
        order_.tokens_in = order_.tokens_before + tokens_of(said_.all) +
                           tokens_of(order_.instructions) +
                           765 * static_cast<std::int64_t>(pictures);
        return std::nullopt;
    }

    static std::int64_t tokens_of(const std::string& text)
    {
        return static_cast<std::int64_t>(text.size()) / 4 + 6;
    }

    // Finds the image tool, and whether it is to be called.
    error_or_nothing choice()
    {
        const auto& tools = document_["tools"];
        if (!tools.is_null() && !tools.is_array())
            return wrong_type("tools", "an array", kind_of(tools));
        for (std::size_t i = 0; i < tools.items().size(); ++i) {
            constexpr std::array<std::string_view, 9> known = {
                "image_generation",   "function", "web_search", "file_search", "code_interpreter",
                "web_search_preview", "mcp",      "custom",     "local_shell"};
            const auto type = tools.items()[i]["type"].text_or({});
            if (!one_of(known, type))
                return wrong_value("tools[" + std::to_string(i) + "].type", type,
                                   std::vector<std::string>(known.begin(), known.end()));
            if (type == "image_generation" && !tool_) {
                tool_ = &tools.items()[i];
                place_ = "tools[" + std::to_string(i) + "]";
            }
        }
        const auto& wanted = document_["tool_choice"];
        const std::string mode{wanted.is_object() ? wanted["mode"].text_or("forced")
                                                  : wanted.text_or("auto")};
        if (!wanted.is_null() && !wanted.is_object() && mode != "auto" && mode != "none" &&
            mode != "required")
            return wrong_value("tool_choice", mode, {"none", "auto", "required"});
        const auto type = wanted["type"].text_or({});
        if (type == "image_generation" && !tool_)
            return api_error{.message = "Tool choice 'image_generation' not found in 'tools' "
                                        "parameter.",
                             .param = "tool_choice"};
        if (mode == "required" && tools.items().empty())
            return api_error{.message = "Tool choice 'required' must be specified with 'tools' "
                                        "parameter.",
                             .param = "tool_choice"};
        const bool other =
            wanted.is_object() && type != "image_generation" && type != "allowed_tools";
        order_.draws = tool_ && mode != "none" && !other;
        order_.talks = !order_.draws || mode == "auto";
        if (tool_)
            order_.tokens_in += 240; // what its description takes; a guess
        return std::nullopt;
    }

    error_or_nothing tool()
    {
        if (!tool_)
            return std::nullopt;
        for (const auto& [name, value] : tool_->members())
            if (name != "type" && !one_of(tool_members, name))
                return unknown_parameter(place_ + "." + name);
        if (auto wrong = mask())
            return wrong;
        if (auto wrong = action())
            return wrong;
        if (auto wrong = options())
            return wrong;
        return std::nullopt;
    }

    error_or_nothing mask()
    {
        const auto& value = (*tool_)["input_image_mask"];
        auto& image = order_.image;
        if (value.is_null())
            return std::nullopt;
        if (!value.is_object())
            return wrong_type(place_ + ".input_image_mask", "an object", kind_of(value));
        auto found =
            read_image_reference(value, context_.files, place_ + ".input_image_mask", "mask");
        if (!found)
            return found.error();
        if (!image.is_edit())
            return api_error{.message = "A mask needs an image in the input.",
                             .type = "image_generation_user_error",
                             .param = "tools",
                             .code = "invalid_value"};
        if (auto wrong = check_mask(found->seen, image.base().size)) {
            wrong->param = "tools";
            return wrong;
        }
        image.request.mask = std::move(found->seen);
        image.mask = found->file;
        image.owned.push_back(std::move(found->owner));
        return std::nullopt;
    }

    error_or_nothing action()
    {
        const auto& value = (*tool_)["action"];
        if (!value.is_null() && !value.is_string())
            return wrong_type(place_ + ".action", "a string", kind_of(value));
        const std::string wanted{value.text_or("auto")};
        if (wanted != "auto" && wanted != "generate" && wanted != "edit")
            return wrong_value(place_ + ".action", wanted, {"generate", "edit", "auto"});
        auto& image = order_.image;
        if (wanted == "edit" && !image.is_edit())
            return api_error{.message = "The action 'edit' needs an image in the input.",
                             .type = "image_generation_user_error",
                             .param = "tools",
                             .code = "invalid_value"};
        image.request.action = wanted;
        order_.edits = wanted == "edit" || (wanted == "auto" && image.is_edit());
        if (wanted == "generate") { // a new picture: the one before is only talked about
            image.earlier.reset();
            order_.parent.reset();
        }
        return std::nullopt;
    }

    // What the tool has in common with the Images API is checked by the reader of that.
    error_or_nothing options()
    {
        auto& image = order_.image;
        parameter_list given;
        for (const auto& [name, value] : tool_->members())
            if (name != "type" && name != "action" && name != "input_image_mask" &&
                !(name == "input_fidelity" && !image.is_edit()))
                given.emplace_back(name, value);
        auto prompt = image.request.prompt;
        prompt.resize(base::utf8_prefix(prompt, 32'000)); // bytes: fewer than what the reader takes
        given.emplace_back("prompt", prompt.empty() ? "a picture" : prompt);
        given.emplace_back("stream", true); // partials without a stream are asked for in vain
        if (const auto& user = document_["safety_identifier"]; user.is_string())
            given.emplace_back("safety_identifier", user);
        if (auto wrong = read_parameters(context_.profile, given, image))
            return in_tool(std::move(*wrong));
        image.request.stream = order_.stream;
        if (!order_.stream && !order_.background)
            image.request.partial_images = 0;
        return std::nullopt;
    }

    api_error in_tool(api_error wrong) const
    {
        if (wrong.code == "model_not_found" || wrong.status == 410) {
            const auto name = base::clean_detail((*tool_)["model"].text_or({}), 100);
            return {.message = "The model '" + name + "' does not exist.",
                    .type = "image_generation_user_error",
                    .param = "tools",
                    .code = "invalid_value"};
        }
        if (wrong.type == "image_generation_user_error")
            wrong.param = "tools";
        if (!one_of(tool_members, wrong.param))
            return wrong;
        const std::string quoted = "'" + wrong.param + "'";
        wrong.param = place_ + "." + wrong.param;
        if (const auto at = wrong.message.find(quoted); at != std::string::npos)
            wrong.message.replace(at, quoted.size(), "'" + wrong.param + "'");
        return wrong;
    }

    error_or_nothing rest()
    {
        auto& image = order_.image;
        std::string more = "responses " + order_.model + "\n" + order_.instructions + "\n" +
                           (order_.draws ? "draws" : "talks");
        if (order_.parent)
            more += "\n" + std::to_string(said_.history->content);
        if (!order_.draws) {
            image.request.size = job::image_size{1024, 1024}; // content_of() wants some
            image.request.format = job::image_format::png;
        }
        order_.content = image.content = content_of(image, more + "\n" + order_.said);
        echo();
        return std::nullopt;
    }

    void echo()
    {
        const auto or_else = [&](std::string_view name, const base::json& otherwise) {
            const auto& given = document_[name];
            return given.is_null() ? otherwise : given;
        };
        base::json::array tools;
        for (const auto& tool : document_["tools"].items()) {
            auto shown = tool;
            if (&tool == tool_) {
                shown.erase("input_image_mask"); // as large as a picture
                shown.set("model", order_.image.request.model);
            }
            tools.push_back(std::move(shown));
        }
        const auto& joined = order_.conversation_id;
        order_.echoed = base::json::make_object(
            {{"background", order_.background},
             {"conversation",
              joined.empty() ? base::json() : base::json::make_object({{"id", joined}})},
             {"instructions", or_else("instructions", nullptr)},
             {"max_output_tokens", or_else("max_output_tokens", nullptr)},
             {"metadata", or_else("metadata", base::json::object{})},
             {"parallel_tool_calls", or_else("parallel_tool_calls", true)},
             {"previous_response_id",
              order_.previous_id.empty() ? base::json() : base::json(order_.previous_id)},
             {"reasoning", or_else("reasoning", base::json::make_object(
                                                    {{"effort", nullptr}, {"summary", nullptr}}))},
             {"service_tier", or_else("service_tier", "default")},
             {"temperature", or_else("temperature", 1.0)},
             {"text",
              or_else("text", base::json::make_object(
                                  {{"format", base::json::make_object({{"type", "text"}})}}))},
             {"tool_choice", or_else("tool_choice", "auto")},
             {"tools", std::move(tools)},
             {"top_p", or_else("top_p", 1.0)},
             {"truncation", or_else("truncation", "disabled")}});
        order_.echoed_bytes = order_.echoed.dump().size();
    }

    const response_context& context_;
    const base::json& document_;
    response_order order_;
    conversation said_;
    const base::json* tool_ = nullptr;
    std::string place_; // "tools[0]"
};

} // namespace

response_order_or_error read_response_order(const response_context& context, std::string_view body)
{
    const auto document = base::parse_json(body, "body", std::max<std::size_t>(body.size(), 1));
    if (!document || !document->is_object())
        return std::unexpected(
            api_error{.message = "We could not parse the JSON body of your request."});
    return order_reader(context, *document).run();
}

std::string rewritten(std::string_view prompt)
{
    constexpr std::array<std::string_view, 6> lights = {
        "soft window light",  "warm late afternoon light", "even studio light",
        "cool morning light", "a single warm lamp",        "bright overcast light"};
    constexpr std::array<std::string_view, 5> framings = {
        "calm composition with room around the subject",
        "eye-level view, the subject in the centre", "three-quarter view, shallow depth of field",
        "wide view with a quiet background", "close view that shows the material"};
    while (!prompt.empty() &&
           (prompt.back() == '.' || prompt.back() == ' ' || prompt.back() == '\n'))
        prompt.remove_suffix(1);
    base::random chance(base::stable_hash(prompt));
    std::string made(prompt.empty() ? "A quiet still life" : prompt);
    made += ", ";
    made += lights[chance.below(lights.size())];
    made += ", ";
    made += framings[chance.below(framings.size())];
    made += ", fine natural detail.";
    return made;
}

} // namespace engine::sim
