#include "engine/provider/uploaded_files.hpp"

#include "engine/base/ascii.hpp"
#include "engine/http/multipart.hpp"
#include "engine/provider/small_exchange.hpp"

#include <algorithm>

namespace engine::provider {

namespace {

constexpr int failures_max = 3;

// An id becomes part of a path and of bodies: nothing else than this is taken from outside.
bool is_file_id(std::string_view id)
{
    return !id.empty() && id.size() <= 200 &&
           std::ranges::all_of(id, [](char c) { return base::is_plain(c, "-_"); });
}

} // namespace

uploaded_files::uploaded_files(const provider_access& access, http::client& client,
                               const runtime::clock& time)
    : access_(access), client_(client), time_(time)
{}

runtime::task<std::string> uploaded_files::id_of(job::reference_image image, http::body_piece bytes,
                                                 runtime::call_context context)
{
    auto& known = by_content_[image.sha256];
    if (!known)
        known = std::make_shared<file>();
    const auto mine = known; // the map may change while this waits
    const auto turn = co_await mine->uploading.acquire();
    if (mine->id.empty() && !given_up_) {
        auto id = co_await upload(std::move(image), std::move(bytes), std::move(context));
        mine->id = std::move(id);
    }
    co_return mine->id;
}

runtime::task<std::string> uploaded_files::upload(job::reference_image image,
                                                  http::body_piece bytes,
                                                  runtime::call_context context)
{
    http::multipart_builder form("darkroom-" + image.sha256.substr(0, 40));
    form.add_field("purpose", "vision");
    form.add_file("file", "reference." + std::string(job::extension_of(image.format)),
                  job::media_type_of(image.format), std::move(bytes));
    auto parts = std::move(form).finish();
    if (!parts)
        co_return std::string();
    const auto& wire = access_.spec.wire;
    http::request wanted;
    wanted.method = "POST";
    wanted.target = request_target(access_.endpoint.base_path, wire.files_path, wire, {});
    wanted.headers.add("Content-Type", parts->content_type);
    add_common_headers(wanted.headers, access_, {}, "application/json",
                       "darkroom-file-" + std::to_string(++requests_));
    wanted.body = std::move(parts->body);
    const auto answer = co_await exchange_small(client_, time_, access_.endpoint, std::move(wanted),
                                                {}, std::move(context));
    const auto id = answer.body["id"].text_or({});
    if (answer.outcome == job::outcome::delivered && is_file_id(id)) {
        failures_ = 0;
        co_return std::string(id);
    }
    const int status = answer.http_status;
    if (status == 404 || status == 405 || status == 501 || ++failures_ >= failures_max)
        given_up_ = true;
    co_return std::string();
}

void uploaded_files::forget(const std::vector<std::string>& ids)
{
    for (const auto& [content, one] : by_content_)
        if (std::ranges::find(ids, one->id) != ids.end())
            one->id.clear();
}

runtime::task<int> uploaded_files::remove_all(runtime::call_context context)
{
    std::vector<std::shared_ptr<file>> all;
    for (const auto& [content, one] : by_content_)
        if (!one->id.empty())
            all.push_back(one);
    int left = 0;
    const auto& wire = access_.spec.wire;
    for (const auto& one : all) {
        http::request wanted;
        wanted.method = "DELETE";
        wanted.target =
            request_target(access_.endpoint.base_path, wire.files_path + "/" + one->id, wire, {});
        add_common_headers(wanted.headers, access_, {}, "application/json",
                           "darkroom-file-" + std::to_string(++requests_));
        const auto answer = co_await exchange_small(client_, time_, access_.endpoint,
                                                    std::move(wanted), {}, context);
        const bool gone = answer.http_status == 404 || answer.http_status == 204 ||
                          answer.outcome == job::outcome::delivered;
        if (gone)
            one->id.clear();
        else
            ++left;
    }
    co_return left;
}

} // namespace engine::provider
