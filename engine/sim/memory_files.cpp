#include "engine/sim/memory_files.hpp"

#include "engine/sim/unsynced.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace engine::sim {

std::string_view name_of(disk_change value)
{
    static constexpr std::array<std::string_view, 10> all = {
        "append", "sync", "close",  "create",           "truncate",
        "rename", "link", "remove", "make_directories", "sync_directory"};
    return all[static_cast<std::size_t>(value)];
}

struct memory_files::state {
    explicit state(file_names names) : names(std::move(names)) {}

    mutable std::mutex guard; // everything below
    file_names names;
    std::set<std::string> folders = {"/", "."};
    std::set<std::string> locks;
    std::size_t open_files = 0;
    bool dead = false;

    std::uint64_t points = 0;
    std::optional<std::uint64_t> fails_at; // number of the point
    int error = EIO;
    bool fails_for_ever = false;
    std::optional<std::uint64_t> room; // bytes that still fit
    bool full_for_ever = false;
    bool failed = false;

    [[nodiscard]] base::result<void> need_folder(const std::string& path) const
    {
        if (!folders.contains(folder_of(path)))
            return base::fail_errno(ENOENT, "open " + path);
        if (folders.contains(path))
            return base::fail_errno(EISDIR, "open " + path);
        return {};
    }
    // Whether a new name still fits on the disk.
    [[nodiscard]] base::result<void> need_room(const std::string& path)
    {
        if (!room || *room > 0 || !full_for_ever)
            return {};
        failed = true;
        return base::fail_errno(ENOSPC, "make " + path);
    }
    [[nodiscard]] base::result<void> alive(const std::string& path) const
    {
        if (dead)
            return base::fail_errno(EIO, "the disk is gone: " + path);
        return {};
    }
    [[nodiscard]] base::failure no_such_file(const std::string& path) const
    {
        const int why = folders.contains(path) ? EISDIR : ENOENT;
        return base::fail_errno(why, "read " + path).error();
    }
};

class memory_files::open_file final : public runtime::output_file {
public:
    open_file(memory_files& disk, file_ptr what, std::string path)
        : disk_(disk), all_(disk.all_), file_(std::move(what)), path_(std::move(path))
    {}
    ~open_file() override { leave(); }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;

    base::result<void> append(base::byte_view bytes) override
    {
        if (auto may = disk_.pass(disk_change::append, path_); !may)
            return may;
        const std::scoped_lock lock(all_->guard);
        if (auto alive = all_->alive(path_); !alive)
            return alive;
        const auto text = base::as_text(bytes);
        auto& room = all_->room;
        if (room && text.size() > *room) {
            file_->append(text.substr(0, *room));
            all_->failed = true;
            room = all_->full_for_ever ? std::optional<std::uint64_t>(0) : std::nullopt;
            return base::fail_errno(ENOSPC, "write " + path_);
        }
        if (room)
            *room -= text.size();
        file_->append(text);
        return {};
    }
    base::result<void> sync() override
    {
        if (auto may = disk_.pass(disk_change::sync, path_); !may)
            return may;
        const std::scoped_lock lock(all_->guard);
        if (auto alive = all_->alive(path_); !alive)
            return alive;
        file_->sync();
        return {};
    }
    base::result<void> close() override
    {
        leave();
        if (auto may = disk_.pass(disk_change::close, path_); !may)
            return may;
        const std::scoped_lock lock(all_->guard);
        return all_->alive(path_);
    }

private:
    void leave()
    {
        if (std::exchange(counted_, false)) {
            const std::scoped_lock lock(all_->guard);
            --all_->open_files;
        }
    }

    memory_files& disk_; // outlives what was opened, as files.hpp demands
    std::shared_ptr<state> all_;
    file_ptr file_;
    std::string path_;
    bool counted_ = true;
};

class memory_files::held_lock final : public runtime::file_lock {
public:
    held_lock(std::shared_ptr<state> all, std::string path)
        : all_(std::move(all)), path_(std::move(path))
    {}
    ~held_lock() override
    {
        const std::scoped_lock lock(all_->guard);
        all_->locks.erase(path_);
    }
    held_lock(const held_lock&) = delete;
    held_lock& operator=(const held_lock&) = delete;

private:
    std::shared_ptr<state> all_;
    std::string path_;
};

memory_files::memory_files(bool remembers) : all_(std::make_shared<state>(file_names(remembers)))
{}
memory_files::memory_files(std::shared_ptr<state> all) : all_(std::move(all))
{}
memory_files::~memory_files() = default;

std::uint64_t memory_files::points() const
{
    const std::scoped_lock lock(all_->guard);
    return all_->points;
}

