#include "engine/plan/cache_note.hpp"

#include "engine/base/json.hpp"
#include "engine/base/sha256.hpp"

#include <cerrno>
#include <limits>

namespace engine::plan {

namespace {

constexpr std::string_view scheme = "darkroom-cache-1";
constexpr std::size_t text_bytes_max = 1000; // of one field; addresses and names are far shorter

bool is_hash(std::string_view text)
{
    return text.size() == 64 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

int edge(std::int64_t value)
{
    return value > 0 && value <= std::numeric_limits<int>::max() ? static_cast<int>(value) : 0;
}

} // namespace

std::string to_text(const cache_note& note)
{
    return base::json::make_object({{"scheme", scheme},
                                    {"key", note.key},
                                    {"parent_sha256", note.parent},
                                    {"sha256", note.sha256},
                                    {"bytes", note.bytes},
                                    {"format", note.format},
                                    {"width", note.size.width},
                                    {"height", note.size.height},
                                    {"transparent", note.transparent},
                                    {"provider", note.provider},
                                    {"base_url", note.base_url},
                                    {"api", note.api},
                                    {"model", note.model},
                                    {"model_returned", note.model_returned},
                                    {"mainline_model", note.mainline_model},
                                    {"cost_usd", note.cost},
                                    {"made", base::format_rfc3339(note.made)},
                                    {"engine_version", note.engine_version}})
               .dump_pretty() +
           "\n";
}

base::result<cache_note> parse_cache_note(std::string_view text, const std::string& where)
{
    const auto document = base::parse_json(text, where, 64u << 10);
    if (!document)
        return std::unexpected(document.error());
    const auto wrong = [&](std::string_view what) {
        return base::fail_errno(EINVAL, "read " + where + ": " + std::string(what));
    };
    if ((*document)["scheme"].text_or({}) != scheme)
        return wrong("not a note of this cache's version");
    cache_note note;
    bool too_long = false;
    const auto field = [&](const char* name) {
        const auto value = (*document)[name].text_or({});
        too_long = too_long || value.size() > text_bytes_max;
        return std::string(value.substr(0, text_bytes_max));
    };
    note.key = field("key");
    note.parent = field("parent_sha256");
    note.sha256 = field("sha256");
    note.format = field("format");
    note.provider = field("provider");
    note.base_url = field("base_url");
    note.api = field("api");
    note.model = field("model");
    note.model_returned = field("model_returned");
    note.mainline_model = field("mainline_model");
    note.engine_version = field("engine_version");
    const auto bytes = (*document)["bytes"].integer_or(0);
    note.bytes = static_cast<std::uint64_t>(bytes > 0 ? bytes : 0);
    note.size = {edge((*document)["width"].integer_or(0)),
                 edge((*document)["height"].integer_or(0))};
    note.transparent = (*document)["transparent"].bool_or(false);
    const auto cost = (*document)["cost_usd"].number_or(-1);
    const auto made = base::parse_rfc3339((*document)["made"].text_or({}));
    if (too_long || !is_hash(note.key) || !is_hash(note.sha256) ||
        !(note.parent.empty() || is_hash(note.parent)) || note.bytes == 0 || note.size.width == 0 ||
        note.size.height == 0 || !(cost >= 0 && cost <= 1e6) || !made)
        return wrong("a field is missing or impossible");
    note.cost = base::microusd_from_usd(cost);
    note.made = *made;
    return note;
}

std::string cache_id(const std::string& key, const std::string& parent)
{
    return parent.empty() ? key
                          : base::sha256_hex(std::string(scheme) + "\n" + key + "\n" + parent);
}

std::string cache_note_path(const std::string& folder, const std::string& id)
{
    return folder + "/" + id.substr(0, 2) + "/" + id + ".json";
}

std::string cache_picture_path(const std::string& folder, const std::string& id,
                               const std::string& sha256)
{
    return folder + "/" + id.substr(0, 2) + "/" + id + "-" + sha256.substr(0, 12) + ".img";
}

} // namespace engine::plan
