// shared_account: what the runs of this host that use one key know of each other: who is there, and
// what was learned about the limits. A folder, one for each account:
//   members/run-NAME   held by a lock as long as that run lives; the system drops it with the
//                      process, so a run that died is noticed and swept away by the others
//   limits.json        what was learned, with its age, and pauses that may still last
// The folder's name says nothing about the key (see account_folder_name). All calls block for less
// than a millisecond on a local disk but for write_down(), which syncs.
#pragma once

#include "engine/base/wall_time.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/runtime/files.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace engine::run {

// SHA-256 of address and key, in hexadecimal: the same for all runs that use both, and nothing from
// which the key could be read.
[[nodiscard]] std::string account_folder_name(std::string_view base_url, std::string_view key);

class shared_account {
public:
    // What was learned longer ago is forgotten. Providers raise limits by the age of an account and
    // what it paid, in steps of 7 days and more (OpenAI, "Rate limits", usage tiers, 2026); what
    // has become too low without headers to say so must not slow runs down for ever.
    static constexpr std::chrono::days learned_age_max{7};
    static constexpr int members_max = 1'000; // more are not counted; ours, against hostile folders

    // `folder` may not exist yet; `member`: letters, digits, '-': this run's name. `disk` must
    // outlive it.
    shared_account(runtime::files& disk, std::string folder, std::string member);
    ~shared_account() { leave(); }
    shared_account(const shared_account&) = delete;
    shared_account& operator=(const shared_account&) = delete;

    // Says that this run is here, or not any more.
    [[nodiscard]] base::result<void> join();
    void leave();
    [[nodiscard]] bool joined() const { return lock_ != nullptr; }

    struct part {
        int index = 0; // of this run, in the order of names, which all see alike
        int of = 1;
    };
    // Who is here, with us, who must have joined. Sweeps away who has died.
    [[nodiscard]] base::result<part> count();

    struct knowledge {
        job::rate_limits limits;
        std::optional<base::wall_time> paused_until; // in the future
    };
    // By model; "" = the whole account. Nothing was ever written: empty. A file that cannot be read
    // is a failure, and is replaced by the next write_down().
    [[nodiscard]] base::result<std::map<std::string, knowledge>> recall(base::wall_time now) const;

    // `bucket`: "requests_per_minute", "images_per_minute", "tokens_per_minute".
    void learned(const std::string& model, const std::string& bucket, double per_minute,
                 base::wall_time now);
    void paused(const std::string& model, base::wall_time until);
    [[nodiscard]] bool has_news() const { return news_; }
    // Adds what is new to what others have written.
    [[nodiscard]] base::result<void> write_down(base::wall_time now);

private:
    struct fact {
        double per_minute = 0;
        base::wall_time at;
    };
    struct memory {
        std::map<std::pair<std::string, std::string>, fact> limits; // by model and bucket
        std::map<std::string, base::wall_time> pauses;              // by model
    };
    [[nodiscard]] base::result<memory> read(base::wall_time now) const;
    [[nodiscard]] std::string members() const { return folder_ + "/members"; }
    [[nodiscard]] std::string limits_file() const { return folder_ + "/limits.json"; }

    runtime::files& disk_;
    std::string folder_;
    std::string name_; // of our member file
    std::unique_ptr<runtime::file_lock> lock_;
    memory own_;
    bool news_ = false;
};

} // namespace engine::run
