#include "engine/report/html.hpp"

#include "engine/job/output_folder.hpp"
#include "engine/ledger/line.hpp"
#include "engine/report/charts.hpp"
#include "engine/report/contact_sheet.hpp"
#include "engine/report/html_text.hpp"
#include "engine/report/page.hpp"
#include "tests/ledger/fake_disk.hpp"
#include "tests/report/html_check.hpp"
#include "tests/report/made_ledger.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace engine::report;

namespace {

// A ledger in a folder of a disk in memory, and the page that comes of it.
class made_report {
public:
    explicit made_report(const std::vector<job::event>& events)
    {
        for (const auto& happened : events)
            disk.all[folder.ledger()].content += ledger::to_line(happened) + "\n";
    }
    void add_thumbnails(const std::vector<job::event>& events, const std::string& content)
    {
        for (const auto& happened : events)
            if (const auto* item = std::get_if<job::item_ended>(&happened.body))
                if (item->state == job::item_state::done)
                    disk.all[folder.thumb(item->key)].content = content;
    }
    std::string page(const html_options& options = {})
    {
        const auto written = write_html(disk, folder.root(), options);
        REQUIRE_MESSAGE(written.has_value(), written.error().message());
        return disk.all[folder.report()].content;
    }

    job::output_folder folder{"out/spring"};
    support::fake_disk disk;
};

std::size_t count(std::string_view page, std::string_view part)
{
    std::size_t found = 0;
    for (auto at = page.find(part); at != std::string_view::npos; at = page.find(part, at + 1))
        ++found;
    return found;
}

bool has(std::string_view page, std::string_view part)
{
    return page.find(part) != std::string_view::npos;
}

const std::string jpeg = "\xFF\xD8\xFF\xE0 as good as a picture";

} // namespace

TEST_CASE("the page shows every item once, with its files, money and trouble")
{
    const support::made_ledger made;
    made_report report(made.events);
    const auto page = report.page();
    const support::html_check checked(page);
    CHECK_MESSAGE(checked.problem.empty(), checked.problem);
    CHECK(checked.scripts == 1);
    CHECK(count(page, "<article ") == 54);
    CHECK(has(page, "<title>spring-catalog · darkroom report</title>"));
    CHECK(has(page, "ended with 8: unknown outcomes need a look"));
    CHECK(has(page, "href=\"./lamp-100-studio/master%201.png\""));
    CHECK(has(page, "refs/palette.png <small class=\"rights\">owned, 2026 brand book</small>"));
    CHECK(has(page, "no rights recorded"));
    CHECK(has(page, "the run died while it was on the wire"));
    CHECK(has(page, "the connection was reset after 18,200 bytes"));
    CHECK(has(page, "<code>--on-unknown retry</code>"));
    CHECK(has(page, "server_is_overloaded"));
    CHECK(has(page, "ステンレス製ケトル"));
    CHECK(has(page, "xai-router/images/gpt-image-2"));
    CHECK(has(page, "Content-Security-Policy"));
    CHECK(!has(page, "Rehearsal"));
    // Every link to a card leads to one.
    for (const auto& link : checked.links)
        if (link.starts_with("#"))
            CHECK_MESSAGE(checked.ids.contains(link.substr(1)), link);
}

