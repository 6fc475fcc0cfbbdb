// image_order: a request for images as the look-alike has understood it, with every default filled
// in; and the readers that refuse what OpenAI refuses. Contract: sections 1 to 3.
#pragma once

#include "engine/job/image_request.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/job/usage.hpp"
#include "engine/sim/api_error.hpp"
#include "engine/sim/shared_text.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::sim {

class file_store;

struct image_order {
    // As asked, references and mask described; size, quality and format never "auto" here.
    job::image_request request;
    int images = 1;                 // n
    std::string safety_identifier;  // echoed; may be empty
    bool openrouter = false;        // came and is answered in OpenRouter's form
    shared_text body;               // what the views below look into,
    std::vector<shared_text> owned; // or one of these
    std::vector<std::string_view> references;
    std::string_view mask; // empty = none
    // Names the picture: everything that changes it, so neither streaming nor ids. 16 hexadecimal
    // digits of a SHA-256 would do; as a number it is shorter.
    std::uint64_t content = 0;

    // The picture that this one continues (Responses API), described; its file comes later.
    std::optional<job::reference_image> earlier;

    [[nodiscard]] bool is_edit() const { return !references.empty() || earlier; }
    // What is to be edited: the earlier picture or the first reference. Of an edit only.
    [[nodiscard]] const job::reference_image& base() const
    {
        return earlier ? *earlier : request.references.front();
    }
    [[nodiscard]] bool transparent() const { return request.background == "transparent"; }
    [[nodiscard]] job::image_size size() const { return *request.size; }
    // What it will be charged as, when `partials` partial images were sent.
    [[nodiscard]] job::usage usage(int partials) const;
};

using order_or_error = std::expected<image_order, api_error>;

// POST /v1/images/generations. The body is bounded by the server. `deployment`: Azure's, in place
// of a model, which may then not be named.
[[nodiscard]] order_or_error read_generation(const job::simulator_profile& profile,
                                             shared_text body, const std::string& deployment = {});
// POST /v1/images/edits: multipart, or JSON whose pictures are data URLs and uploaded files.
// Gateways also take `image` in JSON: a data URL or a list of them (wire.any_model).
[[nodiscard]] order_or_error read_edit(const job::simulator_profile& profile, shared_text body,
                                       std::string_view content_type, const file_store& files,
                                       const std::string& deployment = {});
// The order's content number, once everything else is filled in. `more`: what else names it.
[[nodiscard]] std::uint64_t content_of(const image_order& order, std::string_view more = {});

} // namespace engine::sim
