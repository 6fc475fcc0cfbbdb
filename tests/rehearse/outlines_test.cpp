#include "engine/rehearse/outlines.hpp"

#include "engine/image/sniff.hpp"
#include "engine/rehearse/scratch_files.hpp"
#include "engine/sim/picture_head.hpp"
#include "tests/support/job_samples.hpp"

#include <doctest/doctest.h>

using namespace engine;

TEST_CASE("a picture's head says what a whole file would, in each format")
{
    for (const auto format :
         {job::image_format::png, job::image_format::jpeg, job::image_format::webp})
        for (const bool has_alpha : {false, true}) {
            const job::image_size size{1536, 1024};
            const auto head = sim::picture_head(format, size, has_alpha);
            CHECK(head.size() <= 60);
            const auto seen = image::sniff(base::as_bytes(head));
            REQUIRE(seen);
            CHECK(seen->format == format);
            CHECK(seen->size == size);
            CHECK(seen->has_alpha == (has_alpha && format != job::image_format::jpeg));
            const auto half = head.substr(0, head.size() / 2);
            CHECK(!image::sniff(base::as_bytes(half)));
        }
}

TEST_CASE("a reference is the head of its picture; the photo itself is not read")
{
    const auto disk = runtime::make_posix_files();
    const auto work = rehearse::outline_work(*disk);
    auto photo = support::photo("lamp.jpg", {800, 600});
    photo.format = job::image_format::jpeg;
    const auto head = work.read(photo);
    REQUIRE(head);
    CHECK(image::sniff(base::as_bytes(*head))->size == photo.size);
    photo.sha256 = "another";
    CHECK(work.read(photo).value() != *head);
}

TEST_CASE("what came is held against what was asked, as far as a head goes")
{
    const auto real = runtime::make_posix_files();
    rehearse::scratch_files disk(*real);
    const auto work = rehearse::outline_work(disk);
    auto wanted = support::item_for("gpt-image-2");
    wanted.expect.size = job::image_size{1024, 1024};
    wanted.outputs[0].format = job::output_format::webp;
    wanted.outputs[0].fit.emplace();
    wanted.outputs[0].fit->width = 100;
    const auto store = [&](std::string_view bytes) {
        REQUIRE(runtime::write_whole(disk, "received", base::as_bytes(bytes)));
        return work.store(wanted, "received", {});
    };
    const auto png = [](job::image_size size) {
        return sim::picture_head(job::image_format::png, size, false);
    };
    const auto good = store(png({1024, 1024}));
    CHECK(!good.bad_image);
    REQUIRE(good.outputs.size() == 1);
    CHECK(good.outputs[0].format == "webp");
    CHECK(good.outputs[0].width == 100);
    CHECK(good.outputs[0].height == 100);
    CHECK(store(png({1536, 1024})).bad_code == "mismatch");
    CHECK(store(png({1024, 1024}).substr(0, 20)).bad_code == "unusable_image");
    CHECK(store("{\"error\":1}").bad_code == "unusable_image");
    CHECK(work.store(wanted, "not there", {}).local_failure.has_value());
}
