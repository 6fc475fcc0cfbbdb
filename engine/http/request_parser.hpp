// request_parser: the bytes of one HTTP/1.x request, however they were cut, for the server. No I/O.
#pragma once

#include "engine/http/server.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace engine::http {

class request_parser {
public:
    request_parser(std::size_t header_bytes_max, std::uint64_t body_bytes_max);
    ~request_parser();
    request_parser(const request_parser&) = delete;
    request_parser& operator=(const request_parser&) = delete;

    // Reads from the front and returns how many bytes were used; the rest must come again, with
    // more behind it. Stops at the end of the request.
    [[nodiscard]] std::size_t read(std::string_view bytes);

    // 0, or the status to refuse the request with: 400, 413, 431. Nothing may be read after it.
    [[nodiscard]] int refused_with() const;
    [[nodiscard]] bool begun() const; // a byte came
    [[nodiscard]] bool complete() const;
    [[nodiscard]] bool keep_alive() const;      // asked when complete
    [[nodiscard]] bool speaks_http_1_1() const; // asked when complete
    // The head came with "Expect: 100-continue" and nothing of the body did.
    [[nodiscard]] bool waits_for_continue() const;
    // The request, with `peer` empty; asked once, when complete.
    [[nodiscard]] server_request take();

private:
    struct codec;
    std::unique_ptr<codec> codec_;
};

} // namespace engine::http
