// provider_access: the way to each provider of a run: its address, its key, and the look-alike
// where it is asked for.
#pragma once

#include "engine/cli/environment.hpp"
#include "engine/cli/preparation.hpp"
#include "engine/http/client.hpp"
#include "engine/provider/make_image_api.hpp"
#include "engine/provider/models_api.hpp"
#include "engine/provider/text_api.hpp"
#include "engine/run/enricher.hpp"
#include "engine/sim/lookalike.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace engine::cli {

// Lives as long as the run. Look-alikes run on threads of their own and stop when this is
// destroyed.
class provider_set {
public:
    // `time` must outlive it.
    explicit provider_set(runtime::clock& time) : time_(time) {}

    // Opens the way to every provider the plan names. False, and said why on standard error, when a
    // key is missing or an address is wrong. Every key is remembered as a secret first.
    // `exit_status` says which kind of no it was.
    [[nodiscard]] bool open(const preparation& prepared, const environment& settings,
                            int& exit_status);
    [[nodiscard]] bool open(const job::provider_spec& spec, const environment& settings,
                            int& exit_status);

    // By "provider/api".
    [[nodiscard]] std::map<std::string, provider::image_api*> apis() const;
    // By provider name.
    [[nodiscard]] std::map<std::string, run::ask_text> texts() const;
    // How the startup probe asks; by provider name.
    [[nodiscard]] const std::map<std::string, std::unique_ptr<provider::models_api>>& models() const
    {
        return models_;
    }

    // Names of the folders in which runs that use the same address and key find each other, by
    // provider name. The embedded look-alike has none: nobody else can reach it.
    [[nodiscard]] const std::map<std::string, std::string>& account_folders() const
    {
        return account_folders_;
    }

private:
    [[nodiscard]] http::client* client_for(const job::network_settings& network,
                                           const environment& settings, int& exit_status);

    runtime::clock& time_;
    std::vector<std::unique_ptr<sim::lookalike>> lookalikes_;
    std::vector<std::pair<job::network_settings, std::unique_ptr<http::client>>> clients_;
    std::map<std::string, std::unique_ptr<provider::image_api>> apis_;
    std::map<std::string, std::unique_ptr<provider::text_api>> texts_;
    std::map<std::string, std::unique_ptr<provider::models_api>> models_;
    std::map<std::string, std::string> account_folders_;
};

} // namespace engine::cli
