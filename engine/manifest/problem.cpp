#include "engine/manifest/problem.hpp"

#include "engine/base/random.hpp"
#include "engine/base/redact.hpp"
#include "engine/base/utf8.hpp"

#include <algorithm>
#include <map>

namespace engine::manifest {

namespace {

constexpr std::size_t remembered_max = 10'000; // different problems, for noticing repetitions
constexpr std::size_t message_bytes_max = 600; // a cell of a hostile file must not fill a screen

} // namespace

std::string to_string(const problem& one)
{
    return base::printable(one.file) + ":" + std::to_string(one.line) + ":" +
           std::to_string(one.column) + (one.warning ? ": warning: " : ": error: ") + one.message;
}

bool problems::add(problem one)
{
    // Not everything shaped like a key: a complaint about item "sk-20417-oak" has to name it.
    one.message = base::printable(base::redact_known_secrets(one.message));
    if (one.message.size() > message_bytes_max) {
        one.message.resize(base::utf8_prefix(one.message, message_bytes_max));
        one.message += "...";
    }
    given_ += one.warning ? 0 : 1;
    const auto identity = base::stable_hash(to_string(one));
    if (seen_.contains(identity))
        return false;
    if (seen_.size() < remembered_max)
        seen_.insert(identity);
    ++(one.warning ? warnings_ : errors_);
    auto& listed = one.warning ? listed_warnings_ : listed_errors_;
    if (listed < listed_max) {
        ++listed;
        list_.push_back(std::move(one));
    }
    return true;
}

bool problems::error(const std::string& file, mark at, std::string message)
{
    return add({file, at.line, at.column, std::move(message), false});
}

bool problems::warn(const std::string& file, mark at, std::string message)
{
    return add({file, at.line, at.column, std::move(message), true});
}

std::string problems::text() const
{
    // Files in the order in which they were first complained about; within one, from top to bottom.
    std::map<std::string_view, std::size_t> rank;
    for (const auto& one : list_)
        rank.try_emplace(one.file, rank.size());
    std::vector<const problem*> sorted;
    for (const auto& one : list_)
        sorted.push_back(&one);
    std::ranges::sort(sorted, [&](const problem* a, const problem* b) {
        if (a->file != b->file)
            return rank[a->file] < rank[b->file];
        if (a->line != b->line)
            return a->line < b->line;
        return a->column != b->column ? a->column < b->column : a < b; // both in list_
    });
    std::string text;
    for (const auto* one : sorted)
        text += to_string(*one) + "\n";
    if (unlisted() > 0)
        text += "... and " + std::to_string(unlisted()) + " more\n";
    return text;
}

} // namespace engine::manifest
