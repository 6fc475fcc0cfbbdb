#include "engine/plan/saved_plan.hpp"

#include "engine/plan/plan_comparison.hpp"
#include "tests/plan/plan_bench.hpp"

#include <doctest/doctest.h>

using namespace engine;
using namespace engine::plan;
using support::bench;

namespace {

struct shelf {
    support::temporary_folder root;
    std::unique_ptr<runtime::files> disk = runtime::make_posix_files();
    std::string file = root.path() + "/night.plan";

    static saved_plan_header header()
    {
        saved_plan_header made;
        made.engine_version = "0.1.0";
        made.manifest = "shop.yaml";
        made.manifest_sha256 = base::sha256_hex("shop");
        made.folder = "out/shop";
        made.price_table = "2026-11-20";
        made.ledger = {1234, base::sha256_hex("tail")};
        made.selection = base::json::make_object({{"limit", 3}});
        made.concurrency = 8;
        made.max_cost = base::microusd{2'500'000};
        return made;
    }

    void save(const std::vector<std::string>& ids, const saved_plan_header& about = header())
    {
        bench b;
        auto writer = plan_writer::create(*disk, file, about);
        REQUIRE(writer.has_value());
        for (const auto& id : ids)
            writer->add(b.planner.add(bench::item(id)));
        REQUIRE(writer->finish(b.planner.totals(), b.planner.estimate_time({}), {}));
    }

    [[nodiscard]] std::string text() const { return *disk->read(file, 1u << 20); }
    void write(const std::string& text)
    {
        REQUIRE(runtime::write_whole(*disk, file, base::as_bytes(text)));
    }

    // What reading to the end says: "" = whole.
    std::string complaint()
    {
        auto reader = plan_reader::open(*disk, file);
        if (!reader)
            return reader.error().message();
        for (;;) {
            const auto line = reader->next();
            if (!line)
                return line.error().message();
            if (!*line)
                return {};
        }
    }

    std::vector<std::string> changes(const std::vector<std::string>& ids,
                                     const saved_plan_header& now = header())
    {
        auto reader = plan_reader::open(*disk, file);
        REQUIRE(reader.has_value());
        plan_comparison comparison(*reader);
        comparison.compare(now);
        bench b;
        for (const auto& id : ids)
            comparison.add(b.planner.add(bench::item(id)));
        const auto found = comparison.finish();
        REQUIRE(found.has_value());
        return *found;
    }
};

} // namespace

TEST_CASE("a saved plan reads back with everything that it was made for")
{
    shelf s;
    s.save({"a", "b", "c"});
    CHECK(is_saved_plan(*s.disk, s.file));
    CHECK(!s.disk->info(s.file + ".part"));
    auto reader = plan_reader::open(*s.disk, s.file);
    REQUIRE(reader.has_value());
    const auto& header = reader->header();
    CHECK(header.manifest == "shop.yaml");
    CHECK(header.folder == "out/shop");
    CHECK(header.price_table == "2026-11-20");
    CHECK((header.ledger == shelf::header().ledger));
    CHECK(header.selection["limit"].integer_or(0) == 3);
    CHECK(header.concurrency == 8);
    CHECK(header.max_cost->count == 2'500'000);
    const auto first = reader->next();
    REQUIRE((first && *first));
    const auto item = base::parse_json(**first, "test");
    CHECK((*item)["item"].text_or({}) == "a");
    CHECK((*item)["action"].text_or({}) == "new");
    CHECK(s.complaint().empty());
}

TEST_CASE("a plan that still holds has nothing to say")
{
    shelf s;
    s.save({"a", "b"});
    CHECK(s.changes({"a", "b"}).empty());
}

TEST_CASE("what has changed since is said, the general first")
{
    shelf s;
    s.save({"a", "b", "c"});
    auto now = shelf::header();
    now.manifest_sha256 = base::sha256_hex("edited");
    now.price_table = "2026-12-01";
    now.ledger.bytes += 500;
    now.ledger.tail_sha256 = base::sha256_hex("other");
    const auto found = s.changes({"a", "x"}, now);
    REQUIRE(found.size() == 6);
    CHECK(found[0] == "shop.yaml was edited");
    CHECK(found[1] == "prices are those of 2026-12-01 instead of 2026-11-20");
    CHECK(found[2] == "something was run since: the ledger of out/shop has 500 bytes more");
    CHECK(found[3] == "1 item changed");
    CHECK(found[4] == "1 item fewer than it has");
    CHECK(found[5] == "  x stands where b stood");
}

