// jsonl: one JSON object a line, as variables, in constant memory. Texts, numbers and booleans
// become variables, null an empty text; lists and objects inside are refused, as no template could
// use them. Empty lines are passed over.
#pragma once

#include "engine/manifest/csv.hpp"
#include "engine/manifest/text_stream.hpp"
#include "engine/manifest/variables.hpp"

#include <string>
#include <vector>

namespace engine::manifest {

class jsonl_reader {
public:
    static constexpr std::size_t line_bytes_max = 4u << 20;

    explicit jsonl_reader(text_stream in) : in_(std::move(in)) {}

    enum class outcome { record, bad, end }; // as in csv_reader
    [[nodiscard]] outcome next();

    [[nodiscard]] const std::vector<variable>& values() const { return values_; }
    [[nodiscard]] mark place() const { return place_; } // of the line
    [[nodiscard]] const row_complaint& complaint() const { return complaint_; }

private:
    [[nodiscard]] bool read_line();
    [[nodiscard]] bool read_object();
    bool refuse(std::size_t byte, std::string message); // always false

    text_stream in_;
    std::string line_;
    std::vector<variable> values_;
    mark place_;
    row_complaint complaint_;
    bool ended_ = false;
};

} // namespace engine::manifest
