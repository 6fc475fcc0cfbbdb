// line_fields: reads the members of one JSON object by name, and remembers the first thing that is
// wrong with them. Only line_parser.cpp uses it.
//
// Recovery reads millions of lines: a member is looked for from where the last one was found, so
// reading them in the order in which to_line() wrote them is one pass.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/money.hpp"
#include "engine/base/wall_time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace engine::ledger {

class line_fields {
public:
    // `object` must outlive this. `problem` gets the first complaint of this object and of those
    // inside it; must outlive it too.
    line_fields(const base::json& object, std::string& problem) : object_(object), problem_(problem)
    {}

    // Absent and null are the same: nothing, an empty text, a zero. Another kind is a complaint.
    std::string text(std::string_view name);
    std::string text_required(std::string_view name); // must be there and not empty
    // No other bounds than those of the type: what a provider made us write must stay readable.
    std::int64_t integer(std::string_view name);
    int small_integer(std::string_view name);
    std::uint64_t unsigned_integer(std::string_view name);
    double number(std::string_view name);
    std::optional<double> optional_number(std::string_view name);
    bool flag(std::string_view name);
    base::microusd usd(std::string_view name); // clamped to what a microusd holds
    std::optional<base::microusd> optional_usd(std::string_view name);
    std::optional<base::wall_time> optional_time(std::string_view name);
    base::json document(std::string_view name);
    std::optional<line_fields> object(std::string_view name);
    std::map<std::string, std::string> texts(std::string_view name);
    std::map<std::string, std::int64_t> counts(std::string_view name);
    // Calls take(element) for each element of the array; take(fields) for each object of it.
    template <class Take>
    void each(std::string_view name, Take take);
    template <class Take>
    void each_object(std::string_view name, Take take);

    void complain(std::string_view name, std::string_view expected);

private:
    // Null when it is absent.
    const base::json& find(std::string_view name);

    const base::json& object_;
    std::string& problem_;
    std::size_t next_ = 0; // where the member after the last one found is
};

template <class Take>
void line_fields::each(std::string_view name, Take take)
{
    const auto& found = find(name);
    if (!found.is_array() && !found.is_null())
        complain(name, "an array");
    for (const auto& element : found.items())
        take(element);
}

template <class Take>
void line_fields::each_object(std::string_view name, Take take)
{
    each(name, [&](const base::json& element) {
        if (!element.is_object())
            complain(name, "an array of objects");
        line_fields fields(element, problem_);
        take(fields);
    });
}

} // namespace engine::ledger
