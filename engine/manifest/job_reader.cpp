// job_reader: one entry of `jobs`, and `defaults`.
#include "engine/base/ascii.hpp"
#include "engine/base/nearest_name.hpp"
#include "engine/manifest/job_plan.hpp"
#include "engine/manifest/keys.hpp"
#include "engine/manifest/scalar.hpp"

#include <algorithm>

namespace engine::manifest {

namespace {

constexpr int count_max = 10'000;      // ours
constexpr std::size_t routes_max = 16; // ours

bool ends_with_any(std::string_view text, std::initializer_list<std::string_view> endings)
{
    const auto lower = base::lowered(text);
    return std::ranges::any_of(endings,
                               [&](std::string_view ending) { return lower.ends_with(ending); });
}

// Reads the keys of one job (or of `defaults`) into a plan; knows which are there, not which must
// be.
class job_reader {
public:
    job_reader(const yaml_node& node, const field_reader& fields, const job_surroundings& around,
               job_plan& plan)
        : node_(node), fields_(fields), around_(around), plan_(plan)
    {}

    void read()
    {
        if (!fields_.mapping(node_, "a job", keys::job))
            return;
        for (const auto& entry : node_.entries)
            plan_.places[entry.key] = entry.value->offset;
        plan_.id = templated("id");
        if (const auto* entry = node_.find("id"); entry && entry->value->is_scalar())
            plan_.id_text = std::make_shared<const std::string>(entry->value->text);
        const auto given_before = fields_.found().given();
        if (const auto* entry = node_.find("rows"))
            read_rows(*entry->value);
        if (const auto* entry = node_.find("matrix"))
            plan_.cells = read_matrix(*entry->value, fields_);
        plan_.variables_known = fields_.found().given() == given_before;
        plan_.count = static_cast<int>(whole("count", 1, count_max).value_or(1));
        if (const auto* entry = node_.find("prompt"))
            read_prompt(*entry->value);
        if (const auto* entry = node_.find("references"))
            plan_.references =
                read_references(*entry->value, "references", fields_, &around_.references);
        plan_.mask = templated("mask");
        if (const auto* entry = node_.find("route"))
            read_routes(*entry->value);
        read_request();
        read_policies(node_, fields_, around_, plan_);
        plan_.after = templated("after");
        plan_.priority =
            static_cast<int>(whole("priority", -priority_max, priority_max).value_or(0));
        if (const auto* entry = node_.find("budget");
            entry && fields_.mapping(*entry->value, "budget", keys::job_budget))
            if (const auto* cost = entry->value->find("max_cost_usd"))
                plan_.max_cost = fields_.usd(*cost->value, "budget.max_cost_usd", budget_usd_max);
        if (const auto* entry = node_.find("expect"))
            read_expect(*entry->value);
        plan_.path = templated("path");
        if (const auto* entry = node_.find("outputs"))
            plan_.outputs = read_outputs(*entry->value, fields_);
    }

private:
    std::optional<text_field> templated(std::string_view key)
    {
        const auto* entry = node_.find(key);
        return entry ? fields_.templated(*entry->value, key) : std::nullopt;
    }

    // A template, or one of a closed set of words.
    std::optional<text_field> word(std::string_view key, std::span<const std::string_view> words)
    {
        const auto* entry = node_.find(key);
        if (!entry)
            return std::nullopt;
        const bool is_template =
            entry->value->is_scalar() && entry->value->text.find("{{") != std::string::npos;
        if (!is_template && !fields_.word(*entry->value, key, words))
            return std::nullopt;
        return fields_.templated(*entry->value, key);
    }

    std::optional<std::int64_t> whole(std::string_view key, std::int64_t low, std::int64_t high)
    {
        const auto* entry = node_.find(key);
        return entry ? fields_.whole(*entry->value, key, low, high) : std::nullopt;
    }

    void read_rows(const yaml_node& value)
    {
        plan_.rows.offset = value.offset;
        if (value.is_list()) {
            read_inline_rows(value);
            return;
        }
        const auto file = fields_.text(value, "rows");
        if (!file)
            return;
        plan_.rows.file = *file;
        plan_.rows.path = resolve(around_.folder, *file);
        if (file->find("{{") != std::string::npos)
            fields_.error(value.offset, "rows: a file name without templates is needed: its "
                                        "columns are the variables");
        else if (ends_with_any(*file, {".csv"}))
            plan_.rows.type = rows_spec::kind::csv;
        else if (ends_with_any(*file, {".jsonl", ".ndjson"}))
            plan_.rows.type = rows_spec::kind::jsonl;
        else
            fields_.error(value.offset, "rows: expected a file ending in .csv, .jsonl or .ndjson, "
                                        "or a list, found '" +
                                            *file + "'");
    }

    void read_inline_rows(const yaml_node& list)
    {
        plan_.rows.type = rows_spec::kind::inline_list;
        for (const auto& item : list.items) {
            if (!fields_.named_mapping(*item, "a row"))
                continue;
            row one;
            one.at = fields_.source().mark_at(item->offset);
            for (const auto& entry : item->entries)
                if (auto value = read_variable(entry, fields_))
                    one.values.push_back(std::move(*value));
            plan_.rows.inline_rows.push_back(std::move(one));
        }
        if (list.items.empty())
            fields_.warn(list.offset, "rows: the list is empty, so this job makes nothing");
    }

