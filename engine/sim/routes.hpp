// routes: which of the look-alike's doors a path leads to, on OpenAI's own paths and on those of
// the gateways that the profile wants to be.
#pragma once

#include "engine/job/simulator_profile.hpp"

#include <string>
#include <string_view>

namespace engine::sim {

enum class route {
    unknown,
    models,
    model,
    generations,
    edits,
    openrouter_images,
    responses,
    response,
    response_cancel,
    conversations,
    conversation,
    conversation_items,
    files,
    file,
    file_content,
    result_file, // what wire.url_only points to
    bill,
};

struct destination {
    route to = route::unknown;
    std::string id;         // of the model, response or file
    std::string deployment; // Azure: in the path, in place of a model
    bool azure = false;     // wants an api-version
};

[[nodiscard]] destination find_destination(const job::simulator_profile::wire_model& wire,
                                           std::string_view path);

// Whether the door knows the method.
[[nodiscard]] bool allows(route to, std::string_view method);

} // namespace engine::sim
