// memory_stream: the two ends of a connection inside this process, without sockets.
//
// For rehearsals on a virtual clock and for tests that decide how bytes are cut.
#pragma once

#include "engine/http/byte_stream.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace engine::http {

struct memory_stream_options {
    std::size_t buffer_bytes = 64 * 1024;  // each way, sent and not read yet; > 0
    std::size_t read_bytes_max = SIZE_MAX; // that one read gives; > 0
};

// One loop owns both ends. Either may be destroyed first; the other then sees the end of the
// stream.
[[nodiscard]] std::pair<std::unique_ptr<byte_stream>, std::unique_ptr<byte_stream>>
make_memory_streams(const runtime::asio::any_io_executor& executor,
                    memory_stream_options options = {});

} // namespace engine::http
