// commands: one function for each command of `darkroom`. Each returns the exit status.
#pragma once

#include "engine/cli/settings.hpp"

#include <string>

namespace engine::cli {

[[nodiscard]] int run_command(const run_settings& wanted);
[[nodiscard]] int plan_command(const plan_settings& wanted);
[[nodiscard]] int rehearse_command(const rehearse_settings& wanted);
[[nodiscard]] int doctor_command(const doctor_settings& wanted);
[[nodiscard]] int recon_command(const recon_settings& wanted);
[[nodiscard]] int validate_command(const std::string& manifest);
[[nodiscard]] int simulate_command(const simulate_settings& wanted);
[[nodiscard]] int report_command(const std::string& folder);
[[nodiscard]] int retry_command(const retry_settings& wanted);
[[nodiscard]] int pause_command(const std::string& folder);
[[nodiscard]] int continue_command(const std::string& folder);
[[nodiscard]] int status_command(const std::string& folder, bool json);
[[nodiscard]] int schema_command(const std::string& which);
[[nodiscard]] int init_command(const std::string& file);

} // namespace engine::cli
