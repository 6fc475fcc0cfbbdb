#include "engine/http/socket_connector.hpp"

#include "engine/http/errc.hpp"
#include "engine/runtime/with_deadline.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace engine::http {

using namespace runtime;

namespace {

std::string text_of(const tcp_address& address)
{
    const auto host = address.address().to_string();
    return (address.address().is_v6() ? "[" + host + "]" : host) + ":" +
           std::to_string(address.port());
}

// Never throws: it runs in a race, where an exception would wait for the other side.
task<boost::system::error_code> connect_socket(tcp_socket& socket, tcp_address address)
{
    boost::system::error_code error;
    co_await socket.async_connect(address, asio::redirect_error(asio::use_awaitable, error));
    co_return error;
}

} // namespace

task<base::result<tcp_socket>> dial(std::vector<tcp_address> addresses, std::string whom,
                                    std::chrono::milliseconds timeout, clock& time)
{
    const auto started = time.now();
    const auto executor = co_await asio::this_coro::executor;
    std::string problems;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        tcp_socket socket(executor);
        const auto left = std::max(timeout - (time.now() - started), steady_time::duration(0));
        const bool last = i + 1 == addresses.size();
        const auto until =
            last ? steady_time::max() : time.now() + left / static_cast<int>(addresses.size() - i);
        const auto error =
            co_await with_deadline(time, until, connect_socket(socket, addresses[i]));
        if (error && !*error)
            co_return std::move(socket);
        problems += (problems.empty() ? "" : "; ") + text_of(addresses[i]) + ": " +
                    (error ? error->message() : "no answer in its share of the time");
    }
    co_return base::fail(errc::connect_failed, "connect to " + whom, base::clean_detail(problems));
}

socket_connector::socket_connector(std::string ca_file, std::chrono::milliseconds timeout,
                                   clock& time)
    : ca_file_(std::move(ca_file)), timeout_(timeout), time_(time), resolver_(time)
{
    ignore_broken_pipes();
}

task<base::result<std::unique_ptr<byte_stream>>> socket_connector::connect(endpoint where)
{
    auto session = where.tls ? new_session(where.host) : base::result<ssl_session>{};
    if (!session)
        co_return std::unexpected(session.error());
    auto addresses = co_await resolver_.resolve(where.host, where.port);
    if (!addresses)
        co_return std::unexpected(addresses.error());
    auto socket = co_await dial(std::move(*addresses), host_header(where), timeout_, time_);
    if (!socket)
        co_return std::unexpected(socket.error());
    if (!where.tls)
        co_return make_plain_stream(std::move(*socket));
    auto stream = co_await make_tls_stream(std::move(*socket), std::move(*session));
    if (!stream)
        stream.error().where += " with " + host_header(where);
    co_return stream;
}

base::result<ssl_session> socket_connector::new_session(const std::string& host)
{
    if (!context_) {
        auto made = make_client_context(ca_file_);
        if (!made)
            return std::unexpected(made.error());
        context_ = std::move(*made);
    }
    return make_client_session(context_.get(), host);
}

} // namespace engine::http
