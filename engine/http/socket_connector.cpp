#include "engine/http/socket_connector.hpp"

#include "engine/http/dial.hpp"
#include "engine/http/errc.hpp"
#include "engine/http/tls_stream.hpp"
#include "engine/http/tunnel.hpp"

#include <utility>

namespace engine::http {

using namespace runtime;

socket_connector::socket_connector(connector_options options, clock& time)
    : options_(std::move(options)), time_(time), resolver_(time)
{}

task<base::result<std::unique_ptr<byte_stream>>>
socket_connector::connect(endpoint where, connect_progress& progress)
{
    const auto* via = proxy_for(options_.proxies, where);
    // Before anything is dialled: a trust store that cannot be read is no matter of the network.
    if (where.tls || (via != nullptr && via->tls))
        if (auto ready = need_context(); !ready)
            co_return std::unexpected(ready.error());
    stream_result stream;
    if (via != nullptr)
        stream = co_await reach_through(*via, where, progress);
    else
        stream = co_await reach(where.host, where.port, host_header(where), progress);
    if (!stream || !where.tls)
        co_return stream;
    progress.step = "TLS handshake";
    auto secured = co_await secure(std::move(*stream), {where.host, host_header(where), false});
    co_return secured;
}

task<socket_connector::stream_result> socket_connector::reach(std::string host, std::uint16_t port,
                                                              std::string name,
                                                              connect_progress& progress)
{
    progress.step = "looking up the name";
    auto addresses = co_await resolver_.resolve(host, port);
    if (!addresses)
        co_return std::unexpected(addresses.error());
    progress.step = "TCP";
    auto socket = co_await dial(std::move(*addresses), std::move(name), time_);
    if (!socket)
        co_return std::unexpected(socket.error());
    co_return make_plain_stream(std::move(*socket));
}

task<socket_connector::stream_result> socket_connector::reach_through(const proxy_address& via,
                                                                      endpoint target,
                                                                      connect_progress& progress)
{
    const auto name = "proxy " + to_string(via);
    auto stream = co_await reach(via.host, via.port, name, progress);
    if (!stream) {
        if (stream.error().code == errc::resolve_failed)
            stream.error().where += " (the proxy)";
        co_return stream;
    }
    if (via.tls) {
        progress.step = "TLS handshake with the proxy";
        stream = co_await secure(std::move(*stream), {via.host, name, true});
        if (!stream)
            co_return stream;
    }
    progress.step = "the proxy's answer";
    auto opened = co_await open_tunnel(**stream, via, std::move(target), options_.header_bytes_max);
    if (!opened)
        co_return std::unexpected(opened.error());
    co_return stream;
}

task<socket_connector::stream_result> socket_connector::secure(std::unique_ptr<byte_stream> stream,
                                                               peer with)
{
    auto session = new_session(with);
    if (!session)
        co_return std::unexpected(session.error());
    auto secured = co_await make_tls_stream(std::move(stream), std::move(*session));
    if (!secured) {
        sessions_->forget(with.name);
        secured.error().where += " with " + with.name;
    }
    co_return secured;
}

base::result<void> socket_connector::need_context()
{
    if (context_)
        return {};
    auto made = make_client_context(options_.files);
    if (!made)
        return std::unexpected(made.error());
    context_ = std::move(*made);
    return {};
}

base::result<ssl_session> socket_connector::new_session(const peer& with)
{
    auto session = make_client_session(context_.get(), with.host);
    if (!session)
        return session;
    if (with.is_proxy)
        show_no_certificate(session->get()); // it is for the target
    sessions_->prepare(session->get(), with.name);
    return session;
}

} // namespace engine::http
