// api_world: a provider's apis over a scripted connection, with virtual time.
#pragma once

#include "engine/provider/request_wire.hpp"
#include "tests/support/memory_net.hpp"
#include "tests/support/virtual_clock.hpp"

#include <functional>
#include <string>
#include <vector>

namespace support {

struct api_world {
    using handler = std::function<std::string(const engine::http::server_request&)>;

    // `answer` says the whole answer to each request, over however many connections.
    explicit api_world(handler answer)
        : net(loop.get_executor()), http({}, clock, net.make_connector())
    {
        net.scripts.push_back(
            [this, answer](engine::http::byte_stream& stream) -> engine::runtime::task<> {
                for (;;) {
                    const auto request = co_await hear_request(stream);
                    if (request.method.empty())
                        co_return;
                    requests.push_back(request);
                    co_await say(stream, answer(request));
                }
            });
    }
    ~api_world()
    {
        http.close_idle();
        clock.run(loop, net.end());
    }

    [[nodiscard]] engine::provider::provider_access
    access(engine::job::wire_switches wire = {}) const
    {
        engine::provider::provider_access way;
        way.spec.name = "studio";
        way.spec.wire = std::move(wire);
        way.endpoint = {false, "api.example", 80, "/v1"};
        way.api_key = "sk-canary-0123456789abcdef";
        return way;
    }
    template <class T>
    T run(engine::runtime::task<T> work)
    {
        return clock.run(loop, std::move(work));
    }

    boost::asio::io_context loop;
    virtual_clock clock;
    memory_net net;
    engine::http::pooled_client http;
    std::vector<engine::http::server_request> requests;
};

inline std::string http_answer(int status, const std::string& body,
                               const std::string& headers = "Content-Type: application/json\r\n")
{
    return "HTTP/1.1 " + std::to_string(status) + " X\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace support
