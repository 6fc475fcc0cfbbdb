#include "engine/run/cache_store.hpp"

#include "engine/base/sha256.hpp"
#include "engine/plan/picture_cache.hpp"
#include "engine/run/settlement.hpp"

namespace engine::run {

namespace {

std::string folder_of(const std::string& path)
{
    return path.substr(0, path.rfind('/'));
}

base::result<void> write_synced(runtime::files& disk, const std::string& path,
                                base::byte_view bytes)
{
    auto file = disk.create(path);
    if (!file)
        return std::unexpected(file.error());
    if (auto written = (*file)->append(bytes); !written)
        return written;
    if (auto synced = (*file)->sync(); !synced)
        return synced;
    return (*file)->close();
}

// Under a temporary name of the writer's own: several may write the same file at once.
base::result<void> write_atomically(runtime::files& disk, const std::string& path,
                                    base::byte_view bytes, const std::string& writer)
{
    const auto temporary = path + "." + writer + ".part";
    auto written = write_synced(disk, temporary, bytes);
    if (written)
        written = disk.rename(temporary, path);
    if (!written)
        (void)disk.remove(temporary);
    return written;
}

} // namespace

std::optional<plan::cache_note>
cache_note_for(const job::item& wanted, const job::attempt_ended& made, const store_result& stored,
               const std::string& parent, const std::string& base_url)
{
    const auto& front = wanted.routes.front();
    const auto asked =
        describe_attempt(wanted, job::request_for(wanted, front), front, made.attempt, {});
    const bool as_asked = made.api == front.api && made.model_requested == front.model &&
                          made.mainline_model == front.mainline_model &&
                          made.request.size == asked.request.size &&
                          made.request.quality == asked.request.quality &&
                          made.request.format == asked.request.format;
    if (!as_asked || is_other_model(made.model_requested, made.model_returned) ||
        base_url.empty() || (wanted.after && parent.empty()))
        return std::nullopt;
    plan::cache_note note;
    note.key = wanted.key;
    note.parent = wanted.after ? parent : std::string{};
    note.sha256 = stored.received_sha256;
    note.bytes = stored.received_bytes;
    note.format = job::name_of(stored.received_format);
    note.size = stored.received_size;
    note.transparent = stored.transparent;
    note.provider = made.route_owner;
    note.base_url = base_url;
    note.api = made.api;
    note.model = made.model_requested;
    note.model_returned = made.model_returned;
    note.mainline_model = made.mainline_model;
    note.cost = made.cost;
    note.engine_version = DARKROOM_VERSION;
    return note;
}

base::result<void> put_into_cache(runtime::files& disk, const std::string& folder,
                                  const plan::cache_note& note, const std::string& received,
                                  const std::string& writer)
{
    const auto id = plan::cache_id(note.key, note.parent);
    const auto note_path = plan::cache_note_path(folder, id);
    const auto picture_path = plan::cache_picture_path(folder, id, note.sha256);
    std::string replaced;
    if (const auto text = disk.read(note_path, 64u << 10)) {
        const auto before = plan::parse_cache_note(*text, note_path);
        if (before && before->key == note.key && before->parent == note.parent) {
            replaced = plan::cache_picture_path(folder, id, before->sha256);
            const auto info = disk.info(replaced);
            if (before->base_url == note.base_url && info && info->bytes == before->bytes) {
                const auto there = disk.read(replaced, plan::cached_picture_bytes_max);
                if (there && base::sha256_hex(*there) == before->sha256)
                    return {};
            }
        }
    }
    const auto bytes = disk.read(received, plan::cached_picture_bytes_max);
    if (!bytes)
        return std::unexpected(bytes.error());
    if (auto made = disk.make_directories(folder_of(note_path)); !made)
        return made;
    // The picture first: a note under its name then has it.
    if (auto written = write_atomically(disk, picture_path, base::as_bytes(*bytes), writer);
        !written)
        return written;
    if (auto written =
            write_atomically(disk, note_path, base::as_bytes(plan::to_text(note)), writer);
        !written)
        return written;
    if (!replaced.empty() && replaced != picture_path)
        (void)disk.remove(replaced);
    return disk.sync_directory(folder_of(note_path));
}

base::result<void> take_from_cache(runtime::files& disk, const std::string& picture,
                                   const std::string& file)
{
    const auto bytes = disk.read(picture, plan::cached_picture_bytes_max);
    if (!bytes)
        return std::unexpected(bytes.error());
    return write_synced(disk, file, base::as_bytes(*bytes));
}

} // namespace engine::run
