// file_store: what POST /v1/files was given, until it is deleted. Contract: section 10.
//
// Bounded: beyond `bytes_max` or `files_max` an upload is refused, so that what a client was told
// to be there stays there.
#pragma once

#include "engine/base/json.hpp"
#include "engine/sim/api_error.hpp"
#include "engine/sim/shared_text.hpp"

#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace engine::sim {

struct stored_file {
    std::uint64_t serial = 0; // newer ones have higher numbers
    std::string id;           // "file-" and 32 hexadecimal digits
    std::string name;
    std::string purpose;
    std::int64_t created = 0;                 // Unix seconds
    std::optional<std::int64_t> expires = {}; // as asked; it is not acted upon
    shared_text body;                         // of the upload,
    std::string_view content;                 // which is inside

    [[nodiscard]] base::json to_json() const;
};

struct file_store_options {
    std::size_t bytes_max = 512u << 20;
    std::size_t files_max = 10'000;
};

class file_store {
public:
    explicit file_store(std::uint64_t seed, file_store_options options = {})
        : seed_(seed), options_(options)
    {}

    // POST /v1/files: the new file, or why not.
    [[nodiscard]] std::expected<const stored_file*, api_error>
    upload(shared_text body, std::string_view content_type, std::int64_t now);
    [[nodiscard]] const stored_file* find(std::string_view id) const; // null when it is not there
    [[nodiscard]] bool remove(std::string_view id);

    // GET /v1/files: at most `limit` after the file `after`, newest first unless `ascending`.
    struct listing {
        std::string_view purpose{}, after{};
        std::size_t limit = 10'000;
        bool ascending = false;
    };
    [[nodiscard]] base::json list(const listing& wanted) const;
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
    std::uint64_t seed_;
    file_store_options options_;
    std::uint64_t serial_ = 0;
    std::size_t bytes_ = 0;
    std::map<std::string, stored_file, std::less<>> files_;
};

// The refusal of a request that names a file which is not there.
[[nodiscard]] api_error file_not_found(std::string_view id, std::string_view param);

} // namespace engine::sim
