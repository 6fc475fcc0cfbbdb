#include "engine/sim/service.hpp"

#include <utility>

namespace engine::sim {

using namespace runtime;

// One script on its way. Whatever ends it, also a cancellation, is written into the bill.
class service::run {
public:
    run(service& owner, script what, http::responder& to)
        : owner_(owner), what_(std::move(what)), to_(to), began_(owner.time_.now())
    {}
    run(const run&) = delete;
    run& operator=(const run&) = delete;
    ~run() { close(ending::client_gone); }

    task<> play()
    {
        for (auto& next : what_.steps) {
            co_await std::visit([this](auto& one) { return take(one); }, next);
            if (over_)
                break;
        }
        // Whether the last bytes arrived, nobody can know: that the client was there when they were
        // handed over has to do. A client that has all it wants may close before our end.
        const bool lost = what_.planned == ending::delivered && !was_there_;
        close(lost ? ending::client_gone : what_.planned);
    }

private:
    task<> take(wait_step& step)
    {
        co_await owner_.time_.sleep_until(began_ + step.until);
        const auto before = std::exchange(waited_, step.until);
        if (what_.serial && to_.client_gone())
            owner_.rules_.abandoned(*what_.serial, before, step.until);
    }

    task<> take(charge_step&)
    {
        if (what_.serial)
            owner_.rules_.charge(*what_.serial);
        co_return;
    }

    task<> take(answer_step& step)
    {
        const auto place = co_await held();
        std::string body = co_await draw(std::move(step.body));
        status_ = step.status;
        was_there_ = !to_.client_gone();
        co_await to_.answer(step.status, std::move(step.headers), std::move(body));
        over_ = true;
    }

    task<> take(open_step& step)
    {
        status_ = step.status;
        co_await to_.head(step.status, std::move(step.headers), std::nullopt);
    }

    task<> take(piece_step& step)
    {
        const auto place = co_await held();
        std::string text = co_await draw(std::move(step.text));
        if (text.empty())
            co_return; // nothing of it is left; an empty piece would end a chunked answer
        if (what_.cut_at_byte && sent_ + text.size() > *what_.cut_at_byte) {
            text.resize(static_cast<std::size_t>(*what_.cut_at_byte - sent_));
            co_await to_.write(text);
            to_.cut();
            if (what_.serial)
                owner_.rules_.abandoned(*what_.serial, waited_, waited_);
            what_.planned = ending::cut;
            over_ = true;
            co_return;
        }
        sent_ += text.size();
        was_there_ = !to_.client_gone();
        co_await to_.write(text);
    }

    task<> take(check_step& step)
    {
        // The pool gives strings; an empty one says that all is well.
        auto find_error = [find = std::move(step.find_error)] {
            return find().value_or(std::string{});
        };
        std::string body = co_await owner_.drawing_.draw(std::move(find_error));
        if (body.empty())
            co_return;
        status_ = step.status;
        what_.planned = ending::rejected;
        close(ending::rejected);
        co_await to_.answer(step.status, std::move(step.headers), std::move(body));
        over_ = true;
    }

    task<> take(cut_step& step)
    {
        if (what_.serial) // for the server it looks as if the client had left
            owner_.rules_.abandoned(*what_.serial, waited_, waited_);
        if (step.reset)
            to_.cut();
        over_ = true; // without a finish() the server closes the connection
        co_return;
    }

    task<> take(finish_step&)
    {
        co_await to_.finish();
        over_ = true;
    }

    // A place in memory for what is drawn, until it is sent.
    task<slots::permit> held()
    {
        return (what_.many_images ? owner_.sets_ : owner_.pictures_).acquire();
    }

    task<std::string> draw(content what)
    {
        if (!what.make)
            co_return std::move(what.ready);
        co_return co_await owner_.drawing_.draw(std::move(what.make));
    }

    void close(ending how)
    {
        if (!closed_ && what_.serial && (!what_.goes_on || how == ending::rejected))
            owner_.rules_.ended(*what_.serial, how, status_);
        closed_ = true;
    }

    service& owner_;
    script what_;
    http::responder& to_;
    steady_time began_;
    std::chrono::microseconds waited_{0}; // the time of the step under way
    std::uint64_t sent_ = 0;              // bytes of the body
    int status_ = 0;
    bool over_ = false, was_there_ = true, closed_ = false;
};

task<std::string> inline_draftsman::draw(std::function<std::string()> make)
{
    co_return make();
}

service::service(behaviour& rules, clock& time, draftsman& drawing, service_options options)
    : rules_(rules), time_(time), drawing_(drawing), pictures_(options.pictures_max), sets_(2)
{}

http::handler service::handler()
{
    return [this](http::server_request request, http::responder& to) {
        return answer(std::move(request), to);
    };
}

task<> service::answer(http::server_request request, http::responder& to)
{
    incoming_request asked;
    asked.method = std::move(request.method);
    asked.path = std::move(request.path);
    asked.query = std::move(request.query);
    asked.headers = std::move(request.headers);
    asked.body = std::make_shared<const std::string>(std::move(request.body));
    auto what = rules_.respond(asked, {time_.now(), time_.wall_now()});
    asked = {}; // an edit's photos live on in the script, and only as long as it needs them
    run playing(*this, std::move(what), to);
    co_await playing.play();
}

} // namespace engine::sim
