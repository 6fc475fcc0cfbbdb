// output_folder: where things lie in a run's folder. Names only; nothing here touches a disk.
//
//   DIR/                      images by path template
//   DIR/partials/             partial images, where the manifest keeps them
//   DIR/ledger.jsonl          every event, append-only
//   DIR/report.html summary.json manifest.yaml
//   DIR/.darkroom/lock        held by the one writer
//   DIR/.darkroom/paused      there while nothing new is to start: `darkroom pause`
//   DIR/.darkroom/received/   paid for and not yet stored: the next run finishes them for nothing
//   DIR/.darkroom/quarantine/ paid for and not what was asked
//   DIR/.darkroom/kept/       pictures that other items continue, as received
//   DIR/.darkroom/enriched/   prompts that a text model has rewritten: paid for once
//   DIR/.darkroom/thumbs/     small pictures for the report
#pragma once

#include "engine/base/ascii.hpp"

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
    [[nodiscard]] std::string pause_mark() const { return own() + "/paused"; }
    [[nodiscard]] std::string received_folder() const { return own() + "/received"; }
    [[nodiscard]] std::string quarantine_folder() const { return own() + "/quarantine"; }
    [[nodiscard]] std::string thumbs_folder() const { return own() + "/thumbs"; }

    [[nodiscard]] std::string kept_folder() const { return own() + "/kept"; }
    [[nodiscard]] std::string enriched_folder() const { return own() + "/enriched"; }

    // The picture of a done item, as received, for the items that continue it; beside it a note
    // that says who made it (see run/kept_image.hpp).
    [[nodiscard]] std::string kept(const std::string& key) const
    {
        return kept_folder() + "/" + key + ".img";
    }
    [[nodiscard]] std::string kept_note(const std::string& key) const
    {
        return kept_folder() + "/" + key + ".json";
    }
    // `hash`: see job::enrichment_hash().
    [[nodiscard]] std::string enriched(const std::string& hash) const
    {
        return enriched_folder() + "/" + hash + ".json";
    }
    // Relative to the root, like the paths of outputs. Ids may hold anything, so what a file name
    // should not hold becomes "_", and the key tells apart what is alike then.
    [[nodiscard]] static std::string partial(const std::string& id, const std::string& key,
                                             int attempt, int index, const std::string& extension)
    {
        std::string name = id.substr(0, 80);
        for (char& c : name)
            if (!base::is_plain(c, "-"))
                c = '_';
        return "partials/" + name + "." + key.substr(0, 8) + ".attempt-" + std::to_string(attempt) +
               ".partial-" + std::to_string(index) + "." + extension;
    }

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
