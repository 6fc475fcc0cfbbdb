#include "engine/report/contact_sheet.hpp"

#include "engine/base/base64.hpp"
#include "engine/base/sha256.hpp"
#include "engine/ledger/errc.hpp"
#include "engine/report/card.hpp"
#include "engine/report/html_text.hpp"

#include <algorithm>

namespace engine::report {

namespace {

// One thumbnail of 256 px is 5 to 25 kB. What is larger is not one of ours.
constexpr std::uint64_t thumbnail_bytes_max = 200'000;

// How much of the page may still be pictures.
struct embed_budget {
    std::size_t pictures;
    std::uint64_t bytes;
};

bool is_jpeg(std::string_view bytes)
{
    return bytes.starts_with("\xFF\xD8\xFF");
}

// The line that was at `place` when the ledger was folded; nothing where there was none.
template <class Body>
base::result<void> read_again(runtime::files& disk, const std::string& path,
                              ledger::line_place place, std::optional<Body>& body)
{
    if (place.bytes == 0)
        return {};
    auto happened = ledger::read_event(disk, path, place);
    if (!happened)
        return std::unexpected(happened.error());
    auto* found = std::get_if<Body>(&happened->body);
    if (found == nullptr)
        return base::fail(ledger::errc::damaged, "read " + path, "it was replaced meanwhile");
    body = std::move(*found);
    return {};
}

// The thumbnail inside the page if there is room, else a link to it, else to the smallest output.
void find_picture(card_facts& facts, runtime::files& disk, const job::output_folder& folder,
                  embed_budget& left)
{
    if (!facts.item)
        return;
    const auto& outputs = facts.item->outputs;
    const auto path = folder.thumb(facts.item->key);
    const auto there = disk.info(path);
    if (!there || there->directory) {
        const auto smallest = std::ranges::min_element(outputs, {}, &job::stored_output::bytes);
        if (smallest != outputs.end()) {
            facts.picture = relative_url(smallest->path);
            facts.picture_is_file = true;
        }
        return;
    }
    if (left.pictures > 0 && there->bytes <= std::min(left.bytes, thumbnail_bytes_max)) {
        const auto bytes = disk.read(path, thumbnail_bytes_max);
        if (bytes && is_jpeg(*bytes)) {
            --left.pictures;
            left.bytes -= std::min<std::uint64_t>(left.bytes, bytes->size());
            facts.picture = "data:image/jpeg;base64," + base::encode_base64(base::as_bytes(*bytes));
            return;
        }
    }
    facts.picture = relative_url(path.substr(folder.root().size() + 1));
    facts.picture_is_file = true;
}

} // namespace

std::string card_anchor(std::string_view id)
{
    return "item-" + base::sha256_hex(id).substr(0, 12);
}

contact_sheet::item_lines& contact_sheet::lines_of(const std::string& id)
{
    const auto [place, added] = by_id_.try_emplace(id, order_.size());
    if (added)
        order_.emplace_back().id = id;
    return order_[place->second];
}

void contact_sheet::add(const job::event& happened, ledger::line_place place)
{
    if (const auto* intent = std::get_if<job::intent_opened>(&happened.body)) {
        (void)lines_of(intent->item);
    } else if (const auto* attempt = std::get_if<job::attempt_ended>(&happened.body)) {
        auto& lines = lines_of(attempt->item);
        const bool delivered = attempt->outcome == job::outcome::delivered;
        if (delivered || !lines.delivered)
            lines.attempt = place;
        lines.delivered = lines.delivered || delivered;
    } else if (const auto* item = std::get_if<job::item_ended>(&happened.body)) {
        auto& lines = lines_of(item->item);
        if (item->state == job::item_state::open)
            return; // not an ending: what was before still holds
        lines.item = place;
        lines.state = item->state;
    }
}

base::result<void> contact_sheet::write(std::string& out, runtime::files& disk,
                                        const job::output_folder& folder,
                                        const html_options& options) const
{
    const auto is_done = [](const item_lines& lines) {
        return lines.state == job::item_state::done;
    };
    const auto not_done =
        order_.size() - static_cast<std::size_t>(std::ranges::count_if(order_, is_done));
    std::size_t room_not_done = std::min(not_done, options.cards_max);
    std::size_t room_done = options.cards_max - room_not_done;
    embed_budget left{options.embedded_thumbnails_max, options.embedded_bytes_max};
    for (const auto& lines : order_) {
        auto& room = is_done(lines) ? room_done : room_not_done;
        if (room == 0)
            continue;
        --room;
        card_facts facts;
        facts.id = lines.id;
        facts.state = lines.state;
        if (auto read = read_again(disk, folder.ledger(), lines.item, facts.item); !read)
            return read;
        if (auto read = read_again(disk, folder.ledger(), lines.attempt, facts.attempt); !read)
            return read;
        find_picture(facts, disk, folder, left);
        out += card_html(facts);
    }
    return {};
}

} // namespace engine::report
