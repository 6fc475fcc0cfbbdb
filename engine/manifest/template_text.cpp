#include "engine/manifest/template_text.hpp"

#include "engine/base/ascii.hpp"
#include "engine/base/nearest_name.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace engine::manifest {

namespace {

constexpr std::string_view opening = "{{";
constexpr std::array<std::string_view, 5> filter_names = {"slug", "lower", "upper", "trim",
                                                          "default"};

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

// The position of "}}" outside quotes, or npos.
std::size_t find_end(std::string_view text, std::size_t at)
{
    bool quoted = false;
    for (; at < text.size(); ++at) {
        if (text[at] == '"')
            quoted = !quoted;
        else if (!quoted && text.substr(at, 2) == "}}")
            return at;
    }
    return std::string_view::npos;
}

// "text" with its quotes off, or nothing.
std::optional<std::string> unquoted(std::string_view text)
{
    if (text.size() < 2 || text.front() != '"' || text.back() != '"' ||
        text.substr(1, text.size() - 2).find('"') != std::string_view::npos)
        return std::nullopt;
    return std::string(text.substr(1, text.size() - 2));
}

// Cuts at '|' outside quotes.
std::vector<std::string_view> pieces_of(std::string_view text)
{
    std::vector<std::string_view> pieces;
    bool quoted = false;
    std::size_t start = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"')
            quoted = !quoted;
        if (text[at] == '|' && !quoted) {
            pieces.push_back(base::trimmed(text.substr(start, at - start)));
            start = at + 1;
        }
    }
    pieces.push_back(base::trimmed(text.substr(start)));
    return pieces;
}

// Reads "slug" or "default: \"x\""; answers with what is wrong.
std::string parse_filter(std::string_view text, template_text::filter& out)
{
    const auto colon = text.find(':');
    const auto name = base::trimmed(text.substr(0, colon));
    const auto known = std::ranges::find(filter_names, name);
    if (known == filter_names.end())
        return "unknown filter '" + std::string(name) +
               "': expected slug, lower, upper, trim or "
               "default:\"text\"" +
               base::did_you_mean(name, filter_names);
    out.kind = static_cast<template_text::filter_kind>(known - filter_names.begin());
    const bool takes_text = out.kind == template_text::filter_kind::fallback;
    if (takes_text != (colon != std::string_view::npos))
        return takes_text ? "default needs a text, as in {{name | default:\"none\"}}"
                          : "the filter '" + std::string(name) + "' takes no argument";
    if (!takes_text)
        return {};
    auto argument = unquoted(base::trimmed(text.substr(colon + 1)));
    if (!argument)
        return "default: expected its text in double quotes, as in {{name | default:\"none\"}}";
    out.argument = std::move(*argument);
    return {};
}

// Reads what stands between the braces; answers with what is wrong.
std::string parse_expression(std::string_view inside, template_text::expression& out)
{
    const auto pieces = pieces_of(inside);
    const auto name = pieces.front();
    if (name.starts_with('"')) {
        const auto literal = unquoted(name);
        if (!literal)
            return "a text in quotes that is not closed";
        out.literal = *literal;
    } else if (name.empty()) {
        return "expected a name between '{{' and '}}'";
    } else if (name.find_first_of("{}\"\n") != std::string_view::npos) {
        return "expected a name between '{{' and '}}'; write {{ \"{{\" }} for the characters "
               "themselves";
    }
    if (!name.starts_with('"'))
        out.name = name;
    for (std::size_t i = 1; i < pieces.size(); ++i) {
        template_text::filter filter{};
        if (auto wrong = parse_filter(pieces[i], filter); !wrong.empty())
            return wrong;
        out.filters.push_back(std::move(filter));
    }
    return {};
}

std::string filtered(std::string text, const template_text::filter& filter)
{
    switch (filter.kind) {
    case template_text::filter_kind::slug:
        return slug_of(text);
    case template_text::filter_kind::lower:
        std::ranges::transform(text, text.begin(), base::lower);
        return text;
    case template_text::filter_kind::upper:
        std::ranges::transform(text, text.begin(), upper);
        return text;
    case template_text::filter_kind::trim:
        return std::string(base::trimmed(text));
    case template_text::filter_kind::fallback:
        break;
    }
    return text.empty() ? filter.argument : text;
}

void append_path_safe(std::string& out, std::string_view value)
{
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        out += c == '/' || c == '\\' || byte < 0x20 || byte == 0x7F ? '-' : c;
    }
}

} // namespace

bool template_text::expression::has_fallback() const
{
    return std::ranges::any_of(filters,
                               [](const filter& one) { return one.kind == filter_kind::fallback; });
}

template_text::template_text(std::string_view text, std::vector<complaint>& wrong)
{
    std::string plain;
    std::size_t at = 0;
    std::size_t seen = 0; // occurrences of "{{" before `at`, counted as mark_of() does
    for (;;) {
        const auto start = text.find(opening, at);
        plain += text.substr(at, start - at);
        if (start == std::string_view::npos)
            break;
        const auto end = find_end(text, start + 2);
        if (end == std::string_view::npos) {
            wrong.push_back({seen, "'{{' without '}}'; write {{ \"{{\" }} for the characters "
                                   "themselves"});
            break;
        }
        expression next;
        next.occurrence = seen;
        if (auto why = parse_expression(text.substr(start + 2, end - start - 2), next);
            !why.empty()) {
            wrong.push_back({seen, std::move(why)});
        } else {
            texts_.push_back(std::exchange(plain, {}));
            expressions_.push_back(std::move(next));
        }
        at = end + 2;
        for (auto inner = start; inner < at && inner != std::string_view::npos; ++seen)
            inner = text.find(opening, inner + 2);
    }
    texts_.push_back(std::move(plain));
}

bool template_text::uses(std::string_view name) const
{
    return std::ranges::any_of(expressions_, [&](const expression& one) {
        return one.name == name || one.name == "item." + std::string(name);
    });
}

std::optional<template_text::failure> template_text::render(const scope& names, std::string& out,
                                                            insertion how) const
{
    if (texts_.empty())
        return std::nullopt;
    for (std::size_t i = 0; i < expressions_.size(); ++i) {
        const auto& expression = expressions_[i];
        out += texts_[i];
        scope::lookup_result value{scope::answer::found, expression.literal};
        if (!expression.name.empty())
            value = names.lookup(expression.name);
        if (value.what == scope::answer::undefined && expression.has_fallback())
            value.what = scope::answer::found;
        if (value.what != scope::answer::found)
            return failure{&expression, value.what};
        std::string text(value.text);
        for (const auto& filter : expression.filters)
            text = filtered(std::move(text), filter);
        if (how == insertion::path)
            append_path_safe(out, text);
        else
            out += text;
    }
    out += texts_.back();
    return std::nullopt;
}

mark mark_of(const source_text& source, std::uint32_t offset, std::size_t occurrence)
{
    std::size_t at = source.text().find(opening, offset);
    for (; occurrence > 0 && at != std::string::npos; --occurrence)
        at = source.text().find(opening, at + 2);
    return source.mark_at(at == std::string::npos ? offset : at);
}

std::string slug_of(std::string_view text)
{
    std::string slug;
    bool gap = false;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const char small = base::lower(c);
        if (byte >= 0x80 || (small >= 'a' && small <= 'z') || (small >= '0' && small <= '9')) {
            if (gap && !slug.empty())
                slug += '-';
            gap = false;
            slug += small;
        } else {
            gap = true;
        }
    }
    return slug;
}

} // namespace engine::manifest
