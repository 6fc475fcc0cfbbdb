#include "engine/http/message.hpp"

#include "engine/base/ascii.hpp"
#include "engine/http/errc.hpp"
#include "engine/http/message_writer.hpp"

#include <algorithm>

namespace engine::http {

namespace {

bool is_value_byte(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

} // namespace

bool same_name(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, {}, base::lower, base::lower);
}

std::optional<std::string_view> header_list::find(std::string_view name) const
{
    const auto found = std::ranges::find_if(
        list_, [name](const header& candidate) { return same_name(candidate.name, name); });
    if (found == list_.end())
        return std::nullopt;
    return found->value;
}

void header_list::remove(std::string_view name)
{
    std::erase_if(list_,
                  [name](const header& candidate) { return same_name(candidate.name, name); });
}

base::result<void> check_headers(const header_list& headers)
{
    for (const auto& [name, value] : headers) {
        if (!is_token(name))
            return base::fail(errc::invalid_request,
                              "header '" + base::clean_detail(name, 60) + "'", "not a header name");
        if (!std::ranges::all_of(value, is_value_byte))
            return base::fail(errc::invalid_request, "header '" + name + "'",
                              "its value holds a control byte");
    }
    return {};
}

std::uint64_t request::body_bytes() const
{
    std::uint64_t bytes = 0;
    for (const auto& piece : body)
        bytes += piece->size();
    return bytes;
}

} // namespace engine::http