    void read_prompt(const yaml_node& value)
    {
        plan_.prompt.offset = value.offset;
        if (!value.is_map()) {
            plan_.prompt.whole = fields_.templated(value, "prompt");
            return;
        }
        if (!fields_.mapping(value, "prompt", keys::prompt))
            return;
        for (std::size_t i = 0; i < keys::prompt.size(); ++i)
            if (const auto* entry = value.find(keys::prompt[i]))
                plan_.prompt.parts[i] =
                    fields_.templated(*entry->value, "prompt." + std::string(keys::prompt[i]));
    }

    void read_routes(const yaml_node& value)
    {
        std::span<const yaml> entries;
        if (value.is_list())
            entries = value.items;
        else if (auto one = read_route(value))
            plan_.routes.push_back(std::move(*one));
        if (value.is_list() && value.items.empty())
            fields_.error(value.offset, "route: expected at least one provider");
        if (value.is_list() && value.items.size() > routes_max)
            fields_.error(value.offset,
                          "route: at most " + std::to_string(routes_max) + " entries are possible");
        for (const auto& entry : entries)
            if (auto one = read_route(*entry))
                plan_.routes.push_back(std::move(*one));
    }

    std::optional<route_plan> read_route(const yaml_node& value)
    {
        route_plan route;
        route.offset = value.offset;
        if (!value.is_map())
            return read_provider(value, "route", route);
        if (!fields_.mapping(value, "a route", keys::route))
            return std::nullopt;
        if (const auto* entry = value.find("api"))
            if (const auto which = fields_.word(*entry->value, "api", job::api_names))
                route.api = job::api_names[*which];
        if (const auto* entry = value.find("model"))
            route.model = fields_.templated(*entry->value, "model");
        if (const auto* entry = value.find("image_model"))
            route.image_model = fields_.templated(*entry->value, "image_model");
        check_models(value, route);
        const auto* entry = value.find("provider");
        if (!entry) {
            fields_.error(value.offset, "a route needs a provider");
            return std::nullopt;
        }
        return read_provider(*entry->value, "provider", route);
    }

    // On the Responses API a text model calls the tool that draws.
    void check_models(const yaml_node& value, const route_plan& route)
    {
        const auto* image_model = value.find("image_model");
        if (route.api != job::api_responses) {
            if (image_model)
                fields_.error(image_model->value->offset,
                              "image_model: goes with api: responses; with "
                              "api: images, model is the one that draws");
            return;
        }
        const auto* model = value.find("model");
        if (!model)
            fields_.error(value.offset, "a route with api: responses needs model, the text model "
                                        "that calls the image tool, such as gpt-5.5; the one that "
                                        "draws is image_model");
    }

    std::optional<route_plan> read_provider(const yaml_node& value, std::string_view key,
                                            route_plan route)
    {
        const auto* known = read_provider_name(value, key, fields_, around_);
        if (!known)
            return std::nullopt;
        if (route.api == job::api_responses && !known->wire.supports_responses)
            fields_.error(value.offset, std::string(key) + ": '" + known->name +
                                            "' has no Responses API (its dialect, " +
                                            known->dialect + ", says so)");
        route.provider = known->name;
        route.simulated = known->is_simulator();
        return route;
    }

    void read_request()
    {
        plan_.model = templated("model");
        if (const auto* entry = node_.find("size")) {
            const auto& value = *entry->value;
            if (value.is_scalar() && (value.text == "auto" || job::parse_image_size(value.text) ||
                                      value.text.find("{{") != std::string::npos))
                plan_.size = templated("size");
            else
                fields_.error(value.offset, "size: expected auto or WIDTHxHEIGHT in pixels, such "
                                            "as 1536x1024, found " +
                                                describe(value));
        }
        plan_.quality = templated("quality");
        plan_.background = word("background", background_names);
        plan_.moderation = word("moderation", moderation_names);
        plan_.input_fidelity = word("input_fidelity", fidelity_names);
        plan_.format = word("format", job::image_format_names);
        if (const auto compression = whole("compression", 0, 100))
            plan_.compression = static_cast<int>(*compression);
        if (const auto* entry = node_.find("stream"))
            plan_.stream = fields_.flag(*entry->value, "stream").value_or(true);
        plan_.partial_images = static_cast<int>(whole("partial_images", 0, 3).value_or(0));
        if (const auto* entry = node_.find("partials"))
            plan_.keep_partials =
                fields_.word(*entry->value, "partials", partials_names).value_or(0) == 1;
        plan_.action = word("action", action_names);
    }

