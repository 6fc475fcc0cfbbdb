#include "engine/sim/picture_head.hpp"

#include <cstdint>
#include <utility>

namespace engine::sim {

namespace {

void append_big(std::string& out, std::uint32_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; --i)
        out += static_cast<char>(value >> (8 * i) & 0xff);
}

void append_little(std::string& out, std::uint32_t value, int bytes)
{
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>(value >> (8 * i) & 0xff);
}

// IHDR, then the name of an IDAT, which is where a reader of heads stops. (W3C, PNG.)
std::string png_head(std::uint32_t width, std::uint32_t height, bool has_alpha)
{
    constexpr std::uint32_t no_checksum = 0; // nobody checks the head of what has no body
    std::string head("\x89PNG\r\n\x1a\n");
    append_big(head, 13, 4);
    head += "IHDR";
    append_big(head, width, 4);
    append_big(head, height, 4);
    append_big(head, 8, 1); // bits a sample
    append_big(head, has_alpha ? 6 : 2, 1);
    append_big(head, 0, 3); // deflate, the usual filters, not interlaced
    append_big(head, no_checksum, 4);
    append_big(head, 0, 4);
    head += "IDAT";
    append_big(head, no_checksum, 4);
    return head;
}

// The frame header. (ITU T.81, B.2.2.)
std::string jpeg_head(std::uint32_t width, std::uint32_t height)
{
    std::string head("\xff\xd8\xff\xc0");
    append_big(head, 17, 2); // bytes of the segment
    append_big(head, 8, 1);  // bits a sample
    append_big(head, height, 2);
    append_big(head, width, 2);
    append_big(head, 3, 1);
    for (std::uint32_t component = 1; component <= 3; ++component) {
        append_big(head, component, 1);
        append_big(head, 0x1100, 2);
    }
    return head;
}

// The extended header. (RFC 9649, 2.7.)
std::string webp_head(std::uint32_t width, std::uint32_t height, bool has_alpha)
{
    std::string head("RIFF");
    append_little(head, 22, 4);
    head += "WEBPVP8X";
    append_little(head, 10, 4);
    append_little(head, has_alpha ? 0x10 : 0, 4);
    append_little(head, width - 1, 3);
    append_little(head, height - 1, 3);
    return head;
}

} // namespace

std::string picture_head(job::image_format format, job::image_size size, bool has_alpha)
{
    const auto width = static_cast<std::uint32_t>(size.width);
    const auto height = static_cast<std::uint32_t>(size.height);
    switch (format) {
    case job::image_format::png:
        return png_head(width, height, has_alpha);
    case job::image_format::jpeg:
        return jpeg_head(width, height);
    case job::image_format::webp:
        return webp_head(width, height, has_alpha);
    }
    std::unreachable();
}

} // namespace engine::sim
