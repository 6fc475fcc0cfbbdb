// metered_buffer: feeds a text to a reader of streams and stops feeding when that swallows much
// without saying anything. For yaml-cpp, which keeps a flow collection in memory until it ends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <streambuf>
#include <string_view>

namespace engine::manifest {

// Counts brackets too, quoted or not: no text has 10,000 that are never closed.
class metered_buffer final : public std::streambuf {
public:
    metered_buffer(std::string_view text, std::size_t lookahead_max)
        : text_(text), lookahead_max_(lookahead_max)
    {}

    void event_at(std::size_t offset)
    {
        last_event_ = std::max(last_event_, offset);
        depth_ = 0;
    }
    [[nodiscard]] bool starved() const { return starved_; }
    [[nodiscard]] std::size_t starved_after() const { return starved_after_; }

protected:
    int_type underflow() override
    {
        const std::size_t size = std::min(piece_bytes, text_.size() - fed_);
        if (size == 0 || starved_)
            return traits_type::eof();
        auto* start =
            const_cast<char*>(text_.data()) + fed_; // streambuf's signature; never written
        for (std::size_t i = 0; i < size; ++i)
            depth_ += start[i] == '[' || start[i] == '{'   ? 1
                      : start[i] == ']' || start[i] == '}' ? -1
                                                           : 0;
        if (fed_ > last_event_ + lookahead_max_ || depth_ > 10'000) {
            starved_ = true;
            starved_after_ = last_event_;
        }
        setg(start, start, start + size);
        fed_ += size;
        return traits_type::to_int_type(*start);
    }

private:
    static constexpr std::size_t piece_bytes = 2048; // what yaml-cpp asks for at a time

    std::string_view text_;
    std::size_t lookahead_max_;
    std::size_t fed_ = 0;
    std::size_t last_event_ = 0;
    std::size_t starved_after_ = 0; // the last event before that
    std::ptrdiff_t depth_ = 0;
    bool starved_ = false;
};

} // namespace engine::manifest
