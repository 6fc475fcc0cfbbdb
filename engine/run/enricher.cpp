#include "engine/run/enricher.hpp"

#include "engine/base/ascii.hpp"
#include "engine/base/json.hpp"
#include "engine/base/sha256.hpp"
#include "engine/base/utf8.hpp"
#include "engine/job/content_key.hpp"
#include "engine/job/token_estimate.hpp"

namespace engine::run {

namespace {

constexpr std::uint64_t kept_bytes_max = 1u << 20;
// The longest prompt that any model takes (contract, section 1), in characters.
constexpr std::size_t prompt_characters_max = 32'000;

} // namespace

// The one place for those who want the same; the last to leave takes it away.
struct enricher::turn {
    turn(enricher& owner, std::string hash) : owner_(owner), hash_(std::move(hash))
    {
        auto& known = owner_.asking_[hash_];
        place = known.lock();
        if (!place)
            known = place = std::make_shared<runtime::slots>(1);
    }
    ~turn()
    {
        if (place.use_count() == 1)
            owner_.asking_.erase(hash_);
    }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

    std::shared_ptr<runtime::slots> place;

private:
    enricher& owner_;
    std::string hash_;
};

enricher::enricher(runtime::files& disk, const job::output_folder& folder,
                   const job::price_table& prices, const std::map<std::string, ask_text>& asks)
    : disk_(disk), folder_(folder), prices_(prices), asks_(asks)
{}

std::optional<std::string> enricher::find(const job::item& wanted) const
{
    const auto path = folder_.enriched(job::enrichment_hash(wanted));
    const auto text = disk_.read(path, kept_bytes_max);
    if (!text)
        return std::nullopt;
    const auto kept = base::parse_json(*text, path);
    if (!kept || (*kept)["prompt"].text_or({}).empty())
        return std::nullopt;
    return std::string((*kept)["prompt"].text_or({}));
}

base::result<void> enricher::keep(const job::item& wanted, const std::string& prompt) const
{
    if (auto made = disk_.make_directories(folder_.enriched_folder()); !made)
        return made;
    const auto text =
        base::json::make_object({{"model", wanted.enrich->model}, {"prompt", prompt}}).dump();
    return runtime::write_whole(disk_, folder_.enriched(job::enrichment_hash(wanted)),
                                base::as_bytes(text));
}

runtime::task<enricher::result> enricher::enrich(const job::item& wanted, base::microusd reserved,
                                                 std::string client_request_id, permission before,
                                                 std::function<void()> on_sending,
                                                 runtime::call_context context)
{
    const auto& enrich = *wanted.enrich;
    result made;
    made.line.provider = enrich.provider;
    made.line.model = enrich.model;

    const turn my_turn(*this, job::enrichment_hash(wanted));
    const auto permit = co_await my_turn.place->acquire();
    if (auto kept = find(wanted)) { // who was before us has asked
        made.prompt = std::move(*kept);
        made.line.prompt_sha256 = base::sha256_hex(made.prompt);
        made.line.cached = true;
        made.reply.outcome = job::outcome::delivered;
        co_return made;
    }

    if (const auto stopped = stopped_.find(enrich.provider); stopped != stopped_.end()) {
        made.reply = stopped->second;
        co_return made;
    }
    if (!co_await before()) {
        made.not_begun = true;
        co_return made;
    }

    provider::text_request request;
    request.model = enrich.model;
    request.instructions = enrich.instructions;
    request.input = wanted.request.prompt;
    request.max_output_tokens = enrich.output_tokens_max;
    request.client_request_id = std::move(client_request_id);
    const auto& ask = asks_.at(enrich.provider);
    made.reply = co_await ask(std::move(request), std::move(on_sending), std::move(context));
    auto& reply = made.reply;

    const auto price = prices_.find_text(enrich.provider, enrich.model);
    if (reply.used && price) {
        made.line.cost = job::mainline_cost_of(*reply.used, *price);
    } else if (reply.possibly_billed || reply.outcome == job::outcome::delivered) {
        made.line.cost = reserved;
        made.line.estimated = price.has_value();
    }
    if (reply.outcome == job::outcome::account) {
        auto& said = stopped_[enrich.provider];
        said.outcome = reply.outcome;
        said.error_code = reply.error_code;
        said.error_message = reply.error_message;
        said.http_status = reply.http_status;
    }
    if (reply.outcome != job::outcome::delivered)
        co_return made;
    made.prompt = base::trimmed(reply.text);
    if (made.prompt.empty() || base::utf8_length(made.prompt) > prompt_characters_max) {
        reply.outcome = job::outcome::bad_output;
        reply.error_code = "enrichment_unusable";
        reply.error_message = made.prompt.empty() ? "the text model answered with nothing"
                                                  : "the text model's prompt is too long";
        co_return made;
    }
    made.line.prompt_sha256 = base::sha256_hex(made.prompt);
    if (auto kept = keep(wanted, made.prompt); !kept)
        made.local_failure = kept.error();
    co_return made;
}

} // namespace engine::run
