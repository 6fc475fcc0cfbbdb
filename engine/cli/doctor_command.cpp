// doctor_command: `darkroom doctor`: what is set, from where, what is wrong and how to mend it.
#include "engine/cli/commands.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/cli/preparation.hpp"
#include "engine/cli/probe.hpp"
#include "engine/cli/provider_access.hpp"
#include "engine/cli/state_folder.hpp"
#include "engine/http/descriptors.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fmt/format.h>
#include <sys/statvfs.h>

namespace engine::cli {

namespace {

namespace asio = boost::asio;
using level = finding::level;

constexpr std::chrono::seconds answer_wait_max{30}; // a list of models comes within a second
constexpr double disk_bytes_low = 2e9;              // a thousand pictures of 2 MB; a guess
constexpr std::size_t descriptors_low = 1024;

// Which providers are asked, and for which models.
using wishes = std::map<std::string, std::set<std::string>>;

class examination {
public:
    // `time` must outlive it.
    explicit examination(runtime::clock& time) : providers_(time), time_(time) {}

    void note(level how, std::string what, std::string mend = {})
    {
        note({how, std::move(what), std::move(mend)});
    }
    void note(finding one)
    {
        std::fputs(to_text(one).c_str(), stdout);
        std::fflush(stdout);
        worst_ = std::max(worst_, one.how);
    }

    // The key, and the way.
    bool open(const job::provider_spec& provider, const environment& settings)
    {
        if (!provider.api_key_env.empty()) {
            if (!settings.find(provider.api_key_env)) {
                note(level::problem,
                     fmt::format("{}: no key in {}", provider.name, provider.api_key_env),
                     "set it in the environment or in .env of this folder");
                exit_status_ = exit_no_key;
                return false;
            }
            note(level::good,
                 fmt::format("{}: key in {}, from {}", provider.name, provider.api_key_env,
                             settings.origin(provider.api_key_env)));
        }
        int status = exit_done;
        if (providers_.open(provider, settings, status))
            return true;
        note(level::problem, fmt::format("{}: cannot be opened", provider.name),
             "see the message above");
        exit_status_ = status;
        return false;
    }

    void ask(const job::provider_spec& provider, const std::set<std::string>& models,
             const std::string& text_model)
    {
        provider::models_reply reply;
        run_to_end(list(provider.name, reply));
        const auto found = judge_models(reply, provider, models, time_.wall_now());
        for (const auto& one : found)
            note(one);
        if (worst_of(found) == level::problem && exit_status_ == exit_done)
            exit_status_ = exit_of(reply);
        if (!text_model.empty() && reply.outcome == job::outcome::delivered) {
            provider::text_reply text;
            run_to_end(say(provider.name, text_model, text));
            if (text.outcome == job::outcome::delivered)
                note(level::good, fmt::format("{}: {} answered a text", provider.name, text_model));
            else
                note(level::problem,
                     fmt::format("{}: {}: {} ({})", provider.name, text_model, text.error_message,
                                 text.error_code),
                     "the Responses API with this model does not work for this key");
        }
    }

    [[nodiscard]] level worst() const { return worst_; }
    [[nodiscard]] int exit_status() const
    {
        if (worst_ != level::problem)
            return exit_done;
        return exit_status_ == exit_done ? exit_failed : exit_status_;
    }

private:
    static int exit_of(const provider::models_reply& reply)
    {
        if (reply.outcome == job::outcome::account)
            return exit_no_key;
        if (reply.outcome == job::outcome::not_sent)
            return exit_provider_down;
        return reply.outcome == job::outcome::delivered ? exit_not_found : exit_failed;
    }

    [[nodiscard]] runtime::call_context context(const std::string& name) const
    {
        runtime::call_context wanted;
        wanted.deadline = time_.now() + answer_wait_max;
        wanted.name = "doctor " + name;
        return wanted;
    }
    runtime::task<> list(std::string name, provider::models_reply& reply)
    {
        reply = co_await providers_.models().at(name)->list(context(name));
    }
    runtime::task<> say(std::string name, std::string model, provider::text_reply& reply)
    {
        provider::text_request request;
        request.model = std::move(model);
        request.input = "Answer with the word ok.";
        request.max_output_tokens = 64;
        request.client_request_id = "darkroom-doctor";
        reply = co_await providers_.texts().at(name)(std::move(request), {}, context(name));
    }
    void run_to_end(runtime::task<> work)
    {
        std::exception_ptr error;
        asio::co_spawn(loop_, std::move(work), [&](std::exception_ptr thrown) { error = thrown; });
        loop_.restart();
        loop_.run();
        if (error)
            std::rethrow_exception(error);
    }

