#include "engine/plan/picture_cache.hpp"

#include "engine/base/sha256.hpp"

#include <algorithm>
#include <utility>

namespace engine::plan {

namespace {

constexpr std::uint64_t note_bytes_max = 64u << 10;

bool is_as_expected(const job::expectation& expected, const cache_note& note)
{
    using rule = job::expectation::alpha_rule;
    return (!expected.size || *expected.size == note.size) &&
           (!expected.format || job::name_of(*expected.format) == note.format) &&
           !(expected.alpha == rule::required && !note.transparent) &&
           !(expected.alpha == rule::forbidden && note.transparent);
}

} // namespace

picture_cache::picture_cache(runtime::files& disk, std::string folder,
                             const std::vector<job::provider_spec>& providers)
    : disk_(disk), folder_(std::move(folder)), providers_(providers)
{}

// The same model at the same address. A picture of a stand-in at hand never counts as one of the
// real service, whatever it calls itself.
bool picture_cache::made_where_wanted(const job::item& wanted, const cache_note& note) const
{
    const auto& front = wanted.routes.front();
    if (note.api != front.api || note.model != front.model ||
        note.mainline_model != front.mainline_model)
        return false;
    return std::ranges::any_of(wanted.routes, [&](const job::route& route) {
        const auto provider =
            std::ranges::find(providers_, route.provider, &job::provider_spec::name);
        return route.api == front.api && route.model == front.model &&
               route.mainline_model == front.mainline_model && provider != providers_.end() &&
               provider->base_url == note.base_url;
    });
}

cache_answer picture_cache::find(const job::item& wanted, const std::string& parent, care how) const
{
    const auto id = cache_id(wanted.key, parent);
    const auto note_path = cache_note_path(folder_, id);
    if (!disk_.info(note_path))
        return {};
    const auto unusable = [&](const std::string& what, const std::string& why) {
        return cache_answer{{}, "cache: " + what + " cannot be used: " + why};
    };
    const auto text = disk_.read(note_path, note_bytes_max);
    if (!text)
        return unusable(note_path, text.error().message());
    auto note = parse_cache_note(*text, note_path);
    if (!note)
        return unusable(note_path, note.error().message());
    if (note->key != wanted.key || note->parent != parent)
        return unusable(note_path, "it belongs to another picture");
    if (!made_where_wanted(wanted, *note) || !is_as_expected(wanted.expect, *note))
        return {};
    auto path = cache_picture_path(folder_, id, note->sha256);
    const auto info = disk_.info(path);
    if (!info || info->directory || info->bytes != note->bytes ||
        note->bytes > cached_picture_bytes_max)
        return unusable(path, "it is missing or not whole");
    if (how == care::whole) {
        const auto bytes = disk_.read(path, cached_picture_bytes_max);
        if (!bytes)
            return unusable(path, bytes.error().message());
        if (base::sha256_hex(*bytes) != note->sha256)
            return unusable(path, "its bytes are not those that were bought");
    }
    return {cached_picture{std::move(path), std::move(*note)}, {}};
}

} // namespace engine::plan
