// starter_commands: `darkroom init` and `darkroom schema`: texts that the program carries inside.
#include "engine/cli/commands.hpp"
#include "engine/cli/exit_status.hpp"
#include "engine/runtime/files.hpp"

#include <cstdio>
#include <string_view>

namespace engine::embedded {
extern const std::string_view manifest_schema;  // schemas/manifest.schema.json
extern const std::string_view ledger_schema;    // schemas/ledger.schema.json
extern const std::string_view starter_manifest; // engine/cli/starter.yaml
} // namespace engine::embedded

namespace engine::cli {

int schema_command(const std::string& which)
{
    const auto text = which == "ledger" ? embedded::ledger_schema : embedded::manifest_schema;
    std::fwrite(text.data(), 1, text.size(), stdout);
    return exit_done;
}

int init_command(const std::string& file)
{
    const auto disk = runtime::make_posix_files();
    if (disk->info(file)) {
        std::fprintf(stderr, "darkroom: %s is there already; it is not overwritten\n",
                     file.c_str());
        return exit_usage;
    }
    if (auto written =
            runtime::write_whole(*disk, file, base::as_bytes(embedded::starter_manifest));
        !written) {
        std::fprintf(stderr, "darkroom: %s\n", written.error().message().c_str());
        return exit_failed;
    }
    std::printf("%s\n", file.c_str());
    std::fprintf(stderr, "next: darkroom plan %s, then darkroom run %s\n", file.c_str(),
                 file.c_str());
    return exit_done;
}

} // namespace engine::cli
