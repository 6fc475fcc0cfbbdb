// Items that continue others, prompts that a text model rewrites, partial images, switches of
// route.
#include <doctest/doctest.h>

#include "tests/support/run_world.hpp" // doctest first: run_world uses its macros

#include <algorithm>

using namespace engine;
using job::item_state;
using job::outcome;
using support::run_world;
using support::scripted_answer;

namespace {

job::item child_of(const job::item& parent, const std::string& id)
{
    auto child = run_world::item(id);
    child.after = job::parent_link{parent.id, parent.key, parent.request.size};
    child.request.continues = true;
    return child;
}

job::item on_responses(job::item wanted)
{
    wanted.routes[0].api = "responses";
    wanted.routes[0].mainline_model = "gpt-5.5";
    return wanted;
}

const support::seen_request& seen(const run_world& world, const std::string& prompt)
{
    const auto& all = world.last_api->seen;
    const auto found = std::ranges::find(all, prompt, &support::seen_request::prompt);
    REQUIRE(found != all.end());
    return *found;
}

job::item_ended end_of(const run_world& world, const std::string& id)
{
    for (const auto& ended : world.events_of<job::item_ended>())
        if (ended.item == id)
            return ended;
    return {};
}

std::string warnings(const run_world& world)
{
    std::string all;
    for (const auto& warning : world.events_of<job::warning_raised>())
        all += warning.item + ": " + warning.message + "\n";
    return all;
}

// A PNG chunk that says something and shows nothing, always as long.
std::string text_chunk(const std::string& text)
{
    std::string data = "tEXtComment" + std::string(1, '\0') + text;
    data.resize(4 + 40, ' ');
    const auto big32 = [](std::uint32_t value) {
        return std::string{static_cast<char>(value >> 24), static_cast<char>(value >> 16 & 255),
                           static_cast<char>(value >> 8 & 255), static_cast<char>(value & 255)};
    };
    std::uint32_t crc = 0xFFFFFFFFu;
    for (const char c : data) {
        crc ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
    }
    return big32(40) + data + big32(~crc);
}

} // namespace

TEST_CASE("a child waits for its parent and brings the parent's picture as its first reference")
{
    run_world world;
    const auto hero = run_world::item("hero");
    const auto winter = child_of(hero, "winter");
    world.items = {hero, winter, child_of(winter, "night")};
    const auto result = world.run({});
    CHECK(result.count(item_state::done) == 3);
    const auto picture = support::make_png({32, 16});
    for (const auto* id : {"winter", "night"}) {
        REQUIRE(seen(world, id).reference_bytes.size() == 1);
        CHECK(seen(world, id).reference_bytes[0] == picture);
        CHECK(seen(world, id).references[0] == job::image_size{32, 16});
    }
    CHECK(world.last_api->in_flight_max == 1);
    CHECK(end_of(world, "night").after == "winter");
    CHECK(end_of(world, "hero").after.empty());
}

TEST_CASE(
    "what one provider's Responses API has stored is continued by its id, without the picture")
{
    run_world world;
    const auto hero = on_responses(run_world::item("hero"));
    auto elsewhere = on_responses(child_of(hero, "elsewhere"));
    elsewhere.routes[0].provider = "xai-router"; // does not know openai's answers
    world.items = {hero, on_responses(child_of(hero, "winter")), child_of(hero, "plain"),
                   elsewhere};
    run_world::run_settings settings;
    settings.script = [](const std::string& prompt, int) {
        scripted_answer answer;
        answer.response_id = "resp_" + prompt;
        return answer;
    };
    CHECK(world.run(settings).count(item_state::done) == 4);
    CHECK(seen(world, "winter").previous_response_id == "resp_hero");
    CHECK(seen(world, "winter").references.empty());
    for (const auto* id : {"plain", "elsewhere"}) {
        CHECK(seen(world, id).previous_response_id == "");
        CHECK(seen(world, id).references.size() == 1);
    }
}

