#include "engine/manifest/font_files.hpp"

#include "engine/base/sha256.hpp"

namespace engine::manifest {

base::result<const font_files::opened*> font_files::inspect(const std::string& path)
{
    auto known = files_.find(path);
    if (known == files_.end()) {
        const auto read = [&]() -> base::result<opened> {
            auto bytes = disk_.read(path, job::font_bytes_max);
            if (!bytes)
                return base::fail(bytes.error().code, "read " + path,
                                  bytes.error().code == std::errc::file_too_large
                                      ? "more than 32 MiB"
                                      : bytes.error().code.message());
            opened font{base::sha256_hex(*bytes),
                        std::make_shared<const std::string>(std::move(*bytes))};
            if (const auto set = image::font_set::open({{path, font.bytes}}); !set)
                return std::unexpected(set.error());
            return font;
        };
        known = files_.emplace(path, read()).first;
    }
    if (!known->second)
        return std::unexpected(known->second.error());
    return &*known->second;
}

base::result<const image::font_set*> font_files::set_of(const std::vector<std::string>& paths)
{
    auto known = sets_.find(paths);
    if (known == sets_.end()) {
        std::vector<image::font_source> sources;
        for (const auto& path : paths) {
            const auto font = inspect(path);
            if (!font)
                return std::unexpected(font.error());
            sources.push_back({path, (*font)->bytes});
        }
        auto set = image::font_set::open(sources);
        if (!set)
            return std::unexpected(set.error());
        known = sets_.emplace(paths, std::move(*set)).first;
    }
    return &known->second;
}

} // namespace engine::manifest
