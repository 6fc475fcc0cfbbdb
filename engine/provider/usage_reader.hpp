// usage_reader: token counts out of an answer, in every shape in which providers tell them.
#pragma once

#include "engine/base/json.hpp"
#include "engine/job/usage.hpp"

#include <optional>

namespace engine::provider {

// The image model's usage: `usage` of the Images API, `tool_usage.image_gen` of the Responses API.
// Nothing when it holds no output tokens and no cost: a picture without them is no usage, and to
// settle by it would free money that was charged. `is_edit`: input whose kind is not told counts as
// image input, the dearer reading.
[[nodiscard]] std::optional<job::usage> read_image_usage(const base::json& said, bool is_edit);

// `usage` of the Responses API: the text model's, added to `used` as mainline tokens. True if there
// were any.
bool add_mainline_usage(const base::json& said, job::usage& used);

} // namespace engine::provider
