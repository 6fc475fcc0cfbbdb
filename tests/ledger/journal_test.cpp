#include "engine/ledger/journal.hpp"

#include "engine/ledger/line.hpp"
#include "engine/ledger/reader.hpp"
#include "engine/runtime/task_group.hpp"
#include "tests/ledger/fake_disk.hpp"
#include "tests/ledger/sample_events.hpp"
#include "tests/support/run_task.hpp"
#include "tests/support/temporary_folder.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>
#include <thread>

using namespace engine;
using namespace engine::ledger;
using runtime::task;
using support::as_event;
using support::fake_disk;

namespace asio = boost::asio;

namespace {

const std::string path = "out/ledger.jsonl";

// Which of the numbered warnings made by numbered() a file holds, in order.
std::vector<std::string> messages(runtime::files& disk, const std::string& file = path)
{
    std::vector<std::string> found;
    const auto counts = read_events(disk, file, [&](job::event&& happened, line_place place) {
        const auto again = read_event(disk, file, place);
        REQUIRE(again.has_value());
        CHECK(to_line(*again) == to_line(happened));
        found.push_back(std::get<job::warning_raised>(happened.body).message);
    });
    REQUIRE_MESSAGE(counts.has_value(), counts.error().message());
    return found;
}

job::event numbered(int number)
{
    return as_event(job::warning_raised{"", std::to_string(number)});
}

std::unique_ptr<journal> open_or_fail(runtime::files& disk, journal_options options = {})
{
    auto opened = journal::open(disk, path, options);
    REQUIRE_MESSAGE(opened.has_value(), opened.error().message());
    return std::move(*opened);
}

task<> append_and_note(journal& book, int number, std::vector<int>& done)
{
    const auto how = co_await book.append_durable(numbered(number));
    CHECK(how.has_value());
    done.push_back(number);
}

task<> hop()
{
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
}

constexpr journal_options inline_options{std::chrono::milliseconds(50), false};

} // namespace

TEST_CASE("a durable line is on the disk when the wait ends, with all before it")
{
    for (const bool own_thread : {true, false}) {
        fake_disk disk;
        asio::io_context loop;
        const auto book = open_or_fail(disk, {std::chrono::milliseconds(50), own_thread});
        CHECK(disk.log ==
              std::vector<std::string>{"open " + path, "sync " + path, "sync folder out"});
        book->append(numbered(1));
        book->append(numbered(2));
        const auto home = std::this_thread::get_id();
        const auto all = [&]() -> task<> {
            const auto how = co_await book->append_durable(numbered(3));
            CHECK(how.has_value());
            CHECK(std::this_thread::get_id() == home);
            CHECK(disk.all[path].synced == disk.all[path].content.size());
        };
        support::run_task(loop, all());
        disk.crash();
        CHECK(messages(disk) == std::vector<std::string>{"1", "2", "3"});
        CHECK(book->counts().lines == 3);
        CHECK(book->counts().bytes == disk.all[path].content.size());
        CHECK(book->state().has_value());
    }
}

TEST_CASE("lines that come while a sync runs share the next one")
{
    fake_disk disk;
    asio::io_context loop;
    const auto book = open_or_fail(disk);
    std::vector<int> done;
    disk.hold_syncs();
    const auto all = [&]() -> task<> {
        runtime::task_group group(co_await asio::this_coro::executor);
        group.start(append_and_note(*book, 0, done));
        co_await hop();
        disk.wait_for_held_sync(); // the writer is now busy with line 0
        for (int i = 1; i <= 100; ++i)
            group.start(append_and_note(*book, i, done));
        co_await hop();
        CHECK(done.empty());
        disk.release();
        co_await group.join();
    };
    support::run_task(loop, all());
    REQUIRE(done.size() == 101);
    for (int i = 0; i <= 100; ++i)
        CHECK(done[static_cast<std::size_t>(i)] == i);
    CHECK(book->counts().writes == 2);
    CHECK(book->counts().syncs == 2);
    CHECK(messages(disk).size() == 101);
}

TEST_CASE("a line that nobody waits for is written without a durable one")
{
    fake_disk disk;
    asio::io_context loop;
    SUBCASE("by flush")
    {
        const auto book = open_or_fail(disk, {std::chrono::hours(1), true});
        book->append(numbered(1));
        CHECK(support::run_task(loop, book->flush()).has_value());
        CHECK(disk.all[path].synced > 0);
        CHECK(support::run_task(loop, book->flush()).has_value()); // nothing new
        CHECK(messages(disk) == std::vector<std::string>{"1"});
    }
    SUBCASE("after a while")
    {
        const auto book = open_or_fail(disk, {std::chrono::milliseconds(0), true});
        disk.hold_syncs();
        book->append(numbered(1));
        disk.wait_for_held_sync(); // only the writer's own timer leads here
        disk.release();
    }
    SUBCASE("when the journal is closed")
    {
        auto book = open_or_fail(disk, {std::chrono::hours(1), true});
        book->append(numbered(1));
        book.reset();
        disk.crash();
        CHECK(messages(disk) == std::vector<std::string>{"1"});
    }
    SUBCASE("without a thread, at once, and synced when it is closed")
    {
        auto book = open_or_fail(disk, inline_options);
        book->append(numbered(1));
        CHECK(messages(disk) == std::vector<std::string>{"1"});
        book.reset();
        disk.crash();
        CHECK(messages(disk) == std::vector<std::string>{"1"});
    }
}

