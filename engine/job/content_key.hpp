// content_key: the name of a picture by everything that changes it. Resume, reuse and
// de-duplication go by it.
#pragma once

#include "engine/job/item.hpp"

#include <string>

namespace engine::job {

// SHA-256 over route family (api, and whether the look-alike makes it), model, every sent parameter
// that changes the picture, the final prompt, the bytes (by hash) and order of references and mask,
// and the copy index. Not: provider, id, outputs, streaming, retry, timeouts. 64 hexadecimal
// digits. The first line hashed names the scheme ("darkroom-key-1"), so that a later change cannot
// meet an old key by chance.
[[nodiscard]] std::string content_key(const item& wanted);

// Names what an enrichment makes of a prompt: SHA-256 over text model, instructions, bound and
// prompt. The item must have an enrichment.
[[nodiscard]] std::string enrichment_hash(const item& wanted);

// SHA-256 of the prompt's text, for ledgers that must not hold it.
[[nodiscard]] std::string prompt_hash(const image_request& request);

} // namespace engine::job
