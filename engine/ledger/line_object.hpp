// line_object: writes one JSON object into a string, member by member, with what a ledger may not
// hold taken out on the way. Only line.cpp uses it.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/money.hpp"
#include "engine/base/wall_time.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace engine::ledger {

// Appends "{" when made and "}" by close(). One object at a time: a nested one must be closed
// before its parent goes on.
class line_object {
public:
    explicit line_object(std::string& out) : out_(out) { out_ += '{'; }
    void close() { out_ += '}'; }

    // Text from outside or for people: secrets out, cut at a character to `bytes_max`; empty =
    // null.
    void text(std::string_view name, std::string_view value, std::size_t bytes_max);
    // A name that recovery goes by: never cut, only the keys of this process are taken out.
    void identity(std::string_view name, std::string_view value);
    // The same, but an empty one is null.
    void identity_or_null(std::string_view name, std::string_view value);
    // A word of ours.
    void word(std::string_view name, std::string_view value);
    void number(std::string_view name, std::int64_t value);
    void number(std::string_view name, std::uint64_t value);
    void number(std::string_view name, double value); // null when it is not finite
    void number(std::string_view name, std::optional<double> value);
    // Years 1 to 9999: what a hostile Retry-After adds up to must stay a time that can be read.
    void time(std::string_view name, base::wall_time value);
    void flag(std::string_view name, bool value);
    void null(std::string_view name);
    void usd(std::string_view name, base::microusd value); // digits, at most six decimals
    // Strings in it lose their secrets; when it is larger than `bytes_max`, or very deep, it
    // becomes null.
    void document(std::string_view name, const base::json& value, std::size_t bytes_max);

    // For nested values: writes the name, the caller the value.
    std::string& open(std::string_view name);

private:
    std::string& out_;
    bool first_ = true;
};

// A string literal with the secrets out, cut to `bytes_max`.
void append_clean_text(std::string& out, std::string_view value, std::size_t bytes_max);
void append_identity(std::string& out, std::string_view value);

} // namespace engine::ledger
