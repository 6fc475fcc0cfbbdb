// service: the look-alike as the handler of an HTTP server: plays the scripts of a behaviour on any
// connection and any clock. Rehearsals use it over a memory net and virtual time, lookalike.hpp
// over sockets.
#pragma once

#include "engine/http/server.hpp"
#include "engine/runtime/clock.hpp"
#include "engine/runtime/slots.hpp"
#include "engine/runtime/task.hpp"
#include "engine/sim/behaviour.hpp"

#include <functional>
#include <string>

namespace engine::sim {

// Where drawing is done: a pool for a server, the caller itself for a rehearsal.
class draftsman {
public:
    virtual ~draftsman() = default;
    [[nodiscard]] virtual runtime::task<std::string> draw(std::function<std::string()> make) = 0;
};

class inline_draftsman final : public draftsman {
public:
    [[nodiscard]] runtime::task<std::string> draw(std::function<std::string()> make) override;
};

struct service_options {
    std::size_t pictures_max = 48; // finished answers held in memory at once; the rest waits
};

// One loop owns it. `rules`, `time` and `drawing` must outlive it, and it the server's handlers.
class service {
public:
    service(behaviour& rules, runtime::clock& time, draftsman& drawing,
            service_options options = {});

    // For http::server::serve().
    [[nodiscard]] http::handler handler();

private:
    class run;
    [[nodiscard]] runtime::task<> answer(http::server_request request, http::responder& to);

    behaviour& rules_;
    runtime::clock& time_;
    draftsman& drawing_;
    runtime::slots pictures_;
    runtime::slots sets_; // answers with several pictures, which are large: two at once
};

} // namespace engine::sim
