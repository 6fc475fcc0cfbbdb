// font_files: the fonts that texts are set in: their hashes, and which characters they have. Each
// file is read once, and all fonts are held as long as the manifest is gone through: a manifest has
// a handful.
#pragma once

#include "engine/base/result.hpp"
#include "engine/image/fonts.hpp"
#include "engine/job/output_spec.hpp"
#include "engine/runtime/files.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace engine::manifest {

class font_files {
public:
    // `disk` must outlive it.
    explicit font_files(runtime::files& disk) : disk_(disk) {}

    struct opened {
        std::string sha256;
        std::shared_ptr<const std::string> bytes;
    };
    // Readable, a font, and not over the bound. The failure's detail says in words what is wrong.
    [[nodiscard]] base::result<const opened*> inspect(const std::string& path);

    // The same set for the same paths; each must have passed inspect().
    [[nodiscard]] base::result<const image::font_set*>
    set_of(const std::vector<std::string>& paths);

private:
    runtime::files& disk_;
    std::map<std::string, base::result<opened>, std::less<>> files_;
    std::map<std::vector<std::string>, image::font_set> sets_;
};

} // namespace engine::manifest
