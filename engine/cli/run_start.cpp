#include "engine/cli/run_start.hpp"

#include <algorithm>
#include <cstdio>
#include <random>
#include <unistd.h>

namespace engine::cli {

std::string new_run_id(base::wall_time now)
{
    auto stamp = base::format_rfc3339(now); // 2026-11-20T10:00:05.123Z
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    char tail[8];
    std::snprintf(tail, sizeof tail, "%04x", std::random_device{}() & 0xFFFFu);
    return "r-" + stamp.substr(0, 8) + "-" + stamp.substr(9, 6) + "-" + tail;
}

std::string host_name()
{
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? std::string(name) : std::string("unknown");
}

std::unique_ptr<runtime::file_lock> take_folder(runtime::files& disk,
                                                const job::output_folder& folder)
{
    for (const auto& path : {folder.root(), folder.received_folder()})
        if (auto made = disk.make_directories(path); !made) {
            std::fprintf(stderr, "darkroom: %s\n", made.error().message().c_str());
            return nullptr;
        }
    auto lock = disk.lock(folder.lock());
    if (lock)
        return std::move(*lock);
    if (lock.error().code == std::errc::resource_unavailable_try_again)
        std::fprintf(stderr, "darkroom: another run is writing to %s; wait for it or stop it\n",
                     folder.root().c_str());
    else
        std::fprintf(stderr, "darkroom: %s\n", lock.error().message().c_str());
    return nullptr;
}

} // namespace engine::cli
