#include "engine/base/base64.hpp"

namespace engine::base {

namespace {

struct base64_category final : std::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "base64"; }
    [[nodiscard]] std::string message(int code) const override
    {
        switch (static_cast<base64_errc>(code)) {
        case base64_errc::foreign_byte:
            return "not base64";
        case base64_errc::cut_short:
            return "base64 ends inside a group of four characters";
        case base64_errc::trailing_bits:
            return "base64 ends in bits that belong to no byte";
        }
        return "base64 error";
    }
};

// The last one or two bytes of an encoded text, with their padding.
void encode_tail(byte_view tail, char* out)
{
    const std::uint32_t bits = static_cast<std::uint32_t>(tail[0]) << 16 |
                               (tail.size() > 1 ? static_cast<std::uint32_t>(tail[1]) << 8 : 0);
    out[0] = base64_alphabet[bits >> 18];
    out[1] = base64_alphabet[bits >> 12 & 63];
    out[2] = tail.size() > 1 ? base64_alphabet[bits >> 6 & 63] : '=';
    out[3] = '=';
}

} // namespace

std::error_code make_error_code(base64_errc code)
{
    static const base64_category category;
    return {static_cast<int>(code), category};
}

void append_base64(std::string& out, byte_view bytes, base64_isa isa)
{
    const std::size_t start = out.size();
    const std::size_t end = start + base64_encoded_bytes(bytes.size());
    const auto write = [&](char* text, std::size_t) {
        const std::size_t whole = kernel_of(isa).encode(bytes.data(), bytes.size(), text + start);
        if (whole < bytes.size())
            encode_tail(bytes.subspan(whole), text + start + whole / 3 * 4);
        return end;
    };
    out.resize_and_overwrite(end, write);
}

std::string encode_base64(byte_view bytes)
{
    std::string out;
    append_base64(out, bytes);
    return out;
}

result<byte_buffer> decode_base64(std::string_view text, std::string_view where)
{
    byte_buffer bytes(base64_decoded_bytes_max(text.size()));
    base64_decoder decoder;
    const auto done = decoder.decode(text, bytes);
    std::error_code wrong = decoder.end();
    if (done.stop == base64_stop::foreign_byte && wrong != base64_errc::trailing_bits)
        wrong = base64_errc::foreign_byte;
    if (wrong)
        return fail(wrong, std::string(where), "at byte " + std::to_string(done.read));
    bytes.resize(done.written);
    return bytes;
}

base64_decoder::base64_decoder(base64_isa isa) : kernel_(&kernel_of(isa))
{}

base64_progress base64_decoder::decode(std::string_view text, std::span<std::uint8_t> room)
{
    base64_progress at;
    while (at.read < text.size()) {
        if (pending_ == 0) {
            const std::size_t whole =
                kernel_->decode(text.data() + at.read, text.size() - at.read,
                                room.data() + at.written, room.size() - at.written);
            at.read += whole;
            at.written += whole / 4 * 3;
            if (at.read == text.size())
                break;
        }
        // Character by character: the ends of a piece, padding, and whatever the kernel stopped at.
        if (pending_ + padding_ == 3 && room.size() - at.written < 3) {
            at.stop = base64_stop::out_of_room;
            break;
        }
        const auto c = static_cast<unsigned char>(text[at.read]);
        if (!(c == '=' ? take_padding() : take_character(base64_sextets[c]))) {
            at.stop = base64_stop::foreign_byte;
            break;
        }
        ++at.read;
        if (pending_ + padding_ == 4)
            at.written += flush_group(room.data() + at.written);
    }
    return at;
}

bool base64_decoder::take_character(std::uint8_t sextet)
{
    if (sextet > 63 || padding_ > 0)
        return false;
    bits_ = bits_ << 6 | sextet;
    ++pending_;
    return true;
}

bool base64_decoder::take_padding()
{
    if (pending_ < 2 || pending_ + padding_ == 4)
        return false;
    const std::uint32_t unused = pending_ == 2 ? 0xF : 0x3;
    dirty_ = (bits_ & unused) != 0;
    if (dirty_)
        return false;
    ++padding_;
    return true;
}
std::size_t base64_decoder::flush_group(std::uint8_t* room)
{
    const std::uint32_t group = bits_ << (6 * padding_);
    room[0] = static_cast<std::uint8_t>(group >> 16);
    if (padding_ < 2)
        room[1] = static_cast<std::uint8_t>(group >> 8);
    if (padding_ < 1) {
        room[2] = static_cast<std::uint8_t>(group);
        pending_ = 0; // otherwise the full group stays, as the sign that the text is complete
    }
    return static_cast<std::size_t>(3 - padding_);
}

std::error_code base64_decoder::end() const
{
    if (pending_ == 0 || pending_ + padding_ == 4)
        return {};
    return dirty_ ? base64_errc::trailing_bits : base64_errc::cut_short;
}

void base64_decoder::reset()
{
    bits_ = 0;
    pending_ = 0;
    padding_ = 0;
    dirty_ = false;
}

} // namespace engine::base
