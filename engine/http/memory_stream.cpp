#include "engine/http/memory_stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <string>

namespace engine::http {

using namespace runtime;

namespace {

// What one end has sent and the other may read.
struct channel {
    std::string bytes;
    bool ended = false; // by its sender
    bool reset = false; // by either side
};

struct link {
    link(const asio::any_io_executor& executor, memory_stream_options bounds)
        : options(bounds), bells{bell(executor), bell(executor)}
    {}

    static asio::steady_timer bell(const asio::any_io_executor& executor)
    {
        return {executor, asio::steady_timer::time_point::max()};
    }

    memory_stream_options options;
    channel channels[2];         // [i] is sent by end i
    asio::steady_timer bells[2]; // [i] wakes end i
};

class memory_stream final : public byte_stream {
public:
    memory_stream(std::shared_ptr<link> shared, std::size_t side)
        : link_(std::move(shared)), side_(side)
    {}
    ~memory_stream() override { close_side(); }

    io_step read_some(std::span<char> room) override
    {
        auto& incoming = link_->channels[1 - side_];
        if (closed_)
            return failed(std::errc::not_connected);
        if (incoming.reset)
            return failed(std::errc::connection_reset);
        if (incoming.bytes.empty())
            return {incoming.ended ? io_state::closed : io_state::want_read};
        const std::size_t count =
            std::min({room.size(), incoming.bytes.size(), link_->options.read_bytes_max});
        std::copy_n(incoming.bytes.begin(), count, room.begin());
        incoming.bytes.erase(0, count);
        wake_peer(); // there is room again
        return {io_state::done, count};
    }

    io_step write_some(std::span<const std::string_view> pieces) override
    {
        auto& outgoing = link_->channels[side_];
        if (closed_)
            return failed(std::errc::not_connected);
        // A peer that has closed answers with a reset.
        if (outgoing.reset || link_->channels[1 - side_].ended)
            return failed(std::errc::broken_pipe);
        std::size_t count = 0;
        for (const auto piece : pieces) {
            const auto room = link_->options.buffer_bytes - outgoing.bytes.size();
            const auto part = piece.substr(0, room);
            outgoing.bytes += part;
            count += part.size();
            if (part.size() < piece.size())
                break;
        }
        if (count == 0)
            return {io_state::want_write};
        wake_peer();
        return {io_state::done, count};
    }

    task<> wait(io_wait what) override
    {
        const bool ready =
            (what != io_wait::writable && readable()) || (what != io_wait::readable && writable());
        if (ready)
            co_return;
        boost::system::error_code ignored; // a ring; a cancellation comes out of the next co_await
        co_await link_->bells[side_].async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }

    idle_state look() override
    {
        const auto& incoming = link_->channels[1 - side_];
        if (closed_ || incoming.reset)
            return idle_state::gone;
        if (!incoming.bytes.empty())
            return idle_state::has_bytes;
        return incoming.ended ? idle_state::gone : idle_state::quiet;
    }

    [[nodiscard]] bool hides_written_bytes() const override { return false; }

    void close() override { close_side(); }

    void abort() override
    {
        for (auto& direction : link_->channels)
            direction.reset = true;
        close_side();
    }

private:
    static io_step failed(std::errc code)
    {
        return {io_state::failed, 0, std::make_error_code(code)};
    }

    [[nodiscard]] bool readable() const
    {
        const auto& incoming = link_->channels[1 - side_];
        return closed_ || !incoming.bytes.empty() || incoming.ended || incoming.reset;
    }
    [[nodiscard]] bool writable() const
    {
        const auto& outgoing = link_->channels[side_];
        return closed_ || outgoing.bytes.size() < link_->options.buffer_bytes || outgoing.reset ||
               link_->channels[1 - side_].ended;
    }

    void close_side()
    {
        if (closed_)
            return;
        closed_ = true;
        link_->channels[side_].ended = true;
        link_->bells[side_].cancel();
        wake_peer();
    }
    void wake_peer() { link_->bells[1 - side_].cancel(); }

    std::shared_ptr<link> link_;
    std::size_t side_;
    bool closed_ = false;
};

} // namespace

std::pair<std::unique_ptr<byte_stream>, std::unique_ptr<byte_stream>>
make_memory_streams(const asio::any_io_executor& executor, memory_stream_options options)
{
    auto shared = std::make_shared<link>(executor, options);
    return {std::make_unique<memory_stream>(shared, 0), std::make_unique<memory_stream>(shared, 1)};
}

} // namespace engine::http
