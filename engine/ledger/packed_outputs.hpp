// packed_outputs: the stored outputs of a key in one string, because a history holds hundreds of
// thousands of them at once. Only history.cpp uses it.
#pragma once

#include "engine/job/event.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace engine::ledger {

// `packed` with the outputs of `ended` in front and without what it held of the same item id.
[[nodiscard]] std::string with_outputs_of(const job::item_ended& ended, std::string_view packed);

struct unpacked_outputs {
    std::string received_sha256; // of the newest
    std::vector<job::stored_output> outputs;
};
[[nodiscard]] unpacked_outputs unpack_outputs(std::string_view packed);

} // namespace engine::ledger
