#include "engine/http/socket_stream.hpp"

#include "engine/http/errc.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace engine::http {

namespace {

using namespace runtime;

constexpr std::size_t pieces_max = 16;          // of one system call
constexpr std::size_t tls_record_bytes = 16384; // RFC 8446 section 5.1

// What plain and TLS streams share: waiting and closing.
class socket_stream : public byte_stream {
public:
    explicit socket_stream(tcp_socket socket) : socket_(std::move(socket))
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

protected:
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

private:
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

class plain_stream final : public socket_stream {
public:
    using socket_stream::socket_stream;

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
};

class tls_stream final : public socket_stream {
public:
    tls_stream(tcp_socket socket, ssl_session session)
        : socket_stream(std::move(socket)), session_(std::move(session))
    {
        SSL_set_fd(session_.get(), descriptor());
    }

    // want_* until done; `bytes` stays 0.
    io_step shake_hands()
    {
        forget_old_errors();
        const int done = SSL_do_handshake(session_.get());
        return done == 1 ? io_step{} : explain(done);
    }

    [[nodiscard]] long verify_result() const { return SSL_get_verify_result(session_.get()); }

    io_step read_some(std::span<char> room) override
    {
        if (has_failed())
            return failed();
        forget_old_errors();
        std::size_t got = 0;
        const int done = SSL_read_ex(session_.get(), room.data(), room.size(), &got);
        return done == 1 ? io_step{io_state::done, got} : explain(done);
    }

    io_step write_some(std::span<const std::string_view> pieces) override
    {
        if (has_failed())
            return failed();
        // Small pieces share a record. The same pieces make the same bytes again, which is what
        // OpenSSL asks for after want_*.
        static thread_local std::array<char, tls_record_bytes> record;
        std::string_view bytes = pieces.front();
        if (bytes.size() < record.size() && pieces.size() > 1) {
            std::size_t filled = 0;
            for (const auto piece : pieces) {
                const auto part = piece.substr(0, record.size() - filled);
                std::memcpy(record.data() + filled, part.data(), part.size());
                filled += part.size();
            }
            bytes = {record.data(), filled};
        }
        forget_old_errors();
        std::size_t sent = 0;
        const int done = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &sent);
        return done == 1 ? io_step{io_state::done, sent} : explain(done);
    }

    idle_state look() override
    {
        if (has_failed())
            return idle_state::gone;
        forget_old_errors();
        char byte = 0;
        std::size_t got = 0;
        // Also takes in what is not for us, such as session tickets, which are no reason to close.
        const int done = SSL_peek_ex(session_.get(), &byte, 1, &got);
        if (done == 1)
            return idle_state::has_bytes;
        const auto state = explain(done).state;
        return state == io_state::want_read ? idle_state::quiet : idle_state::gone;
    }

    // A record may have left in part when the call that made it fails.
    [[nodiscard]] bool hides_written_bytes() const override { return true; }

    void close() override
    {
        if (!has_failed()) {
            ERR_clear_error();
            (void)SSL_shutdown(session_.get()); // says goodbye; nobody waits for the answer
            ERR_clear_error();
        }
        socket_stream::close();
    }

private:
    // What explain() looks at must come from the call before it and no other.
    static void forget_old_errors()
    {
        ERR_clear_error();
        errno = 0;
    }

    io_step explain(int returned)
    {
        const int system_error = errno;
        switch (SSL_get_error(session_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            return {io_state::want_read};
        case SSL_ERROR_WANT_WRITE:
            return {io_state::want_write};
        case SSL_ERROR_ZERO_RETURN:
            return {io_state::closed};
        case SSL_ERROR_SYSCALL:
            if (ERR_peek_error() == 0)
                return fail_errno(system_error != 0 ? system_error : ECONNRESET);
            break;
        default:
            break;
        }
        return fail(take_ssl_error());
    }

    ssl_session session_;
};

} // namespace

std::unique_ptr<byte_stream> make_plain_stream(tcp_socket socket)
{
    return std::make_unique<plain_stream>(std::move(socket));
}

task<base::result<std::unique_ptr<byte_stream>>> make_tls_stream(tcp_socket socket,
                                                                 ssl_session session)
{
    auto stream = std::make_unique<tls_stream>(std::move(socket), std::move(session));
    for (;;) {
        const auto step = stream->shake_hands();
        if (step.state == io_state::done)
            co_return std::move(stream);
        if (step.state == io_state::want_read) {
            co_await stream->wait(io_wait::readable);
        } else if (step.state == io_state::want_write) {
            co_await stream->wait(io_wait::writable);
        } else if (const long verdict = stream->verify_result(); verdict != X509_V_OK) {
            co_return base::fail(errc::certificate_invalid, "TLS handshake",
                                 base::clean_detail(X509_verify_cert_error_string(verdict)));
        } else {
            co_return base::fail(
                errc::tls_failed, "TLS handshake",
                base::clean_detail(step.error ? step.error.message() : "closed by the peer"));
        }
    }
}

} // namespace engine::http
