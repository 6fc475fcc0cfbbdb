#include "engine/plan/saved_plan.hpp"

#include <algorithm>
#include <utility>

namespace engine::plan {

namespace {

constexpr std::string_view first_member = "darkroom_plan"; // its value is the version
constexpr std::size_t piece_bytes = 256 * 1024;
constexpr std::uint64_t ledger_tail_bytes = 4096; // two lines or three

base::json text_or_null(const std::string& text)
{
    return text.empty() ? base::json() : base::json(text);
}

base::json document_of(const saved_plan_header& header)
{
    auto document = base::json::make_object({{first_member.data(), saved_plan_version}});
    document.set("engine_version", header.engine_version);
    document.set("manifest", header.manifest);
    document.set("manifest_sha256", header.manifest_sha256);
    document.set("folder", header.folder);
    document.set("price_table", header.price_table);
    document.set("ledger_bytes", static_cast<std::int64_t>(header.ledger.bytes));
    document.set("ledger_tail_sha256", text_or_null(header.ledger.tail_sha256));
    document.set("selection", header.selection);
    document.set("concurrency",
                 header.concurrency ? base::json(*header.concurrency) : base::json());
    document.set("max_cost_usd", header.max_cost ? base::json(*header.max_cost) : base::json());
    return document;
}

saved_plan_header header_of(const base::json& document)
{
    constexpr std::int64_t concurrency_max = 10'000;
    constexpr double cost_max = 1e9;
    saved_plan_header header;
    const auto text = [&](std::string_view name) {
        return std::string(document[name].text_or({}));
    };
    header.engine_version = text("engine_version");
    header.manifest = text("manifest");
    header.manifest_sha256 = text("manifest_sha256");
    header.folder = text("folder");
    header.price_table = text("price_table");
    header.ledger.bytes = static_cast<std::uint64_t>(
        std::max<std::int64_t>(0, document["ledger_bytes"].integer_or(0)));
    header.ledger.tail_sha256 = text("ledger_tail_sha256");
    header.selection = document["selection"];
    if (const auto many = document["concurrency"].integer_or(0); many > 0)
        header.concurrency = static_cast<int>(std::min(many, concurrency_max));
    if (document["max_cost_usd"].is_number())
        header.max_cost = base::microusd_from_usd(
            std::clamp(document["max_cost_usd"].number_or(0), 0.0, cost_max));
    return header;
}

std::string folder_of(const std::string& path)
{
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? std::string(".")
                                      : path.substr(0, std::max<std::size_t>(slash, 1));
}

} // namespace

base::result<ledger_position> position_of_ledger(runtime::files& disk, const std::string& path)
{
    ledger_position position;
    const auto info = disk.info(path);
    if (!info || info->bytes == 0)
        return position;
    position.bytes = info->bytes;
    const auto from = info->bytes - std::min(info->bytes, ledger_tail_bytes);
    const auto tail = disk.read_at(path, from, info->bytes - from);
    if (!tail)
        return std::unexpected(tail.error());
    position.tail_sha256 = base::sha256_hex(*tail);
    return position;
}

bool is_saved_plan(runtime::files& disk, const std::string& path)
{
    const auto wanted = "{\"" + std::string(first_member) + "\":";
    const auto info = disk.info(path);
    if (!info || info->directory)
        return false;
    const auto start = disk.read_at(path, 0, wanted.size());
    return start && *start == wanted;
}

// --- writing ---

plan_writer::plan_writer(runtime::files& disk, std::string path)
    : disk_(&disk), path_(std::move(path))
{}

base::result<plan_writer> plan_writer::create(runtime::files& disk, std::string path,
                                              const saved_plan_header& header)
{
    plan_writer writer(disk, std::move(path));
    auto file = disk.create(writer.path_ + ".part");
    if (!file)
        return std::unexpected(file.error());
    writer.file_ = std::move(*file);
    writer.put(document_of(header).dump());
    return writer;
}

plan_writer::~plan_writer()
{
    if (file_)
        (void)disk_->remove(path_ + ".part");
}

void plan_writer::put(std::string line)
{
    line += '\n';
    hash_.update(line);
    buffer_ += line;
    if (buffer_.size() >= piece_bytes)
        flush();
}

void plan_writer::flush()
{
    if (!failed_)
        if (auto written = file_->append(base::as_bytes(buffer_)); !written)
            failed_ = written.error();
    buffer_.clear();
}

void plan_writer::add(const planned_item& item)
{
    ++items_;
    put(plan_json(item).dump());
}

base::result<void> plan_writer::finish(const plan_totals& totals, const time_estimate& time,
                                       const money_facts& money)
{
    auto last = base::json::make_object({{"totals", plan_json(totals, time, money)},
                                         {"lines", items_},
                                         {"sha256", base::hex(hash_.finish())}});
    buffer_ += last.dump() + "\n";
    flush();
    base::result<void> written;
    if (failed_)
        written = std::unexpected(*failed_);
    if (written)
        written = file_->sync();
    if (written)
        written = file_->close();
    if (written)
        written = disk_->rename(path_ + ".part", path_);
    if (!written)
        return written; // the destructor takes the rest away
    file_.reset();
    return disk_->sync_directory(folder_of(path_));
}

// --- reading ---

plan_reader::plan_reader(runtime::files& disk, std::string path)
    : disk_(&disk), path_(std::move(path))
{}

base::failure plan_reader::wrong(errc how, const std::string& what) const
{
    return {how, path_ + ":" + std::to_string(lines_), what};
}

base::result<plan_reader> plan_reader::open(runtime::files& disk, const std::string& path)
{
    if (!is_saved_plan(disk, path))
        return base::fail(errc::not_a_plan, path);
    plan_reader reader(disk, path);
    auto first = reader.line();
    if (!first)
        return std::unexpected(first.error());
    const auto document = base::parse_json(first->value_or(""), path);
    if (!document || !document->is_object())
        return std::unexpected(reader.wrong(errc::damaged, "its first line is no JSON object"));
    if ((*document)[first_member].integer_or(0) != saved_plan_version)
        return std::unexpected(reader.wrong(errc::unknown_version, ""));
    reader.header_ = header_of(*document);
    if (reader.header_.manifest.empty() || reader.header_.folder.empty())
        return std::unexpected(reader.wrong(errc::damaged, "it names no manifest or no folder"));
    reader.hash_.update(*first.value() + "\n");
    return reader;
}

// Without its newline; nothing at the end of the file. A last line without one is not whole.
base::result<std::optional<std::string>> plan_reader::line()
{
    ++lines_;
    for (;;) {
        const auto end = buffer_.find('\n', taken_);
        if (end != std::string::npos) {
            auto text = buffer_.substr(taken_, end - taken_);
            taken_ = end + 1;
            if (text.size() > plan_line_bytes_max)
                return std::unexpected(wrong(errc::line_too_long, ""));
            return text;
        }
        buffer_.erase(0, std::exchange(taken_, 0));
        if (buffer_.size() > plan_line_bytes_max)
            return std::unexpected(wrong(errc::line_too_long, ""));
        auto piece = disk_->read_at(path_, offset_, piece_bytes);
        if (!piece)
            return std::unexpected(piece.error());
        if (piece->empty()) {
            if (buffer_.empty())
                return std::nullopt;
            return std::unexpected(wrong(errc::damaged, "it ends in the middle of a line"));
        }
        offset_ += piece->size();
        buffer_ += *piece;
    }
}

base::result<std::optional<std::string>> plan_reader::next()
{
    auto text = line();
    if (!text)
        return text;
    if (!*text)
        return std::unexpected(wrong(errc::damaged, "it has no totals: it was cut"));
    constexpr std::string_view last = "{\"totals\":";
    if (!(*text)->starts_with(last)) {
        ++items_;
        hash_.update(**text + "\n");
        return text;
    }
    const auto document = base::parse_json(**text, path_);
    if (!document)
        return std::unexpected(wrong(errc::damaged, "its totals are no JSON"));
    if ((*document)["lines"].integer_or(-1) != items_ ||
        (*document)["sha256"].text_or({}) != base::hex(hash_.finish()))
        return std::unexpected(wrong(errc::damaged, "it was changed after it was written"));
    auto behind = line();
    if (!behind)
        return behind;
    if (*behind)
        return std::unexpected(wrong(errc::damaged, "something stands behind its totals"));
    return std::nullopt;
}

} // namespace engine::plan
