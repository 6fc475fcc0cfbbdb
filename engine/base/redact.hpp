// redact: takes secrets out of text before it is written anywhere.
//
// Two nets: the exact keys this process holds (told once, at start, by cli), and anything shaped
// like a key. The list of known keys is the one piece of process-wide state below cli: a key must
// not leak from any room, however it got there.
#pragma once

#include <string>
#include <string_view>

namespace engine::base {

// From now on `secret` (>= 6 bytes; shorter is ignored) is replaced in everything redact_secrets()
// sees. Thread safe.
void remember_secret(std::string_view secret);

// `text` with known secrets, "sk-..." style tokens and "Bearer ..." values replaced by
// "[redacted]". Thread safe.
[[nodiscard]] std::string redact_secrets(std::string text);

// Only the known secrets: for names that a later run must find again (paths, ids), because a
// product number like "sk-20417-oak" is shaped like a key too. Thread safe.
[[nodiscard]] std::string redact_known_secrets(std::string text);

} // namespace engine::base
