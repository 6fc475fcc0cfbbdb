// writers: the encoder of each format, behind encode(), which has decided what goes into the file.
// Private to the room.
#pragma once

#include "engine/image/encode.hpp"

namespace engine::image {

// What is written beside the pixels; empty views are left out.
struct carried_metadata {
    base::byte_view icc = {}, exif = {}, xmp = {};
};

// Blocks that the format cannot hold are left out with a note.
[[nodiscard]] base::byte_buffer write_png(const pixels& picture, const carried_metadata& meta,
                                          png_effort effort);
[[nodiscard]] base::result<base::byte_buffer> write_jpeg(const pixels& opaque,
                                                         const carried_metadata& meta, int quality,
                                                         std::vector<std::string>& notes);
[[nodiscard]] base::result<base::byte_buffer>
write_webp(const pixels& picture, const carried_metadata& meta, const encode_options& options);

} // namespace engine::image
