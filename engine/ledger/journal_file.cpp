#include "engine/ledger/journal_file.hpp"

#include <algorithm>

namespace engine::ledger {

namespace {

constexpr std::uint64_t chunk_bytes = 256u << 10;

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

// Bytes up to and with the last newline.
base::result<std::uint64_t> whole_lines_bytes(runtime::files& disk, const std::string& path,
                                              std::uint64_t bytes)
{
    while (bytes > 0) {
        const std::uint64_t start = bytes > chunk_bytes ? bytes - chunk_bytes : 0;
        const auto chunk = disk.read_at(path, start, bytes - start);
        if (!chunk)
            return std::unexpected(chunk.error());
        const auto newline = chunk->rfind('\n');
        if (newline != std::string::npos)
            return start + newline + 1;
        bytes = start;
    }
    return 0;
}

base::result<void> keep_torn(runtime::files& disk, const std::string& path, std::uint64_t from,
                             std::uint64_t to, const std::string& kept_in)
{
    auto file = disk.append_to(kept_in);
    if (!file)
        return std::unexpected(file.error());
    while (from < to) {
        const auto chunk = disk.read_at(path, from, std::min(chunk_bytes, to - from));
        if (!chunk)
            return std::unexpected(chunk.error());
        if (chunk->empty()) // somebody else made it shorter
            break;
        from += chunk->size();
        if (auto written = (*file)->append(base::as_bytes(*chunk)); !written)
            return written;
    }
    if (auto written = (*file)->append(base::as_bytes("\n")); !written)
        return written;
    if (auto synced = (*file)->sync(); !synced)
        return synced;
    return (*file)->close();
}

} // namespace

base::result<journal_file> open_journal_file(runtime::files& disk, const std::string& path)
{
    const auto there = disk.info(path);
    const std::uint64_t bytes = there ? there->bytes : 0;
    const auto whole = whole_lines_bytes(disk, path, bytes);
    if (!whole)
        return std::unexpected(whole.error());

    journal_file opened;
    if (*whole < bytes) {
        opened.torn = torn_tail{bytes - *whole, path + ".torn"};
        if (auto kept = keep_torn(disk, path, *whole, bytes, opened.torn->kept_in); !kept)
            return std::unexpected(kept.error());
        if (auto cut = disk.truncate(path, *whole); !cut)
            return std::unexpected(cut.error());
    }
    auto file = disk.append_to(path);
    if (!file)
        return std::unexpected(file.error());
    opened.file = std::move(*file);
    if (opened.torn || bytes == 0) {
        // The cut, and the name of a file that is new or was never written, must survive a crash.
        if (auto synced = opened.file->sync(); !synced)
            return std::unexpected(synced.error());
        if (auto synced = disk.sync_directory(folder_of(path)); !synced)
            return std::unexpected(synced.error());
    }
    return opened;
}

} // namespace engine::ledger
