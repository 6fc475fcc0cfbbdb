#include "engine/manifest/text_stream.hpp"

#include "engine/runtime/files.hpp"

namespace engine::manifest {

text_stream text_stream::of_file(runtime::files& disk, std::string path)
{
    return text_stream(
        [&disk, path = std::move(path)](std::uint64_t offset, std::uint64_t bytes_max) {
            return disk.read_at(path, offset, bytes_max);
        });
}

text_stream text_stream::of_text(std::string text)
{
    return text_stream([text = std::move(text)](std::uint64_t offset, std::uint64_t bytes_max) {
        return base::result<std::string>(offset < text.size() ? text.substr(offset, bytes_max)
                                                              : std::string{});
    });
}

void text_stream::fill()
{
    constexpr std::uint64_t piece_bytes = 256u << 10;
    piece_.clear();
    at_ = 0;
    do { // once, but for a first piece too short to tell whether it is a byte order mark
        auto piece = from_(offset_, piece_bytes);
        if (!piece)
            failure_ = piece.error();
        ended_ = !piece || piece->empty();
        if (!ended_) {
            offset_ += piece->size();
            piece_ += *piece;
        }
    } while (!ended_ && offset_ < 3);
    if (offset_ == piece_.size() && piece_.starts_with("\xEF\xBB\xBF"))
        at_ = 3;
}

int text_stream::peek()
{
    while (at_ == piece_.size() && !ended_)
        fill();
    return at_ < piece_.size() ? static_cast<unsigned char>(piece_[at_]) : -1;
}

int text_stream::take()
{
    const int byte = peek();
    if (byte < 0)
        return byte;
    ++at_;
    const bool second_half = byte == '\n' && after_cr_;
    after_cr_ = byte == '\r';
    if ((byte == '\n' || byte == '\r') && !second_half)
        place_ = {place_.line + 1, 1};
    else if ((byte & 0xC0) != 0x80 && byte != '\n')
        ++place_.column;
    return byte;
}

} // namespace engine::manifest
