// arguments: from argv to a command.
#pragma once

namespace engine::cli {

// Parses, answers --help and --version, runs the command. The exit status of the process.
[[nodiscard]] int run_arguments(int argc, const char* const* argv);

} // namespace engine::cli
