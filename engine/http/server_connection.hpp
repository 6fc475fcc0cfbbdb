// server_connection: the requests of one connection, one after the other, and the answers to them.
#pragma once

#include "engine/http/request_parser.hpp"
#include "engine/http/send_queue.hpp"
#include "engine/http/server.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace engine::http {

class server_connection {
public:
    // `read_buffer` is shared by the connections of a loop and holds at least twice
    // `header_bytes_max`. It and `answer` must live until run() is done.
    server_connection(std::unique_ptr<byte_stream> stream, std::string peer,
                      const server_options& options, std::vector<char>& read_buffer,
                      const handler& answer);

    // Until one side closes. Only cancellation is thrown.
    [[nodiscard]] runtime::task<> run();

private:
    [[nodiscard]] runtime::task<bool> read_request(request_parser& parser);
    [[nodiscard]] runtime::task<bool> take_more();
    [[nodiscard]] runtime::task<bool> answer(request_parser& parser);
    [[nodiscard]] runtime::task<> refuse(int status);

    std::unique_ptr<byte_stream> stream_;
    std::string peer_;
    const server_options& options_;
    std::vector<char>& buffer_;
    const handler& handler_;
    std::string received_; // and not read yet
};

// Writes all of it; false when the client has gone.
[[nodiscard]] runtime::task<bool> send_all(byte_stream& stream, send_queue outgoing);

} // namespace engine::http
