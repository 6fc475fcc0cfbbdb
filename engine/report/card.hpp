// card: one item of the contact sheet as HTML.
#pragma once

#include "engine/job/event.hpp"

#include <optional>
#include <string>

namespace engine::report {

struct card_facts {
    std::string id;
    job::item_state state = job::item_state::open;
    std::optional<job::item_ended> item;       // nothing: it never ended
    std::optional<job::attempt_ended> attempt; // the delivered one, else the last
    std::string picture;                       // URL for src; empty = none
    bool picture_is_file = false;              // not inside the page: load it when it is seen
};
[[nodiscard]] std::string card_html(const card_facts& facts);

// "done" with its mark, as the page shows states everywhere: never by colour alone.
[[nodiscard]] std::string state_badge(job::item_state state);

} // namespace engine::report
