#include "engine/http/tls_context.hpp"

#include "engine/http/errc.hpp"
#include "engine/http/tls_session_cache.hpp"

#include <arpa/inet.h>
#include <array>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace engine::http {

namespace {

struct ssl_category final : std::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "openssl"; }
    [[nodiscard]] std::string message(int code) const override
    {
        const char* reason = ERR_reason_error_string(static_cast<unsigned long>(code));
        return reason != nullptr ? reason : "TLS error " + std::to_string(code);
    }
};

const std::error_category& ssl_errors()
{
    static const ssl_category category;
    return category;
}

std::unexpected<base::failure> setup_failed(std::string where, errc code = errc::trust_store_failed)
{
    const auto reason = take_ssl_error();
    return base::fail(code, std::move(where), base::clean_detail(reason.message()));
}

// OpenSSL's own way is to ask on the terminal, in the middle of the night.
int no_passphrase(char*, int, int, void*)
{
    return 0;
}

base::result<ssl_context> make_context(const SSL_METHOD* method)
{
    ERR_clear_error();
    ssl_context context(SSL_CTX_new(method));
    if (!context)
        return setup_failed("set up TLS");
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    // An idle session gives its 2 x 17 KB of buffers back; a write may take part of what it was
    // given and go on from another address.
    SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // What a client resumes is kept in tls_session_cache; servers hand out tickets and keep
    // nothing.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(context.get(), no_passphrase);
    return context;
}

constexpr std::array<unsigned char, 9> http_1_1 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned int offered_bytes, void*)
{
    auto* place = const_cast<unsigned char**>(chosen);
    const int found = SSL_select_next_proto(place, chosen_bytes, http_1_1.data(), http_1_1.size(),
                                            offered, offered_bytes);
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

struct free_bio {
    void operator()(BIO* memory) const { BIO_free(memory); }
};
struct free_certificate {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
struct free_key {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using bio = std::unique_ptr<BIO, free_bio>;

bio read_only(const std::string& text)
{
    return bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool use_chain(SSL_CTX* context, const std::string& pem)
{
    const auto text = read_only(pem);
    using certificate = std::unique_ptr<X509, free_certificate>;
    const certificate leaf(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
    if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
        return false;
    while (const certificate next{PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)})
        if (SSL_CTX_add1_chain_cert(context, next.get()) != 1)
            return false;
    ERR_clear_error(); // the last read failed at the end of the text
    return true;
}

base::result<void> use_own_certificate(SSL_CTX* context, const tls_files& files)
{
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate_file.c_str()) != 1)
        return setup_failed("read client certificate " + files.certificate_file,
                            errc::client_certificate_failed);
    const auto& key_file = files.key_file.empty() ? files.certificate_file : files.key_file;
    if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
        return setup_failed("read client key " + key_file + " (a key must not be encrypted)",
                            errc::client_certificate_failed);
    return {};
}

bool is_ip_address(const std::string& host)
{
    std::array<unsigned char, 16> address{};
    return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

} // namespace

base::result<ssl_context> make_client_context(const tls_files& files)
{
    const auto& ca_file = files.ca_file;
    auto context = make_context(TLS_client_method());
    if (!context)
        return context;
    const bool loaded =
        ca_file.empty()
            ? SSL_CTX_set_default_verify_paths(context->get()) == 1
            : SSL_CTX_load_verify_locations(context->get(), ca_file.c_str(), nullptr) == 1;
    if (!loaded)
        return setup_failed(ca_file.empty() ? "read the system's CA certificates"
                                            : "read CA file " + ca_file);
    SSL_CTX_set_verify(context->get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_alpn_protos(context->get(), http_1_1.data(), http_1_1.size());
    tls_session_cache::watch(context->get());
    if (!files.certificate_file.empty())
        if (auto used = use_own_certificate(context->get(), files); !used)
            return std::unexpected(used.error());
    return context;
}

base::result<ssl_context> make_server_context(const std::string& certificate_pem,
                                              const std::string& private_key_pem)
{
    auto context = make_context(TLS_server_method());
    if (!context)
        return context;
    if (!use_chain(context->get(), certificate_pem))
        return setup_failed("read server certificate");
    const auto text = read_only(private_key_pem);
    const std::unique_ptr<EVP_PKEY, free_key> key(
        PEM_read_bio_PrivateKey(text.get(), nullptr, no_passphrase, nullptr));
    if (!key || SSL_CTX_use_PrivateKey(context->get(), key.get()) != 1)
        return setup_failed("read server key");
    SSL_CTX_set_alpn_select_cb(context->get(), choose_protocol, nullptr);
    return context;
}

base::result<ssl_session> make_client_session(SSL_CTX* context, const std::string& host)
{
    ERR_clear_error();
    ssl_session session(SSL_new(context));
    if (!session)
        return setup_failed("set up TLS");
    auto* checks = SSL_get0_param(session.get());
    bool armed = false;
    if (is_ip_address(host)) {
        armed = X509_VERIFY_PARAM_set1_ip_asc(checks, host.c_str()) == 1;
    } else {
        X509_VERIFY_PARAM_set_hostflags(checks, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        // SNI carries names only (RFC 6066 section 3).
        armed = X509_VERIFY_PARAM_set1_host(checks, host.data(), host.size()) == 1 &&
                SSL_set_tlsext_host_name(session.get(), host.c_str()) == 1;
    }
    if (!armed)
        return setup_failed("set up TLS for " + host);
    SSL_set_connect_state(session.get());
    return session;
}

void show_no_certificate(SSL* session)
{
    SSL_certs_clear(session);
}

std::error_code take_ssl_error()
{
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    return {static_cast<int>(code), ssl_errors()};
}

bool is_certificate_alert(std::error_code code)
{
    if (code.category() != ssl_errors())
        return false;
    switch (ERR_GET_REASON(static_cast<unsigned long>(code.value()))) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        return true;
    default:
        return false;
    }
}

} // namespace engine::http
