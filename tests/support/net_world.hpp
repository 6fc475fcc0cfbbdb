// net_world: a loop with a client on it, and servers and raw peers beside it, over loopback.
#pragma once

#include "engine/http/client.hpp"
#include "engine/http/server.hpp"
#include "engine/runtime/task_group.hpp"

#include "tests/support/raw_peer.hpp"
#include "tests/support/recording_handler.hpp"
#include "tests/support/run_task.hpp"

#include <filesystem>
#include <iterator>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>

namespace support {

[[nodiscard]] inline std::ptrdiff_t open_descriptors()
{
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

[[nodiscard]] inline engine::http::request post(std::string body)
{
    engine::http::request wanted;
    wanted.method = "POST";
    wanted.target = "/v1/images/generations";
    wanted.body.push_back(std::make_shared<const std::string>(std::move(body)));
    return wanted;
}

[[nodiscard]] inline std::error_code code_of(const engine::http::exchange_report& report)
{
    return report.failure ? report.failure->code : std::error_code();
}

class net_world {
public:
    explicit net_world(engine::http::client_options options = {})
        : http(options, time), servers_running_(loop.get_executor())
    {}
    ~net_world() { end(); }

    boost::asio::io_context loop;
    engine::runtime::real_clock time;
    engine::http::pooled_client http;

    // Serves from now on; lives as long as the world.
    engine::http::server& serve(engine::http::handler answer,
                                engine::http::server_options options = {})
    {
        auto& made = servers_.emplace_back(std::move(options), loop.get_executor());
        if (const auto listening = made.listen(); !listening)
            throw std::runtime_error(listening.error().message());
        servers_running_.start(made.serve(std::move(answer)));
        return made;
    }

    raw_peer& peer(std::vector<peer_script> scripts, raw_peer::session_maker tls = {})
    {
        auto& made = peers_.emplace_back(loop.get_executor(), std::move(tls));
        made.scripts = std::move(scripts);
        return made;
    }

    template <class T>
    T run(engine::runtime::task<T> work)
    {
        // The servers never end, so the loop is run until this task has.
        std::optional<T> value;
        std::exception_ptr error;
        boost::asio::co_spawn(loop, std::move(work), [&](std::exception_ptr thrown, T result) {
            error = thrown;
            if (!thrown)
                value.emplace(std::move(result));
        });
        loop.restart();
        while (!value && !error)
            loop.run_one();
        if (error)
            std::rethrow_exception(error);
        return std::move(*value);
    }

    engine::http::exchange_report ask(engine::http::endpoint where, engine::http::request wanted,
                                      engine::http::response_handler& handler,
                                      engine::runtime::call_context context = {})
    {
        return run(http.exchange(std::move(where), std::move(wanted), handler, std::move(context)));
    }
    engine::http::exchange_report ask(engine::http::endpoint where, engine::http::request wanted)
    {
        recording_handler handler;
        return ask(std::move(where), std::move(wanted), handler);
    }

    engine::runtime::call_context within(std::chrono::milliseconds limit)
    {
        return {time.now() + limit, "test"};
    }

    // Stops everything and closes every socket but those of the loop itself.
    void end()
    {
        http.close_idle();
        for (auto& server : servers_)
            server.stop();
        run(join());
        for (auto& peer : peers_)
            run(peer.end());
        servers_.clear();
        peers_.clear();
    }

private:
    engine::runtime::task<bool> join()
    {
        co_await servers_running_.join();
        co_return true;
    }

    std::list<engine::http::server> servers_;
    std::list<raw_peer> peers_;
    engine::runtime::task_group servers_running_;
};

} // namespace support
