// The small pieces of the scheduler: backoff, circuit, concurrency window, shared pause, verdict,
// and the check of the options.
#include "engine/schedule/backoff.hpp"
#include "engine/schedule/circuit.hpp"
#include "engine/schedule/concurrency_window.hpp"
#include "engine/schedule/shared_pause.hpp"
#include "engine/schedule/verdict.hpp"

#include <doctest/doctest.h>
#include <limits>

using namespace engine::schedule;
using namespace std::chrono_literals;
using engine::job::item_state;
using engine::job::outcome;

namespace {
constexpr time_point begin{1h};
} // namespace

TEST_CASE("a backoff is uniform below a ceiling that doubles up to the cap")
{
    const backoff_options options{1s, 60s};
    CHECK(doubled(1s, 60s, 0) == 1s);
    CHECK(doubled(1s, 60s, 3) == 8s);
    CHECK(doubled(1s, 60s, 6) == 60s);
    CHECK(doubled(1s, 60s, 1'000'000'000) == 60s);

    engine::base::random random(7);
    duration longest{0}, sum{0};
    for (int i = 0; i < 10'000; ++i) {
        const duration wait = backoff_delay(options, 2, random);
        CHECK(wait >= 0s);
        CHECK(wait < 4s);
        longest = std::max(longest, wait);
        sum += wait;
    }
    CHECK(longest > 3900ms);
    CHECK(sum / 10'000 > 1900ms);
    CHECK(sum / 10'000 < 2100ms);
}

TEST_CASE("a wait that a provider asks for is followed within bounds")
{
    const options some;
    CHECK(bounded_wait(12s, some) == 12s);
    CHECK(bounded_wait(-5s, some) == 0s);
    CHECK(bounded_wait(std::chrono::milliseconds::min(), some) == 0s);
    CHECK(bounded_wait(std::chrono::milliseconds::max(), some) == some.retry_after_max);
}

TEST_CASE("the circuit opens after so many failures in a row and not before")
{
    circuit c({.failures_to_open = 3});
    CHECK(c.failed(c.started(), begin) == circuit::change::none);
    CHECK(c.failed(c.started(), begin) == circuit::change::none);
    CHECK(c.answered() == circuit::change::none); // breaks the row
    CHECK(c.failed(c.started(), begin) == circuit::change::none);
    CHECK(c.failed(c.started(), begin) == circuit::change::none);
    CHECK(c.failed(c.started(), begin) == circuit::change::opened);
    CHECK(c.is_open());
    CHECK(c.probe_at() == begin + 5s);
}

TEST_CASE("an open circuit probes at growing intervals until somebody answers")
{
    circuit c({.failures_to_open = 1});
    CHECK(c.failed(0, begin) == circuit::change::opened);
    CHECK(c.failed(0, begin) == circuit::change::none); // was on its way: no news
    const auto first = c.started();
    CHECK(first != 0);
    CHECK(c.probing());
    CHECK(c.failed(first, begin + 5s) == circuit::change::opened);
    CHECK(c.probe_at() == begin + 15s);
    CHECK(c.failed(first, begin + 6s) == circuit::change::none); // said that already
    const auto second = c.started();
    c.ended(second); // cancelled: another may go
    CHECK(!c.probing());
    const auto third = c.started();
    CHECK(third > second);
    CHECK(c.answered() == circuit::change::closed);
    CHECK(!c.is_open());
    CHECK(c.failed(third, begin + 20s) == circuit::change::opened); // ordinary again
}

TEST_CASE("the circuit gives up later on a route that once answered")
{
    for (const bool seen : {false, true}) {
        circuit c({.failures_to_open = 1, .probes_max = 5, .probes_max_unseen = 2});
        if (seen)
            CHECK(c.answered() == circuit::change::none);
        CHECK(c.failed(0, begin) == circuit::change::opened);
        int probes = 1;
        while (c.failed(c.started(), begin) == circuit::change::opened)
            ++probes;
        CHECK(probes == (seen ? 5 : 2));
    }
}

TEST_CASE("a circuit that is switched off never opens")
{
    circuit c({.failures_to_open = 0});
    for (int i = 0; i < 100; ++i)
        CHECK(c.failed(c.started(), begin) == circuit::change::none);
    CHECK(!c.is_open());
}

TEST_CASE("overload halves what is in use once, and images grow it back one by one")
{
    concurrency_window window(64, 64);
    window.cut(40, begin, begin + 1s);
    CHECK(window.size() == 20);
    window.cut(39, begin, begin + 2s); // started before the cut: the same overload
    CHECK(window.size() == 20);
    for (int i = 0; i < 21; ++i)
        window.grow(begin);
    CHECK(window.size() == 21);
    for (int i = 0; i < 100; ++i)
        window.cut(1, begin + 1min + i * 1s, begin + 1min + i * 1s);
    CHECK(window.size() == 1);
    for (int i = 0; i < 10'000; ++i)
        window.grow(begin);
    CHECK(window.size() == 64);
}

TEST_CASE("the search doubles up to sixteen, then opens no more than four slots a second")
{
    concurrency_window window(64, 4);
    for (int i = 0; i < 12; ++i)
        window.grow(begin);
    CHECK(window.size() == 16);
    for (int i = 0; i < 1'000; ++i) // ten seconds of a provider that answers at once
        window.grow(begin + 1s + i * 10ms);
    CHECK(window.size() == 16 + 40);
    CHECK(window.searching());
    for (int i = 0; i < 8; ++i)
        window.grow(begin + 1min + i * 1s);
    CHECK(window.size() == 64);
    CHECK(!window.searching());
}

TEST_CASE("one failure among many that go well halves nothing, and the second soon after does")
{
    concurrency_window window(64, 64);
    for (int i = 0; i < 20; ++i)
        window.grow(begin);
    window.stumble(64, begin, begin + 1s);
    CHECK(window.size() == 64);
    for (int i = 0; i < 19; ++i)
        window.grow(begin);
    window.stumble(64, begin + 2s, begin + 3s);
    CHECK(window.size() == 32);
}

TEST_CASE("a share of nothing lets nothing start")
{
    concurrency_window window(1, 1);
    window.allow(0);
    CHECK(window.size() == 0);
    window.allow(1);
    CHECK(window.size() == 1);
}

TEST_CASE("a refusal pauses everybody for as long as the provider says")
{
    shared_pause pause;
    CHECK(pause.ready_at() < begin);
    CHECK(pause.refuse({12s, begin, begin + 1s}));
    CHECK(pause.until() == begin + 13s);
    CHECK(!pause.is_news(begin + 1s));
    CHECK(pause.is_news(begin + 13s));
    CHECK(!pause.refuse({3s, begin, begin + 2s})); // shorter: nothing new
    CHECK(pause.refuse({12s, begin, begin + 2s})); // longer
    CHECK(pause.until() == begin + 14s);
    CHECK(!pause.refuse({{}, begin, begin + 3s})); // names no wait and was on its way before
}

TEST_CASE("without a wait the pauses double, and an answer begins anew")
{
    shared_pause pause;
    time_point now = begin;
    for (const auto expected : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        CHECK(pause.refuse({{}, now, now}));
        CHECK(pause.until() == now + expected);
        now = pause.until();
    }
    CHECK(pause.refused_since() == begin);
    pause.answered();
    CHECK(!pause.refused_since());
    CHECK(pause.refuse({{}, now, now}));
    CHECK(pause.until() == now + 1s);
}

TEST_CASE("a provider that keeps asking for no wait at all is not believed for ever")
{
    shared_pause pause;
    time_point now = begin;
    for (int i = 0; i < 12; ++i) {
        pause.refuse({0s, now, now});
        now = pause.until();
    }
    CHECK(now > begin + 20s); // 12 requests instead of thousands
}

TEST_CASE("after a pause the starts come back within half a second")
{
    shared_pause pause;
    REQUIRE(pause.refuse({10s, begin, begin}));
    time_point now = pause.ready_at();
    int starts = 0;
    for (; starts < 100; ++starts) {
        now = std::max(now, pause.ready_at());
        pause.started(now);
    }
    CHECK(now - pause.until() > 450ms);
    CHECK(now - pause.until() < 500ms);
}

TEST_CASE("each outcome has its consequence")
{
    using engine::job::retry_policy;
    using engine::job::unknown_policy;
    struct row {
        outcome ended;
        history so_far; // with this attempt
        bool never_fits;
        unknown_policy on_unknown;
        next_step step;
        item_state state;
        finish_cause cause;
    };
    constexpr auto hold = unknown_policy::hold;
    constexpr auto buy = unknown_policy::retry;
    using enum item_state;
    using step = next_step;
    using cause = finish_cause;
    const history once{.burnt = 1};
    const history used_up{.burnt = 5};
    const row table[] = {
        {outcome::delivered, used_up, false, hold, step::finish, done, cause::delivered},
        {outcome::refused, once, false, buy, step::finish, failed, cause::refused},
        {outcome::invalid, once, false, buy, step::finish, failed, cause::invalid},
        {outcome::cancelled, {}, false, buy, step::finish, open, cause::cancelled},
        {outcome::account, once, false, buy, step::next_route, open, cause::account},
        {outcome::rate_limited, {}, true, buy, step::finish, failed, cause::never_fits},
        {outcome::rate_limited, used_up, false, buy, step::retry, failed, cause::attempts},
        {outcome::not_sent,
         {.not_sent_in_row = 7},
         false,
         buy,
         step::retry_later,
         failed,
         cause::attempts},
        {outcome::not_sent,
         {.not_sent_in_row = 8},
         false,
         buy,
         step::next_route,
         failed,
         cause::not_sent},
        {outcome::overloaded, once, false, hold, step::retry_later, failed, cause::attempts},
        {outcome::overloaded, used_up, false, hold, step::finish, failed, cause::attempts},
        {outcome::unknown, once, false, hold, step::finish, held, cause::unknown},
        {outcome::unknown, used_up, false, hold, step::finish, held, cause::unknown},
        {outcome::unknown, once, false, buy, step::retry_later, failed, cause::attempts},
        {outcome::unknown, used_up, false, buy, step::finish, failed, cause::attempts},
        {outcome::bad_output,
         {.burnt = 1, .bad_outputs = 1},
         false,
         buy,
         step::retry,
         failed,
         cause::attempts},
        {outcome::bad_output,
         {.burnt = 2, .bad_outputs = 2},
         false,
         buy,
         step::finish,
         failed,
         cause::bad_output},
        {outcome::bad_output,
         {.burnt = 5, .bad_outputs = 1},
         false,
         buy,
         step::finish,
         failed,
         cause::attempts},
    };
    const options some;
    for (const row& r : table) {
        const retry_policy policy{5, r.on_unknown};
        const verdict got = judge(r.so_far, r.ended, r.never_fits, policy, some);
        CAPTURE(engine::job::name_of(r.ended));
        CHECK(got.step == r.step);
        if (got.step == step::finish || got.step == step::next_route) {
            CHECK(got.state == r.state);
            CHECK(got.cause == r.cause);
        }
    }
}

TEST_CASE("only attempts that a provider worked on count as burnt")
{
    const auto burnt = [](outcome ended, bool probe) {
        history h;
        count_attempt(h, ended, probe);
        return h.burnt;
    };
    for (const outcome free :
         {outcome::not_sent, outcome::rate_limited, outcome::account, outcome::cancelled})
        CHECK(burnt(free, false) == 0);
    for (const outcome paid : {outcome::delivered, outcome::overloaded, outcome::unknown,
                               outcome::refused, outcome::invalid, outcome::bad_output})
        CHECK(burnt(paid, false) == 1);
    CHECK(burnt(outcome::overloaded, true) == 0); // a probe asks for everybody
    CHECK(burnt(outcome::unknown, true) == 1);    // but money is money
}

TEST_CASE("the rows of an item are broken by other outcomes")
{
    history h;
    count_attempt(h, outcome::not_sent, false);
    count_attempt(h, outcome::not_sent, true); // not held against it
    count_attempt(h, outcome::not_sent, false);
    CHECK(h.not_sent_in_row == 2);
    CHECK(h.waits_in_row == 3);
    count_attempt(h, outcome::overloaded, false);
    CHECK(h.not_sent_in_row == 0);
    CHECK(h.waits_in_row == 4);
    count_attempt(h, outcome::bad_output, false);
    CHECK(h.waits_in_row == 0);
    CHECK(h.bad_outputs == 1);
    CHECK(h.burnt == 2);
}

TEST_CASE("options are good by default, and each mistake has its sentence")
{
    options good;
    good.routes.push_back({"a", {}});
    CHECK(validate(good).empty());
    CHECK(validate({}).size() == 1); // no route

    const auto complaints = [&](auto spoil) {
        options bad = good;
        spoil(bad);
        return validate(bad).size();
    };
    using std::chrono::milliseconds;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(complaints([](options& o) { o.routes[0].limits.requests_per_minute = 0; }) == 1);
    CHECK(complaints([&](options& o) { o.routes[0].limits.images_per_minute = nan; }) == 1);
    CHECK(complaints([](options& o) { o.routes[0].limits.tokens_per_minute = -1; }) == 1);
    CHECK(complaints([](options& o) { o.routes[0].limits.concurrency = 0; }) == 1);
    CHECK(complaints([](options& o) { o.routes[0].limits.concurrency = 10'001; }) == 1);
    CHECK(complaints([](options& o) { o.cap = engine::base::microusd{-1}; }) == 1);
    CHECK(complaints([](options& o) { o.spent_before = {-1}; }) == 1);
    CHECK(complaints([](options& o) { o.concurrency_total = 0; }) == 1);
    CHECK(complaints([](options& o) { o.settling_max = 0; }) == 1);
    CHECK(complaints([](options& o) { o.backoff.base = 0ms; }) == 1);
    CHECK(complaints([](options& o) { o.backoff.cap = 1ms; }) == 1);
    CHECK(complaints([](options& o) { o.circuit.failures_to_open = -1; }) == 1);
    CHECK(complaints([](options& o) { o.circuit.probe_cap = 1ms; }) == 1);
    CHECK(complaints([](options& o) { o.circuit.probes_max = 0; }) == 1);
    CHECK(complaints([](options& o) { o.not_sent_max = 0; }) == 1);
    CHECK(complaints([](options& o) { o.bad_output_max = 0; }) == 1);
    CHECK(complaints([](options& o) { o.retry_after_max = 0ms; }) == 1);
    CHECK(complaints([](options& o) { o.retry_after_max = milliseconds::max(); }) == 1);
    CHECK(complaints([](options& o) { o.rate_limited_give_up = -1ms; }) == 1);
    CHECK(complaints([](options& o) { o.halts.push_back({.fraction = 1.5}); }) == 1);
    CHECK(complaints([&](options& o) { o.halts.push_back({.fraction = nan}); }) == 1);
    CHECK(complaints([](options& o) { o.halt_after_items = 0; }) == 1);
    CHECK(complaints([](options& o) { o.arrival_jitter = -1ms; }) == 1);
    CHECK(validate(options{}).front() == "there must be at least one route");
}
