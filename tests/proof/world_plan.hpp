// world_plan: everything that is decided about a world before it begins, made
// from a seed alone: what is wanted, under which policies, what the provider
// will do with each picture, and how each process over the folder will end.
//
// What the provider does depends on the picture and on how often it was asked
// for, never on time: so a world with crashes can be held against the same
// world without.
#pragma once

#include "engine/job/item.hpp"
#include "engine/job/price.hpp"
#include "engine/job/provider_spec.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace proof {

using std::chrono::milliseconds;

// One answer of the provider.
struct turn {
    engine::job::outcome outcome = engine::job::outcome::delivered;
    bool charged = false;         // of an answer that is lost, or refused when it was drawn
    bool possibly_billed = false; // the answer says so
    bool late = false;            // drawn and charged, but after the item's timeout
    bool broken = false;          // bad_output: not a picture at all, else one of a wrong size
};

// What becomes of one picture: so many turns, and then always the last.
struct fate {
    std::vector<turn> first;
    turn then;

    [[nodiscard]] const turn& at(std::size_t asked_before) const
    {
        return asked_before < first.size() ? first[asked_before] : then;
    }
};

struct provider_plan {
    engine::job::provider_spec spec;
    std::optional<double> images_per_minute; // the provider's own limit, in a sliding window
    bool limits_known = false;               // the run was told: then there must be no 429 at all
    bool says_limit_in_headers = false;      // else in the text of the 429
    std::int64_t input_price = 5;            // microUSD a token
    std::int64_t output_price = 30;
    std::optional<std::int64_t> flat_price; // microUSD a picture, instead
    milliseconds quickest{200}, slowest{20'000};
    std::optional<int> closes_account_after; // requests; from then on 401, until
                                             // a person has paid
    bool tells_usage = true;
    std::size_t forgets_answers_after = 1'000'000; // so many answers later
    bool keeps_answers = true;                     // of the Responses API, to be fetched once more
    bool makes_places = true; // conversations, in which an answer lies whoever heard of its id
};

// How one process over the folder goes.
struct life_plan {
    std::optional<std::uint64_t> crash_at_point; // right before that change of the disk
    std::optional<milliseconds> crash_at;        // after its start
    double kept = 1;                             // see memory_files::crash
    std::uint64_t seed = 1;
    std::optional<milliseconds> stop_at, cancel_at;
    std::optional<std::uint64_t> full_after; // bytes
    bool full_for_ever = false;
    std::optional<std::uint64_t> fails_at; // number of the change
    int error = 5;                         // EIO
    bool fails_for_ever = false;
    std::optional<milliseconds> wall_jump_at;
    milliseconds wall_jump{0};

    [[nodiscard]] bool calm() const
    {
        return !crash_at_point && !crash_at && !stop_at && !cancel_at && !full_after && !fails_at;
    }
};

struct world_plan {
    std::uint64_t seed = 0;
    std::vector<engine::job::item> items;
    std::map<std::string, fate> fates; // by prompt
    std::vector<provider_plan> providers;
    std::vector<life_plan> lives;              // then calm ones until nothing is left to do
    std::map<std::string, std::string> files;  // that the manifest refers to: path -> bytes
    std::optional<engine::base::microusd> cap; // of the folder
    std::optional<int> concurrency;
    bool keep_pictures = false;
    // Whether the same must come of it with and without its crashes: no cap,
    // nothing that ends an item for good because of one passing fault.
    bool comparable = true;

    [[nodiscard]] engine::job::price_table prices() const;
    // The same world in which nothing happens to the processes.
    [[nodiscard]] world_plan without_accidents() const;
};

inline constexpr std::string_view folder_of_world = "/out/world";

[[nodiscard]] world_plan make_plan(std::uint64_t seed);

// A plain item of the first provider, for worlds that are written by hand.
[[nodiscard]] engine::job::item plain_item(const std::string& id, const std::string& provider);
[[nodiscard]] provider_plan plain_provider(const std::string& name);

} // namespace proof
