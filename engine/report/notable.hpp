// notable: the sentences about a run that a person should read, whatever the display.
#pragma once

#include "engine/job/event.hpp"
#include "engine/job/observer.hpp"
#include "engine/report/pace.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace engine::report {

enum class tone { calm, good, warning, bad };

struct notable {
    tone how = tone::calm;
    std::string text; // one line, printable, no newline
};

// Nothing for what happens all the time: intents, attempts, items that are done.
[[nodiscard]] std::optional<notable> notable_of(const job::event& happened);

// Why an item is not done: "refused: moderation_blocked", the cause once only.
[[nodiscard]] std::string why_text(const job::item_ended& ended);

// "lamp-studio: 12.4 s, $0.0412" and the like, for an item that ended.
[[nodiscard]] std::string item_line(const job::item_ended& ended);

// "$2.35 of $25.00 (+$1.20 reserved)"
[[nodiscard]] std::string money_of(const job::progress& now);

// "about 35 s left"
[[nodiscard]] std::string time_left_text(std::chrono::milliseconds left);

// "16 in flight, 2 encoding, 30 waiting"; parts that are nothing are left out.
[[nodiscard]] std::string activity_of(const job::progress& now);

} // namespace engine::report
