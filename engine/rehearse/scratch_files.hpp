// scratch_files: a disk on which nothing changes: what is written lies in memory and hides what is
// below, what is removed is gone only here.
//
// So a rehearsal sees the output folder with everything that earlier runs have left there, and
// leaves it as it was. Of one thread.
#pragma once

#include "engine/runtime/files.hpp"

#include <map>
#include <memory>
#include <string>
#include <unordered_set>

namespace engine::rehearse {

class scratch_files final : public runtime::files {
public:
    // `below` must outlive it. Nothing is ever written there.
    explicit scratch_files(runtime::files& below) : below_(below) {}

    // Back to what is below. No file may be open.
    void forget();
    [[nodiscard]] std::size_t files_held() const { return changed_.size(); }

    [[nodiscard]] base::result<std::string> read(const std::string& path,
                                                 std::uint64_t bytes_max) override;
    [[nodiscard]] base::result<std::string> read_at(const std::string& path, std::uint64_t offset,
                                                    std::uint64_t bytes_max) override;
    [[nodiscard]] base::result<std::unique_ptr<runtime::output_file>>
    create(const std::string& path) override;
    [[nodiscard]] base::result<std::unique_ptr<runtime::output_file>>
    append_to(const std::string& path) override;
    [[nodiscard]] base::result<void> truncate(const std::string& path,
                                              std::uint64_t bytes) override;
    [[nodiscard]] base::result<void> rename(const std::string& from,
                                            const std::string& to) override;
    [[nodiscard]] base::result<void> link_or_copy(const std::string& from,
                                                  const std::string& to) override;
    [[nodiscard]] base::result<void> remove(const std::string& path) override;
    [[nodiscard]] base::result<void> make_directories(const std::string& path) override;
    [[nodiscard]] base::result<void> sync_directory(const std::string& path) override;
    [[nodiscard]] std::optional<runtime::file_info> info(const std::string& path) override;
    [[nodiscard]] base::result<std::vector<std::string>>
    list(const std::string& directory) override;
    [[nodiscard]] base::result<std::unique_ptr<runtime::file_lock>>
    lock(const std::string& path) override;

private:
    // A file that is here: its bytes, or the name that it has below.
    struct node {
        std::shared_ptr<std::string> bytes;
        std::string below{};
    };
    [[nodiscard]] const node* find(const std::string& path) const;
    [[nodiscard]] base::result<node> node_of(const std::string& path);
    [[nodiscard]] base::result<std::shared_ptr<std::string>> own_bytes(const std::string& path);
    void put(const std::string& path, node what);

    runtime::files& below_;
    std::map<std::string, node> changed_;         // ordered, so that a folder can be listed
    std::unordered_set<std::string> removed_;     // of those that are below
    std::unordered_set<std::string> directories_; // that were made
};

} // namespace engine::rehearse
