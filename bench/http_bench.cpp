// http_bench: what the client costs per byte and per stream, beside Asio's own streams.
//
// The server runs in a process of its own, so that CPU time and memory are the client's alone; both
// talk over loopback. Throughput is per CPU second of the client, not per second of the clock: the
// server may have the other core or not. The baseline reads the same answers into a 64 KiB buffer
// with async_read_some and does not even parse their heads. Needs about 2,100 descriptors.
#include "engine/base/assert.hpp"
#include "engine/http/client.hpp"
#include "engine/http/descriptors.hpp"
#include "engine/http/server.hpp"
#include "engine/runtime/task_group.hpp"

#include "tests/support/test_certificates.hpp"

#include <array>
#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <malloc.h>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace asio = boost::asio;
using namespace engine;
using asio::ip::tcp;
using benchmark::State;
using runtime::task;

constexpr std::size_t body_bytes = 256u << 20;
constexpr int streams = 1000;

struct server_process {
    pid_t id = 0;
    std::uint16_t plain_port = 0, tls_port = 0;
    std::string ca_file;
} servers;

// "/body" is a long answer, "/hold" one that begins and then waits for ever.
task<> answer(http::server_request request, http::responder& to)
{
    static const std::string piece(256 * 1024, 'x');
    if (request.path == "/body") {
        co_await to.head(200, {}, body_bytes);
        for (std::size_t sent = 0; sent < body_bytes; sent += piece.size())
            co_await to.write(piece);
        co_await to.finish();
        co_return;
    }
    co_await to.head(200, {}, std::nullopt);
    co_await to.write("x");
    asio::steady_timer for_ever(co_await asio::this_coro::executor,
                                asio::steady_timer::time_point::max());
    co_await for_ever.async_wait(asio::use_awaitable);
}

[[noreturn]] void serve_both(const support::test_authority& authority, int report_to)
{
    (void)http::raise_descriptor_limit();
    asio::io_context loop;
    const auto certificate = authority.issue("IP:127.0.0.1");
    http::server_options with_tls;
    with_tls.certificate_pem = certificate.certificate_pem;
    with_tls.private_key_pem = certificate.key_pem;
    http::server plain({}, loop.get_executor());
    http::server tls(with_tls, loop.get_executor());
    ENGINE_ASSERT(plain.listen().has_value() && tls.listen().has_value());
    const std::array<std::uint16_t, 2> ports = {plain.port(), tls.port()};
    ENGINE_ASSERT(::write(report_to, ports.data(), sizeof ports) == sizeof ports);
    runtime::task_group group(loop.get_executor());
    group.start(plain.serve(answer));
    group.start(tls.serve(answer));
    loop.run();
    std::abort(); // serves until it is killed
}

http::endpoint where(bool tls)
{
    return {tls, "127.0.0.1", tls ? servers.tls_port : servers.plain_port, ""};
}

