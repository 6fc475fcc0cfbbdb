// recording_handler: takes an answer and remembers it; refuses or throws where a test wants it.
#pragma once

#include "engine/http/client.hpp"

#include <optional>
#include <stdexcept>
#include <string>

namespace support {

class recording_handler final : public engine::http::response_handler {
public:
    int sendings = 0;
    int heads = 0;
    std::optional<engine::http::response_head> head;
    std::string body;
    std::size_t pieces = 0;

    bool refuse_head = false;
    std::optional<std::size_t> refuse_body_after; // bytes
    bool throw_in_body = false;

    void on_sending() override { ++sendings; }
    engine::base::result<void> on_head(const engine::http::response_head& came) override
    {
        ++heads;
        head = came;
        if (refuse_head)
            return engine::base::fail_errno(ENOTSUP, "take head");
        return {};
    }
    engine::base::result<void> on_body(std::string_view piece) override
    {
        ++pieces;
        body += piece;
        if (throw_in_body)
            throw std::runtime_error("the handler is broken");
        if (refuse_body_after && body.size() > *refuse_body_after)
            return engine::base::fail_errno(ENOSPC, "write image");
        return {};
    }
};

} // namespace support
