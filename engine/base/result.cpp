#include "engine/base/result.hpp"

#include "engine/base/redact.hpp"
#include "engine/base/utf8.hpp"

namespace engine::base {

std::string failure::message() const
{
    std::string text = where.empty() ? code.message() : where + ": " + code.message();
    if (!detail.empty())
        text += " (" + detail + ")";
    return text;
}

std::unexpected<failure> fail(std::error_code code, std::string where, std::string detail)
{
    return std::unexpected(failure{code, std::move(where), std::move(detail)});
}

std::unexpected<failure> fail_errno(int error_number, std::string where)
{
    return fail(std::error_code(error_number, std::generic_category()), std::move(where));
}

std::string clean_detail(std::string_view outside, std::size_t bytes_max)
{
    // Redact before cutting, so that a key never survives as its first half.
    std::string text = redact_secrets(printable(outside.substr(0, bytes_max * 8)));
    if (text.size() > bytes_max) {
        text.resize(utf8_prefix(text, bytes_max));
        text += "...";
    }
    return text;
}

} // namespace engine::base
