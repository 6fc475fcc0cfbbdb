#include "engine/run/kept_image.hpp"

#include "engine/base/json.hpp"
#include "engine/base/sha256.hpp"
#include "engine/image/sniff.hpp"

#include <algorithm>
#include <cerrno>
#include <tuple>

namespace engine::run {

namespace {

constexpr std::uint64_t picture_bytes_max = 256u << 20; // as image_store reads at most
constexpr std::uint64_t note_bytes_max = 64u << 10;

base::result<job::reference_image> describe(runtime::files& disk, const std::string& path)
{
    const auto bytes = disk.read(path, picture_bytes_max);
    if (!bytes)
        return std::unexpected(bytes.error());
    const auto header = image::sniff(base::as_bytes(*bytes));
    if (!header)
        return std::unexpected(header.error());
    job::reference_image picture;
    picture.path = path;
    picture.sha256 = base::sha256_hex(*bytes);
    picture.format = header->format;
    picture.size = header->size;
    picture.has_alpha = header->has_alpha;
    picture.bytes = bytes->size();
    return picture;
}

// Without its note a picture can still be fed as a reference.
image_maker read_note(runtime::files& disk, const std::string& path)
{
    image_maker maker;
    const auto text = disk.read(path, note_bytes_max);
    if (!text)
        return maker;
    const auto note = base::parse_json(*text, path);
    if (!note)
        return maker;
    maker.provider = (*note)["provider"].text_or({});
    maker.api = (*note)["api"].text_or({});
    maker.response_id = (*note)["response_id"].text_or({});
    return maker;
}

} // namespace

base::result<void> keep_image(runtime::files& disk, const job::output_folder& folder,
                              const std::string& key, const std::string& received,
                              const image_maker& maker)
{
    if (auto made = disk.make_directories(folder.kept_folder()); !made)
        return made;
    const auto note =
        base::json::make_object(
            {{"provider", maker.provider}, {"api", maker.api}, {"response_id", maker.response_id}})
            .dump();
    // The note first: a picture under its final name then has it.
    if (auto written = runtime::write_whole(disk, folder.kept_note(key), base::as_bytes(note));
        !written)
        return written;
    if (auto linked = disk.link_or_copy(received, folder.kept(key)); !linked)
        return linked;
    return disk.sync_directory(folder.kept_folder());
}

base::result<earlier_image> find_earlier_image(runtime::files& disk,
                                               const job::output_folder& folder,
                                               const std::string& key, stored_files known)
{
    earlier_image found;
    if (auto kept = describe(disk, folder.kept(key))) {
        found.picture = std::move(*kept);
        found.maker = read_note(disk, folder.kept_note(key));
        return found;
    }
    // Made before anything continued it: as received if it is stored so, else the largest output.
    const auto rank = [&](const job::stored_output& one) {
        const bool as_received = one.sha256 == known.received_sha256;
        const auto area = job::image_size{one.width, one.height}.area();
        return std::tuple(!as_received, -area, one.name);
    };
    std::ranges::sort(known.outputs, {}, rank);
    for (const auto& output : known.outputs)
        if (auto stored = describe(disk, folder.file(output.path))) {
            found.is_output = stored->sha256 != known.received_sha256;
            found.picture = std::move(*stored);
            return found;
        }
    return base::fail_errno(ENOENT, "find the picture of the item before: neither it nor an "
                                    "output of it is there any more");
}

base::result<void> keep_for_sharing(runtime::files& disk, const job::output_folder& folder,
                                    const std::string& key, const std::string& received)
{
    if (auto made = disk.make_directories(folder.kept_folder()); !made)
        return made;
    // A note about an earlier picture would be no true word about this one.
    if (auto removed = disk.remove(folder.kept_note(key)); !removed)
        return removed;
    if (auto linked = disk.link_or_copy(received, folder.kept(key)); !linked)
        return linked;
    return disk.sync_directory(folder.kept_folder());
}

base::result<void> preserve_original(runtime::files& disk, const job::output_folder& folder,
                                     const std::string& key, const std::string& source)
{
    if (disk.info(folder.kept(key)))
        return {};
    return keep_for_sharing(disk, folder, key, source);
}

void sweep_kept(runtime::files& disk, const job::output_folder& folder,
                const ledger::history& history, bool all_done)
{
    for (const auto& key : kept_for_a_while(disk, folder)) {
        const auto record = history.find(key);
        const bool stored_as_received =
            record && record->state == job::item_state::done &&
            std::ranges::any_of(record->outputs, [&](const job::stored_output& output) {
                const auto info = disk.info(folder.file(output.path));
                return output.sha256 == record->received_sha256 && info &&
                       info->bytes == output.bytes;
            });
        if (all_done || stored_as_received)
            (void)disk.remove(folder.kept(key));
    }
}

std::vector<std::string> kept_for_a_while(runtime::files& disk, const job::output_folder& folder)
{
    constexpr std::string_view ending = ".img";
    std::vector<std::string> keys;
    const auto names = disk.list(folder.kept_folder());
    if (!names)
        return keys;
    for (const std::string_view name : *names) {
        if (!name.ends_with(ending))
            continue;
        std::string key(name.substr(0, name.size() - ending.size()));
        if (!disk.info(folder.kept_note(key)))
            keys.push_back(std::move(key));
    }
    return keys;
}

} // namespace engine::run