TEST_CASE("cancelling one who waits loses neither his line nor the answer")
{
    fake_disk disk;
    asio::io_context loop;
    const auto book = open_or_fail(disk);
    std::vector<int> done;
    bool cancelled_after = false;
    const auto waits = [&]() -> task<> {
        const auto how = co_await book->append_durable(numbered(1));
        CHECK(how.has_value());
        CHECK(disk.all[path].synced == disk.all[path].content.size());
        done.push_back(1);
        try {
            co_await hop();
        } catch (const boost::system::system_error& error) {
            cancelled_after = error.code() == asio::error::operation_aborted;
        }
    };
    const auto all = [&]() -> task<> {
        runtime::task_group group(co_await asio::this_coro::executor);
        disk.hold_syncs();
        group.start(waits());
        co_await hop();
        disk.wait_for_held_sync();
        group.cancel();
        co_await hop();
        CHECK(done.empty()); // still waits for the sync
        disk.release();
        co_await group.join();
    };
    support::run_task(loop, all());
    CHECK(done == std::vector<int>{1});
    CHECK(cancelled_after);
    CHECK(messages(disk) == std::vector<std::string>{"1"});
}

TEST_CASE("a line given by one who is cancelled already is written too")
{
    fake_disk disk;
    asio::io_context loop;
    auto book = open_or_fail(disk);
    bool aborted = false;
    const auto waits = [&]() -> task<> {
        // Catches the cancellation of its first wait, as a clean-up would, and then gives a line.
        try {
            boost::asio::steady_timer never(co_await asio::this_coro::executor,
                                            boost::asio::steady_timer::time_point::max());
            co_await never.async_wait(asio::use_awaitable);
        } catch (const boost::system::system_error&) {
            aborted = true;
        }
        const auto how = co_await book->append_durable(numbered(7));
        CHECK(false); // not reached: co_await itself throws
        (void)how;
    };
    const auto all = [&]() -> task<> {
        runtime::task_group group(co_await asio::this_coro::executor);
        group.start(waits());
        co_await hop();
        group.cancel();
        co_await group.join();
    };
    support::run_task(loop, all());
    CHECK(aborted);
    book.reset();
    CHECK(messages(disk) == std::vector<std::string>{"7"});
}

TEST_CASE("a task that is never awaited has given its line all the same")
{
    fake_disk disk;
    auto book = open_or_fail(disk);
    {
        const auto dropped = book->append_durable(numbered(1));
    }
    book.reset();
    CHECK(messages(disk) == std::vector<std::string>{"1"});
}

TEST_CASE("the journal may be closed while somebody still waits, and answers him")
{
    fake_disk disk;
    asio::io_context loop;
    auto book = open_or_fail(disk);
    std::vector<int> done;
    auto waiting = append_and_note(*book, 1, done);
    const auto all = [&]() -> task<> {
        runtime::task_group group(co_await asio::this_coro::executor);
        group.start(std::move(waiting));
        co_await hop();
        book.reset();
        co_await group.join();
    };
    support::run_task(loop, all());
    CHECK(done == std::vector<int>{1});
}

TEST_CASE("whatever change fails, no line is promised that a crash then loses")
{
    for (const bool own_thread : {true, false}) {
        for (int n = 0;; ++n) {
            CAPTURE(n);
            fake_disk disk;
            asio::io_context loop;
            disk.fail_at = n;
            auto opened = journal::open(disk, path, {std::chrono::hours(1), own_thread});
            std::vector<std::string> promised;
            bool failed = !opened;
            const auto all = [&]() -> task<> {
                for (int i = 1; i <= 4; ++i) {
                    (*opened)->append(numbered(100 + i));
                    const auto how = co_await (*opened)->append_durable(numbered(i));
                    if (how) {
                        CHECK(!failed); // a failure is for ever
                        promised.push_back(std::to_string(100 + i));
                        promised.push_back(std::to_string(i));
                    } else {
                        CHECK(how.error().code == std::errc::no_space_on_device);
                        CHECK((*opened)->state().error().message() == how.error().message());
                        failed = true;
                    }
                }
            };
            if (opened)
                support::run_task(loop, all());
            opened = base::fail_errno(0, "closed");
            // The disk has room again and the machine restarts: the promised lines are there, in
            // order, and nothing that was not given; a second open can go on.
            for (const std::size_t extra : {std::size_t{0}, std::size_t{1}, std::size_t{1000}}) {
                fake_disk after;
                after.all = disk.all;
                after.crash(extra);
                auto again = journal::open(after, path);
                REQUIRE_MESSAGE(again.has_value(), again.error().message());
                auto found = messages(after);
                REQUIRE(found.size() >= promised.size());
                found.resize(promised.size());
                CHECK(found == promised);
            }
            if (!failed)
                break;
        }
    }
}

