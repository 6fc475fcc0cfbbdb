// request_wire: what every request of a provider has in common: where it goes, which headers it
// carries, how a reference is named in JSON.
#pragma once

#include "engine/http/url.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/provider/json_body.hpp"

#include <string>
#include <string_view>

namespace engine::provider {

// An endpoint with its key. The key leaves only in the header that the dialect names, only to
// `endpoint`.
struct provider_access {
    job::provider_spec spec;
    http::endpoint endpoint;
    std::string api_key; // empty = no key is sent
};

// `base_path`, `path` and the query, with {deployment} and {api_version} filled in and escaped.
[[nodiscard]] std::string request_target(const std::string& base_path, const std::string& path,
                                         const job::wire_switches& wire, std::string_view model);

// The same of one thing below `path`, such as a stored response: `id` is escaped, so that no id can
// lead elsewhere; `below` is what follows it ("/items").
[[nodiscard]] std::string request_target_of(const std::string& base_path, const std::string& path,
                                            std::string_view id, std::string_view below,
                                            const job::wire_switches& wire, std::string_view model);

// Adds the key, the dialect's headers and those of our own. `model` is for {deployment}.
void add_common_headers(http::header_list& headers, const provider_access& access,
                        std::string_view model, std::string_view accept,
                        const std::string& client_request_id);

// The model as this provider wants to hear it.
[[nodiscard]] std::string model_on_wire(const job::wire_switches& wire, std::string_view model);
[[nodiscard]] bool is_sent(const job::wire_switches& wire, std::string_view field);

// {"file_id":"..."} or {"image_url":"data:..."} of the n-th reference, or of the mask. A file id
// that was used is noted in `prepared`.
void write_reference(json_body& body, prepared_request& prepared, encoded_images& encoded,
                     const job::image_request& request, const image_inputs& inputs, std::size_t n);
void write_mask(json_body& body, prepared_request& prepared, encoded_images& encoded,
                const job::image_request& request, const image_inputs& inputs);

// Names a body without reading image bytes again: its text and its images' hashes.
[[nodiscard]] std::string body_hash(const std::vector<std::pair<std::string, std::string>>& fields,
                                    const job::image_request& request);

} // namespace engine::provider
