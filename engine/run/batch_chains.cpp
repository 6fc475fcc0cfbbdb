// The part of a batch that is about items which continue others or share their pictures.
#include "engine/run/batch_machine.hpp"

namespace engine::run {

namespace {

constexpr std::string_view failed_parent = ", which has failed: ";

} // namespace

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
    auto ended = chains_.ended_as(parent.key);
    if (ended && ended->state == job::item_state::failed) {
        // The first failure of the chain, however deep this item stands below it.
        const auto root = ended->reason.rfind(failed_parent);
        const auto why = root == std::string::npos
                             ? ended->reason
                             : ended->reason.substr(root + failed_parent.size());
        end_item(*live, job::item_state::failed, "parent",
                 "continues '" + parent.id + "'" + std::string(failed_parent) + why);
        done_looking();
        co_return;
    }
    if (ended && ended->state != job::item_state::done) {
        end_item(*live, job::item_state::open, "parent", {});
        done_looking();
        co_return;
    }
    auto files = ended ? std::move(ended->files) : stored_files{};
    if (files.outputs.empty())
        if (auto record = with_.history.find(parent.key))
            files = {std::move(record->outputs), std::move(record->received_sha256)};
    auto work = [this, live, files = std::move(files)]() {
        return find_earlier_image(with_.disk, options_.folder, live->wanted.after->key, files);
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
    if (found->is_output)
        events_.note(job::warning_raised{
            live->wanted.id, "continues " + found->picture.path + " (" +
                                 job::to_string(found->picture.size) + "), since the picture of '" +
                                 parent.id + "' itself was not kept"});
    live->earlier = std::move(*found);
    live->earlier->picture.source = "the picture of '" + parent.id + "'";
    live->queued_since = with_.time.now();
    offer(std::move(live));
}

// An item has ended, in whichever way: those that waited for it go on, from the loop, since a chain
// may be thousands deep.
void batch::machine::over(const live_item& live, parent_end how)
{
    if (live.before.waits || !(live.has_children || live.is_shared))
        return; // of those with one key the one that gets the picture speaks
    for (auto& child : chains_.ended(live.wanted.key, std::move(how)))
        unblocked_.push_back(std::move(child));
    bell_->ring();
}

void batch::machine::continue_unblocked()
{
    if (paused_ && !scheduler_->stopping())
        return;
    while (!unblocked_.empty()) {
        auto next = std::move(unblocked_.front());
        unblocked_.pop_front();
        if (next->before.waits) {
            sharing_.push_back(std::move(next));
            continue;
        }
        ++looking_;
        group_->start(find_earlier(std::move(next)));
    }
    while (!sharing_.empty() && reusing_ < reuse_at_once) {
        auto next = std::move(sharing_.front());
        sharing_.pop_front();
        share_now(std::move(next));
    }
}

// Another item of the plan gets the picture: wait for it, or go on if it is over.
void batch::machine::share_earlier(live_ptr live)
{
    const auto key = live->wanted.key;
    if (!chains_.wait(key, live))
        sharing_.push_back(std::move(live));
}

void batch::machine::share_now(live_ptr live)
{
    const auto& other = live->before.same_as;
    const auto ended = chains_.ended_as(live->wanted.key);
    if (ended && !ended->picture.empty()) {
        live->before.source = ended->picture;
        live->shared_sha256 = ended->files.received_sha256;
        ++reusing_;
        group_->start(reuse(std::move(live)));
        return;
    }
    const auto same = "the same picture as '" + other + "'";
    if (ended && ended->state == job::item_state::failed) {
        end_item(*live, job::item_state::failed, ended->cause,
                 same + ", which has failed: " + ended->reason);
    } else if (ended && ended->state == job::item_state::held) {
        end_item(*live, job::item_state::held, ended->cause,
                 same + ", which waits for a person: " + ended->reason);
        facts_.held = true;
    } else {
        if (!ended || ended->state == job::item_state::done)
            events_.note(job::warning_raised{
                live->wanted.id, same + ", which did not have to be got; the next run goes on"});
        end_item(*live, job::item_state::open, "shared", {});
    }
    bell_->ring();
}

} // namespace engine::run
