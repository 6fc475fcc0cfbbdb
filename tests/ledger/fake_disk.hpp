// fake_disk: files in memory that can fail at the n-th change, lose what was not synced, and hold a
// sync until the test lets it go.
#pragma once

#include "engine/runtime/files.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>

namespace support {

class fake_disk final : public engine::runtime::files {
public:
    template <class T>
    using result = engine::base::result<T>;

    struct file {
        std::string content;
        std::size_t synced = 0; // bytes that survive a crash
    };

    // The change (write, sync, create, truncate, folder sync) with this number fails, and with it
    // all later ones; a failing write leaves half of its bytes. -1: none.
    int fail_at = -1;
    int changes = 0;
    int reads_fail_at = -1;
    int reads = 0;
    std::map<std::string, file> all;
    std::vector<std::string> log; // "write ledger.jsonl 120", "sync ledger.jsonl", ...

    // From now on a sync does not return until release() was called.
    void hold_syncs()
    {
        const std::scoped_lock guard(lock_);
        held_ = true;
    }
    void release()
    {
        {
            const std::scoped_lock guard(lock_);
            held_ = false;
        }
        changed_.notify_all();
    }
    // Waits until a sync has begun and is held.
    void wait_for_held_sync()
    {
        std::unique_lock guard(lock_);
        changed_.wait(guard, [this] { return holding_ > 0; });
    }
    // What a crash leaves: only synced bytes, and `extra` of those that were not.
    void crash(std::size_t extra = 0)
    {
        for (auto& [name, one] : all) {
            one.content.resize(std::min(one.content.size(), one.synced + extra));
            one.synced = one.content.size();
        }
    }

    result<std::string> read(const std::string& path, std::uint64_t bytes_max) override
    {
        return read_at(path, 0, bytes_max);
    }
    result<std::string> read_at(const std::string& path, std::uint64_t offset,
                                std::uint64_t bytes_max) override
    {
        const std::scoped_lock guard(lock_);
        if (reads++ == reads_fail_at)
            return engine::base::fail_errno(EIO, "read " + path);
        const auto found = all.find(path);
        if (found == all.end())
            return engine::base::fail_errno(ENOENT, "read " + path);
        const auto& content = found->second.content;
        if (offset > content.size())
            return std::string();
        return content.substr(offset, bytes_max);
    }
    result<std::unique_ptr<engine::runtime::output_file>> create(const std::string& path) override
    {
        return open(path, true);
    }
    result<std::unique_ptr<engine::runtime::output_file>>
    append_to(const std::string& path) override
    {
        return open(path, false);
    }
    result<void> truncate(const std::string& path, std::uint64_t bytes) override
    {
        const std::scoped_lock guard(lock_);
        if (auto allowed = change("truncate " + path + " " + std::to_string(bytes)); !allowed)
            return allowed;
        all[path].content.resize(bytes);
        all[path].synced = std::min<std::size_t>(all[path].synced, bytes);
        return {};
    }
    result<void> rename(const std::string& from, const std::string& to) override
    {
        const std::scoped_lock guard(lock_);
        if (auto allowed = change("rename " + from + " " + to); !allowed)
            return allowed;
        all[to] = all[from];
        all.erase(from);
        return {};
    }
    result<void> link_or_copy(const std::string&, const std::string&) override { return {}; }
    result<void> remove(const std::string& path) override
    {
        const std::scoped_lock guard(lock_);
        all.erase(path);
        return {};
    }
    result<void> make_directories(const std::string&) override { return {}; }
    result<void> sync_directory(const std::string& path) override
    {
        const std::scoped_lock guard(lock_);
        return change("sync folder " + path);
    }
    std::optional<engine::runtime::file_info> info(const std::string& path) override
    {
        const std::scoped_lock guard(lock_);
        const auto found = all.find(path);
        if (found == all.end())
            return std::nullopt;
        return engine::runtime::file_info{found->second.content.size(), false};
    }
    result<std::vector<std::string>> list(const std::string&) override
    {
        return std::vector<std::string>();
    }
    result<std::unique_ptr<engine::runtime::file_lock>> lock(const std::string&) override
    {
        return std::make_unique<engine::runtime::file_lock>();
    }

private:
    class open_file final : public engine::runtime::output_file {
    public:
        open_file(fake_disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
        result<void> append(engine::base::byte_view bytes) override
        {
            const std::scoped_lock guard(disk_.lock_);
            auto& content = disk_.all[path_].content;
            const auto text = engine::base::as_text(bytes);
            auto allowed = disk_.change("write " + path_ + " " + std::to_string(text.size()));
            content += allowed ? text : text.substr(0, text.size() / 2);
            return allowed;
        }
        result<void> sync() override
        {
            std::unique_lock guard(disk_.lock_);
            ++disk_.holding_;
            disk_.changed_.notify_all();
            disk_.changed_.wait(guard, [this] { return !disk_.held_; });
            --disk_.holding_;
            auto allowed = disk_.change("sync " + path_);
            if (allowed)
                disk_.all[path_].synced = disk_.all[path_].content.size();
            return allowed;
        }
        result<void> close() override { return {}; }

    private:
        fake_disk& disk_;
        std::string path_;
    };

    result<std::unique_ptr<engine::runtime::output_file>> open(const std::string& path,
                                                               bool truncate)
    {
        const std::scoped_lock guard(lock_);
        if (auto allowed = change("open " + path); !allowed)
            return std::unexpected(allowed.error());
        if (truncate)
            all[path] = {};
        all.try_emplace(path);
        return std::make_unique<open_file>(*this, path);
    }

    // Under the lock.
    result<void> change(std::string what)
    {
        log.push_back(what);
        if (fail_at >= 0 && changes++ >= fail_at)
            return engine::base::fail_errno(ENOSPC, what);
        return {};
    }

    std::mutex lock_;
    std::condition_variable changed_;
    bool held_ = false;
    int holding_ = 0;
};

} // namespace support
