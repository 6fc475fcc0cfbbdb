#include "engine/rehearse/outlines.hpp"

#include "engine/base/sha256.hpp"
#include "engine/image/check.hpp"
#include "engine/image/errc.hpp"
#include "engine/image/fit.hpp"
#include "engine/image/sniff.hpp"
#include "engine/sim/picture_head.hpp"

#include <utility>

namespace engine::rehearse {

namespace {

constexpr std::uint64_t head_bytes = 64u << 10; // of a real file: more than any head before EXIF

// The format of an output that is made from a file of that format.
job::image_format format_of(const job::output_spec& spec, job::image_format received)
{
    switch (spec.format) {
    case job::output_format::original:
        return received;
    case job::output_format::png:
        return job::image_format::png;
    case job::output_format::jpeg:
        return job::image_format::jpeg;
    case job::output_format::webp:
        return job::image_format::webp;
    }
    std::unreachable();
}

job::stored_output outline_of(const job::output_spec& spec, const image::image_header& received)
{
    const auto format = format_of(spec, received.format);
    const auto size = spec.fit ? image::plan_fit(received.size, *spec.fit).canvas : received.size;
    const auto head = sim::picture_head(format, size, received.has_alpha || spec.key_background);
    job::stored_output stored;
    stored.name = spec.name;
    stored.path = spec.path;
    stored.recipe = job::recipe_of(spec);
    stored.sha256 = base::sha256_hex(head);
    stored.format = job::name_of(format);
    stored.width = size.width;
    stored.height = size.height;
    stored.bytes = head.size();
    stored.c2pa = "absent";
    return stored;
}

run::store_result store_outline(runtime::files& disk, const job::item& wanted,
                                const std::string& source)
{
    run::store_result result;
    const auto bytes = disk.read_at(source, 0, head_bytes);
    if (!bytes) {
        result.local_failure = bytes.error();
        return result;
    }
    result.received_sha256 = base::sha256_hex(*bytes);
    result.received_bytes = bytes->size();
    const auto header = image::sniff(base::as_bytes(*bytes));
    if (!header) {
        result.bad_code = "unusable_image";
        result.bad_image = header.error();
        return result;
    }
    // Whether a pixel shines through, no head says.
    const auto wrong = image::find_mismatches(*header, image::pixels{.size = header->size},
                                              {wanted.expect.size, wanted.expect.format});
    if (!wrong.empty()) {
        result.bad_code = "mismatch";
        result.bad_image = base::fail(image::errc::mismatch, "check image", wrong.front()).error();
        return result;
    }
    for (const auto& spec : wanted.outputs)
        result.outputs.push_back(outline_of(spec, *header));
    return result;
}

} // namespace

run::picture_work outline_work(runtime::files& disk)
{
    run::picture_work work;
    work.read = [](const job::reference_image& wanted) -> base::result<std::string> {
        // With its hash behind it, so that two photos of one size are still two photos.
        return sim::picture_head(wanted.format, wanted.size, wanted.has_alpha) + wanted.sha256;
    };
    work.store = [&disk](const job::item& wanted, const std::string& source,
                         const run::source_rules&) { return store_outline(disk, wanted, source); };
    return work;
}

} // namespace engine::rehearse
