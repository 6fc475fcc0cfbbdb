#include "engine/http/dial.hpp"

#include "engine/base/assert.hpp"
#include "engine/http/errc.hpp"
#include "engine/runtime/bell.hpp"

#include <boost/asio/this_coro.hpp>

#include <list>
#include <memory>
#include <optional>
#include <utility>

namespace engine::http {

using namespace runtime;

namespace {

std::string text_of(const tcp_address& address)
{
    const auto host = address.address().to_string();
    return (address.address().is_v6() ? "[" + host + "]" : host) + ":" +
           std::to_string(address.port());
}

// What the attempts share with the one who waits. Each attempt's handler owns it too, since it may
// come after that one has left.
struct race {
    explicit race(const asio::any_io_executor& executor) : news(executor) {}

    bell news;
    std::list<tcp_socket> attempts;
    std::optional<tcp_socket> winner;
    std::size_t failures = 0;
    std::string problems;
    bool over = false;

    void finish()
    {
        over = true;
        boost::system::error_code ignored;
        for (auto& socket : attempts)
            socket.close(ignored);
    }
};

void begin(const std::shared_ptr<race>& run, const asio::any_io_executor& executor,
           const tcp_address& address)
{
    auto& socket = run->attempts.emplace_back(executor);
    socket.async_connect(address, [run, address, &socket](boost::system::error_code error) {
        if (run->over || run->winner)
            return;
        if (error) {
            ++run->failures;
            run->problems +=
                (run->problems.empty() ? "" : "; ") + text_of(address) + ": " + error.message();
        } else {
            run->winner = std::move(socket);
        }
        run->news.ring();
    });
}

} // namespace

std::vector<tcp_address> interleaved(std::vector<tcp_address> addresses)
{
    std::vector<tcp_address> first, second;
    for (const auto& one : addresses)
        (one.protocol() == addresses.front().protocol() ? first : second).push_back(one);
    std::vector<tcp_address> out;
    for (std::size_t i = 0; i < first.size() || i < second.size(); ++i) {
        if (i < first.size())
            out.push_back(first[i]);
        if (i < second.size())
            out.push_back(second[i]);
    }
    return out;
}

task<base::result<tcp_socket>> dial(std::vector<tcp_address> addresses, std::string whom,
                                    clock& time)
{
    ENGINE_ASSERT(!addresses.empty());
    addresses = interleaved(std::move(addresses));
    if (addresses.size() > dialled_addresses_max)
        addresses.resize(dialled_addresses_max, addresses.front());
    const auto executor = co_await asio::this_coro::executor;
    const auto run = std::make_shared<race>(executor);
    struct finisher {
        race& mine;
        ~finisher() { mine.finish(); }
    } const on_exit{*run};

    std::size_t begun = 0;
    std::size_t failures_seen = 0;
    auto next_at = time.now();
    for (;;) {
        if (run->winner)
            co_return std::move(*run->winner);
        if (run->failures == addresses.size())
            co_return base::fail(errc::connect_failed, "connect to " + whom,
                                 base::clean_detail(run->problems));
        const bool more = begun < addresses.size();
        if (more && (run->failures > failures_seen || time.now() >= next_at)) {
            begin(run, executor, addresses[begun++]);
            failures_seen = run->failures;
            next_at = time.now() + dial_stagger;
        }
        co_await run->news.wait_until(time,
                                      begun < addresses.size() ? next_at : steady_time::max());
    }
}

} // namespace engine::http
