#include "engine/manifest/matrix.hpp"

#include "engine/base/nearest_name.hpp"
#include "engine/manifest/scalar.hpp"

#include <algorithm>

namespace engine::manifest {

namespace {

const variable* find(const matrix_cell& cell, std::string_view name)
{
    const auto at = std::ranges::find(cell, name, &variable::name);
    return at == cell.end() ? nullptr : &*at;
}

std::optional<variable> variable_of(std::string_view name, const yaml_node& value,
                                    const field_reader& fields)
{
    if (value.is_list() || value.is_map()) {
        fields.error(value.offset,
                     std::string(name) + ": expected a text or a number, found " + describe(value));
        return std::nullopt;
    }
    const auto kind = scalar_kind_of(value);
    const bool number = kind == scalar_kind::integer || kind == scalar_kind::real;
    return variable{std::string(name), value.text, number, nullptr};
}

// The same, with templates.
std::optional<variable> cell_value_of(std::string_view name, const yaml_node& value,
                                      const field_reader& fields)
{
    auto one = variable_of(name, value, fields);
    if (!one || one->text.find("{{") == std::string::npos)
        return one;
    auto pattern = fields.templated(value, "matrix." + std::string(name));
    if (!pattern)
        return std::nullopt;
    one->pattern = std::make_shared<const text_field>(std::move(*pattern));
    return one;
}

// One entry of include or exclude.
struct extra {
    matrix_cell values;
    std::uint32_t offset = 0;
};

std::vector<extra> read_extras(const yaml_entry& list, const field_reader& fields)
{
    std::vector<extra> extras;
    if (!fields.list(*list.value, "matrix." + list.key))
        return extras;
    for (const auto& item : list.value->items) {
        if (!fields.named_mapping(*item, "matrix." + list.key))
            continue;
        extra one{{}, item->offset};
        for (const auto& entry : item->entries) {
            if (auto wrong = check_variable_name(entry.key); !wrong.empty())
                fields.error(entry.key_offset, std::move(wrong));
            else if (auto value = cell_value_of(entry.key, *entry.value, fields))
                one.values.push_back(std::move(*value));
        }
        extras.push_back(std::move(one));
    }
    return extras;
}

// The values of one key, in order.
std::vector<variable> read_axis(const yaml_entry& axis, const field_reader& fields)
{
    std::vector<variable> values;
    if (!fields.list(*axis.value, "matrix." + axis.key))
        return values;
    if (axis.value->items.empty())
        fields.error(axis.value->offset, "matrix." + axis.key + ": expected at least one value");
    for (const auto& item : axis.value->items) {
        auto value = cell_value_of(axis.key, *item, fields);
        if (!value)
            continue;
        if (std::ranges::find(values, value->text, &variable::text) != values.end())
            fields.error(item->offset,
                         "matrix." + axis.key + ": '" + value->text + "' is in the list twice");
        else
            values.push_back(std::move(*value));
    }
    return values;
}

bool has_all(const matrix_cell& cell, const matrix_cell& wanted)
{
    return std::ranges::all_of(wanted, [&](const variable& one) {
        const auto* own = find(cell, one.name);
        return own && own->text == one.text;
    });
}

void exclude(std::vector<matrix_cell>& cells, const extra& entry,
             const std::vector<std::string_view>& axes, const field_reader& fields)
{
    for (const auto& value : entry.values)
        if (std::ranges::find(axes, value.name) == axes.end()) {
            fields.error(entry.offset, "matrix.exclude: '" + value.name +
                                           "' is not a key of this matrix" +
                                           base::did_you_mean(value.name, axes));
            return;
        }
    const auto taken =
        std::erase_if(cells, [&](const matrix_cell& cell) { return has_all(cell, entry.values); });
    if (taken == 0)
        fields.warn(entry.offset, "matrix.exclude: no cell has these values");
}

} // namespace

std::optional<variable> read_variable(const yaml_entry& entry, const field_reader& fields)
{
    if (auto wrong = check_variable_name(entry.key); !wrong.empty()) {
        fields.error(entry.key_offset, std::move(wrong));
        return std::nullopt;
    }
    return variable_of(entry.key, *entry.value, fields);
}

std::vector<matrix_cell> read_matrix(const yaml_node& node, const field_reader& fields)
{
    std::vector<matrix_cell> cells = {{}};
    if (!fields.named_mapping(node, "matrix"))
        return cells;
    std::vector<std::string_view> axes;
    for (const auto& axis : node.entries) {
        if (is_private_key(axis.key) || axis.key == "include" || axis.key == "exclude")
            continue;
        if (auto wrong = check_variable_name(axis.key); !wrong.empty()) {
            fields.error(axis.key_offset, std::move(wrong));
            continue;
        }
        axes.push_back(axis.key);
        const auto values = read_axis(axis, fields);
        if (values.empty())
            continue;
        if (cells.size() * values.size() > matrix_cells_max) {
            fields.error(axis.key_offset, "matrix: more than " + std::to_string(matrix_cells_max) +
                                              " cells; put them into rows");
            return {{}};
        }
        std::vector<matrix_cell> product;
        for (const auto& cell : cells)
            for (const auto& value : values) {
                product.push_back(cell);
                product.back().push_back(value);
            }
        cells = std::move(product);
    }
    if (const auto* list = node.find("exclude"))
        for (const auto& entry : read_extras(*list, fields))
            exclude(cells, entry, axes, fields);

    const auto* list = node.find("include");
    const auto includes = list ? read_extras(*list, fields) : std::vector<extra>{};
    if (axes.empty() && !includes.empty())
        cells.clear(); // include alone lists the cells
    const auto own_cells = cells.size();
    for (const auto& entry : includes) {
        bool added = false;
        for (std::size_t i = 0; i < own_cells; ++i) {
            const bool fits = std::ranges::all_of(entry.values, [&](const variable& value) {
                const bool is_axis = std::ranges::find(axes, value.name) != axes.end();
                const auto* own = find(cells[i], value.name);
                return !is_axis || (own && own->text == value.text);
            });
            if (!fits)
                continue;
            added = true;
            for (const auto& value : entry.values) {
                const auto at = std::ranges::find(cells[i], value.name, &variable::name);
                if (at == cells[i].end())
                    cells[i].push_back(value);
                else
                    *at = value;
            }
        }
        if (!added && cells.size() == matrix_cells_max)
            fields.error(entry.offset, "matrix: more than " + std::to_string(matrix_cells_max) +
                                           " cells; put them into rows");
        else if (!added)
            cells.push_back(entry.values);
    }
    if (cells.empty()) {
        fields.error(node.offset, "matrix: no cell is left");
        return {{}};
    }
    return cells;
}

} // namespace engine::manifest
