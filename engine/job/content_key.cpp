#include "engine/job/content_key.hpp"

#include "engine/base/sha256.hpp"

namespace engine::job {

namespace {

// Length before value: no two different requests can write the same bytes.
void field(base::sha256& hash, std::string_view name, std::string_view value)
{
    hash.update(name);
    hash.update("=" + std::to_string(value.size()) + ":");
    hash.update(value);
    hash.update("\n");
}

} // namespace

std::string content_key(const item& wanted)
{
    const auto& request = wanted.request;
    base::sha256 hash;
    field(hash, "scheme", "darkroom-key-1");
    field(hash, "api",
          wanted.routes.empty() ? std::string_view{"images"} : wanted.routes.front().api);
    if (!wanted.routes.empty() && wanted.routes.front().simulated)
        field(hash, "simulated",
              "yes"); // or a real run would take the look-alike's pictures for its own
    field(hash, "model", request.model);
    // Named only where they are used: the keys of other items stay what they were.
    if (!wanted.routes.empty() && !wanted.routes.front().mainline_model.empty())
        field(hash, "mainline_model", wanted.routes.front().mainline_model);
    if (!request.action.empty())
        field(hash, "action", request.action);
    if (wanted.after)
        field(hash, "after", wanted.after->key);
    if (wanted.enrich) {
        field(hash, "enrich_model", wanted.enrich->model);
        field(hash, "enrich_instructions", wanted.enrich->instructions);
        field(hash, "enrich_tokens", std::to_string(wanted.enrich->output_tokens_max));
        if (wanted.enrich->simulated)
            field(hash, "enrich_simulated", "yes");
    }
    field(hash, "prompt", request.prompt);
    field(hash, "size", request.size ? to_string(*request.size) : "auto");
    field(hash, "quality", request.quality);
    field(hash, "background", request.background);
    field(hash, "moderation", request.moderation);
    field(hash, "input_fidelity", request.input_fidelity);
    field(hash, "format", name_of(request.expected_format()));
    field(hash, "compression", request.compression ? std::to_string(*request.compression) : "");
    for (const auto& reference : request.references)
        field(hash, "reference", reference.sha256);
    if (request.mask)
        field(hash, "mask", request.mask->sha256);
    field(hash, "copy", std::to_string(wanted.copy));
    return base::hex(hash.finish());
}

std::string enrichment_hash(const item& wanted)
{
    const auto& enrich = wanted.enrich.value();
    base::sha256 hash;
    field(hash, "scheme", "darkroom-enrich-1");
    if (enrich.simulated)
        field(hash, "simulated", "yes");
    field(hash, "model", enrich.model);
    field(hash, "instructions", enrich.instructions);
    field(hash, "output_tokens_max", std::to_string(enrich.output_tokens_max));
    field(hash, "prompt", wanted.request.prompt);
    return base::hex(hash.finish());
}

std::string prompt_hash(const image_request& request)
{
    return base::sha256_hex(request.prompt);
}

} // namespace engine::job
