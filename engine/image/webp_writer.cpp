// webp_writer: pixels to WebP by libwebp; metadata chunks by libwebpmux.
#include "engine/image/writers.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <webp/encode.h>
#include <webp/mux.h>

namespace engine::image {

namespace {

// Lossless effort, 0 to 9. See bench/image_bench.cpp: higher levels take several times as long for
// a few per cent.
constexpr int lossless_level = 1;

struct picture_free {
    void operator()(WebPPicture* p) const
    {
        WebPPictureFree(p);
        delete p;
    }
};
struct mux_delete {
    void operator()(WebPMux* m) const { WebPMuxDelete(m); }
};

base::result<base::byte_buffer> compress(const pixels& picture, const encode_options& options)
{
    WebPConfig config;
    if (!WebPConfigInit(&config))
        return base::fail(errc::cannot_encode, "write WebP", "another libwebp than at build time");
    if (options.lossless) {
        WebPConfigLosslessPreset(&config, lossless_level);
    } else {
        config.quality = static_cast<float>(std::clamp(options.quality, 1, 100));
        config.method = std::clamp(options.webp_method, 0, 6);
    }

    const std::unique_ptr<WebPPicture, picture_free> webp(new WebPPicture);
    if (!WebPPictureInit(webp.get()))
        return base::fail(errc::cannot_encode, "write WebP", "another libwebp than at build time");
    webp->use_argb = options.lossless ? 1 : 0;
    webp->width = picture.size.width;
    webp->height = picture.size.height;
    base::byte_buffer out;
    webp->custom_ptr = &out;
    webp->writer = [](const std::uint8_t* data, std::size_t size, const WebPPicture* p) {
        auto* to = static_cast<base::byte_buffer*>(p->custom_ptr);
        to->insert(to->end(), data, data + size);
        return 1;
    };
    const auto import = picture.has_alpha ? WebPPictureImportRGBA : WebPPictureImportRGB;
    if (!import(webp.get(), picture.samples.data(), static_cast<int>(picture.row_bytes())) ||
        !WebPEncode(&config, webp.get()))
        return base::fail(errc::cannot_encode, "write WebP",
                          "libwebp error " + std::to_string(webp->error_code));
    return out;
}

base::result<base::byte_buffer> add_chunks(const base::byte_buffer& file,
                                           const carried_metadata& meta)
{
    const std::unique_ptr<WebPMux, mux_delete> mux(WebPMuxNew());
    if (!mux)
        throw std::bad_alloc();
    constexpr int borrow = 0; // the views outlive the mux
    const WebPData image{file.data(), file.size()};
    bool ok = WebPMuxSetImage(mux.get(), &image, borrow) == WEBP_MUX_OK;
    const auto add = [&](const char* name, base::byte_view data) {
        const WebPData chunk{data.data(), data.size()};
        if (!data.empty())
            ok = ok && WebPMuxSetChunk(mux.get(), name, &chunk, borrow) == WEBP_MUX_OK;
    };
    add("ICCP", meta.icc);
    add("EXIF", meta.exif);
    add("XMP ", meta.xmp);
    WebPData assembled{};
    ok = ok && WebPMuxAssemble(mux.get(), &assembled) == WEBP_MUX_OK;
    base::byte_buffer out;
    if (ok)
        out.assign(assembled.bytes, assembled.bytes + assembled.size);
    WebPDataClear(&assembled);
    if (!ok)
        return base::fail(errc::cannot_encode, "write WebP", "metadata could not be added");
    return out;
}

} // namespace

base::result<base::byte_buffer> write_webp(const pixels& picture, const carried_metadata& meta,
                                           const encode_options& options)
{
    auto file = compress(picture, options);
    if (!file || (meta.icc.empty() && meta.exif.empty() && meta.xmp.empty()))
        return file;
    return add_chunks(*file, meta);
}

} // namespace engine::image
