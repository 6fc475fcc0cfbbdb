// jpeg_reader: JPEG to pixels by libjpeg-turbo. libjpeg repairs what it can and only warns; here
// every warning about image data is a failure, and so is a missing end of image.
#include "engine/image/readers.hpp"

#include "engine/image/byte_order.hpp"
#include "engine/image/exif.hpp"
#include "engine/image/icc.hpp"

#include <csetjmp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

// jpeglib.h wants <cstdio> first and does not include it.
#include <jerror.h>
#include <jpeglib.h>

namespace engine::image {

namespace {

constexpr std::string_view xmp_prefix("http://ns.adobe.com/xap/1.0/\0", 29);
// A progressive file of a few kilobytes can ask for thousands of passes over a large picture.
// libjpeg-turbo's own fuzzers stop at 500; encoders write 10 or so.
constexpr int scans_max = 100;
// How much of an APP11 segment is kept: its JUMBF box names itself within the first 46 bytes.
constexpr unsigned jumbf_head_bytes = 64;

// libjpeg leaves through longjmp, so each step is a function of its own without anything to
// destroy.
class libjpeg_reader {
public:
    explicit libjpeg_reader(base::byte_view file)
    {
        info_.err = jpeg_std_error(&errors_);
        info_.client_data = this;
        errors_.error_exit = on_error;
        errors_.emit_message = on_message;
        errors_.output_message = [](j_common_ptr) {};
        if (setjmp(jump_))
            throw std::bad_alloc(); // creating can only run out of memory
        jpeg_create_decompress(&info_);
        source_.next_input_byte = file.data();
        source_.bytes_in_buffer = file.size();
        source_.init_source = [](j_decompress_ptr) {};
        source_.term_source = [](j_decompress_ptr) {};
        source_.resync_to_restart = jpeg_resync_to_restart;
        source_.fill_input_buffer = [](j_decompress_ptr info) -> boolean { leave_truncated(info); };
        source_.skip_input_data = [](j_decompress_ptr info, long count) {
            if (count <= 0)
                return;
            if (static_cast<std::size_t>(count) > info->src->bytes_in_buffer)
                leave_truncated(info);
            info->src->next_input_byte += count;
            info->src->bytes_in_buffer -= static_cast<std::size_t>(count);
        };
        info_.src = &source_;
        watch_.progress_monitor = [](j_common_ptr common) {
            auto* info = reinterpret_cast<j_decompress_ptr>(common);
            if (info->input_scan_number > scans_max)
                leave(self_of(common), errc::corrupt, "more than 100 scans");
        };
        info_.progress = &watch_;
    }
    ~libjpeg_reader() { jpeg_destroy_decompress(&info_); }
    libjpeg_reader(const libjpeg_reader&) = delete;
    libjpeg_reader& operator=(const libjpeg_reader&) = delete;

    [[nodiscard]] bool read_header()
    {
        if (setjmp(jump_))
            return false;
        jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xffff);            // EXIF, XMP
        jpeg_save_markers(&info_, JPEG_APP0 + 2, 0xffff);            // ICC
        jpeg_save_markers(&info_, JPEG_APP0 + 11, jumbf_head_bytes); // C2PA
        jpeg_read_header(&info_, TRUE);
        return true;
    }
    [[nodiscard]] bool start()
    {
        if (setjmp(jump_))
            return false;
        info_.out_color_space = JCS_RGB;
        jpeg_start_decompress(&info_);
        return true;
    }
    // `out` has place for all rows.
    [[nodiscard]] bool read_rows(std::uint8_t* out, std::size_t row_bytes)
    {
        if (setjmp(jump_))
            return false;
        while (info_.output_scanline < info_.output_height) {
            JSAMPROW row = out + info_.output_scanline * row_bytes;
            jpeg_read_scanlines(&info_, &row, 1);
        }
        jpeg_finish_decompress(&info_); // reads up to the end of image marker
        return true;
    }
    // Joined from its pieces; empty when there is none or a piece is missing.
    [[nodiscard]] base::byte_buffer icc_profile()
    {
        JOCTET* joined = nullptr;
        unsigned size = 0;
        if (setjmp(jump_))
            return {};
        if (!jpeg_read_icc_profile(&info_, &joined, &size))
            return {};
        const std::unique_ptr<JOCTET, decltype(&std::free)> owner(joined, &std::free);
        return {joined, joined + size};
    }

