// byte_stream: an open connection, whatever carries it (TCP, TLS over TCP, memory).
//
// Reading and writing never block: they do what can be done now and say what to wait for. So one
// buffer can serve all streams of a loop, and a coroutine is suspended once per wait, not per read.
#pragma once

#include "engine/base/result.hpp"
#include "engine/http/url.hpp"
#include "engine/runtime/task.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace engine::http {

enum class io_state {
    done,       // `bytes` > 0 were moved
    want_read,  // nothing now: wait until readable, then the same call again
    want_write, // nothing now: wait until writable, then the same call again
    closed,     // reading only: the peer ended the stream in order
    failed,     // broken; `error` says how. After a failed write, reading may still find something.
};
struct io_step {
    io_state state = io_state::done;
    std::size_t bytes = 0;
    std::error_code error{};
};
enum class io_wait { readable, writable, either };
enum class idle_state { quiet, has_bytes, gone };

class byte_stream {
public:
    virtual ~byte_stream() = default;                                  // closes
    [[nodiscard]] virtual io_step read_some(std::span<char> room) = 0; // room not empty
    // Writes from the front of the first pieces. After want_*, the next call must begin with the
    // same bytes.
    [[nodiscard]] virtual io_step write_some(std::span<const std::string_view> pieces) = 0;
    // May return early; the next read or write says whether it is so. Can be cancelled. One waiter.
    [[nodiscard]] virtual runtime::task<> wait(io_wait what) = 0;
    // What an idle connection has become, looked at without waiting. Only a quiet one may be used
    // for another request.
    [[nodiscard]] virtual idle_state look() = 0;
    // Whether a failed write may have handed bytes to the peer that write_some() did not report.
    [[nodiscard]] virtual bool hides_written_bytes() const = 0;
    // Whether its TLS handshake was a short one, by the session of an earlier connection.
    [[nodiscard]] virtual bool resumed() const { return false; }
    // Says goodbye as far as that needs no waiting, and closes.
    virtual void close() = 0;
    // Closes so that the peer sees a reset, not an end.
    virtual void abort() = 0;
};

// What a connection in the making waits for, for messages.
struct connect_progress {
    std::string_view step; // "looking up the name"; a literal
};

// Opens connections. The real one dials TCP and TLS; sim has one without sockets.
class connector {
public:
    virtual ~connector() = default;
    // One connection, ready for the first request. Failures: resolve_failed, connect_failed,
    // proxy_failed, proxy_refused, tls_failed, certificate_invalid, trust_store_failed,
    // client_certificate_failed. The caller sets the time limit by cancelling, and can read
    // then how far it came; `progress` must live until the task is done.
    [[nodiscard]] virtual runtime::task<base::result<std::unique_ptr<byte_stream>>>
    connect(endpoint where, connect_progress& progress) = 0;
};

} // namespace engine::http
