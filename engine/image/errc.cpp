#include "engine/image/errc.hpp"

#include <string>

namespace engine::image {

namespace {

struct image_category final : std::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "image"; }
    [[nodiscard]] std::string message(int code) const override
    {
        switch (static_cast<errc>(code)) {
        case errc::need_more:
            return "image header not complete yet";
        case errc::not_an_image:
            return "not a PNG, JPEG or WebP image";
        case errc::unsupported:
            return "unsupported kind of image";
        case errc::truncated:
            return "image is cut off";
        case errc::corrupt:
            return "image is damaged";
        case errc::too_large:
            return "image is larger than allowed";
        case errc::mismatch:
            return "image is not what was asked for";
        case errc::cannot_encode:
            return "image does not fit the output format";
        case errc::cannot_key:
            return "background could not be removed";
        case errc::bad_font:
            return "unusable font";
        case errc::missing_glyph:
            return "characters without a font";
        case errc::text_too_large:
            return "text does not fit";
        }
        return "unknown image error";
    }
};

} // namespace

std::error_code make_error_code(errc code)
{
    static const image_category category;
    return {static_cast<int>(code), category};
}

} // namespace engine::image
