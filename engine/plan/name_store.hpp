// name_store: a million short texts, one behind the other: their own bytes and two more each, where
// a std::string would take 32 and an allocation. Texts are never changed and never taken out; of
// one that is longer than text_bytes_max the first bytes stand for it.
#pragma once

#include "engine/base/assert.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace engine::plan {

class name_store {
public:
    // Where a text stands; 0 is never one.
    using place = std::uint32_t;

    [[nodiscard]] place add(std::string_view text)
    {
        text = text.substr(0, text_bytes_max);
        if (blocks_.empty() || blocks_.back().size() + 2 + text.size() > block_bytes) {
            ENGINE_ASSERT(blocks_.size() < blocks_max);
            blocks_.emplace_back().reserve(block_bytes);
            if (blocks_.size() == 1)
                blocks_.back().push_back('\0'); // so that no text stands at 0
        }
        auto& block = blocks_.back();
        const auto at = (blocks_.size() - 1) * block_bytes + block.size();
        block.push_back(static_cast<char>(text.size() & 0xFF));
        block.push_back(static_cast<char>(text.size() >> 8));
        block.append(text);
        return static_cast<place>(at);
    }

    // Good until the store is gone.
    [[nodiscard]] std::string_view at(place where) const
    {
        const std::string_view block = blocks_.at(where / block_bytes);
        const auto rest = block.substr(where % block_bytes);
        const auto low = static_cast<unsigned char>(rest.at(0));
        const auto high = static_cast<unsigned char>(rest.at(1));
        return rest.substr(2, std::size_t{high} * 256 + low);
    }

    [[nodiscard]] bool is(place where, std::string_view text) const
    {
        return at(where) == text.substr(0, text_bytes_max);
    }

    static constexpr std::size_t text_bytes_max = 0xFFFF;

private:
    static constexpr std::size_t block_bytes = std::size_t{1} << 18;
    static constexpr std::size_t blocks_max = (std::size_t{1} << 32) / block_bytes;
    std::vector<std::string> blocks_; // each reserved whole: `at` stays good
};

} // namespace engine::plan
