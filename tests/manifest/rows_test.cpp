#include "engine/manifest/csv.hpp"
#include "engine/manifest/jsonl.hpp"
#include "engine/manifest/text_stream.hpp"

#include <doctest/doctest.h>

using namespace engine;
using manifest::csv_reader;
using manifest::jsonl_reader;
using manifest::mark;
using manifest::text_stream;

namespace {

// Gives the text in pieces of `piece` bytes.
text_stream in_pieces(std::string text, std::size_t piece)
{
    return text_stream([text = std::move(text), piece](std::uint64_t offset, std::uint64_t) {
        return base::result<std::string>(offset < text.size() ? text.substr(offset, piece)
                                                              : std::string{});
    });
}

std::string at(mark place)
{
    return std::to_string(place.line) + ":" + std::to_string(place.column);
}

// Columns, then records, as "a|b\n"; complaints as "!line:column message\n".
std::string read_csv(text_stream in)
{
    csv_reader reader(std::move(in));
    std::string all;
    const auto complaint = [&] {
        all += "!" + at(reader.complaint().at) + " " + reader.complaint().message + "\n";
    };
    if (reader.read_header() != csv_reader::outcome::record) {
        complaint();
        return all;
    }
    const auto line = [&](const std::vector<std::string>& fields) {
        for (std::size_t i = 0; i < fields.size(); ++i)
            all += (i == 0 ? "" : "|") + fields[i];
        all += "\n";
    };
    line(reader.columns());
    for (;;) {
        const auto got = reader.next();
        if (got == csv_reader::outcome::end)
            return all;
        if (got == csv_reader::outcome::bad)
            complaint();
        else
            line(reader.fields());
    }
}

std::string read_csv(const std::string& text)
{
    return read_csv(text_stream::of_text(text));
}

std::string read_jsonl(text_stream in)
{
    jsonl_reader reader(std::move(in));
    std::string all;
    for (;;) {
        const auto got = reader.next();
        if (got == jsonl_reader::outcome::end)
            return all;
        if (got == jsonl_reader::outcome::bad)
            all += "!" + at(reader.complaint().at) + " " + reader.complaint().message + "\n";
        else
            for (const auto& one : reader.values())
                all += one.name + "=" + one.text + (one.number ? "#" : "") + ";";
        all += got == jsonl_reader::outcome::record ? "\n" : "";
    }
}

} // namespace

TEST_CASE("a CSV is read as RFC 4180 has it")
{
    CHECK(read_csv("a,b\n1,2\n") == "a|b\n1|2\n");
    CHECK(read_csv("a,b\r\n1,2") == "a|b\n1|2\n");
    CHECK(read_csv("a,b\r1,2\r") == "a|b\n1|2\n");
    CHECK(read_csv("\xEF\xBB\xBF"
                   "a,b\n\n\r\n1,\n,2\n") == "a|b\n1|\n|2\n");
    CHECK(read_csv("a,b\n\"x \"\"y\"\"\",\"1\n2\r\n3,\"\n") == "a|b\nx \"y\"|1\n2\r\n3,\n");
    CHECK(read_csv("a,b\n\"\",\"\"\"\"\n") == "a|b\n|\"\n");
    CHECK(read_csv(" a ,\tb\n x , y\n") == "a|b\n x | y\n");
    CHECK(read_csv("a\nx\n") == "a\nx\n");
}

TEST_CASE("a CSV reads the same however its bytes come")
{
    const std::string text = "\xEF\xBB\xBFsku,title\r\nl,\"D \"\"x\"\"\r\ny\"\r\nm,\u65e5\r\n\"bad";
    const auto whole = read_csv(text);
    CHECK(whole == "sku|title\nl|D \"x\"\r\ny\nm|\u65e5\n!5:1 this quote is never closed\n");
    for (std::size_t piece = 1; piece < text.size(); ++piece)
        CHECK(read_csv(in_pieces(text, piece)) == whole);
}

TEST_CASE("what is wrong in a CSV is said at its place, and the next record is read")
{
    CHECK(read_csv("a,b\n1\n1,2\n1,2,3\n") ==
          "a|b\n!2:1 1 field, but the first line names 2 columns\n1|2\n"
          "!4:1 3 fields, but the first line names 2 columns\n");
    CHECK(read_csv("a,b\n1,x\"y\n3,4\n").find("!2:4 a quote inside a field") == 4);
    CHECK(read_csv("a,b\n1,x\"y\n3,4\n").ends_with("\n3|4\n"));
    CHECK(read_csv("a,b\n\u00e9,\"x\" y\n3,4\n").find("!2:6 text behind a closing quote") == 4);
    CHECK(read_csv("a,b\n\u00e9,\xff\n3,4\n").find("!2:3 a field that is not valid UTF-8") == 4);
    CHECK(read_csv(std::string("a,b\n1,\0\n", 8)).find("!2:3 a field with a NUL byte") == 4);
    CHECK(read_csv("a,b\n\"1\n2\",3,4\n5,6\n").find("!2:1 3 fields") == 4);
    // A quote that is never closed makes the rest of the file one field.
    CHECK(read_csv("a,b\n1,2\n3,\"x\n4,5\n") == "a|b\n1|2\n!3:3 this quote is never closed\n");
}

