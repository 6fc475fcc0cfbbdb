// cuts: the ways to cut a text into pieces, for parsers that must not care.
#pragma once

#include "engine/base/random.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace support {

using pieces = std::vector<std::string_view>;

// Calls try_pieces with the text cut at every byte, and wholly into pieces of `size` for each of
// the sizes; `text` lives until it returns.
template <class TryPieces>
void for_each_cut(std::string_view text, TryPieces try_pieces)
{
    for (std::size_t at = 0; at <= text.size(); ++at)
        try_pieces(pieces{text.substr(0, at), text.substr(at)});
    for (const std::size_t size : {1U, 2U, 3U, 7U, 64U}) {
        pieces cut;
        for (std::size_t at = 0; at < text.size(); at += size)
            cut.push_back(text.substr(at, size));
        try_pieces(cut);
    }
}

// The same at every pair of places: for small texts.
template <class TryPieces>
void for_each_pair_of_cuts(std::string_view text, TryPieces try_pieces)
{
    for (std::size_t first = 0; first <= text.size(); ++first)
        for (std::size_t second = first; second <= text.size(); ++second)
            try_pieces(pieces{text.substr(0, first), text.substr(first, second - first),
                              text.substr(second)});
}

// Pieces of 1 to `bytes_max` bytes.
[[nodiscard]] inline pieces random_pieces(std::string_view text, engine::base::random& dice,
                                          std::size_t bytes_max)
{
    pieces cut;
    while (!text.empty()) {
        const std::size_t size = std::min<std::size_t>(1 + dice.below(bytes_max), text.size());
        cut.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return cut;
}

} // namespace support
