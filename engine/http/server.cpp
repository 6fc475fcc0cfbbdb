#include "engine/http/server.hpp"

#include "engine/base/assert.hpp"
#include "engine/http/server_connection.hpp"
#include "engine/http/socket_stream.hpp"
#include "engine/http/tls_stream.hpp"
#include "engine/runtime/task_group.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>

namespace engine::http {

using namespace runtime;
using asio::ip::tcp;

struct server::parts {
    parts(server_options wanted, const asio::any_io_executor& home)
        : options(std::move(wanted)), executor(home), acceptor(home),
          read_buffer(std::max<std::size_t>(64 * 1024, 2 * options.header_bytes_max))
    {}

    server_options options;
    asio::any_io_executor executor;
    tcp::acceptor acceptor;
    std::uint16_t port = 0;
    ssl_context tls;
    std::vector<char> read_buffer;
    handler answer;
    std::shared_ptr<task_group> group; // while serve() runs
    bool stopped = false;
    std::size_t connections = 0;

    task<> accept();
    task<> serve_socket(tcp::socket socket);
    task<> serve_stream(std::unique_ptr<byte_stream> stream, std::string peer, handler with);
};

namespace {

class counted {
public:
    explicit counted(std::size_t& count) : count_(count) { ++count_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() { --count_; }

private:
    std::size_t& count_;
};

std::string text_of(const tcp::endpoint& address)
{
    const auto host = address.address().to_string();
    return (address.address().is_v6() ? "[" + host + "]" : host) + ":" +
           std::to_string(address.port());
}

} // namespace

server::server(server_options options, asio::any_io_executor executor)
    : parts_(std::make_unique<parts>(std::move(options), executor))
{}

server::~server()
{
    ENGINE_ASSERT(parts_->group == nullptr);
}

base::result<void> server::listen()
{
    const auto& options = parts_->options;
    auto& acceptor = parts_->acceptor;
    if (!options.certificate_pem.empty()) {
        auto made = make_server_context(options.certificate_pem, options.private_key_pem);
        if (!made)
            return std::unexpected(made.error());
        parts_->tls = std::move(*made);
    }
    boost::system::error_code error;
    const tcp::endpoint wanted(asio::ip::make_address(options.address, error), options.port);
    if (!error)
        acceptor.open(wanted.protocol(), error);
    if (!error)
        acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error)
        acceptor.bind(wanted, error);
    if (!error)
        acceptor.listen(4096, error); // a thousand clients may come at once
    if (error)
        return base::fail(errc::listen_failed,
                          "listen on " + options.address + ":" + std::to_string(options.port),
                          base::clean_detail(error.message()));
    parts_->port = acceptor.local_endpoint().port();
    return {};
}

std::uint16_t server::port() const
{
    ENGINE_ASSERT(parts_->port != 0);
    return parts_->port;
}

task<> server::serve(handler answer)
{
    auto& parts = *parts_;
    ENGINE_ASSERT(parts.port != 0 && parts.group == nullptr);
    if (parts.stopped)
        co_return;
    parts.answer = std::move(answer);
    const auto group = std::make_shared<task_group>(parts.executor);
    parts.group = group;
    struct forget_group {
        server::parts& owner;
        ~forget_group() { owner.group = nullptr; }
    } on_exit{parts};
    group->start(parts.accept());
    co_await group->join();
}

void server::stop()
{
    parts_->stopped = true;
    boost::system::error_code ignored;
    parts_->acceptor.close(ignored);
    // On the loop, wherever we are called from: a child that ends between the asking and the
    // hearing would leave Asio's own cancellation handler without its memory.
    asio::dispatch(parts_->executor, [running = std::weak_ptr(parts_->group)] {
        if (const auto group = running.lock())
            group->cancel();
    });
}

std::size_t server::connections() const
{
    return parts_->connections;
}

task<> server::serve_stream(std::unique_ptr<byte_stream> stream, std::string peer, handler answer)
{
    co_await parts_->serve_stream(std::move(stream), std::move(peer), std::move(answer));
}

task<> server::parts::accept()
{
    while (!stopped) {
        boost::system::error_code error;
        tcp::endpoint peer;
        auto socket = co_await acceptor.async_accept(
            executor, peer, asio::redirect_error(asio::use_awaitable, error));
        if (!error) {
            group->start(serve_socket(std::move(socket)));
        } else if (!stopped) {
            // Most likely out of descriptors: accepting again at once would spin until one is free.
            asio::steady_timer pause(executor, std::chrono::milliseconds(10));
            co_await pause.async_wait(asio::use_awaitable);
        }
    }
}

task<> server::parts::serve_socket(tcp::socket socket)
{
    boost::system::error_code gone;
    const auto address = socket.remote_endpoint(gone);
    if (gone)
        co_return;
    auto stream = make_plain_stream(std::move(socket));
    if (tls) {
        ssl_session session(SSL_new(tls.get()));
        if (!session)
            co_return;
        SSL_set_accept_state(session.get());
        auto made = co_await make_tls_stream(std::move(stream), std::move(session));
        if (!made)
            co_return; // the client has been told by an alert
        stream = std::move(*made);
    }
    co_await serve_stream(std::move(stream), text_of(address), answer);
}

task<> server::parts::serve_stream(std::unique_ptr<byte_stream> stream, std::string peer,
                                   handler with)
{
    const counted one_more(connections);
    server_connection connection(std::move(stream), std::move(peer), options, read_buffer, with);
    co_await connection.run();
}

} // namespace engine::http
