#include "engine/run/reference_store.hpp"

namespace engine::run {

reference_store::reference_store(const picture_work& work, runtime::worker_pool& pool,
                                 std::uint64_t bytes_max)
    : work_(work), pool_(pool), bytes_max_(bytes_max)
{}

runtime::task<base::result<provider::image_inputs>>
reference_store::load(const job::image_request& request)
{
    provider::image_inputs inputs;
    for (const auto& reference : request.references) {
        auto bytes = co_await load_one(reference);
        if (!bytes)
            co_return std::unexpected(bytes.error());
        inputs.references.push_back(std::move(*bytes));
    }
    if (request.mask) {
        auto bytes = co_await load_one(*request.mask);
        if (!bytes)
            co_return std::unexpected(bytes.error());
        inputs.mask = std::move(*bytes);
    }
    co_return inputs;
}

runtime::task<base::result<http::body_piece>> reference_store::load_one(job::reference_image wanted)
{
    if (auto kept = find(wanted.sha256))
        co_return kept;
    const auto turn = co_await reading_.acquire();
    if (auto kept = find(wanted.sha256)) // who was before us has read it
        co_return kept;
    auto read = [&work = work_, wanted]() -> base::result<http::body_piece> {
        auto text = work.read(wanted);
        if (!text)
            return std::unexpected(text.error());
        return std::make_shared<const std::string>(std::move(*text));
    };
    auto bytes = co_await pool_.run(std::move(read));
    if (bytes)
        keep({wanted.sha256, *bytes});
    co_return bytes;
}

http::body_piece reference_store::find(const std::string& sha256)
{
    const auto found = by_hash_.find(sha256);
    if (found == by_hash_.end())
        return nullptr;
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->bytes;
}

void reference_store::keep(entry made)
{
    bytes_ += made.bytes->size();
    recent_.push_front(std::move(made));
    by_hash_[recent_.front().sha256] = recent_.begin();
    while (bytes_ > bytes_max_ && !recent_.empty()) {
        bytes_ -= recent_.back().bytes->size();
        by_hash_.erase(recent_.back().sha256);
        recent_.pop_back();
    }
}

} // namespace engine::run
