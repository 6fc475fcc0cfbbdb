// url_fetch: brings an image that lies at an address into a sink. A plain GET to a stranger: no
// key, no headers of ours but Accept, no redirect followed, bounded.
#pragma once

#include "engine/base/result.hpp"
#include "engine/http/client.hpp"
#include "engine/provider/image_api.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace engine::provider {

struct fetched_url {
    std::optional<base::failure> failure; // nothing = the whole image is in the sink
    bool sink_failed = false;             // the failure is the sink's own
    std::uint64_t bytes_received = 0;
};

// `https_only`: an http address is refused. At most 128 MiB. `client` and `sink` must outlive the
// task.
[[nodiscard]] runtime::task<fetched_url> fetch_url(http::client& client, std::string address,
                                                   bool https_only, image_sink& sink,
                                                   runtime::call_context context);

} // namespace engine::provider
