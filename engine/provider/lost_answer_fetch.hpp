// lost_answer_fetch: gets an answer whose way to us was cut: the stored response by its id, or what
// lies in the conversation that its request named.
//
// By plain GETs, never by re-joining the stream (`starting_after`): a stored response comes whole
// and once, while a stream would bring every partial image again, works only for what was begun
// with both `background` and `stream`, and has to be re-joined when it is cut in its turn. Nothing
// here can cost. Source: OpenAI's guide on background mode; contract section 4.
#pragma once

#include "engine/http/client.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/provider/request_wire.hpp"

#include <chrono>

namespace engine::provider {

// How often the provider is asked while it still works: guesses, between what a picture takes (10
// to 300 s) and what one more request costs anybody.
struct fetch_pace {
    std::chrono::milliseconds first{2'000};
    std::chrono::milliseconds longest{15'000}; // each wait is half as long again as the one before
};

class lost_answer_fetch {
public:
    // All must outlive every run().
    lost_answer_fetch(const provider_access& access, http::client& client, runtime::clock& time,
                      fetch_pace pace = {})
        : access_(access), client_(client), time_(time), pace_(pace)
    {}

    // As image_api::fetch(). The response's id is tried first; the conversation only when there is
    // none or the provider does not know it.
    [[nodiscard]] runtime::task<reply> run(answer_handle lost, bool is_edit, image_sink& sink,
                                           runtime::call_context context);

private:
    template <class Reader>
    [[nodiscard]] runtime::task<reply> poll(std::string target, std::string expected_id,
                                            bool is_edit, image_sink& sink,
                                            runtime::call_context context);

    const provider_access& access_;
    http::client& client_;
    runtime::clock& time_;
    fetch_pace pace_;
};

} // namespace engine::provider
