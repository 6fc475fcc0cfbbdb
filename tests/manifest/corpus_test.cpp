// Every file of corpus/valid gives items and no complaint; every file of corpus/invalid holds one
// mistake, and is refused at the place that its first lines name.
#include "engine/manifest/expansion.hpp"

#include <algorithm>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace engine;

namespace {

std::vector<std::filesystem::path> manifests_in(const std::string& folder)
{
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".yaml")
            paths.push_back(entry.path());
    std::ranges::sort(paths);
    return paths;
}

// The value of "# key: value" in the head of a file, or nothing.
std::string head_value(const std::filesystem::path& path, const std::string& key)
{
    std::ifstream file(path);
    for (std::string line; std::getline(file, line) && line.starts_with("# ");)
        if (line.starts_with("# " + key + ": "))
            return line.substr(key.size() + 4);
    return {};
}

long check(const std::string& path, manifest::problems& found)
{
    const auto disk = runtime::make_posix_files();
    const auto source = manifest::load(*disk, path, found);
    if (!source || !found.ok())
        return 0;
    manifest::item_source items(*source, *disk);
    long count = 0;
    while (items.next(found))
        ++count;
    return count;
}

const std::string corpus = std::string(SOURCE_DIR) + "/tests/manifest/corpus";

} // namespace

TEST_CASE("every valid manifest gives the items that it names, without a complaint")
{
    const auto paths = manifests_in(corpus + "/valid");
    CHECK(paths.size() >= 15);
    for (const auto& path : paths) {
        CAPTURE(path.filename().string());
        manifest::problems found;
        const long items = check(path.string(), found);
        CHECK(found.text() == "");
        CHECK(std::to_string(items) == head_value(path, "items"));
    }
}

TEST_CASE("every invalid manifest is refused, once, at the line and column of its mistake")
{
    const auto paths = manifests_in(corpus + "/invalid");
    CHECK(paths.size() >= 200);
    for (const auto& path : paths) {
        CAPTURE(path.filename().string());
        manifest::problems found;
        CHECK(check(path.string(), found) >= 0);
        CAPTURE(found.text());
        const auto wanted_count = head_value(path, "errors");
        CHECK(std::to_string(found.errors()) == (wanted_count.empty() ? "1" : wanted_count));
        const auto place = head_value(path, "at");
        auto says = head_value(path, "says");
        REQUIRE(!place.empty());
        REQUIRE(!says.empty());
        if (const auto folder = says.find("@DIR"); folder != std::string::npos)
            says.replace(folder, 4, corpus + "/invalid");
        const auto file = std::ranges::count(place, ':') == 2 ? path.parent_path().string() + "/"
                                                              : path.string() + ":";
        const auto line = file + place + ": error: ";
        const bool found_there = std::ranges::any_of(found.list(), [&](const auto& one) {
            const auto text = manifest::to_string(one);
            return text.starts_with(line) && text.find(says) != std::string::npos;
        });
        CHECK_MESSAGE(found_there, "expected ", place, ": ", says);
    }
}
