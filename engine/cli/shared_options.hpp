// shared_options: the options that several commands share, and what they must look like. With
// arguments.cpp the only place that knows CLI11.
#pragma once

#include "engine/cli/settings.hpp"

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Validator;
} // namespace CLI

namespace engine::cli {

// Options of a run as they are typed.
struct running_words {
    std::string max_cost, deadline;
    std::vector<std::string> halts;
};

void add_manifest(CLI::App& command, std::string& manifest,
                  const std::string& what = "The manifest, a YAML file");
// Which items, and how.
void add_selection(CLI::App& command, selection& items);
void add_reopening(CLI::App& command, selection& items);
void add_cache(CLI::App& command, std::optional<std::string>& cache);
// What bounds a run, also a rehearsed one.
void add_bounds(CLI::App& command, running_words& words, run_settings& wanted);
// What `run` and `retry` have in common.
void add_running(CLI::App& command, running_words& words, run_settings& wanted);
// The words as values; they have been checked.
void read_running(const running_words& words, run_settings& wanted);

// What a word must be.
[[nodiscard]] CLI::Validator dollars();
[[nodiscard]] CLI::Validator deadlines();
[[nodiscard]] CLI::Validator classes(); // ways in which an item can have been given up

} // namespace engine::cli
