// output_folder: where things lie in a run's folder. Names only; nothing here touches a disk.
//
//   DIR/                      images by path template
//   DIR/ledger.jsonl          every event, append-only
//   DIR/report.html summary.json manifest.yaml
//   DIR/.darkroom/lock        held by the one writer
//   DIR/.darkroom/received/   bytes that were paid for and are not yet stored: the next run
//   finishes them for nothing DIR/.darkroom/quarantine/ bytes that were paid for and are not what
//   was asked DIR/.darkroom/thumbs/     small pictures for the report
#pragma once

#include <string>

namespace engine::job {

class output_folder {
public:
    explicit output_folder(std::string root) : root_(std::move(root)) {}

    [[nodiscard]] const std::string& root() const { return root_; }
    [[nodiscard]] std::string file(const std::string& relative) const
    {
        return root_ + "/" + relative;
    }
    [[nodiscard]] std::string ledger() const { return file("ledger.jsonl"); }
    [[nodiscard]] std::string report() const { return file("report.html"); }
    [[nodiscard]] std::string summary() const { return file("summary.json"); }
    [[nodiscard]] std::string manifest_copy() const { return file("manifest.yaml"); }
    [[nodiscard]] std::string own() const { return file(".darkroom"); }
    [[nodiscard]] std::string lock() const { return own() + "/lock"; }
    [[nodiscard]] std::string received_folder() const { return own() + "/received"; }
    [[nodiscard]] std::string quarantine_folder() const { return own() + "/quarantine"; }
    [[nodiscard]] std::string thumbs_folder() const { return own() + "/thumbs"; }

    // The bytes of one attempt as the provider sent them; whole when they have this name.
    [[nodiscard]] std::string received(const std::string& key, int attempt) const
    {
        return received_folder() + "/" + key + "-" + std::to_string(attempt) + ".img";
    }
    // What the ledger would have said about them, if the process dies before it does: one attempt
    // line.
    [[nodiscard]] static std::string note_of(const std::string& received)
    {
        return received + ".line";
    }
    [[nodiscard]] std::string quarantined(const std::string& key, int attempt) const
    {
        return quarantine_folder() + "/" + key + "-" + std::to_string(attempt) + ".img";
    }
    [[nodiscard]] std::string thumb(const std::string& key) const
    {
        return thumbs_folder() + "/" + key.substr(0, 2) + "/" + key + ".jpg";
    }

private:
    std::string root_;
};

} // namespace engine::job
