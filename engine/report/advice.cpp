#include "engine/report/advice.hpp"

namespace engine::report {

advice advice_for(job::outcome how)
{
    switch (how) {
    case job::outcome::delivered:
        return {"The image came and was as asked.", "Nothing to do."};
    case job::outcome::not_sent:
        return {"Nothing left this machine, so nothing was charged.",
                "Check the network, DNS and the address in the manifest; running again is free."};
    case job::outcome::rate_limited:
        return {"The provider's limit was reached; the engine waited and went on.",
                "Nothing to do. If it happens often, write the limits you have into the manifest."};
    case job::outcome::overloaded:
        return {"The provider was too busy and made no image.",
                "Run again later, or add a second route to the manifest."};
    case job::outcome::unknown:
        return {
            "The answer was lost after sending: it may have been charged.",
            "`darkroom recon` on the folder fetches what the provider still has, and writes down "
            "what it told you about the request id; the same command with `--on-unknown retry` "
            "buys it again."};
    case job::outcome::refused:
        return {"The provider refused the prompt or a picture.",
                "Change the prompt or the reference: the same request will be refused again."};
    case job::outcome::invalid:
        return {"The provider says that the request is wrong.",
                "Correct the named field in the manifest and run again."};
    case job::outcome::account:
        return {"Key, permission, quota or spending limit.",
                "Check the key, the account and the model, then run again; the route was stopped."};
    case job::outcome::bad_output:
        return {"An answer came, but not the image that was asked for. It was probably charged.",
                "Look at the file in .darkroom/quarantine, then run again with `--retry-failed`."};
    case job::outcome::cancelled:
        return {"You stopped it before it was sent.", "Run again to continue."};
    }
    return {};
}

std::string_view action_for_cause(std::string_view cause)
{
    struct known {
        std::string_view cause, action;
    };
    constexpr known own[] = {
        {"attempts", "All attempts of the retry policy are used up. Look at the reason; `darkroom "
                     "retry` starts again."},
        {"output", "The image is paid for and kept. Correct the output's settings in the manifest "
                   "and run again: nothing is bought."},
        {"store", "The image is paid for and kept in .darkroom/received. Make room on the disk and "
                  "run again: nothing is bought."},
        {"never_fits", "One such request is larger than the provider's whole limit. Make it "
                       "smaller, or raise the limit in the manifest."},
        {"budget",
         "Raise the budget that the reason names (`budget.max_cost_usd` of the manifest or "
         "of a job, `--max-cost`), or wait for the next day (`max_cost_per_day_usd`), and "
         "run again."},
        {"unpriced", "Write the model's price into the manifest, or run without a cap."},
        {"provider_down", "Run again later, or add a second route to the manifest."},
        {"stopped", "Run again to continue."},
        {"deadline", "The deadline came first. Run again to continue."},
        {"halted", "What `--halt` says came true. Look at the first failures, then run again."},
    };
    for (const auto& entry : own)
        if (entry.cause == cause)
            return entry.action;
    const auto outcome = job::outcome_named(cause);
    return outcome ? advice_for(*outcome).action : std::string_view();
}

std::string_view meaning_of_exit_code(int code)
{
    switch (code) {
    case 0:
        return "all done";
    case 1:
        return "finished, some items failed";
    case 2:
        return "manifest or usage error, nothing was sent";
    case 3:
        return "authentication or permission";
    case 4:
        return "file or model not found";
    case 5:
        return "provider down";
    case 7:
        return "budget reached";
    case 8:
        return "unknown outcomes need a look";
    case 124:
        return "deadline reached";
    case 130:
    case 143:
        return "interrupted";
    default:
        return "ended early";
    }
}

} // namespace engine::report
