#include "engine/manifest/row_source.hpp"

#include "engine/manifest/jsonl.hpp"

namespace engine::manifest {

namespace {

class csv_rows final : public row_source {
public:
    explicit csv_rows(text_stream in) : reader_(std::move(in)) {}

    [[nodiscard]] bool open() { return reader_.read_header() == csv_reader::outcome::record; }

    outcome next(row& out) override
    {
        const auto got = reader_.next();
        if (got != csv_reader::outcome::record)
            return got == csv_reader::outcome::bad ? outcome::bad : outcome::end;
        const auto& names = reader_.columns();
        out.values.resize(names.size());
        for (std::size_t i = 0; i < names.size(); ++i) {
            out.values[i].name = names[i];
            out.values[i].text = reader_.fields()[i];
            out.values[i].number = false;
        }
        out.at = reader_.places().front();
        return outcome::row;
    }
    [[nodiscard]] const row_complaint& complaint() const override { return reader_.complaint(); }
    [[nodiscard]] const std::vector<std::string>* columns() const override
    {
        return &reader_.columns();
    }

private:
    csv_reader reader_;
};

class jsonl_rows final : public row_source {
public:
    explicit jsonl_rows(text_stream in) : reader_(std::move(in)) {}

    outcome next(row& out) override
    {
        const auto got = reader_.next();
        if (got != jsonl_reader::outcome::record)
            return got == jsonl_reader::outcome::bad ? outcome::bad : outcome::end;
        out.values = reader_.values();
        out.at = reader_.place();
        return outcome::row;
    }
    [[nodiscard]] const row_complaint& complaint() const override { return reader_.complaint(); }
    [[nodiscard]] const std::vector<std::string>* columns() const override { return nullptr; }

private:
    jsonl_reader reader_;
};

class listed_rows final : public row_source {
public:
    explicit listed_rows(const std::vector<row>& rows) : rows_(rows) {}

    outcome next(row& out) override
    {
        if (at_ == rows_.size())
            return outcome::end;
        out = rows_[at_++];
        return outcome::row;
    }
    [[nodiscard]] const row_complaint& complaint() const override { return none_; }
    [[nodiscard]] const std::vector<std::string>* columns() const override { return nullptr; }

private:
    const std::vector<row>& rows_;
    std::size_t at_ = 0;
    row_complaint none_;
};

class no_rows final : public row_source {
public:
    outcome next(row& out) override
    {
        if (done_)
            return outcome::end;
        done_ = true;
        out = {};
        return outcome::row;
    }
    [[nodiscard]] const row_complaint& complaint() const override { return none_; }
    [[nodiscard]] const std::vector<std::string>* columns() const override { return &columns_; }

private:
    bool done_ = false;
    row_complaint none_;
    std::vector<std::string> columns_;
};

} // namespace

opened_rows open_rows(runtime::files& disk, const rows_spec& spec)
{
    opened_rows opened;
    if (spec.type == rows_spec::kind::none) {
        opened.source = std::make_unique<no_rows>();
        return opened;
    }
    if (spec.type == rows_spec::kind::inline_list) {
        opened.source = std::make_unique<listed_rows>(spec.inline_rows);
        return opened;
    }
    // One byte: tells a missing file and a folder from a file that is bad inside.
    if (const auto probe = disk.read_at(spec.path, 0, 1); !probe) {
        opened.failure = probe.error().code.message();
        return opened;
    }
    auto in = text_stream::of_file(disk, spec.path);
    if (spec.type == rows_spec::kind::jsonl) {
        opened.source = std::make_unique<jsonl_rows>(std::move(in));
        return opened;
    }
    auto rows = std::make_unique<csv_rows>(std::move(in));
    if (!rows->open())
        opened.header = rows->complaint();
    else
        opened.source = std::move(rows);
    return opened;
}

} // namespace engine::manifest
