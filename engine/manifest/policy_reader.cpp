// policy_reader: the keys of a job that say what happens around its attempts: timeout, retry,
// fallback, downgrade, enrich.
#include "engine/manifest/job_plan.hpp"
#include "engine/manifest/keys.hpp"
#include "engine/manifest/scalar.hpp"

#include <algorithm>
#include <span>

namespace engine::manifest {

namespace {

constexpr int max_attempts_max = 100; // ours
constexpr std::chrono::milliseconds timeout_min{100};
constexpr std::chrono::milliseconds timeout_max{24 * 3'600'000};
constexpr std::size_t downgrades_max = 8;            // ours
constexpr std::size_t instructions_bytes_max = 8000; // ours
constexpr std::int64_t output_tokens_min = 16;       // the Responses API's own lower bound
constexpr std::int64_t output_tokens_max = 4000;     // ours: a prompt has at most 32,000 characters

constexpr std::string_view default_instructions =
    "Rewrite the brief below into one prompt for an image model. Keep every fact, name, number and "
    "colour of it, and everything it says to avoid. Add concrete detail on light, material, "
    "camera and composition. Answer with the prompt alone.";

class policy_reader {
public:
    policy_reader(const yaml_node& node, const field_reader& fields, const job_surroundings& around,
                  job_plan& plan)
        : node_(node), fields_(fields), around_(around), plan_(plan)
    {}

    void read()
    {
        if (const auto* entry = node_.find("timeout"))
            plan_.timeout = fields_.duration(*entry->value, "timeout", timeout_min, timeout_max)
                                .value_or(plan_.timeout);
        if (const auto* entry = node_.find("retry"))
            read_retry(*entry->value);
        if (const auto* entry = node_.find("downgrade"))
            read_downgrades(*entry->value);
        if (const auto* entry = node_.find("fallback"))
            read_fallback(*entry->value);
        if (const auto* entry = node_.find("enrich"))
            read_enrich(*entry->value);
    }

private:
    void read_retry(const yaml_node& value)
    {
        if (!fields_.mapping(value, "retry", keys::retry))
            return;
        if (const auto* attempts = value.find("max_attempts"))
            plan_.retry.max_attempts = static_cast<int>(
                fields_.whole(*attempts->value, "retry.max_attempts", 1, max_attempts_max)
                    .value_or(plan_.retry.max_attempts));
        if (const auto* policy = value.find("on_unknown"))
            if (const auto which =
                    fields_.word(*policy->value, "retry.on_unknown", job::unknown_policy_names))
                plan_.retry.on_unknown = static_cast<job::unknown_policy>(*which);
    }

    // What the provider has refused it refuses again: asking the same there once more only costs.
    static std::span<const std::string_view> steps_after(job::outcome ended)
    {
        constexpr static std::array<std::string_view, 4> elsewhere = {"next_route", "downgrade",
                                                                      "hold", "fail"};
        constexpr static std::array<std::string_view, 5> again = {"retry", "next_route",
                                                                  "downgrade", "hold", "fail"};
        const bool final_there = ended == job::outcome::refused || ended == job::outcome::invalid ||
                                 ended == job::outcome::account;
        return final_there ? std::span<const std::string_view>(elsewhere) : again;
    }

    void read_fallback(const yaml_node& value)
    {
        if (!fields_.mapping(value, "fallback", keys::fallback))
            return;
        for (const auto name : keys::fallback) {
            const auto* entry = value.find(name);
            if (!entry)
                continue;
            const auto ended = *job::outcome_named(name);
            const auto words = steps_after(ended);
            const auto which = fields_.word(*entry->value, "fallback." + std::string(name), words);
            if (!which)
                continue;
            const auto step =
                *job::enum_named<job::fallback_step>(job::fallback_step_names, words[*which]);
            plan_.retry.after[static_cast<std::size_t>(ended)] = step;
            if (step == job::fallback_step::downgrade && plan_.downgrades.empty() &&
                !node_.find("downgrade"))
                fields_.error(entry->value->offset,
                              "fallback: 'downgrade' needs a list of what to step down to, such as "
                              "downgrade: [{ quality: low }]");
        }
    }

    void read_downgrades(const yaml_node& value)
    {
        if (!fields_.list(value, "downgrade"))
            return;
        if (value.items.empty() || value.items.size() > downgrades_max)
            fields_.error(value.offset,
                          "downgrade: expected 1 to " + std::to_string(downgrades_max) + " steps");
        for (const auto& item : value.items) {
            if (!fields_.mapping(*item, "a downgrade", keys::downgrade))
                continue;
            downgrade_plan step;
            step.offset = item->offset;
            if (const auto* size = item->find("size")) {
                step.to.size = size->value->is_scalar() ? job::parse_image_size(size->value->text)
                                                        : std::optional<job::image_size>{};
                if (!step.to.size)
                    fields_.error(size->value->offset,
                                  "downgrade.size: expected WIDTHxHEIGHT in pixels, found " +
                                      describe(*size->value));
            }
            if (const auto* quality = item->find("quality"))
                step.to.quality = fields_.text(*quality->value, "downgrade.quality");
            if (item->entries.empty())
                fields_.error(item->offset, "a downgrade needs a size or a quality");
            plan_.downgrades.push_back(std::move(step));
        }
    }

    void read_enrich(const yaml_node& value)
    {
        enrich_plan plan;
        plan.instructions = default_instructions;
        if (!value.is_map()) {
            if (auto model = fields_.templated(value, "enrich")) {
                plan.model = std::move(*model);
                plan_.enrich = std::move(plan);
            }
            return;
        }
        if (!fields_.mapping(value, "enrich", keys::enrich))
            return;
        if (const auto* entry = value.find("provider"))
            if (const auto* known =
                    read_provider_name(*entry->value, "provider", fields_, around_)) {
                plan.provider = known->name;
                if (!known->wire.supports_responses)
                    fields_.error(entry->value->offset,
                                  "enrich.provider: '" + known->name +
                                      "' has no Responses API, and a text is asked for by it");
            }
        if (const auto* entry = value.find("instructions")) {
            plan.instructions =
                fields_.text(*entry->value, "enrich.instructions").value_or(plan.instructions);
            if (plan.instructions.size() > instructions_bytes_max)
                fields_.error(entry->value->offset, "enrich.instructions: at most " +
                                                        std::to_string(instructions_bytes_max) +
                                                        " bytes are possible");
        }
        if (const auto* entry = value.find("max_output_tokens"))
            plan.output_tokens_max =
                static_cast<int>(fields_
                                     .whole(*entry->value, "enrich.max_output_tokens",
                                            output_tokens_min, output_tokens_max)
                                     .value_or(plan.output_tokens_max));
        const auto* model = value.find("model");
        if (!model) {
            fields_.error(value.offset, "enrich needs a model, a text model such as gpt-5.4-mini");
            return;
        }
        if (auto text = fields_.templated(*model->value, "enrich.model")) {
            plan.model = std::move(*text);
            plan_.enrich = std::move(plan);
        }
    }

    const yaml_node& node_;
    const field_reader& fields_;
    const job_surroundings& around_;
    job_plan& plan_;
};

} // namespace

void read_policies(const yaml_node& job_node, const field_reader& fields,
                   const job_surroundings& around, job_plan& plan)
{
    policy_reader(job_node, fields, around, plan).read();
}

} // namespace engine::manifest
