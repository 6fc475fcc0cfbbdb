// rehearsal_world: nights over a few lines of settings: items, one provider, a folder that stays as
// it was.
#pragma once

#include "engine/base/sha256.hpp"
#include "engine/ledger/line.hpp"
#include "engine/rehearse/night.hpp"
#include "tests/support/temporary_folder.hpp"

#include <doctest/doctest.h>
#include <string>
#include <vector>

namespace support {

namespace eng = engine;

// Keeps what is written.
class kept_lines final : public eng::runtime::output_file {
public:
    eng::base::result<void> append(eng::base::byte_view bytes) override
    {
        text.append(eng::base::as_text(bytes));
        return {};
    }
    eng::base::result<void> sync() override { return {}; }
    eng::base::result<void> close() override { return {}; }

    // The bodies of all events of that kind, in order.
    template <class Body>
    [[nodiscard]] std::vector<Body> bodies() const
    {
        std::vector<Body> found;
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find('\n', at);
            auto event = eng::ledger::from_line(text.substr(at, end - at));
            REQUIRE(event);
            if (auto* body = std::get_if<Body>(&event->body))
                found.push_back(std::move(*body));
            at = end + 1;
        }
        return found;
    }

    std::string text;
};

class rehearsal_world {
public:
    rehearsal_world()
        : real_(eng::runtime::make_posix_files()), disk(*real_), folder(root_.path() + "/out")
    {
        provider.name = "simulator";
        provider.base_url = "sim:";
        provider.real_money = false;
        provider.simulator = eng::base::json("quick");
        provider.limits.concurrency = 8;
    }

    eng::job::item item(const std::string& id) const
    {
        eng::job::item wanted;
        wanted.id = id;
        wanted.key = eng::base::sha256_hex("key of " + id);
        wanted.routes = {{.provider = provider.name, .model = "gpt-image-2"}};
        wanted.request.model = "gpt-image-2";
        wanted.request.prompt = "a picture of " + id;
        wanted.request.size = eng::job::image_size{1024, 1024};
        wanted.request.quality = "low";
        wanted.expect.size = wanted.request.size;
        wanted.expect.format = eng::job::image_format::png;
        wanted.variables = eng::base::json::make_object({{"n", id}});
        eng::job::output_spec master, small;
        master.name = "master";
        master.path = id + "/master.png";
        small.name = "small";
        small.path = id + "/small.jpg";
        small.format = eng::job::output_format::jpeg;
        small.fit.emplace();
        small.fit->width = 256;
        wanted.outputs = {master, small};
        return wanted;
    }
    void add_items(int count)
    {
        for (int i = 0; i < count; ++i)
            items.push_back(item("item-" + std::to_string(i)));
    }

    // `set`: what is different this time.
    eng::rehearse::night_result
    night(std::uint64_t seed = 1,
          const std::function<void(eng::rehearse::night_options&)>& set = {})
    {
        ledger.text.clear();
        const auto history = eng::ledger::history::read(disk, folder.ledger()).value();
        const auto prices = eng::job::price_table::builtin();
        const std::vector<eng::job::provider_spec> providers{provider};
        eng::plan::planner planner(history, disk, folder, prices, providers);
        for (const auto& wanted : items)
            (void)planner.add(wanted);
        eng::rehearse::night_options options;
        options.batch.folder = folder;
        options.batch.providers = providers;
        options.batch.prices = prices;
        options.batch.opening.items_total = static_cast<std::int64_t>(items.size());
        options.models.seed = seed;
        options.start = eng::base::parse_rfc3339("2026-11-21T22:00:00.000Z").value();
        options.ledger_copy = &ledger;
        if (set)
            set(options);
        const auto source = [this]() -> eng::run::item_source {
            return [this, next = std::size_t{0}]() mutable -> std::optional<eng::job::item> {
                if (next == items.size())
                    return std::nullopt;
                return items[next++];
            };
        };
        auto result =
            eng::rehearse::rehearse_night({disk, history, planner, source}, std::move(options));
        REQUIRE_MESSAGE(result.has_value(), (result ? "" : result.error().message()));
        CHECK(disk.files_held() == 0);
        CHECK(!real_->info(folder.root()));
        return std::move(*result);
    }

private:
    temporary_folder root_;
    std::unique_ptr<eng::runtime::files> real_;

public:
    eng::rehearse::scratch_files disk;
    eng::job::output_folder folder;
    eng::job::provider_spec provider;
    std::vector<eng::job::item> items;
    kept_lines ledger; // of the last night
};

} // namespace support
