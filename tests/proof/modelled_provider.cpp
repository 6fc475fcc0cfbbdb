#include "tests/proof/modelled_provider.hpp"

#include "engine/base/sha256.hpp"
#include "engine/job/token_estimate.hpp"
#include "tests/proof/tiny_picture.hpp"

#include <boost/system/system_error.hpp>

#include <algorithm>
#include <cmath>
#include <set>

namespace proof {

using namespace engine;
using namespace std::chrono_literals;
using job::outcome;

namespace {

constexpr std::string_view rewritten = "better: ";

std::string original(const std::string& prompt)
{
    return prompt.starts_with(rewritten) ? prompt.substr(rewritten.size()) : prompt;
}

// The same number for the same words, whenever and by whomever they are said.
std::uint64_t number_of(const std::string& words, std::string_view what)
{
    return base::random(base::stable_hash(words) ^ base::stable_hash(what))();
}

std::int64_t from_one_to(std::int64_t most, std::uint64_t number)
{
    return 1 + static_cast<std::int64_t>(
                   number % static_cast<std::uint64_t>(std::max<std::int64_t>(most, 1)));
}

[[noreturn]] void nobody_is_there()
{
    throw boost::system::system_error(boost::asio::error::operation_aborted);
}

} // namespace

// One request, as the provider understands it.
struct modelled_provider::order {
    const provider_plan* who = nullptr;
    std::string api;
    std::string prompt; // original
    std::string client_request_id;
    job::image_request request;
};

// An answer of the Responses API: drawn once, told as often as it is asked for.
struct modelled_provider::kept_answer {
    order asked;
    turn how;
    runtime::steady_time ready;
};

// One provider's API: keeps what was prepared until it is sent.
class modelled_provider::api final : public provider::image_api {
public:
    api(modelled_provider& owner, const provider_plan& who, std::string name)
        : owner_(owner), who_(who), name_(std::move(name))
    {}
    [[nodiscard]] std::string place() const { return who_.spec.name + "/" + name_; }