    [[nodiscard]] const jpeg_decompress_struct& info() const { return info_; }
    [[nodiscard]] base::failure failure() const
    {
        return {code_, "read JPEG", base::clean_detail(message_)};
    }

private:
    static libjpeg_reader* self_of(j_common_ptr common)
    {
        return static_cast<libjpeg_reader*>(common->client_data);
    }
    [[noreturn]] static void leave(libjpeg_reader* self, errc code, const char* message)
    {
        self->code_ = code;
        std::snprintf(self->message_, sizeof self->message_, "%s", message);
        std::longjmp(self->jump_, 1);
    }
    [[noreturn]] static void leave_truncated(j_decompress_ptr info)
    {
        leave(self_of(reinterpret_cast<j_common_ptr>(info)), errc::truncated, "");
    }
    [[noreturn]] static void on_error(j_common_ptr common)
    {
        char text[JMSG_LENGTH_MAX];
        common->err->format_message(common, text);
        leave(self_of(common), errc::corrupt, text);
    }
    static void on_message(j_common_ptr common, int level)
    {
        if (level >= 0) // a trace, not a warning
            return;
        switch (common->err->msg_code) {
        case JWRN_ADOBE_XFORM: // odd labels around good data
        case JWRN_JFIF_MAJOR:
        case JWRN_BOGUS_ICC: // the profile is then missing; read_jpeg() notes it
            return;
        default:
            on_error(common);
        }
    }

    jpeg_decompress_struct info_{};
    jpeg_error_mgr errors_{};
    jpeg_source_mgr source_{};
    jpeg_progress_mgr watch_{};
    errc code_ = errc::corrupt;
    char message_[JMSG_LENGTH_MAX] = {};
    std::jmp_buf jump_;
};

void read_jpeg_metadata(libjpeg_reader& reader, metadata& meta, const decode_limits& limits)
{
    bool has_icc_piece = false;
    for (auto* marker = reader.info().marker_list; marker; marker = marker->next) {
        const base::byte_view data(marker->data, marker->data_length);
        const base::byte_view exif = without_exif_prefix(data);
        if (marker->marker == JPEG_APP0 + 1 && exif.size() != data.size() && meta.exif.empty())
            take_metadata(meta.exif, exif, "EXIF", meta.notes, limits);
        else if (marker->marker == JPEG_APP0 + 1 && starts_with(data, xmp_prefix))
            take_metadata(meta.xmp, data.subspan(xmp_prefix.size()), "XMP", meta.notes, limits);
        else if (marker->marker == JPEG_APP0 + 2 && starts_with(data, "ICC_PROFILE"))
            has_icc_piece = true;
        else if (marker->marker == JPEG_APP0 + 11 && starts_with(data, "JP") &&
                 base::as_text(data).find("c2pa") != std::string_view::npos)
            meta.c2pa_present = true;
    }
    if (!has_icc_piece)
        return;
    const base::byte_buffer profile = reader.icc_profile();
    if (profile.empty() || profile.size() > limits.metadata_bytes_max)
        meta.notes.emplace_back("the JPEG's colour profile is broken or too large; left out");
    else
        take_rgb_profile(meta, profile);
}

} // namespace

base::result<pixels> read_jpeg(base::byte_view file, const decode_limits& limits)
{
    libjpeg_reader reader(file);
    if (!reader.read_header())
        return std::unexpected(reader.failure());
    const auto& info = reader.info();
    const job::image_size size{static_cast<int>(info.image_width),
                               static_cast<int>(info.image_height)};
    if (const auto ok = check_limits(size, limits); !ok)
        return std::unexpected(ok.error());
    if (info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK)
        return base::fail(errc::unsupported, "read JPEG", "CMYK colours");
    if (!reader.start())
        return std::unexpected(reader.failure());

    pixels picture = blank(size, false);
    read_jpeg_metadata(reader, picture.meta, limits); // read_rows() ends with libjpeg freeing them
    if (!reader.read_rows(picture.samples.data(), picture.row_bytes()))
        return std::unexpected(reader.failure());
    return picture;
}

} // namespace engine::image
