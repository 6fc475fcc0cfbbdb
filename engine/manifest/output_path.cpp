#include "engine/manifest/output_path.hpp"

#include "engine/base/utf8.hpp"

#include <algorithm>
#include <array>

namespace engine::manifest {

namespace {

constexpr std::size_t path_bytes_max = 1000;     // PATH_MAX is 4096 with the folder before it
constexpr std::size_t component_bytes_max = 240; // 255, less room for ".part" and its like
constexpr std::size_t id_characters_max = 200;
// job/output_folder.hpp; the folder `.darkroom` with all that is in it.
constexpr std::array<std::string_view, 5> own_files = {"partials", "ledger.jsonl", "report.html",
                                                       "summary.json", "manifest.yaml"};

std::string check_component(std::string_view part)
{
    if (part.empty())
        return "has an empty folder or file name (is a variable empty?)";
    if (part == "..")
        return "leaves the output folder with '..'";
    if (part == ".")
        return "has a '.' as a folder or file name";
    if (part.size() > component_bytes_max)
        return "has a name of " + std::to_string(part.size()) + " bytes; at most " +
               std::to_string(component_bytes_max) + " are possible";
    return {};
}

} // namespace

std::string check_output_path(std::string_view path)
{
    if (path.empty())
        return "is empty";
    if (path.size() > path_bytes_max)
        return "has " + std::to_string(path.size()) + " bytes; at most " +
               std::to_string(path_bytes_max) + " are possible";
    if (path.starts_with('/'))
        return "starts with '/'; it must be relative to the output folder";
    if (base::printable(path) != path)
        return "holds a control character";
    for (std::size_t start = 0; start <= path.size();) {
        const auto slash = std::min(path.find('/', start), path.size());
        if (auto wrong = check_component(path.substr(start, slash - start)); !wrong.empty())
            return wrong;
        start = slash + 1;
    }
    const auto first = path.substr(0, path.find('/'));
    if (first == ".darkroom" || std::ranges::find(own_files, first) != own_files.end())
        return "is a name that the engine keeps for itself";
    return {};
}

std::string check_item_id(std::string_view id)
{
    if (id.empty())
        return "is empty";
    if (base::utf8_length(id) > id_characters_max)
        return "has more than " + std::to_string(id_characters_max) + " characters";
    if (base::printable(id) != id)
        return "holds a control character";
    return {};
}

} // namespace engine::manifest
