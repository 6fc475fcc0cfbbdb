// json_body: a JSON object written as pieces, so that images in it are shared and never copied.
#pragma once

#include "engine/base/json.hpp"
#include "engine/http/message.hpp"
#include "engine/job/image_request.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace engine::provider {

// Writes one JSON object, member by member. The caller balances the brackets of raw().
class json_body {
public:
    json_body() : text_("{") {}

    void member(std::string_view name, const base::json& value);
    // Opens a member whose value raw(), value() and data_url() are to write.
    void name(std::string_view name);
    void raw(std::string_view text) { text_ += text; }
    void value(const base::json& value) { text_ += value.dump(); }
    // "data:image/png;base64,..." with its quotes; `base64` is shared.
    void data_url(job::image_format format, http::body_piece base64);

    [[nodiscard]] std::vector<http::body_piece> finish() &&;

private:
    void take_text();

    std::string text_;
    bool first_ = true;
    std::vector<http::body_piece> pieces_;
};

// The base64 of references, made once for all requests that are under way with the same bytes, and
// gone with the last of them. One loop.
class encoded_images {
public:
    [[nodiscard]] http::body_piece encode(const job::reference_image& image,
                                          const http::body_piece& bytes);

private:
    std::map<std::string, std::weak_ptr<const std::string>> by_content_; // SHA-256
};

} // namespace engine::provider
