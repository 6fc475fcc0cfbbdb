#include "engine/manifest/variables.hpp"

#include "engine/base/utf8.hpp"

#include <algorithm>

namespace engine::manifest {

void scope::set(builtin name, std::string text)
{
    builtins_[static_cast<std::size_t>(name)] = std::move(text);
}

void scope::clear(builtin name)
{
    builtins_[static_cast<std::size_t>(name)].reset();
}

const std::string* scope::given(std::string_view name) const
{
    for (const auto* list : {row_, cell_})
        if (list)
            for (const auto& one : *list)
                if (one.name == name)
                    return &one.text;
    return nullptr;
}

const std::string* scope::own(std::string_view name) const
{
    const auto at = std::ranges::find(builtin_names, name);
    if (at == builtin_names.end())
        return nullptr;
    const auto& value = builtins_[static_cast<std::size_t>(at - builtin_names.begin())];
    return value ? &*value : nullptr;
}

scope::lookup_result scope::lookup(std::string_view name) const
{
    const auto* column = given(name);
    const auto* item = own(name);
    if (column && item)
        return {answer::ambiguous, {}};
    if (!column && !item && name.starts_with("row."))
        column = given(name.substr(4));
    if (!column && !item && name.starts_with("item."))
        item = own(name.substr(5));
    const auto* value = column ? column : item;
    return value ? lookup_result{answer::found, *value} : lookup_result{};
}

std::vector<std::string_view> scope::names() const
{
    std::vector<std::string_view> all;
    for (const auto* list : {row_, cell_})
        if (list)
            for (const auto& one : *list)
                all.push_back(one.name);
    for (std::size_t i = 0; i < builtin_names.size(); ++i)
        if (builtins_[i])
            all.push_back(builtin_names[i]);
    return all;
}

std::string check_variable_name(std::string_view name)
{
    constexpr std::size_t bytes_max = 200; // ours: a longer header is a broken file
    if (name.empty())
        return "a column without a name";
    if (name.size() > bytes_max)
        return "a name longer than " + std::to_string(bytes_max) + " bytes";
    if (name.find_first_of("{}|\"") != std::string_view::npos || base::printable(name) != name)
        return "the name '" + std::string(name) +
               "' holds one of { } | \" or a control character, so no template could use it";
    return {};
}

} // namespace engine::manifest
