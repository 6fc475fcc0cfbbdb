#include "engine/sim/lookalike.hpp"

#include "engine/http/server.hpp"
#include "engine/runtime/worker_pool.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <future>
#include <thread>

namespace engine::sim {

using namespace runtime;

namespace {

std::size_t threads_for(std::size_t wanted)
{
    if (wanted > 0)
        return wanted;
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
}

class pool_draftsman final : public draftsman {
public:
    // Four jobs a thread may be inside: the rest waits without having been moved to the pool.
    explicit pool_draftsman(std::size_t threads) : pool_(threads, threads * 4) {}
    [[nodiscard]] task<std::string> draw(std::function<std::string()> make) override
    {
        return pool_.run(std::move(make));
    }

private:
    worker_pool pool_;
};

http::server_options server_options_of(const lookalike_options& options)
{
    http::server_options made;
    made.address = options.address;
    made.port = options.port;
    made.body_bytes_max = options.body_bytes_max;
    return made;
}

} // namespace

struct lookalike::parts {
    parts(job::simulator_profile profile, const lookalike_options& options)
        : address(options.address), rules(std::move(profile), options.rules),
          drawing(threads_for(options.drawing_threads)),
          serving(rules, time, drawing, options.memory),
          server(server_options_of(options), loop.get_executor())
    {}

    std::string address;
    asio::io_context loop{1};
    real_clock time;
    behaviour rules; // everything below is used on the loop's thread only, while that runs
    pool_draftsman drawing;
    service serving;
    http::server server;
    std::thread thread;
};

base::result<std::unique_ptr<lookalike>> lookalike::start(job::simulator_profile profile,
                                                          lookalike_options options)
{
    auto made = std::make_unique<parts>(std::move(profile), options);
    if (auto listening = made->server.listen(); !listening)
        return std::unexpected(listening.error());
    // The loop owns it: it ends when serve() has, and stop() waits for that.
    asio::co_spawn(made->loop, made->server.serve(made->serving.handler()),
                   [](const std::exception_ptr& failed) {
                       if (failed)
                           std::rethrow_exception(failed); // out of run(): a bug, never a request
                   });
    made->thread = std::thread([&loop = made->loop] { loop.run(); });
    return std::unique_ptr<lookalike>(new lookalike(std::move(made)));
}

lookalike::lookalike(std::unique_ptr<parts> made) : parts_(std::move(made))
{}

lookalike::~lookalike()
{
    stop();
}

std::string lookalike::base_url() const
{
    const bool is_v6 = parts_->address.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + parts_->address + "]" : parts_->address;
    return "http://" + host + ":" + std::to_string(parts_->server.port()) + "/v1";
}

base::json lookalike::bill(const bill::listing& wanted)
{
    if (!parts_->thread.joinable())
        return parts_->rules.the_bill().to_json(wanted);
    std::promise<base::json> told;
    asio::post(parts_->loop, [&] {
        parts_->rules.settle(parts_->time.now());
        told.set_value(parts_->rules.the_bill().to_json(wanted));
    });
    return told.get_future().get();
}

void lookalike::stop()
{
    if (!parts_->thread.joinable())
        return;
    asio::post(parts_->loop, [this] { parts_->server.stop(); });
    parts_->thread.join();
    parts_->rules.settle(steady_time::max()); // what went on in the background is done, and charged
}

} // namespace engine::sim
