#include "engine/sim/art/portrait.hpp"

#include "engine/base/random.hpp"
#include "engine/sim/art/surface.hpp"

namespace engine::sim::art {

namespace {

using garment = character::garment;
using expression = character::expression;

void draw_clothes(const pen& on, const character& who)
{
    const path body = path::smooth({{-0.56f, 0.25f},
                                    {-0.53f, -0.06f},
                                    {-0.44f, -0.22f},
                                    {-0.26f, -0.29f},
                                    {-0.11f, -0.335f},
                                    {0.11f, -0.335f},
                                    {0.26f, -0.29f},
                                    {0.44f, -0.22f},
                                    {0.53f, -0.06f},
                                    {0.56f, 0.25f}});
    const colour c = who.clothes;
    on.fill(body, paint::linear({-0.5f, -0.3f}, {0.5f, 0.15f},
                                {{0, lighter(c, 0.16f)}, {0.45f, c}, {1, darker(c, 0.36f)}}));
    switch (who.dressed) {
    case garment::rollneck:
        on.fill(path::smooth({{-0.135f, -0.40f},
                              {0, -0.375f},
                              {0.135f, -0.40f},
                              {0.155f, -0.27f},
                              {0, -0.235f},
                              {-0.155f, -0.27f}}),
                turned_paint(lighter(c, 0.08f), material::fabric, -0.4f, -0.24f));
        break;
    case garment::hoodie:
        on.fill(path::smooth({{-0.24f, -0.33f},
                              {-0.12f, -0.40f},
                              {0, -0.30f},
                              {0.12f, -0.40f},
                              {0.24f, -0.33f},
                              {0.14f, -0.20f},
                              {0, -0.15f},
                              {-0.14f, -0.20f}}),
                turned_paint(darker(c, 0.14f), material::fabric, -0.4f, -0.15f));
        for (const float side : {-1.0f, 1.0f})
            on.fill(
                path::stroke({{0.05f * side, -0.18f}, {0.06f * side, -0.08f}, {0.05f * side, 0.0f}},
                             0.014f),
                lighter(c, 0.7f));
        break;
    case garment::jacket:
        on.fill(
            path::polygon({{-0.12f, -0.345f}, {0.12f, -0.345f}, {0.10f, 0.25f}, {-0.10f, 0.25f}}),
            hex(0xf2efe9));
        for (const float side : {-1.0f, 1.0f})
            on.fill(path::polygon({{0.105f * side, -0.36f},
                                   {0.235f * side, -0.26f},
                                   {0.19f * side, -0.15f},
                                   {0.02f * side, 0.16f},
                                   {0.0f, 0.05f}}),
                    face_paint(darker(c, 0.12f), material::fabric, {-0.24f, -0.36f, 0.24f, 0.16f}));
        break;
    case garment::shirt:
        for (const float side : {-1.0f, 1.0f})
            on.fill(path::polygon({{0.0f, -0.22f},
                                   {0.125f * side, -0.385f},
                                   {0.21f * side, -0.29f},
                                   {0.10f * side, -0.17f}}),
                    face_paint(lighter(c, 0.3f), material::fabric, {-0.2f, -0.39f, 0.2f, -0.16f}));
        for (int i = 0; i < 3; ++i)
            on.fill(path::ellipse({0, -0.14f + 0.10f * static_cast<float>(i)}, 0.013f, 0.013f),
                    lighter(c, 0.6f));
        break;
    }
}

void draw_eye(const pen& head, point at, float side, const character& who, float gaze)
{
    const bool wide = who.mood == expression::surprised, low = who.mood == expression::sleepy;
    const float open = wide ? 1.22f : who.mood == expression::laugh ? 0.8f : 1.0f;
    const float raise = wide ? 0.028f : 0.0f;
    // Brows: the inner end sinks in determination and rises in grief.
    const float slant = who.mood == expression::determined ? 0.026f
                        : who.mood == expression::sad      ? -0.024f
                                                           : 0.0f;
    const float up = 0.030f * open, down = 0.025f * open;
    const path white = path::smooth({{at.x - 0.052f, at.y + 0.003f},
                                     {at.x - 0.02f, at.y - up},
                                     {at.x + 0.025f, at.y - up},
                                     {at.x + 0.052f, at.y + 0.003f},
                                     {at.x + 0.02f, at.y + down},
                                     {at.x - 0.02f, at.y + down}});
    head.fill(white, hex(0xfbfaf7));
    const point iris{at.x + gaze * 0.012f, at.y - 0.003f};
    head.fill(path::ellipse(iris, 0.0265f, 0.0275f),
              paint::radial(
                  iris, 0.028f, 0.028f,
                  {{0, lighter(who.eyes, 0.3f)}, {0.7f, who.eyes}, {1, darker(who.eyes, 0.6f)}}),
              {.clip = &white});
    head.fill(path::ellipse(iris, 0.0125f, 0.013f), hex(0x0d0b0c), {.clip = &white});
    head.fill(path::ellipse({iris.x - 0.008f, iris.y - 0.010f}, 0.006f, 0.006f), colour{1, 1, 1},
              {.clip = &white});
    const float lid = low ? at.y + 0.004f : at.y - up - 0.001f;
    if (low) { // the upper lid hangs
        const path upper = path::rectangle(at.x - 0.07f, at.y - 0.05f, at.x + 0.07f, lid);
        head.fill(white, darker(who.skin, 0.14f), {.clip = &upper});
    }
    head.fill(path::stroke({{at.x - 0.054f * side, at.y + 0.004f},
                            {at.x - 0.02f * side, lid},
                            {at.x + 0.026f * side, lid},
                            {at.x + 0.060f * side, at.y - 0.002f}},
                           0.007f, 0.012f),
              hex(0x241a18));
    head.fill(path::stroke({{at.x - 0.055f * side, at.y - 0.066f - raise + slant},
                            {at.x + 0.01f * side, at.y - 0.086f - raise},
                            {at.x + 0.065f * side, at.y - 0.066f - raise - slant * 0.4f}},
                           0.019f, 0.008f),
              darker(mix(who.hair, hex(0x3a2a22), 0.35f), 0.1f));
}

// An open mouth: round in surprise, wide in laughter.
void draw_open_mouth(const pen& head, point mouth, bool laughs, colour lips)
{
    const path hole = laughs ? path::smooth({{-0.082f, mouth.y - 0.030f},
                                             {0, mouth.y - 0.014f},
                                             {0.082f, mouth.y - 0.030f},
                                             {0.052f, mouth.y + 0.024f},
                                             {0, mouth.y + 0.042f},
                                             {-0.052f, mouth.y + 0.024f}})
                             : path::ellipse({mouth.x, mouth.y + 0.004f}, 0.030f, 0.036f);
    head.fill(hole, hex(0x4a1f22));
    if (laughs) {
        const path teeth = path::rectangle(-0.1f, mouth.y - 0.04f, 0.1f, mouth.y + 0.002f);
        head.fill(hole, hex(0xfdfaf6), {.clip = &teeth});
    }
    const path tongue =
        path::ellipse({mouth.x, mouth.y + (laughs ? 0.042f : 0.034f)}, 0.034f, 0.02f);
    head.fill(tongue, mix(lips, hex(0xd9706c), 0.6f), {.clip = &hole});
    if (laughs)
        head.fill(
            path::stroke(
                {{-0.084f, mouth.y - 0.032f}, {0, mouth.y - 0.015f}, {0.084f, mouth.y - 0.032f}},
                0.009f, 0.009f),
            darker(lips, 0.45f));
    else
        head.fill(path::ring({mouth.x, mouth.y + 0.004f}, 0.036f, 0.042f, 0.009f), lips);
}

void draw_mouth(const pen& head, const character& who)
{
    const point mouth{0, -0.438f};
    const colour lips = mix(darker(who.skin, 0.12f), hex(0xb8504c), 0.55f);
    if (who.mood == expression::laugh || who.mood == expression::surprised) {
        draw_open_mouth(head, mouth, who.mood == expression::laugh, lips);
        return;
    }
    const float lift = who.mood == expression::smile ? 0.024f
                       : who.mood == expression::sad ? -0.018f
                                                     : 0.003f;
    head.fill(path::smooth({{-0.075f, mouth.y - lift},
                            {-0.03f, mouth.y - 0.012f},
                            {0, mouth.y - 0.006f},
                            {0.03f, mouth.y - 0.012f},
                            {0.075f, mouth.y - lift},
                            {0.035f, mouth.y + 0.016f},
                            {0, mouth.y + 0.022f},
                            {-0.035f, mouth.y + 0.016f}}),
              paint::linear({0, mouth.y - 0.02f}, {0, mouth.y + 0.02f},
                            {{0, darker(lips, 0.2f)}, {1, lighter(lips, 0.15f)}}));
    head.fill(path::stroke({{-0.078f, mouth.y - lift - 0.002f},
                            {-0.03f, mouth.y - 0.003f},
                            {0, mouth.y},
                            {0.03f, mouth.y - 0.003f},
                            {0.078f, mouth.y - lift - 0.002f}},
                           0.008f, 0.008f),
              darker(lips, 0.55f));
}

void draw_face(const pen& head, const character& who, const path& skull, float gaze)
{
    const colour skin = who.skin, blush = mix(skin, hex(0xd9655a), 0.35f);
    for (const float side : {-1.0f, 1.0f}) {
        const point ear{0.205f * side * who.face, -0.60f};
        head.fill(path::ellipse(ear, 0.042f, 0.062f), darker(skin, 0.10f));
        head.fill(path::ellipse({ear.x, ear.y + 0.005f}, 0.02f, 0.034f), darker(skin, 0.26f),
                  {.opacity = 0.6f, .blur = 0.006f});
        if (who.earrings)
            head.fill(path::ellipse({ear.x + 0.005f * side, ear.y + 0.075f}, 0.016f, 0.016f),
                      hex(0xd9b458));
    }
    head.fill(skull,
              paint::linear({-0.16f, -0.86f}, {0.20f, -0.38f},
                            {{0, lighter(skin, 0.16f)}, {0.5f, skin}, {1, darker(skin, 0.26f)}}));
    for (const float side : {-1.0f, 1.0f})
        head.fill(path::ellipse({0.115f * side, -0.525f}, 0.05f, 0.035f), blush,
                  {.opacity = 0.35f, .blur = 0.022f});
    if (who.freckles)
        for (int i = 0; i < 12; ++i)
            head.fill(path::ellipse({(i % 2 == 0 ? -1.0f : 1.0f) *
                                         (0.07f + 0.012f * static_cast<float>(i % 5)),
                                     -0.555f + 0.013f * static_cast<float>(i % 4)},
                                    0.004f, 0.004f),
                      darker(skin, 0.35f), {.opacity = 0.7f});
    if (who.beard) {
        const path beard = path::smooth({{-0.215f * who.face, -0.58f},
                                         {-0.16f, -0.50f},
                                         {-0.08f, -0.485f},
                                         {0, -0.495f},
                                         {0.08f, -0.485f},
                                         {0.16f, -0.50f},
                                         {0.215f * who.face, -0.58f},
                                         {0.19f, -0.42f},
                                         {0.10f, -0.335f},
                                         {0, -0.315f},
                                         {-0.10f, -0.335f},
                                         {-0.19f, -0.42f}});
        head.fill(beard,
                  paint::linear({-0.1f, -0.58f}, {0.1f, -0.3f},
                                {{0, lighter(who.hair, 0.10f)}, {1, darker(who.hair, 0.25f)}}));
    }
    for (const float side : {-1.0f, 1.0f})
        draw_eye(head, {0.092f * side, -0.62f}, side, who, gaze);
    head.fill(path::stroke({{0.004f, -0.60f},
                            {0.022f, -0.54f},
                            {0.026f, -0.522f},
                            {0.004f, -0.512f},
                            {-0.016f, -0.516f}},
                           0.008f, 0.008f),
              darker(skin, 0.36f), {.opacity = 0.75f});
    draw_mouth(head, who);
    if (who.glasses)
        for (const float side : {-1.0f, 1.0f}) {
            const point lens{0.095f * side, -0.615f};
            head.fill(path::ellipse(lens, 0.078f, 0.072f), hex(0xdfeefc), {.opacity = 0.18f});
            head.fill(path::ring(lens, 0.085f, 0.079f, 0.012f), hex(0x2a2422));
            head.fill(path::stroke({{0.18f * side, -0.625f}, {0.215f * side, -0.635f}}, 0.012f),
                      hex(0x2a2422));
            if (side < 0)
                head.fill(
                    path::stroke({{-0.014f, -0.622f}, {0, -0.630f}, {0.014f, -0.622f}}, 0.011f),
                    hex(0x2a2422));
        }
}
} // namespace

void draw_portrait(const pen& on, const character& who, std::uint64_t pose)
{
    base::random chance(pose);
    const auto turn = static_cast<float>(chance.between(-0.07, 0.07));
    const auto gaze = static_cast<float>(chance.between(-0.9, 0.9));
    const pen head = on.at(affine::move(0, -0.34f) * affine::turn(turn) * affine::move(0, 0.34f));
    const float f = who.face;
    hair_behind(head, who);
    on.fill(path::smooth({{-0.095f, -0.50f},
                          {0.095f, -0.50f},
                          {0.10f, -0.36f},
                          {0.17f, -0.28f},
                          {0, -0.20f},
                          {-0.17f, -0.28f},
                          {-0.10f, -0.36f}}),
            paint::linear(
                {0, -0.5f}, {0, -0.25f},
                {{0, darker(who.skin, 0.38f)}, {0.6f, darker(who.skin, 0.14f)}, {1, who.skin}}));
    draw_clothes(on, who);
    const path skull = path::smooth({{-0.205f * f, -0.66f},
                                     {-0.185f * f, -0.82f},
                                     {0, -0.92f},
                                     {0.185f * f, -0.82f},
                                     {0.205f * f, -0.66f},
                                     {0.175f * f, -0.48f},
                                     {0.09f, -0.365f},
                                     {0, -0.335f},
                                     {-0.09f, -0.365f},
                                     {-0.175f * f, -0.48f}});
    draw_face(head, who, skull, gaze);
    hair_before(head, who);
    draw_headgear(head, who);
}

} // namespace engine::sim::art
