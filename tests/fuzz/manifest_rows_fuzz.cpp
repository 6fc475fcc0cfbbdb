// Any bytes as a CSV and as JSONL: cut into pieces of every small size they read the same, records
// have as many fields as there are columns, and it ends.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/base/utf8.hpp"
#include "engine/manifest/csv.hpp"
#include "engine/manifest/jsonl.hpp"

using namespace engine;
using manifest::csv_reader;
using manifest::jsonl_reader;
using manifest::text_stream;

namespace {

text_stream in_pieces(std::string_view text, std::size_t piece)
{
    return text_stream([text, piece](std::uint64_t offset, std::uint64_t) {
        return base::result<std::string>(
            std::string(offset < text.size() ? text.substr(offset, piece) : std::string_view{}));
    });
}

void note(std::string& all, const manifest::row_complaint& complaint)
{
    ENGINE_ASSERT(complaint.at.line >= 1 && complaint.at.column >= 1);
    all += '!' + std::to_string(complaint.at.line) + ':' + std::to_string(complaint.at.column) +
           complaint.message + '\n';
}

std::string read_csv(text_stream in)
{
    csv_reader reader(std::move(in));
    std::string all;
    auto got = reader.read_header();
    for (; got != csv_reader::outcome::end; got = reader.next()) {
        if (got == csv_reader::outcome::bad) {
            note(all, reader.complaint());
            continue;
        }
        ENGINE_ASSERT(reader.fields().size() == reader.columns().size());
        ENGINE_ASSERT(reader.places().size() == reader.fields().size());
        for (const auto& field : reader.fields()) {
            ENGINE_ASSERT(!base::find_invalid_utf8(field));
            all += field + '|';
        }
        all += '\n';
    }
    return all;
}

std::string read_jsonl(text_stream in)
{
    jsonl_reader reader(std::move(in));
    std::string all;
    for (auto got = reader.next(); got != jsonl_reader::outcome::end; got = reader.next()) {
        if (got == jsonl_reader::outcome::bad)
            note(all, reader.complaint());
        else
            for (const auto& one : reader.values())
                all += one.name + '=' + one.text + '|';
        all += '\n';
    }
    return all;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = base::as_text({data, size});
    const std::size_t piece = size % 7 + 1;
    ENGINE_ASSERT(read_csv(in_pieces(text, size + 1)) == read_csv(in_pieces(text, piece)));
    ENGINE_ASSERT(read_jsonl(in_pieces(text, size + 1)) == read_jsonl(in_pieces(text, piece)));
    return 0;
}