    base::result<provider::prepared_request>
    prepare(const job::image_request& request, const provider::image_inputs&,
            const std::string& client_request_id) const override
    {
        provider::prepared_request prepared;
        prepared.hash = base::sha256_hex(request.prompt);
        prepared.wire.target = client_request_id;
        prepared_[client_request_id] = {&who_, name_, original(request.prompt), client_request_id,
                                        request};
        return prepared;
    }
    runtime::task<provider::reply> send(provider::prepared_request prepared,
                                        provider::image_sink& sink,
                                        runtime::call_context context) override
    {
        const auto found = prepared_.find(prepared.wire.target);
        auto asked = std::move(found->second);
        prepared_.erase(found);
        return owner_.answer(std::move(asked), sink, std::move(context));
    }
    bool can_fetch() const override { return who_.keeps_answers && name_ == job::api_responses; }
    runtime::task<base::result<std::string>> prepare_recovery(const job::image_request&,
                                                              runtime::call_context) override
    {
        if (!*owner_.alive_)
            nobody_is_there();
        co_await owner_.time_.sleep_until(owner_.time_.now() + 20ms);
        co_return can_fetch() && who_.makes_places ? "conv-" + std::to_string(++owner_.places_made_)
                                                   : std::string();
    }
    runtime::task<provider::reply> fetch(provider::answer_handle lost, bool,
                                         provider::image_sink& sink,
                                         runtime::call_context context) override
    {
        return owner_.fetch(who_, std::move(lost), sink, std::move(context));
    }

private:
    modelled_provider& owner_;
    const provider_plan& who_;
    std::string name_;
    mutable std::map<std::string, order> prepared_;
};

modelled_provider::modelled_provider(const world_plan& plan, sim::virtual_clock& time,
                                     std::function<void(std::string)> complain)
    : plan_(plan), time_(time), complain_(std::move(complain))
{
    for (const auto& who : plan.providers)
        for (const auto name : job::api_names)
            apis_.push_back(std::make_unique<api>(*this, who, std::string(name)));
}
modelled_provider::~modelled_provider() = default;

void modelled_provider::serve(int life, const bool& alive)
{
    life_ = life;
    alive_ = &alive;
}

std::map<std::string, provider::image_api*> modelled_provider::apis()
{
    std::map<std::string, provider::image_api*> all;
    for (const auto& one : apis_)
        all[one->place()] = one.get();
    return all;
}

std::map<std::string, run::ask_text> modelled_provider::texts()
{
    std::map<std::string, run::ask_text> all;
    for (const auto& who : plan_.providers)
        all[who.spec.name] = [this, &who](provider::text_request request,
                                          std::function<void()> on_sending,
                                          runtime::call_context context) {
            return say(who, std::move(request), std::move(on_sending), std::move(context));
        };
    return all;
}

std::string modelled_provider::picture_of(const std::string& prompt, job::image_size size)
{
    return tiny_picture(prompt, size);
}

job::usage modelled_provider::usage_of(const order& asked) const
{
    const auto& request = asked.request;
    const auto number = [&](std::string_view what) { return number_of(asked.prompt, what); };
    job::usage used;
    used.input_text = from_one_to(static_cast<std::int64_t>(asked.prompt.size()), number("text"));
    used.output_image = from_one_to(
        job::output_tokens(request.model, request.size, request.quality), number("image"));
    if (!request.references.empty())
        used.input_image = from_one_to(1000, number("reference"));
    if (asked.api == job::api_responses) {
        used.mainline_input = from_one_to(1000, number("mainline"));
        used.mainline_output = from_one_to(500, number("words"));
    }
    return used;
}

base::microusd modelled_provider::price_of(const job::usage& used, const provider_plan& who) const
{
    const bool drawn = used.output_image > 0;
    if (drawn && who.flat_price)
        return {*who.flat_price};
    return {(used.input_text + used.input_image + used.mainline_input + used.mainline_output) *
                who.input_price +
            used.output_image * who.output_price};
}

void modelled_provider::charge(const std::string& attempt, base::microusd amount, bool for_text)
{
    auto& one = bill_[attempt];
    (for_text ? one.text : one.picture) += amount;
    charged_ += amount;
    if (plan_.cap && charged_ > *plan_.cap)
        complain_("the provider has charged " + base::format_usd(charged_) + ", the cap is " +
                  base::format_usd(*plan_.cap));
}

void modelled_provider::tell_limits(const provider_plan& who, provider::reply& reply) const
{
    if (!who.images_per_minute || !who.says_limit_in_headers)
        return;
    const auto found = window_.find(who.spec.name);
    const auto used = found == window_.end() ? 0.0 : static_cast<double>(found->second.size());
    reply.buckets.push_back({"images", *who.images_per_minute,
                             std::max(0.0, *who.images_per_minute - used), std::nullopt});
}

// A run that knows the limit keeps it by itself. What earlier processes sent
// just before, it does not know: each of them may have had one start more in
// the window than an even pace has.
void modelled_provider::judge_overrun(const provider_plan& who, const std::deque<arrival>& window)
{
    // A rewritten prompt takes its time between the start, which the run counts, and the request.
    if (std::ranges::any_of(plan_.items,
                            [](const job::item& one) { return one.enrich.has_value(); }))
        return;
    std::set<int> others;
    double own = 1;
    for (const auto& one : window)
        if (one.life == life_)
            ++own;
        else
            others.insert(one.life);
    const auto excess = static_cast<double>(window.size() + 1) - *who.images_per_minute;
    if (own > *who.images_per_minute || excess > static_cast<double>(others.size()))
        complain_(who.spec.name + " was asked for more than the " +
                  std::to_string(std::lround(*who.images_per_minute)) +
                  " pictures a minute that the run knows of");
}

bool modelled_provider::admit(const order& asked, provider::reply& reply)
{
    const auto& who = *asked.who;
    if (who.closes_account_after && !accounts_open_ &&
        accepted_[who.spec.name] >= *who.closes_account_after) {
        reply.outcome = outcome::account;
        reply.http_status = 401;
        reply.error_code = "insufficient_quota";
        return false;
    }
    if (who.images_per_minute) {
        auto& window = window_[who.spec.name];
        while (!window.empty() && window.front().when + 60s <= time_.now())
            window.pop_front();
        if (static_cast<double>(window.size() + 1) > *who.images_per_minute) {
            ++turned_away_;
            if (who.limits_known)
                judge_overrun(who, window);
            reply.outcome = outcome::rate_limited;
            reply.http_status = 429;
            reply.error_code = "rate_limit_exceeded";
            const auto wait =
                std::chrono::ceil<milliseconds>(window.front().when + 60s - time_.now());
            reply.retry_after = wait;
            if (!who.says_limit_in_headers)
                reply.limits = {"images", *who.images_per_minute,
                                static_cast<double>(window.size()), 1, wait};
            tell_limits(who, reply);
            return false;
        }
        window.push_back({time_.now(), life_});
    }
    const auto& before = asked.request.previous_response_id;
    if (!before.empty()) {
        const auto& answers = answers_[who.spec.name];
        const auto found = std::ranges::find(answers, before);
        if (found == answers.end() ||
            static_cast<std::size_t>(answers.end() - found) > who.forgets_answers_after) {
            reply.outcome = outcome::invalid;
            reply.http_status = 400;
            reply.error_code = "previous_response_not_found";
            return false;
        }
    }
    ++accepted_[who.spec.name];
    return true;
}

// A picture that was charged may be sold again only where the policy said so,
// or when what came was not what was asked for.
void modelled_provider::look_for_second_sale(const order& asked)
{
    const auto wanted = std::ranges::find(plan_.items, asked.prompt,
                                          [](const job::item& one) { return one.request.prompt; });
    if (wanted == plan_.items.end())
        return complain_("nobody wants '" + asked.prompt + "'");
    for (const auto& [attempt, one] : bill_) {
        if (one.prompt != asked.prompt || one.picture.count == 0 ||
            attempt == asked.client_request_id)
            continue;
        const bool bad = one.outcome == outcome::bad_output || one.outcome == outcome::refused;
        const bool lost = !one.heard || one.outcome == outcome::unknown;
        if (one.outcome == outcome::delivered && one.heard && one.life == life_)
            complain_("'" + asked.prompt + "' was delivered as " + attempt +
                      " and is bought again as " + asked.client_request_id +
                      " by the same process");
        else if (!bad && wanted->retry.on_unknown != job::unknown_policy::retry)
            complain_("'" + asked.prompt + "' was charged as " + attempt +
                      (lost ? " and its answer lost" : "") + "; it is bought again as " +
                      asked.client_request_id + ", though on_unknown does not say so");
    }
}

runtime::task<provider::reply> modelled_provider::answer(order asked, provider::image_sink& sink,
                                                         runtime::call_context context)
{
    if (!*alive_)
        nobody_is_there();
    struct leave {
        int& count;
        ~leave() { --count; }
    } const on_exit{++in_flight_};
    const int life = life_;
    const auto& who = *asked.who;
    const auto number = number_of(asked.prompt, std::to_string(asked_[asked.prompt]));
    const auto& fate = plan_.fates.at(asked.prompt);
    provider::reply reply;
    reply.request_id = "req-" + std::to_string(++requests_);
    if (fate.at(asked_[asked.prompt]).outcome == outcome::not_sent) {
        ++asked_[asked.prompt];
        co_await time_.sleep_until(time_.now() + 100ms);
        reply.outcome = outcome::not_sent;
        reply.error_code = "connect_failed";
        co_return reply;
    }
    sink.on_sending();
    // On the way: who is cancelled or dies here has sent something that never
    // arrives.
    co_await time_.sleep_until(time_.now() + milliseconds(number % 400));
    if (!*alive_)
        nobody_is_there();
    if (!admit(asked, reply)) {
        co_await time_.sleep_until(time_.now() + 50ms);
        co_return reply;
    }
    const auto turn = fate.at(asked_[asked.prompt]++);
    look_for_second_sale(asked);
    auto& entry = bill_[asked.client_request_id];
    entry.prompt = asked.prompt;
    entry.provider = who.spec.name;
    entry.life = life;
    entry.outcome = turn.outcome;
    const auto used = usage_of(asked);
    if (turn.charged) // when it begins to draw: whatever happens to the answer,
                      // it is paid
        charge(asked.client_request_id, price_of(used, who), false);

    std::string answer_id;
    const bool answers = turn.outcome != outcome::rate_limited &&
                         turn.outcome != outcome::overloaded && turn.outcome != outcome::invalid;
    if (asked.api == job::api_responses && answers) {
        answer_id = "resp-" + reply.request_id.substr(4);
        answers_[who.spec.name].push_back(answer_id);
        const auto& place = asked.request.conversation_id;
        if (!place.empty())
            places_[place] = answer_id;
        entry.answer = answer_id;
        entry.kept = who.keeps_answers && !place.empty();
    }

    const auto span = static_cast<std::uint64_t>((who.slowest - who.quickest).count()) + 1;
    auto takes = who.quickest +
                 milliseconds(number_of(asked.prompt, "takes" + std::to_string(number)) % span);
    if (!answer_id.empty()) {
        kept_[answer_id] = std::make_unique<kept_answer>(
            kept_answer{asked, turn, turn.late ? context.deadline + 5s : time_.now() + takes});
        if (number % 5 != 0) // else its way is cut before the first event
            sink.on_response_id(answer_id);
    }
    const auto until = turn.late ? context.deadline : time_.now() + takes;
    co_await time_.sleep_until(std::min(until, context.deadline));
    if (!*alive_)
        nobody_is_there();

    reply.outcome = turn.outcome;
    reply.http_status = 200;
    tell_limits(who, reply);
    reply.possibly_billed = turn.possibly_billed;
    if (turn.late || time_.now() >= context.deadline || turn.outcome == outcome::unknown) {
        reply.outcome = outcome::unknown;
        reply.error_code = turn.outcome == outcome::unknown ? "stream_cut" : "timeout";
        reply.possibly_billed = true;
        reply.http_status = 0;
        co_return reply;
    }
    switch (turn.outcome) {
    case outcome::rate_limited:
        reply.retry_after = milliseconds(500 + number % 4'000);
        [[fallthrough]];
    case outcome::overloaded:
    case outcome::refused:
    case outcome::invalid:
        reply.http_status = turn.outcome == outcome::rate_limited ? 429
                            : turn.outcome == outcome::overloaded ? 503
                                                                  : 400;
        reply.error_code = std::string(job::name_of(turn.outcome)) + "_by_plan";
        entry.heard = true;
        co_return reply;
    default:
        break;
    }
    for (int i = 0; i < asked.request.partial_images; ++i)
        if (sink.begin_partial(reply.partials_received++)) {
            const auto partial = picture_of("partial " + asked.prompt, {8, 8});
            sink.write_partial(base::as_bytes(partial));
            sink.end_partial();
        }
    deliver(asked, turn, sink, reply);
    reply.response_id = answer_id;
    co_return reply;
}

// The picture goes to whoever asks; whether it is what was wanted is for the
// engine to see.
void modelled_provider::deliver(const order& asked, const turn& how, provider::image_sink& sink,
                                provider::reply& reply)
{
    const auto size = asked.request.size.value_or(job::image_size{16, 16});
    const auto image = how.outcome != outcome::bad_output ? picture_of(asked.prompt, size)
                       : how.broken                       ? std::string("not a picture")
                                                          : picture_of(asked.prompt, {8, 8});
    auto stored = sink.begin();
    if (stored)
        stored = sink.write(base::as_bytes(image).first(image.size() / 2));
    if (stored)
        stored = sink.write(base::as_bytes(image).subspan(image.size() / 2));
    if (!stored) {
        reply.outcome = outcome::unknown;
        reply.possibly_billed = true;
        reply.local_failure = stored.error();
        return;
    }
    auto& entry = bill_[asked.client_request_id];
    entry.heard = true;
    entry.outcome = how.outcome == outcome::bad_output ? outcome::bad_output : outcome::delivered;
    reply.outcome = outcome::delivered;
    reply.possibly_billed = false;
    if (asked.who->tells_usage)
        reply.used = usage_of(asked);
}

bool modelled_provider::has_forgotten(const std::string& provider, const std::string& answer) const
{
    const auto found = answers_.find(provider);
    if (found == answers_.end())
        return true;
    const auto place = std::ranges::find(found->second, answer);
    const auto who = std::ranges::find(plan_.providers, provider,
                                       [](const provider_plan& one) { return one.spec.name; });
    return place == found->second.end() ||
           static_cast<std::size_t>(found->second.end() - place) > who->forgets_answers_after;
}

runtime::task<provider::reply> modelled_provider::fetch(const provider_plan& who,
                                                        provider::answer_handle lost,
                                                        provider::image_sink& sink,
                                                        runtime::call_context context)
{
    if (!*alive_)
        nobody_is_there();
    struct leave {
        int& count;
        ~leave() { --count; }
    } const on_exit{++in_flight_};
    co_await time_.sleep_until(time_.now() + 50ms);
    if (!*alive_)
        nobody_is_there();
    if (const auto place = places_.find(lost.conversation_id);
        lost.response_id.empty() && place != places_.end())
        lost.response_id = place->second;
    provider::reply reply;
    reply.outcome = outcome::unknown;
    reply.possibly_billed = true;
    reply.response_id = lost.response_id;
    const auto ends = [&](provider::fetch_ending how) {
        reply.fetched = how;
        reply.error_code = std::string(provider::name_of(how));
    };
    const auto found = kept_.find(lost.response_id);
    if (found == kept_.end() || has_forgotten(who.spec.name, lost.response_id)) {
        ends(provider::fetch_ending::not_found);
        co_return reply;
    }
    const auto& kept = *found->second;
    if (fetched_[found->first]++ == 0 && number_of(found->first, "fetch") % 4 == 0) {
        ends(provider::fetch_ending::failed);
        co_return reply;
    }
    co_await time_.sleep_until(std::min(kept.ready, context.deadline));
    if (!*alive_)
        nobody_is_there();
    if (time_.now() < kept.ready) {
        ends(provider::fetch_ending::still_running);
        co_return reply;
    }
    reply.http_status = 200;
    const bool drawn = kept.how.charged && kept.how.outcome != outcome::refused;
    if (!drawn) {
        reply.outcome =
            kept.how.outcome == outcome::unknown ? outcome::overloaded : kept.how.outcome;
        reply.possibly_billed = kept.how.possibly_billed;
        reply.error_code = std::string(job::name_of(reply.outcome)) + "_by_plan";
        bill_[kept.asked.client_request_id].heard = true;
        co_return reply;
    }
    deliver(kept.asked, kept.how, sink, reply);
    if (reply.local_failure)
        ends(provider::fetch_ending::failed);
    co_return reply;
}

runtime::task<provider::text_reply> modelled_provider::say(const provider_plan& who,
                                                           provider::text_request request,
                                                           std::function<void()> on_sending,
                                                           runtime::call_context context)
{
    if (!*alive_)
        nobody_is_there();
    struct leave {
        int& count;
        ~leave() { --count; }
    } const on_exit{++in_flight_};
    on_sending();
    ++requests_;
    co_await time_.sleep_until(time_.now() + 50ms);
    if (!*alive_)
        nobody_is_there();
    const auto attempt = request.client_request_id.substr(0, request.client_request_id.rfind('.'));
    const auto before = text_asked_[request.input]++;
    const auto kind = before > 0 ? 9 : number_of(request.input, "text fate") % 10;
    auto& entry = bill_[attempt];
    entry.provider = who.spec.name;
    entry.life = life_;
    job::usage used;
    used.mainline_input = from_one_to(static_cast<std::int64_t>(request.input.size()),
                                      number_of(request.input, "in"));
    used.mainline_output = from_one_to(request.max_output_tokens, number_of(request.input, "out"));
    provider::text_reply reply;
    reply.http_status = 200;
    if (kind == 0) {
        reply.outcome = outcome::overloaded;
        reply.error_code = "overloaded_by_plan";
        co_await time_.sleep_until(time_.now() + 500ms);
        co_return reply;
    }
    charge(attempt, price_of(used, who), true);
    co_await time_.sleep_until(time_.now() + 700ms);
    if (!*alive_)
        nobody_is_there();
    if (kind == 1) {
        reply.outcome = outcome::unknown;
        reply.error_code = "stream_cut";
        reply.possibly_billed = true;
        co_return reply;
    }
    (void)context;
    reply.outcome = outcome::delivered;
    reply.used = used;
    reply.text = std::string(rewritten) + request.input;
    co_return reply;
}

} // namespace proof
