#include "engine/job/simulator_profile.hpp"

#include "engine/base/nearest_name.hpp"
#include "engine/job/output_spec.hpp"

#include <algorithm>
#include <functional>

namespace engine::job {

namespace {

// One field: its name within its group, how to take a value (answering what was expected when it
// does not fit), and how to give it.
struct field {
    std::string_view group; // empty = top level
    std::string_view name;
    std::function<std::string(simulator_profile&, const base::json&)> read;
    std::function<base::json(const simulator_profile&)> write;
};

std::string plain(double number)
{
    const auto whole = static_cast<std::int64_t>(number);
    return static_cast<double>(whole) == number ? std::to_string(whole) : std::to_string(number);
}

template <class Pick>
field number(std::string_view group, std::string_view name, double low, double high, Pick pick)
{
    return {group, name,
            [=](simulator_profile& profile, const base::json& value) -> std::string {
                const double given = value.number_or(low - 1);
                if (!(given >= low && given <= high))
                    return "expected a number from " + plain(low) + " to " + plain(high);
                pick(profile) = given;
                return {};
            },
            [=](const simulator_profile& profile) { return base::json(double{pick(profile)}); }};
}

template <class Pick>
field whole(std::string_view group, std::string_view name, std::int64_t low, std::int64_t high,
            Pick pick)
{
    return {group, name,
            [=](simulator_profile& profile, const base::json& value) -> std::string {
                const std::int64_t given = value.is_number() ? value.integer_or(low - 1) : low - 1;
                if (given < low || given > high)
                    return "expected a whole number from " + std::to_string(low) + " to " +
                           std::to_string(high);
                pick(profile) = static_cast<std::remove_cvref_t<decltype(pick(profile))>>(given);
                return {};
            },
            [=](const simulator_profile& profile) { return base::json(pick(profile)); }};
}

template <class Pick>
field flag(std::string_view group, std::string_view name, Pick pick)
{
    return {group, name,
            [=](simulator_profile& profile, const base::json& value) -> std::string {
                if (!value.is_bool())
                    return "expected true or false";
                pick(profile) = value.bool_or(false);
                return {};
            },
            [=](const simulator_profile& profile) { return base::json(bool{pick(profile)}); }};
}

template <class Group, class Member>
auto in(Group simulator_profile::* group, Member Group::* member)
{
    return [=](auto& profile) -> auto& { return profile.*group.*member; };
}
template <class Member>
auto own(Member simulator_profile::* member)
{
    return [=](auto& profile) -> auto& { return profile.*member; };
}

void add_latency(std::vector<field>& all)
{
    using model = simulator_profile::latency_model;
    constexpr auto group = &simulator_profile::latency;
    constexpr double hour = 3'600'000;
    all.push_back(number("latency", "base_ms", 0, hour, in(group, &model::base_ms)));
    all.push_back(
        number("latency", "per_megapixel_ms", 0, hour, in(group, &model::per_megapixel_ms)));
    all.push_back(number("latency", "tail_sigma", 0, 3, in(group, &model::tail_sigma)));
    all.push_back(number("latency", "first_partial", 0, 1, in(group, &model::first_partial)));
}

void add_limits(std::vector<field>& all)
{
    using model = simulator_profile::limit_model;
    constexpr auto group = &simulator_profile::limits;
    constexpr std::int64_t million = 1'000'000;
    all.push_back(
        whole("limits", "requests_per_minute", 0, million, in(group, &model::requests_per_minute)));
    all.push_back(
        whole("limits", "images_per_minute", 0, million, in(group, &model::images_per_minute)));
    all.push_back(whole("limits", "tokens_per_minute", 0, million * million,
                        in(group, &model::tokens_per_minute)));
    all.push_back(whole("limits", "concurrency", 0, 100'000, in(group, &model::concurrency)));
    all.push_back(flag("limits", "references_count", in(group, &model::references_count)));
    all.push_back(flag("limits", "headers", in(group, &model::headers)));
}

using fault_member = double simulator_profile::fault_model::*;

const std::vector<std::pair<std::string_view, fault_member>>& fault_members()
{
    using model = simulator_profile::fault_model;
    static const std::vector<std::pair<std::string_view, fault_member>> all = {
        {"rate_limit_429", &model::rate_limit_429},
        {"server_error", &model::server_error},
        {"bad_gateway", &model::bad_gateway},
        {"moderation", &model::moderation},
        {"moderation_output", &model::moderation_output},
        {"cut_stream", &model::cut_stream},
        {"stall", &model::stall},
        {"truncated_image", &model::truncated_image},
        {"wrong_size", &model::wrong_size},
        {"wrong_format", &model::wrong_format},
        {"empty_data", &model::empty_data},
        {"json_to_stream", &model::json_to_stream},
        {"text_instead", &model::text_instead},
        {"incomplete", &model::incomplete},
    };
    return all;
}

void add_wire(std::vector<field>& all)
{
    using model = simulator_profile::wire_model;
    constexpr auto group = &simulator_profile::wire;
    all.push_back(flag("wire", "keepalives", in(group, &model::keepalives)));
    all.push_back(flag("wire", "done_marker", in(group, &model::done_marker)));
    all.push_back(flag("wire", "crlf", in(group, &model::crlf)));
    all.push_back(flag("wire", "response_format", in(group, &model::response_format)));
    all.push_back(flag("wire", "revised_prompt", in(group, &model::revised_prompt)));
    all.push_back(flag("wire", "short_usage", in(group, &model::short_usage)));
    all.push_back(flag("wire", "any_model", in(group, &model::any_model)));
    all.push_back(flag("wire", "flat_errors", in(group, &model::flat_errors)));
    all.push_back(flag("wire", "empty_output", in(group, &model::empty_output)));
    all.push_back(flag("wire", "status_generating", in(group, &model::status_generating)));
    all.push_back(flag("wire", "finishes_abandoned", in(group, &model::finishes_abandoned)));
    all.push_back(flag("wire", "completion_usage", in(group, &model::completion_usage)));
    all.push_back(flag("wire", "error_in_200", in(group, &model::error_in_200)));
    all.push_back(flag("wire", "numeric_codes", in(group, &model::numeric_codes)));
    all.push_back(flag("wire", "url_only", in(group, &model::url_only)));
    all.push_back(flag("wire", "azure", in(group, &model::azure)));
    all.push_back(flag("wire", "openrouter", in(group, &model::openrouter)));
}

field cut_at_byte()
{
    return {"", "cut_at_byte",
            [](simulator_profile& profile, const base::json& value) -> std::string {
                profile.cut_at_byte.reset();
                if (value.is_null())
                    return {};
                const std::int64_t given = value.is_number() ? value.integer_or(-1) : -1;
                if (given < 0)
                    return "expected a number of bytes, or null";
                profile.cut_at_byte = static_cast<std::uint64_t>(given);
                return {};
            },
            [](const simulator_profile& profile) {
                return profile.cut_at_byte ? base::json(*profile.cut_at_byte) : base::json();
            }};
}

field words(std::string_view name, std::vector<std::string> simulator_profile::* member)
{
    return {"", name,
            [member](simulator_profile& profile, const base::json& value) -> std::string {
                (profile.*member).clear();
                for (const auto& word : value.items()) {
                    if (word.text_or({}).empty())
                        return "expected a list of words";
                    (profile.*member).emplace_back(word.text_or({}));
                }
                return value.is_array() ? std::string{} : "expected a list of words";
            },
            [member](const simulator_profile& profile) {
                base::json list{base::json::array{}};
                for (const auto& word : profile.*member)
                    list.push(word);
                return list;
            }};
}

field art()
{
    return {"", "art",
            [](simulator_profile& profile, const base::json& value) -> std::string {
                const auto style =
                    enum_named<simulator_profile::art_style>(art_style_names, value.text_or({}));
                if (!style)
                    return "expected scene, flat or grain" +
                           base::did_you_mean(value.text_or({}), art_style_names);
                profile.art = *style;
                return {};
            },
            [](const simulator_profile& profile) {
                return base::json(art_style_names[static_cast<std::size_t>(profile.art)]);
            }};
}

field api_key()
{
    return {"", "api_key",
            [](simulator_profile& profile, const base::json& value) -> std::string {
                if (!value.is_string())
                    return "expected a string";
                profile.api_key = value.text_or({});
                return {};
            },
            [](const simulator_profile& profile) { return base::json(profile.api_key); }};
}

const std::vector<field>& fields()
{
    static const std::vector<field> all = [] {
        std::vector<field> made;
        made.push_back(whole("", "seed", 0, std::int64_t{1} << 62, own(&simulator_profile::seed)));
        add_latency(made);
        add_limits(made);
        for (const auto& [name, member] : fault_members())
            made.push_back(number("faults", name, 0, 1, in(&simulator_profile::faults, member)));
        made.push_back(number("", "fewer_partials", 0, 1, own(&simulator_profile::fewer_partials)));
        made.push_back(cut_at_byte());
        made.push_back(number("", "stall_ms", 1, 3'600'000, own(&simulator_profile::stall_ms)));
        made.push_back(words("moderated_words", &simulator_profile::moderated_words));
        made.push_back(words("unverified_models", &simulator_profile::unverified_models));
        add_wire(made);
        made.push_back(art());
        made.push_back(api_key());
        return made;
    }();
    return all;
}

// The names that may stand in a group; at the top level also the names of the groups.
std::vector<std::string_view> names_in(std::string_view group)
{
    std::vector<std::string_view> names;
    if (group.empty())
        names = {"profile", "latency", "limits", "faults", "wire"};
    for (const auto& entry : fields())
        if (entry.group == group)
            names.push_back(entry.name);
    return names;
}

void read_members(const base::json& document, std::string_view group, simulator_profile& out,
                  std::vector<complaint>& found)
{
    const std::string prefix = group.empty() ? std::string{} : std::string(group) + ".";
    if (!document.is_object()) {
        found.push_back({std::string(group), "expected a map of settings"});
        return;
    }
    for (const auto& [name, value] : document.members()) {
        const std::string path = prefix + name;
        const auto entry = std::ranges::find_if(fields(), [&](const field& known) {
            return known.group == group && known.name == name;
        });
        if (entry != fields().end()) {
            if (const auto wrong = entry->read(out, value); !wrong.empty())
                found.push_back({path, path + ": " + wrong});
        } else if (group.empty() &&
                   (name == "latency" || name == "limits" || name == "faults" || name == "wire")) {
            read_members(value, name, out, found);
        } else if (!(group.empty() && name == "profile")) {
            found.push_back({path, "unknown setting '" + path + "'" +
                                       base::did_you_mean(name, names_in(group))});
        }
    }
}

} // namespace

std::vector<std::string_view> simulator_preset_names()
{
    return {"instant", "quick", "realistic", "stormy"};
}

std::optional<simulator_profile> simulator_preset(std::string_view name)
{
    simulator_profile profile;
    if (name == "quick")
        return profile;
    if (name == "instant") {
        profile.latency = {.base_ms = 0, .per_megapixel_ms = 0, .tail_sigma = 0};
        return profile;
    }
    if (name == "realistic") {
        // 1 MP at 14 s, 8.3 MP at 50 s in the median (contract, section 8: up to 2 min official,
        // minutes for 4K on gateways); the limits are those of tier 2.
        profile.latency = {.base_ms = 9'000, .per_megapixel_ms = 5'000, .tail_sigma = 0.4};
        profile.limits.images_per_minute = 20;
        profile.limits.tokens_per_minute = 250'000;
        return profile;
    }
    if (name == "stormy") {
        profile.latency = {.base_ms = 80, .per_megapixel_ms = 20, .tail_sigma = 0.6};
        profile.faults = {
            .rate_limit_429 = 0.05, .server_error = 0.03, .cut_stream = 0.05, .wrong_size = 0.02};
        profile.fewer_partials = 0.1;
        profile.wire.keepalives = true;
        return profile;
    }
    return std::nullopt;
}

std::vector<complaint> read_simulator_profile(const base::json& document, simulator_profile& out)
{
    std::vector<complaint> found;
    const auto start_from = [&](const base::json& preset) {
        auto profile = simulator_preset(preset.text_or({}));
        if (!profile) {
            const auto names = simulator_preset_names();
            found.push_back({"profile", "expected one of instant, quick, realistic, stormy" +
                                            base::did_you_mean(preset.text_or({}), names)});
        }
        out = profile.value_or(simulator_profile{});
    };
    out = {};
    if (document.is_null())
        return found;
    if (document.is_string()) {
        start_from(document);
        return found;
    }
    if (document.contains("profile"))
        start_from(document["profile"]);
    read_members(document, "", out, found);
    double together = 0;
    for (const auto& [name, member] : fault_members())
        together += out.faults.*member;
    if (together > 1 + 1e-9)
        found.push_back({"faults", "the faults add up to more than 1: a request has at most one"});
    return found;
}

base::json to_json(const simulator_profile& profile)
{
    auto document = base::json::make_object();
    for (const auto& entry : fields()) {
        if (entry.group.empty()) {
            document.set(entry.name, entry.write(profile));
            continue;
        }
        auto group = document[entry.group];
        group.set(entry.name, entry.write(profile));
        document.set(entry.group, std::move(group));
    }
    return document;
}

} // namespace engine::job