TEST_CASE("the first line of a CSV names every column once")
{
    CHECK(read_csv("").find("!1:1 the file is empty") == 0);
    CHECK(read_csv("\n\n").find("!1:1 the file is empty") == 0);
    CHECK(read_csv("a,,b\n").find("!1:3 a column without a name") == 0);
    CHECK(read_csv("a,b,a\n").find("!1:5 a second column named 'a'") == 0);
    CHECK(read_csv("a;b\n").find("expected commas") != std::string::npos);
    CHECK(read_csv("a\tb\n").find("expected commas") != std::string::npos);
    CHECK(read_csv("a,{b}\n").find("!1:3 the name '{b}' holds one of") == 0);
    CHECK(read_csv("a," + std::string(300, 'b') + "\n").find("longer than 200") !=
          std::string::npos);
    CHECK(read_csv("\xff\xfe").find("UTF-16") != std::string::npos);
    CHECK(read_csv("\"a\n").find("never closed") != std::string::npos);
}

TEST_CASE("a CSV without end is read within bounds")
{
    std::string wide = "a";
    for (int i = 0; i < 1100; ++i)
        wide += ",b" + std::to_string(i);
    CHECK(read_csv(wide).find("more than 1000 columns") != std::string::npos);
    const auto big = std::string((1u << 20) + 10, 'x');
    CHECK(read_csv("a\n" + big + "\nb\n") == "a\n!2:1 a field of more than 1 MiB\n");
    CHECK(read_csv("a\n\"" + big + "\"\nb\n").find("!2:1 a quoted field of more than 1 MiB") == 2);
}

TEST_CASE("a file that cannot be read on is a complaint, not an end")
{
    const auto failing = [](std::string first) {
        return text_stream([first = std::move(first)](std::uint64_t offset, std::uint64_t) {
            if (offset == 0)
                return base::result<std::string>(first);
            return base::result<std::string>(base::fail_errno(EIO, "read rows.csv"));
        });
    };
    CHECK(read_csv(failing("a,b\n1,2\n")).find("a|b\n1|2\n!3:1 read rows.csv: Input/output") == 0);
    CHECK(read_csv(failing("a,b\n1,\"2")).find("a|b\n!2:5 read rows.csv: Input/output") == 0);
    CHECK(read_csv(failing("a,b\n1")).find("a|b\n!2:2 read rows.csv: Input/output") == 0);
    CHECK(read_jsonl(failing("{\"a\":1}\n{\"a\"")).find("a=1#;\n!2:1 read rows.csv") == 0);
}

TEST_CASE("JSONL gives texts, numbers and booleans as variables")
{
    const std::string text =
        "\xEF\xBB\xBF{\"a\":\"x\",\"n\":1.5,\"t\":true,\"z\":null}\r\n\n  \n{\"a\":\"\\u00e9\"}";
    const auto whole = read_jsonl(text_stream::of_text(text));
    CHECK(whole == "a=x;n=1.5#;t=true;z=;\na=\u00e9;\n");
    for (std::size_t piece = 1; piece < text.size(); ++piece)
        CHECK(read_jsonl(in_pieces(text, piece)) == whole);
}

TEST_CASE("what is wrong in JSONL is said at its line")
{
    const auto read = [](const std::string& text) {
        return read_jsonl(text_stream::of_text(text));
    };
    CHECK(read("{\"a\":1}\n{\"a\"\n{\"a\":2}\n").find("a=1#;\n!2:1 expected one JSON object") == 0);
    CHECK(read("{\"a\":1}\n{\"a\"\n{\"a\":2}\n").ends_with("a=2#;\n"));
    CHECK(read("[1]\n").find("!1:1 expected a JSON object") == 0);
    CHECK(read("{\"\u00e9\":1,\"b\":{}}\n").find("!1:8 'b' is an object") == 0);
    CHECK(read("{\"a\":\"b\",\"b\":[]}\n").find("!1:10 'b' is a list") == 0);
    CHECK(read("{\"a{\":1}\n").find("!1:2 the name 'a{'") == 0);
    CHECK(read("{\"a\":1,\"a\":2}\n").find("!1:2 a second member named 'a'") == 0);
    CHECK(read("{\"a\":\"\\u0000\"}\n").find("NUL character") != std::string::npos);
    CHECK(read("{\"a\":\"\xff\"}\n").find("!1:7 not valid UTF-8") == 0);
    CHECK(read("{\"a\":\"" + std::string(5u << 20, 'x')).find("more than 4 MiB") !=
          std::string::npos);
}
