// test_trust: a certificate authority whose file a client can be told to trust, and peers that hold
// its certificates.
#pragma once

#include "engine/http/client.hpp"
#include "engine/http/server.hpp"
#include "engine/http/tls_context.hpp"

#include "tests/support/raw_peer.hpp"
#include "tests/support/temporary_folder.hpp"
#include "tests/support/test_certificates.hpp"

#include <fstream>
#include <string>

namespace support {

struct authority_on_disk {
    test_authority authority;
    temporary_folder folder;

    [[nodiscard]] std::string file(const std::string& name, const std::string& text) const
    {
        auto path = folder.path(name);
        std::ofstream(path) << text;
        return path;
    }
    [[nodiscard]] std::string ca_file() const { return file("ca.pem", authority.pem()); }
    [[nodiscard]] engine::http::client_options options() const
    {
        engine::http::client_options made;
        made.ca_file = ca_file();
        return made;
    }
};

[[nodiscard]] inline engine::http::server_options with(const issued_certificate& certificate)
{
    engine::http::server_options options;
    options.certificate_pem = certificate.certificate_pem;
    options.private_key_pem = certificate.key_pem;
    return options;
}

// `context` must live as long as the peer.
[[nodiscard]] inline raw_peer::session_maker sessions(const engine::http::ssl_context& context)
{
    return [&context] {
        engine::http::ssl_session session(SSL_new(context.get()));
        SSL_set_accept_state(session.get());
        return session;
    };
}

} // namespace support
