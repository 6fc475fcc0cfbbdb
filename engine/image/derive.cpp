#include "engine/image/derive.hpp"

#include "engine/image/alpha.hpp"
#include "engine/image/fit.hpp"
#include "engine/image/key_background.hpp"

#include <utility>

namespace engine::image {

namespace {

// The format to encode into; nothing when the received bytes already are the output.
std::optional<job::image_format> format_to_encode(const checked_image& received,
                                                  const job::output_spec& spec)
{
    switch (spec.format) {
    case job::output_format::original:
        return std::nullopt;
    case job::output_format::png: {
        // Lossless, so encoding anew could only lose something. JPEG and WebP are encoded anew even
        // from their own format: the spec's quality is a wish about the size of the file.
        const bool unchanged = received.header.format == job::image_format::png && !spec.fit &&
                               !spec.key_background && spec.texts.empty() &&
                               spec.metadata == job::metadata_policy::keep;
        if (unchanged)
            return std::nullopt;
        return job::image_format::png;
    }
    case job::output_format::jpeg:
        return job::image_format::jpeg;
    case job::output_format::webp:
        return job::image_format::webp;
    }
    std::unreachable();
}

} // namespace

base::result<const pixels*> deriver::keyed(const std::optional<job::key_spec>& spec)
{
    if (!spec)
        return &received_.picture;
    if (keyed_for_ != spec) {
        keyed_for_.reset(); // should the next line throw, nothing stale is left
        auto made = key_background(received_.picture, *spec);
        if (!made)
            return std::unexpected(made.error());
        keyed_ = std::move(made->picture);
        keyed_for_ = spec;
    }
    return &keyed_;
}

base::result<const pixels*> deriver::fitted(const job::output_spec& spec)
{
    const preparation wanted{spec.key_background, spec.fit};
    if (wanted.fit && fitted_for_ == wanted)
        return &fitted_;
    const auto source = keyed(wanted.key);
    if (!source || !wanted.fit)
        return source;
    fitted_for_.reset();
    auto made = fit(**source, *wanted.fit);
    if (!made)
        return std::unexpected(made.error());
    fitted_ = std::move(*made);
    fitted_for_ = wanted;
    return &fitted_;
}

base::result<derived> deriver::make(const job::output_spec& spec)
{
    const metadata& meta = received_.picture.meta;
    derived result;
    const auto format = format_to_encode(received_, spec);
    if (!format) {
        result.as_received = true;
        result.format = received_.header.format;
        result.size = received_.picture.size;
        result.c2pa = meta.c2pa_present ? c2pa_state::kept : c2pa_state::absent;
        return result;
    }

    auto picture = fitted(spec);
    if (!picture)
        return std::unexpected(picture.error());
    std::optional<pixels> changed;
    if (!spec.texts.empty()) {
        changed = **picture;
        if (auto drawn = draw_texts(*changed, spec.texts, fonts_); !drawn)
            return std::unexpected(drawn.error());
        picture = &*changed;
    }
    // A ground in place of the background that was taken away is what was asked for: no note of it.
    if (spec.key_background && *format == job::image_format::jpeg) {
        changed = flattened(**picture, spec.background);
        picture = &*changed;
    }
    auto file = encode(**picture, {.format = *format,
                                   .quality = spec.quality,
                                   .lossless = spec.lossless,
                                   .metadata = spec.metadata,
                                   .background = spec.background});
    if (!file)
        return std::unexpected(file.error());
    result.bytes = std::move(file->bytes);
    result.format = *format;
    result.size = (*picture)->size;
    result.c2pa = meta.c2pa_present ? c2pa_state::dropped : c2pa_state::absent;
    result.notes = meta.notes; // what decoding could not carry concerns every file made from it
    result.notes.insert(result.notes.end(), file->notes.begin(), file->notes.end());
    return result;
}

base::result<derived> derive(const checked_image& received, const job::output_spec& spec)
{
    return deriver(received).make(spec);
}

} // namespace engine::image
