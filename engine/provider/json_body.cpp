#include "engine/provider/json_body.hpp"

#include "engine/base/base64.hpp"
#include "engine/job/output_spec.hpp"

#include <utility>

namespace engine::provider {

void json_body::name(std::string_view name)
{
    if (!std::exchange(first_, false))
        text_ += ',';
    base::append_json_string(text_, name);
    text_ += ':';
}

void json_body::member(std::string_view name_of_it, const base::json& value_of_it)
{
    name(name_of_it);
    value(value_of_it);
}

void json_body::data_url(job::image_format format, http::body_piece base64)
{
    text_ += "\"data:";
    text_ += job::media_type_of(format);
    text_ += ";base64,";
    take_text();
    pieces_.push_back(std::move(base64));
    text_ += '"';
}

std::vector<http::body_piece> json_body::finish() &&
{
    text_ += '}';
    take_text();
    return std::move(pieces_);
}

void json_body::take_text()
{
    pieces_.push_back(std::make_shared<const std::string>(std::exchange(text_, {})));
}

http::body_piece encoded_images::encode(const job::reference_image& image,
                                        const http::body_piece& bytes)
{
    if (auto known = by_content_[image.sha256].lock())
        return known;
    std::erase_if(by_content_, [](const auto& entry) { return entry.second.expired(); });
    std::string text;
    text.reserve(base::base64_encoded_bytes(bytes->size()));
    base::append_base64(text, base::as_bytes(*bytes));
    auto encoded = std::make_shared<const std::string>(std::move(text));
    by_content_[image.sha256] = encoded;
    return encoded;
}

} // namespace engine::provider
