#include "engine/run/exit_code.hpp"

namespace engine::run {

void exit_facts::note(schedule::finish_cause cause)
{
    using schedule::finish_cause;
    if (cause == finish_cause::budget || cause == finish_cause::unpriced)
        over_budget = true;
    if (cause == finish_cause::provider_down || cause == finish_cause::rate_limited ||
        cause == finish_cause::not_sent)
        down = true;
    if (cause == finish_cause::account)
        account_said_no = true;
    if (cause == finish_cause::unknown)
        held = true;
}

void exit_facts::stopped(schedule::finish_cause cause)
{
    if (cause == schedule::finish_cause::provider_down ||
        cause == schedule::finish_cause::rate_limited)
        down = true;
}

void exit_facts::account(int http_status, const std::string& code)
{
    not_found = not_found || http_status == 404 || http_status == 410 || code == "model_not_found";
}

int exit_code_of(const exit_facts& facts)
{
    if (facts.signal_code != 0 && facts.open)
        return facts.signal_code;
    if (facts.account_said_no)
        return facts.not_found ? 4 : 3;
    if (facts.down && (facts.open || facts.failed))
        return 5;
    if (facts.deadline && facts.open)
        return 124; // as timeout(1) of coreutils: what an administrator's scripts look for
    if (facts.over_budget)
        return 7;
    if (facts.held)
        return 8;
    return facts.failed || facts.open ? 1 : 0;
}

} // namespace engine::run