TEST_CASE("text from outside stays text")
{
    const std::string hostile =
        "\"><script>alert(1)</script><img src=x onerror='a'>&amp; \x1b[31m\xFF"
        "\xE2\x80\xAE";
    support::made_ledger made(6);
    for (auto& happened : made.events)
        std::visit(
            [&](auto& body) {
                if constexpr (requires { body.item; })
                    body.item = hostile + body.item;
                if constexpr (requires { body.reason; })
                    body.reason = hostile;
                if constexpr (requires { body.cause; }) {
                    body.cause = hostile;
                    body.revised_prompt = hostile;
                    body.variables = base::json::make_object({{hostile, hostile}});
                    body.state = body.state == job::item_state::done ? job::item_state::done
                                                                     : job::item_state::failed;
                    for (auto& output : body.outputs)
                        output.name = output.format = output.c2pa = hostile;
                    for (auto& reference : body.references)
                        reference.source = reference.rights = hostile;
                }
                if constexpr (requires { body.error_code; }) {
                    body.error_code = body.error_message = body.request_id = hostile;
                    body.route_owner = body.api = body.model_requested = hostile;
                    body.model_returned = hostile;
                    body.request.prompt = body.request.size = hostile;
                }
                if constexpr (requires { body.engine_version; })
                    body.manifest = body.engine_version = body.host = hostile;
                if constexpr (requires {
                                  body.reserved;
                                  body.request_hash;
                              })
                    body.route_owner = body.model = hostile;
            },
            happened.body);
    for (auto& happened : made.events)
        happened.run = hostile;
    made_report report(made.events);
    html_options options;
    options.title = hostile;
    for (const auto& page : {report.page(), report.page(options)}) {
        const support::html_check checked(page);
        CHECK_MESSAGE(checked.problem.empty(), checked.problem);
        CHECK(checked.scripts == 1);
        CHECK(!has(page, "<script>alert"));
        CHECK(!has(page, "\x1b"));
        CHECK(!has(page, "\xE2\x80\xAE"));
        CHECK(has(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    }
}

TEST_CASE("a path cannot become anything but a file of the folder")
{
    CHECK(relative_url("a b/ü#?%.png") == "./a%20b/%C3%BC%23%3F%25.png");
    CHECK(relative_url("javascript:alert(1)") == "./javascript%3Aalert%281%29");
    CHECK(relative_url("//elsewhere.example/x") == ".///elsewhere.example/x");
    CHECK(relative_url("\" onload=\"x") == "./%22%20onload%3D%22x");
}

TEST_CASE("thumbnails go into the page up to the bounds, beyond them the page points to the files")
{
    const support::made_ledger made;
    made_report report(made.events);
    report.add_thumbnails(made.events, jpeg);
    auto page = report.page();
    CHECK(count(page, "data:image/jpeg;base64,/9j/") == 46);
    CHECK(count(page, "loading=\"lazy\"") == 0);

    html_options few;
    few.embedded_thumbnails_max = 10;
    page = report.page(few);
    CHECK(count(page, "data:image/jpeg") == 10);
    CHECK(count(page, "src=\"./.darkroom/thumbs/") == 36);
    CHECK(count(page, "loading=\"lazy\"") == 36);

    html_options small;
    small.embedded_bytes_max = 3 * jpeg.size();
    CHECK(count(report.page(small), "data:image/jpeg") == 3);
}

TEST_CASE("what is no thumbnail of ours is not put into the page")
{
    const support::made_ledger made;
    made_report report(made.events);
    report.add_thumbnails(made.events, "<svg onload=alert(1)>");
    auto page = report.page();
    CHECK(count(page, "data:image") == 0);
    CHECK(count(page, "src=\"./.darkroom/thumbs/") == 46);
    report.add_thumbnails(made.events, jpeg + std::string(300'000, 'x'));
    CHECK(count(report.page(), "data:image") == 0);
}

TEST_CASE("without a thumbnail the smallest output is shown")
{
    const support::made_ledger made;
    made_report report(made.events);
    const auto page = report.page();
    CHECK(count(page, "/thumb.jpg\" alt=\"Picture of ") == 46);
}

TEST_CASE("a sheet that would be too long keeps those that are not done")
{
    const support::made_ledger made;
    made_report report(made.events);
    html_options options;
    options.cards_max = 20;
    const auto page = report.page(options);
    CHECK(count(page, "<article ") == 20);
    CHECK(count(page, "<article class=\"card failed\"") == 4);
    CHECK(count(page, "<article class=\"card held\"") == 3);
    CHECK(count(page, "<article class=\"card open\"") == 1);
    CHECK(has(page, "34 more done items are not shown"));
    CHECK(support::html_check(page).problem.empty());
}

TEST_CASE("a later run's lines replace what a card showed")
{
    const support::made_ledger made(30);
    auto events = made.events;
    const auto held = std::string("vase-101-beach");
    for (const auto& happened : made.events)
        if (const auto* item = std::get_if<job::item_ended>(&happened.body))
            if (item->item == held) {
                auto again = *item;
                again.state = job::item_state::open; // not an ending
                events.push_back({happened.time, "r-later", again});
                again.state = job::item_state::done;
                again.reason = "reused";
                events.push_back({happened.time, "r-later", again});
            }
    made_report report(events);
    const auto page = report.page();
    const auto card = page.substr(page.find("id=\"" + card_anchor(held) + "\""), 600);
    CHECK(has(card, "data-state=\"done\""));
    CHECK(has(card, "reused"));
}

TEST_CASE("a rehearsal says so in large letters")
{
    support::made_ledger made(5);
    for (auto& happened : made.events)
        std::visit(
            [](auto& body) {
                if constexpr (requires { body.route_owner; })
                    body.route_owner = "simulator";
            },
            happened.body);
    made_report report(made.events);
    CHECK(has(report.page(), "Rehearsal against the simulator"));
}

TEST_CASE("an empty folder and a ledger that is being written have a page too")
{
    made_report empty({});
    auto page = empty.page();
    CHECK(has(page, "Nothing has run here yet."));
    CHECK(has(page, "<title>spring · darkroom report</title>"));
    CHECK(support::html_check(page).problem.empty());

    const support::made_ledger made(9);
    const std::vector<job::event> begun(made.events.begin(), made.events.begin() + 5);
    made_report running(begun);
    running.disk.all[running.folder.ledger()].content += "{\"type\":\"att";
    page = running.page();
    CHECK(has(page, "half a line of 12 bytes"));
    CHECK(has(page, "still running, or it died"));
    CHECK(support::html_check(page).problem.empty());
}

TEST_CASE("whatever fails, the old report stays whole")
{
    const support::made_ledger made(9);
    for (int n = 0;; ++n) {
        made_report report(made.events);
        report.disk.all[report.folder.report()].content = "old";
        report.disk.fail_at = n;
        const bool written = write_html(report.disk, report.folder.root()).has_value();
        const auto& page = report.disk.all[report.folder.report()].content;
        CHECK((page == "old" || page.ends_with("</html>\n")));
        if (written)
            break;
    }
    for (int n = 0; n < 12; ++n) {
        made_report report(made.events);
        report.disk.reads_fail_at = n;
        CHECK(!write_html(report.disk, report.folder.root()).has_value());
    }
    made_report damaged(made.events);
    damaged.disk.all[damaged.folder.ledger()].content += "damaged\n";
    CHECK(write_html(damaged.disk, "out/spring").error().code == ledger::errc::damaged);
    CHECK(write_summary(damaged.disk, "out/spring").error().code == ledger::errc::damaged);
}

TEST_CASE("a ledger that was replaced between two looks is a failure, not a wrong card")
{
    const support::made_ledger made(3);
    made_report report(made.events);
    contact_sheet sheet;
    const auto path = report.folder.ledger();
    REQUIRE(ledger::read_events(report.disk, path, [&](job::event&& happened, auto place) {
                sheet.add(happened, place);
            }).has_value());
    const auto text = report.disk.all[path].content;
    const auto first = text.substr(0, text.find('\n'));
    std::string out;
    // Another line of exactly that length where the first item line was.
    contact_sheet one;
    job::item_ended item;
    item.item = item.key = "x";
    one.add({{}, "r", item}, {0, static_cast<std::uint32_t>(first.size())});
    CHECK(one.write(out, report.disk, report.folder, {}).error().code == ledger::errc::damaged);
    report.disk.all[path].content = "short";
    CHECK(!sheet.write(out, report.disk, report.folder, {}).has_value());
}

TEST_CASE("quantities read as people write them")
{
    CHECK(bytes_text(0) == "0 bytes");
    CHECK(bytes_text(999) == "999 bytes");
    CHECK(bytes_text(1'500) == "1.5 kB");
    CHECK(bytes_text(2'300'000) == "2.3 MB");
    CHECK(bytes_text(113'000'000) == "113 MB");
    CHECK(bytes_text(999'600) == "1.0 MB");
    CHECK(bytes_text(UINT64_MAX) == "18447 PB");
    CHECK(count_text(0) == "0");
    CHECK(count_text(999) == "999");
    CHECK(count_text(1'000) == "1,000");
    CHECK(count_text(-1'234'567) == "-1,234,567");
    CHECK(count_text(-123) == "-123");
    CHECK(milliseconds_text(0) == "0 ms");
    CHECK(milliseconds_text(4.25) == "4.2 ms");
    CHECK(milliseconds_text(12'345) == "12.3 s");
    CHECK(milliseconds_text(-1) == "0 ms");
    CHECK(milliseconds_text(1e300).ends_with(" min"));
}

TEST_CASE("the charts hold with nothing, one and very many values")
{
    histogram none;
    CHECK(support::html_check(latency_chart(none)).problem.empty());
    timeline empty;
    CHECK(support::html_check(timeline_chart(empty)).problem.empty());
    histogram same;
    for (int i = 0; i < 1000; ++i)
        same.add(5'000);
    const auto chart = latency_chart(same);
    CHECK(support::html_check(chart).problem.empty());
    CHECK(has(chart, "1000 images: half within 5.0 s"));
    CHECK(!has(chart, "nan"));
    histogram wide;
    wide.add(0.001);
    wide.add(1e9);
    CHECK(!has(latency_chart(wide), "nan"));
}

TEST_CASE("a real folder gets its report and its summary")
{
    const support::temporary_folder folder;
    const auto disk = runtime::make_posix_files();
    const support::made_ledger made;
    std::string text;
    for (const auto& happened : made.events)
        text += ledger::to_line(happened) + "\n";
    REQUIRE(runtime::write_whole(*disk, folder.path("ledger.jsonl"), base::as_bytes(text)));
    REQUIRE(write_html(*disk, folder.path()));
    REQUIRE(write_summary(*disk, folder.path()));
    CHECK(disk->read(folder.path("report.html"), 1u << 24)->ends_with("</html>\n"));
    const auto summary = base::parse_json(*disk->read(folder.path("summary.json"), 1u << 20), "it");
    REQUIRE(summary.has_value());
    CHECK((*summary)["items"]["done"].integer_or(0) == 46);
}
