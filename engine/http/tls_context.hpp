// tls_context: one OpenSSL context per client or server: TLS 1.2 and up, certificates always
// verified on the client side, ALPN http/1.1.
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

// Reads the trust store: 23 ms and 0.8 MB for a system's bundle, so once per client.
// errc::trust_store_failed.
[[nodiscard]] base::result<ssl_context> make_client_context(const std::string& ca_file);
// errc::trust_store_failed when certificate and key cannot be used or do not belong together.
[[nodiscard]] base::result<ssl_context> make_server_context(const std::string& certificate_pem,
                                                            const std::string& private_key_pem);

// A session that will accept only a certificate for `host` (a name or an IP address).
[[nodiscard]] base::result<ssl_session> make_client_session(SSL_CTX* context,
                                                            const std::string& host);

// The oldest error in OpenSSL's queue, which is emptied, as a code with a readable message.
[[nodiscard]] std::error_code take_ssl_error();

// OpenSSL writes to sockets with write(): a peer that has gone would kill the process. Leaves a
// handler of the program alone.
void ignore_broken_pipes();

} // namespace engine::http
