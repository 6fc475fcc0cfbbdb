// conversation: one request and its answer, from waiting for a connection to giving it back.
//
// Two coroutines share it: go() does the work and writes the report as it goes, watch() sleeps
// until the time is up. Deadlines are fields, moved with the bytes for the price of a clock
// reading; nothing is armed or cancelled per read.
#pragma once

#include "engine/http/client.hpp"
#include "engine/http/connection_pool.hpp"
#include "engine/http/response_parser.hpp"
#include "engine/http/send_queue.hpp"

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace engine::http {

// What the exchanges of one client share.
struct client_core {
    client_options options;
    runtime::clock& time;
    std::unique_ptr<connector> connect;
    connection_pool pool;
    std::vector<char> read_buffer; // in use only between two waits
    std::uint64_t connections_opened = 0;
};

class conversation {
public:
    conversation(client_core& core, endpoint where, request wanted, std::string head_text,
                 response_handler& handler, runtime::steady_time deadline);
    conversation(const conversation&) = delete;
    conversation& operator=(const conversation&) = delete;

    // Runs until the report is final; true then. Never throws, because it runs in a race; when it
    // was cancelled, the report is as far as it came. The connection is kept or closed by then.
    [[nodiscard]] runtime::task<bool> go();
    // Ends when the time is up, with the failure that says which time.
    [[nodiscard]] runtime::task<base::failure> watch();

    [[nodiscard]] exchange_report& report() { return report_; }
    // What went wrong inside us (memory), to be thrown on; null if nothing did.
    [[nodiscard]] std::exception_ptr thrown() const { return thrown_; }

private:
    enum class phase { waiting, connecting, sending, awaiting, receiving };
    struct limit {
        runtime::steady_time when;
        errc code;
    };

    [[nodiscard]] runtime::task<> work();
    [[nodiscard]] runtime::task<std::unique_ptr<byte_stream>> open();
    [[nodiscard]] runtime::task<> converse(byte_stream& stream);
    void send(byte_stream& stream, send_queue& outgoing);
    [[nodiscard]] bool receive(byte_stream& stream);
    void take_bytes(std::size_t count);
    void end_of_stream(const io_step& step);
    void fail(base::failure why);
    void enter(phase next);
    [[nodiscard]] bool connection_was_stale() const;
    [[nodiscard]] limit next_limit() const;
    [[nodiscard]] std::chrono::milliseconds shortest_timeout() const;
    [[nodiscard]] double elapsed_ms() const;

    client_core& core_;
    endpoint where_;
    request wanted_;
    std::string head_text_;
    response_handler& handler_;
    runtime::steady_time deadline_;
    runtime::steady_time start_;
    runtime::steady_time last_progress_; // the phase began, or bytes moved
    phase phase_ = phase::waiting;
    connect_progress connecting_;
    exchange_report report_;
    std::exception_ptr thrown_;

    std::optional<response_parser> parser_;
    std::string carry_;                // received, but only the beginning of a line
    std::error_code send_error_;       // sending broke; an answer may still come
    bool announced_ = false;           // on_sending was called
    bool ended_ = false;               // there is nothing more to read
    bool surplus_ = false;             // the peer sent more than the answer
    bool reading_wants_write_ = false; // TLS has something of its own to say first
};

} // namespace engine::http
