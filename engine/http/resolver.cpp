#include "engine/http/resolver.hpp"

#include "engine/http/errc.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace engine::http {

using namespace runtime;

namespace {

// Long enough for a burst, short enough to follow a provider that moves (a guess; Go's and Node's
// own caches keep nothing, browsers one minute).
constexpr std::chrono::seconds kept_for{30};

} // namespace

struct resolver::lookup {
    explicit lookup(const asio::any_io_executor& executor)
        : system(executor), bell(executor, asio::steady_timer::time_point::max())
    {}

    asio::ip::tcp::resolver system;
    asio::steady_timer bell; // cancelled when done: wakes everyone
    bool done = false;
    boost::system::error_code error;
    std::vector<asio::ip::address> addresses;
    steady_time asked{};
};

void resolver::begin(const std::shared_ptr<lookup>& wanted, const std::string& host)
{
    // The handler owns the look-up: it may end after the one who asked, and after this resolver.
    wanted->system.async_resolve(host, "",
                                 [wanted](boost::system::error_code error, const auto& found) {
                                     wanted->error = error;
                                     for (const auto& entry : found)
                                         wanted->addresses.push_back(entry.endpoint().address());
                                     wanted->done = true;
                                     wanted->bell.cancel();
                                 });
}

task<base::result<std::vector<tcp_address>>> resolver::resolve(std::string host, std::uint16_t port)
{
    boost::system::error_code not_literal;
    const auto literal = asio::ip::make_address(host, not_literal);
    if (!not_literal)
        co_return std::vector<tcp_address>{{literal, port}};

    auto& kept = lookups_[host];
    const bool usable = kept && (!kept->done || (!kept->error && !kept->addresses.empty() &&
                                                 time_.now() - kept->asked < kept_for));
    if (!usable) {
        const auto executor = co_await asio::this_coro::executor;
        kept = std::make_shared<lookup>(executor);
        kept->asked = time_.now();
        begin(kept, host);
    }
    const auto mine = kept; // another caller may replace it while we wait
    while (!mine->done) {
        boost::system::error_code ignored;
        co_await mine->bell.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    if (mine->error || mine->addresses.empty()) {
        if (const auto place = lookups_.find(host);
            place != lookups_.end() && place->second == mine)
            lookups_.erase(place);
        co_return base::fail(
            errc::resolve_failed, "resolve " + host,
            base::clean_detail(mine->error ? mine->error.message() : "no address"));
    }
    std::vector<tcp_address> addresses;
    for (const auto& address : mine->addresses)
        addresses.emplace_back(address, port);
    co_return addresses;
}

} // namespace engine::http
