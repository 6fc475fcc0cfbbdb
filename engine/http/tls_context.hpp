// tls_context: one OpenSSL context per client or server: TLS 1.2 and up, certificates always
// verified on the client side, ALPN http/1.1, no early data.
#pragma once

#include "engine/base/result.hpp"

#include <memory>
#include <openssl/ssl.h>
#include <string>
#include <system_error>

namespace engine::http {

struct ssl_deleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* session) const { SSL_free(session); }
};
using ssl_context = std::unique_ptr<SSL_CTX, ssl_deleter>;
using ssl_session = std::unique_ptr<SSL, ssl_deleter>; // keeps its context alive

// What a client trusts, and who it is. All PEM files.
struct tls_files {
    std::string ca_file;          // instead of the system's store; empty = the system's
    std::string certificate_file; // ours, the leaf first; empty = none is shown
    std::string key_file;         // not encrypted; empty = it is in certificate_file
};
// Reads the files: 23 ms and 0.8 MB for a system's bundle, so once per client. Failures:
// trust_store_failed, client_certificate_failed.
[[nodiscard]] base::result<ssl_context> make_client_context(const tls_files& files);
// errc::trust_store_failed when certificate and key cannot be used or do not belong together.
[[nodiscard]] base::result<ssl_context> make_server_context(const std::string& certificate_pem,
                                                            const std::string& private_key_pem);

// A session that will accept only a certificate for `host` (a name or an IP address).
[[nodiscard]] base::result<ssl_session> make_client_session(SSL_CTX* context,
                                                            const std::string& host);
// The session will not show the context's own certificate, whoever asks.
void show_no_certificate(SSL* session);

// The oldest error in OpenSSL's queue, which is emptied, as a code with a readable message.
[[nodiscard]] std::error_code take_ssl_error();
// An alert by which a server refuses our certificate, or wants one that we did not show. TLS 1.3
// says so only after our side of the handshake is over.
[[nodiscard]] bool is_certificate_alert(std::error_code code);

} // namespace engine::http
