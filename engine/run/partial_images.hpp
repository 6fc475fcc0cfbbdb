// partial_images: the files behind partial images, where the manifest keeps them. A convenience: no
// failure here ends an attempt or costs anything, it only leaves a file out.
#pragma once

#include "engine/job/event.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/runtime/files.hpp"

#include <memory>
#include <string>
#include <vector>

namespace engine::run {

class partial_images {
public:
    // `disk` and `folder` must outlive it.
    partial_images(runtime::files& disk, const job::output_folder& folder, std::string item,
                   std::string key, int attempt);
    ~partial_images(); // removes what was begun and never ended

    [[nodiscard]] bool begin(int index);
    void write(base::byte_view bytes);
    void end();

    // What is stored, in the order in which they came.
    [[nodiscard]] const std::vector<job::stored_partial>& stored() const { return stored_; }

private:
    void drop();

    runtime::files& disk_;
    const job::output_folder& folder_;
    [[nodiscard]] std::string path(const std::string& extension) const;

    std::string item_;
    std::string key_;
    int attempt_;
    int index_ = 0;
    std::string unfinished_; // its temporary name
    std::unique_ptr<runtime::output_file> file_;
    std::string head_; // its first bytes: they say what it is
    std::uint64_t bytes_ = 0;
    std::vector<job::stored_partial> stored_;
};

} // namespace engine::run
