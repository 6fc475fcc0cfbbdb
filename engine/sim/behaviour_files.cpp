// The Files API of the behaviour.
#include "engine/sim/call.hpp"

#include "engine/base/ascii.hpp"
#include "engine/base/base64.hpp"
#include "engine/base/bytes.hpp"
#include "engine/image/sniff.hpp"
#include "engine/sim/identifier.hpp"

#include <algorithm>

namespace engine::sim {

namespace {

api_error no_such_file(const std::string& id)
{
    return {.status = 404,
            .message = "No such File object: " + base::clean_detail(id, 100),
            .param = "id"};
}

std::string page(const base::json& document)
{
    return document.dump_pretty() + "\n";
}

} // namespace

script behaviour::files(call& from)
{
    const std::string_view query = from.request.query;
    if (from.request.method == "POST") {
        const auto made =
            files_.upload(from.request.body, from.request.headers.find("Content-Type").value_or(""),
                          unix_seconds(from.now.wall));
        if (!made)
            return refuse(from, made.error(), ending::rejected);
        add_processing_header(from, {});
        return whole_answer(200, from.headers, page((*made)->to_json()));
    }
    file_store::listing wanted;
    wanted.purpose = query_value(query, "purpose").value_or("");
    wanted.after = query_value(query, "after").value_or("");
    wanted.limit =
        std::clamp<std::uint64_t>(query_number(query, "limit", wanted.limit), 1, wanted.limit);
    wanted.ascending = query_value(query, "order").value_or("") == "asc";
    return whole_answer(200, from.headers, page(files_.list(wanted)));
}

script behaviour::file(call& from, const std::string& id)
{
    const auto* found = files_.find(id);
    if (!found)
        return refuse(from, no_such_file(id), ending::rejected);
    if (from.request.method == "GET")
        return whole_answer(200, from.headers, page(found->to_json()));
    (void)files_.remove(id);
    return whole_answer(
        200, from.headers,
        page(base::json::make_object({{"object", "file"}, {"deleted", true}, {"id", id}})));
}

script behaviour::file_content(call& from, const std::string& id)
{
    const auto* found = files_.find(id);
    if (!found)
        return refuse(from, no_such_file(id), ending::rejected);
    return whole_answer(200, from.headers, std::string(found->content), "application/octet-stream");
}

script behaviour::result_file(call& from, const std::string& name)
{
    const auto picture = results_->find(name);
    const auto bytes =
        picture ? base::decode_base64(*picture, name) : base::result<base::byte_buffer>();
    if (!picture || !bytes)
        return refuse(from, {.status = 404, .message = "There is no such file."}, ending::rejected);
    const auto header = image::sniff(*bytes);
    return whole_answer(200, from.headers, std::string(base::as_text(*bytes)),
                        header ? job::media_type_of(header->format) : "application/octet-stream");
}

std::vector<std::string> behaviour::result_urls(const call& from, const image_order& order) const
{
    std::string host(from.request.headers.find("Host").value_or(""));
    const bool plain = !host.empty() && host.size() <= 255 &&
                       std::ranges::all_of(host, [](char c) { return base::is_plain(c, ".-:[]"); });
    if (!plain) // what the client says there goes into a document
        host = "127.0.0.1";
    std::vector<std::string> urls;
    for (int i = 0; i < order.images; ++i)
        urls.push_back("http://" + host + "/v1/simulator/files/" +
                       identifier("img-", profile_.seed, from.serial) + "-" + std::to_string(i) +
                       "." + std::string(job::extension_of(*order.request.format)));
    return urls;
}

} // namespace engine::sim
