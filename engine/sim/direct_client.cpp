#include "engine/sim/direct_client.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <utility>

namespace engine::sim {

using runtime::task;

// The look-alike's answer on its way into the handler of whoever asked.
class direct_client::delivery final : public http::responder {
public:
    delivery(const runtime::clock& time, http::response_handler& handler)
        : time_(time), handler_(handler), began_(time.now()), last_progress_(began_)
    {
        report.sent_any = true;
        report.reused_connection = true;
        report.times.connect = 0;
        report.times.request_sent = 0;
    }

    task<> head(int status, http::header_list headers, std::optional<std::uint64_t>) override
    {
        if (over_)
            co_return;
        progress();
        report.times.first_byte = elapsed_ms();
        report.head = http::response_head{status, {}, std::move(headers)};
        take(handler_.on_head(*report.head));
    }
    task<> write(std::string_view piece) override
    {
        if (over_ || piece.empty())
            co_return;
        progress();
        report.bytes_received += piece.size();
        take(handler_.on_body(piece));
    }
    task<> finish() override
    {
        if (over_)
            co_return;
        over_ = true;
        report.complete = true;
        report.times.last_byte = elapsed_ms();
    }
    void cut() override { over_ = true; }
    bool client_gone() override { return over_; }

    // The connection is closed, whether the answer was whole or not.
    void close(const std::string& where)
    {
        over_ = true;
        if (report.complete || report.failure)
            return;
        const auto code = report.head ? http::errc::truncated : http::errc::connection_closed;
        report.failure = base::failure{make_error_code(code), where, {}};
    }
    [[nodiscard]] runtime::steady_time last_progress() const { return last_progress_; }
    [[nodiscard]] bool receiving() const { return report.head.has_value(); }

    http::exchange_report report;

private:
    void take(base::result<void> done)
    {
        if (done)
            return;
        report.failure = std::move(done.error());
        over_ = true;
    }
    void progress() { last_progress_ = time_.now(); }
    [[nodiscard]] double elapsed_ms() const
    {
        return runtime::milliseconds_between(began_, time_.now());
    }

    const runtime::clock& time_;
    http::response_handler& handler_;
    runtime::steady_time began_;
    runtime::steady_time last_progress_;
    bool over_ = false;
};

namespace {

http::server_request received(const http::endpoint& where, http::request wanted)
{
    http::server_request request;
    request.method = std::move(wanted.method);
    const auto question = std::min(wanted.target.find('?'), wanted.target.size());
    request.path = wanted.target.substr(0, question);
    if (question < wanted.target.size())
        request.query = wanted.target.substr(question + 1);
    request.target = std::move(wanted.target);
    request.headers = std::move(wanted.headers);
    request.headers.add("Host", http::host_header(where));
    request.body.reserve(wanted.body_bytes());
    for (const auto& piece : wanted.body)
        request.body += *piece;
    return request;
}

} // namespace

task<bool> direct_client::serve(http::server_request request, delivery& to)
{
    co_await answer_(std::move(request), to);
    co_return true;
}

// Ends when the time is up, with the code that says which time.
task<http::errc> direct_client::watch(const delivery& to, runtime::steady_time deadline)
{
    for (;;) {
        auto when = deadline;
        auto code = http::errc::total_timeout;
        const auto timeout = to.receiving() ? limits_.idle_timeout : limits_.first_byte_timeout;
        if (timeout.count() > 0 && to.last_progress() + timeout < when) {
            when = to.last_progress() + timeout;
            code = to.receiving() ? http::errc::idle_timeout : http::errc::first_byte_timeout;
        }
        const auto now = time_.now();
        if (now >= when)
            co_return code;
        // The limit may come nearer when the answer begins, but not nearer than this.
        co_await time_.sleep_until(std::min(when, now + limits_.idle_timeout));
    }
}

task<http::exchange_report> direct_client::exchange(http::endpoint where, http::request wanted,
                                                    http::response_handler& handler,
                                                    runtime::call_context context)
{
    using namespace boost::asio::experimental::awaitable_operators;
    const auto what = "answer of " + wanted.method + " " + where.host;
    if (time_.now() >= context.deadline) {
        http::exchange_report late;
        late.failure = base::failure{make_error_code(http::errc::total_timeout), what, {}};
        co_return late;
    }
    handler.on_sending();
    delivery to(time_, handler);
    to.report.bytes_sent = wanted.body_bytes();
    auto ended =
        co_await (serve(received(where, std::move(wanted)), to) || watch(to, context.deadline));
    if (to.report.complete)
        co_return std::move(to.report);
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none)
        throw boost::system::system_error(boost::asio::error::operation_aborted);
    if (ended.index() == 1 && !to.report.failure)
        to.report.failure = base::failure{make_error_code(std::get<1>(ended)), what, {}};
    to.close(what);
    co_return std::move(to.report);
}

} // namespace engine::sim
