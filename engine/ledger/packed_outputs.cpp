#include "engine/ledger/packed_outputs.hpp"

#include "engine/base/assert.hpp"

#include <cstdint>
#include <cstring>
#include <utility>

namespace engine::ledger {

namespace {

// One entry for each item id: its length, then item, received_sha256, count, outputs. Numbers are
// 8 bytes of this machine, texts a number and their bytes. Never leaves the process.

void put(std::string& out, std::uint64_t number)
{
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    out.append(bytes, sizeof number);
}

void put(std::string& out, std::string_view text)
{
    put(out, std::uint64_t{text.size()});
    out += text;
}

class taker {
public:
    explicit taker(std::string_view packed) : rest_(packed) {}
    [[nodiscard]] bool empty() const { return rest_.empty(); }
    std::uint64_t number()
    {
        std::uint64_t value = 0;
        ENGINE_ASSERT(rest_.size() >= sizeof value);
        std::memcpy(&value, rest_.data(), sizeof value);
        rest_.remove_prefix(sizeof value);
        return value;
    }
    std::string_view text()
    {
        const auto size = static_cast<std::size_t>(number());
        ENGINE_ASSERT(rest_.size() >= size);
        const auto value = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return value;
    }

private:
    std::string_view rest_;
};

std::string entry_of(const job::item_ended& ended)
{
    std::string entry;
    put(entry, ended.item);
    put(entry, ended.received_sha256);
    put(entry, std::uint64_t{ended.outputs.size()});
    for (const auto& output : ended.outputs) {
        put(entry, output.name);
        put(entry, output.path);
        put(entry, output.sha256);
        put(entry, output.format);
        put(entry, static_cast<std::uint64_t>(output.width));
        put(entry, static_cast<std::uint64_t>(output.height));
        put(entry, output.bytes);
        put(entry, output.c2pa);
        put(entry, output.recipe);
    }
    return entry;
}

} // namespace

std::string with_outputs_of(const job::item_ended& ended, std::string_view packed)
{
    std::string out;
    put(out, entry_of(ended));
    for (taker entries(packed); !entries.empty();) {
        const auto entry = entries.text();
        if (taker(entry).text() != ended.item)
            put(out, entry);
    }
    out.shrink_to_fit();
    return out;
}

unpacked_outputs unpack_outputs(std::string_view packed)
{
    unpacked_outputs all;
    bool newest = true;
    for (taker entries(packed); !entries.empty();) {
        taker entry(entries.text());
        (void)entry.text(); // the item id
        const auto received = entry.text();
        if (std::exchange(newest, false))
            all.received_sha256 = received;
        for (auto left = entry.number(); left > 0; --left) {
            auto& output = all.outputs.emplace_back();
            output.name = entry.text();
            output.path = entry.text();
            output.sha256 = entry.text();
            output.format = entry.text();
            output.width = static_cast<int>(entry.number());
            output.height = static_cast<int>(entry.number());
            output.bytes = entry.number();
            output.c2pa = entry.text();
            output.recipe = entry.text();
        }
    }
    return all;
}

} // namespace engine::ledger
