#include <doctest/doctest.h>

#include "engine/job/content_key.hpp"
#include "tests/proof/seeds.hpp"

#include <cerrno>
#include <cstdio>

using namespace proof;
using engine::job::item_state;
using engine::job::outcome;
using engine::job::unknown_policy;

namespace {

std::string text_of(const std::vector<std::string>& complaints)
{
    std::string all;
    for (const auto& one : complaints)
        all += one + "\n";
    return all;
}

// A small world that is written by hand: items of one provider that answers
// quickly.
struct small_world {
    world_plan plan;

    explicit small_world(unknown_policy doubt) : doubt_(doubt)
    {
        plan.providers.push_back(plain_provider("alpha"));
        plan.providers.front().slowest = milliseconds(400);
    }
    engine::job::item& add(const std::string& id, fate what = {})
    {
        auto wanted = plain_item(id, "alpha");
        wanted.retry.on_unknown = doubt_;
        what.then.charged = true;
        plan.fates[wanted.request.prompt] = std::move(what);
        return plan.items.emplace_back(std::move(wanted));
    }
    void chain(engine::job::item& child, const engine::job::item& parent)
    {
        child.after = engine::job::parent_link{parent.id, parent.key, parent.expect.size};
        child.request.continues = true;
        child.request.chain_length = 1;
        child.key = engine::job::content_key(child);
        plan.keep_pictures = true;
    }
    void enrich(engine::job::item& wanted)
    {
        wanted.enrich.emplace();
        wanted.enrich->provider = "alpha";
        wanted.enrich->model = "gpt-5.4-mini";
        wanted.enrich->instructions = "say it better";
        wanted.key = engine::job::content_key(wanted);
    }

private:
    unknown_policy doubt_;
};

fate at_first(turn one)
{
    return {{one}, {}};
}
turn bad_picture()
{
    turn one;
    one.outcome = outcome::bad_output;
    one.charged = true;
    return one;
}
turn lost_and_charged()
{
    turn one;
    one.outcome = outcome::unknown;
    one.charged = true;
    return one;
}

void hold_up(const world_plan& plan, const world_end& calm, const life_plan& life, const char* what,
             std::uint64_t at, bool& reached)
{
    auto hurt = plan;
    hurt.lives = {life};
    const auto real = live_through(hurt);
    reached = real.deaths > 0 || real.failed;
    const auto said = std::string(what) + " " + std::to_string(at) + ", keeping " +
                      std::to_string(life.kept) + "\n" + real.text() +
                      text_of(compare(plan, calm, real));
    CHECK_MESSAGE(said.find("\n", said.find("\n") + 1) == std::string::npos, said);
}

// The process dies before every change of the disk in turn; what was not synced
// is there, or gone, or there by half.
void die_everywhere(const world_plan& plan)
{
    const auto calm = live_through(plan);
    REQUIRE_MESSAGE(calm.complaints.empty(), calm.text());
    for (const double kept : {1.0, 0.0, 0.5}) {
        bool reached = true;
        for (std::uint64_t at = 0; reached; ++at) {
            life_plan life;
            life.crash_at_point = at;
            life.kept = kept;
            life.seed = at;
            hold_up(plan, calm, life, "dies at point", at, reached);
        }
    }
}

// Every change of the disk fails in turn: once, and from there on.
void fail_everywhere(const world_plan& plan)
{
    const auto calm = live_through(plan);
    for (const bool for_ever : {false, true}) {
        bool reached = true;
        for (std::uint64_t at = 0; reached; ++at) {
            life_plan life;
            life.fails_at = at;
            life.error = ENOSPC;
            life.fails_for_ever = for_ever;
            hold_up(plan, calm, life, for_ever ? "full from point" : "full at point", at, reached);
        }
    }
}

} // namespace

TEST_CASE("in every seeded world the money is counted and nothing is lost or half")
{
    int failed = 0;
    for (auto seed = first_seed; seed < first_seed + worlds_wanted && failed < 10; ++seed) {
        const auto complaints = try_seed(seed);
        failed += complaints.empty() ? 0 : 1;
        CHECK_MESSAGE(complaints.empty(), text_of(complaints));
    }
    std::printf("%lld worlds, %lld processes, %lld of them died; %lld requests; "
                "%lld items: %lld "
                "done, %lld held; %lld worlds held against themselves without "
                "accidents\n",
                static_cast<long long>(so_far.worlds), static_cast<long long>(so_far.lives),
                static_cast<long long>(so_far.deaths), static_cast<long long>(so_far.requests),
                static_cast<long long>(so_far.items), static_cast<long long>(so_far.done),
                static_cast<long long>(so_far.held), static_cast<long long>(so_far.compared));
}

