#include "engine/cli/environment.hpp"

#include "engine/base/ascii.hpp"

#include <cerrno>
#include <cstdlib>

namespace engine::cli {

namespace {

constexpr std::uint64_t file_bytes_max = 1u << 20;

bool is_name(std::string_view text)
{
    return !text.empty() && !base::is_digit(text.front()) &&
           std::ranges::all_of(text, [](char c) { return base::is_plain(c, "_"); });
}

// Without the quotes around it; an unquoted value ends at " #".
std::string value_of(std::string_view text)
{
    text = base::trimmed(text);
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
        text.back() == text.front())
        return std::string(text.substr(1, text.size() - 2));
    return std::string(base::trimmed(text.substr(0, text.find(" #"))));
}

const char* process_value(std::string_view name)
{
    const char* value = std::getenv(std::string(name).c_str());
    return value != nullptr && *value != '\0' ? value : nullptr;
}

} // namespace

base::result<environment> environment::load(runtime::files& disk)
{
    environment loaded;
    if (!disk.info(".env"))
        return loaded;
    const auto text = disk.read(".env", file_bytes_max);
    if (!text)
        return std::unexpected(text.error());
    int number = 0;
    for (std::string_view rest = *text; !rest.empty();) {
        ++number;
        const auto end = rest.find('\n');
        auto line = base::trimmed(rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        if (line.empty() || line.front() == '#')
            continue;
        if (line.starts_with("export "))
            line = base::trimmed(line.substr(7));
        const auto equals = line.find('=');
        const auto name = base::trimmed(line.substr(0, equals));
        if (equals == std::string_view::npos || !is_name(name))
            return base::fail_errno(EINVAL,
                                    ".env:" + std::to_string(number) + ": expected NAME=value");
        loaded.file_[std::string(name)] = value_of(line.substr(equals + 1));
    }
    return loaded;
}

std::optional<std::string> environment::find(std::string_view name) const
{
    if (const char* value = process_value(name))
        return value;
    const auto found = file_.find(name);
    if (found == file_.end() || found->second.empty())
        return std::nullopt;
    return found->second;
}

std::string_view environment::origin(std::string_view name) const
{
    if (process_value(name) != nullptr)
        return "environment";
    return find(name) ? ".env" : std::string_view{};
}

} // namespace engine::cli
