#include "engine/manifest/source_text.hpp"

#include <algorithm>

namespace engine::manifest {

namespace {

constexpr std::size_t block_bytes = 4096;

std::size_t count_characters(std::string_view text) // every byte that does not continue one
{
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
}

} // namespace

source_text::source_text(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)), line_starts_{0}
{
    if (text_.starts_with("\xEF\xBB\xBF"))
        text_.erase(0, 3);
    for (std::size_t at = text_.find('\n'); at != std::string::npos; at = text_.find('\n', at + 1))
        line_starts_.push_back(at + 1);
    std::size_t characters = 0;
    for (std::size_t at = 0; at <= text_.size(); at += block_bytes) {
        block_starts_.push_back(characters);
        characters += count_characters(std::string_view(text_).substr(at, block_bytes));
    }
}

std::size_t source_text::characters_before(std::size_t offset) const
{
    const std::size_t block = offset / block_bytes;
    const std::size_t start = block * block_bytes;
    return block_starts_[block] +
           count_characters(std::string_view(text_).substr(start, offset - start));
}

std::size_t source_text::line_start(std::size_t offset) const
{
    return *std::prev(std::ranges::upper_bound(line_starts_, std::min(offset, text_.size())));
}

mark source_text::mark_at(std::size_t offset) const
{
    offset = std::min(offset, text_.size());
    const auto next = std::ranges::upper_bound(line_starts_, offset);
    const auto line = next - line_starts_.begin();
    const std::size_t start = *std::prev(next);
    const auto column = characters_before(offset) - characters_before(start);
    return {static_cast<int>(line), static_cast<int>(column) + 1};
}

} // namespace engine::manifest
