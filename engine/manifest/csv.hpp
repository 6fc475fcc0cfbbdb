// csv: comma-separated values as RFC 4180 has them, record by record, in constant memory.
//
// Quotes, newlines and commas inside quotes, a byte order mark, LF, CRLF and lone CR as line ends;
// empty lines are passed over. Strict: a record with another number of fields than the header, a
// quote in the middle of a field or a quote that is never closed are complaints with their place,
// because guessing would put the wrong text into a paid prompt. Used by rows; fuzzed by
// tests/fuzz/manifest_csv_fuzz.cpp.
#pragma once

#include "engine/manifest/text_stream.hpp"

#include <string>
#include <vector>

namespace engine::manifest {

// What is wrong in a file of rows, and where.
struct row_complaint {
    mark at;
    std::string message;
};

class csv_reader {
public:
    static constexpr std::size_t field_bytes_max = 1u << 20;
    static constexpr std::size_t columns_max = 1000;

    explicit csv_reader(text_stream in) : in_(std::move(in)) {}

    enum class outcome {
        record, // fields() and places() hold the next one
        bad,    // complaint() says why; the next record may be good
        end,    // of the file, or of what can be made of it: complaint() if bad came before
    };
    // The first record as the names of the columns, checked. Once, before next().
    [[nodiscard]] outcome read_header();
    [[nodiscard]] outcome next();

    [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }
    [[nodiscard]] const std::vector<std::string>& fields() const { return fields_; }
    [[nodiscard]] const std::vector<mark>& places() const { return places_; } // of each field
    [[nodiscard]] const row_complaint& complaint() const { return complaint_; }

private:
    [[nodiscard]] outcome read_record();
    [[nodiscard]] bool read_field(std::string& field);
    [[nodiscard]] bool read_quoted(std::string& field);
    void end_line();
    void skip_line();
    bool refuse(mark at, std::string message); // always false
    bool give_up(mark at, std::string message);

    text_stream in_;
    std::vector<std::string> columns_;
    std::vector<std::string> fields_;
    std::vector<mark> places_;
    row_complaint complaint_;
    bool ended_ = false;
};

} // namespace engine::manifest
