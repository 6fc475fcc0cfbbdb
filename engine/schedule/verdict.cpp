// verdict: see the header.
#include "engine/schedule/verdict.hpp"

namespace engine::schedule {

using job::item_state;
using job::outcome;

void count_attempt(history& so_far, outcome ended, bool was_probe)
{
    const bool answered_badly = ended == outcome::bad_output;
    const bool free_of_charge = ended == outcome::not_sent || ended == outcome::rate_limited ||
                                ended == outcome::account || ended == outcome::cancelled ||
                                (ended == outcome::overloaded && was_probe);
    if (!free_of_charge)
        ++so_far.burnt;
    if (answered_badly)
        ++so_far.bad_outputs;

    if (ended != outcome::not_sent)
        so_far.not_sent_in_row = 0;
    else if (!was_probe)
        ++so_far.not_sent_in_row;

    if (ended == outcome::not_sent || ended == outcome::overloaded || ended == outcome::unknown)
        ++so_far.waits_in_row;
    else
        so_far.waits_in_row = 0;
}

verdict judge(const history& so_far, outcome ended, bool never_fits,
              const job::retry_policy& policy, const options& options)
{
    constexpr auto finish = next_step::finish;
    const bool used_up = so_far.burnt >= policy.max_attempts;
    const verdict no_attempts_left{finish, item_state::failed, finish_cause::attempts};

    switch (ended) {
    case outcome::delivered:
        return {finish, item_state::done, finish_cause::delivered};
    case outcome::refused:
        return {finish, item_state::failed, finish_cause::refused};
    case outcome::invalid:
        return {finish, item_state::failed, finish_cause::invalid};
    case outcome::cancelled:
        return {finish, item_state::open, finish_cause::cancelled};
    case outcome::account:
        return {next_step::next_route, item_state::open, finish_cause::account};

    case outcome::rate_limited:
        if (never_fits)
            return {finish, item_state::failed, finish_cause::never_fits};
        return {.step = next_step::retry};

    case outcome::not_sent:
        if (so_far.not_sent_in_row >= options.not_sent_max)
            return {next_step::next_route, item_state::failed, finish_cause::not_sent};
        return {.step = next_step::retry_later};

    case outcome::overloaded:
        return used_up ? no_attempts_left : verdict{.step = next_step::retry_later};

    case outcome::unknown:
        if (policy.on_unknown != job::unknown_policy::retry) // recovery has tried what it could
            return {finish, item_state::held, finish_cause::unknown};
        return used_up ? no_attempts_left : verdict{.step = next_step::retry_later};

    case outcome::bad_output:
        if (so_far.bad_outputs >= options.bad_output_max)
            return {finish, item_state::failed, finish_cause::bad_output};
        return used_up ? no_attempts_left : verdict{.step = next_step::retry};
    }
    return no_attempts_left;
}

} // namespace engine::schedule