TEST_CASE("a forgotten answer costs nothing and is continued by its picture")
{
    run_world world;
    const auto hero = on_responses(run_world::item("hero"));
    world.items = {hero, on_responses(child_of(hero, "winter"))};
    run_world::run_settings settings;
    settings.script = [](const std::string& prompt, int before) {
        scripted_answer answer;
        answer.response_id = "resp_" + prompt;
        if (prompt == "winter" && before == 0) {
            answer.outcome = outcome::invalid;
            answer.code = "previous_response_not_found";
            answer.used = {};
        }
        return answer;
    };
    const auto result = world.run(settings);
    CHECK(result.count(item_state::done) == 2);
    const auto& last = world.last_api->seen.back();
    CHECK(last.prompt == "winter");
    CHECK(last.previous_response_id == "");
    CHECK(last.references.size() == 1);
    CHECK(world.last_api->charged["winter"] == 1);
}

TEST_CASE("a parent's failure fails its children and theirs, with the reason, and nothing is sent")
{
    run_world world;
    const auto hero = run_world::item("hero");
    const auto winter = child_of(hero, "winter");
    world.items = {hero, winter, child_of(winter, "night"), run_world::item("other")};
    run_world::run_settings settings;
    settings.script = [](const std::string& prompt, int) {
        scripted_answer answer;
        if (prompt == "hero") {
            answer.outcome = outcome::refused;
            answer.code = "moderation_blocked";
        }
        return answer;
    };
    const auto result = world.run(settings);
    CHECK(result.count(item_state::failed) == 3);
    CHECK(result.count(item_state::done) == 1);
    CHECK(world.last_api->sent.count("winter") == 0);
    CHECK(world.last_api->sent.count("night") == 0);
    CHECK(end_of(world, "winter").cause == "parent");
    CHECK(end_of(world, "winter").reason.find("continues 'hero', which has failed") == 0);
    CHECK(end_of(world, "night").reason.find("moderation_blocked") != std::string::npos);

    // The same again sends nothing; asked to try again, it goes all the way.
    CHECK(world.run({}).requests == 0);
    for (auto& item : world.items)
        item.retry.reopen_failed = true;
    const auto again = world.run({});
    CHECK(again.count(item_state::done) == 4);
    CHECK(again.requests == 3);
}

TEST_CASE("a child of a held parent stays open, and nothing is sent for it")
{
    run_world world;
    const auto hero = run_world::item("hero");
    world.items = {hero, child_of(hero, "winter")};
    run_world::run_settings settings;
    settings.script = [](const std::string&, int) {
        scripted_answer answer;
        answer.outcome = outcome::unknown;
        return answer;
    };
    const auto result = world.run(settings);
    CHECK(result.count(item_state::held) == 1);
    CHECK(result.count(item_state::open) == 1);
    CHECK(world.last_api->sent.count("winter") == 0);
}

TEST_CASE("a later run continues what an earlier one kept, or an output of it")
{
    run_world world;
    const auto hero = on_responses(run_world::item("hero"));
    const auto first = on_responses(child_of(hero, "first"));
    run_world::run_settings named;
    named.script = [](const std::string& prompt, int) {
        scripted_answer answer;
        answer.response_id = "resp_" + prompt;
        return answer;
    };
    world.items = {hero, first};
    (void)world.run(named);
    world.items.push_back(on_responses(child_of(hero, "second")));
    auto result = world.run(named);
    CHECK(result.requests == 1);
    CHECK(seen(world, "second").previous_response_id == "resp_hero"); // from the note

    const auto disk = runtime::make_posix_files();
    REQUIRE(disk->remove(world.folder.kept(hero.key)));
    world.items.push_back(on_responses(child_of(hero, "third")));
    result = world.run(named);
    CHECK(result.requests == 1);
    CHECK(seen(world, "third").references.size() == 1); // the stored master

    REQUIRE(disk->remove(world.folder.file("hero/master.png")));
    REQUIRE(disk->remove(world.folder.file("hero/small.jpg")));
    world.items = {on_responses(child_of(hero, "fourth"))};
    result = world.run(named);
    CHECK(result.requests == 0);
    CHECK(result.count(item_state::failed) == 1);
}

