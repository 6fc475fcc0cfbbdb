// golden: reads the files under tests/golden/. The including test is built with SOURCE_DIR.
#pragma once

#include "engine/base/json.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace support {

// `name` is relative to tests/golden/: "contract/gen_stream.sse". Ends the program if absent.
[[nodiscard]] inline std::string golden(const std::string& name)
{
    std::ifstream file(std::string(SOURCE_DIR) + "/tests/golden/" + name, std::ios::binary);
    if (!file)
        std::abort();
    return {std::istreambuf_iterator<char>(file), {}};
}

[[nodiscard]] inline engine::base::json golden_json(const std::string& name)
{
    return engine::base::parse_json(golden(name), name).value();
}

// The names of the files in a folder that end in `extension`, sorted.
[[nodiscard]] inline std::vector<std::string> golden_names(const std::string& folder,
                                                           const std::string& extension)
{
    std::vector<std::string> names;
    const std::string path = std::string(SOURCE_DIR) + "/tests/golden/" + folder;
    for (const auto& entry : std::filesystem::directory_iterator(path))
        if (entry.path().extension() == extension)
            names.push_back(folder + "/" + entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

} // namespace support
