#include "engine/plan/decision.hpp"

#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace engine;
using plan::verdict;

namespace {

// A folder with a ledger in memory: what each test adds to it is what matters.
struct bench {
    support::temporary_folder root;
    job::output_folder folder{root.path()};
    std::unique_ptr<runtime::files> disk = runtime::make_posix_files();
    ledger::history history;
    job::item wanted;

    bench()
    {
        wanted.id = "lamp";
        wanted.key = std::string(64, 'a');
        wanted.routes = {{"simulator", "images", "gpt-image-2"}};
        job::output_spec master;
        master.name = "master";
        master.path = "lamp/master.png";
        wanted.outputs = {master};
        REQUIRE(disk->make_directories(folder.received_folder()));
        REQUIRE(disk->make_directories(folder.file("lamp")));
    }
    void add(job::event_body body) { history.add({base::wall_time{}, "r-1", std::move(body)}); }
    void intent(int attempt)
    {
        job::intent_opened opened;
        opened.item = wanted.id;
        opened.key = wanted.key;
        opened.attempt = attempt;
        opened.reserved = {50'000};
        add(opened);
    }
    void attempt(int number, job::outcome outcome, bool possibly_billed = false)
    {
        intent(number);
        job::attempt_ended ended;
        ended.item = wanted.id;
        ended.key = wanted.key;
        ended.attempt = number;
        ended.outcome = outcome;
        ended.cost = {40'000};
        ended.possibly_billed = possibly_billed;
        add(ended);
    }
    void item(job::item_state state, bool with_output = true)
    {
        job::item_ended ended;
        ended.item = wanted.id;
        ended.key = wanted.key;
        ended.state = state;
        ended.reason = "refused: moderation_blocked";
        ended.received_sha256 = "feed";
        if (with_output)
            ended.outputs = {{"master", "lamp/master.png", "feed", "png", 8, 8, 5, "absent",
                              job::recipe_of(wanted.outputs[0])}};
        add(ended);
    }
    void write(const std::string& path, std::string_view text)
    {
        REQUIRE(runtime::write_whole(*disk, path, base::as_bytes(text)));
    }
    plan::decision decide()
    {
        return plan::decide(wanted, history.find(wanted.key), *disk, folder);
    }
};

} // namespace

TEST_CASE("what was never bought is new")
{
    bench b;
    CHECK(b.decide().verdict == verdict::fresh);
    CHECK(b.decide().buys());
}

TEST_CASE("what is stored whole is done, and is never bought again")
{
    bench b;
    b.attempt(1, job::outcome::delivered);
    b.item(job::item_state::done);
    b.write(b.folder.file("lamp/master.png"), "12345");
    CHECK(b.decide().verdict == verdict::done);
    CHECK(!b.decide().buys());
}

TEST_CASE("a changed or added output is made from the stored original for nothing")
{
    bench b;
    b.attempt(1, job::outcome::delivered);
    b.item(job::item_state::done);
    b.write(b.folder.file("lamp/master.png"), "12345");
    job::output_spec web;
    web.name = "web";
    web.path = "lamp/web.webp";
    web.format = job::output_format::webp;
    b.wanted.outputs.push_back(web);
    auto made = b.decide();
    CHECK(made.verdict == verdict::reuse);
    CHECK(made.source == b.folder.file("lamp/master.png"));
    CHECK(!made.intent_open);
    b.wanted.outputs = {web}; // even when the original itself is no longer wanted
    CHECK(b.decide().verdict == verdict::reuse);
}

TEST_CASE("without the original a lost file has to be bought again, and says so")
{
    bench b;
    b.attempt(1, job::outcome::delivered);
    b.item(job::item_state::done);
    auto made = b.decide(); // the file is not there
    CHECK(made.verdict == verdict::retry);
    CHECK(made.reason.find("missing") != std::string::npos);
    b.write(b.folder.file("lamp/master.png"), "123"); // not whole
    CHECK(b.decide().verdict == verdict::retry);
}

TEST_CASE("bytes that were received before a crash are used, whether their line was written or not")
{
    bench b;
    b.intent(1);
    b.write(b.folder.received(b.wanted.key, 1), "image");
    auto made = b.decide();
    CHECK(made.verdict == verdict::reuse);
    CHECK(made.intent_open);
    CHECK(made.source_attempt == 1);

    bench c;
    c.attempt(1, job::outcome::overloaded);
    c.attempt(2, job::outcome::delivered);
    c.write(c.folder.received(c.wanted.key, 2), "image");
    made = c.decide();
    CHECK(made.verdict == verdict::reuse);
    CHECK(!made.intent_open);
    CHECK(made.source_attempt == 2);
}

TEST_CASE("an attempt that may have been billed holds the item, unless the user says retry")
{
    bench b;
    b.intent(1); // no attempt line: the process died
    CHECK(b.decide().verdict == verdict::held);
    b.wanted.retry.on_unknown = job::unknown_policy::retry;
    CHECK(b.decide().verdict == verdict::retry);
    CHECK(b.decide().attempts_before == 1);

    bench c;
    c.attempt(1, job::outcome::unknown, true);
    c.item(job::item_state::held, false);
    CHECK(c.decide().verdict == verdict::held);
    CHECK(c.decide().reason.find("$0.04") != std::string::npos);
}

TEST_CASE("what the provider refused stays refused; what only failed is tried again")
{
    bench b;
    b.attempt(1, job::outcome::refused);
    b.item(job::item_state::failed, false);
    CHECK(b.decide().verdict == verdict::failed);
    CHECK(b.decide().reason == "refused: moderation_blocked");

    bench c;
    c.attempt(1, job::outcome::overloaded);
    c.item(job::item_state::failed, false);
    CHECK(c.decide().verdict == verdict::retry);

    bench d;
    d.attempt(1, job::outcome::bad_output);
    CHECK(d.decide().verdict == verdict::retry);
    CHECK(d.decide().cost_before.count == 40'000);
}

TEST_CASE("a lost answer with a name is fetched, if that is wanted, and never bought again")
{
    bench b;
    b.intent(1);
    job::answer_named named;
    named.item = b.wanted.id;
    named.key = b.wanted.key;
    named.response_id = "resp_1";
    b.add(named);
    CHECK(b.decide().verdict == verdict::held);
    CHECK(b.decide().reason.find("recover fetches") != std::string::npos);
    b.wanted.retry.on_unknown = job::unknown_policy::recover;
    CHECK(b.decide().verdict == verdict::recover);
    CHECK(!b.decide().buys());
    b.wanted.retry.on_unknown = job::unknown_policy::retry;
    CHECK(b.decide().verdict == verdict::retry);
    // Its bytes are here already: fetched, and not written down yet.
    b.wanted.retry.on_unknown = job::unknown_policy::recover;
    b.attempt(1, job::outcome::unknown, true);
    b.write(b.folder.received(b.wanted.key, 1), "image");
    CHECK(b.decide().verdict == verdict::reuse);
    CHECK(b.decide().intent_open);
}

TEST_CASE("a bad picture that was not set aside yet is not taken for the item's")
{
    bench b;
    b.attempt(1, job::outcome::bad_output);
    b.attempt(2, job::outcome::overloaded);
    b.write(b.folder.received(b.wanted.key, 1), "bad");
    CHECK(b.decide().verdict == verdict::retry);
}

TEST_CASE("a lost answer without a name waits for a person, also where it would be fetched")
{
    bench b;
    b.wanted.retry.on_unknown = job::unknown_policy::recover;
    b.attempt(1, job::outcome::unknown, true);
    CHECK(b.decide().verdict == verdict::held);
    CHECK(b.decide().reason.find("retry buys it again") != std::string::npos);
    // What was lost before the item was done is made good.
    bench c;
    c.wanted.retry.on_unknown = job::unknown_policy::recover;
    c.attempt(1, job::outcome::unknown, true);
    c.attempt(2, job::outcome::delivered);
    job::item_ended done;
    done.item = c.wanted.id;
    done.key = c.wanted.key;
    done.attempts = 2;
    c.add(done);
    CHECK(c.decide().verdict == verdict::retry);
}

TEST_CASE("the picture of an earlier attempt that was fetched and not stored is used")
{
    bench b;
    b.wanted.retry.on_unknown = job::unknown_policy::recover;
    b.attempt(1, job::outcome::delivered); // fetched after the second was lost
    b.attempt(2, job::outcome::unknown, true);
    b.write(b.folder.received(b.wanted.key, 1), "image");
    CHECK(b.decide().verdict == verdict::reuse);
    CHECK(b.decide().source_attempt == 1);
    CHECK(!b.decide().intent_open);
}

TEST_CASE("what was given up is tried again by the name of its ending, and nothing else is")
{
    bench b;
    b.attempt(1, job::outcome::refused);
    b.item(job::item_state::failed, false);
    b.wanted.retry.reopen_classes = {"bad_output"};
    CHECK(b.decide().verdict == plan::verdict::failed);
    b.wanted.retry.reopen_classes = {"bad_output", "refused"};
    CHECK(b.decide().verdict == plan::verdict::retry);
    const auto known = *b.history.find(b.wanted.key);
    CHECK(plan::was_given_up(known, {}));
    CHECK(plan::was_given_up(known, {"refused"}));
    CHECK(!plan::was_given_up(known, {"unknown"}));
}

TEST_CASE("what may have been billed is bought again by that class alone")
{
    bench b;
    b.attempt(1, job::outcome::unknown, true);
    b.item(job::item_state::held, false);
    const auto known = *b.history.find(b.wanted.key);
    CHECK(!plan::was_given_up(known, {}));
    CHECK(plan::was_given_up(known, {"unknown"}));
    b.wanted.retry.reopen_failed = true;
    CHECK(b.decide().verdict == plan::verdict::held);
    b.wanted.retry.reopen_classes = {"unknown"};
    CHECK(b.decide().verdict == plan::verdict::retry);
}
