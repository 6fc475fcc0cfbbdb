#include "engine/cli/item_stream.hpp"

#include "engine/base/glob.hpp"
#include "engine/job/content_key.hpp"

#include <algorithm>

namespace engine::cli {

item_stream::item_stream(const manifest::manifest& source, runtime::files& disk,
                         const selection& items, manifest::problems& found)
    : source_(source), items_(items), found_(found), expansion_(source, disk)
{}

std::optional<job::item> item_stream::next()
{
    while (!items_.limit || taken_ < *items_.limit) {
        auto candidate = expansion_.next(found_);
        if (!candidate)
            return std::nullopt;
        if (!chosen(*candidate))
            continue;
        ++taken_;
        redirect(*candidate);
        return candidate;
    }
    return std::nullopt;
}

bool item_stream::chosen(const job::item& candidate) const
{
    const auto matches = [&](const std::string& pattern) {
        return base::glob_matches(pattern, candidate.id);
    };
    return (items_.only.empty() || std::ranges::any_of(items_.only, matches)) &&
           std::ranges::none_of(items_.exclude, matches);
}

void item_stream::redirect(job::item& chosen) const
{
    if (items_.on_unknown)
        chosen.retry.on_unknown =
            *job::enum_named<job::unknown_policy>(job::unknown_policy_names, *items_.on_unknown);
    chosen.retry.reopen_failed = items_.retry_failed;
    if (items_.route.empty())
        return;
    const auto provider =
        std::ranges::find(source_.providers, items_.route, &job::provider_spec::name);
    auto route = chosen.routes.front();
    route.provider = items_.route;
    route.simulated = provider->is_simulator();
    chosen.routes = {route};
    chosen.key = job::content_key(chosen);
}

} // namespace engine::cli
