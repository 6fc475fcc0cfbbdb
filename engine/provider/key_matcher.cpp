#include "engine/provider/key_matcher.hpp"

#include "engine/base/assert.hpp"

#include <algorithm>
#include <utility>

namespace engine::provider {

key_matcher::key_matcher(std::vector<std::string> wanted) : wanted_(std::move(wanted))
{
    for (const std::string& key : wanted_) {
        ENGINE_ASSERT(!key.empty() && key.size() <= key_bytes_max);
        ENGINE_ASSERT(std::ranges::all_of(key, [](char c) { return c >= 0x20 && c < 0x7F; }));
    }
}

void key_matcher::start()
{
    key_.clear();
    place_ = place::plain;
    hopeless_ = false;
}

bool key_matcher::take(char c)
{
    if (place_ == place::unicode) {
        take_unicode(c);
        if (place_ == place::unicode || digits_ == 4)
            return false;
        // Not a digit: no JSON, but still the string's end if it is a quote.
    }
    if (place_ == place::escape) {
        take_escape(c);
        return false;
    }
    if (c == '"')
        return true;
    if (c == '\\')
        place_ = place::escape;
    else
        add(static_cast<unsigned char>(c));
    return false;
}

const std::string* key_matcher::match() const
{
    const auto found = hopeless_ ? wanted_.end() : std::ranges::find(wanted_, key_);
    return found == wanted_.end() ? nullptr : &*found;
}

void key_matcher::take_escape(char c)
{
    place_ = place::plain;
    if (c == 'u') {
        place_ = place::unicode;
        unicode_ = 0;
        digits_ = 0;
    } else if (c == '"' || c == '\\' || c == '/') {
        add(static_cast<unsigned char>(c));
    } else {
        hopeless_ = true; // a control character, which no wanted key holds, or no escape at all
    }
}

void key_matcher::take_unicode(char c)
{
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    const std::size_t at = digits.find(c);
    if (at == std::string_view::npos) {
        hopeless_ = true;
        place_ = place::plain;
        return;
    }
    unicode_ = unicode_ << 4 | static_cast<unsigned>(at < 16 ? at : at - 6);
    if (++digits_ == 4) {
        place_ = place::plain;
        add(unicode_);
    }
}

void key_matcher::add(unsigned code_unit)
{
    if (code_unit >= 0x7F || key_.size() == key_bytes_max)
        hopeless_ = true;
    else
        key_ += static_cast<char>(code_unit);
}

} // namespace engine::provider
