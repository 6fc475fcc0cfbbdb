#include "engine/manifest/job_order.hpp"

#include "tests/manifest/manifest_folder.hpp"

#include <doctest/doctest.h>

using namespace engine;
using support::expand;
using support::manifest_folder;

namespace {

const std::string head = "version: 1\ndefaults: { route: simulator, model: gpt-image-2, prompt: a "
                         "mug, size: 1024x1024 }\njobs:\n";

std::string ids(const std::string& jobs)
{
    const manifest_folder folder;
    const auto all = expand(folder, head + jobs);
    CHECK(all.complaints == "");
    std::string text;
    for (const auto& item : all.items)
        text += (text.empty() ? "" : " ") + item.id;
    return text;
}

} // namespace

TEST_CASE("jobs of one priority take turns, item by item")
{
    CHECK(ids("  - { id: \"a{{n}}\", matrix: { n: [1, 2, 3] } }\n"
              "  - { id: \"b{{n}}\", matrix: { n: [1] } }\n"
              "  - { id: \"c{{n}}\", matrix: { n: [1, 2] } }\n") == "a1 b1 c1 a2 c2 a3");
}

TEST_CASE("jobs of a higher priority are read first")
{
    CHECK(ids("  - { id: \"a{{n}}\", matrix: { n: [1, 2] } }\n"
              "  - { id: \"b{{n}}\", matrix: { n: [1, 2] }, priority: 5 }\n"
              "  - { id: \"c{{n}}\", matrix: { n: [1, 2] }, priority: -5 }\n"
              "  - { id: \"d{{n}}\", matrix: { n: [1, 2] }, priority: 5 }\n") ==
          "b1 d1 b2 d2 a1 a2 c1 c2");
}

TEST_CASE("what is continued comes first, whatever its own priority")
{
    const manifest_folder folder;
    const auto all =
        expand(folder, head + "  - { id: \"{{n}}-other\", matrix: { n: [1, 2] } }\n"
                              "  - { id: \"{{n}}-hero\", matrix: { n: [1, 2] }, priority: -3 }\n"
                              "  - { id: \"{{n}}-snow\", after: \"{{n}}-hero\", "
                              "matrix: { n: [1, 2] }, priority: 9 }\n");
    CHECK(all.complaints == "");
    REQUIRE(all.items.size() == 6);
    CHECK(all.items[0].id == "1-hero");
    CHECK(all.items[0].of_job.priority == 9);
    CHECK(all.items[0].of_job.index == 1);
    CHECK(all.items[1].id == "2-hero");
    CHECK(all.items[2].id == "1-snow");
    CHECK(all.items[3].id == "2-snow");
    CHECK(all.items[5].id == "2-other");
    CHECK(all.items[5].of_job.priority == 0);
    CHECK(*all.items[5].of_job.id == "{{n}}-other");
}

TEST_CASE("a job that cannot continue another does not wait for it")
{
    CHECK(ids("  - { id: \"{{n}}-hero\", matrix: { n: [1, 2] } }\n"
              "  - { id: \"{{n}}-cutout\", matrix: { n: [1, 2] } }\n"
              "  - { id: \"{{n}}-snow\", after: \"{{n}}-hero\", matrix: { n: [1, 2] } }\n"
              "  - { id: \"{{n}}-wide\", count: 2, matrix: { n: [1] } }\n") ==
          "1-hero 1-cutout 1-wide-1 2-hero 2-cutout 1-wide-2 1-snow 2-snow");
}

TEST_CASE("jobs with one name are told apart for their purses")
{
    const manifest_folder folder;
    const auto all = expand(folder, head + "  - { id: \"x{{job}}\" }\n  - { id: \"x{{job}}\" }\n");
    CHECK(all.complaints == "");
    REQUIRE(all.items.size() == 2);
    CHECK(*all.items[0].of_job.id == "x{{job}}");
    CHECK(*all.items[1].of_job.id == "x{{job}} #2");
}

TEST_CASE("many jobs are opened a few at a time, and all are read")
{
    std::string jobs;
    for (int i = 0; i < 100; ++i)
        jobs += "  - { id: \"j" + std::to_string(i) + "-{{n}}\", matrix: { n: [1, 2] } }\n";
    const auto text = ids(jobs);
    CHECK(std::ranges::count(text, ' ') == 199);
    CHECK(text.starts_with("j0-1 j1-1 j2-1 "));
    // No more than open_max are ever begun and not ended.
    CHECK(text.find("j31-1 j0-2") != std::string::npos);
}

TEST_CASE("with very many jobs whatever continues something waits for all before it")
{
    std::string jobs;
    for (int i = 0; i < 1'200; ++i)
        jobs += "  - { id: j" + std::to_string(i) + " }\n";
    jobs += "  - { id: last, after: j7, priority: 3 }\n";
    const auto text = ids(jobs);
    CHECK(text.ends_with(" last"));
    CHECK(std::ranges::count(text, ' ') == 1'200);
}
