// progress: what a person or a program sees while a run lasts. Four observers, one choice.
//
// None of them reads a clock or a terminal by itself: time comes with job::progress and the events,
// text goes to a sink, the width is asked of a function. So a test holds them word for word. One
// loop calls them; they are not thread safe.
#pragma once

#include "engine/job/observer.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

namespace engine::report {

// Takes whole pieces of text, newlines included. Called on the loop: must not block for long.
using text_sink = std::function<void(std::string_view)>;

// Nothing at all.
[[nodiscard]] std::unique_ptr<job::observer> make_no_progress();

// For logs and CI: one line every `every`, and one for each thing a person should know (failed and
// held items, pauses, warnings, the end). No control sequences.
struct plain_options {
    std::chrono::milliseconds every{5'000};
};
[[nodiscard]] std::unique_ptr<job::observer> make_plain_progress(text_sink sink,
                                                                 plain_options options = {});

// For programs: every event as its ledger line, and {"type":"progress",...} at most every `every`.
struct json_options {
    std::chrono::milliseconds every{1'000};
};
[[nodiscard]] std::unique_ptr<job::observer> make_json_progress(text_sink sink,
                                                                json_options options = {});

// For a terminal: a few lines, drawn over and over in place; restored when it is destroyed or the
// run ends. Above it stay the lines that a person should know.
struct screen_size {
    int columns = 80;
    int rows = 24;
};
struct screen_options {
    std::function<screen_size()> size; // asked at every drawing; empty = 80 x 24
    bool color = true;                 // NO_COLOR is for cli to read
    std::string_view title;            // the run's name; must outlive the observer
};
[[nodiscard]] std::unique_ptr<job::observer> make_screen_progress(text_sink sink,
                                                                  screen_options options = {});

// What the terminal behind `descriptor` says now; 80 x 24 where there is none.
[[nodiscard]] screen_size terminal_size(int descriptor);

} // namespace engine::report
