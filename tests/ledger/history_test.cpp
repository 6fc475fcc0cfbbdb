#include "engine/ledger/history.hpp"

#include "engine/ledger/doubt.hpp"
#include "engine/ledger/line.hpp"
#include "engine/ledger/reader.hpp"
#include "tests/ledger/fake_disk.hpp"
#include "tests/ledger/sample_events.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace engine;
using namespace engine::ledger;
using job::item_state;
using job::outcome;
using support::as_event;
using support::fake_disk;
using support::sample_attempt;
using support::sample_hash;
using support::sample_intent;
using support::sample_item;

namespace {

const std::string path = "out/ledger.jsonl";

history fold(const std::vector<job::event>& events)
{
    history all;
    for (const auto& happened : events)
        all.add(happened);
    return all;
}

key_record record_of(const history& all, int key = 1)
{
    const auto found = all.find(sample_hash(key));
    REQUIRE(found.has_value());
    return *found;
}

std::string text_of(const std::vector<job::event>& events)
{
    std::string text;
    for (const auto& happened : events)
        text += to_line(happened) + "\n";
    return text;
}

// Two items over two runs: one bought, one lost and bought again, one left open by a crash.
std::vector<job::event> story()
{
    const std::string later = "r-20261121-080000-0001";
    return {
        as_event(job::run_started{"m.yaml", sample_hash(9), "0.1.0", "host", 3, 0, {}}),
        as_event(sample_intent("a", 1, 1), 1),
        as_event(sample_intent("b", 2, 1), 2),
        as_event(sample_attempt("b", 2, 1, outcome::unknown), 3),
        as_event(sample_attempt("a", 1, 1), 4),
        as_event(sample_item("a", 1), 5),
        as_event(sample_item("b", 2, item_state::held), 6),
        as_event(sample_intent("c", 3, 1), 7),
        as_event(job::run_started{"m.yaml", sample_hash(9), "0.1.0", "host", 3, 1, {}}, 8, later),
        as_event(sample_intent("b", 2, 2), 9, later),
        as_event(sample_attempt("b", 2, 2), 10, later),
        as_event(sample_item("b", 2), 11, later),
        as_event(job::run_ended{}, 12, later),
    };
}

} // namespace

TEST_CASE("no ledger is an empty history")
{
    fake_disk disk;
    const auto all = history::read(disk, path);
    REQUIRE(all.has_value());
    CHECK(all->totals().lines == 0);
    CHECK(all->runs().empty());
    CHECK(!all->find(sample_hash(1)));
    disk.all[path] = {};
    CHECK(history::read(disk, path)->totals().keys == 0);
}

