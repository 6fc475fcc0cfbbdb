// stop_signals: what Ctrl-C and a polite end do to a run.
#pragma once

#include "engine/cli/exit_status.hpp"
#include "engine/run/batch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <functional>
#include <string>
#include <utility>

namespace engine::cli {

// Ctrl-C once: finish what is paid for. Twice: give it up.
class stop_signals {
public:
    stop_signals(boost::asio::io_context& loop, run::batch& batch,
                 std::function<void(const std::string&)> say)
        : signals_(loop, SIGINT, SIGTERM), batch_(batch), say_(std::move(say))
    {
        wait();
    }
    void end() { signals_.cancel(); }

private:
    void wait()
    {
        signals_.async_wait([this](const boost::system::error_code& error, int number) {
            if (error)
                return;
            if (++count_ == 1) {
                say_("stopping: finishing what is in flight (again: give it up, it may be billed)");
                batch_.stop(number == SIGINT ? exit_interrupted : exit_terminated);
            } else {
                say_("giving up what is in flight");
                batch_.cancel();
            }
            wait();
        });
    }

    boost::asio::signal_set signals_;
    run::batch& batch_;
    std::function<void(const std::string&)> say_;
    int count_ = 0;
};

} // namespace engine::cli