TEST_CASE("a chain of thousands fails and stops without a stack of its depth")
{
    run_world world;
    auto parent = run_world::item("root");
    world.items.push_back(parent);
    for (int i = 0; i < 3000; ++i) {
        auto child = child_of(parent, "i" + std::to_string(i));
        world.items.push_back(child);
        parent = child;
    }
    run_world::run_settings settings;
    settings.script = [](const std::string&, int) {
        scripted_answer answer;
        answer.outcome = outcome::refused;
        return answer;
    };
    CHECK(world.run(settings).count(item_state::failed) == 3001);
    const auto last = end_of(world, "i2999").reason;
    CHECK(last.find("continues 'i2998', which has failed: refused") == 0); // the first cause alone
    CHECK(last.size() < 100);
}

TEST_CASE("outputs that change places are made again from their own pictures, for nothing")
{
    run_world world;
    for (int i = 0; i < 12; ++i) {
        auto wanted = run_world::item("item-" + std::to_string(i));
        wanted.outputs[0].path = std::to_string(i) + ".png";
        wanted.outputs.resize(1);
        world.items.push_back(wanted);
    }
    run_world::run_settings settings;
    settings.script = [](const std::string& prompt, int) {
        scripted_answer answer;
        // All of one size in bytes and pixels, no two alike.
        answer.image = support::make_png({32, 16});
        answer.image.insert(answer.image.size() - 12, text_chunk(prompt));
        return answer;
    };
    (void)world.run(settings);
    std::vector<std::string> before;
    for (int i = 0; i < 12; ++i)
        before.push_back(world.read(std::to_string(i) + ".png"));
    REQUIRE(before[0] != before[1]);
    for (int i = 0; i < 12; ++i)
        world.items[static_cast<std::size_t>(i)].outputs[0].path =
            std::to_string((i + 1) % 12) + ".png";
    const auto result = world.run(settings);
    CHECK(result.requests == 0);
    CHECK(result.count(item_state::done) == 12);
    for (int i = 0; i < 12; ++i)
        CHECK(world.read(std::to_string((i + 1) % 12) + ".png") ==
              before[static_cast<std::size_t>(i)]);
}

TEST_CASE("a stored original whose bytes are other ones makes no output")
{
    run_world world;
    world.add_items(1);
    (void)world.run({});
    auto other = support::make_png({32, 16});
    other[other.size() - 20] = static_cast<char>(other[other.size() - 20] + 1);
    const auto disk = runtime::make_posix_files();
    REQUIRE(
        runtime::write_whole(*disk, world.folder.file("item-0/master.png"), base::as_bytes(other)));
    world.items[0].outputs[1].quality = 50;
    const auto result = world.run({});
    CHECK(result.requests == 0);
    CHECK(result.count(item_state::open) == 1);
    CHECK(warnings(world).find("not the bytes that were received") != std::string::npos);
}

TEST_CASE("a kept picture remakes a changed output without being bought again")
{
    run_world world;
    auto hero = run_world::item("hero");
    hero.outputs.erase(hero.outputs.begin()); // no original among its outputs
    world.items = {hero, child_of(hero, "winter")};
    (void)world.run({});
    world.items[0].outputs[0].quality = 40;
    const auto result = world.run({});
    CHECK(result.requests == 0);
    CHECK(result.count(item_state::done) == 2);
}

TEST_CASE("a mask that does not have the parent's size is found before anything is sent")
{
    run_world world;
    const auto hero = run_world::item("hero");
    auto child = child_of(hero, "winter");
    child.request.mask.emplace();
    child.request.mask->source = "masks/a.png";
    child.request.mask->size = {64, 64};
    world.items = {hero, child};
    const auto result = world.run({});
    CHECK(result.count(item_state::failed) == 1);
    CHECK(world.last_api->sent.count("winter") == 0);
    CHECK(end_of(world, "winter").reason.find("masks/a.png is 64x64") != std::string::npos);
}

