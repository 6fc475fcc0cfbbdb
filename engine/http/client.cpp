#include "engine/http/client.hpp"

#include "engine/base/assert.hpp"
#include "engine/http/conversation.hpp"
#include "engine/http/message_writer.hpp"
#include "engine/http/socket_connector.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace engine::http {

using namespace runtime;

namespace {

connector_options connector_options_of(const client_options& options)
{
    return {{options.ca_file, options.client_certificate_file, options.client_key_file},
            options.proxies,
            options.header_bytes_max};
}

} // namespace

struct pooled_client::parts {
    client_core core;
};

std::vector<std::string> validate(const client_options& options)
{
    std::vector<std::string> complaints;
    const auto demand = [&complaints](bool fine, const char* sentence) {
        if (!fine)
            complaints.emplace_back(sentence);
    };
    demand(options.connect_timeout.count() > 0, "connect_timeout must be more than 0");
    demand(options.first_byte_timeout.count() >= 0, "first_byte_timeout must not be negative");
    demand(options.idle_timeout.count() > 0, "idle_timeout must be more than 0");
    demand(options.read_buffer_bytes >= 4096 && options.read_buffer_bytes <= 16u << 20,
           "read_buffer_bytes must be from 4 KiB to 16 MiB");
    demand(options.header_bytes_max >= 1024 &&
               options.header_bytes_max <= options.read_buffer_bytes / 2,
           "header_bytes_max must be from 1 KiB to half of read_buffer_bytes");
    demand(options.response_bytes_max > 0, "response_bytes_max must be more than 0");
    demand(options.client_key_file.empty() || !options.client_certificate_file.empty(),
           "client_key_file needs a client_certificate_file");
    demand(options.connections_per_endpoint_max > 0,
           "connections_per_endpoint_max must be more than 0");
    demand(options.idle_lifetime.count() >= 0, "idle_lifetime must not be negative");
    return complaints;
}

pooled_client::pooled_client(client_options options, clock& time)
    : pooled_client(options, time,
                    std::make_unique<socket_connector>(connector_options_of(options), time))
{}

pooled_client::pooled_client(client_options options, clock& time,
                             std::unique_ptr<connector> connect)
{
    ENGINE_ASSERT(validate(options).empty());
    const connection_pool::options pool{options.connections_per_endpoint_max,
                                        options.idle_connections_max, options.idle_lifetime};
    const auto buffer_bytes = options.read_buffer_bytes;
    parts_ = std::make_unique<parts>(client_core{std::move(options), time, std::move(connect),
                                                 connection_pool(pool),
                                                 std::vector<char>(buffer_bytes)});
}

pooled_client::~pooled_client()
{
    close_idle();
}

task<exchange_report> pooled_client::exchange(endpoint where, request wanted,
                                              response_handler& handler, call_context context)
{
    using namespace asio::experimental::awaitable_operators;
    auto& core = parts_->core;
    auto head_text = request_head_text(where, wanted);
    if (!head_text) {
        exchange_report refused;
        refused.failure = std::move(head_text.error());
        co_return refused;
    }
    conversation talk(core, std::move(where), std::move(wanted), std::move(*head_text), handler,
                      context.deadline);
    if (core.time.now() >= context.deadline) {
        auto late = co_await talk.watch(); // ends at once
        talk.report().failure = std::move(late);
        co_return std::move(talk.report());
    }
    auto ended = co_await (talk.go() || talk.watch());
    if (talk.thrown())
        std::rethrow_exception(talk.thrown());
    auto& report = talk.report();
    if (report.complete)
        co_return std::move(report); // also when time was up, or we were cancelled, in that moment
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none)
        throw boost::system::system_error(asio::error::operation_aborted);
    if (ended.index() == 1)
        report.failure = std::move(std::get<1>(ended));
    co_return std::move(report);
}

void pooled_client::close_idle()
{
    parts_->core.pool.close_idle();
}

std::size_t pooled_client::idle_connections() const
{
    return parts_->core.pool.idle();
}

std::uint64_t pooled_client::connections_opened() const
{
    return parts_->core.connections_opened;
}

} // namespace engine::http
