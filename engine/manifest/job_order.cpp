// job_order: see the header.
#include "engine/manifest/job_order.hpp"

#include <algorithm>
#include <map>
#include <string_view>

namespace engine::manifest {

namespace {

// Comparing every pair of more jobs than this would take longer than reading them in their order.
constexpr std::size_t compared_max = 1'000;
// How far past jobs that wait for others the next one to open is looked for.
constexpr std::size_t looked_past_max = 64;

// What every name begins and ends with.
struct pattern {
    std::string_view front, back;
    bool constant = false;
};

pattern pattern_of(const template_text& text, bool numbered)
{
    const auto& pieces = text.pieces();
    if (pieces.empty())
        return {"", "", !numbered};
    if (numbered) // "-1", "-2", ... may follow
        return {pieces.front(), "", false};
    return {pieces.front(), pieces.back(), text.constant()};
}

bool may_be_same(const pattern& a, const pattern& b)
{
    if (a.constant && b.constant)
        return a.front == b.front;
    if (a.constant || b.constant) {
        const auto& whole = a.constant ? a.front : b.front;
        const auto& other = a.constant ? b : a;
        return whole.size() >= other.front.size() + other.back.size() &&
               whole.starts_with(other.front) && whole.ends_with(other.back);
    }
    const auto front = std::min(a.front.size(), b.front.size());
    const auto back = std::min(a.back.size(), b.back.size());
    return a.front.substr(0, front) == b.front.substr(0, front) &&
           a.back.substr(a.back.size() - back) == b.back.substr(b.back.size() - back);
}

// Which earlier jobs the job may continue items of.
void find_continued(std::vector<job_plan>& jobs, std::size_t index)
{
    auto& job = jobs[index];
    if (!job.after)
        return;
    if (jobs.size() > compared_max) {
        job.continues_any_before = true;
        return;
    }
    const auto wanted = pattern_of(job.after->text, false);
    for (std::size_t i = 0; i < index; ++i)
        if (jobs[i].id && may_be_same(wanted, pattern_of(jobs[i].id->text, jobs[i].count > 1)))
            job.continues.push_back(i);
}

} // namespace

void settle_order(std::vector<job_plan>& jobs)
{
    std::map<std::string, int, std::less<>> named;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        find_continued(jobs, i);
        if (auto& id = jobs[i].id_text)
            if (const int before = named[*id]++; before > 0)
                id = std::make_shared<const std::string>(*id + " #" + std::to_string(before + 1));
    }
    // Backwards: whoever is continued stands earlier, so one pass carries a priority down a chain.
    int highest_behind = -priority_max;
    for (std::size_t i = jobs.size(); i-- > 0;) {
        jobs[i].rank = std::max({jobs[i].rank, jobs[i].priority, highest_behind});
        for (const std::size_t parent : jobs[i].continues)
            jobs[parent].rank = std::max(jobs[parent].rank, jobs[i].rank);
        if (jobs[i].continues_any_before)
            highest_behind = std::max(highest_behind, jobs[i].rank);
    }
}

job_turns::job_turns(const std::vector<job_plan>& jobs) : jobs_(&jobs), ended_(jobs.size())
{
    std::vector<std::size_t> all(jobs.size());
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = i;
    std::ranges::sort(all, {}, [&](std::size_t i) { return std::pair(-jobs[i].rank, i); });
    waiting_.assign(all.begin(), all.end());
}

std::optional<std::size_t> job_turns::next()
{
    open_some();
    if (open_.empty())
        return std::nullopt;
    turn_ %= open_.size();
    return open_[turn_++];
}

void job_turns::ended(std::size_t job)
{
    const auto at = std::ranges::find(open_, job);
    const auto index = static_cast<std::size_t>(at - open_.begin());
    open_.erase(at);
    if (turn_ > index)
        --turn_; // the one behind it moved up to its place
    ended_[job] = true;
    while (all_ended_before_ < ended_.size() && ended_[all_ended_before_])
        ++all_ended_before_;
}

// The first that waits can always be opened once nothing is open: what it continues stands before
// it, with a priority at least as high.
void job_turns::open_some()
{
    std::size_t looked_at = 0;
    while (open_.size() < open_max && looked_at < std::min(waiting_.size(), looked_past_max)) {
        const std::size_t job = waiting_[looked_at];
        if (!open_.empty() && (*jobs_)[open_.front()].rank != (*jobs_)[job].rank)
            return;
        if (!may_open(job)) {
            ++looked_at;
            continue;
        }
        open_.push_back(job);
        waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(looked_at));
    }
}

bool job_turns::may_open(std::size_t job) const
{
    if ((*jobs_)[job].continues_any_before)
        return all_ended_before_ >= job;
    return std::ranges::all_of((*jobs_)[job].continues,
                               [&](std::size_t parent) { return ended_[parent]; });
}

} // namespace engine::manifest
