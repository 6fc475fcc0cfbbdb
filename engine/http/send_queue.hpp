// send_queue: pieces of text on their way out, written as far as a stream takes them.
#pragma once

#include "engine/http/byte_stream.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace engine::http {

// Borrows the pieces: they must live until sent.
class send_queue {
public:
    void add(std::string_view piece)
    {
        if (!piece.empty())
            pieces_.push_back(piece);
    }
    [[nodiscard]] bool empty() const { return first_ == pieces_.size(); }

    // One write; the caller waits on want_*.
    [[nodiscard]] io_step write_to(byte_stream& stream)
    {
        const auto step = stream.write_some(std::span(pieces_).subspan(first_));
        std::size_t sent = step.bytes;
        while (sent > 0 && sent >= pieces_[first_].size())
            sent -= pieces_[first_++].size();
        if (sent > 0)
            pieces_[first_].remove_prefix(sent);
        return step;
    }

private:
    std::vector<std::string_view> pieces_;
    std::size_t first_ = 0; // of what is not sent
};

} // namespace engine::http
