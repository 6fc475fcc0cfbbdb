#include "engine/http/tunnel.hpp"

#include "engine/http/errc.hpp"
#include "engine/http/message_writer.hpp"
#include "engine/http/response_parser.hpp"
#include "engine/http/send_queue.hpp"

#include <string>

namespace engine::http {

using namespace runtime;

namespace {

// The head is all that counts of an answer to CONNECT.
class no_body final : public response_handler {
public:
    base::result<void> on_head(const response_head&) override { return {}; }
    base::result<void> on_body(std::string_view) override { return {}; }
};

// With its port, also where the scheme implies it.
std::string authority_of(const endpoint& target)
{
    const bool ipv6 = target.host.find(':') != std::string::npos;
    return (ipv6 ? "[" + target.host + "]" : target.host) + ":" + std::to_string(target.port);
}

std::string place_of(const proxy_address& via, const endpoint& target)
{
    return "open tunnel to " + authority_of(target) + " through " + to_string(via);
}

std::string request_text(const proxy_address& via, const endpoint& target)
{
    const auto authority = authority_of(target);
    std::string text = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (const auto credentials = proxy_authorization(via); !credentials.empty())
        text += "Proxy-Authorization: " + credentials + "\r\n";
    return text + "\r\n";
}

bool wants_basic(const response_head& head)
{
    for (const auto& [name, value] : head.headers)
        if (same_name(name, "Proxy-Authenticate") && value.size() >= 5 &&
            same_name(std::string_view(value).substr(0, 5), "Basic"))
            return true;
    return !head.headers.contains("Proxy-Authenticate");
}

std::string advice(const proxy_address& via, const endpoint& target, const response_head& head)
{
    if (head.status == 407 && !wants_basic(head))
        return "it asks for a kind of login other than Basic, which is the only one spoken here";
    if (head.status == 407 && proxy_authorization(via).empty())
        return "it wants a user and a password; put them into the proxy's address";
    if (head.status == 407)
        return "it does not accept the user and password of its address";
    if (!target.tls && head.status < 500)
        return "it makes no tunnel to a target without TLS; use https:// or name the host in "
               "NO_PROXY";
    if (head.status >= 500)
        return "it could not reach the target";
    return "it does not allow this target";
}

base::result<void> judge(const proxy_address& via, const endpoint& target,
                         const response_head& head)
{
    if (head.status >= 200 && head.status < 300)
        return {};
    const bool its_will = head.status >= 400 && head.status < 500;
    // The usual reason, not the one that came: a proxy could echo its password there.
    std::string said = std::to_string(head.status) + " ";
    said.append(reason_of(head.status)).append(": ").append(advice(via, target, head));
    return base::fail(its_will ? errc::proxy_refused : errc::proxy_failed, place_of(via, target),
                      std::move(said));
}

task<base::result<void>> send_all(byte_stream& stream, std::string text)
{
    send_queue outgoing;
    outgoing.add(text);
    while (!outgoing.empty()) {
        const auto step = outgoing.write_to(stream);
        if (step.state == io_state::failed)
            co_return base::fail(errc::proxy_failed, {}, step.error.message());
        if (step.state != io_state::done)
            co_await stream.wait(step.state == io_state::want_read ? io_wait::readable
                                                                   : io_wait::writable);
    }
    co_return base::result<void>{};
}

task<base::result<response_head>> read_head(byte_stream& stream, std::size_t header_bytes_max)
{
    no_body nothing;
    response_parser parser({header_bytes_max, 0}, nothing, true);
    std::string room(header_bytes_max, '\0');
    std::string carry;
    while (!parser.complete()) {
        const auto step = stream.read_some(room);
        if (step.state == io_state::want_read || step.state == io_state::want_write) {
            co_await stream.wait(step.state == io_state::want_read ? io_wait::readable
                                                                   : io_wait::writable);
            continue;
        }
        if (step.state != io_state::done)
            co_return base::fail(errc::proxy_failed, {}, "it hung up before its answer was whole");
        carry.append(room, 0, step.bytes);
        const auto used = parser.read(carry);
        if (!used)
            co_return base::fail(errc::proxy_failed, {},
                                 "its answer cannot be read: " + used.error().code.message());
        carry.erase(0, *used);
    }
    if (!carry.empty() && parser.head()->status < 300)
        co_return base::fail(errc::proxy_failed, {}, "it spoke before we did");
    co_return *parser.head();
}

} // namespace

task<base::result<void>> open_tunnel(byte_stream& stream, proxy_address via, endpoint target,
                                     std::size_t header_bytes_max)
{
    auto sent = co_await send_all(stream, request_text(via, target));
    // When sending breaks, an answer may still be there that says why.
    auto head = co_await read_head(stream, header_bytes_max);
    if (head)
        co_return judge(via, target, *head);
    auto& why = sent ? head.error() : sent.error();
    why.where = place_of(via, target);
    co_return std::unexpected(std::move(why));
}

} // namespace engine::http
