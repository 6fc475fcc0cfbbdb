// main: the way in. What must hold for the whole process, and the last word on what nobody caught.
#include "engine/base/result.hpp"
#include "engine/cli/arguments.hpp"
#include "engine/cli/exit_status.hpp"

#include <csignal>
#include <cstdio>
#include <exception>

int main(int argc, char** argv)
{
    // A peer that hangs up must be an error code of write(), not the end of the process.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return engine::cli::run_arguments(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "darkroom: %s\n", engine::base::clean_detail(error.what()).c_str());
        return engine::cli::exit_failed;
    }
}
