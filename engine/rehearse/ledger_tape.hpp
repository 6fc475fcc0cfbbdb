// ledger_tape: where the ledger of a rehearsal goes: its lines are counted and hashed as they come,
// and kept only where somebody wants the file.
//
// A disk for ledger::journal and for nothing else. A sync of it costs nothing: what is rehearsed
// can be rehearsed again.
#pragma once

#include "engine/base/sha256.hpp"
#include "engine/runtime/files.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace engine::rehearse {

class ledger_tape final : public runtime::files {
public:
    // `copy`: where the lines go as well, or null. It must outlive this.
    explicit ledger_tape(runtime::output_file* copy = nullptr) : copy_(copy) {}

    // 64 hexadecimal digits. Once, when the journal is closed.
    [[nodiscard]] std::string sha256() { return base::hex(hash_.finish()); }
    [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

    [[nodiscard]] base::result<std::unique_ptr<runtime::output_file>>
    append_to(const std::string& path) override;
    [[nodiscard]] std::optional<runtime::file_info> info(const std::string&) override
    {
        return std::nullopt; // a rehearsal begins a ledger of its own
    }
    [[nodiscard]] base::result<void> sync_directory(const std::string&) override { return {}; }

    // Nothing else is asked of it.
    [[nodiscard]] base::result<std::string> read(const std::string& path, std::uint64_t) override;
    [[nodiscard]] base::result<std::string> read_at(const std::string& path, std::uint64_t,
                                                    std::uint64_t) override;
    [[nodiscard]] base::result<std::unique_ptr<runtime::output_file>>
    create(const std::string& path) override;
    [[nodiscard]] base::result<void> truncate(const std::string& path, std::uint64_t) override;
    [[nodiscard]] base::result<void> rename(const std::string& from, const std::string&) override;
    [[nodiscard]] base::result<void> link_or_copy(const std::string& from,
                                                  const std::string&) override;
    [[nodiscard]] base::result<void> remove(const std::string& path) override;
    [[nodiscard]] base::result<void> make_directories(const std::string& path) override;
    [[nodiscard]] base::result<std::vector<std::string>>
    list(const std::string& directory) override;
    [[nodiscard]] base::result<std::unique_ptr<runtime::file_lock>>
    lock(const std::string& path) override;

private:
    class recording;
    [[nodiscard]] base::result<void> take(base::byte_view bytes);

    runtime::output_file* copy_;
    base::sha256 hash_;
    std::uint64_t bytes_ = 0;
};

} // namespace engine::rehearse
