#include "engine/rehearse/scratch_files.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

namespace engine::rehearse {

namespace {

// Of a file below that is to be changed, and so is read whole: notes and small documents.
constexpr std::uint64_t changed_bytes_max = 64u << 20;

class scratch_file final : public runtime::output_file {
public:
    explicit scratch_file(std::shared_ptr<std::string> bytes) : bytes_(std::move(bytes)) {}
    base::result<void> append(base::byte_view bytes) override
    {
        bytes_->append(base::as_text(bytes));
        return {};
    }
    base::result<void> sync() override { return {}; }
    base::result<void> close() override { return {}; }

private:
    std::shared_ptr<std::string> bytes_;
};

// Nobody else can see what is in memory.
class no_lock final : public runtime::file_lock {};

std::unexpected<base::failure> not_there(const std::string& doing, const std::string& path)
{
    return base::fail_errno(ENOENT, doing + " " + path);
}

} // namespace

void scratch_files::forget()
{
    changed_.clear();
    removed_.clear();
    directories_.clear();
}

const scratch_files::node* scratch_files::find(const std::string& path) const
{
    const auto found = changed_.find(path);
    return found == changed_.end() ? nullptr : &found->second;
}

base::result<std::string> scratch_files::read(const std::string& path, std::uint64_t bytes_max)
{
    const auto* here = find(path);
    if (here && here->bytes) {
        if (here->bytes->size() > bytes_max)
            return base::fail_errno(EFBIG, "read " + path);
        return *here->bytes;
    }
    if (!here && removed_.contains(path))
        return not_there("read", path);
    return below_.read(here ? here->below : path, bytes_max);
}

base::result<std::string> scratch_files::read_at(const std::string& path, std::uint64_t offset,
                                                 std::uint64_t bytes_max)
{
    const auto* here = find(path);
    if (here && here->bytes)
        return here->bytes->substr(std::min<std::uint64_t>(offset, here->bytes->size()), bytes_max);
    if (!here && removed_.contains(path))
        return not_there("read", path);
    return below_.read_at(here ? here->below : path, offset, bytes_max);
}

void scratch_files::put(const std::string& path, node what)
{
    removed_.erase(path);
    changed_.insert_or_assign(path, std::move(what));
}

base::result<std::unique_ptr<runtime::output_file>> scratch_files::create(const std::string& path)
{
    auto bytes = std::make_shared<std::string>();
    put(path, {bytes});
    return std::make_unique<scratch_file>(std::move(bytes));
}

// What it holds, as bytes that may be changed.
base::result<std::shared_ptr<std::string>> scratch_files::own_bytes(const std::string& path)
{
    if (const auto* here = find(path); here && here->bytes)
        return here->bytes;
    auto bytes = std::make_shared<std::string>();
    if (info(path)) {
        auto text = read(path, changed_bytes_max);
        if (!text)
            return std::unexpected(text.error());
        *bytes = std::move(*text);
    }
    put(path, {bytes});
    return bytes;
}

base::result<std::unique_ptr<runtime::output_file>>
scratch_files::append_to(const std::string& path)
{
    auto bytes = own_bytes(path);
    if (!bytes)
        return std::unexpected(bytes.error());
    return std::make_unique<scratch_file>(std::move(*bytes));
}

base::result<void> scratch_files::truncate(const std::string& path, std::uint64_t bytes)
{
    if (!info(path))
        return not_there("truncate", path);
    const auto whole = own_bytes(path);
    if (!whole)
        return std::unexpected(whole.error());
    (*whole)->resize(bytes);
    return {};
}

base::result<scratch_files::node> scratch_files::node_of(const std::string& path)
{
    if (const auto* here = find(path))
        return *here;
    if (removed_.contains(path) || !below_.info(path))
        return not_there("find", path);
    return node{nullptr, path};
}

base::result<void> scratch_files::rename(const std::string& from, const std::string& to)
{
    auto moved = node_of(from);
    if (!moved)
        return std::unexpected(moved.error());
    if (auto gone = remove(from); !gone)
        return gone;
    put(to, std::move(*moved));
    return {};
}

base::result<void> scratch_files::link_or_copy(const std::string& from, const std::string& to)
{
    auto shared = node_of(from);
    if (!shared)
        return std::unexpected(shared.error());
    put(to, std::move(*shared));
    return {};
}

base::result<void> scratch_files::remove(const std::string& path)
{
    changed_.erase(path);
    if (below_.info(path))
        removed_.insert(path);
    return {};
}

base::result<void> scratch_files::make_directories(const std::string& path)
{
    if (!below_.info(path))
        directories_.insert(path);
    return {};
}

base::result<void> scratch_files::sync_directory(const std::string&)
{
    return {};
}

std::optional<runtime::file_info> scratch_files::info(const std::string& path)
{
    if (const auto* here = find(path))
        return here->bytes ? runtime::file_info{here->bytes->size(), false}
                           : below_.info(here->below);
    if (removed_.contains(path))
        return std::nullopt;
    if (directories_.contains(path))
        return runtime::file_info{0, true};
    return below_.info(path);
}

base::result<std::vector<std::string>> scratch_files::list(const std::string& directory)
{
    std::set<std::string> names;
    auto there = below_.list(directory);
    if (!there && !directories_.contains(directory))
        return there;
    for (const auto& name : there.value_or(std::vector<std::string>{}))
        if (!removed_.contains(directory + "/" + name))
            names.insert(name);
    const std::string prefix = directory + "/";
    for (auto at = changed_.lower_bound(prefix);
         at != changed_.end() && at->first.starts_with(prefix); ++at) {
        const auto name = at->first.substr(prefix.size());
        names.insert(name.substr(0, name.find('/')));
    }
    return std::vector<std::string>(names.begin(), names.end());
}

base::result<std::unique_ptr<runtime::file_lock>> scratch_files::lock(const std::string&)
{
    return std::make_unique<no_lock>();
}

} // namespace engine::rehearse
