// world: a small model of providers, answers and money around a scheduler, by seed.
//
// It plays everything outside (arrival jitter, sliding windows, latencies, outages, prices), keeps
// its own books, and after every step holds the scheduler's promises against them. What breaks is a
// line in `faults`, with the virtual time.
#pragma once

#include "desk.hpp"
#include "engine/base/random.hpp"

#include <deque>
#include <map>
#include <queue>
#include <set>

namespace test {

using std::chrono::milliseconds;

// One provider. Times in milliseconds; chances add up to less than 1, the rest is delivered.
struct server_settings {
    std::optional<double> requests_per_minute; // what it enforces, in any 60 s by arrival
    std::optional<double> images_per_minute;
    std::uint64_t jitter = 499; // on the way to it, less than this
    std::uint64_t latency_min = 1'000, latency_max = 20'000;
    double not_sent = 0, overloaded = 0, unknown = 0, refused = 0, invalid = 0, bad_output = 0;
    bool names_wait = true; // retry-after on a 429
    bool teaches = true;    // limit and bucket in the text of a 429
    std::vector<std::pair<milliseconds, milliseconds>> outages; // from the start of the run
    std::optional<milliseconds> account_fails_at;
};

struct world_settings {
    schedule::options options;
    std::vector<server_settings> servers; // one for each route
    std::uint64_t items = 200;
    std::int64_t reserve_min = 10'000, reserve_max = 200'000; // microusd
    double cost_min = 0.2, cost_max = 1;                      // of the reservation
    std::uint64_t images_max = 1;                             // units of an item: 1 to this
    double second_choice = 0.5;                               // chance of a fallback route
    double buys_again = 0.3;                                  // chance of on_unknown: retry
    std::uint64_t settle_max = 2'000;
    std::uint64_t wake_late_max = 0; // microseconds
    std::size_t jobs = 1; // items belong to one of them by chance; options.job_purses apply
    int priorities = 1;   // that of job i is i modulo this
    std::vector<milliseconds> days; // when another day begins
    std::optional<milliseconds> pause_at, resume_at;
    // Some items take `long_one` instead of the server's latency; the scheduler is told or not.
    double long_chance = 0;
    milliseconds long_one{0};
    bool tells_expected = false;
    std::optional<milliseconds> drain_at, cancel_at;
};

class world {
public:
    world(world_settings wanted, std::uint64_t seed);

    // To the end of the run, or to the first few faults.
    void run();

    std::vector<std::string> faults;
    std::uint64_t fingerprint = 0;                           // of every action in order
    std::map<std::string, int> ends;                         // by "state cause"
    std::int64_t refusals = 0;                               // 429s that the servers sent
    std::vector<std::vector<schedule::time_point>> arrivals; // accepted, by route
    std::optional<schedule::time_point> all_offered;
    schedule::counters last() const { return machine_.count(); }
    schedule::duration elapsed() const { return now_ - begin_; }
    schedule::time_point begin() const { return begin_; }

private:
    struct item {
        schedule::candidate wanted;
        milliseconds latency{0}; // of every answer for it; 0 = by the server's chance
        bool running = false, on_wire = false, ended = false, started = false;
        bool offered = false; // and the step that did so is over
        std::size_t route = 0;
        microusd reserved;
        double images = 1;
        int burnt = 0;
    };
    struct arrival { // a request reaches its server
        std::uint64_t item = 0;
    };
    struct happening {
        schedule::time_point at;
        std::uint64_t order;
        std::variant<schedule::event, arrival> what;
        bool operator>(const happening& other) const
        {
            return std::tie(at, order) > std::tie(other.at, other.order);
        }
    };
    struct window { // units in the last 60 s
        std::deque<std::pair<schedule::time_point, double>> log;
        double units = 0;
        // After dropping what is older than 60 s at `now`.
        double at(schedule::time_point now);
        void add(schedule::time_point now, double drawn);
    };
    struct route {
        window sent_requests, sent_images;                  // by start, as the scheduler sees it
        window arrived_requests, arrived_images;            // by arrival, as the server sees it
        std::optional<double> requests_limit, images_limit; // in force for the scheduler
        int on_wire = 0;
        std::map<std::string, schedule::time_point> paused_until; // by reason
        bool stopped = false;
        std::map<std::size_t, std::uint64_t> newest_fresh; // last new item that started, by job
    };

    void tell(const schedule::event& happened);
    void obey(const schedule::action& wanted);
    void on_start(const schedule::start_attempt& start);
    void on_finish(const schedule::finish_item& finish);
    void send(item& it);
    void serve(item& it);
    schedule::attempt_settled refused_by(const server_settings& server, route& on, double images);
    void hold_promises();
    [[nodiscard]] bool may_be_refused(const item& it) const;
    void check_order(const item& it, std::uint64_t number, const schedule::start_attempt& start);
    void later(schedule::time_point at, std::variant<schedule::event, arrival> what);
    void offer_some();
    void fault(const std::string& what);
    schedule::attempt_settled answer(const server_settings& server, const item& it);
    [[nodiscard]] milliseconds random_ms(std::uint64_t low, std::uint64_t high);

    world_settings settings_;
    engine::base::random random_;
    schedule::time_point begin_{10h};
    schedule::time_point now_{10h};
    schedule::scheduler machine_;
    std::vector<item> items_;
    std::vector<route> routes_;
    std::priority_queue<happening, std::vector<happening>, std::greater<>> coming_;
    std::uint64_t order_ = 0;
    std::uint64_t ended_ = 0;
    std::int64_t on_wire_ = 0;
    microusd spent_, reserved_, spent_today_;
    std::vector<microusd> job_spent_, job_reserved_;
    bool paused_ = false;
    bool stopped_ = false, told_end_ = false;
};

} // namespace test
