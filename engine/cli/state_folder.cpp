#include "engine/cli/state_folder.hpp"

#include "engine/runtime/clock.hpp"

#include <cstdio>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace engine::cli {

namespace {

std::string accounts_in(const std::string& folder)
{
    return folder + "/accounts/";
}

} // namespace

std::string state_folder(const environment& settings)
{
    if (const auto own = settings.find("DARKROOM_STATE_DIR"))
        return *own;
    if (const auto state = settings.find("XDG_STATE_HOME"))
        return *state + "/darkroom";
    if (const auto home = settings.find("HOME"))
        return *home + "/.local/state/darkroom";
    return {};
}

shared_accounts open_shared_accounts(const environment& settings, runtime::files& disk,
                                     const std::map<std::string, std::string>& accounts,
                                     const std::string& run_id)
{
    shared_accounts opened;
    if (accounts.empty())
        return opened;
    const auto refuse = [](const std::string& why) {
        std::fprintf(stderr,
                     "darkroom: limits are neither shared with other runs nor remembered: %s\n",
                     why.c_str());
        return shared_accounts{};
    };
    const std::string folder = state_folder(settings);
    if (folder.empty())
        return refuse("there is no folder for them; set DARKROOM_STATE_DIR");
    if (!disk.info(folder)) {
        const auto parent = std::filesystem::path(folder).parent_path().string();
        if (auto made = disk.make_directories(parent.empty() ? "." : parent); !made)
            return refuse(made.error().message());
        // Ours alone from its first moment; another run may have been quicker.
        if (::mkdir(folder.c_str(), S_IRWXU) != 0 && !disk.info(folder))
            return refuse("cannot make " + folder);
    }
    // Two runs of one second and one random number would still have their own names.
    const auto member = run_id + "-" + std::to_string(::getpid());
    for (const auto& [provider, name] : accounts)
        opened[provider] = std::make_unique<run::shared_account>(
            disk, accounts_in(folder) + name, member + "-" + std::to_string(opened.size()));
    return opened;
}

plan::learned_limits recall_limits(const std::vector<job::provider_spec>& providers,
                                   runtime::files& disk, const environment& settings)
{
    plan::learned_limits learned;
    const std::string folder = state_folder(settings);
    if (folder.empty() || !disk.info(folder))
        return learned;
    const auto now = runtime::real_clock().wall_now();
    for (const auto& spec : providers) {
        const auto key = spec.api_key_env.empty() ? std::optional<std::string>("")
                                                  : settings.find(spec.api_key_env);
        if (spec.is_simulator() || !key)
            continue;
        const run::shared_account account(
            disk, accounts_in(folder) + run::account_folder_name(spec.base_url, *key), "plan");
        if (const auto known = account.recall(now))
            for (const auto& [model, what] : *known)
                learned[spec.name][model] = what.limits;
    }
    return learned;
}

} // namespace engine::cli
