// naive_blobs: what blob_scanner should make of a JSON text, by reading all of it first; and a sink
// that keeps everything. For tests and fuzzing.
#pragma once

#include "engine/base/json.hpp"
#include "engine/provider/blob_scanner.hpp"
#include "tests/support/naive_base64.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace support {

struct kept_blob {
    std::string key;
    std::string bytes;
    bool ended = false;
    std::string seen; // the skeleton when the blob began
    bool operator==(const kept_blob&) const = default;
};

class keeping_sink final : public engine::provider::blob_sink {
public:
    engine::base::result<void> begin_blob(std::string_view key) override
    {
        blobs.push_back({std::string(key), {}, false, {}});
        if (scanner != nullptr)
            blobs.back().seen = scanner->skeleton_so_far();
        return refuse_begin ? refusal() : engine::base::result<void>{};
    }
    engine::base::result<void> write(engine::base::byte_view decoded) override
    {
        largest_write = std::max(largest_write, decoded.size());
        blobs.back().bytes += engine::base::as_text(decoded);
        return refuse_write ? refusal() : engine::base::result<void>{};
    }
    engine::base::result<void> end_blob() override
    {
        blobs.back().ended = true;
        return refuse_end ? refusal() : engine::base::result<void>{};
    }

    std::vector<kept_blob> blobs;
    std::size_t largest_write = 0;
    const engine::provider::blob_scanner* scanner = nullptr;
    bool refuse_begin = false;
    bool refuse_write = false;
    bool refuse_end = false;

private:
    static engine::base::result<void> refusal()
    {
        return engine::base::fail(std::make_error_code(std::errc::no_space_on_device), "sink");
    }
};

struct naive_scanned {
    engine::base::json skeleton;
    std::vector<kept_blob> blobs; // without `seen`
    bool refused = false;         // a wanted string is no base64
};

namespace naive_blobs_detail {

// The decoded blob of an unescaped string; sets `refused` when it is none.
inline std::string blob_of(std::string_view text, bool& empty, bool& refused)
{
    if (text.starts_with("data:")) {
        const std::size_t comma = text.find(',');
        const std::string_view head = text.substr(0, comma);
        const bool printable =
            std::ranges::all_of(head, [](char c) { return c > 0x20 && c < 0x7F && c != '"'; });
        if (comma == std::string_view::npos || head.size() > 128 || !printable ||
            !head.ends_with(";base64"))
            refused = true;
        else
            text.remove_prefix(comma + 1);
    }
    empty = text.empty();
    const naive_decoded decoded = naive_base64_decode(text);
    if (decoded.read < text.size() || !decoded.whole)
        refused = true;
    return std::string(engine::base::as_text(decoded.bytes));
}

inline engine::base::json walk(const engine::base::json& value, std::string_view key,
                               const std::vector<std::string>& keys, naive_scanned& out)
{
    using engine::base::json;
    if (value.is_object()) {
        json::object members;
        for (const auto& [name, member] : value.members())
            members.emplace_back(name, walk(member, name, keys, out));
        return members;
    }
    if (value.is_array()) {
        json::array items;
        for (const json& item : value.items())
            items.push_back(walk(item, {}, keys, out));
        return items;
    }
    if (!value.is_string() || std::ranges::find(keys, key) == keys.end())
        return value;
    bool empty = false;
    const std::string bytes = blob_of(value.text_or({}), empty, out.refused);
    if (empty)
        return "";
    out.blobs.push_back({std::string(key), bytes, true, {}});
    return "@blob:" + std::to_string(out.blobs.size() - 1);
}

} // namespace naive_blobs_detail

[[nodiscard]] inline naive_scanned naive_blobs(const engine::base::json& document,
                                               const std::vector<std::string>& keys)
{
    naive_scanned out;
    out.skeleton = naive_blobs_detail::walk(document, {}, keys, out);
    return out;
}

} // namespace support
