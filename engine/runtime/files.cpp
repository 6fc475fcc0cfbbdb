#include "engine/runtime/files.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace engine::runtime {

namespace {

class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor()
    {
        if (number_ >= 0)
            ::close(number_);
    }
    [[nodiscard]] int number() const { return number_; }
    [[nodiscard]] bool open() const { return number_ >= 0; }
    int release() { return std::exchange(number_, -1); }

private:
    int number_;
};

class posix_output_file final : public output_file {
public:
    posix_output_file(descriptor file, std::string path)
        : file_(std::move(file)), path_(std::move(path))
    {}

    base::result<void> append(base::byte_view bytes) override
    {
        while (!bytes.empty()) {
            const auto written = ::write(file_.number(), bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return base::fail_errno(errno, "write " + path_);
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
        return {};
    }

    base::result<void> sync() override
    {
        if (::fdatasync(file_.number()) != 0)
            return base::fail_errno(errno, "sync " + path_);
        return {};
    }

    base::result<void> close() override
    {
        const int number = file_.release();
        if (number >= 0 && ::close(number) != 0 && errno != EINTR)
            return base::fail_errno(errno, "close " + path_);
        return {};
    }

private:
    descriptor file_;
    std::string path_;
};

class posix_file_lock final : public file_lock {
public:
    explicit posix_file_lock(descriptor file) : file_(std::move(file)) {}

private:
    descriptor file_;
};

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    if (slash == std::string::npos)
        return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

class posix_files final : public files {
public:
    base::result<std::string> read(const std::string& path, std::uint64_t bytes_max) override
    {
        const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        struct stat state{};
        if (!file.open() || ::fstat(file.number(), &state) != 0)
            return base::fail_errno(errno, "read " + path);
        if (S_ISDIR(state.st_mode))
            return base::fail_errno(EISDIR, "read " + path);
        if (static_cast<std::uint64_t>(state.st_size) > bytes_max)
            return base::fail_errno(EFBIG, "read " + path);
        return read_from(file, path, 0, bytes_max + 1, static_cast<std::size_t>(state.st_size),
                         bytes_max);
    }

    base::result<std::string> read_at(const std::string& path, std::uint64_t offset,
                                      std::uint64_t bytes_max) override
    {
        const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file.open())
            return base::fail_errno(errno, "read " + path);
        return read_from(file, path, offset, bytes_max, 0, bytes_max);
    }

    base::result<std::unique_ptr<output_file>> create(const std::string& path) override
    {
        return open_output(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
    }

    base::result<std::unique_ptr<output_file>> append_to(const std::string& path) override
    {
        return open_output(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC);
    }

    base::result<void> truncate(const std::string& path, std::uint64_t bytes) override
    {
        return check(::truncate(path.c_str(), static_cast<off_t>(bytes)), "truncate " + path);
    }

    base::result<void> rename(const std::string& from, const std::string& to) override
    {
        return check(::rename(from.c_str(), to.c_str()), "rename " + from + " to " + to);
    }

    base::result<void> link_or_copy(const std::string& from, const std::string& to) override
    {
        const std::string temporary = to + ".part";
        ::unlink(temporary.c_str());
        if (::link(from.c_str(), temporary.c_str()) == 0) {
            auto renamed = rename(temporary, to);
            // Of two names of one file, rename() keeps both (POSIX): after a crash `to` may be one.
            ::unlink(temporary.c_str());
            return renamed;
        }
        const int link_error = errno;
        if (link_error != EPERM && link_error != EXDEV && link_error != ENOTSUP &&
            link_error != EMLINK)
            return base::fail_errno(link_error, "link " + from + " to " + temporary);
        auto content = read(from, UINT64_MAX / 2);
        if (!content)
            return std::unexpected(content.error());
        return write_whole(*this, to, base::as_bytes(*content));
    }

    base::result<void> remove(const std::string& path) override
    {
        if (::unlink(path.c_str()) != 0 && errno != ENOENT)
            return base::fail_errno(errno, "remove " + path);
        return {};
    }

    base::result<void> make_directories(const std::string& path) override
    {
        for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
            const std::string part = path.substr(0, slash);
            if (!part.empty() && ::mkdir(part.c_str(), 0777) == 0) {
                // Else a crash could take the folder, and the ledger in it.
                if (auto synced = sync_directory(folder_of(part)); !synced)
                    return synced;
            } else if (!part.empty() && errno != EEXIST) {
                return base::fail_errno(errno, "make folder " + part);
            }
            if (slash == std::string::npos)
                break;
        }
        const auto made = info(path);
        if (!made || !made->directory)
            return base::fail_errno(ENOTDIR, "make folder " + path);
        return {};
    }

    base::result<void> sync_directory(const std::string& path) override
    {
        const descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!folder.open() || ::fsync(folder.number()) != 0)
            return base::fail_errno(errno, "sync folder " + path);
        return {};
    }

