#include "engine/http/connection_pool.hpp"

#include <iterator>

namespace engine::http {

runtime::task<runtime::slots::permit> connection_pool::turn(endpoint where)
{
    auto& places = turns_.try_emplace(key_of(where), bounds_.per_endpoint_max).first->second;
    auto permit = co_await places.acquire(); // entries are never erased
    co_return permit;
}

std::unique_ptr<byte_stream> connection_pool::take(const endpoint& where, runtime::steady_time now)
{
    drop_expired(now);
    const auto wanted = key_of(where);
    for (auto place = idle_.end(); place != idle_.begin();) {
        --place;
        if (place->where != wanted)
            continue;
        auto stream = std::move(place->stream);
        place = idle_.erase(place);
        if (stream->look() == idle_state::quiet)
            return stream;
        stream->close();
    }
    return nullptr;
}

void connection_pool::keep(const endpoint& where, std::unique_ptr<byte_stream> stream,
                           runtime::steady_time now)
{
    drop_expired(now);
    idle_.push_back({key_of(where), std::move(stream), now});
    while (idle_.size() > bounds_.idle_max) {
        idle_.front().stream->close();
        idle_.pop_front();
    }
}

void connection_pool::close_idle()
{
    for (const auto& connection : idle_)
        connection.stream->close();
    idle_.clear();
}

void connection_pool::drop_expired(runtime::steady_time now)
{
    while (!idle_.empty() && now - idle_.front().since >= bounds_.idle_lifetime) {
        idle_.front().stream->close();
        idle_.pop_front();
    }
}

} // namespace engine::http
