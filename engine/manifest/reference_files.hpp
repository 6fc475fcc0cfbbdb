// reference_files: what the reference photos and masks are: format, size, alpha, bytes, hash. Each
// file is read once, in pieces, however many items use it.
#pragma once

#include "engine/base/result.hpp"
#include "engine/base/sha256.hpp"
#include "engine/job/image_request.hpp"
#include "engine/runtime/files.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>

namespace engine::manifest {

class reference_files {
public:
    // `disk` must outlive it. Remembers once to twice `remembered` files, the most recent ones; the
    // default takes at most about 60 MB (guess: a catalogue has one photo a product).
    explicit reference_files(runtime::files& disk, std::size_t remembered = 131'072)
        : disk_(disk), remembered_(remembered)
    {}

    // Everything of a reference_image but `source` and `rights`. The failure's detail says in words
    // what is wrong with the file; what could not be read is tried again the next time.
    [[nodiscard]] base::result<job::reference_image> inspect(const std::string& path);

private:
    struct facts {
        base::sha256_digest hash{};
        std::uint64_t bytes = 0;
        job::image_size size;
        job::image_format format = job::image_format::png;
        bool has_alpha = false;
    };
    using generation = std::unordered_map<std::string, facts>;

    [[nodiscard]] base::result<facts> read(const std::string& path);
    const facts* find(const std::string& path);
    void make_room(); // for one more in recent_

    runtime::files& disk_;
    std::size_t remembered_;
    generation recent_, older_; // a full `recent_` becomes `older_`; what is used moves up
};

} // namespace engine::manifest