TEST_CASE("the disk fails at any operation of a chain: nothing is paid twice, and a re-run ends it")
{
    for (long operation = 0;; ++operation) {
        run_world world;
        const auto hero = run_world::item("hero");
        world.items = {hero, child_of(hero, "winter")};
        run_world::run_settings failing;
        failing.disk_fails_at = operation;
        (void)world.run(failing);
        if (!world.disk_failed) {
            CHECK(operation > 10);
            break;
        }
        CAPTURE(operation);
        for (auto& item : world.items)
            item.retry.on_unknown = job::unknown_policy::retry;
        const auto lost = static_cast<int>(std::ranges::count(
            world.events_of<job::attempt_ended>(), outcome::unknown, &job::attempt_ended::outcome));
        (void)world.run({});
        const auto result = world.run({});
        CHECK(result.count(item_state::done) == 2);
        int charged = 0;
        for (const auto& [prompt, times] : world.last_api->charged)
            charged += times;
        CHECK(charged <= 2 + lost + 1); // one more: its line may be what the disk did not take
    }
}

TEST_CASE("a text model rewrites each prompt once, whoever wants it")
{
    run_world world;
    for (const auto* id : {"a", "b", "c"}) {
        auto wanted = run_world::item(id);
        wanted.request.prompt = "a mug";
        wanted.log_prompt = true;
        wanted.enrich = job::enrichment{"openai", "gpt-5.4-mini", "vivid", 100};
        world.items.push_back(wanted);
    }
    run_world::run_settings settings;
    settings.text = [](const provider::text_request& request) {
        CHECK(request.model == "gpt-5.4-mini");
        CHECK(request.instructions == "vivid");
        CHECK(request.max_output_tokens == 100);
        provider::text_reply reply;
        reply.outcome = outcome::delivered;
        reply.text = " a vivid " + request.input.substr(2) + "\n";
        reply.used = job::usage{.mainline_input = 1000, .mainline_output = 100};
        return reply;
    };
    const auto result = world.run(settings);
    CHECK(result.count(item_state::done) == 3);
    CHECK(world.texts_asked == 1);
    CHECK(world.last_api->sent.at("a vivid mug") == 3);
    base::microusd text_cost;
    for (const auto& line : world.events_of<job::attempt_ended>()) {
        REQUIRE(line.enriched);
        CHECK(line.request.prompt == "a vivid mug");
        CHECK(line.enriched->prompt_sha256 == base::sha256_hex("a vivid mug"));
        CHECK(line.cost.count == 10 * 5 + 50 * 30 + line.enriched->cost.count);
        text_cost += line.enriched->cost;
    }
    CHECK(text_cost.count == 1200); // 1000 in at 0.75, 100 out at 4.5 USD for a million
    // Another run with new pictures of the same prompt asks nothing.
    auto more = world.items[0];
    more.id = "d";
    more.key = base::sha256_hex("key of d");
    more.outputs[0].path = "d/master.png";
    more.outputs[1].path = "d/small.jpg";
    world.items.push_back(more);
    CHECK(world.run(settings).requests == 1);
    CHECK(world.texts_asked == 1);
}

TEST_CASE("a text model that fails ends the attempt as the same outcome, and no picture is bought")
{
    struct ending {
        outcome how;
        item_state state;
    };
    for (const auto& one :
         {ending{outcome::refused, item_state::failed}, ending{outcome::account, item_state::open},
          ending{outcome::unknown, item_state::held}}) {
        run_world world;
        auto wanted = run_world::item("a");
        wanted.enrich = job::enrichment{"openai", "gpt-5.4-mini", "vivid", 100};
        world.items = {wanted};
        run_world::run_settings settings;
        settings.text = [&](const provider::text_request&) {
            provider::text_reply reply;
            reply.outcome = one.how;
            reply.error_code = "scripted";
            reply.possibly_billed = one.how == outcome::unknown;
            return reply;
        };
        const auto result = world.run(settings);
        CAPTURE(job::name_of(one.how));
        CHECK(result.count(one.state) == 1);
        CHECK(world.last_api->sent.empty());
        const auto lines = world.events_of<job::attempt_ended>();
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].outcome == one.how);
        CHECK(world.events_of<job::intent_opened>().size() == 1);
    }
}