TEST_CASE("of many changed items the first few are shown")
{
    shelf s;
    std::vector<std::string> before, now;
    for (int i = 0; i < 30; ++i) {
        before.push_back("a" + std::to_string(i));
        now.push_back("b" + std::to_string(i));
    }
    s.save(before);
    now.push_back("more");
    const auto found = s.changes(now);
    REQUIRE(found.size() == 2 + plan_comparison::examples_max);
    CHECK(found[0] == "30 items changed");
    CHECK(found[1] == "1 item more than it has");
}

TEST_CASE("another ledger of the same size is another ledger")
{
    shelf s;
    s.save({"a"});
    auto now = shelf::header();
    now.ledger.tail_sha256 = base::sha256_hex("other");
    CHECK(s.changes({"a"}, now) ==
          std::vector<std::string>{"the ledger of out/shop is another one"});
}

TEST_CASE("a plan cut at any byte is refused")
{
    shelf s;
    s.save({"a", "b"});
    const auto whole = s.text();
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        s.write(whole.substr(0, bytes));
        CAPTURE(bytes);
        CHECK(!s.complaint().empty());
    }
    s.write(whole + "\n");
    CHECK(s.complaint().find("something stands behind its totals") != std::string::npos);
}

TEST_CASE("a plan that somebody changed is refused, wherever it was")
{
    shelf s;
    s.save({"a", "b"});
    const auto whole = s.text();
    const auto item = whole.find("\"a\"");
    auto changed = whole;
    changed[item + 1] = 'z';
    s.write(changed);
    CHECK(s.complaint().find("it was changed after it was written") != std::string::npos);
    // An item taken out, with its line.
    const auto line = whole.find("{\"item\":\"b\"");
    s.write(whole.substr(0, line) + whole.substr(whole.find('\n', line) + 1));
    CHECK(s.complaint().find("it was changed after it was written") != std::string::npos);
}

TEST_CASE("what is no plan, or one of another version, or has an endless line, is told apart")
{
    shelf s;
    CHECK(!is_saved_plan(*s.disk, s.file));
    s.write("version: 1\nname: shop\n");
    CHECK(!is_saved_plan(*s.disk, s.file));
    CHECK(s.complaint().find("not a saved plan") != std::string::npos);
    s.write("{\"darkroom_plan\":2,\"manifest\":\"m\",\"folder\":\"f\"}\n");
    CHECK(s.complaint().find("another darkroom") != std::string::npos);
    s.write("{\"darkroom_plan\":1,\"manifest\":\"m\"}\n");
    CHECK(s.complaint().find("no manifest or no folder") != std::string::npos);
    s.write("{\"darkroom_plan\":1,[\n");
    CHECK(s.complaint().find("no JSON object") != std::string::npos);
    s.write("{\"darkroom_plan\":" + std::string(3u << 20, ' '));
    CHECK(s.complaint().find("too long") != std::string::npos);
}

TEST_CASE("a plan that is given up leaves nothing, and the old one as it was")
{
    shelf s;
    s.save({"a"});
    const auto before = s.text();
    {
        bench b;
        auto writer = plan_writer::create(*s.disk, s.file, shelf::header());
        REQUIRE(writer.has_value());
        writer->add(b.planner.add(bench::item("other")));
    }
    CHECK(s.text() == before);
    CHECK(!s.disk->info(s.file + ".part"));
}

TEST_CASE("a ledger's position changes with every line, and no ledger has one too")
{
    shelf s;
    const auto path = s.root.path() + "/ledger.jsonl";
    const auto none = position_of_ledger(*s.disk, path);
    REQUIRE(none.has_value());
    CHECK(none->bytes == 0);
    CHECK(none->tail_sha256.empty());
    REQUIRE(runtime::write_whole(*s.disk, path, base::as_bytes(std::string(10'000, 'x'))));
    const auto one = position_of_ledger(*s.disk, path);
    REQUIRE(one.has_value());
    CHECK(one->bytes == 10'000);
    REQUIRE(runtime::write_whole(*s.disk, path, base::as_bytes(std::string(9'999, 'x') + "y")));
    CHECK(position_of_ledger(*s.disk, path)->tail_sha256 != one->tail_sha256);
}