void memory_files::fail_from(std::uint64_t from, int error, bool for_ever)
{
    const std::scoped_lock lock(all_->guard);
    all_->fails_at = all_->points + from;
    all_->error = error;
    all_->fails_for_ever = for_ever;
}

void memory_files::fill_after(std::uint64_t bytes, bool for_ever)
{
    const std::scoped_lock lock(all_->guard);
    all_->room = bytes;
    all_->full_for_ever = for_ever;
}

void memory_files::repair()
{
    const std::scoped_lock lock(all_->guard);
    all_->fails_at.reset();
    all_->room.reset();
    all_->failed = false;
}

bool memory_files::failed() const
{
    const std::scoped_lock lock(all_->guard);
    return all_->failed;
}

bool memory_files::dead() const
{
    const std::scoped_lock lock(all_->guard);
    return all_->dead;
}

std::unique_ptr<memory_files> memory_files::crash(double kept, std::uint64_t seed)
{
    const std::scoped_lock lock(all_->guard);
    base::random dice(seed);
    auto next = std::make_shared<state>(all_->names.after_crash(kept, dice));
    next->folders = all_->folders;
    all_->dead = true;
    return std::unique_ptr<memory_files>(new memory_files(std::move(next)));
}

std::vector<std::string> memory_files::paths() const
{
    const std::scoped_lock lock(all_->guard);
    std::vector<std::string> found;
    for (const auto& [path, what] : all_->names.now())
        found.push_back(path);
    return found;
}

std::size_t memory_files::open_files() const
{
    const std::scoped_lock lock(all_->guard);
    return all_->open_files + all_->locks.size();
}

base::result<void> memory_files::pass(disk_change change, const std::string& path)
{
    disk_point point{0, change, path};
    {
        const std::scoped_lock lock(all_->guard);
        if (auto alive = all_->alive(path); !alive)
            return alive;
        point.number = all_->points++;
    }
    if (at_point)
        at_point(point);
    const std::scoped_lock lock(all_->guard);
    if (auto alive = all_->alive(path); !alive)
        return alive;
    const auto& from = all_->fails_at;
    if (from && (point.number == *from || (point.number > *from && all_->fails_for_ever))) {
        all_->failed = true;
        return base::fail_errno(all_->error, std::string(name_of(change)) + " " + path);
    }
    return {};
}

base::result<std::string> memory_files::read(const std::string& path, std::uint64_t bytes_max)
{
    const std::scoped_lock lock(all_->guard);
    if (auto alive = all_->alive(path); !alive)
        return std::unexpected(alive.error());
    const auto found = all_->names.find(path);
    if (!found)
        return std::unexpected(all_->no_such_file(path));
    if (found->text().size() > bytes_max)
        return base::fail_errno(EFBIG, "read " + path);
    return found->text();
}

base::result<std::string> memory_files::read_at(const std::string& path, std::uint64_t offset,
                                                std::uint64_t bytes_max)
{
    const std::scoped_lock lock(all_->guard);
    if (auto alive = all_->alive(path); !alive)
        return std::unexpected(alive.error());
    const auto found = all_->names.find(path);
    if (!found)
        return std::unexpected(all_->no_such_file(path));
    if (offset >= found->text().size())
        return std::string();
    return found->text().substr(offset, bytes_max);
}

base::result<std::unique_ptr<runtime::output_file>> memory_files::create(const std::string& path)
{
    return open(path, true);
}

base::result<std::unique_ptr<runtime::output_file>> memory_files::append_to(const std::string& path)
{
    return open(path, false);
}

base::result<std::unique_ptr<runtime::output_file>> memory_files::open(const std::string& path,
                                                                       bool truncates)
{
    if (auto may = pass(disk_change::create, path); !may)
        return std::unexpected(may.error());
    const std::scoped_lock lock(all_->guard);
    if (auto good = all_->need_folder(path); !good)
        return std::unexpected(good.error());
    auto found = all_->names.find(path);
    if (found && truncates)
        found->cut(0);
    if (!found) {
        if (auto fits = all_->need_room(path); !fits)
            return std::unexpected(fits.error());
        found = std::make_shared<file_bytes>();
        all_->names.make({{path, found}});
    }
    ++all_->open_files;
    return std::make_unique<open_file>(*this, std::move(found), path);
}

base::result<void> memory_files::truncate(const std::string& path, std::uint64_t bytes)
{
    if (auto may = pass(disk_change::truncate, path); !may)
        return may;
    const std::scoped_lock lock(all_->guard);
    const auto found = all_->names.find(path);
    if (!found)
        return std::unexpected(all_->no_such_file(path));
    found->cut(bytes);
    return {};
}

