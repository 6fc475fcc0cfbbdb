// socket_connector: the real way to an endpoint: name, TCP, a proxy where one is set, TLS where it
// is wanted.
#pragma once

#include "engine/http/byte_stream.hpp"
#include "engine/http/proxy.hpp"
#include "engine/http/resolver.hpp"
#include "engine/http/tls_context.hpp"
#include "engine/http/tls_session_cache.hpp"
#include "engine/runtime/clock.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace engine::http {

struct connector_options {
    tls_files files;
    proxy_settings proxies;
    std::size_t header_bytes_max = 32 * 1024; // of a proxy's answer
};

class socket_connector final : public connector {
public:
    // `time` must outlive it.
    socket_connector(connector_options options, runtime::clock& time);

    [[nodiscard]] runtime::task<base::result<std::unique_ptr<byte_stream>>>
    connect(endpoint where, connect_progress& progress) override;

private:
    using stream_result = base::result<std::unique_ptr<byte_stream>>;
    // Whom a TLS session is for.
    struct peer {
        std::string host;
        std::string name; // for messages, and where its sessions are kept
        bool is_proxy = false;
    };

    [[nodiscard]] runtime::task<stream_result> reach(std::string host, std::uint16_t port,
                                                     std::string name, connect_progress& progress);
    [[nodiscard]] runtime::task<stream_result>
    reach_through(const proxy_address& via, endpoint target, connect_progress& progress);
    [[nodiscard]] runtime::task<stream_result> secure(std::unique_ptr<byte_stream> stream,
                                                      peer with);
    [[nodiscard]] base::result<void> need_context();
    [[nodiscard]] base::result<ssl_session> new_session(const peer& with);

    connector_options options_;
    runtime::clock& time_;
    resolver resolver_;
    ssl_context context_; // made with the first TLS connection
    std::shared_ptr<tls_session_cache> sessions_ = std::make_shared<tls_session_cache>();
};

} // namespace engine::http
