// capability: what a model accepts, as data, and the check of a request against it before anything
// is sent.
//
// The table is capabilities.json (embedded); a manifest's `models:` overrides and adds. A model
// that no entry covers passes with a warning: model ids are never a closed set (new ones appear
// monthly).
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/result.hpp"
#include "engine/job/image_request.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::job {

struct capability {
    std::string model;             // the entry's name
    std::string status;            // "current", "retired": a retired model is refused
    std::string note;              // for people: "shut down on 2026-10-23"
    std::vector<image_size> sizes; // the only sizes, when not empty; else the rule below
    bool allows_auto_size = true;
    int edge_multiple = 1;     // both edges divide by it
    int long_edge_max = 16384; // pixels
    double ratio_max = 100;    // long edge / short edge
    std::int64_t pixels_min = 1;
    std::int64_t pixels_max = 268'435'456;
    std::int64_t pixels_experimental = 0; // above it a warning; 0 = none
    std::vector<std::string> qualities;   // empty = anything
    std::vector<std::string> backgrounds;
    std::vector<std::string> formats;
    std::vector<std::string> input_fidelities; // empty = the field must not be sent
    bool streams = true;
    int partial_images_max = 3;
    int references_max = 16;
    std::uint64_t reference_bytes_max = 50'000'000;
    std::vector<std::string> reference_formats;
    bool masks = true;
    std::uint64_t mask_bytes_max = 4'000'000;
    std::size_t prompt_characters_max = 32'000;
};

// One thing that is wrong. `field` is the manifest's key ("size", "references[2]", "mask", ...), so
// that the complaint can point at it.
struct complaint {
    std::string field;
    std::string message; // what was expected and what was found, one sentence
    bool warning = false;
};

class capability_table {
public:
    [[nodiscard]] static const capability_table& builtin();
    // {"version":..., "models": {NAME: {...}}}: each entry may say `"like": OTHER` and then only
    // what differs.
    [[nodiscard]] static base::result<capability_table> parse(const base::json& document,
                                                              std::string_view where);
    // Adds one entry, `fields` as in the file; it may be `like` an entry that is there already.
    [[nodiscard]] base::result<void> set(std::string_view model, const base::json& fields,
                                         std::string_view where);

    // The entry with the longest name that covers the model: equal, or followed by "-" (a dated
    // snapshot, a variant).
    [[nodiscard]] const capability* find(std::string_view model) const;
    [[nodiscard]] std::vector<std::string_view> names() const;
    // The field names that an entry may have, for "did you mean".
    [[nodiscard]] static std::vector<std::string_view> field_names();

private:
    std::map<std::string, capability, std::less<>> models_;
};

// Everything about `request` that the provider would refuse, in the order of the manifest's fields.
// References and mask must be filled in (format, size, bytes). A missing capability gives one
// warning. Rules that hold for every model (mask without reference, partials without streaming,
// compression of a png) are in it too.
[[nodiscard]] std::vector<complaint> check_request(const image_request& request,
                                                   const capability* known);

} // namespace engine::job
