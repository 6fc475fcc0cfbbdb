// template_text: text with `{{name}}` in it, taken apart once and filled in for every item.
//
// Strict: a name that is not defined is an error, never an empty text. `{{ name | filter }}` with
// the filters slug, lower, upper, trim and default:"text"; `{{ "{{" }}` for the characters
// themselves. A `}}` alone is text, because JSON in prompts has them. Pure.
#pragma once

#include "engine/manifest/source_text.hpp"
#include "engine/manifest/variables.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::manifest {

class template_text {
public:
    enum class filter_kind { slug, lower, upper, trim, fallback };
    struct filter {
        filter_kind kind;
        std::string argument; // fallback: the text to use for an empty or missing value
    };
    struct expression {
        std::string name;    // empty: the literal
        std::string literal; // {{ "..." }}
        std::vector<filter> filters;
        std::size_t occurrence = 0; // how many "{{" stand before it in the text
        [[nodiscard]] bool has_fallback() const;
    };
    struct complaint {
        std::size_t occurrence = 0; // of the "{{" that it is about
        std::string message;
    };

    template_text() = default;
    // What cannot be understood is noted in `wrong` and left out of the text.
    template_text(std::string_view text, std::vector<complaint>& wrong);

    [[nodiscard]] bool constant() const { return expressions_.empty(); }
    [[nodiscard]] const std::vector<expression>& expressions() const { return expressions_; }
    // What stands around the expressions, one more than there are; empty for no text at all.
    [[nodiscard]] const std::vector<std::string>& pieces() const { return texts_; }
    [[nodiscard]] bool uses(std::string_view name) const;

    enum class insertion {
        verbatim,
        path, // a value cannot make a folder: '/', '\' and control bytes in it become '-'
    };
    struct failure {
        const expression* where;
        scope::answer why; // undefined or ambiguous
    };
    // Appends to `out`; stops at the first name that has no value.
    [[nodiscard]] std::optional<failure> render(const scope& names, std::string& out,
                                                insertion how = insertion::verbatim) const;

private:
    std::vector<std::string> texts_; // one more than expressions_: what stands around them
    std::vector<expression> expressions_;
};

// A template with its place in the manifest.
struct text_field {
    template_text text;
    std::uint32_t offset = 0; // of the scalar in the source
};

// The place of the `occurrence`-th "{{" of the scalar at `offset`. Counted in the source, so it is
// right in block scalars and behind escapes too.
[[nodiscard]] mark mark_of(const source_text& source, std::uint32_t offset, std::size_t occurrence);

// "Desk Lamp, 2nd ed." -> "desk-lamp-2nd-ed": ASCII letters and digits, lower case; every run of
// other ASCII becomes one '-', none at the ends. Other characters stay, so a name in any script
// survives.
[[nodiscard]] std::string slug_of(std::string_view text);

} // namespace engine::manifest
