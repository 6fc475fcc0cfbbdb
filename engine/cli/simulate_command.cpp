// simulate_command: `darkroom simulate`: the provider look-alike as a server for any client.
#include "engine/base/json.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/runtime/files.hpp"
#include "engine/sim/lookalike.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>

namespace engine::cli {

namespace {

// "127.0.0.1:8080"; an IPv6 address in brackets.
bool read_listen(const std::string& text, std::string& address, std::uint16_t& port)
{
    const auto colon = text.rfind(':');
    if (colon == std::string::npos)
        return false;
    address = text.substr(0, colon);
    if (address.size() >= 2 && address.front() == '[' && address.back() == ']')
        address = address.substr(1, address.size() - 2);
    const auto* first = text.data() + colon + 1;
    const auto* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(first, last, port);
    return error == std::errc{} && end == last && !address.empty();
}

// A preset's name, or a file. Says what is wrong.
std::optional<job::simulator_profile> read_profile(runtime::files& disk, const std::string& wanted)
{
    job::simulator_profile profile;
    base::json document;
    if (!wanted.empty() && !disk.info(wanted)) {
        document = base::json(wanted);
    } else if (!wanted.empty()) {
        const auto text = disk.read(wanted, 1u << 20);
        auto parsed = text ? base::parse_json(*text, wanted) : std::unexpected(text.error());
        if (!parsed) {
            std::fprintf(stderr, "darkroom: %s\n", parsed.error().message().c_str());
            return std::nullopt;
        }
        document = std::move(*parsed);
    }
    const auto wrong = job::read_simulator_profile(document, profile);
    for (const auto& complaint : wrong)
        std::fprintf(stderr, "darkroom: %s: %s: %s\n", wanted.c_str(), complaint.field.c_str(),
                     complaint.message.c_str());
    return wrong.empty() ? std::optional(profile) : std::nullopt;
}

} // namespace

int simulate_command(const simulate_settings& wanted)
{
    const auto disk = runtime::make_posix_files();
    const auto profile = read_profile(*disk, wanted.profile);
    if (!profile)
        return exit_usage;
    sim::lookalike_options options;
    if (!read_listen(wanted.listen, options.address, options.port)) {
        std::fprintf(stderr,
                     "darkroom: --listen %s: expected ADDRESS:PORT, such as 127.0.0.1:8080\n",
                     wanted.listen.c_str());
        return exit_usage;
    }
    // Signals first, so that none is lost between the start and the wait.
    boost::asio::io_context loop(1);
    boost::asio::signal_set signals(loop, SIGINT, SIGTERM);
    signals.async_wait([](const boost::system::error_code&, int) {});
    auto server = sim::lookalike::start(*profile, options);
    if (!server) {
        std::fprintf(stderr, "darkroom: %s\n", server.error().message().c_str());
        return exit_failed;
    }
    std::printf("%s\n", (*server)->base_url().c_str());
    std::fflush(stdout);
    std::fprintf(stderr,
                 "the look-alike listens; its bill is at /simulator/bill; Ctrl-C stops it\n");
    loop.run();
    (*server)->stop();
    std::fprintf(stderr, "%s\n", (*server)->bill().dump().c_str());
    return exit_done;
}

} // namespace engine::cli
