// html: report.html, one file that needs nothing else but the pictures it points to.
//
// Made from the ledger alone, so it can be made at any time, also of a run that died. Reads the
// file twice in pieces; memory grows by one small record for each item. Text from outside is
// escaped.
#pragma once

#include "engine/base/result.hpp"
#include "engine/runtime/files.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace engine::report {

struct html_options {
    std::string title; // empty = the manifest's name in the ledger
    // Pictures inside the page: thumbnails beyond either bound are links to their files.
    std::size_t embedded_thumbnails_max = 400;
    std::uint64_t embedded_bytes_max = 16u << 20; // of the thumbnails, before base64
    std::size_t cards_max =
        20'000; // items on the contact sheet; the page says how many it left out
};

// Writes `folder`/report.html from `folder`/ledger.jsonl, whole or not at all. Blocks.
[[nodiscard]] base::result<void> write_html(runtime::files& disk, const std::string& folder,
                                            const html_options& options = {});

// Writes `folder`/summary.json from `folder`/ledger.jsonl, whole or not at all. Blocks.
[[nodiscard]] base::result<void> write_summary(runtime::files& disk, const std::string& folder);

} // namespace engine::report
