// memory_net: a connector whose connections end in scripts instead of sockets.
#pragma once

#include "engine/http/errc.hpp"
#include "engine/http/memory_stream.hpp"
#include "engine/runtime/task_group.hpp"

#include "tests/support/peer_script.hpp"

#include <boost/asio/this_coro.hpp>

#include <deque>
#include <memory>
#include <vector>

namespace support {

// Owns the scripts' coroutines: call end() on the loop before it dies.
class memory_net {
public:
    explicit memory_net(boost::asio::any_io_executor executor)
        : executor_(executor), peers_(executor)
    {}

    engine::http::memory_stream_options options;
    // One per connection, in order; the last one serves all that come after it.
    std::vector<peer_script> scripts;
    int dialled = 0;
    int open = 0; // connections whose script has not ended

    [[nodiscard]] std::unique_ptr<engine::http::connector> make_connector()
    {
        return std::make_unique<dialler>(*this);
    }

    [[nodiscard]] engine::runtime::task<bool> end()
    {
        peers_.cancel();
        co_await peers_.join();
        co_return true;
    }

private:
    class dialler final : public engine::http::connector {
    public:
        explicit dialler(memory_net& net) : net_(net) {}
        engine::runtime::task<engine::base::result<std::unique_ptr<engine::http::byte_stream>>>
        connect(engine::http::endpoint, engine::http::connect_progress&) override
        {
            co_return net_.connect();
        }

    private:
        memory_net& net_;
    };

    engine::base::result<std::unique_ptr<engine::http::byte_stream>> connect()
    {
        if (scripts.empty())
            return engine::base::fail(engine::http::errc::connect_failed, "connect",
                                      "nobody listens");
        const auto which =
            std::min<std::size_t>(static_cast<std::size_t>(dialled++), scripts.size() - 1);
        auto [ours, theirs] = engine::http::make_memory_streams(executor_, options);
        peers_.start(play_counted(std::move(theirs), scripts[which]));
        return std::move(ours);
    }

    engine::runtime::task<> play_counted(std::unique_ptr<engine::http::byte_stream> stream,
                                         peer_script script)
    {
        ++open;
        struct count_down {
            int& count;
            ~count_down() { --count; }
        } const on_exit{open};
        co_await play(std::move(stream), script);
    }

    boost::asio::any_io_executor executor_;
    engine::runtime::task_group peers_;
};

} // namespace support
