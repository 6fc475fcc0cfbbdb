// message: requests and response heads as values.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::http {

struct header {
    std::string name;
    std::string value;
};

// Headers in the order in which they came or shall go. Names compare without case (ASCII).
class header_list {
public:
    // Takes anything; check_headers() decides before something is sent.
    void add(std::string_view name, std::string_view value)
    {
        list_.push_back({std::string(name), std::string(value)});
    }
    // The value of the first header of that name; lives as long as the list is not changed.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }
    void remove(std::string_view name); // all of that name

    [[nodiscard]] auto begin() const { return list_.begin(); }
    [[nodiscard]] auto end() const { return list_.end(); }
    [[nodiscard]] std::size_t size() const { return list_.size(); }
    [[nodiscard]] bool empty() const { return list_.empty(); }

private:
    std::vector<header> list_;
};

[[nodiscard]] bool same_name(std::string_view a, std::string_view b); // ASCII, without case

// errc::invalid_request for a name that is no token (RFC 9110 section 5.6.2) or a value with a
// control byte (CR, LF, NUL, ...; a tab is allowed): nothing from outside can smuggle a line into a
// message. The failure names the header, never its value.
[[nodiscard]] base::result<void> check_headers(const header_list& headers);

struct response_head {
    int status = 0;     // 100..999
    std::string reason; // outside text, often empty; never branch on it
    header_list headers;
};

// Never null. Shared, so that a thousand requests with the same reference photo hold it once.
using body_piece = std::shared_ptr<const std::string>;

struct request {
    std::string method = "GET";
    // Origin form, as it goes on the wire: "/v1/images/edits?x=y", with the endpoint's base_path
    // already in front.
    std::string target = "/";
    // Host, Content-Length, Connection and Accept-Encoding are added when it is sent; a list that
    // already has one of them, Transfer-Encoding, Expect or Upgrade is errc::invalid_request.
    header_list headers;
    std::vector<body_piece> body; // sent one after the other
    // Asks for a compressed answer (gzip, deflate). Good for lists and texts. Not for pictures:
    // base64 shrinks by a quarter at 0.3 GB/s, a twentieth of what reading it takes otherwise, and
    // servers that compress an event stream hold its events back. What comes compressed although it
    // was not asked for is decompressed all the same.
    bool accept_compressed = false;

    [[nodiscard]] std::uint64_t body_bytes() const;
};

} // namespace engine::http