TEST_CASE("an item that was delivered is done, with its outputs and what it cost")
{
    const auto all =
        fold({as_event(sample_intent()), as_event(sample_attempt()), as_event(sample_item())});
    const auto record = record_of(all);
    CHECK(record.key == sample_hash(1));
    CHECK(record.item == "lamp-studio");
    CHECK(record.state == item_state::done);
    CHECK(record.last_outcome == outcome::delivered);
    CHECK(record.attempts == 1);
    CHECK(record.settled.count == 41'200);
    CHECK(record.possibly_billed.count == 0);
    CHECK(record.open_intents.empty());
    CHECK(record.unknown_attempts.empty());
    CHECK(record.received_sha256 == sample_hash(5001));
    REQUIRE(record.outputs.size() == 2);
    CHECK(record.outputs[0].name == "master");
    CHECK(record.outputs[0].path == "lamp-studio/master.png");
    CHECK(record.outputs[0].width == 1536);
    CHECK(record.outputs[1].bytes == 180'000);
    CHECK(record.outputs[1].c2pa == "dropped");
    CHECK(record.outputs[1].recipe == sample_hash(71));
    CHECK(all.totals().done == 1);
    CHECK(all.totals().unknown == 0);
    CHECK(all.totals().requests == 1);
}

TEST_CASE("an intent without its attempt line is possibly billed with all that was reserved")
{
    const auto all = fold({as_event(sample_intent())});
    const auto record = record_of(all);
    CHECK(!record.state);
    CHECK(record.attempts == 1);
    REQUIRE(record.open_intents.size() == 1);
    CHECK(record.open_intents[0].attempt == 1);
    CHECK(record.open_intents[0].run == "r-20261120-100005-4f2a");
    CHECK(record.open_intents[0].opened == support::sample_time());
    CHECK(record.open_intents[0].route_owner == "openai");
    CHECK(record.open_intents[0].api == "images");
    CHECK(record.open_intents[0].model == "gpt-image-2");
    CHECK(record.open_intents[0].reserved.count == 82'400);
    CHECK(record.open_intents[0].request_hash == sample_hash(1001));
    CHECK(record.possibly_billed.count == 82'400);
    CHECK(all.totals().possibly_billed.count == 82'400);
    CHECK(all.totals().requests == 1);
    CHECK(all.totals().unknown == 1);
    CHECK(all.totals().spent().count == 82'400);
}

TEST_CASE("only the attempt with its number closes an intent")
{
    const auto all = fold({as_event(sample_intent("a", 1, 1)), as_event(sample_intent("a", 1, 2)),
                           as_event(sample_attempt("a", 1, 2, outcome::overloaded)),
                           as_event(sample_attempt("x", 2, 1))});
    const auto record = record_of(all);
    REQUIRE(record.open_intents.size() == 1);
    CHECK(record.open_intents[0].attempt == 1);
    CHECK(record.attempts == 2);
    CHECK(record.last_outcome == outcome::overloaded);
    CHECK(all.totals().unknown == 1);
}

TEST_CASE("an unknown attempt stays on the bill after the item was bought again")
{
    auto lost = sample_attempt("a", 1, 1, outcome::unknown);
    lost.request_id = "req_1";
    lost.client_request_id = "dk-1";
    lost.response_id = "resp_1";
    const auto all = fold({as_event(sample_intent("a", 1, 1)), as_event(lost),
                           as_event(sample_intent("a", 1, 2)), as_event(sample_attempt("a", 1, 2)),
                           as_event(sample_item("a"))});
    const auto record = record_of(all);
    REQUIRE(record.unknown_attempts.size() == 1);
    CHECK(record.unknown_attempts[0].attempt == 1);
    CHECK(record.unknown_attempts[0].worst_case.count == 82'400);
    CHECK(record.unknown_attempts[0].request_id == "req_1");
    CHECK(record.unknown_attempts[0].client_request_id == "dk-1");
    CHECK(record.unknown_attempts[0].names.response_id == "resp_1");
    CHECK(record.settled.count == 41'200);
    CHECK(record.possibly_billed.count == 82'400);
    CHECK(record.state == item_state::done);
    CHECK(all.totals().spent().count == 123'600);
    CHECK(all.totals().requests == 2);
}

TEST_CASE("what names a lost answer is kept from its intent on until the doubt is settled")
{
    auto opened = sample_intent("a", 1, 1);
    opened.conversation_id = "conv_1";
    opened.mainline_model = "gpt-5.5";
    auto named = support::sample_name("a", 1, 1, "resp_1");
    named.enriched = {"openai", "gpt-5.4-mini", sample_hash(31), false, {1'250}};
    auto all = fold({as_event(opened), as_event(named, 1)});
    auto doubts = doubts_of(record_of(all));
    REQUIRE(doubts.size() == 1);
    CHECK(doubts[0].intent_only);
    CHECK(doubts[0].names.response_id == "resp_1");
    CHECK(doubts[0].names.conversation_id == "conv_1");
    CHECK(doubts[0].mainline_model == "gpt-5.5");
    CHECK(doubts[0].enriched->cost.count == 1'250);
    CHECK(doubts[0].worst_case.count == 82'400);
    CHECK(doubts[0].client_request_id == "r-20261120-100005-4f2a.aaaaaaaaaaaaaaaa.1");
    CHECK(doubts[0].may_have_picture());

    // The attempt line does not know the name: it is not forgotten.
    all.add(as_event(sample_attempt("a", 1, 1, outcome::unknown), 2));
    doubts = doubts_of(record_of(all));
    REQUIRE(doubts.size() == 1);
    CHECK(!doubts[0].intent_only);
    CHECK(doubts[0].names.response_id == "resp_1");
    CHECK(doubts[0].names.conversation_id == "conv_1");
    CHECK(doubts[0].may_have_picture());

    // Another line that is still in doubt keeps it too; a settled one ends it.
    all.add(as_event(sample_attempt("a", 1, 1, outcome::unknown), 3));
    CHECK(doubts_of(record_of(all))[0].names.conversation_id == "conv_1");
    auto settled = sample_attempt("a", 1, 1);
    settled.recovered = true;
    all.add(as_event(settled, 4));
    CHECK(doubts_of(record_of(all)).empty());
    CHECK(all.totals().spent().count == 41'200);
}

TEST_CASE("doubts stand in the order of their attempts, and a late name belongs to nobody")
{
    const auto all = fold({as_event(sample_intent("a", 1, 2)), as_event(sample_intent("a", 1, 1)),
                           as_event(sample_attempt("a", 1, 1, outcome::unknown)),
                           as_event(sample_intent("a", 1, 3)), as_event(sample_attempt("a", 1, 3)),
                           as_event(support::sample_name("a", 1, 3))});
    const auto doubts = doubts_of(record_of(all));
    REQUIRE(doubts.size() == 2);
    CHECK(doubts[0].attempt == 1);
    CHECK(doubts[0].error == "the connection was reset after 18200 bytes");
    CHECK(doubts[1].attempt == 2);
    CHECK(doubts[1].error == "run r-20261120-100005-4f2a ended before the answer came");
    CHECK(!doubts[1].may_have_picture());
}

TEST_CASE("what an earlier attempt came to does not change what the last one was")
{
    const auto all = fold(
        {as_event(sample_intent("a", 1, 1)), as_event(sample_attempt("a", 1, 1, outcome::unknown)),
         as_event(sample_intent("a", 1, 2)), as_event(sample_attempt("a", 1, 2, outcome::refused)),
         as_event(sample_attempt("a", 1, 1, outcome::overloaded))});
    CHECK(record_of(all).last_outcome == outcome::refused);
    CHECK(all.totals().unknown == 0);
}

TEST_CASE("a second attempt line for a settled number corrects the first")
{
    const std::string later = "r-later";
    auto all = fold({as_event(sample_intent("a", 1, 1)),
                     as_event(sample_attempt("a", 1, 1, outcome::unknown))});
    CHECK(all.totals().unknown == 1);
    all.add(as_event(sample_attempt("a", 1, 1, outcome::delivered), 5, later));
    const auto record = record_of(all);
    CHECK(record.unknown_attempts.empty());
    CHECK(record.possibly_billed.count == 0);
    CHECK(record.settled.count == 41'200);
    CHECK(all.totals().unknown == 0);
    CHECK(all.totals().requests == 1);
    CHECK(all.totals().possibly_billed.count == 0);
    REQUIRE(all.runs().size() == 2);
    CHECK(all.runs()[0].requests == 0);
    CHECK(all.runs()[0].possibly_billed.count == 0);
    CHECK(all.runs()[1].settled.count == 41'200);
}

TEST_CASE("a number that is used again after a free attempt adds, because it had its own intent")
{
    const auto all = fold({as_event(sample_intent("a", 1, 1)),
                           as_event(sample_attempt("a", 1, 1, outcome::unknown)),
                           as_event(sample_intent("a", 1, 1)),
                           as_event(sample_attempt("a", 1, 1, outcome::delivered))});
    const auto record = record_of(all);
    CHECK(record.settled.count == 41'200);
    CHECK(record.possibly_billed.count == 82'400);
    CHECK(all.totals().requests == 2);
}

TEST_CASE("attempts that never left are no requests")
{
    const auto all = fold({as_event(sample_intent("a", 1, 1)),
                           as_event(sample_attempt("a", 1, 1, outcome::not_sent)),
                           as_event(sample_attempt("a", 1, 2, outcome::cancelled))});
    CHECK(all.totals().requests == 0);
    CHECK(all.totals().spent().count == 0);
    CHECK(all.totals().unknown == 0);
    CHECK(record_of(all).attempts == 2);
}

TEST_CASE("the last item line of a key wins, but `open` is not an ending")
{
    auto failed = sample_item("a", 1, item_state::failed);
    failed.cause = "refused";
    failed.reason = "moderation";
    auto all = fold({as_event(failed)});
    CHECK(record_of(all).state == item_state::failed);
    CHECK(record_of(all).cause == "refused");
    CHECK(record_of(all).reason == "moderation");
    CHECK(all.totals().failed == 1);
    all.add(as_event(sample_item("a", 1, item_state::open)));
    CHECK(record_of(all).state == item_state::failed);
    all.add(as_event(sample_item("a", 1, item_state::held)));
    CHECK(all.totals().held == 1);
    CHECK(all.totals().failed == 0);
    all.add(as_event(sample_item("a", 1)));
    CHECK(record_of(all).state == item_state::done);
    auto moved = sample_item("a", 1);
    moved.outputs.resize(1);
    moved.outputs[0].path = "elsewhere.png";
    all.add(as_event(moved));
    CHECK(record_of(all).outputs.size() == 1);
    CHECK(record_of(all).outputs[0].path == "elsewhere.png");
    CHECK(all.totals().done == 1);
    CHECK(all.totals().held == 0);
}

TEST_CASE("items that share a key keep their outputs, the newest first")
{
    auto all = fold({as_event(sample_item("a", 1)), as_event(sample_item("b", 1))});
    auto record = record_of(all);
    REQUIRE(record.outputs.size() == 4);
    CHECK(record.outputs[0].path == "b/master.png");
    CHECK(record.outputs[3].path == "a/web.webp");
    all.add(as_event(sample_item("a", 1)));
    record = record_of(all);
    REQUIRE(record.outputs.size() == 4);
    CHECK(record.outputs[0].path == "a/master.png");
    CHECK(all.totals().keys == 1);
}

TEST_CASE("runs are told apart, also when their lines are mixed")
{
    const auto all = fold(story());
    REQUIRE(all.runs().size() == 2);
    const auto& first = all.runs()[0];
    CHECK(first.id == "r-20261120-100005-4f2a");
    CHECK(first.opening->items_total == 3);
    CHECK(!first.ending);
    CHECK(first.settled.count == 41'200);
    CHECK(first.possibly_billed.count == 164'800);
    CHECK(first.requests == 3);
    const auto& second = all.runs()[1];
    CHECK(second.ending.has_value());
    CHECK(second.started == support::sample_time(8));
    CHECK(second.settled.count == 41'200);
    CHECK(second.requests == 1);
    CHECK(all.totals().keys == 3);
    CHECK(all.totals().requests == 4);
    CHECK(all.totals().settled.count == 82'400);
    CHECK(all.totals().possibly_billed.count == 164'800);
    CHECK(all.totals().unknown == 2);
    int seen = 0;
    base::microusd settled;
    all.for_each([&](const key_record& record) {
        ++seen;
        settled += record.settled;
    });
    CHECK(seen == 3);
    CHECK(settled.count == 82'400);
}

TEST_CASE("a ledger cut at any byte loses no whole line and invents nothing")
{
    const auto events = story();
    const auto text = text_of(events);
    std::size_t whole = 0; // events that are whole before the cut
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        CAPTURE(cut);
        if (cut > 0 && text[cut - 1] == '\n')
            ++whole;
        fake_disk disk;
        disk.all[path].content = text.substr(0, cut);
        const auto all = history::read(disk, path);
        REQUIRE_MESSAGE(all.has_value(), all.error().message());
        CHECK(all->totals().lines == static_cast<std::int64_t>(whole));
        const auto last = text.rfind('\n', cut == 0 ? 0 : cut - 1);
        CHECK(all->torn_bytes() == cut - (last == std::string::npos ? 0 : last + 1));

        const auto expected = fold({events.begin(), events.begin() + static_cast<long>(whole)});
        CHECK(all->totals().spent() == expected.totals().spent());
        CHECK(all->totals().requests == expected.totals().requests);
        for (int key = 1; key <= 3; ++key) {
            const auto is = all->find(sample_hash(key));
            const auto should = expected.find(sample_hash(key));
            REQUIRE(is.has_value() == should.has_value());
            if (!is)
                continue;
            CHECK(is->state == should->state);
            CHECK(is->outputs.size() == should->outputs.size());
            CHECK(is->open_intents.size() == should->open_intents.size());
            CHECK(is->attempts == should->attempts);
        }
    }
}

TEST_CASE("a damaged line refuses the ledger with its number and what to do")
{
    auto text = text_of(story());
    const auto second = text.find('\n') + 1;
    for (const std::string bad : {"garbage", "{\"type\":\"intent\"}", "", "\x80"}) {
        fake_disk disk;
        disk.all[path].content = text.substr(0, second) + bad + "\n" + text.substr(second);
        const auto all = history::read(disk, path);
        REQUIRE(!all.has_value());
        CHECK(all.error().code == errc::damaged);
        CHECK(all.error().message().find("line 2 (byte " + std::to_string(second) + ")") !=
              std::string::npos);
        CHECK(all.error().message().find("run the same command again") != std::string::npos);
    }
    fake_disk last; // a newline says that the line was whole: then it is not a torn one
    last.all[path].content = text + "{\"type\":\"intent\"\n";
    CHECK(history::read(last, path).error().code == errc::damaged);
}

TEST_CASE("a disk that fails is not an empty ledger")
{
    fake_disk disk;
    disk.all[path].content = text_of(story());
    disk.reads_fail_at = 0;
    CHECK(history::read(disk, path).error().code == std::errc::io_error);
}

TEST_CASE("a ledger larger than one piece is read whole, and a long torn end is no line")
{
    std::string text;
    int lines = 0;
    while (text.size() < 9u << 20) {
        auto attempt = sample_attempt("item", lines, 1);
        attempt.request.prompt.assign(20'000 + static_cast<std::size_t>(lines), 'p');
        text += to_line(as_event(attempt)) + "\n";
        ++lines;
    }
    fake_disk disk;
    disk.all[path].content = text;
    auto all = history::read(disk, path);
    REQUIRE(all.has_value());
    CHECK(all->totals().lines == lines);
    CHECK(all->totals().keys == lines);
    CHECK(all->torn_bytes() == 0);

    const std::size_t torn = 10u << 20;
    disk.all[path].content = text + std::string(torn, 'x');
    all = history::read(disk, path);
    REQUIRE(all.has_value());
    CHECK(all->totals().lines == lines);
    CHECK(all->torn_bytes() == torn);
    disk.all[path].content += "\n";
    const auto refused = history::read(disk, path);
    REQUIRE(!refused.has_value());
    CHECK(refused.error().code == errc::damaged);
    CHECK(refused.error().message().find("line " + std::to_string(lines + 1) + " ") !=
          std::string::npos);
    for (int n = 1; n < 8; ++n) {
        disk.reads = 0;
        disk.reads_fail_at = n;
        CHECK(!history::read(disk, path).has_value());
    }
}

TEST_CASE("what a job spent is found by its name, whatever its items are called")
{
    auto other = sample_intent("b", 2, 1);
    other.job = "other";
    auto all = fold({as_event(sample_intent("a", 1, 1)), as_event(other)});
    CHECK(all.spent_for_job("{{sku}}-{{scene}}").count == 82'400); // in flight: its worst case
    CHECK(all.spent_for_job("other").count == 82'400);
    CHECK(all.spent_for_job("").count == 0); // lines that name none are nobody's
    all.add(as_event(sample_attempt("a-renamed", 1, 1)));
    CHECK(all.spent_for_job("{{sku}}-{{scene}}").count == 41'200);
    auto corrected = sample_attempt("a", 1, 1); // what `recon` learned
    corrected.cost = {10'000};
    all.add(as_event(corrected));
    CHECK(all.spent_for_job("{{sku}}-{{scene}}").count == 10'000);
    CHECK(all.totals().spent().count == 92'400);
}

TEST_CASE("what was spent since a moment goes by the time of the attempt, or of its intent")
{
    auto all = fold({as_event(sample_intent("a", 1, 1), 1), as_event(sample_attempt("a", 1, 1), 10),
                     as_event(sample_intent("b", 2, 1), 20)});
    const auto at = [](int second) { return as_event(sample_intent(), second).time; };
    CHECK(all.spent_since(at(0)).count == 41'200 + 82'400);
    CHECK(all.spent_since(at(10)).count == 41'200 + 82'400);
    CHECK(all.spent_since(at(11)).count == 82'400);
    CHECK(all.spent_since(at(21)).count == 0);
    // The run of b died; the next one closes its intent much later.
    auto closed = as_event(sample_attempt("b", 2, 1, outcome::unknown), 50);
    closed.run = "r-20261121-080000-0001";
    all.add(closed);
    CHECK(all.spent_since(at(21)).count == 0);
    CHECK(all.spent_since(at(20)).count > 0);
}
