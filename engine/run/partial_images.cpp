#include "engine/run/partial_images.hpp"

#include "engine/image/sniff.hpp"

#include <algorithm>
#include <utility>

namespace engine::run {

namespace {

constexpr std::size_t head_bytes_max = 4096; // enough to tell the three formats apart

} // namespace

partial_images::partial_images(runtime::files& disk, const job::output_folder& folder,
                               std::string item, std::string key, int attempt)
    : disk_(disk), folder_(folder), item_(std::move(item)), key_(std::move(key)), attempt_(attempt)
{}

partial_images::~partial_images()
{
    drop();
}

bool partial_images::begin(int index)
{
    drop();
    index_ = index;
    head_.clear();
    bytes_ = 0;
    unfinished_ = folder_.file(path("part"));
    if (!disk_.make_directories(unfinished_.substr(0, unfinished_.rfind('/'))))
        return false;
    auto opened = disk_.create(unfinished_);
    if (!opened)
        return false;
    file_ = std::move(*opened);
    return true;
}

void partial_images::write(base::byte_view bytes)
{
    if (!file_)
        return;
    const auto text = base::as_text(bytes);
    head_ += text.substr(0, head_bytes_max - std::min(head_.size(), head_bytes_max));
    bytes_ += bytes.size();
    if (!file_->append(bytes))
        drop();
}

void partial_images::end()
{
    if (!file_)
        return;
    const auto header = image::sniff(base::as_bytes(head_));
    const std::string extension(header ? job::extension_of(header->format) : "img");
    auto stored = path(extension);
    if (!file_->close() || !disk_.rename(unfinished_, folder_.file(stored)))
        return drop();
    file_.reset();
    stored_.push_back({index_, std::move(stored), bytes_});
}

std::string partial_images::path(const std::string& extension) const
{
    return job::output_folder::partial(item_, key_, attempt_, index_, extension);
}

void partial_images::drop()
{
    if (!std::exchange(file_, nullptr))
        return;
    (void)disk_.remove(unfinished_);
}

} // namespace engine::run
