// cache_note: what lies beside a picture in a shared cache: which picture it is, who made it when
// and for how much. A value and its JSON; no disk.
//
// Nothing secret is in it: of the prompt and the references only the content key, which is a hash.
// Where people of several projects share a cache, everyone who can read it sees the rest.
#pragma once

#include "engine/base/money.hpp"
#include "engine/base/result.hpp"
#include "engine/base/wall_time.hpp"
#include "engine/job/image_size.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace engine::plan {

struct cache_note {
    std::string key;    // content key, 64 hexadecimal digits
    std::string parent; // SHA-256 of the picture that this one continues; empty = none
    std::string sha256; // of the picture's bytes
    std::uint64_t bytes = 0;
    std::string format; // png, jpeg, webp
    job::image_size size;
    bool transparent = false; // at least one pixel lets something through
    std::string provider;     // its name in the manifest that bought it
    std::string base_url;     // its address: another place may call other things by the same name
    std::string api;
    std::string model; // as it was asked for
    std::string model_returned;
    std::string mainline_model;
    base::microusd cost;
    base::wall_time made{};
    std::string engine_version;
};

[[nodiscard]] std::string to_text(const cache_note& note);
// Outside bytes: a failure says what is wrong. `where` names the file.
[[nodiscard]] base::result<cache_note> parse_cache_note(std::string_view text,
                                                        const std::string& where);

// Where a picture and its note lie in the cache `folder`: FOLDER/ab/ID.json and
// FOLDER/ab/ID-SHA.img. ID is the content key, or, where the picture continues another one, a hash
// of the key and that picture. The note names the picture by its bytes, so that two processes which
// write at once cannot put one's note beside the other's picture.
[[nodiscard]] std::string cache_id(const std::string& key, const std::string& parent);
[[nodiscard]] std::string cache_note_path(const std::string& folder, const std::string& id);
[[nodiscard]] std::string cache_picture_path(const std::string& folder, const std::string& id,
                                             const std::string& sha256);

} // namespace engine::plan
