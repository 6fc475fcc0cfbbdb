#include "engine/http/errc.hpp"

#include <string>

namespace engine::http {

namespace {

const char* text_of(errc code)
{
    switch (code) {
    case errc::invalid_request:
        return "invalid request";
    case errc::malformed_url:
        return "malformed URL";
    case errc::trust_store_failed:
        return "trust store failed";
    case errc::client_certificate_failed:
        return "client certificate failed";
    case errc::client_certificate_refused:
        return "client certificate refused";
    case errc::resolve_failed:
        return "resolve failed";
    case errc::connect_failed:
        return "connect failed";
    case errc::connect_timeout:
        return "connect timeout";
    case errc::proxy_failed:
        return "proxy failed";
    case errc::proxy_refused:
        return "proxy refused";
    case errc::tls_failed:
        return "TLS failed";
    case errc::certificate_invalid:
        return "certificate invalid";
    case errc::send_failed:
        return "send failed";
    case errc::first_byte_timeout:
        return "first byte timeout";
    case errc::idle_timeout:
        return "idle timeout";
    case errc::total_timeout:
        return "total timeout";
    case errc::connection_closed:
        return "connection closed";
    case errc::truncated:
        return "truncated";
    case errc::malformed_response:
        return "malformed response";
    case errc::header_too_large:
        return "header too large";
    case errc::response_too_large:
        return "response too large";
    case errc::unsupported_encoding:
        return "unsupported encoding";
    case errc::corrupt_encoding:
        return "corrupt encoding";
    case errc::refused_by_handler:
        return "refused by handler";
    case errc::listen_failed:
        return "listen failed";
    }
    return "unknown HTTP failure";
}

struct http_category final : std::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "http"; }
    [[nodiscard]] std::string message(int code) const override
    {
        return text_of(static_cast<errc>(code));
    }
};

} // namespace

std::error_code make_error_code(errc code)
{
    static const http_category category;
    return {static_cast<int>(code), category};
}

} // namespace engine::http
