#include "engine/sim/routes.hpp"

#include <algorithm>
#include <array>

namespace engine::sim {

namespace {

// "images/edits" below some base path.
destination below(const job::simulator_profile::wire_model& wire, std::string_view path)
{
    const auto cut_last = [&](std::string_view ending) {
        return path.ends_with(ending) && path.size() > ending.size()
                   ? path.substr(0, path.size() - ending.size())
                   : std::string_view{};
    };
    const auto inside = [&](std::string_view folder, route to) -> destination {
        return {to, std::string(path.substr(folder.size())), {}, false};
    };
    if (path == "models")
        return {route::models, {}, {}, false};
    if (path.starts_with("models/") && path.size() > 7)
        return inside("models/", route::model);
    if (path == "images/generations")
        return {route::generations, {}, {}, false};
    if (path == "images/edits")
        return {route::edits, {}, {}, false};
    if (path == "images" && wire.openrouter)
        return {route::openrouter_images, {}, {}, false};
    if (path == "responses")
        return {route::responses, {}, {}, false};
    if (path == "files")
        return {route::files, {}, {}, false};
    if (path.starts_with("simulator/files/"))
        return inside("simulator/files/", route::result_file);
    if (path == "conversations")
        return {route::conversations, {}, {}, false};
    // A thing with an id, and perhaps one door of its own below it.
    struct kind {
        std::string_view folder;
        route thing;
        std::string_view below;
        route door;
    };
    constexpr std::array<kind, 3> kinds = {
        {{"files/", route::file, "/content", route::file_content},
         {"responses/", route::response, "/cancel", route::response_cancel},
         {"conversations/", route::conversation, "/items", route::conversation_items}}};
    const auto which =
        std::ranges::find_if(kinds, [&](const kind& one) { return path.starts_with(one.folder); });
    if (which == kinds.end() || path.size() == which->folder.size())
        return {};
    const auto folder = which->folder;
    route to = which->thing;
    if (const auto whole = cut_last(which->below); whole.size() > folder.size()) {
        path = whole;
        to = which->door;
    }
    if (path.find('/', folder.size()) != path.npos)
        return {};
    return inside(folder, to);
}

destination azure(const job::simulator_profile::wire_model& wire, std::string_view path)
{
    constexpr std::string_view deployments = "/openai/deployments/", plain = "/openai/v1/";
    destination found;
    if (path.starts_with(plain)) {
        found = below(wire, path.substr(plain.size()));
    } else if (path.starts_with(deployments)) {
        path.remove_prefix(deployments.size());
        const auto slash = path.find('/');
        if (slash == path.npos || slash == 0)
            return {};
        found = below(wire, path.substr(slash + 1));
        found.deployment = path.substr(0, slash);
    }
    found.azure = true;
    return found;
}

} // namespace

destination find_destination(const job::simulator_profile::wire_model& wire, std::string_view path)
{
    if (path == "/simulator/bill")
        return {route::bill, {}, {}, false};
    if (wire.azure && path.starts_with("/openai/"))
        return azure(wire, path);
    if (wire.openrouter && path.starts_with("/api/v1/"))
        path.remove_prefix(4);
    constexpr std::string_view base = "/v1/";
    if (!path.starts_with(base))
        return {};
    return below(wire, path.substr(base.size()));
}

bool allows(route to, std::string_view method)
{
    const bool get = method == "GET", post = method == "POST", remove = method == "DELETE";
    switch (to) {
    case route::unknown:
        return true;
    case route::models:
    case route::model:
    case route::file_content:
    case route::result_file:
    case route::conversation_items:
    case route::bill:
        return get;
    case route::generations:
    case route::edits:
    case route::openrouter_images:
    case route::responses:
    case route::response_cancel:
    case route::conversations:
        return post;
    case route::files:
        return get || post;
    case route::file:
    case route::response:
    case route::conversation:
        return get || remove;
    }
    return false;
}

} // namespace engine::sim
