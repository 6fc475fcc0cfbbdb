// environment: settings from outside the command line: the process's environment, then `.env` of
// the working folder.
#pragma once

#include "engine/base/result.hpp"
#include "engine/runtime/files.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace engine::cli {

class environment {
public:
    // Reads `.env` (KEY=value lines, `#` comments, optional quotes and `export`) if it is there; a
    // line that is neither is a failure that names it. Never prints a value.
    [[nodiscard]] static base::result<environment> load(runtime::files& disk);

    // The variable, from the process first. An empty one counts as not set.
    [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
    // Where find() would take it from, for messages: "environment", ".env", or nothing.
    [[nodiscard]] std::string_view origin(std::string_view name) const;

private:
    std::map<std::string, std::string, std::less<>> file_;
};

} // namespace engine::cli
