#include "engine/base/glob.hpp"

namespace engine::base {

namespace {

// Matches one character against the set that starts at pattern[at] == '['. Moves `at` behind the
// set. An unclosed set stands for a plain '['.
bool matches_one(std::string_view pattern, std::size_t& at, char c)
{
    if (pattern[at] == '?') {
        ++at;
        return true;
    }
    if (pattern[at] == '[') {
        std::size_t i = at + 1;
        const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
        if (negated)
            ++i;
        const std::size_t first = i;
        bool inside = false;
        while (i < pattern.size() && (pattern[i] != ']' || i == first)) {
            const char low = pattern[i];
            char high = low;
            if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
                high = pattern[i + 2];
                i += 2;
            }
            inside = inside || (low <= c && c <= high);
            ++i;
        }
        if (i < pattern.size()) {
            at = i + 1;
            return inside != negated;
        }
    }
    return pattern[at++] == c;
}

} // namespace

bool glob_matches(std::string_view pattern, std::string_view name)
{
    std::size_t p = 0;
    std::size_t n = 0;
    std::size_t star = std::string_view::npos; // where to resume after a mismatch
    std::size_t star_name = 0;
    while (n < name.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            star_name = n;
            continue;
        }
        std::size_t next = p;
        if (p < pattern.size() && matches_one(pattern, next, name[n])) {
            p = next;
            ++n;
            continue;
        }
        if (star == std::string_view::npos)
            return false;
        p = star;
        n = ++star_name;
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

} // namespace engine::base
