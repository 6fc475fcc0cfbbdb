// image_bench: what the codecs and the resampler cost, each beside what one would use instead.
//
// Pictures are photograph-like, RGB, made by seed. `file_KB` is the size of what came out. Compare
// rows of one run with each other: figures move with the machine and its load, ratios hardly.
#include "codec_files.hpp"
#include "engine/base/assert.hpp"
#include "engine/image/decode.hpp"
#include "engine/image/derive.hpp"
#include "engine/image/encode.hpp"
#include "engine/image/fit.hpp"
#include "engine/image/key_background.hpp"
#include "pictures.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cmath>
#include <fstream>
#include <iterator>

namespace {

using namespace engine;
using benchmark::State;
using image::encode_options;
using job::image_format;

constexpr job::image_size square{1024, 1024};
constexpr job::image_size four_k{3840, 2160};

const image::pixels& picture_of(job::image_size size)
{
    static const image::pixels small = support::photo(square);
    static const image::pixels large = support::photo(four_k);
    return size == square ? small : large;
}

// As a provider sends it: written by libpng.
const base::byte_buffer& png_of(job::image_size size)
{
    static const base::byte_buffer small = support::write_with_libpng(picture_of(square));
    static const base::byte_buffer large = support::write_with_libpng(picture_of(four_k));
    return size == square ? small : large;
}

void report_file(State& state, std::size_t bytes)
{
    state.counters["file_KB"] = static_cast<double>(bytes) / 1024;
}

void BM_decode_png(State& state, job::image_size size)
{
    const auto& file = png_of(size);
    for (auto _ : state) {
        auto picture = image::decode(file);
        ENGINE_ASSERT(picture);
        benchmark::DoNotOptimize(picture->samples.data());
    }
}
void BM_decode_png_libpng(State& state, job::image_size size)
{
    const auto& file = png_of(size);
    for (auto _ : state) {
        auto picture = support::read_with_libpng(file);
        benchmark::DoNotOptimize(picture.samples.data());
    }
}
BENCHMARK_CAPTURE(BM_decode_png, 1024x1024, square)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_decode_png_libpng, 1024x1024, square)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_decode_png, 3840x2160, four_k)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_decode_png_libpng, 3840x2160, four_k)->Unit(benchmark::kMillisecond);

void BM_encode(State& state, encode_options options)
{
    std::size_t bytes = 0;
    for (auto _ : state) {
        auto file = image::encode(picture_of(square), options);
        ENGINE_ASSERT(file);
        bytes = file->bytes.size();
    }
    report_file(state, bytes);
}
void BM_encode_png_libpng(State& state, int level)
{
    std::size_t bytes = 0;
    for (auto _ : state)
        bytes = support::write_with_libpng(picture_of(square), level).size();
    report_file(state, bytes);
}
BENCHMARK_CAPTURE(BM_encode, png_fast, encode_options{})->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_encode, png_small, encode_options{.effort = image::png_effort::small})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_encode_png_libpng, level_1, 1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_encode_png_libpng, level_6, 6)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_encode, jpeg_q85, encode_options{.format = image_format::jpeg})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_encode, jpeg_q95, encode_options{.format = image_format::jpeg, .quality = 95})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_encode, webp_q82, encode_options{.format = image_format::webp, .quality = 82})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_encode, webp_q82_method_4,
                  encode_options{.format = image_format::webp, .quality = 82, .webp_method = 4})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_encode, webp_lossless,
                  encode_options{.format = image_format::webp, .lossless = true})
    ->Unit(benchmark::kMillisecond);

// The simplest thing: every output is the plain average of the samples it covers, in the encoded
// values and without alpha. Faster to write, darker in fine detail.
image::pixels naive_box(const image::pixels& from, job::image_size size)
{
    image::pixels to = image::blank(size, false);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
            const int top = y * from.size.height / size.height;
            const int bottom = std::max(top + 1, (y + 1) * from.size.height / size.height);
            const int left = x * from.size.width / size.width;
            const int right = std::max(left + 1, (x + 1) * from.size.width / size.width);
            int sums[3] = {};
            for (int sy = top; sy < bottom; ++sy)
                for (int sx = left; sx < right; ++sx)
                    for (int c = 0; c < 3; ++c)
                        sums[c] += from.row(sy)[3 * sx + c];
            const int count = (bottom - top) * (right - left);
            for (int c = 0; c < 3; ++c)
                to.row(y)[3 * x + c] = static_cast<std::uint8_t>((sums[c] + count / 2) / count);
        }
    return to;
}

