#include "engine/sim/art/palette.hpp"

#include <array>

namespace engine::sim::art {

palette choose_palette(const wording& words, std::uint64_t seed)
{
    struct row {
        unsigned backdrop, main, accent, deep;
    };
    constexpr std::array<row, 12> rows = {{
        {0xEADBC8, 0xB06A45, 0x3F6B6B, 0x3B2A22},
        {0xDCE6EC, 0x3A6EA5, 0xF2A65A, 0x1F2D3D},
        {0xF2DFD8, 0xC9485B, 0xEDAE49, 0x30343F},
        {0xDDE6DA, 0x4F7C65, 0xE0A458, 0x2B3A33},
        {0xE4DCEF, 0x6C5B9E, 0xF09D8A, 0x2E2848},
        {0xF6E7D0, 0xE07A5F, 0x81B29A, 0x3D405B},
        {0xD5E8EA, 0x2A9D8F, 0xE9C46A, 0x264653},
        {0xEFD9D6, 0xB56576, 0x6D9DC5, 0x355070},
        {0xE2E1DA, 0x5C6B73, 0xE2725B, 0x253237},
        {0xF5E3C8, 0xD98324, 0x44748C, 0x443627},
        {0xCFDCE6, 0x27476E, 0xE8B4A0, 0x16263A},
        {0xE9E3C9, 0x8A9A5B, 0xC8553D, 0x38402B},
    }};
    const row& chosen = rows[seed % rows.size()];
    palette made{hex(chosen.backdrop), hex(chosen.main), hex(chosen.accent), hex(chosen.deep),
                 hex(0xC9A45C)};
    if (words.main)
        made.main = *words.main;
    if (words.accent)
        made.accent = *words.accent;
    else if (words.main && std::abs(to_hsl(made.accent).hue - to_hsl(made.main).hue) < 0.06f)
        made.accent = hex(rows[(seed + 5) % rows.size()].accent);
    if (words.background)
        made.backdrop = *words.background;
    else if (words.main) // a quiet relative of what stands in front of it, or its opposite
        made.backdrop = lighter(muted(seed % 2 == 0 ? made.main : made.accent, 0.35f), 0.62f);
    // A body must stand out from what is behind it.
    if (!words.background && std::abs(luma(made.backdrop) - luma(made.main)) < 0.18f)
        made.backdrop =
            luma(made.main) > 0.6f ? darker(made.backdrop, 0.45f) : lighter(made.backdrop, 0.35f);
    if (words.says("silver") || words.says("chrome") || words.says("steel"))
        made.trim = hex(0xB9BEC5);
    if (words.says("copper"))
        made.trim = hex(0xBF7148);
    if (words.says("black") && seed % 2 == 0)
        made.trim = hex(0x3A3C42);
    return made;
}

} // namespace engine::sim::art