    std::optional<file_info> info(const std::string& path) override
    {
        struct stat state{};
        if (::stat(path.c_str(), &state) != 0)
            return std::nullopt;
        return file_info{static_cast<std::uint64_t>(state.st_size), S_ISDIR(state.st_mode)};
    }

    base::result<std::vector<std::string>> list(const std::string& directory) override
    {
        const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(directory.c_str()), &::closedir);
        if (!folder)
            return base::fail_errno(errno, "list " + directory);
        std::vector<std::string> names;
        while (const auto* entry = ::readdir(folder.get())) {
            const std::string name = entry->d_name;
            if (name != "." && name != "..")
                names.push_back(name);
        }
        std::ranges::sort(names);
        return names;
    }

    base::result<std::unique_ptr<file_lock>> lock(const std::string& path) override
    {
        descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
        if (!file.open() || ::flock(file.number(), LOCK_EX | LOCK_NB) != 0)
            return base::fail_errno(errno, "lock " + path);
        return std::make_unique<posix_file_lock>(std::move(file));
    }

private:
    static base::result<void> check(int returned, std::string where)
    {
        if (returned != 0)
            return base::fail_errno(errno, std::move(where));
        return {};
    }

    static base::result<std::unique_ptr<output_file>> open_output(const std::string& path,
                                                                  int flags)
    {
        descriptor file(::open(path.c_str(), flags, 0666));
        if (!file.open())
            return base::fail_errno(errno, "create " + path);
        return std::make_unique<posix_output_file>(std::move(file), path);
    }

    // Reads until the end or `stop_at` bytes; more than `bytes_max` (a file that grew) is a
    // failure.
    static base::result<std::string> read_from(const descriptor& file, const std::string& path,
                                               std::uint64_t offset, std::uint64_t stop_at,
                                               std::size_t expected, std::uint64_t bytes_max)
    {
        std::string text;
        std::size_t chunk = std::max<std::size_t>(expected + 1, 4096);
        while (text.size() < stop_at) {
            const std::size_t old = text.size();
            const auto wanted =
                static_cast<std::size_t>(std::min<std::uint64_t>(chunk, stop_at - old));
            text.resize(old + wanted);
            const auto got =
                ::pread(file.number(), text.data() + old, wanted, static_cast<off_t>(offset + old));
            const int error = errno;
            text.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
            if (got < 0 && error == EINTR)
                continue;
            if (got < 0)
                return base::fail_errno(error, "read " + path);
            if (got == 0)
                break;
            chunk = 1u << 20;
        }
        if (text.size() > bytes_max)
            return base::fail_errno(EFBIG, "read " + path);
        return text;
    }
};

} // namespace

std::unique_ptr<files> make_posix_files()
{
    return std::make_unique<posix_files>();
}

base::result<void> write_whole(files& disk, const std::string& path, base::byte_view content)
{
    const std::string temporary = path + ".part";
    auto file = disk.create(temporary);
    if (!file)
        return std::unexpected(file.error());
    auto written = (*file)->append(content);
    if (written)
        written = (*file)->sync();
    if (written)
        written = (*file)->close();
    if (written)
        written = disk.rename(temporary, path);
    if (!written) {
        (void)disk.remove(temporary);
        return written;
    }
    return disk.sync_directory(folder_of(path));
}

} // namespace engine::runtime
