// received_image: the file behind an arriving image. It has its final name only when every byte is
// in it.
#pragma once

#include "engine/job/output_folder.hpp"
#include "engine/ledger/history.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/run/partial_images.hpp"
#include "engine/runtime/files.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace engine::run {

// Writes to `path`.part on the loop: 64 KB pieces into the page cache, about 1 GB/s.
class received_image final : public provider::image_sink {
public:
    // `disk` must outlive it. The folder must exist. `partials`: where they go; null = nowhere.
    received_image(runtime::files& disk, std::string path,
                   std::unique_ptr<partial_images> partials = nullptr);
    ~received_image() override; // removes what was not kept

    void on_sending() override { sending_ = true; }
    void on_limits(const std::vector<provider::bucket_reading>& readings) override
    {
        if (limits_read)
            limits_read(readings);
    }
    // Told what the head of the answer says about limits; may be empty.
    std::function<void(const std::vector<provider::bucket_reading>&)> limits_read;
    void on_response_id(std::string_view id) override
    {
        response_id_ = id;
        if (on_named_)
            on_named_(response_id_);
    }
    [[nodiscard]] base::result<void> begin() override;
    [[nodiscard]] base::result<void> write(base::byte_view bytes) override;
    [[nodiscard]] bool begin_partial(int index) override
    {
        return partials_ && partials_->begin(index);
    }
    void write_partial(base::byte_view bytes) override { partials_->write(bytes); }
    void end_partial() override { partials_->end(); }
    [[nodiscard]] std::vector<job::stored_partial> partials() const
    {
        return partials_ ? partials_->stored() : std::vector<job::stored_partial>{};
    }

    // Called once the provider has named its answer.
    void when_named(std::function<void(const std::string&)> tell) { on_named_ = std::move(tell); }
    [[nodiscard]] const std::string& response_id() const { return response_id_; }

    // Whether a byte of the request may have left: from then on a lost answer may have been billed.
    [[nodiscard]] bool sending() const { return sending_; }

    // Syncs the bytes and gives the file its name for good, `note` beside it. Blocks: for a pool
    // thread. A note that cannot be written is no failure: it only matters if we die before the
    // ledger has the line, and then the bytes alone still count.
    [[nodiscard]] base::result<void> keep(const std::string& note);

private:
    runtime::files& disk_;
    std::string path_;
    std::unique_ptr<runtime::output_file> file_;
    std::unique_ptr<partial_images> partials_;
    std::function<void(const std::string&)> on_named_;
    std::string response_id_;
    bool sending_ = false;
};

// Removes what runs that died have left and nobody needs: half written files of our own folders
// and of partial images, and of what was received: notes without a file, and bytes whose item the
// ledger calls done. What it calls a bad output is set aside. Blocks.
void sweep_received(runtime::files& disk, const job::output_folder& folder,
                    const ledger::history& history);

} // namespace engine::run