    asio::io_context loop_{1}; // first: the providers' connections live on it
    provider_set providers_;
    runtime::clock& time_;
    level worst_ = level::good;
    int exit_status_ = exit_done;
};

void look_at_machine(examination& all, const environment& settings, const std::string& folder)
{
    struct statvfs disk{};
    std::string place = folder; // or the nearest folder above it that is there
    while (::statvfs(place.c_str(), &disk) != 0 && place.find('/') != std::string::npos)
        place.resize(place.rfind('/'));
    if (::statvfs(place.c_str(), &disk) != 0)
        (void)::statvfs(".", &disk);
    const double free = static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize);
    all.note({free < disk_bytes_low ? level::warning : level::good,
              fmt::format("disk: {:.1f} GB free for {}", free / 1e9, folder),
              free < disk_bytes_low ? "a picture takes 2 to 30 MB: make room" : ""});
    const auto descriptors = http::raise_descriptor_limit();
    all.note(
        {descriptors < descriptors_low ? level::warning : level::good,
         fmt::format("descriptors: {} allowed", descriptors),
         descriptors < descriptors_low ? "ulimit -n bounds how many requests run at once" : ""});
    for (const std::string_view name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"})
        if (const auto text = settings.find(name)) {
            const auto proxy = http::parse_proxy(*text);
            if (proxy)
                all.note(level::good, fmt::format("proxy: {} from {} ({})", http::to_string(*proxy),
                                                  name, settings.origin(name)));
            else
                all.note(level::problem,
                         fmt::format("proxy: {}: {}", name, proxy.error().message()),
                         "write http://user:password@host:port");
        }
    if (const auto file = settings.find("SSL_CERT_FILE"))
        all.note(level::good, fmt::format("certificates: authorities from {}", *file));
}

// "images_per_minute 90, requests_per_minute 200"; empty when there is none.
std::string limits_text(const job::rate_limits& limits)
{
    std::string text;
    const auto add = [&](std::string_view name, const std::optional<double>& limit) {
        if (limit)
            text += fmt::format("{}{} {:.10g}", text.empty() ? "" : ", ", name, *limit);
    };
    add("requests_per_minute", limits.requests_per_minute);
    add("images_per_minute", limits.images_per_minute);
    add("tokens_per_minute", limits.tokens_per_minute);
    return text;
}

} // namespace

int doctor_command(const doctor_settings& wanted)
{
    const auto disk = runtime::make_posix_files();
    const auto settings = environment::load(*disk);
    if (!settings) {
        std::fprintf(stderr, "darkroom: %s\n", settings.error().message().c_str());
        return exit_usage;
    }
    std::vector<job::provider_spec> providers;
    wishes models;
    std::string folder = "out";
    std::unique_ptr<preparation> prepared;
    if (!wanted.manifest.empty()) {
        prepared = load_manifest(*disk, wanted.manifest, {}, {});
        if (!prepared)
            return disk->info(wanted.manifest) ? exit_usage : exit_not_found;
        if (!plan_items(*prepared, *disk, {}, {}, [](const plan::planned_item&) {}))
            return exit_usage;
        for (const auto& name : prepared->providers)
            providers.push_back(prepared->provider(name));
        models = prepared->models;
        folder = prepared->folder.root();
    } else {
        // Those that this machine has a key for.
        for (const auto& provider : job::builtin_providers())
            if (!provider.base_url.empty() && !provider.is_simulator() &&
                settings->find(provider.api_key_env))
                providers.push_back(provider);
    }

    runtime::real_clock time;
    examination all(time);
    look_at_machine(all, *settings, folder);
    if (providers.empty())
        all.note(level::warning, "no provider's key is set here",
                 "set OPENAI_API_KEY or another, or name a manifest; the simulator needs none");
    for (const auto& provider : providers)
        if (all.open(provider, *settings))
            all.ask(provider, models[provider.name], wanted.text_model);
    for (const auto& [name, known] : recall_limits(providers, *disk, *settings))
        for (const auto& [model, limits] : known)
            if (const auto text = limits_text(limits); !text.empty())
                all.note(level::good, name + ": earlier runs learned " + text +
                                          (model.empty() ? "" : " for " + model));
    std::printf("%s\n", all.worst() == level::good      ? "all is well"
                        : all.worst() == level::warning ? "a run can go well; see the warnings"
                                                        : "a run cannot go well; see FAIL");
    return all.exit_status();
}

} // namespace engine::cli
