#include "engine/manifest/reference_files.hpp"

#include "engine/image/errc.hpp"
#include "engine/image/sniff.hpp"

#include <algorithm>

namespace engine::manifest {

namespace {

constexpr std::uint64_t piece_bytes = 1u << 20;
constexpr std::size_t header_bytes_max = 16u << 20; // profiles and EXIF before the picture
constexpr std::uint64_t file_bytes_max = 1u << 30;  // ours: no provider takes a tenth of it

} // namespace

const reference_files::facts* reference_files::find(const std::string& path)
{
    if (const auto known = recent_.find(path); known != recent_.end())
        return &known->second;
    const auto old = older_.find(path);
    if (old == older_.end())
        return nullptr;
    auto known = older_.extract(old);
    make_room();
    return &recent_.insert(std::move(known)).position->second;
}

void reference_files::make_room()
{
    if (recent_.size() < remembered_)
        return;
    older_ = std::move(recent_);
    recent_.clear();
}

base::result<job::reference_image> reference_files::inspect(const std::string& path)
{
    const auto* known = find(path);
    if (!known) {
        auto fresh = read(path);
        if (!fresh)
            return std::unexpected(fresh.error());
        make_room();
        known = &recent_.emplace(path, *fresh).first->second;
    }
    job::reference_image image;
    image.path = path;
    image.sha256 = base::hex(known->hash);
    image.format = known->format;
    image.size = known->size;
    image.has_alpha = known->has_alpha;
    image.bytes = known->bytes;
    return image;
}

base::result<reference_files::facts> reference_files::read(const std::string& path)
{
    const std::string where = "read " + path;
    facts found;
    base::sha256 hash;
    std::string head; // as much of the start as sniff() needs
    base::result<image::image_header> header =
        base::fail(make_error_code(image::errc::need_more), where);
    for (;;) {
        auto piece = disk_.read_at(path, found.bytes, piece_bytes);
        if (!piece)
            return base::fail(piece.error().code, where, piece.error().code.message());
        if (piece->empty())
            break;
        hash.update(*piece);
        found.bytes += piece->size();
        if (found.bytes > file_bytes_max)
            return base::fail(std::make_error_code(std::errc::file_too_large), where,
                              "more than 1 GiB");
        if (!header && header.error().code == image::errc::need_more &&
            head.size() < header_bytes_max) {
            head += *piece;
            header = image::sniff(base::as_bytes(head));
            if (!header && header.error().code != image::errc::need_more)
                break; // nothing that more bytes could mend
        }
        if (piece->size() < piece_bytes)
            break; // the end
    }
    if (!header) {
        std::string why = header.error().detail;
        if (header.error().code == image::errc::need_more)
            why = found.bytes == 0 ? "the file is empty" : "the file is cut off";
        return base::fail(header.error().code, where, why + "; expected a PNG, JPEG or WebP image");
    }
    found.hash = hash.finish();
    found.format = header->format;
    found.size = header->size;
    found.has_alpha = header->has_alpha;
    return found;
}

} // namespace engine::manifest
