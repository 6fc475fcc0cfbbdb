#include "engine/sim/art/coverage.hpp"
#include "engine/sim/art/sketch.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

using namespace engine::sim::art;

namespace {

double covered(const path& outline, const area& over, float zoom = 1)
{
    std::vector<edge> edges;
    outline.flatten(affine::scale(zoom, zoom), edges);
    coverage mask;
    mask.fill(edges, over);
    double sum = 0;
    for (int y = over.top; y < over.bottom; ++y)
        for (int x = 0; x < over.width(); ++x) {
            const float value = mask.row(y)[x];
            CHECK(value >= 0);
            CHECK(value <= 1);
            sum += static_cast<double>(value);
        }
    return sum;
}

constexpr area field{0, 0, 100, 100};

} // namespace

TEST_CASE("coverage adds up to the area of the outline")
{
    CHECK(covered(path::rectangle(10.25f, 20.5f, 30.75f, 40.0f), field) ==
          doctest::Approx(20.5 * 19.5).epsilon(1e-4));
    CHECK(covered(path::ellipse({50, 50}, 30, 20), field) ==
          doctest::Approx(std::numbers::pi * 600).epsilon(2e-3));
    CHECK(covered(path::polygon({{10, 10}, {90, 30}, {20, 80}}), field) ==
          doctest::Approx(2700).epsilon(1e-3));
    CHECK(covered(path::ring({50, 50}, 30, 30, 10), field) ==
          doctest::Approx(std::numbers::pi * 500).epsilon(5e-3));
    CHECK(covered(path::rectangle(20, 20, 60, 60, 10), field) ==
          doctest::Approx(1600 - (4 - std::numbers::pi) * 100).epsilon(2e-3));
}

TEST_CASE("what lies outside the area counts only where it reaches in")
{
    CHECK(covered(path::rectangle(-50, -50, 150, 150), field) == doctest::Approx(10'000));
    CHECK(covered(path::rectangle(-50, 10, 20, 20), field) == doctest::Approx(200));
    CHECK(covered(path::rectangle(90, 10, 500, 20), field) == doctest::Approx(100));
    CHECK(covered(path::rectangle(200, 10, 500, 20), field) == doctest::Approx(0));
    CHECK(covered(path::rectangle(10, -90, 20, -10), field) == doctest::Approx(0));
    // A part of the area shows the same as the whole.
    const path round = path::ellipse({50, 50}, 41.3f, 37.7f);
    double parts = 0;
    for (int y = 0; y < 100; y += 10)
        parts += covered(round, {0, y, 100, y + 10});
    CHECK(parts == doctest::Approx(covered(round, field)).epsilon(1e-5));
}

TEST_CASE("strokes have their width and round ends, also where they bend")
{
    const double straight = covered(path::stroke({{20, 50}, {80, 50}}, 10), field);
    CHECK(straight == doctest::Approx(600 + std::numbers::pi * 25).epsilon(0.02));
    const double bent = covered(path::stroke({{20, 20}, {50, 60}, {80, 20}}, 6), field);
    CHECK(bent > 550);
    CHECK(bent < 750);
}

TEST_CASE("transforms compose and invert")
{
    const affine there = affine::move(3, 4) * affine::turn(0.7f) * affine::scale(2, 0.5f);
    const affine back = there.inverse();
    const point p = back(there({5, -7}));
    CHECK(p.x == doctest::Approx(5).epsilon(1e-4));
    CHECK(p.y == doctest::Approx(-7).epsilon(1e-4));
    CHECK(there.zoom() == doctest::Approx(1));
}

TEST_CASE("paints colour what they should: solid, gradients, clips, pictures and soft edges")
{
    sketch drawing(1, 1);
    const pen on(drawing);
    on.flood(paint::solid({0, 0, 1}));
    on.fill(path::rectangle(0, 0, 0.5f, 1),
            paint::linear({0, 0}, {0, 1}, {{0, {0, 0, 0}}, {1, {1, 1, 1}}}));
    const path upper = path::rectangle(0, 0, 1, 0.25f);
    on.fill(path::rectangle(0.5f, 0, 1, 1), colour{1, 0, 0}, {.clip = &upper});
    const layer made = render(drawing, {40, 40});
    CHECK(made.r[made.index(5, 0)] < 0.02f);
    CHECK(made.r[made.index(5, 39)] > 0.98f);
    CHECK(made.r[made.index(5, 20)] == doctest::Approx(0.5).epsilon(0.05));
    CHECK(made.r[made.index(30, 3)] == doctest::Approx(1));
    CHECK(made.b[made.index(30, 30)] == doctest::Approx(1));
    CHECK(made.a[made.index(30, 30)] == doctest::Approx(1));

    auto small = std::make_shared<layer>(2, 1);
    small->r = {1, 0};
    small->a = {1, 1};
    for (const float turn : {0.0f, 0.4f}) { // straight and turned take different ways
        sketch shown(1, 1);
        pen(shown)
            .at(affine::move(0.5f, 0.5f) * affine::turn(turn))
            .fill(path::rectangle(-0.4f, -0.2f, 0.4f, 0.2f),
                  paint::picture(small, {-0.4f, -0.2f, 0.4f, 0.2f}));
        const layer seen = render(shown, {60, 60});
        CHECK(seen.r[seen.index(12, 26)] > 0.6f);
        CHECK(seen.r[seen.index(30, 30)] == doctest::Approx(0.5).epsilon(0.1));
        CHECK(seen.a[seen.index(30, 58)] == 0);
    }

    sketch soft(1, 1);
    pen(soft).fill(path::rectangle(0.3f, 0.3f, 0.7f, 0.7f), colour{1, 1, 1}, {.blur = 0.05f});
    const layer blurred = render(soft, {100, 100});
    CHECK(blurred.r[blurred.index(50, 50)] > 0.95f);
    CHECK(blurred.r[blurred.index(30, 50)] == doctest::Approx(0.5).epsilon(0.15));
    CHECK(blurred.r[blurred.index(5, 50)] < 0.02f);
}

TEST_CASE("noise on pixels never moves a flat colour when no grain is asked for")
{
    sketch plain(1, 1);
    pen(plain).flood(paint::solid({0, 1, 0}));
    const auto exact = render_pixels(plain, {64, 64}, false, 0, 1);
    for (std::size_t i = 0; i < exact.samples.size(); i += 3) {
        CHECK(exact.samples[i] == 0);
        CHECK(exact.samples[i + 1] == 255);
        CHECK(exact.samples[i + 2] == 0);
    }
    const auto clear = render_pixels(sketch(1, 1), {8, 8}, true, 0, 1);
    CHECK(clear.samples[3] == 0);
}
