// The Files API of the behaviour.
#include "engine/sim/call.hpp"

#include "engine/base/bytes.hpp"
#include "engine/image/sniff.hpp"

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

} // namespace engine::sim
