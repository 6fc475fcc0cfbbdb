// manifest_folder: a folder with a manifest and what it refers to, and what comes out of it.
#pragma once

#include "engine/manifest/expansion.hpp"
#include "tests/support/temporary_folder.hpp"

#include <fstream>
#include <string>
#include <vector>

namespace support {

class manifest_folder {
public:
    void write(const std::string& name, const std::string& text) const
    {
        const auto path = folder_.path(name);
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path, std::ios::binary) << text;
    }
    // The folder's own path taken out, so that what is left is the same everywhere.
    [[nodiscard]] std::string text(const engine::manifest::problems& found) const
    {
        std::string all = found.text();
        for (auto at = all.find(folder_.path() + "/"); at != std::string::npos;
             at = all.find(folder_.path() + "/"))
            all.erase(at, folder_.path().size() + 1);
        return all;
    }
    [[nodiscard]] std::string path(const std::string& name) const { return folder_.path(name); }
    [[nodiscard]] engine::runtime::files& disk() const { return *disk_; }

private:
    temporary_folder folder_;
    std::unique_ptr<engine::runtime::files> disk_ = engine::runtime::make_posix_files();
};

struct expanded {
    std::optional<engine::manifest::manifest> source;
    std::vector<engine::job::item> items;
    engine::manifest::problems found;
    std::string complaints; // found, without the folder
};

// Everything that the manifest `yaml` gives in that folder.
[[nodiscard]] inline expanded expand(const manifest_folder& folder, const std::string& yaml)
{
    expanded all;
    folder.write("m.yaml", yaml);
    all.source = engine::manifest::load(folder.disk(), folder.path("m.yaml"), all.found);
    if (all.source && all.found.ok()) {
        engine::manifest::item_source items(*all.source, folder.disk());
        while (auto item = items.next(all.found))
            all.items.push_back(std::move(*item));
    }
    all.complaints = folder.text(all.found);
    return all;
}

// One job with the look-alike; `more` is put behind, indented by four.
[[nodiscard]] inline std::string one_job(const std::string& more)
{
    return "version: 1\njobs:\n  - route: simulator\n    model: gpt-image-2\n" + more;
}

} // namespace support