double cpu_seconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double resident_bytes()
{
    ::malloc_trim(0);
    std::ifstream file("/proc/self/statm");
    double total = 0;
    double resident = 0;
    file >> total >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

struct counter final : http::response_handler {
    std::size_t bytes = 0;
    bool once = false; // leave after the first piece
    asio::steady_timer* wait_for_me = nullptr;
    int* arrived = nullptr;
    base::result<void> on_head(const http::response_head&) override { return {}; }
    base::result<void> on_body(std::string_view piece) override
    {
        bytes += piece.size();
        if (arrived != nullptr && ++*arrived == streams)
            wait_for_me->cancel();
        return {};
    }
};

http::client_options options()
{
    http::client_options made;
    made.ca_file = servers.ca_file;
    made.response_bytes_max = 1ull << 40;
    return made;
}

void client_body(State& state)
{
    asio::io_context loop;
    runtime::real_clock time;
    http::pooled_client client(options(), time);
    std::size_t bytes = 0;
    for ([[maybe_unused]] auto _ : state) {
        counter taken;
        http::request wanted;
        wanted.target = "/body";
        const double before = cpu_seconds();
        asio::co_spawn(loop, client.exchange(where(state.range(0) != 0), wanted, taken, {}),
                       [](std::exception_ptr, const http::exchange_report& report) {
                           ENGINE_ASSERT(report.complete);
                       });
        loop.restart();
        loop.run();
        state.SetIterationTime(cpu_seconds() - before);
        bytes += taken.bytes;
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

// What the baseline keeps for one stream.
template <class Stream>
struct kept {
    Stream stream;
    std::vector<char> buffer;
};

const std::string& request_text(const std::string& path)
{
    static std::string text;
    text = "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    return text;
}

template <class Stream>
task<> read_until(kept<Stream>& one, std::string path, std::size_t stop_at, std::size_t& bytes)
{
    co_await asio::async_write(one.stream, asio::buffer(request_text(path)), asio::use_awaitable);
    while (bytes < stop_at)
        bytes += co_await one.stream.async_read_some(asio::buffer(one.buffer), asio::use_awaitable);
}

task<> open(tcp::socket& socket)
{
    const tcp::endpoint to(asio::ip::address_v4::loopback(), servers.plain_port);
    co_await socket.async_connect(to, asio::use_awaitable);
}

task<> open(asio::ssl::stream<tcp::socket>& stream)
{
    const tcp::endpoint to(asio::ip::address_v4::loopback(), servers.tls_port);
    co_await stream.next_layer().async_connect(to, asio::use_awaitable);
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
}

struct tls_maker {
    asio::ssl::context context{asio::ssl::context::tls_client};
    tls_maker()
    {
        context.load_verify_file(servers.ca_file);
        context.set_verify_mode(asio::ssl::verify_peer);
        SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    }
    auto operator()(asio::io_context& loop)
    {
        return asio::ssl::stream<tcp::socket>(loop, context);
    }
};
struct plain_maker {
    auto operator()(asio::io_context& loop) { return tcp::socket(loop); }
};

template <class Maker>
void baseline_body(State& state)
{
    asio::io_context loop;
    Maker make;
    std::size_t total = 0;
    for ([[maybe_unused]] auto _ : state) {
        kept<decltype(make(loop))> one{make(loop), std::vector<char>(64 * 1024)};
        std::size_t bytes = 0;
        const auto all = [&]() -> task<> {
            co_await open(one.stream);
            co_await read_until(one, "/body", body_bytes, bytes);
        };
        const double before = cpu_seconds();
        asio::co_spawn(loop, all(), [](std::exception_ptr error) { ENGINE_ASSERT(!error); });
        loop.restart();
        loop.run();
        state.SetIterationTime(cpu_seconds() - before);
        total += bytes;
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(total));
}

void report_streams(State& state, double resident_before, double cpu_before)
{
    const double seconds = cpu_seconds() - cpu_before;
    state.SetIterationTime(seconds);
    state.counters["us_per_stream"] = seconds * 1e6 / streams;
    state.counters["KiB_per_stream"] = (resident_bytes() - resident_before) / 1024 / streams;
}

// A thousand streams open at once, each with its head and first byte.
void client_streams(State& state)
{
    for ([[maybe_unused]] auto _ : state) {
        asio::io_context loop;
        runtime::real_clock time;
        http::pooled_client client(options(), time);
        asio::steady_timer all_here(loop, asio::steady_timer::time_point::max());
        int arrived = 0;
        const auto ask = [&]() -> task<> {
            counter taken;
            taken.arrived = &arrived;
            taken.wait_for_me = &all_here;
            http::request wanted;
            wanted.target = "/hold";
            (void)co_await client.exchange(where(state.range(0) != 0), wanted, taken, {});
        };
        const double resident = resident_bytes();
        const double cpu = cpu_seconds();
        const auto all = [&]() -> task<> {
            runtime::task_group group(loop.get_executor());
            for (int i = 0; i < streams; ++i)
                group.start(ask());
            boost::system::error_code rung;
            co_await all_here.async_wait(asio::redirect_error(asio::use_awaitable, rung));
            report_streams(state, resident, cpu);
            group.cancel();
            co_await group.join();
        };
        asio::co_spawn(loop, all(), [](std::exception_ptr error) { ENGINE_ASSERT(!error); });
        loop.run();
    }
}

template <class Maker>
void baseline_streams(State& state)
{
    for ([[maybe_unused]] auto _ : state) {
        asio::io_context loop;
        Maker make;
        asio::steady_timer all_here(loop, asio::steady_timer::time_point::max());
        int arrived = 0;
        const auto ask = [&]() -> task<> {
            kept<decltype(make(loop))> one{make(loop), std::vector<char>(16 * 1024)};
            std::size_t bytes = 0;
            co_await open(one.stream);
            co_await read_until(one, "/hold", 1, bytes);
            if (++arrived == streams)
                all_here.cancel();
            for (;;) // until the group is cancelled
                (void)co_await one.stream.async_read_some(asio::buffer(one.buffer),
                                                          asio::use_awaitable);
        };
        const double resident = resident_bytes();
        const double cpu = cpu_seconds();
        const auto all = [&]() -> task<> {
            runtime::task_group group(loop.get_executor());
            for (int i = 0; i < streams; ++i)
                group.start(ask());
            boost::system::error_code rung;
            co_await all_here.async_wait(asio::redirect_error(asio::use_awaitable, rung));
            report_streams(state, resident, cpu);
            group.cancel();
            co_await group.join();
        };
        asio::co_spawn(loop, all(), [](std::exception_ptr error) { ENGINE_ASSERT(!error); });
        loop.run();
    }
}

} // namespace

BENCHMARK(client_body)->Name("body/client/plain")->Arg(0)->UseManualTime();
BENCHMARK(baseline_body<plain_maker>)->Name("body/asio/plain")->UseManualTime();
BENCHMARK(client_body)->Name("body/client/tls")->Arg(1)->UseManualTime();
BENCHMARK(baseline_body<tls_maker>)->Name("body/asio/tls")->UseManualTime();
// Once each: memory that a first round left behind would make a second one look cheaper.
BENCHMARK(client_streams)->Name("streams/client/plain")->Arg(0)->Iterations(1)->UseManualTime();
BENCHMARK(baseline_streams<plain_maker>)
    ->Name("streams/asio/plain")
    ->Iterations(1)
    ->UseManualTime();
BENCHMARK(client_streams)->Name("streams/client/tls")->Arg(1)->Iterations(1)->UseManualTime();
BENCHMARK(baseline_streams<tls_maker>)->Name("streams/asio/tls")->Iterations(1)->UseManualTime();

int main(int count, char** words)
{
    const support::test_authority authority;
    std::array<char, 32> path{"/tmp/darkroom-bench-XXXXXX"};
    const int file = ::mkstemp(path.data());
    const auto pem = authority.pem();
    ENGINE_ASSERT(file >= 0 && ::write(file, pem.data(), pem.size()) > 0);
    servers.ca_file = path.data();
    std::array<int, 2> report{};
    ENGINE_ASSERT(::pipe(report.data()) == 0);
    servers.id = ::fork(); // before any thread
    if (servers.id == 0)
        serve_both(authority, report[1]);
    std::array<std::uint16_t, 2> ports{};
    ENGINE_ASSERT(::read(report[0], ports.data(), sizeof ports) == sizeof ports);
    servers.plain_port = ports[0];
    servers.tls_port = ports[1];
    (void)http::raise_descriptor_limit();

    benchmark::Initialize(&count, words);
    benchmark::RunSpecifiedBenchmarks();

    ::kill(servers.id, SIGKILL);
    ::waitpid(servers.id, nullptr, 0);
    ::unlink(path.data());
    return 0;
}