base::result<void> memory_files::rename(const std::string& from, const std::string& to)
{
    if (auto may = pass(disk_change::rename, to); !may)
        return may;
    const std::scoped_lock lock(all_->guard);
    const auto found = all_->names.find(from);
    if (!found)
        return std::unexpected(all_->no_such_file(from));
    if (auto good = all_->need_folder(to); !good)
        return good;
    if (all_->names.find(to) == found) // of two names of one file, rename() keeps both (POSIX)
        return {};
    all_->names.make({{from, nullptr}, {to, found}});
    return {};
}

// The same steps as on a real disk: a second name aside, then the exchange.
base::result<void> memory_files::link_or_copy(const std::string& from, const std::string& to)
{
    const std::string temporary = to + ".part";
    if (auto may = pass(disk_change::link, to); !may)
        return may;
    {
        const std::scoped_lock lock(all_->guard);
        const auto found = all_->names.find(from);
        if (!found)
            return std::unexpected(all_->no_such_file(from));
        if (auto good = all_->need_folder(to); !good)
            return good;
        if (auto fits = all_->need_room(to); !fits)
            return fits;
        all_->names.make({{temporary, found}});
    }
    auto renamed = rename(temporary, to);
    const std::scoped_lock lock(all_->guard);
    if (!all_->dead && all_->names.find(temporary))
        all_->names.make({{temporary, nullptr}});
    return renamed;
}

base::result<void> memory_files::remove(const std::string& path)
{
    if (auto may = pass(disk_change::remove, path); !may)
        return may;
    const std::scoped_lock lock(all_->guard);
    if (all_->folders.contains(path))
        return base::fail_errno(EISDIR, "remove " + path);
    if (all_->names.find(path))
        all_->names.make({{path, nullptr}});
    return {};
}

base::result<void> memory_files::make_directories(const std::string& path)
{
    if (auto may = pass(disk_change::make_directories, path); !may)
        return may;
    const std::scoped_lock lock(all_->guard);
    for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
        const std::string part = path.substr(0, slash);
        if (all_->names.find(part))
            return base::fail_errno(ENOTDIR, "make folder " + part);
        if (!part.empty() && !all_->folders.contains(part)) {
            if (auto fits = all_->need_room(part); !fits)
                return fits;
            all_->folders.insert(part);
        }
        if (slash == std::string::npos)
            return {};
    }
}

base::result<void> memory_files::sync_directory(const std::string& path)
{
    if (auto may = pass(disk_change::sync_directory, path); !may)
        return may;
    const std::scoped_lock lock(all_->guard);
    if (!all_->folders.contains(path))
        return base::fail_errno(ENOENT, "sync folder " + path);
    all_->names.sync(path);
    return {};
}

std::optional<runtime::file_info> memory_files::info(const std::string& path)
{
    const std::scoped_lock lock(all_->guard);
    if (all_->dead)
        return std::nullopt;
    if (all_->folders.contains(path))
        return runtime::file_info{0, true};
    const auto found = all_->names.find(path);
    if (!found)
        return std::nullopt;
    return runtime::file_info{found->text().size(), false};
}

base::result<std::vector<std::string>> memory_files::list(const std::string& directory)
{
    const std::scoped_lock lock(all_->guard);
    if (auto alive = all_->alive(directory); !alive)
        return std::unexpected(alive.error());
    if (!all_->folders.contains(directory))
        return base::fail_errno(ENOENT, "list " + directory);
    const std::string start = directory == "/" ? directory : directory + "/";
    std::set<std::string> found; // sorted
    for (auto file = all_->names.now().lower_bound(start);
         file != all_->names.now().end() && file->first.starts_with(start);) {
        const auto name = file->first.substr(start.size());
        const auto slash = name.find('/');
        if (slash == std::string::npos) {
            found.insert(name);
            ++file;
        } else { // past everything in that folder: '0' comes right after '/'
            file = all_->names.now().lower_bound(start + name.substr(0, slash) + "0");
        }
    }
    for (const auto& folder : all_->folders)
        if (folder.size() > start.size() && folder.starts_with(start) &&
            folder.find('/', start.size()) == std::string::npos)
            found.insert(folder.substr(start.size()));
    return std::vector<std::string>(found.begin(), found.end());
}

base::result<std::unique_ptr<runtime::file_lock>> memory_files::lock(const std::string& path)
{
    const std::scoped_lock lock(all_->guard);
    if (auto alive = all_->alive(path); !alive)
        return std::unexpected(alive.error());
    if (auto good = all_->need_folder(path); !good)
        return std::unexpected(good.error());
    if (!all_->names.find(path))
        all_->names.make({{path, std::make_shared<file_bytes>()}});
    if (!all_->locks.insert(path).second)
        return base::fail_errno(EAGAIN, "lock " + path);
    return std::make_unique<held_lock>(all_, path);
}

} // namespace engine::sim
