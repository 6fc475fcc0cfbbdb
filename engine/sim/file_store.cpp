#include "engine/sim/file_store.hpp"

#include "engine/base/result.hpp"
#include "engine/sim/identifier.hpp"
#include "engine/sim/multipart_form.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace engine::sim {

namespace {

constexpr std::array<std::string_view, 6> purposes = {"assistants", "batch",     "fine-tune",
                                                      "vision",     "user_data", "evals"};
constexpr std::size_t file_bytes_max = 512u << 20; // contract, section 10

std::expected<stored_file, api_error> read_upload(const shared_text& body,
                                                  std::string_view content_type)
{
    const std::string boundary = boundary_of(content_type);
    const auto parts = read_multipart(*body, boundary);
    if (boundary.empty() || !parts)
        return std::unexpected(
            api_error{.message = "We could not parse the multipart body of your request.",
                      .code = "invalid_multipart_form"});
    stored_file made;
    bool has_file = false;
    for (const auto& part : *parts) {
        if (part.name == "file") {
            if (!part.has_file_name)
                return std::unexpected(wrong_type("file", "a file", "a string"));
            has_file = true;
            made.name = base::clean_detail(part.file_name, 255);
            made.content = part.content;
        } else if (part.name == "purpose") {
            made.purpose = part.content;
        } else if (part.name == "expires_after[seconds]") {
            std::int64_t seconds = 0;
            const char* end = part.content.data() + part.content.size();
            const auto read = std::from_chars(part.content.data(), end, seconds);
            if (read.ptr != end || seconds < 3600 || seconds > 2'592'000)
                return std::unexpected(wrong_type("expires_after[seconds]",
                                                  "an integer from 3600 to 2592000", "other text"));
            made.expires = seconds; // from now on; see upload()
        } else if (part.name != "expires_after[anchor]") {
            return std::unexpected(unknown_parameter(part.name));
        }
    }
    if (!has_file)
        return std::unexpected(missing_parameter("file"));
    if (made.purpose.empty())
        return std::unexpected(missing_parameter("purpose"));
    if (std::ranges::find(purposes, made.purpose) == purposes.end())
        return std::unexpected(wrong_value(
            "purpose", made.purpose, std::vector<std::string>(purposes.begin(), purposes.end())));
    return made;
}

} // namespace

base::json stored_file::to_json() const
{
    return base::json::make_object({{"object", "file"},
                                    {"id", id},
                                    {"purpose", purpose},
                                    {"filename", name},
                                    {"bytes", content.size()},
                                    {"created_at", created},
                                    {"expires_at", expires ? base::json(*expires) : base::json()},
                                    {"status", "processed"},
                                    {"status_details", nullptr}});
}

std::expected<const stored_file*, api_error>
file_store::upload(shared_text body, std::string_view content_type, std::int64_t now)
{
    auto made = read_upload(body, content_type);
    if (!made)
        return std::unexpected(std::move(made.error()));
    if (made->content.empty())
        return std::unexpected(api_error{
            .message = "The file is empty.", .param = "file", .code = "empty_image_file"});
    const std::size_t size = body->size();
    if (made->content.size() > file_bytes_max || files_.size() >= options_.files_max ||
        size > options_.bytes_max || bytes_ > options_.bytes_max - size)
        return std::unexpected(
            api_error{.status = 413,
                      .message = "The files of this look-alike may have " +
                                 std::to_string(options_.bytes_max) +
                                 " bytes together; delete some before uploading more.",
                      .param = "file",
                      .code = "storage_limit_exceeded"});
    made->serial = ++serial_;
    made->id = identifier("file-", seed_, serial_);
    made->created = now;
    if (made->expires)
        *made->expires += now;
    made->body = std::move(body);
    bytes_ += size;
    auto id = made->id;
    return &files_.emplace(std::move(id), std::move(*made)).first->second;
}

const stored_file* file_store::find(std::string_view id) const
{
    const auto found = files_.find(id);
    return found == files_.end() ? nullptr : &found->second;
}

bool file_store::remove(std::string_view id)
{
    const auto found = files_.find(id);
    if (found == files_.end())
        return false;
    bytes_ -= found->second.body->size();
    files_.erase(found);
    return true;
}

base::json file_store::list(const listing& wanted) const
{
    std::vector<const stored_file*> all;
    for (const auto& [id, file] : files_)
        if (wanted.purpose.empty() || file.purpose == wanted.purpose)
            all.push_back(&file);
    std::ranges::sort(all, {}, &stored_file::serial);
    if (!wanted.ascending)
        std::ranges::reverse(all);
    if (!wanted.after.empty()) {
        const auto at = std::ranges::find(all, wanted.after, &stored_file::id);
        all.erase(all.begin(), at == all.end() ? at : at + 1);
    }
    const bool more = all.size() > wanted.limit;
    if (more)
        all.resize(wanted.limit);
    base::json::array rows;
    for (const auto* file : all)
        rows.push_back(file->to_json());
    const auto id_of = [&](bool last) {
        return all.empty() ? base::json() : base::json(last ? all.back()->id : all.front()->id);
    };
    return base::json::make_object({{"object", "list"},
                                    {"data", std::move(rows)},
                                    {"first_id", id_of(false)},
                                    {"last_id", id_of(true)},
                                    {"has_more", more}});
}

api_error file_not_found(std::string_view id, std::string_view param)
{
    return {.message = "No such File object: " + base::clean_detail(id, 100),
            .param = std::string(param),
            .code = "image_file_not_found"};
}

} // namespace engine::sim
