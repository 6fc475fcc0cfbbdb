// behaviour: what the look-alike answers to a request, and what it charges: everything but sockets,
// threads and clocks. docs/simulator.md describes it for users.
//
// One thread owns it. respond() decides at once (limits, faults, the bill) and leaves the drawing
// to the functions in the script, which may run on any thread.
#pragma once

#include "engine/http/message.hpp"
#include "engine/job/simulator_profile.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/sim/attempt_counter.hpp"
#include "engine/sim/bill.hpp"
#include "engine/sim/conversation_store.hpp"
#include "engine/sim/drawing.hpp"
#include "engine/sim/file_store.hpp"
#include "engine/sim/rate_window.hpp"
#include "engine/sim/response_store.hpp"
#include "engine/sim/result_store.hpp"
#include "engine/sim/routes.hpp"
#include "engine/sim/script.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace engine::sim {

struct incoming_request {
    std::string method;
    std::string path;  // "/v1/images/edits"
    std::string query; // without '?'
    http::header_list headers;
    shared_text body;
};

struct moment {
    runtime::steady_time steady;
    base::wall_time wall;
};

struct behaviour_options {
    std::size_t bill_entries_max = 1'000'000; // beyond, only sums
    std::size_t contents_max = 2'000'000;     // of which it is known how often they were asked for
    std::size_t background_max = 10'000;      // responses under way in the background
    file_store_options files{};
    response_store_options responses{};
};

class behaviour {
public:
    explicit behaviour(job::simulator_profile profile, behaviour_options options = {});
    behaviour(const behaviour&) = delete;
    behaviour& operator=(const behaviour&) = delete;

    [[nodiscard]] script respond(const incoming_request& request, moment now);

    // For a script with a serial: its charge_step was reached. At most once.
    void charge(std::uint64_t serial);
    // For a script with a serial, once: it is over. `status` is what was answered, 0 if nothing.
    // A script that was to be charged and was not yet is charged now, except when it was rejected.
    void ended(std::uint64_t serial, ending how, int status);

    // For a script with a serial, before ended(): the client has left between these two times
    // since its request was complete. A response in the foreground that had not ended by then is
    // given up: charged all the same, and not to be had any more (see wire.finishes_abandoned).
    void abandoned(std::uint64_t serial, std::chrono::microseconds earliest,
                   std::chrono::microseconds latest);

    // Writes down what ended by itself until then: work in the background. respond() does it too.
    void settle(runtime::steady_time now);

    [[nodiscard]] const bill& the_bill() const { return bill_; }
    [[nodiscard]] const job::simulator_profile& profile() const { return profile_; }

private:
    struct call;   // one request on its way through; call.hpp
    struct bucket; // one limit and what a request takes of it
    struct debt {
        job::usage used;
        int partials = 0;
        bool owed = false;
        std::string response_id{};          // forgotten when the request turns out to be wrong
        ending planned = ending::delivered; // of work in the background
    };

    [[nodiscard]] script send(call& from, const destination& where);
    [[nodiscard]] script azure(call& from, const destination& where);
    [[nodiscard]] script models(const call& from) const;
    [[nodiscard]] script model(const call& from, const std::string& name) const;
    [[nodiscard]] script show_bill(const call& from) const;
    [[nodiscard]] script images(call& from, order_or_error order);
    [[nodiscard]] script accepted(call& from, image_order order, const fate& drawn);
    void open_entry(const call& from, debt owed, int images);

    // behaviour_responses.cpp
    [[nodiscard]] script responses(call& from);
    [[nodiscard]] script answer_response(call& from, response_order order, const fate& drawn);
    [[nodiscard]] script response(call& from, const std::string& id);
    [[nodiscard]] script cancel_response(call& from, const std::string& id);

    // behaviour_conversations.cpp
    [[nodiscard]] script conversations(call& from);
    [[nodiscard]] script conversation(call& from, const std::string& id);
    [[nodiscard]] script conversation_items(call& from, const std::string& id);
    [[nodiscard]] earlier_conversation conversation_before(std::string_view id,
                                                           runtime::steady_time now);

    // behaviour_files.cpp
    [[nodiscard]] script files(call& from);
    [[nodiscard]] script file(call& from, const std::string& id);
    [[nodiscard]] script file_content(call& from, const std::string& id);
    [[nodiscard]] script result_file(call& from, const std::string& name);
    [[nodiscard]] std::vector<std::string> result_urls(const call& from,
                                                       const image_order& order) const;

    // Limits and fate of a request that has been understood; a script when it ends here.
    [[nodiscard]] std::optional<script> admit(call& from, const fate_subject& subject, fate& drawn);
    [[nodiscard]] script refuse(call& from, const api_error& error, ending how);
    [[nodiscard]] std::array<bucket, 3> buckets_of(const call& from);
    [[nodiscard]] std::optional<script> over_limit(call& from);
    [[nodiscard]] script spurious_limit(call& from, const fate& drawn);
    [[nodiscard]] bool is_moderated(std::string_view prompt) const;
    [[nodiscard]] bool has_key(const incoming_request& request) const;
    [[nodiscard]] static api_error wrong_key(const incoming_request& request, bool azure);
    void add_processing_header(call& from, std::chrono::microseconds latency) const;
    void add_limit_headers(http::header_list& headers, runtime::steady_time now);
    [[nodiscard]] bill_entry entry_of(const call& from, ending how, int status) const;

    job::simulator_profile profile_;
    rate_window requests_, images_, tokens_;
    attempt_counter attempts_;
    bill bill_;
    std::size_t background_max_;
    std::map<std::uint64_t, debt> debts_; // of the scripts under way, by serial
    // Background responses under way: when they end, their serial and their id.
    std::multimap<runtime::steady_time, std::pair<std::uint64_t, std::string>> background_;
    file_store files_;
    response_store responses_;
    conversation_store conversations_;
    std::shared_ptr<result_store> results_;
    std::uint64_t serial_ = 0;
    std::shared_ptr<picture_store> store_;
};

} // namespace engine::sim
