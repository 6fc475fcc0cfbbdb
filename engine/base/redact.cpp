#include "engine/base/redact.hpp"

#include <algorithm>
#include <cctype>
#include <mutex>
#include <vector>

namespace engine::base {

namespace {

constexpr std::string_view mark = "[redacted]";

struct known_secrets {
    std::mutex lock;
    std::vector<std::string>
        values; // longest first, so that a key which contains another goes whole
};

known_secrets& known()
{
    static known_secrets instance;
    return instance;
}

bool is_token_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_' || c == '.' || c == '+' || c == '/' || c == '=' || c == '~';
}

// Replaces the run of token characters after every `prefix` when the run is at least `run_min`
// long.
void redact_after(std::string& text, std::string_view prefix, std::size_t run_min, bool keep_prefix)
{
    for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
        // "task-list" is no key: the prefix must start a word.
        const bool starts_word = at == 0 || !is_token_char(text[at - 1]) || text[at - 1] == '=';
        std::size_t end = at + prefix.size();
        while (end < text.size() && is_token_char(text[end]))
            ++end;
        if (!starts_word || end - (at + prefix.size()) < run_min) {
            at += prefix.size();
            continue;
        }
        const std::size_t from = keep_prefix ? at + prefix.size() : at;
        text.replace(from, end - from, mark);
        at = from + mark.size();
    }
}

// "xai-" and a long run of letters and digits; "xai-router/images/gpt-image-2" names a route.
void redact_xai_keys(std::string& text)
{
    constexpr std::string_view prefix = "xai-";
    constexpr std::size_t letters_min = 12;
    for (std::size_t at = 0; (at = text.find(prefix, at)) != std::string::npos;) {
        std::size_t end = at + prefix.size();
        while (end < text.size() && std::isalnum(static_cast<unsigned char>(text[end])) != 0)
            ++end;
        if (end - (at + prefix.size()) < letters_min) {
            at += prefix.size();
            continue;
        }
        while (end < text.size() && is_token_char(text[end]))
            ++end;
        text.replace(at, end - at, mark);
        at += mark.size();
    }
}

} // namespace

void remember_secret(std::string_view secret)
{
    if (secret.size() < 6)
        return;
    auto& all = known();
    const std::scoped_lock guard(all.lock);
    if (std::ranges::find(all.values, secret) != all.values.end())
        return;
    all.values.emplace_back(secret);
    std::ranges::sort(all.values, std::ranges::greater{}, &std::string::size);
}

std::string redact_known_secrets(std::string text)
{
    auto& all = known();
    const std::scoped_lock guard(all.lock);
    for (const auto& secret : all.values)
        for (std::size_t at = 0; (at = text.find(secret, at)) != std::string::npos;
             at += mark.size())
            text.replace(at, secret.size(), mark);
    return text;
}

std::string redact_secrets(std::string text)
{
    text = redact_known_secrets(std::move(text));
    redact_after(text, "sk-", 8, false);
    redact_xai_keys(text);
    redact_after(text, "Bearer ", 6, true);
    redact_after(text, "bearer ", 6, true);
    return text;
}

} // namespace engine::base
