// decision: what is to be done for one item, and why, from what the ledger and the folder say.
#pragma once

#include "engine/job/item.hpp"
#include "engine/job/output_folder.hpp"
#include "engine/ledger/history.hpp"
#include "engine/runtime/files.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace engine::plan {

enum class verdict {
    fresh,   // never bought: buy
    retry,   // bought or tried before without a result: buy again
    reuse,   // paid for already: make the outputs from the bytes that are there, for nothing
    recover, // its answer was lost, and the provider may still have it: fetched, for nothing
    done,    // every output is there
    held,    // may have been billed without a result; waits for a person
    failed,  // the provider refused it for good; the same request would be refused again
};
inline constexpr std::array<std::string_view, 7> verdict_names = {
    "new", "retry", "reuse", "recover", "done", "held", "failed"};
[[nodiscard]] constexpr std::string_view name_of(verdict value)
{
    return verdict_names[static_cast<std::size_t>(value)];
}

// Whether an earlier run gave the item up, in one of the ways named (outcomes, or causes of item
// lines); without names: in any, but for lost answers, which may have been billed.
[[nodiscard]] bool was_given_up(const ledger::key_record& known,
                                const std::vector<std::string>& classes);

struct decision {
    plan::verdict verdict = verdict::fresh;
    std::string reason; // a phrase for people
    int attempts_before = 0;
    base::microusd cost_before; // settled, over all earlier runs
    // reuse only: the file with the bytes as received, and the attempt they came with.
    // `intent_open`: the process died before it could write the attempt line (or the line that
    // settles an unknown one), so that line is still owed to the ledger.
    std::string source;
    int source_attempt = 0;
    bool intent_open = false;
    bool by_parent = false; // held or failed because the item that it continues is
    // reuse only: the item that the picture was got for, if that is another one. `waits`: that one
    // gets it in this run, and there is no `source` before it has.
    std::string same_as;
    bool waits = false;
    // reuse only: `source` lies in the shared cache and must have this hash; empty = it does not.
    std::string cached_sha256;
    std::string warning; // why an entry of the cache is of no use; empty = nothing was wrong

    [[nodiscard]] bool buys() const
    {
        return verdict == verdict::fresh || verdict == verdict::retry;
    }
};

// `known`: the ledger's record of the item's key. Looks at file sizes, reads no image.
[[nodiscard]] decision decide(const job::item& wanted,
                              const std::optional<ledger::key_record>& known, runtime::files& disk,
                              const job::output_folder& folder);

} // namespace engine::plan
