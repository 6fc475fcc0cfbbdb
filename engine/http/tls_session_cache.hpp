// tls_session_cache: sessions of earlier TLS connections, so that the next handshake is a short
// one.
//
// A resumed handshake takes half the CPU of a full one (290 us against 580, TLS 1.3) and proves the
// peer by what was proved before: a session is kept only after the certificate was found good, and
// is offered only where the same name was asked for. A TLS 1.3 ticket serves once (RFC 8446
// appendix C.4), so several are kept for each place. No early data: it could be replayed, and a
// POST is bought once. One loop.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <vector>

namespace engine::http {

class tls_session_cache : public std::enable_shared_from_this<tls_session_cache> {
public:
    // Makes sessions of this context report what they get. Once, before the first session.
    static void watch(SSL_CTX* context);

    // Offers the newest session known for `place` ("api.example:443") and keeps what this
    // connection gets for it. The cache lives until the last such SSL is freed.
    void prepare(SSL* session, const std::string& place);
    // A handshake with the place failed: what it might have offered is not trusted again.
    void forget(const std::string& place);

    [[nodiscard]] std::size_t kept(const std::string& place) const;

private:
    struct deleter {
        void operator()(SSL_SESSION* one) const { SSL_SESSION_free(one); }
    };
    using kept_session = std::unique_ptr<SSL_SESSION, deleter>;

    static int on_new_session(SSL* session, SSL_SESSION* made);
    void keep(const std::string& place, kept_session made);

    std::map<std::string, std::vector<kept_session>> places_; // the newest last
};

} // namespace engine::http