    void read_expect(const yaml_node& value)
    {
        if (!fields_.mapping(value, "expect", keys::expect))
            return;
        if (const auto* entry = value.find("size")) {
            const auto& wanted = *entry->value;
            const auto size = wanted.is_scalar() ? job::parse_image_size(wanted.text)
                                                 : std::optional<job::image_size>{};
            if (!size && wanted.text != "any")
                fields_.error(wanted.offset, "expect.size: expected any or WIDTHxHEIGHT in "
                                             "pixels, found " +
                                                 describe(wanted));
            plan_.expect.size = size;
        }
        if (const auto* entry = value.find("format")) {
            constexpr std::array<std::string_view, 4> words = {"png", "jpeg", "webp", "any"};
            if (const auto format = fields_.word(*entry->value, "expect.format", words))
                plan_.expect.format = *format == 3
                                          ? std::nullopt
                                          : std::optional(static_cast<job::image_format>(*format));
        }
        if (const auto* entry = value.find("alpha"))
            if (const auto rule =
                    fields_.word(*entry->value, "expect.alpha", job::alpha_rule_names))
                plan_.expect.alpha = static_cast<job::expectation::alpha_rule>(*rule);
    }

    const yaml_node& node_;
    const field_reader& fields_;
    const job_surroundings& around_;
    job_plan& plan_;
};

// What a job cannot do without, wherever it comes from.
void check_required(const yaml_node& node, const job_plan& plan, const field_reader& fields)
{
    const auto missing = [&](std::string_view key, std::string_view example) {
        if (!node.find(key))
            fields.error(node.offset, "this job has no " + std::string(key) + ": expected '" +
                                          std::string(key) + ": " + std::string(example) +
                                          "' here or under 'defaults'");
    };
    missing("id", "a name");
    missing("prompt", "what to show");
    missing("route", "openai");
    if (!node.find("model") &&
        (plan.routes.empty() || std::ranges::any_of(plan.routes, [](const route_plan& route) {
             return !route.drawing_model();
         })))
        missing("model", "gpt-image-2");
    const auto* prompt = node.find("prompt");
    if (prompt && prompt->value->is_map() && !prompt->value->find("subject"))
        fields.error(prompt->value->offset, "prompt: expected a subject");
}

} // namespace

job_plan read_job(const yaml_node& node, int number, const field_reader& fields,
                  const job_surroundings& around)
{
    job_plan plan;
    plan.number = number;
    plan.offset = node.offset;
    const auto given_before = fields.found().given();
    job_reader(node, fields, around, plan).read();
    if (node.is_map())
        check_required(node, plan, fields);
    plan.broken = fields.found().given() != given_before;
    if (plan.outputs.empty()) {
        output_plan image;
        image.spec.name = "image";
        image.offset = node.offset;
        plan.outputs.push_back(std::move(image));
    }
    return plan;
}

void check_defaults(const yaml_node& node, const field_reader& fields,
                    const job_surroundings& around)
{
    job_plan unused;
    job_reader(node, fields, around, unused).read();
}

std::vector<reference_plan> read_references(const yaml_node& node, std::string_view name,
                                            const field_reader& fields, const reference_sets* sets)
{
    std::vector<reference_plan> plans;
    if (!fields.list(node, name))
        return plans;
    for (const auto& item : node.items) {
        if (!item->is_map() && sets) {
            const auto set = fields.text(*item, name);
            if (!set)
                continue;
            const auto known = sets->find(*set);
            if (known == sets->end()) {
                std::vector<std::string_view> names;
                for (const auto& [key, list] : *sets)
                    names.push_back(key);
                const auto near = base::did_you_mean(*set, names);
                fields.error(item->offset,
                             std::string(name) + ": there is no reference set '" + *set + "'" +
                                 (near.empty() ? "; for a file write { file: ... }" : near));
                continue;
            }
            plans.insert(plans.end(), known->second.begin(), known->second.end());
            continue;
        }
        if (!fields.mapping(*item, "a reference", keys::reference))
            continue;
        reference_plan plan;
        if (const auto* entry = item->find("rights"))
            plan.rights = fields.text(*entry->value, "rights").value_or("");
        const auto* file = item->find("file");
        if (!file)
            fields.error(item->offset, "a reference needs a file");
        else if (auto text = fields.templated(*file->value, "file")) {
            plan.file = std::move(*text);
            plans.push_back(std::move(plan));
        }
    }
    return plans;
}

const job::provider_spec* read_provider_name(const yaml_node& value, std::string_view key,
                                             const field_reader& fields,
                                             const job_surroundings& around)
{
    const auto name = fields.text(value, key);
    if (!name)
        return nullptr;
    const auto known = std::ranges::find(around.providers, *name, &job::provider_spec::name);
    if (known != around.providers.end())
        return &*known;
    std::vector<std::string_view> names;
    for (const auto& one : around.providers)
        names.push_back(one.name);
    const auto near = base::did_you_mean(*name, names);
    fields.error(value.offset, std::string(key) + ": there is no provider '" + *name + "'" +
                                   (near.empty() ? "; known are " + alternatives(names) : near));
    return nullptr;
}

std::string resolve(const std::string& folder, const std::string& file)
{
    return file.starts_with('/') || folder.empty() ? file : folder + "/" + file;
}

} // namespace engine::manifest
