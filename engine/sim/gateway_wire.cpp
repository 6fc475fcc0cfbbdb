#include "engine/sim/gateway_wire.hpp"

#include "engine/base/json.hpp"

#include <utility>
#include <variant>

namespace engine::sim {

std::string refusal_as_gateway(std::string document, int status,
                               const job::simulator_profile::wire_model& wire, bool azure)
{
    auto read = base::parse_json(document, "refusal");
    if (!read || !(*read)["error"].is_object())
        return document;
    auto error = (*read)["error"];
    if (azure && error["code"].text_or({}) == "moderation_blocked") {
        error = base::json::make_object({{"code", "contentFilter"},
                                         {"message", "The prompt was filtered."},
                                         {"param", nullptr},
                                         {"type", nullptr}});
    } else if (wire.numeric_codes) {
        error.set("code", status);
    }
    read->set("error", std::move(error));
    return read->dump_pretty() + "\n";
}

script as_gateway(script plain, const job::simulator_profile::wire_model& wire, bool azure)
{
    if (!azure && !wire.numeric_codes && !wire.error_in_200)
        return plain;
    for (auto& one : plain.steps) {
        if (auto* answer = std::get_if<answer_step>(&one);
            answer && answer->status >= 400 &&
            answer->headers.find("Content-Type").value_or("") == "application/json") {
            answer->body.ready =
                refusal_as_gateway(std::move(answer->body.ready), answer->status, wire, azure);
            if (wire.error_in_200)
                answer->status = 200;
        }
        if (auto* check = std::get_if<check_step>(&one)) {
            check->find_error = [find = std::move(check->find_error), status = check->status, wire,
                                 azure]() -> std::optional<std::string> {
                auto found = find();
                return found ? std::optional(
                                   refusal_as_gateway(std::move(*found), status, wire, azure))
                             : std::nullopt;
            };
            if (wire.error_in_200)
                check->status = 200;
        }
    }
    return plain;
}

} // namespace engine::sim