TEST_CASE("a text model that answers with nothing usable is asked again, within bounds")
{
    run_world world;
    auto wanted = run_world::item("a");
    wanted.enrich = job::enrichment{"openai", "gpt-5.4-mini", "vivid", 100};
    wanted.retry.max_attempts = 3;
    world.items = {wanted};
    run_world::run_settings settings;
    settings.text = [](const provider::text_request&) {
        provider::text_reply reply;
        reply.outcome = outcome::delivered;
        reply.text = " \n";
        reply.used = job::usage{.mainline_input = 1000, .mainline_output = 100};
        return reply;
    };
    const auto result = world.run(settings);
    CHECK(result.count(item_state::failed) == 1);
    CHECK(world.texts_asked == 2); // as often as a bad picture is made again
    CHECK(world.last_api->sent.empty());
    CHECK(result.spent.count == 2 * 1200);
    CHECK(world.events_of<job::limit_changed>().empty()); // the drawing route has no part in it
}

TEST_CASE("a text provider whose account says no stops its own items only, after one question")
{
    run_world world;
    for (const auto* id : {"a", "b", "c"}) {
        auto wanted = run_world::item(id);
        wanted.enrich = job::enrichment{"openai", "gpt-5.4-mini", id, 100};
        world.items.push_back(wanted);
    }
    world.items.push_back(run_world::item("plain"));
    for (auto& provider : world.providers)
        provider.limits.concurrency = 1;
    run_world::run_settings settings;
    settings.text = [](const provider::text_request&) {
        provider::text_reply reply;
        reply.outcome = outcome::account;
        reply.error_code = "invalid_api_key";
        reply.http_status = 401;
        return reply;
    };
    const auto result = world.run(settings);
    CHECK(result.count(item_state::open) == 3);
    CHECK(result.count(item_state::done) == 1);
    CHECK(world.texts_asked == 1);
    CHECK(result.exit_code == 3);
    CHECK(world.events_of<job::limit_changed>().empty());
}

TEST_CASE("a picture without usage costs its reservation, its text what the text cost, and no more")
{
    run_world world;
    auto wanted = run_world::item("a");
    wanted.enrich = job::enrichment{"openai", "gpt-5.4-mini", "vivid", 100};
    world.items = {wanted};
    run_world::run_settings settings;
    settings.script = [](const std::string&, int) {
        scripted_answer answer;
        answer.used = {};
        return answer;
    };
    settings.text = [](const provider::text_request& request) {
        provider::text_reply reply;
        reply.outcome = outcome::delivered;
        reply.text = request.input;
        reply.used = job::usage{.mainline_input = 10, .mainline_output = 10};
        return reply;
    };
    (void)world.run(settings);
    const auto intents = world.events_of<job::intent_opened>();
    const auto lines = world.events_of<job::attempt_ended>();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].cost < intents[0].reserved);
    CHECK(lines[0].cost > lines[0].enriched->cost);
}

TEST_CASE("partial images are kept when the manifest says so, and are never the result")
{
    for (const bool keep : {true, false}) {
        run_world world;
        auto wanted = run_world::item("../a b");
        wanted.outputs[0].path = "a/master.png";
        wanted.outputs[1].path = "a/small.jpg";
        wanted.keep_partials = keep;
        world.items = {wanted};
        run_world::run_settings settings;
        const auto small = support::make_png({8, 4});
        settings.script = [&](const std::string&, int) {
            scripted_answer answer;
            answer.partials = {small, "no picture"};
            return answer;
        };
        CHECK(world.run(settings).count(item_state::done) == 1);
        const auto lines = world.events_of<job::attempt_ended>();
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].partials_received == 2);
        CHECK(world.read("a/master.png") == support::make_png({32, 16}));
        if (!keep) {
            CHECK(lines[0].partials.empty());
            CHECK(!world.exists("partials"));
            continue;
        }
        REQUIRE(lines[0].partials.size() == 2);
        CHECK(lines[0].partials[0].path ==
              "partials/___a_b." + wanted.key.substr(0, 8) + ".attempt-1.partial-0.png");
        CHECK(world.read(lines[0].partials[0].path) == small);
        CHECK(lines[0].partials[1].path.ends_with(".partial-1.img"));
        CHECK(lines[0].partials[1].bytes == 10);
    }
}

