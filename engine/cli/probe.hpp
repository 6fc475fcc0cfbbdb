// probe: asks a provider for its models, which costs nothing, and says what that shows about the
// way to it. `darkroom doctor` prints it all; `darkroom run` goes by it before it spends.
#pragma once

#include "engine/base/wall_time.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/provider/models_api.hpp"

#include <set>
#include <string>
#include <vector>

namespace engine::cli {

struct finding {
    enum class level {
        good,
        warning, // a run may go well
        problem, // a run cannot go well
    };
    level how = level::good;
    std::string what; // one line
    std::string mend; // what to do about it; empty when good
};

// What the answer (or its absence) to a request for the list of models says: the connection, the
// key, the models that are wanted, the clock, the limits that are told. `now`: this machine's
// clock. Pure.
[[nodiscard]] std::vector<finding> judge_models(const provider::models_reply& reply,
                                                const job::provider_spec& provider,
                                                const std::set<std::string>& wanted_models,
                                                base::wall_time now);

// The worst level among them.
[[nodiscard]] finding::level worst_of(const std::vector<finding>& all);

// "  ok    openai: ..." and, below it, what to do.
[[nodiscard]] std::string to_text(const finding& one);

} // namespace engine::cli
