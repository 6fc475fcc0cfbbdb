#include "engine/run/received_image.hpp"

#include "engine/base/assert.hpp"
#include "engine/job/output_folder.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

namespace engine::run {

received_image::received_image(runtime::files& disk, std::string path,
                               std::unique_ptr<partial_images> partials)
    : disk_(disk), path_(std::move(path)), partials_(std::move(partials))
{}

received_image::~received_image()
{
    if (file_)
        (void)disk_.remove(path_ + ".part");
}

base::result<void> received_image::begin()
{
    auto opened = disk_.create(path_ + ".part"); // drops what an earlier image had left in it
    if (!opened)
        return std::unexpected(opened.error());
    file_ = std::move(*opened);
    return {};
}

base::result<void> received_image::write(base::byte_view bytes)
{
    ENGINE_ASSERT(file_ != nullptr);
    return file_->append(bytes);
}

base::result<void> received_image::keep(const std::string& note)
{
    ENGINE_ASSERT(file_ != nullptr);
    // The note first: bytes under their final name then have it.
    const auto note_path = job::output_folder::note_of(path_);
    (void)runtime::write_whole(disk_, note_path, base::as_bytes(note));
    if (auto synced = file_->sync(); !synced)
        return synced;
    if (auto closed = file_->close(); !closed)
        return closed;
    if (auto renamed = disk_.rename(path_ + ".part", path_); !renamed)
        return renamed;
    file_.reset();
    // The ledger is about to call it delivered: a crash that took the name would have it bought
    // again. A failure loses nothing yet, and whoever stores the bytes meets it too.
    (void)disk_.sync_directory(path_.substr(0, path_.rfind('/')));
    return {};
}

namespace {

// N of "KEY-N.img..."; a name of another shape belongs to no attempt and is kept.
int attempt_in(std::string_view name)
{
    const auto dash = name.find('-');
    int number = 0;
    if (dash != std::string_view::npos)
        std::from_chars(name.data() + dash + 1, name.data() + name.size(), number);
    return number > 0 ? number : std::numeric_limits<int>::max();
}

} // namespace

void sweep_received(runtime::files& disk, const job::output_folder& folder,
                    const ledger::history& history)
{
    for (const auto& kept : {folder.received_folder(), folder.file("partials"),
                             folder.enriched_folder(), folder.kept_folder()})
        for (const auto& name : disk.list(kept).value_or(std::vector<std::string>{}))
            if (name.ends_with(".part"))
                (void)disk.remove(kept + "/" + name);
    for (const auto& name :
         disk.list(folder.received_folder()).value_or(std::vector<std::string>{})) {
        const std::string path = folder.received_folder() + "/" + name;
        const auto record = history.find(std::string_view(name).substr(0, name.find('-')));
        const int attempt = attempt_in(name);
        const bool stored = record && attempt <= record->done_attempts;
        const bool alone = name.ends_with(".line") && !disk.info(path.substr(0, path.size() - 5));
        if (stored || alone)
            (void)disk.remove(path);
        else if (record && !name.ends_with(".line") &&
                 std::ranges::find(record->bad_attempts, attempt) != record->bad_attempts.end() &&
                 disk.make_directories(folder.quarantine_folder())) {
            (void)disk.rename(path, folder.quarantined(record->key, attempt));
            (void)disk.remove(job::output_folder::note_of(path));
        }
    }
    // A process that was killed may not have got to it, and this run is about to rely on the names.
    (void)disk.sync_directory(folder.received_folder());
}

} // namespace engine::run