TEST_CASE("a switch of route is logged with its reason and priced by the route that delivered")
{
    run_world world;
    auto wanted = run_world::item("a");
    wanted.routes.push_back(wanted.routes[0]);
    wanted.routes[1].provider = "xai-router";
    wanted.routes[1].model = "gpt-image-1.5";
    wanted.retry.after[static_cast<std::size_t>(outcome::refused)] = job::fallback_step::next_route;
    world.items = {wanted};
    run_world::run_settings settings;
    settings.script = [](const std::string&, int before) {
        scripted_answer answer;
        if (before == 0) {
            answer.outcome = outcome::refused;
            answer.code = "moderation_blocked";
            answer.used = {};
        }
        return answer;
    };
    const auto result = world.run(settings);
    CHECK(result.count(item_state::done) == 1);
    CHECK(result.spent.count == 10 * 5 + 50 * 32); // gpt-image-1.5's price
    CAPTURE(warnings(world));
    CHECK(warnings(world).find("a: goes on with xai-router/images/gpt-image-1.5 (next_route after "
                               "refused") == 0);
    const auto lines = world.events_of<job::attempt_ended>();
    REQUIRE(lines.size() == 2);
    CHECK(lines[1].route_owner == "xai-router");
    CHECK(lines[1].model_requested == "gpt-image-1.5");
    CHECK(lines[1].retry_reason == "next_route");
}

TEST_CASE("a downgrade asks for less and is held against what it asked for")
{
    run_world world;
    auto wanted = run_world::item("a");
    wanted.request.quality = "high";
    wanted.downgrades = {{job::image_size{16, 8}, "low"}};
    wanted.retry.after[static_cast<std::size_t>(outcome::overloaded)] =
        job::fallback_step::downgrade;
    world.items = {wanted};
    run_world::run_settings settings;
    settings.script = [](const std::string&, int before) {
        scripted_answer answer;
        if (before == 0)
            answer.outcome = outcome::overloaded;
        else
            answer.image = support::make_png({16, 8});
        return answer;
    };
    CHECK(world.run(settings).count(item_state::done) == 1);
    const auto lines = world.events_of<job::attempt_ended>();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0].request.size == "32x16");
    CHECK(lines[0].request.quality == "high");
    CHECK(lines[1].request.size == "16x8");
    CHECK(lines[1].request.quality == "low");
    CHECK(lines[1].retry_reason == "downgrade");
    CHECK(end_of(world, "a").outputs[0].width == 16);
    CHECK(world.run({}).requests == 0);
}

TEST_CASE("what the manifest holds waits for a person, and --retry-failed tries it again")
{
    run_world world;
    auto wanted = run_world::item("a");
    wanted.retry.after[static_cast<std::size_t>(outcome::refused)] = job::fallback_step::hold;
    world.items = {wanted};
    run_world::run_settings settings;
    settings.script = [](const std::string&, int) {
        scripted_answer answer;
        answer.outcome = outcome::refused;
        return answer;
    };
    CHECK(world.run(settings).count(item_state::held) == 1);
    CHECK(world.run({}).requests == 0);
    world.items[0].retry.reopen_failed = true;
    CHECK(world.run({}).count(item_state::done) == 1);
}

TEST_CASE("another model than was asked for is said once; a dated snapshot is the same one")
{
    run_world world;
    world.add_items(3);
    run_world::run_settings settings;
    settings.script = [](const std::string& prompt, int) {
        scripted_answer answer;
        answer.model_returned = prompt == "item-0" ? "gpt-image-2-2026-04-21" : "gpt-image-1-mini";
        return answer;
    };
    (void)world.run(settings);
    const auto said = warnings(world);
    CHECK(said.find("openai/images/gpt-image-2 answered with the model 'gpt-image-1-mini'") !=
          std::string::npos);
    CHECK(std::ranges::count(said, '\n') == 1);
    CHECK(world.events_of<job::attempt_ended>()[0].model_returned != "");
}
