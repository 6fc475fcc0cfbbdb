// reference_store: the bytes of reference images and masks, read once and shared by every request
// that sends them.
#pragma once

#include "engine/job/image_request.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/run/picture_work.hpp"
#include "engine/runtime/slots.hpp"
#include "engine/runtime/task.hpp"
#include "engine/runtime/worker_pool.hpp"

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

namespace engine::run {

// Keeps the most recently used files up to a number of bytes; one that is being sent stays alive
// beyond that.
class reference_store {
public:
    // `work` and `pool` must outlive it. `bytes_max`: what may be kept while nobody sends it.
    reference_store(const picture_work& work, runtime::worker_pool& pool, std::uint64_t bytes_max);

    // The bytes of everything the request refers to. Fails when a file cannot be read, or is no
    // longer the one that was planned with (its SHA-256 differs): sending other bytes would break
    // what the content key says.
    [[nodiscard]] runtime::task<base::result<provider::image_inputs>>
    load(const job::image_request& request);

private:
    struct entry {
        std::string sha256;
        http::body_piece bytes;
    };
    [[nodiscard]] runtime::task<base::result<http::body_piece>>
    load_one(job::reference_image wanted);
    [[nodiscard]] http::body_piece find(const std::string& sha256); // null if it is not kept
    void keep(entry made);

    runtime::slots reading_{1}; // one at a time: a thousand requests for one photo read it once
    const picture_work& work_;
    runtime::worker_pool& pool_;
    std::uint64_t bytes_max_;
    std::uint64_t bytes_ = 0;
    std::list<entry> recent_; // newest first
    std::unordered_map<std::string, std::list<entry>::iterator> by_hash_;
};

} // namespace engine::run
