#include "engine/ledger/reader.hpp"

#include "engine/ledger/line.hpp"

#include <algorithm>

namespace engine::ledger {

namespace {

constexpr std::uint64_t chunk_bytes = 4u << 20; // larger than any line

base::failure damaged(const std::string& path, std::int64_t line, std::uint64_t offset,
                      const base::failure& why)
{
    return base::fail(errc::damaged, "read " + path,
                      "line " + std::to_string(line) + " (byte " + std::to_string(offset) +
                          "): " + why.message() +
                          ". Nothing was changed. The ledger says what was already paid for, so it "
                          "is not guessed at: look at that line, take it out or restore the file "
                          "from a copy, and run the same command again")
        .error();
}

// The rest of a file that holds no newline in its first `chunk_bytes` bytes: torn if it never has
// one, else a line that is too long.
base::result<void> check_torn(runtime::files& disk, const std::string& path, std::int64_t line,
                              std::uint64_t offset, std::uint64_t end)
{
    for (std::uint64_t at = offset; at < end;) {
        const auto chunk = disk.read_at(path, at, std::min(chunk_bytes, end - at));
        if (!chunk)
            return std::unexpected(chunk.error());
        if (chunk->find('\n') != std::string::npos)
            return std::unexpected(damaged(
                path, line, offset, base::fail(errc::line_too_long, "read ledger line").error()));
        if (chunk->empty())
            break;
        at += chunk->size();
    }
    return {};
}

} // namespace

base::result<read_counts> read_events(runtime::files& disk, const std::string& path,
                                      const std::function<void(job::event&&, line_place)>& visit)
{
    read_counts counts;
    const auto there = disk.info(path);
    if (!there)
        return counts;
    std::uint64_t end = there->bytes;
    std::uint64_t offset = 0; // of the first byte that no line was made of yet
    while (offset < end) {
        const auto wanted = std::min(chunk_bytes, end - offset);
        const auto chunk = disk.read_at(path, offset, wanted);
        if (!chunk)
            return std::unexpected(chunk.error());
        if (chunk->size() < wanted) // somebody made it shorter meanwhile
            end = offset + chunk->size();
        std::string_view rest = *chunk;
        for (auto newline = rest.find('\n'); newline != std::string_view::npos;
             newline = rest.find('\n')) {
            auto happened = from_line(rest.substr(0, newline));
            if (!happened)
                return std::unexpected(damaged(path, counts.lines + 1, offset, happened.error()));
            ++counts.lines;
            visit(std::move(*happened), {offset, static_cast<std::uint32_t>(newline)});
            offset += newline + 1;
            rest.remove_prefix(newline + 1);
        }
        if (offset + rest.size() == end)
            break; // what is left has no newline: torn, or being written just now
        if (rest.size() == chunk->size()) {
            if (auto torn = check_torn(disk, path, counts.lines + 1, offset, end); !torn)
                return std::unexpected(torn.error());
            break;
        }
    }
    counts.torn_bytes = end - offset;
    return counts;
}

base::result<job::event> read_event(runtime::files& disk, const std::string& path, line_place place)
{
    const auto line = disk.read_at(path, place.offset, place.bytes);
    if (!line)
        return std::unexpected(line.error());
    return from_line(*line);
}

} // namespace engine::ledger
