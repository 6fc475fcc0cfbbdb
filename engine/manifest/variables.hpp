// variables: what `{{name}}` may stand for: the columns of a row, the keys of a matrix cell, and
// the built-in names of the item.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::manifest {

struct text_field;

struct variable {
    std::string name;
    std::string text;    // what a template puts in
    bool number = false; // written as a number (inline rows, JSONL); the ledger keeps it as one
    // A matrix value with `{{...}}` of its own, which is filled in for every row. Rows have none:
    // they are data, and what looks like a template in them is text.
    std::shared_ptr<const text_field> pattern;
};

// What the engine knows about an item by itself. `output` and `ext` exist in paths only, `id` not
// in the id's own template.
enum class builtin { id, copy, index, job, output, ext };
inline constexpr std::array<std::string_view, 6> builtin_names = {"id",  "copy",   "index",
                                                                  "job", "output", "ext"};

// Borrowed views of the variables of one item; what it is given must outlive it.
//
// A column may have the name of a built-in; then the plain name is ambiguous where both exist, and
// `row.NAME` or `item.NAME` say which is meant.
class scope {
public:
    enum class answer { found, undefined, ambiguous };
    struct lookup_result {
        answer what = answer::undefined;
        std::string_view text;
    };

    void set_row(const std::vector<variable>* row) { row_ = row; }
    void set_cell(const std::vector<variable>* cell) { cell_ = cell; }
    void set(builtin name, std::string text);
    void clear(builtin name);

    [[nodiscard]] lookup_result lookup(std::string_view name) const;
    // Every plain name that could be used, for "did you mean".
    [[nodiscard]] std::vector<std::string_view> names() const;

private:
    [[nodiscard]] const std::string* given(std::string_view name) const; // row, then cell
    [[nodiscard]] const std::string* own(std::string_view name) const;   // built-in

    const std::vector<variable>* row_ = nullptr;
    const std::vector<variable>* cell_ = nullptr;
    std::array<std::optional<std::string>, builtin_names.size()> builtins_;
};

// "" or what is wrong with the name of a column or matrix key.
[[nodiscard]] std::string check_variable_name(std::string_view name);

} // namespace engine::manifest
