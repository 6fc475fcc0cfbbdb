// keys: every key that a manifest may have, by the mapping it stands in. The reader refuses all
// others, "did you mean" chooses from these, and a test holds schemas/manifest.schema.json against
// them.
#pragma once

#include <array>
#include <string_view>

namespace engine::manifest::keys {

inline constexpr std::array<std::string_view, 10> document = {
    "version", "name",  "providers",  "models",   "budget",
    "log",     "cache", "references", "defaults", "jobs"};
inline constexpr std::array<std::string_view, 12> provider = {
    "dialect", "base_url",        "api_key_env", "deployment", "api_version",    "limits",
    "prices",  "response_format", "wire",        "network",    "delete_uploads", "simulate"};
inline constexpr std::array<std::string_view, 7> network = {
    "ca_file",         "client_certificate", "client_key",  "proxy",
    "connect_timeout", "first_byte_timeout", "idle_timeout"};
inline constexpr std::array<std::string_view, 7> limits = {"requests_per_minute",
                                                           "images_per_minute",
                                                           "tokens_per_minute",
                                                           "concurrency",
                                                           "reference_weight",
                                                           "learned_for",
                                                           "models"};
inline constexpr std::array<std::string_view, 4> model_limits = {
    "requests_per_minute", "images_per_minute", "tokens_per_minute", "concurrency"};
inline constexpr std::array<std::string_view, 3> prices = {"per_image_usd", "models",
                                                           "text_models"};
inline constexpr std::array<std::string_view, 3> text_price = {"input", "input_cached", "output"};
inline constexpr std::array<std::string_view, 6> model_price = {
    "per_image_usd", "input_text", "input_cached", "input_image", "output_image", "output_text"};
inline constexpr std::array<std::string_view, 3> budget = {"max_cost_usd", "max_cost_per_day_usd",
                                                           "allow_unpriced"};
inline constexpr std::array<std::string_view, 1> job_budget = {"max_cost_usd"};
inline constexpr std::array<std::string_view, 1> log = {"prompts"};
inline constexpr std::array<std::string_view, 2> reference = {"file", "rights"};
inline constexpr std::array<std::string_view, 31> job = {
    "id",         "rows",           "matrix", "count",       "prompt",    "references",
    "mask",       "route",          "model",  "size",        "quality",   "background",
    "moderation", "input_fidelity", "format", "compression", "stream",    "partial_images",
    "timeout",    "retry",          "expect", "path",        "outputs",   "after",
    "partials",   "action",         "enrich", "fallback",    "downgrade", "budget",
    "priority"};
inline constexpr std::array<std::string_view, 4> prompt = {"subject", "composition", "style",
                                                           "avoid"};
inline constexpr std::array<std::string_view, 4> route = {"provider", "api", "model",
                                                          "image_model"};
inline constexpr std::array<std::string_view, 4> enrich = {"model", "provider", "instructions",
                                                           "max_output_tokens"};
inline constexpr std::array<std::string_view, 7> fallback = {
    "overloaded", "rate_limited", "not_sent", "refused", "invalid", "account", "bad_output"};
inline constexpr std::array<std::string_view, 2> downgrade = {"size", "quality"};
inline constexpr std::array<std::string_view, 2> retry = {"max_attempts", "on_unknown"};
inline constexpr std::array<std::string_view, 3> expect = {"size", "format", "alpha"};
inline constexpr std::array<std::string_view, 10> output = {
    "name", "format", "quality",  "lossless",   "key_background",
    "fit",  "text",   "metadata", "background", "path"};
inline constexpr std::array<std::string_view, 4> key_background = {"color", "tolerance", "softness",
                                                                   "holes"};
inline constexpr std::array<std::string_view, 13> text = {
    "text",  "font",   "size",        "fit",       "min_size", "color", "box",
    "align", "valign", "line_height", "max_lines", "outline",  "shadow"};
inline constexpr std::array<std::string_view, 4> box = {"x", "y", "width", "height"};
inline constexpr std::array<std::string_view, 2> outline = {"color", "width"};
inline constexpr std::array<std::string_view, 4> shadow = {"color", "x", "y", "blur"};
inline constexpr std::array<std::string_view, 5> fit = {"width", "height", "mode", "enlarge",
                                                        "pad_color"};

} // namespace engine::manifest::keys
