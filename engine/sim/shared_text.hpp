// shared_text: bytes that several answers hold at once: a body, a file, a picture as base64.
#pragma once

#include <memory>
#include <string>

namespace engine::sim {

using shared_text = std::shared_ptr<const std::string>; // not null unless said so

} // namespace engine::sim
