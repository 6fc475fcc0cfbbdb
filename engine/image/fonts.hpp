// fonts: font files, opened, in the order in which letters are looked for in them.
//
// Font files are outside bytes: FreeType reads them without running their hinting programs, and
// what it refuses is refused. TrueType, OpenType and the other outline formats that FreeType knows;
// of a collection the first font.
#pragma once

#include "engine/base/result.hpp"
#include "engine/image/errc.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace engine::image {

// What is to be opened. `name` is for failures.
struct font_source {
    std::string name;
    std::shared_ptr<const std::string> bytes;
};

// Not thread safe; opening one takes well under a millisecond.
class font_set {
public:
    // bad_font: no font, too large (job::font_bytes_max), a bitmap font, or without Unicode.
    // At least one source, at most job::fonts_max.
    [[nodiscard]] static base::result<font_set> open(const std::vector<font_source>& sources);
    ~font_set();
    font_set(font_set&&) noexcept;
    font_set& operator=(font_set&&) noexcept;

    // The characters of valid UTF-8 that no font has, each once. Blanks, invisible characters and
    // combining marks are passed over: only shaping can tell what becomes of them.
    [[nodiscard]] std::u32string missing(std::string_view text) const;

    struct parts; // font_faces.hpp
    [[nodiscard]] parts& inside() const { return *parts_; }

private:
    font_set();
    std::unique_ptr<parts> parts_;
};

// "'ש' (U+05E9), 'מ' (U+05DE) and 3 more".
[[nodiscard]] std::string name_characters(std::u32string_view characters);

} // namespace engine::image
