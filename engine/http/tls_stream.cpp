#include "engine/http/tls_stream.hpp"

#include "engine/http/errc.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <utility>

namespace engine::http {

namespace {

using namespace runtime;

constexpr std::size_t tls_record_bytes = 16384; // RFC 8446 section 5.1

// The stream below, as OpenSSL sees it. It lives in a tls_stream, whose session owns the BIO.
class carrier_bio {
public:
    explicit carrier_bio(std::unique_ptr<byte_stream> stream) : stream_(std::move(stream)) {}

    void attach(SSL* session)
    {
        BIO* made = BIO_new(method());
        if (made == nullptr)
            throw std::bad_alloc();
        BIO_set_data(made, this);
        BIO_set_init(made, 1);
        SSL_set_bio(session, made, made); // owns it from here on
    }

    [[nodiscard]] byte_stream& stream() { return *stream_; }
    [[nodiscard]] std::error_code error() const { return error_; }

private:
    struct free_method {
        void operator()(BIO_METHOD* object) const { BIO_meth_free(object); }
    };

    static const BIO_METHOD* method()
    {
        static const std::unique_ptr<BIO_METHOD, free_method> made = [] {
            std::unique_ptr<BIO_METHOD, free_method> one(
                BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "byte_stream"));
            if (!one)
                throw std::bad_alloc();
            BIO_meth_set_read_ex(one.get(), read);
            BIO_meth_set_write_ex(one.get(), write);
            BIO_meth_set_ctrl(one.get(), control);
            return one;
        }();
        return made.get();
    }

    static carrier_bio& of(BIO* bio) { return *static_cast<carrier_bio*>(BIO_get_data(bio)); }

    static int read(BIO* bio, char* room, std::size_t room_bytes, std::size_t* got)
    {
        const auto step = of(bio).stream_->read_some({room, room_bytes});
        return of(bio).tell(bio, step, got);
    }

    static int write(BIO* bio, const char* bytes, std::size_t count, std::size_t* sent)
    {
        const std::string_view piece(bytes, count);
        const auto step = of(bio).stream_->write_some(std::span(&piece, 1));
        return of(bio).tell(bio, step, sent);
    }

    int tell(BIO* bio, const io_step& step, std::size_t* moved)
    {
        BIO_clear_retry_flags(bio);
        *moved = step.bytes;
        switch (step.state) {
        case io_state::done:
            return 1;
        case io_state::want_read:
            BIO_set_retry_read(bio);
            return 0;
        case io_state::want_write:
            BIO_set_retry_write(bio);
            return 0;
        case io_state::closed:
            at_end_ = true;
            return 0;
        case io_state::failed:
            error_ = step.error;
            return 0;
        }
        return 0;
    }

    static long control(BIO* bio, int what, long, void*)
    {
        if (what == BIO_CTRL_EOF)
            return of(bio).at_end_ ? 1 : 0;
        return what == BIO_CTRL_FLUSH ? 1 : 0; // nothing is held back
    }

    std::unique_ptr<byte_stream> stream_;
    std::error_code error_; // of the stream, which OpenSSL does not pass on
    bool at_end_ = false;
};

class tls_stream final : public byte_stream {
public:
    tls_stream(std::unique_ptr<byte_stream> carrier, ssl_session session)
        : carrier_(std::move(carrier)), session_(std::move(session))
    {
        carrier_.attach(session_.get());
    }

    // want_* until done; `bytes` stays 0.
    io_step shake_hands()
    {
        ERR_clear_error();
        const int done = SSL_do_handshake(session_.get());
        return done == 1 ? io_step{} : explain(done);
    }

    [[nodiscard]] long verify_result() const { return SSL_get_verify_result(session_.get()); }

    io_step read_some(std::span<char> room) override
    {
        if (error_)
            return failed();
        ERR_clear_error();
        std::size_t got = 0;
        const int done = SSL_read_ex(session_.get(), room.data(), room.size(), &got);
        return done == 1 ? io_step{io_state::done, got} : explain(done);
    }

    io_step write_some(std::span<const std::string_view> pieces) override
    {
        if (error_)
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
        ERR_clear_error();
        std::size_t sent = 0;
        const int done = SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &sent);
        return done == 1 ? io_step{io_state::done, sent} : explain(done);
    }

    task<> wait(io_wait what) override { co_await carrier_.stream().wait(what); }

    idle_state look() override
    {
        if (error_)
            return idle_state::gone;
        ERR_clear_error();
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

    [[nodiscard]] bool resumed() const override { return SSL_session_reused(session_.get()) == 1; }

    void close() override
    {
        if (!error_) {
            ERR_clear_error();
            (void)SSL_shutdown(session_.get()); // says goodbye; nobody waits for the answer
            ERR_clear_error();
        }
        carrier_.stream().close();
        fail(std::make_error_code(std::errc::not_connected));
    }

    void abort() override
    {
        carrier_.stream().abort();
        fail(std::make_error_code(std::errc::not_connected));
    }

private:
    io_step explain(int returned)
    {
        switch (SSL_get_error(session_.get(), returned)) {
        case SSL_ERROR_WANT_READ:
            return {io_state::want_read};
        case SSL_ERROR_WANT_WRITE:
            return {io_state::want_write};
        case SSL_ERROR_ZERO_RETURN:
            return {io_state::closed};
        case SSL_ERROR_SYSCALL:
            if (ERR_peek_error() == 0)
                return fail(carrier_.error() ? carrier_.error()
                                             : std::make_error_code(std::errc::connection_reset));
            break;
        default:
            break;
        }
        return fail(take_ssl_error());
    }

    [[nodiscard]] io_step failed() const { return {io_state::failed, 0, error_}; }
    io_step fail(std::error_code error)
    {
        if (!error_)
            error_ = error;
        return failed();
    }

    carrier_bio carrier_;
    ssl_session session_;
    std::error_code error_;
};

} // namespace

task<base::result<std::unique_ptr<byte_stream>>>
make_tls_stream(std::unique_ptr<byte_stream> carrier, ssl_session session)
{
    auto stream = std::make_unique<tls_stream>(std::move(carrier), std::move(session));
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
            const bool ours = is_certificate_alert(step.error);
            co_return base::fail(
                ours ? errc::client_certificate_refused : errc::tls_failed, "TLS handshake",
                base::clean_detail(step.error ? step.error.message() : "closed by the peer"));
        }
    }
}

} // namespace engine::http
