// multipart: builds a multipart/form-data body without copying the files in it.
//
// Source: RFC 7578; names and file names are escaped as browsers do (WHATWG HTML, "multipart/
// form-data encoding algorithm": CR, LF and '"' become %0D, %0A and %22).
#pragma once

#include "engine/http/message.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace engine::http {

struct multipart_body {
    std::string content_type; // with the boundary
    std::vector<body_piece> body;
};

class multipart_builder {
public:
    // 1-70 of A-Z a-z 0-9 and -_ (a subset of RFC 2046), from a hash of the content or a random
    // generator. With fewer than 32 characters the files are searched for it; fields always are.
    explicit multipart_builder(std::string boundary);

    // Text as it is; line breaks are kept.
    void add_field(std::string_view name, std::string_view value);
    // `content` is shared, not copied. `media_type` like "image/png".
    void add_file(std::string_view name, std::string_view file_name, std::string_view media_type,
                  body_piece content);

    // The whole body. errc::invalid_request for a boundary of other characters, a media type with
    // control bytes, or a field or file that was found to contain the boundary.
    [[nodiscard]] base::result<multipart_body> finish() &&;

private:
    void open_part(std::string_view name);
    void note_clash(std::string_view name, std::string_view content);
    void take_text();

    std::string boundary_;
    std::string text_; // since the last file
    std::vector<body_piece> body_;
    base::result<void> valid_;
};

// A boundary made of SHA-256 of `seed`, for callers without a hash of the content.
[[nodiscard]] std::string boundary_from(std::string_view seed);

} // namespace engine::http