TEST_CASE("a torn end is cut off and kept beside the ledger, wherever it was cut")
{
    const std::string whole = to_line(numbered(1)) + "\n" + to_line(numbered(2)) + "\n";
    const auto first = whole.find('\n') + 1;
    for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
        CAPTURE(cut);
        fake_disk disk;
        disk.all[path].content = whole.substr(0, cut);
        asio::io_context loop;
        const auto book = open_or_fail(disk);
        const std::size_t kept = cut < first ? 0 : cut < whole.size() ? first : cut;
        CHECK(book->torn().has_value() == (cut != kept));
        if (book->torn()) {
            CHECK(book->torn()->bytes == cut - kept);
            CHECK(book->torn()->kept_in == path + ".torn");
            CHECK(disk.all[path + ".torn"].content == whole.substr(kept, cut - kept) + "\n");
            CHECK(disk.all[path + ".torn"].synced == cut - kept + 1);
        }
        CHECK(support::run_task(loop, book->append_durable(numbered(9))).has_value());
        auto expected = std::vector<std::string>{"1", "2"};
        expected.resize(kept == 0 ? 0 : kept == first ? 1 : 2);
        expected.push_back("9");
        CHECK(messages(disk) == expected);
    }
}

TEST_CASE("whatever fails while a torn end is cut off, no byte is lost and the next open succeeds")
{
    const std::string torn(700'000, '\0'); // as some file systems leave behind; several pieces
    for (int n = 0;; ++n) {
        fake_disk disk;
        disk.all[path] = {to_line(numbered(1)) + "\n" + torn, 0};
        disk.fail_at = n;
        const bool opened = journal::open(disk, path).has_value();
        disk.fail_at = -1;
        const bool in_ledger = disk.all[path].content.find(torn) != std::string::npos;
        const bool kept = disk.all[path + ".torn"].content.find(torn) != std::string::npos;
        CHECK((in_ledger || kept));
        open_or_fail(disk);
        CHECK(messages(disk) == std::vector<std::string>{"1"});
        if (opened)
            break;
    }
    for (int n = 0; n < 6; ++n) {
        fake_disk disk;
        disk.all[path] = {to_line(numbered(1)) + "\n" + torn, 0};
        disk.reads_fail_at = n;
        CHECK(!journal::open(disk, path).has_value());
    }
}

TEST_CASE("a line over the bound is refused, and never silently left out")
{
    fake_disk disk;
    asio::io_context loop;
    auto item = support::sample_item();
    item.outputs.resize(1000, {"web", std::string(2'000, 'p'), "", "webp", 1, 1, 1, "", ""});
    const auto book = open_or_fail(disk, inline_options);
    const auto how = support::run_task(loop, book->append_durable(as_event(item)));
    CHECK(how.error().code == errc::line_too_long);
    CHECK(book->state().has_value()); // its giver knows; the journal is as good as before
    CHECK(support::run_task(loop, book->append_durable(numbered(1))).has_value());
    book->append(as_event(item)); // its giver cannot know
    CHECK(book->state().error().code == errc::line_too_long);
    CHECK(!support::run_task(loop, book->append_durable(numbered(2))).has_value());
    CHECK(messages(disk) == std::vector<std::string>{"1"});

    // What was taken before it is written all the same.
    fake_disk other;
    auto threaded = open_or_fail(other, {std::chrono::hours(1), true});
    threaded->append(numbered(1));
    threaded->append(as_event(item));
    threaded->append(numbered(2));
    threaded.reset();
    CHECK(messages(other) == std::vector<std::string>{"1"});
}

TEST_CASE("real files: many writers, one loop, every line once and in order")
{
    const support::temporary_folder folder;
    const auto disk = runtime::make_posix_files();
    const auto file = folder.path("ledger.jsonl");
    asio::io_context loop;
    {
        auto book = journal::open(*disk, file);
        REQUIRE(book.has_value());
        std::vector<int> done;
        const auto all = [&]() -> task<> {
            runtime::task_group group(co_await asio::this_coro::executor);
            for (int i = 0; i < 500; ++i)
                group.start(append_and_note(**book, i, done));
            co_await group.join();
        };
        support::run_task(loop, all());
        CHECK(done.size() == 500);
        CHECK((*book)->counts().syncs < 500);
    }
    const auto found = messages(*disk, file);
    REQUIRE(found.size() == 500);
    for (int i = 0; i < 500; ++i)
        CHECK(found[static_cast<std::size_t>(i)] == std::to_string(i));
}

TEST_CASE("a folder that is not there is a failure of open")
{
    const auto disk = runtime::make_posix_files();
    CHECK(journal::open(*disk, "/nonexistent-folder/ledger.jsonl").error().code ==
          std::errc::no_such_file_or_directory);
}
