// stream_responder: one answer, written to a byte stream.
#pragma once

#include "engine/http/server.hpp"

#include <optional>

namespace engine::http {

class stream_responder final : public responder {
public:
    struct request_facts {
        bool is_head = false; // the answer has no body, whatever is written
        bool http_1_1 = true; // so that it may be chunked
        bool keep_alive = true;
    };
    // `stream` must outlive the responder.
    stream_responder(byte_stream& stream, request_facts facts);

    [[nodiscard]] runtime::task<> head(int status, header_list headers,
                                       std::optional<std::uint64_t> content_length) override;
    [[nodiscard]] runtime::task<> write(std::string_view piece) override;
    [[nodiscard]] runtime::task<> finish() override;
    void cut() override;
    [[nodiscard]] bool client_gone() override;

    // Whether the connection can serve another request: the answer is whole and says so.
    [[nodiscard]] bool reusable() const { return finished_ && keep_alive_ && !gone_; }

private:
    byte_stream& stream_;
    request_facts facts_;
    std::optional<std::uint64_t> length_;
    std::uint64_t written_ = 0;
    bool begun_ = false;
    bool has_body_ = true;
    bool chunked_ = false;
    bool keep_alive_ = true;
    bool finished_ = false;
    bool gone_ = false;
};

} // namespace engine::http
