// item_stream: the items of a manifest as one command wants them: chosen, and sent where it says.
#pragma once

#include "engine/cli/settings.hpp"
#include "engine/job/item.hpp"
#include "engine/ledger/history.hpp"
#include "engine/manifest/document.hpp"
#include "engine/manifest/expansion.hpp"

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

namespace engine::cli {

class item_stream;
// With selection::only_given_up: of the chosen items those that `history` says were given up, and
// what failed because of them. All three must outlive the stream's use.
void keep_given_up(item_stream& stream, const selection& items, const ledger::history& history);

class item_stream {
public:
    // `source` and `items` must outlive it. What the expansion finds wrong goes to `found`, which
    // must outlive it too.
    item_stream(const manifest::manifest& source, runtime::files& disk, const selection& items,
                manifest::problems& found);

    // From here on only chosen items that `wanted` wants, too; `parent` says whether it wanted the
    // item that this one continues.
    using filter = std::function<bool(const job::item& one, bool parent)>;
    void keep_only(filter wanted) { wanted_ = std::move(wanted); }

    // The next chosen item, or nothing after the last.
    [[nodiscard]] std::optional<job::item> next();

private:
    [[nodiscard]] bool chosen(const job::item& candidate) const;
    [[nodiscard]] bool is_wanted(const job::item& candidate);
    void redirect(job::item& candidate) const;
    void link(job::item& candidate);

    const manifest::manifest& source_;
    const selection& items_;
    manifest::problems& found_;
    manifest::item_source expansion_;
    long taken_ = 0;
    filter wanted_;
    // Where anything continues anything: what every item so far is known by.
    struct known_item {
        std::string key;
        std::optional<job::image_size> size;
        int chain_length = 0;
        bool wanted = false;
    };
    bool has_chains_ = false;
    std::unordered_map<std::string, known_item> known_; // by id
};

} // namespace engine::cli
