// modelled_provider: the other side of the wire, without a wire. It outlives
// every process of a world, does with each picture what the world's plan says,
// and keeps its own bill: what it drew and charged for, attempt by attempt,
// whoever was still there to hear of it.
#pragma once

#include "engine/provider/image_api.hpp"
#include "engine/run/enricher.hpp"
#include "engine/sim/virtual_clock.hpp"
#include "tests/proof/world_plan.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace proof {

// What the provider knows about one attempt, by its client request id.
struct billed_attempt {
    std::string prompt; // of the item, as it was before anybody rewrote it
    std::string provider;
    int life = 0; // of the process that sent it, from 0
    engine::base::microusd picture;
    engine::base::microusd text;
    engine::job::outcome outcome = engine::job::outcome::unknown; // as it was answered
    bool heard = false; // the process got the whole answer
    bool kept = false;  // the answer can be fetched, and lies where the intent says
    std::string answer; // its id

    [[nodiscard]] engine::base::microusd charged() const { return picture + text; }
};

class modelled_provider {
public:
    // All must outlive it. `complain`: for what it sees being broken.
    modelled_provider(const world_plan& plan, engine::sim::virtual_clock& time,
                      std::function<void(std::string)> complain);
    ~modelled_provider();

    // The process that asks from now on. `alive`: false once it is dead; must
    // outlive the process.
    void serve(int life, const bool& alive);
    // By "provider/api", and by provider: see run::world.
    [[nodiscard]] std::map<std::string, engine::provider::image_api*> apis();
    [[nodiscard]] std::map<std::string, engine::run::ask_text> texts();
    // Accounts that were closed are open again: a person has paid.
    void reopen_accounts() { accounts_open_ = true; }

    [[nodiscard]] const std::map<std::string, billed_attempt>& bill() const { return bill_; }
    [[nodiscard]] engine::base::microusd charged() const { return charged_; }
    [[nodiscard]] int in_flight() const { return in_flight_; }
    [[nodiscard]] std::int64_t requests() const { return requests_; }
    [[nodiscard]] std::int64_t turned_away() const { return turned_away_; } // 429 by a window

    // Whether the answer can be fetched now.
    [[nodiscard]] bool still_has(const billed_attempt& one) const
    {
        return !has_forgotten(one.provider, one.answer);
    }

    // What it draws for that prompt.
    [[nodiscard]] static std::string picture_of(const std::string& prompt,
                                                engine::job::image_size size);

private:
    class api;
    struct order;
    struct kept_answer;
    struct arrival {
        engine::runtime::steady_time when;
        int life;
    };
    engine::runtime::task<engine::provider::reply>
    answer(order asked, engine::provider::image_sink& sink, engine::runtime::call_context context);
    engine::runtime::task<engine::provider::reply> fetch(const provider_plan& who,
                                                         engine::provider::answer_handle lost,
                                                         engine::provider::image_sink& sink,
                                                         engine::runtime::call_context context);
    void deliver(const order& asked, const turn& how, engine::provider::image_sink& sink,
                 engine::provider::reply& reply);
    [[nodiscard]] bool has_forgotten(const std::string& provider, const std::string& answer) const;
    engine::runtime::task<engine::provider::text_reply> say(const provider_plan& who,
                                                            engine::provider::text_request request,
                                                            std::function<void()> on_sending,
                                                            engine::runtime::call_context context);
    [[nodiscard]] engine::job::usage usage_of(const order& asked) const;
    [[nodiscard]] engine::base::microusd price_of(const engine::job::usage& used,
                                                  const provider_plan& who) const;
    void charge(const std::string& attempt, engine::base::microusd amount, bool for_text);
    // False: turned away, and `reply` says how.
    bool admit(const order& asked, engine::provider::reply& reply);
    void judge_overrun(const provider_plan& who, const std::deque<arrival>& window);
    void tell_limits(const provider_plan& who, engine::provider::reply& reply) const;
    void look_for_second_sale(const order& asked);

    const world_plan& plan_;
    engine::sim::virtual_clock& time_;
    std::function<void(std::string)> complain_;
    std::vector<std::unique_ptr<api>> apis_;
    int life_ = 0;
    const bool* alive_ = nullptr;

    std::map<std::string, std::size_t> asked_;                // by prompt: turns taken
    std::map<std::string, std::size_t> text_asked_;           // by input
    std::map<std::string, std::deque<arrival>> window_;       // by provider
    std::map<std::string, int> accepted_;                     // by provider
    std::map<std::string, std::vector<std::string>> answers_; // by provider: response ids, in order
    std::map<std::string, std::unique_ptr<kept_answer>> kept_; // by response id
    std::map<std::string, std::string> places_;                // conversation -> response id
    std::map<std::string, int> fetched_;                       // by response id
    int places_made_ = 0;
    bool accounts_open_ = false;
    std::map<std::string, billed_attempt> bill_;
    engine::base::microusd charged_;
    int in_flight_ = 0;
    std::int64_t requests_ = 0, turned_away_ = 0;
};

} // namespace proof
