// jpeg_writer: RGB pixels to JPEG by libjpeg-turbo, with optimised Huffman tables.
#include "engine/image/writers.hpp"

#include <algorithm>
#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

// jpeglib.h wants <cstdio> first and does not include it.
#include <jpeglib.h>

namespace engine::image {

namespace {

constexpr std::string_view exif_prefix("Exif\0\0", 6);
constexpr std::string_view xmp_prefix("http://ns.adobe.com/xap/1.0/\0", 29);
constexpr std::size_t segment_bytes_max = 65533; // 16 bits of length, which count themselves
// Below 90 nobody sees halved colour resolution on photographs; above, edges of saturated colours
// show it, and who asks for 90 asks for no visible loss.
constexpr int full_colour_from_quality = 90;

// libjpeg leaves through longjmp, so each step is a function of its own without anything to
// destroy.
class libjpeg_writer {
public:
    libjpeg_writer()
    {
        info_.err = jpeg_std_error(&errors_);
        info_.client_data = this;
        errors_.error_exit = [](j_common_ptr common) {
            auto* self = static_cast<libjpeg_writer*>(common->client_data);
            common->err->format_message(common, self->message_);
            std::longjmp(self->jump_, 1);
        };
        errors_.output_message = [](j_common_ptr) {};
        if (setjmp(jump_))
            throw std::bad_alloc(); // creating can only run out of memory
        jpeg_create_compress(&info_);
        jpeg_mem_dest(&info_, &out_, &out_bytes_);
    }
    ~libjpeg_writer()
    {
        jpeg_destroy_compress(&info_);
        std::free(out_);
    }
    libjpeg_writer(const libjpeg_writer&) = delete;
    libjpeg_writer& operator=(const libjpeg_writer&) = delete;

    [[nodiscard]] bool start(job::image_size size, int quality)
    {
        if (setjmp(jump_))
            return false;
        info_.image_width = static_cast<JDIMENSION>(size.width);
        info_.image_height = static_cast<JDIMENSION>(size.height);
        info_.input_components = 3;
        info_.in_color_space = JCS_RGB;
        jpeg_set_defaults(&info_); // 4:2:0
        jpeg_set_quality(&info_, quality, TRUE);
        info_.optimize_coding = TRUE;
        if (quality >= full_colour_from_quality)
            info_.comp_info[0].h_samp_factor = info_.comp_info[0].v_samp_factor = 1;
        jpeg_start_compress(&info_, TRUE);
        return true;
    }
    [[nodiscard]] bool write_segment(std::string_view prefix, base::byte_view data)
    {
        if (setjmp(jump_))
            return false;
        jpeg_write_m_header(&info_, JPEG_APP0 + 1,
                            static_cast<unsigned>(prefix.size() + data.size()));
        for (const char c : prefix)
            jpeg_write_m_byte(&info_, static_cast<unsigned char>(c));
        for (const std::uint8_t byte : data)
            jpeg_write_m_byte(&info_, byte);
        return true;
    }
    [[nodiscard]] bool write_profile(base::byte_view icc)
    {
        if (setjmp(jump_))
            return false;
        jpeg_write_icc_profile(&info_, icc.data(), static_cast<unsigned>(icc.size()));
        return true;
    }
    [[nodiscard]] bool write_rows(const pixels& picture)
    {
        if (setjmp(jump_))
            return false;
        while (info_.next_scanline < info_.image_height) {
            // libjpeg reads only, but its type does not say so.
            auto* row = const_cast<JSAMPROW>(picture.row(static_cast<int>(info_.next_scanline)));
            jpeg_write_scanlines(&info_, &row, 1);
        }
        jpeg_finish_compress(&info_);
        return true;
    }

    [[nodiscard]] base::byte_view bytes() const { return {out_, out_bytes_}; }
    [[nodiscard]] std::unexpected<base::failure> failure() const
    {
        return base::fail(errc::cannot_encode, "write JPEG", base::clean_detail(message_));
    }

private:
    jpeg_compress_struct info_{};
    jpeg_error_mgr errors_{};
    unsigned char* out_ = nullptr;
    unsigned long out_bytes_ = 0;
    char message_[JMSG_LENGTH_MAX] = {};
    std::jmp_buf jump_;
};

} // namespace

base::result<base::byte_buffer> write_jpeg(const pixels& opaque, const carried_metadata& meta,
                                           int quality, std::vector<std::string>& notes)
{
    libjpeg_writer writer;
    if (!writer.start(opaque.size, std::clamp(quality, 1, 100)))
        return writer.failure();

    struct segment {
        std::string_view prefix;
        base::byte_view data;
        const char* name;
    };
    for (const auto& [prefix, data, name] :
         {segment{exif_prefix, meta.exif, "EXIF"}, segment{xmp_prefix, meta.xmp, "XMP"}}) {
        if (data.empty())
            continue;
        if (prefix.size() + data.size() > segment_bytes_max)
            notes.push_back(std::string(name) + " is larger than a JPEG can hold; left out");
        else if (!writer.write_segment(prefix, data))
            return writer.failure();
    }
    // 255 pieces of 65519 bytes is as far as the markers can count.
    if (meta.icc.size() > std::size_t{255} * 65519)
        notes.emplace_back("the colour profile is larger than a JPEG can hold; left out");
    else if (!meta.icc.empty() && !writer.write_profile(meta.icc))
        return writer.failure();
    if (!writer.write_rows(opaque))
        return writer.failure();
    const base::byte_view bytes = writer.bytes();
    return base::byte_buffer(bytes.begin(), bytes.end());
}

} // namespace engine::image
