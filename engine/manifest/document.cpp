#include "engine/manifest/document.hpp"

#include "engine/base/sha256.hpp"
#include "engine/manifest/expansion.hpp"
#include "engine/manifest/job_order.hpp"
#include "engine/manifest/keys.hpp"
#include "engine/manifest/provider_reader.hpp"
#include "engine/manifest/scalar.hpp"
#include "engine/manifest/yaml_tree.hpp"

#include <algorithm>

namespace engine::manifest {

namespace {

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return {};
    return slash == 0 ? "/" : path.substr(0, slash);
}

// Without folder and ending.
std::string stem_of(const std::string& path)
{
    auto name = path.substr(path.rfind('/') + 1);
    if (const auto dot = name.rfind('.'); dot != std::string::npos && dot > 0)
        name.resize(dot);
    return name;
}

bool is_manifest_name(std::string_view name)
{
    constexpr std::string_view allowed =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return !name.empty() && name.size() <= 100 &&
           name.find_first_not_of(allowed) == std::string_view::npos && name.front() != '.' &&
           name.front() != '-';
}

class document_reader {
public:
    document_reader(const yaml& root, const field_reader& fields, manifest& out)
        : root_(root), fields_(fields), out_(out)
    {}

    void read()
    {
        read_version();
        read_name();
        if (const auto* entry = root_->find("providers"))
            read_providers(*entry->value, fields_, out_.folder, out_.providers, out_.prices);
        if (const auto* entry = root_->find("models"))
            read_models(*entry->value, fields_, out_.capabilities);
        read_budget();
        if (const auto* entry = root_->find("log");
            entry && fields_.mapping(*entry->value, "log", keys::log))
            if (const auto* prompts = entry->value->find("prompts"))
                out_.log_prompts = fields_.flag(*prompts->value, "log.prompts").value_or(false);
        read_cache();
        read_reference_sets();
        read_jobs();
    }

private:
    void read_version()
    {
        const auto* entry = root_->find("version");
        if (!entry)
            fields_.error(root_->offset, "expected 'version: 1'");
        else if (const auto number = entry->value->is_scalar() && entry->value->plain
                                         ? scalar_real(entry->value->text)
                                         : std::nullopt;
                 number != 1.0)
            fields_.error(entry->value->offset,
                          "version: expected 1, the only one there is, found " +
                              describe(*entry->value));
    }

    void read_name()
    {
        if (const auto* entry = root_->find("name")) {
            const auto name = fields_.text(*entry->value, "name");
            if (name && is_manifest_name(*name))
                out_.name = *name;
            else if (name)
                fields_.error(entry->value->offset,
                              "name: expected letters, digits, '_', '.' and '-', at most 100 "
                              "(it names the output folder), found '" +
                                  *name + "'");
        }
        if (out_.name.empty())
            out_.name = slug_of(stem_of(out_.path));
        if (out_.name.empty())
            out_.name = "manifest";
    }

    void read_budget()
    {
        const auto* entry = root_->find("budget");
        if (!entry || !fields_.mapping(*entry->value, "budget", keys::budget))
            return;
        if (const auto* cost = entry->value->find("max_cost_usd"))
            out_.max_cost = fields_.usd(*cost->value, "budget.max_cost_usd", budget_usd_max);
        if (const auto* cost = entry->value->find("max_cost_per_day_usd"))
            out_.max_cost_per_day =
                fields_.usd(*cost->value, "budget.max_cost_per_day_usd", budget_usd_max);
        if (const auto* allow = entry->value->find("allow_unpriced"))
            out_.allow_unpriced =
                fields_.flag(*allow->value, "budget.allow_unpriced").value_or(false);
    }

    void read_cache()
    {
        const auto* entry = root_->find("cache");
        if (!entry)
            return;
        const auto folder = fields_.text(*entry->value, "cache");
        if (!folder)
            return;
        out_.cache =
            out_.folder.empty() || folder->starts_with('/') ? *folder : out_.folder + "/" + *folder;
    }

    void read_reference_sets()
    {
        const auto* entry = root_->find("references");
        if (!entry || !fields_.named_mapping(*entry->value, "references"))
            return;
        for (const auto& set : entry->value->entries)
            if (!is_private_key(set.key))
                sets_[set.key] =
                    read_references(*set.value, "references." + set.key, fields_, nullptr);
    }

    void read_jobs()
    {
        const job_surroundings around{out_.providers, sets_, out_.folder};
        yaml defaults;
        if (const auto* entry = root_->find("defaults")) {
            check_defaults(*entry->value, fields_, around);
            if (entry->value->is_map())
                defaults = entry->value;
        }
        const auto* entry = root_->find("jobs");
        if (!entry) {
            fields_.error(root_->offset, "expected 'jobs', a list of what to make");
            return;
        }
        if (!fields_.list(*entry->value, "jobs"))
            return;
        if (entry->value->items.empty())
            fields_.error(entry->value->offset, "jobs: expected at least one");
        int number = 0;
        for (const auto& item : entry->value->items) {
            ++number;
            if (fields_.named_mapping(*item, "a job"))
                out_.jobs.push_back(read_job(*merge_over(defaults, item), number, fields_, around));
        }
        settle_order(out_.jobs);
    }

    const yaml& root_;
    const field_reader& fields_;
    manifest& out_;
    reference_sets sets_;
};

} // namespace

std::optional<manifest> load(runtime::files& disk, const std::string& path, problems& found,
                             const std::string& copy)
{
    auto text = disk.read(copy.empty() ? path : copy, manifest_bytes_max);
    if (!text) {
        found.error(path, {1, 1},
                    text.error().code == std::errc::file_too_large
                        ? "more than 16 MiB; put the rows into a CSV or JSONL file"
                        : "cannot be read: " + text.error().code.message());
        return std::nullopt;
    }
    manifest out;
    out.path = path;
    out.folder = folder_of(path);
    out.text = std::move(*text);
    out.sha256 = base::sha256_hex(out.text);
    out.source = std::make_shared<source_text>(path, out.text);
    out.providers = job::builtin_providers();
    out.capabilities = job::capability_table::builtin();
    out.prices = job::price_table::builtin();

    const field_reader fields(*out.source, found);
    const auto root = parse_yaml(*out.source, found);
    if (!root)
        return std::nullopt;
    const bool is_manifest = fields.mapping(*root, "the manifest", keys::document);
    if (!is_manifest)
        return std::nullopt;
    document_reader(root, fields, out).read();
    if (!found.ok()) {
        constexpr std::int64_t items_max = 10'000;
        item_source items(out, disk, items_max);
        while (items.next(found)) {
        }
    }
    return out;
}

} // namespace engine::manifest
