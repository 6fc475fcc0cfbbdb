// image_request: one picture as it is asked of a provider, in the engine's words; a dialect turns
// it into bytes.
#pragma once

#include "engine/job/image_size.hpp"
#include "engine/job/output_spec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::job {

// A reference photo or a mask: what it is, never its bytes. `run` reads the file when it is sent.
struct reference_image {
    std::string source;                      // as the manifest says it: "photos/lamp-01.jpg"
    std::string path;                        // where it is on this machine
    std::string rights;                      // as the manifest says it; may be empty
    std::string sha256;                      // of the bytes, 64 hexadecimal digits
    image_format format = image_format::png; // by magic bytes
    image_size size;
    bool has_alpha = false;
    std::uint64_t bytes = 0;
};

// Empty strings and empty optionals are not sent: the provider's default applies.
struct image_request {
    std::string model;          // the model that draws: the image tool's on the Responses API
    std::string mainline_model; // Responses API: the text model that calls the tool; else empty
    std::string action;         // Responses API: auto, generate, edit
    // An earlier picture is to be continued: `run` puts it in front of the references when it is
    // there, or names the answer that made it.
    bool continues = false;
    int chain_length = 0; // how many pictures were made before this one: all are in the context
    std::string previous_response_id; // Responses API
    std::string prompt;               // final text, UTF-8
    std::optional<image_size> size;   // nothing = "auto"
    std::string quality; // low, medium, high, auto, ... : the model's capability entry says which
    std::string background;     // transparent, opaque, auto
    std::string moderation;     // auto, low
    std::string input_fidelity; // low, high
    std::optional<image_format> format;
    std::optional<int> compression; // 0 to 100, jpeg and webp only
    // Responses API: if the answer is lost it is to be fetched, not bought again. What is asked for
    // stays the same, and with it the content key.
    bool recoverable = false;
    std::string conversation_id; // where the answer is to lie as well; see prepare_recovery()
    bool stream = true;
    int partial_images = 0;                  // 0 to 3, asked; fewer may come
    std::vector<reference_image> references; // order kept; not empty = an edit
    std::optional<reference_image> mask; // alpha 0 = may change; the size of the first reference

    [[nodiscard]] bool is_edit() const { return continues || !references.empty(); }
    // What the bytes should be: the asked format, or PNG, the API's default.
    [[nodiscard]] image_format expected_format() const
    {
        return format.value_or(image_format::png);
    }
};

} // namespace engine::job
