// multipart_form: reads a multipart/form-data body (RFC 7578) into its parts. Strict and bounded.
//
// Pure. The parts are views into the body: it must outlive them. Line ends are CRLF only, as every
// client writes them; transfer encodings are refused, as RFC 7578 section 4.7 deprecates them.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace engine::sim {

struct form_part {
    std::string name;
    std::string file_name; // empty unless has_file_name
    bool has_file_name = false;
    std::string content_type; // lower case, without parameters; empty = not said
    std::string_view content;
};

struct form_limits {
    std::size_t parts_max = 100;
    std::size_t header_bytes_max = 8 * 1024; // of one part
};

// The value of the boundary parameter, unquoted; empty when the content type is no
// multipart/form-data or has none.
[[nodiscard]] std::string boundary_of(std::string_view content_type);

// The parts in order, or a sentence that says what is wrong.
[[nodiscard]] std::expected<std::vector<form_part>, std::string>
read_multipart(std::string_view body, std::string_view boundary, const form_limits& limits = {});

} // namespace engine::sim
