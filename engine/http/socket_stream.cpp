#include "engine/http/socket_stream.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace engine::http {

namespace {

using namespace runtime;

constexpr std::size_t pieces_max = 16; // of one system call

class plain_stream final : public byte_stream {
public:
    explicit plain_stream(tcp_socket socket) : socket_(std::move(socket))
    {
        boost::system::error_code ignored; // a socket that just died says so at the first read
        socket_.native_non_blocking(true, ignored);
        socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
        socket_.set_option(asio::socket_base::keep_alive(true), ignored);
        // Below the shortest idle limits we know of (5 minutes in home routers, 350 s in AWS's
        // balancers), and more often than the two minutes of many mobile networks.
        set_option(TCP_KEEPIDLE, 60);
        set_option(TCP_KEEPINTVL, 20);
    }

    task<> wait(io_wait what) override
    {
        using namespace asio::experimental::awaitable_operators;
        if (what == io_wait::either)
            co_await (wait_for(tcp_socket::wait_read) || wait_for(tcp_socket::wait_write));
        else
            co_await wait_for(what == io_wait::readable ? tcp_socket::wait_read
                                                        : tcp_socket::wait_write);
    }

    void close() override
    {
        boost::system::error_code ignored;
        socket_.close(ignored);
        fail(std::make_error_code(std::errc::not_connected));
    }

    void abort() override
    {
        boost::system::error_code ignored;
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
        socket_.close(ignored);
        fail(std::make_error_code(std::errc::not_connected));
    }

    io_step read_some(std::span<char> room) override
    {
        if (has_failed())
            return failed();
        for (;;) {
            const auto got = ::recv(descriptor(), room.data(), room.size(), 0);
            if (got > 0)
                return {io_state::done, static_cast<std::size_t>(got)};
            if (got == 0)
                return {io_state::closed};
            if (errno == EAGAIN || errno == EWOULDBLOCK)
                return {io_state::want_read};
            if (errno != EINTR)
                return fail_errno(errno);
        }
    }

    io_step write_some(std::span<const std::string_view> pieces) override
    {
        if (has_failed())
            return failed();
        std::array<iovec, pieces_max> parts;
        msghdr message{};
        message.msg_iov = parts.data();
        for (const auto piece : pieces.first(std::min(pieces.size(), pieces_max)))
            parts[message.msg_iovlen++] = {const_cast<char*>(piece.data()), piece.size()};
        for (;;) {
            const auto sent = ::sendmsg(descriptor(), &message, MSG_NOSIGNAL);
            if (sent >= 0)
                return {io_state::done, static_cast<std::size_t>(sent)};
            if (errno == EAGAIN || errno == EWOULDBLOCK)
                return {io_state::want_write};
            if (errno != EINTR) // an answer may still be there to read: this is no end for reads
                return {io_state::failed, 0, {errno, std::generic_category()}};
        }
    }

    idle_state look() override
    {
        char byte = 0;
        const auto got = ::recv(descriptor(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got > 0)
            return idle_state::has_bytes;
        const bool nothing_yet = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        return nothing_yet && !has_failed() ? idle_state::quiet : idle_state::gone;
    }

    [[nodiscard]] bool hides_written_bytes() const override { return false; }

private:
    [[nodiscard]] int descriptor() { return socket_.native_handle(); }
    [[nodiscard]] bool has_failed() const { return static_cast<bool>(error_); }
    [[nodiscard]] io_step failed() const { return {io_state::failed, 0, error_}; }
    io_step fail(std::error_code error)
    {
        if (!error_)
            error_ = error;
        return failed();
    }
    io_step fail_errno(int number) { return fail({number, std::generic_category()}); }

    // An error here (the socket was closed meanwhile) is found again by the read or write after it;
    // a cancellation comes out of the next co_await.
    task<> wait_for(tcp_socket::wait_type what)
    {
        boost::system::error_code ignored;
        co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, ignored));
    }

    void set_option(int name, int value)
    {
        (void)::setsockopt(socket_.native_handle(), IPPROTO_TCP, name, &value, sizeof value);
    }

    tcp_socket socket_;
    std::error_code error_;
};

} // namespace

std::unique_ptr<byte_stream> make_plain_stream(tcp_socket socket)
{
    return std::make_unique<plain_stream>(std::move(socket));
}

} // namespace engine::http
