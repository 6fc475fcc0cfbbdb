// row_source: the rows of a job, one after the other, wherever they come from: a CSV or JSONL file,
// a list in the manifest, or none at all (one row without variables).
#pragma once

#include "engine/manifest/csv.hpp"
#include "engine/manifest/variables.hpp"
#include "engine/runtime/files.hpp"

#include <memory>
#include <string>
#include <vector>

namespace engine::manifest {

struct row {
    std::vector<variable> values;
    mark at; // of its first byte
};

// What a manifest says about rows, checked as far as that goes without opening files.
struct rows_spec {
    enum class kind { none, csv, jsonl, inline_list };
    kind type = kind::none;
    std::string file;         // csv, jsonl: as the manifest says it
    std::string path;         // where that is on this machine
    std::uint32_t offset = 0; // of the value in the manifest
    std::vector<row> inline_rows;
};

class row_source {
public:
    enum class outcome { row, bad, end }; // bad: complaint() says why; go on
    virtual ~row_source() = default;
    // Overwrites `out`; its strings are reused.
    [[nodiscard]] virtual outcome next(row& out) = 0;
    [[nodiscard]] virtual const row_complaint& complaint() const = 0;
    // The names that every row has, where that is known before the first one; otherwise null.
    [[nodiscard]] virtual const std::vector<std::string>* columns() const = 0;
};

// Opens the file and reads a CSV's header. A failure's detail is for people; its place is the
// `rows` value in the manifest, or `header` if the file is there and its first line is bad.
struct opened_rows {
    std::unique_ptr<row_source> source; // null if it could not be opened
    std::string failure;                // then: why
    std::optional<row_complaint> header;
};
// `disk` and `spec` must outlive the source.
[[nodiscard]] opened_rows open_rows(runtime::files& disk, const rows_spec& spec);

} // namespace engine::manifest