void BM_resize(State& state, job::image_size from, job::image_size to)
{
    const auto& source = picture_of(from);
    const image::window whole{0, 0, static_cast<double>(from.width),
                              static_cast<double>(from.height)};
    for (auto _ : state) {
        auto made = image::resample(source, whole, to);
        benchmark::DoNotOptimize(made.samples.data());
    }
}
void BM_resize_naive_box(State& state, job::image_size from, job::image_size to)
{
    for (auto _ : state) {
        auto made = naive_box(picture_of(from), to);
        benchmark::DoNotOptimize(made.samples.data());
    }
}
BENCHMARK_CAPTURE(BM_resize, 1024_to_320, square, job::image_size{320, 320})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_resize_naive_box, 1024_to_320, square, job::image_size{320, 320})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_resize, 3840_to_1600, four_k, job::image_size{1600, 900})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_resize_naive_box, 3840_to_1600, four_k, job::image_size{1600, 900})
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_resize, 1024_to_2048, square, job::image_size{2048, 2048})
    ->Unit(benchmark::kMillisecond);

// A photograph-like disc on green, with some noise: what a cutout is made of.
image::pixels on_green(job::image_size size)
{
    auto made = picture_of(size);
    const double radius = size.short_edge() * 0.35;
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x) {
            const double inside = radius - std::hypot(x - size.width / 2.0, y - size.height / 2.0);
            const double share = std::clamp(inside / 2 + 0.5, 0.0, 1.0);
            const double green[3] = {0.0, 255.0, 0.0};
            for (int c = 0; c < 3; ++c) {
                auto& sample = made.row(y)[3 * x + c];
                sample = static_cast<std::uint8_t>(sample * share + green[c] * (1 - share));
            }
        }
    return made;
}

// Beside what the cutout's PNG costs to encode.
void BM_key_background(State& state, job::image_size size)
{
    const auto source = on_green(size);
    for (auto _ : state) {
        auto made = image::key_background(source, {.color = job::rgba_color{0, 255, 0, 255}});
        ENGINE_ASSERT(made);
        benchmark::DoNotOptimize(made->picture.samples.data());
    }
}
void BM_encode_png_of_cutout(State& state, job::image_size size)
{
    const auto made =
        image::key_background(on_green(size), {.color = job::rgba_color{0, 255, 0, 255}});
    ENGINE_ASSERT(made);
    for (auto _ : state) {
        auto file = image::encode(made->picture, {});
        ENGINE_ASSERT(file);
        benchmark::DoNotOptimize(file->bytes.data());
    }
}
BENCHMARK_CAPTURE(BM_key_background, 1024x1024, square)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_encode_png_of_cutout, 1024x1024, square)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_key_background, 3840x2160, four_k)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_encode_png_of_cutout, 3840x2160, four_k)->Unit(benchmark::kMillisecond);

// A title fitted into a box, with an outline; the font is read and opened every time, as for an
// item.
void BM_text(State& state)
{
    const std::string path = SOURCE_DIR "/manifests/fonts/DejaVuSans-Bold-subset.ttf";
    std::ifstream file(path, std::ios::binary);
    const auto bytes = std::make_shared<const std::string>(std::istreambuf_iterator<char>(file),
                                                           std::istreambuf_iterator<char>());
    job::text_spec spec;
    spec.text = "Spring collection: fresh colours for a bright desk";
    spec.fonts = {{path, "font"}};
    spec.size = {12, true};
    spec.fit = true;
    spec.box.height = {30, true};
    spec.outline = job::text_outline{{255, 255, 255, 255}, {3, false}};
    auto picture = picture_of(square);
    for (auto _ : state) {
        const auto drawn = image::draw_texts(picture, {spec}, {{"font", bytes}});
        ENGINE_ASSERT(drawn);
    }
}
BENCHMARK(BM_text)->Unit(benchmark::kMillisecond);

// What one delivered catalogue image costs from bytes to files: check, master as received, web,
// thumbnail.
void BM_catalogue_item(State& state)
{
    job::output_spec master;
    job::output_spec web;
    web.format = job::output_format::webp;
    web.quality = 82;
    web.fit.emplace().width = 800;
    job::output_spec thumb;
    thumb.format = job::output_format::jpeg;
    thumb.quality = 80;
    thumb.fit.emplace().width = 320;
    thumb.fit->height = 320;
    thumb.fit->mode = job::fit_mode::cover;
    const auto& file = png_of(square);
    for (auto _ : state) {
        const auto received = image::check_image(file, {.size = square});
        ENGINE_ASSERT(received);
        image::deriver outputs(*received);
        for (const auto& spec : {master, web, thumb}) {
            auto made = outputs.make(spec);
            ENGINE_ASSERT(made);
            benchmark::DoNotOptimize(made->bytes.data());
        }
    }
}
BENCHMARK(BM_catalogue_item)->Unit(benchmark::kMillisecond);

} // namespace
