// plan_bench: a planner over an empty folder, and items to plan.
#pragma once

#include "engine/base/sha256.hpp"
#include "engine/plan/planner.hpp"
#include "tests/support/temporary_folder.hpp"

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace support {

using namespace engine;

struct bench {
    support::temporary_folder root;
    job::output_folder folder{root.path()};
    std::unique_ptr<runtime::files> disk = runtime::make_posix_files();
    ledger::history history;
    job::price_table prices = job::price_table::builtin();
    std::vector<job::provider_spec> providers = job::builtin_providers();
    plan::planner planner{history, *disk, folder, prices, providers};

    static job::item item(const std::string& id, const std::string& provider = "openai")
    {
        job::item wanted;
        wanted.id = id;
        wanted.key = base::sha256_hex(id);
        wanted.routes = {{provider, "images", "gpt-image-2"}};
        wanted.request.model = "gpt-image-2";
        wanted.request.prompt = "a lamp";
        wanted.request.size = job::image_size{1024, 1024};
        wanted.request.quality = "medium";
        wanted.outputs.resize(1);
        return wanted;
    }
    job::rate_limits& limits(const std::string& provider)
    {
        for (auto& spec : providers)
            if (spec.name == provider)
                return spec.limits;
        std::abort();
    }
};

} // namespace support