TEST_CASE("the same seed is the same world")
{
    for (std::uint64_t seed = 0; seed < 5; ++seed)
        CHECK(live_through(make_plan(seed)).ledger == live_through(make_plan(seed)).ledger);
}

TEST_CASE("one picture survives a death and a full disk at every step, "
          "whatever on_unknown says")
{
    for (const auto doubt : {unknown_policy::hold, unknown_policy::retry}) {
        small_world world(doubt);
        world.add("a");
        die_everywhere(world.plan);
        fail_everywhere(world.plan);
    }
}

TEST_CASE("a ledger that is cut at any byte is read, and mended by the next "
          "journal")
{
    small_world world(unknown_policy::retry);
    world.add("a", at_first(bad_picture()));
    const auto end = live_through(world.plan, {.trace = false, .every_cut = true});
    CHECK_MESSAGE(end.complaints.empty(), end.text());
}

TEST_CASE("a lost answer that is bought again survives a death at every step")
{
    small_world world(unknown_policy::retry);
    world.add("a", at_first(lost_and_charged()));
    die_everywhere(world.plan);
}

// Found by seed 312 of the first worlds: a process that died between the line
// of a bad output and its setting aside left the bytes in the received folder
// for ever.
TEST_CASE("a bad picture is set aside, also by the run after the one that died "
          "over it")
{
    small_world world(unknown_policy::retry);
    world.add("a", at_first(bad_picture()));
    die_everywhere(world.plan);
}

// Found by seed 143: partial images that were being written when the process
// died stayed under their temporary names for ever. The same for rewritten
// prompts by seed 206.
TEST_CASE("half written partial images and rewritten prompts are swept by the "
          "next run")
{
    small_world partials(unknown_policy::hold);
    auto& wanted = partials.add("a");
    wanted.keep_partials = true;
    wanted.request.partial_images = 1;
    die_everywhere(partials.plan);

    small_world enriched(unknown_policy::hold);
    enriched.enrich(enriched.add("a")); // the text model's answer is lost, by the prompt's name
    enriched.enrich(enriched.add("b")); // and this one comes
    die_everywhere(enriched.plan);
    fail_everywhere(enriched.plan);
}

// The name of the received bytes was not synced: where the power went after the
// ledger had the attempt's line and before it had the item's, the picture was
// bought again, also with on_unknown: hold.
TEST_CASE("what was received is not bought again when the power goes while it "
          "is being kept")
{
    small_world world(unknown_policy::hold);
    const auto parent = world.add("a");
    world.chain(world.add("b"), parent);
    world.add("c");
    die_everywhere(world.plan);
}

// Found by seeds 2080 and 21812: a process died before it knew what the text model had used. What
// is counted for that is an estimate, also in the next run and when the picture is fetched.
TEST_CASE("a fetched picture whose rewritten prompt nobody counted is an estimate")
{
    for (const bool tells_usage : {true, false}) {
        small_world world(unknown_policy::recover);
        auto& alpha = world.plan.providers.front();
        alpha.tells_usage = tells_usage;
        alpha.keeps_answers = alpha.spec.wire.retrieves_responses = true;
        alpha.makes_places = true;
        for (const auto* id : {"a", "b", "c"}) { // by their names: lost, told, told
            auto& wanted = world.add(id);
            wanted.routes.front().api = "responses";
            wanted.routes.front().mainline_model = wanted.request.mainline_model = "gpt-5.5";
            world.enrich(wanted);
        }
        die_everywhere(world.plan);
    }
}

// Found by seed 737: a process was killed between the name of the received bytes and the sync of
// that name; the next one relied on it, wrote its line, and the power went: the picture was bought
// twice.
TEST_CASE("a run makes fast what a killed one has left before it relies on it")
{
    small_world world(unknown_policy::hold);
    world.add("a");
    const auto calm = live_through(world.plan);
    for (std::uint64_t killed_at = 10; killed_at < calm.points; ++killed_at)
        for (std::uint64_t dies_at = 8; dies_at < 16; dies_at += 2) {
            auto plan = world.plan;
            life_plan first, second;
            first.crash_at_point = killed_at;
            second.crash_at_point = dies_at;
            second.kept = 0.5;
            second.seed = killed_at;
            plan.lives = {first, second};
            const auto real = live_through(plan);
            const auto said =
                std::to_string(killed_at) + ", " + std::to_string(dies_at) + ": " + real.text();
            CHECK_MESSAGE(real.complaints.empty(), said);
        }
}
