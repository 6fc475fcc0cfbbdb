#include "engine/run/image_store.hpp"

#include "engine/base/sha256.hpp"
#include "engine/image/alpha.hpp"
#include "engine/image/check.hpp"
#include "engine/image/derive.hpp"
#include "engine/image/errc.hpp"

#include <cerrno>

namespace engine::run {

namespace {

// Larger than any picture on offer (the largest is 33 MB as raw RGBA), small enough to hold in
// memory on every thread.
constexpr std::uint64_t received_bytes_max = 256u << 20;
constexpr int thumb_edge = 256; // pixels; the report shows them at 128 to 256

std::string folder_of(const std::string& path)
{
    return path.substr(0, path.rfind('/'));
}

static_assert(static_cast<int>(job::expectation::alpha_rule::any) ==
                  static_cast<int>(image::alpha_need::any) &&
              static_cast<int>(job::expectation::alpha_rule::required) ==
                  static_cast<int>(image::alpha_need::required) &&
              static_cast<int>(job::expectation::alpha_rule::forbidden) ==
                  static_cast<int>(image::alpha_need::forbidden));

// One picture on its way to its files. A value with a life: decode, check, then each output.
class storing {
public:
    storing(const job::item& wanted, const job::output_folder& folder, runtime::files& disk,
            const runtime::clock& time)
        : wanted_(wanted), folder_(folder), disk_(disk), time_(time)
    {}

    store_result run(const std::string& source, const source_rules& rules)
    {
        auto bytes = disk_.read(source, received_bytes_max);
        if (!bytes) {
            result_.local_failure = bytes.error();
            return std::move(result_);
        }
        const auto file = base::as_bytes(*bytes);
        result_.received_sha256 = base::hex(base::sha256_of(file));
        result_.received_bytes = bytes->size();
        if (!rules.expected_sha256.empty() && result_.received_sha256 != rules.expected_sha256) {
            result_.bad_code = "changed";
            result_.bad_image =
                base::fail_errno(ESTALE, "read " + source + ": not the bytes that were received")
                    .error();
            return std::move(result_);
        }
        const auto start = time_.now();
        auto checked = image::check_image(file, expectation_of(wanted_));
        result_.decode_ms = runtime::milliseconds_between(start, time_.now());
        if (!checked) {
            result_.bad_code =
                checked.error().code == image::errc::mismatch ? "mismatch" : "unusable_image";
            result_.bad_image = checked.error();
            return std::move(result_);
        }
        result_.received_format = checked->header.format;
        result_.received_size = checked->picture.size;
        result_.transparent = image::has_transparency(checked->picture);
        auto fonts = read_fonts();
        if (!fonts) {
            result_.output_failure = fonts.error();
            return std::move(result_);
        }
        image::deriver outputs(*checked, std::move(*fonts));
        for (const auto& output : wanted_.outputs)
            if (!store_output(output, source, file, outputs))
                return std::move(result_);
        if (!rules.has_thumb)
            store_thumb(outputs);
        return std::move(result_);
    }

private:
    static image::expectation expectation_of(const job::item& wanted)
    {
        return {wanted.expect.size, wanted.expect.format,
                static_cast<image::alpha_need>(wanted.expect.alpha)};
    }

    // Of all texts. A font that is not the one that was planned with would make another file than
    // its recipe says.
    base::result<image::font_bytes> read_fonts()
    {
        image::font_bytes fonts;
        for (const auto& output : wanted_.outputs)
            for (const auto& text : output.texts)
                for (const auto& font : text.fonts) {
                    if (fonts.contains(font.sha256))
                        continue;
                    auto bytes = disk_.read(font.path, job::font_bytes_max);
                    if (!bytes)
                        return std::unexpected(bytes.error());
                    if (base::sha256_hex(*bytes) != font.sha256)
                        return base::fail(image::errc::bad_font, "read " + font.path,
                                          "changed while the run was going on; run again");
                    fonts.emplace(font.sha256,
                                  std::make_shared<const std::string>(std::move(*bytes)));
                }
        return fonts;
    }

    bool store_output(const job::output_spec& spec, const std::string& source, base::byte_view file,
                      image::deriver& outputs)
    {
        const std::string path = folder_.file(spec.path);
        if (auto made = disk_.make_directories(folder_of(path)); !made)
            return local(made.error());
        const auto start = time_.now();
        auto derived = outputs.make(spec);
        const auto encoded = time_.now();
        result_.encode_ms += runtime::milliseconds_between(start, encoded);
        if (!derived) {
            result_.output_failure = derived.error();
            return false;
        }
        const base::byte_view bytes = derived->as_received ? file : base::byte_view(derived->bytes);
        if (auto written = write(path, source, bytes, derived->as_received); !written)
            return local(written.error());
        result_.store_ms += runtime::milliseconds_between(encoded, time_.now());

        job::stored_output stored;
        stored.name = spec.name;
        stored.path = spec.path;
        stored.recipe = job::recipe_of(spec);
        stored.sha256 =
            derived->as_received ? result_.received_sha256 : base::hex(base::sha256_of(bytes));
        stored.format = job::name_of(derived->format);
        stored.width = derived->size.width;
        stored.height = derived->size.height;
        stored.bytes = bytes.size();
        stored.c2pa = image::c2pa_state_names[static_cast<std::size_t>(derived->c2pa)];
        for (auto& note : derived->notes)
            result_.notes.push_back(spec.name + ": " + note);
        result_.outputs.push_back(std::move(stored));
        return true;
    }

    // Bytes as received need no second copy on the disk: the same file gets a second name.
    base::result<void> write(const std::string& path, const std::string& source,
                             base::byte_view bytes, bool as_received)
    {
        if (!as_received)
            return runtime::write_whole(disk_, path, bytes);
        if (source == path) // made again from itself: it is there already
            return {};
        if (auto linked = disk_.link_or_copy(source, path); !linked)
            return linked;
        return disk_.sync_directory(folder_of(path));
    }

    // The report can do without: a failure here is a note, not an end.
    void store_thumb(image::deriver& outputs)
    {
        job::output_spec spec;
        spec.format = job::output_format::jpeg;
        spec.quality = 72;
        spec.metadata = job::metadata_policy::strip;
        spec.fit.emplace();
        spec.fit->width = thumb_edge;
        spec.fit->height = thumb_edge;
        const auto path = folder_.thumb(wanted_.key);
        auto derived = outputs.make(spec);
        if (!derived || !disk_.make_directories(folder_of(path)) ||
            !runtime::write_whole(disk_, path, derived->bytes))
            result_.notes.emplace_back("no thumbnail for the report");
    }

    bool local(base::failure why)
    {
        result_.local_failure = std::move(why);
        return false;
    }

    const job::item& wanted_;
    const job::output_folder& folder_;
    runtime::files& disk_;
    const runtime::clock& time_;
    store_result result_;
};

} // namespace

store_result store_image(const job::item& wanted, const std::string& source,
                         const job::output_folder& folder, runtime::files& disk,
                         const runtime::clock& time, const source_rules& rules)
{
    return storing(wanted, folder, disk, time).run(source, rules);
}

} // namespace engine::run
