// The part of a batch that is about items which continue others.
#include "engine/run/batch_machine.hpp"

namespace engine::run {

// Waits for the item before it, or goes on if that one is over.
void batch::machine::continue_earlier(live_ptr live)
{
    const auto parent = live->wanted.after->key;
    if (chains_.wait(parent, live))
        return;
    ++looking_;
    group_->start(find_earlier(std::move(live)));
}

runtime::task<> batch::machine::find_earlier(live_ptr live)
{
    const auto& parent = *live->wanted.after;
    const auto done_looking = [&] {
        --looking_;
        bell_->ring();
    };
    const auto ended = chains_.ended_as(parent.key);
    if (ended && ended->state == job::item_state::failed) {
        end_item(*live, job::item_state::failed, "parent",
                 "continues '" + parent.id + "', which has failed: " + ended->reason);
        done_looking();
        co_return;
    }
    if (ended && ended->state != job::item_state::done) {
        end_item(*live, job::item_state::open, "parent", {});
        done_looking();
        co_return;
    }
    auto work = [this, live]() {
        const auto& key = live->wanted.after->key;
        return find_earlier_image(with_.disk, options_.folder, key, with_.history.find(key));
    };
    auto found = co_await with_.pool.run(std::move(work));
    done_looking();
    if (!found) {
        // Not part of this run, or its files are gone.
        end_item(*live, job::item_state::failed, "parent",
                 "continues '" + parent.id + "': " + found.error().message());
        co_return;
    }
    if (const auto& mask = live->wanted.request.mask; mask && mask->size != found->picture.size) {
        end_item(*live, job::item_state::failed, "parent",
                 "the mask " + mask->source + " is " + job::to_string(mask->size) +
                     "; the picture of '" + parent.id + "', which it belongs to, is " +
                     job::to_string(found->picture.size));
        co_return;
    }
    live->earlier = std::move(*found);
    live->earlier->picture.source = "the picture of '" + parent.id + "'";
    live->queued_since = with_.time.now();
    offer(std::move(live));
}

// An item has ended, in whichever way: those that waited for it go on.
void batch::machine::over(const live_item& live, job::item_state state, const std::string& reason)
{
    if (!live.has_children)
        return;
    for (auto& child : chains_.ended(live.wanted.key, {state, reason})) {
        ++looking_;
        group_->start(find_earlier(std::move(child)));
    }
}

} // namespace engine::run
