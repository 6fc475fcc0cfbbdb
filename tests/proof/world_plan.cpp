#include "tests/proof/world_plan.hpp"

#include "engine/base/random.hpp"
#include "engine/base/sha256.hpp"
#include "engine/job/content_key.hpp"
#include "tests/proof/tiny_picture.hpp"

#include <algorithm>
#include <cerrno>

namespace proof {

using namespace engine;
using job::outcome;

namespace {

constexpr const char* model = "gpt-image-2";
constexpr const char* mainline = "gpt-5.5";

// One job of a manifest: what its items share.
struct job_shape {
    std::vector<job::route> routes;
    job::retry_policy retry;
    std::vector<job::downgrade> downgrades;
    std::vector<job::output_spec> outputs; // with empty paths
    bool chained = false;
    bool enriched = false;
    bool has_reference = false;
    bool partials = false;
    std::string quality;
    job::image_size size;
};

class maker {
public:
    explicit maker(std::uint64_t seed) : dice_(seed * 2654435761u + 17) { plan_.seed = seed; }

    world_plan make()
    {
        make_providers();
        const auto jobs = 1 + dice_.below(3);
        for (std::uint64_t i = 0; i < jobs; ++i)
            jobs_.push_back(make_job());
        // Most worlds are small, so that most seeds are fast; some are as large as
        // a real job.
        const auto most = dice_.chance(0.1) ? 60u : dice_.chance(0.4) ? 16u : 6u;
        const auto count = 1 + dice_.below(most);
        for (std::uint64_t i = 0; i < count; ++i)
            add_item(i, jobs_[dice_.below(jobs_.size())]);
        make_options();
        make_lives();
        return std::move(plan_);
    }

private:
    void make_providers()
    {
        const auto count = 1 + dice_.below(3);
        static constexpr const char* names[] = {"alpha", "beta", "gamma"};
        for (std::uint64_t i = 0; i < count; ++i) {
            auto one = plain_provider(names[i]);
            one.spec.limits.concurrency = static_cast<int>(1 + dice_.below(12));
            if (dice_.chance(0.4)) {
                one.images_per_minute = static_cast<double>(3 + dice_.below(60));
                one.limits_known = dice_.chance(0.6);
                one.says_limit_in_headers = dice_.chance(0.5);
                if (one.limits_known)
                    one.spec.limits.images_per_minute = one.images_per_minute;
            }
            one.input_price = static_cast<std::int64_t>(1 + dice_.below(10));
            one.output_price = static_cast<std::int64_t>(1 + dice_.below(60));
            if (dice_.chance(0.25))
                one.flat_price = static_cast<std::int64_t>(1 + dice_.below(60'000));
            one.slowest = milliseconds(300 + dice_.below(25'000));
            one.tells_usage = !dice_.chance(0.15);
            if (dice_.chance(0.04)) {
                one.closes_account_after = static_cast<int>(dice_.below(10));
                plan_.comparable = false;
            }
            if (dice_.chance(0.2)) {
                one.forgets_answers_after = dice_.below(4);
                forgetful_ = true;
            }
            one.keeps_answers = dice_.chance(0.8);
            one.spec.wire.retrieves_responses = one.keeps_answers;
            one.makes_places = dice_.chance(0.7);
            plan_.providers.push_back(std::move(one));
        }
    }

    job_shape make_job()
    {
        job_shape shape;
        const bool responses = dice_.chance(0.3);
        for (const auto& provider : plan_.providers)
            shape.routes.push_back({provider.spec.name, responses ? "responses" : "images", model,
                                    responses ? mainline : ""});
        std::ranges::rotate(shape.routes,
                            shape.routes.begin() +
                                static_cast<std::ptrdiff_t>(dice_.below(shape.routes.size())));
        shape.routes.resize(1 + dice_.below(shape.routes.size()));
        // By number: `recover` is the third where the engine has it.
        shape.retry.on_unknown =
            static_cast<job::unknown_policy>(dice_.below(job::unknown_policy_names.size()));
        if (forgetful_ && static_cast<int>(shape.retry.on_unknown) > 1)
            plan_.comparable = false; // what can still be fetched depends on when it is
        if (dice_.chance(0.15))
            make_fallbacks(shape);
        if (dice_.chance(0.2))
            shape.downgrades.push_back({std::nullopt, "low"});
        shape.quality = dice_.chance(0.5) ? "low" : "high";
        shape.size = dice_.chance(0.5) ? job::image_size{16, 16} : job::image_size{32, 16};
        shape.chained = dice_.chance(0.25);
        shape.enriched = dice_.chance(0.15);
        shape.has_reference = dice_.chance(0.2);
        shape.partials = dice_.chance(0.15);
        job::output_spec master, small;
        master.name = "master";
        small.name = "small";
        small.format = dice_.chance(0.5) ? job::output_format::jpeg : job::output_format::webp;
        small.fit.emplace();
        small.fit->width = 8;
        if (!dice_.chance(0.2))
            shape.outputs.push_back(master);
        if (shape.outputs.empty() || dice_.chance(0.4))
            shape.outputs.push_back(small);
        return shape;
    }

    void make_fallbacks(job_shape& shape)
    {
        static constexpr outcome after[] = {outcome::overloaded, outcome::refused, outcome::invalid,
                                            outcome::bad_output, outcome::not_sent};
        using job::fallback_step;
        static constexpr fallback_step steps[] = {fallback_step::next_route,
                                                  fallback_step::downgrade, fallback_step::hold,
                                                  fallback_step::fail, fallback_step::retry};
        for (const auto one : after)
            if (dice_.chance(0.4))
                shape.retry.after[static_cast<std::size_t>(one)] = steps[dice_.below(5)];
        plan_.comparable = false; // which form or route it ends with depends on what was lost
    }

    // Another item that asks for the picture of an earlier one, with an output of
    // its own.
    bool add_twin(std::uint64_t number)
    {
        if (plan_.items.empty() || !dice_.chance(0.08))
            return false;
        auto twin = plan_.items[dice_.below(plan_.items.size())];
        twin.id = "i-" + std::to_string(number);
        twin.outputs.resize(1);
        auto& path = twin.outputs.front().path;
        path = twin.id + path.substr(path.rfind('/'));
        plan_.items.push_back(std::move(twin));
        return true;
    }

    void add_item(std::uint64_t number, const job_shape& shape)
    {
        if (add_twin(number))
            return;
        auto wanted = plain_item("i-" + std::to_string(number), shape.routes.front().provider);
        wanted.request.prompt += " of world " + std::to_string(plan_.seed);
        wanted.routes = shape.routes;
        wanted.retry = shape.retry;
        wanted.downgrades = shape.downgrades;
        wanted.request.mainline_model = shape.routes.front().mainline_model;
        wanted.request.quality = shape.quality;
        wanted.request.size = wanted.expect.size = shape.size;
        wanted.outputs = shape.outputs;
        for (auto& output : wanted.outputs)
            output.path = wanted.id + "/" + output.name + "." +
                          (output.name == "master"                     ? "png"
                           : output.format == job::output_format::jpeg ? "jpg"
                                                                       : "webp");
        if (shape.partials) {
            wanted.keep_partials = true;
            wanted.request.partial_images = 2;
        }
        if (shape.has_reference) {
            const std::string path = "/refs/photo.png";
            const auto bytes = tiny_picture("photo", {16, 16});
            plan_.files[path] = bytes;
            job::reference_image photo;
            photo.source = "photo.png";
            photo.path = path;
            photo.sha256 = base::sha256_hex(bytes);
            photo.size = {16, 16};
            photo.bytes = bytes.size();
            wanted.request.references.push_back(photo);
        }
        if (shape.enriched && !shape.chained) {
            wanted.enrich.emplace();
            wanted.enrich->provider = shape.routes.front().provider;
            wanted.enrich->model = "gpt-5.4-mini";
            wanted.enrich->instructions = "say it better";
        }
        if (shape.chained && !plan_.items.empty() && dice_.chance(0.7)) {
            const auto& parent = plan_.items[dice_.below(plan_.items.size())];
            wanted.after = job::parent_link{parent.id, parent.key, parent.expect.size};
            wanted.request.continues = true;
            wanted.request.chain_length = parent.request.chain_length + 1;
            plan_.keep_pictures = true;
        }
        wanted.key = job::content_key(wanted);
        plan_.fates[wanted.request.prompt] = make_fate(wanted);
        plan_.items.push_back(std::move(wanted));
    }

    turn make_fault(bool& bad_before)
    {
        turn one;
        switch (dice_.below(bad_before ? 6 : 7)) {
        case 0:
            one.outcome = outcome::overloaded;
            break;
        case 1:
            one.outcome = outcome::not_sent;
            break;
        case 2:
            one.outcome = outcome::rate_limited;
            break;
        case 3:
        case 4:
            one.outcome = outcome::unknown;
            one.charged = dice_.chance(0.5);
            break;
        case 5:
            one.late = true; // drawn, charged, too late
            one.charged = true;
            break;
        default:
            one.outcome = outcome::bad_output;
            one.broken = dice_.chance(0.5);
            one.charged = true;
            bad_before = true; // twice fails the item, and a crash between would change that
        }
        return one;
    }

    fate make_fate(const job::item& wanted)
    {
        fate made;
        bool bad_before = false;
        if (dice_.chance(0.35))
            for (auto left = 1 + dice_.below(3); left > 0; --left)
                made.first.push_back(make_fault(bad_before));
        made.then.charged = true;
        if (dice_.chance(0.06)) {
            made.then.outcome = outcome::refused;
            made.then.possibly_billed = dice_.chance(0.4);
            made.then.charged = made.then.possibly_billed && dice_.chance(0.5);
        } else if (dice_.chance(0.04)) {
            made.then.outcome = outcome::invalid;
            made.then.charged = false;
        } else if (dice_.chance(0.03)) {
            made.then.outcome = outcome::bad_output;
            made.then.broken = dice_.chance(0.5);
            plan_.comparable = false; // how often it is bought depends on where it stood
        }
        (void)wanted;
        return made;
    }

    void make_options()
    {
        if (dice_.chance(0.35)) {
            plan_.cap = base::microusd{static_cast<std::int64_t>(
                dice_.below(60'000u * static_cast<unsigned>(plan_.items.size())))};
            plan_.comparable = false;
        }
        if (dice_.chance(0.3))
            plan_.concurrency = static_cast<int>(1 + dice_.below(8));
    }

    void make_lives()
    {
        const auto count = dice_.below(6);
        for (std::uint64_t i = 0; i < count; ++i) {
            life_plan life;
            life.seed = dice_();
            static constexpr double kept[] = {1, 1, 0, 0.5, 0.9};
            life.kept = kept[dice_.below(5)];
            const auto items = plan_.items.size();
            const milliseconds sometime(dice_.below(1'000 + 2'000 * items));
            switch (dice_.below(8)) {
            case 0:
            case 1:
            case 2:
            case 3:
                life.crash_at_point = dice_.below(dice_.chance(0.5) ? 30 : 20 + 30 * items);
                break;
            case 4:
                life.crash_at = sometime;
                break;
            case 5:
                life.stop_at = sometime;
                if (dice_.chance(0.4))
                    life.cancel_at = sometime + milliseconds(dice_.below(5'000));
                break;
            case 6:
                life.full_after = dice_.below(2'000 + 6'000 * items);
                life.full_for_ever = dice_.chance(0.6);
                break;
            default:
                life.fails_at = dice_.below(20 + 30 * items);
            }
            if (dice_.chance(0.2)) {
                life.wall_jump_at = milliseconds(dice_.below(20'000));
                life.wall_jump =
                    milliseconds(static_cast<std::int64_t>(dice_.below(36'000'000)) - 18'000'000);
            }
            plan_.lives.push_back(life);
        }
    }

    base::random dice_;
    world_plan plan_;
    std::vector<job_shape> jobs_;
    bool forgetful_ = false; // a provider that forgets answers
};

} // namespace

job::price_table world_plan::prices() const
{
    auto table = job::price_table::builtin();
    for (const auto& provider : providers) {
        job::model_price price;
        if (provider.flat_price) {
            price.per_image = base::microusd{*provider.flat_price};
        } else {
            const base::microusd in{provider.input_price * 1'000'000};
            const base::microusd out{provider.output_price * 1'000'000};
            price.tokens = job::token_prices{in, in, in, out, out};
        }
        table.set_model_price(provider.spec.name, model, price);
        const base::microusd text{provider.input_price * 1'000'000};
        for (const char* name : {mainline, "gpt-5.4-mini"})
            table.set_text_price(provider.spec.name, name, {text, text, text});
    }
    return table;
}

world_plan world_plan::without_accidents() const
{
    auto calm = *this;
    calm.lives.clear();
    return calm;
}

world_plan make_plan(std::uint64_t seed)
{
    return maker(seed).make();
}

job::item plain_item(const std::string& id, const std::string& provider)
{
    job::item wanted;
    wanted.id = id;
    wanted.routes = {{provider, "images", model}};
    wanted.request.model = model;
    wanted.request.prompt = "picture " + id;
    wanted.request.quality = "low";
    wanted.request.size = wanted.expect.size = job::image_size{16, 16};
    wanted.expect.format = job::image_format::png;
    wanted.timeout = std::chrono::seconds(40);
    wanted.variables = base::json::make_object({{"n", id}});
    job::output_spec master;
    master.name = "master";
    master.path = id + "/master.png";
    wanted.outputs = {master};
    wanted.key = job::content_key(wanted);
    return wanted;
}

provider_plan plain_provider(const std::string& name)
{
    provider_plan made;
    made.spec.name = name;
    made.spec.base_url = "https://" + name + ".example/v1";
    made.spec.limits.concurrency = 4;
    return made;
}

} // namespace proof
