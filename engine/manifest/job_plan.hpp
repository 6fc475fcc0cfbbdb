// job_plan: one entry of `jobs`, read and checked as far as that goes without its rows.
#pragma once

#include "engine/base/money.hpp"
#include "engine/job/capability.hpp"
#include "engine/job/item.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/manifest/field_reader.hpp"
#include "engine/manifest/matrix.hpp"
#include "engine/manifest/row_source.hpp"
#include "engine/manifest/template_text.hpp"

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::manifest {

// The closed sets of words among the request's options.
inline constexpr std::array<std::string_view, 3> background_names = {"transparent", "opaque",
                                                                     "auto"};
inline constexpr std::array<std::string_view, 2> moderation_names = {"auto", "low"};
inline constexpr std::array<std::string_view, 2> fidelity_names = {"low", "high"};
inline constexpr std::array<std::string_view, 3> action_names = {"auto", "generate", "edit"};
inline constexpr std::array<std::string_view, 2> partials_names = {"drop", "keep"};

inline constexpr double budget_usd_max = 1e9; // base/money.hpp
inline constexpr int priority_max = 100;      // ours; the least is -100

// A prompt is one text, or up to four parts.
struct prompt_plan {
    std::optional<text_field> whole;
    std::array<std::optional<text_field>, 4> parts; // subject, composition, style, avoid
    std::uint32_t offset = 0;
};

struct reference_plan {
    text_field file;
    std::string rights;
};
using reference_sets = std::map<std::string, std::vector<reference_plan>, std::less<>>;

struct route_plan {
    std::string provider;
    std::string api = std::string(job::api_images);
    bool simulated = false;
    // Of this route alone. On the Responses API `model` is the text model that calls the tool.
    std::optional<text_field> model, image_model;
    std::uint32_t offset = 0;

    [[nodiscard]] const std::optional<text_field>& drawing_model() const
    {
        return api == job::api_responses ? image_model : model;
    }
};

struct enrich_plan {
    text_field model;
    std::string provider; // empty = that of the first route
    std::string instructions;
    int output_tokens_max = 600;
};

struct downgrade_plan {
    job::downgrade to;
    std::uint32_t offset = 0;
};

struct font_plan {
    std::string file; // as the manifest says it
    std::uint32_t offset = 0;
};

struct text_plan {
    job::text_spec spec; // without text and fonts
    std::optional<text_field> text;
    std::vector<font_plan> fonts;
    std::uint32_t offset = 0;
};

struct output_plan {
    job::output_spec spec; // without path and texts
    std::vector<text_plan> texts;
    std::optional<text_field> path;
    std::uint32_t offset = 0;
};

struct expect_plan {
    std::optional<std::optional<job::image_size>> size; // nothing = as asked; empty = any
    std::optional<std::optional<job::image_format>> format;
    std::optional<job::expectation::alpha_rule> alpha;
};

struct job_plan {
    int number = 1;           // position in `jobs`
    std::uint32_t offset = 0; // of the entry
    // Something in it is wrong. Its rows and files are still gone through, so that all there is to
    // say is said at once, but it gives no items.
    bool broken = false;
    // False when `rows` or `matrix` could not be read: then nobody knows which names are variables,
    // and going through the job would only give complaints about complaints.
    bool variables_known = true;

    std::optional<text_field> id;
    // As the manifest has it, with " #2" and so on where several jobs have the same; null without.
    std::shared_ptr<const std::string> id_text;
    int priority = 0;                       // its own
    int rank = -priority_max;               // that of the jobs that continue it, if it is higher
    std::vector<std::size_t> continues{};   // earlier jobs whose items its own may continue
    bool continues_any_before = false;      // so many jobs that nobody looked which
    std::optional<base::microusd> max_cost; // of this job; nothing = no limit
    rows_spec rows;
    std::vector<matrix_cell> cells = {{}};
    int count = 1;
    prompt_plan prompt;
    std::vector<reference_plan> references;
    std::optional<text_field> mask;
    std::vector<route_plan> routes;
    // Text of the request that may hold templates.
    std::optional<text_field> model, size, quality, background, moderation, input_fidelity, format;
    std::optional<text_field> action;
    std::optional<int> compression;
    bool stream = true;
    int partial_images = 0;
    bool keep_partials = false;
    std::optional<text_field> after;
    std::optional<enrich_plan> enrich;
    std::vector<downgrade_plan> downgrades;
    job::retry_policy retry;
    std::chrono::milliseconds timeout{300'000};
    expect_plan expect;
    std::optional<text_field> path; // nothing = the default
    std::vector<output_plan> outputs;
    // Where each key of the request stands (in the job or in `defaults`), for complaints about it.
    std::map<std::string, std::uint32_t, std::less<>> places;

    [[nodiscard]] std::uint32_t place_of(std::string_view key) const
    {
        const auto known = places.find(key);
        return known == places.end() ? offset : known->second;
    }
};

// What a job may refer to.
struct job_surroundings {
    const std::vector<job::provider_spec>& providers;
    const reference_sets& references;
    std::string folder; // of the manifest; relative files start there. "" = the working folder
};

// `node`: the job with `defaults` merged under it. Every problem is noted.
[[nodiscard]] job_plan read_job(const yaml_node& node, int number, const field_reader& fields,
                                const job_surroundings& around);
// `defaults` alone: the same keys, none of them required.
void check_defaults(const yaml_node& node, const field_reader& fields,
                    const job_surroundings& around);

// retry, fallback, downgrade, enrich, timeout: what is to happen around the attempts of a job.
void read_policies(const yaml_node& job_node, const field_reader& fields,
                   const job_surroundings& around, job_plan& plan);
// The provider that is named there, or nothing after a complaint. `key`: what it stands under.
[[nodiscard]] const job::provider_spec* read_provider_name(const yaml_node& value,
                                                           std::string_view key,
                                                           const field_reader& fields,
                                                           const job_surroundings& around);

// The list of a reference set; `sets` may be named by plain strings when not null.
[[nodiscard]] std::vector<reference_plan> read_references(const yaml_node& node,
                                                          std::string_view name,
                                                          const field_reader& fields,
                                                          const reference_sets* sets);
[[nodiscard]] std::vector<output_plan> read_outputs(const yaml_node& node,
                                                    const field_reader& fields);

// `file` as the manifest says it, seen from the manifest's folder.
[[nodiscard]] std::string resolve(const std::string& folder, const std::string& file);

} // namespace engine::manifest
