// failing_files: a disk that works for some operations and then fails, or is gone, as after a
// crash.
#pragma once

#include "engine/runtime/files.hpp"

#include <cerrno>
#include <functional>
#include <memory>

namespace support {

// Counts what changes the disk: create, append, sync, close, rename, link, remove, make, truncate.
class failing_files final : public engine::runtime::files {
public:
    explicit failing_files(engine::runtime::files& disk) : disk_(disk) {}

    // Operation number `from` (0 = the next) fails with `error`; `for_ever`: and so does all that
    // follows.
    void fail_from(long from, int error, bool for_ever)
    {
        left_ = from;
        error_ = error;
        for_ever_ = for_ever;
    }
    [[nodiscard]] bool failed() const { return failed_; }

    engine::base::result<std::string> read(const std::string& path,
                                           std::uint64_t bytes_max) override
    {
        return disk_.read(path, bytes_max);
    }
    engine::base::result<std::string> read_at(const std::string& path, std::uint64_t offset,
                                              std::uint64_t bytes_max) override
    {
        return disk_.read_at(path, offset, bytes_max);
    }
    engine::base::result<std::unique_ptr<engine::runtime::output_file>>
    create(const std::string& path) override
    {
        return open(path, [&] { return disk_.create(path); });
    }
    engine::base::result<std::unique_ptr<engine::runtime::output_file>>
    append_to(const std::string& path) override
    {
        return open(path, [&] { return disk_.append_to(path); });
    }
    engine::base::result<void> truncate(const std::string& path, std::uint64_t bytes) override
    {
        return change("truncate " + path, [&] { return disk_.truncate(path, bytes); });
    }
    engine::base::result<void> rename(const std::string& from, const std::string& to) override
    {
        return change("rename " + to, [&] { return disk_.rename(from, to); });
    }
    engine::base::result<void> link_or_copy(const std::string& from, const std::string& to) override
    {
        return change("link " + to, [&] { return disk_.link_or_copy(from, to); });
    }
    engine::base::result<void> remove(const std::string& path) override
    {
        return change("remove " + path, [&] { return disk_.remove(path); });
    }
    engine::base::result<void> make_directories(const std::string& path) override
    {
        return change("make " + path, [&] { return disk_.make_directories(path); });
    }
    engine::base::result<void> sync_directory(const std::string& path) override
    {
        return change("sync " + path, [&] { return disk_.sync_directory(path); });
    }
    std::optional<engine::runtime::file_info> info(const std::string& path) override
    {
        return disk_.info(path);
    }
    engine::base::result<std::vector<std::string>> list(const std::string& directory) override
    {
        return disk_.list(directory);
    }
    engine::base::result<std::unique_ptr<engine::runtime::file_lock>>
    lock(const std::string& path) override
    {
        return disk_.lock(path);
    }

private:
    class file final : public engine::runtime::output_file {
    public:
        file(failing_files& owner, std::unique_ptr<engine::runtime::output_file> real)
            : owner_(owner), real_(std::move(real))
        {}
        engine::base::result<void> append(engine::base::byte_view bytes) override
        {
            return owner_.change("write", [&] { return real_->append(bytes); });
        }
        engine::base::result<void> sync() override
        {
            return owner_.change("sync", [&] { return real_->sync(); });
        }
        engine::base::result<void> close() override
        {
            return owner_.change("close", [&] { return real_->close(); });
        }

    private:
        failing_files& owner_;
        std::unique_ptr<engine::runtime::output_file> real_;
    };

    bool fails_now()
    {
        if (left_ < 0)
            return failed_ && for_ever_;
        if (left_-- > 0)
            return false;
        failed_ = true;
        return true;
    }
    engine::base::result<void> change(const std::string& what,
                                      const std::function<engine::base::result<void>()>& real)
    {
        if (fails_now())
            return engine::base::fail_errno(error_, what);
        return real();
    }
    template <class Open>
    engine::base::result<std::unique_ptr<engine::runtime::output_file>>
    open(const std::string& path, Open real)
    {
        if (fails_now())
            return engine::base::fail_errno(error_, "create " + path);
        auto opened = real();
        if (!opened)
            return opened;
        return std::make_unique<file>(*this, std::move(*opened));
    }

    engine::runtime::files& disk_;
    long left_ = -1;
    int error_ = ENOSPC;
    bool for_ever_ = false;
    bool failed_ = false;
};

} // namespace support
