// result: an expected failure as a value. What went wrong, where, and the outside text that says
// so.
//
// A room has its own enum of codes (http::errc, image::errc, ...) made an std::error_code by an
// error category, so that callers branch on `code` and never on a message. `detail` may hold text
// from outside: make it with clean_detail().
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <system_error>

namespace engine::base {

struct failure {
    std::error_code code; // an enum of the room that failed, or std::errc for the operating system
    std::string where;    // operation and object: "open refs/palette.png"
    std::string detail;   // outside text, cleaned; may be empty

    // "open refs/palette.png: No such file or directory (detail)"; one line, for people.
    [[nodiscard]] std::string message() const;
};

template <class T>
using result = std::expected<T, failure>;

// The usual way to leave a function: co_return/return fail(errc::x, "where", "detail").
[[nodiscard]] std::unexpected<failure> fail(std::error_code code, std::string where,
                                            std::string detail = {});
// The same from errno.
[[nodiscard]] std::unexpected<failure> fail_errno(int error_number, std::string where);

// Outside text made safe to print: control bytes and invalid UTF-8 become '?', anything shaped like
// an API key becomes
// "[redacted]", and at most `bytes_max` bytes stay.
[[nodiscard]] std::string clean_detail(std::string_view outside, std::size_t bytes_max = 500);

} // namespace engine::base
