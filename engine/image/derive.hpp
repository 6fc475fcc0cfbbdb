// derive: one delivered image, decoded once, to as many output files as the manifest wants.
//
// The cheapest output is the received file itself: `original`, and PNG from PNG when nothing is to
// be changed, are answered with "store the bytes as they are", metadata and provenance intact.
// Everything else is fitted and encoded anew, and a C2PA manifest does not come along: it signs the
// bytes of the file that it came in.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/image/check.hpp"
#include "engine/image/encode.hpp"
#include "engine/image/pixels.hpp"
#include "engine/image/text_overlay.hpp"
#include "engine/job/output_spec.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace engine::image {

// What became of the content credentials of the received file, per output.
enum class c2pa_state { absent, kept, dropped };
inline constexpr std::array<std::string_view, 3> c2pa_state_names = {"absent", "kept", "dropped"};

struct derived {
    bool as_received = false; // store the received bytes; `bytes` is empty then
    base::byte_buffer bytes;
    job::image_format format = job::image_format::png;
    job::image_size size;
    c2pa_state c2pa = c2pa_state::absent;
    std::vector<std::string> notes; // what was changed or lost, one sentence each
};

// Makes outputs one at a time, so that only one is held. Outputs that share a key or a box share
// the picture without background and the fitted picture, if they follow each other. The order of
// steps is: remove the background, fit, set text, encode.
class deriver {
public:
    // `received` must outlive this. `fonts`: all that the outputs' texts name.
    explicit deriver(const checked_image& received, font_bytes fonts = {})
        : received_(received), fonts_(std::move(fonts))
    {}

    // too_large, cannot_encode, cannot_key, bad_font, missing_glyph, text_too_large.
    [[nodiscard]] base::result<derived> make(const job::output_spec& spec);

private:
    // What a prepared picture was made for.
    struct preparation {
        std::optional<job::key_spec> key;
        std::optional<job::fit_spec> fit;
        friend bool operator==(const preparation&, const preparation&) = default;
    };
    [[nodiscard]] base::result<const pixels*> keyed(const std::optional<job::key_spec>& spec);
    [[nodiscard]] base::result<const pixels*> fitted(const job::output_spec& spec);

    const checked_image& received_;
    font_bytes fonts_;
    std::optional<job::key_spec> keyed_for_; // what keyed_ was made for
    pixels keyed_;
    std::optional<preparation> fitted_for_; // what fitted_ was made for
    pixels fitted_;
};

// A single output.
[[nodiscard]] base::result<derived> derive(const checked_image& received,
                                           const job::output_spec& spec);

} // namespace engine::image
