#include "engine/rehearse/ledger_tape.hpp"

#include <cerrno>

namespace engine::rehearse {

namespace {

std::unexpected<base::failure> no_such_thing(const std::string& path)
{
    return base::fail_errno(ENOTSUP, "use the tape of a rehearsal as " + path);
}

} // namespace

class ledger_tape::recording final : public runtime::output_file {
public:
    explicit recording(ledger_tape& tape) : tape_(tape) {}
    base::result<void> append(base::byte_view bytes) override { return tape_.take(bytes); }
    base::result<void> sync() override { return {}; }
    base::result<void> close() override { return {}; }

private:
    ledger_tape& tape_;
};

base::result<void> ledger_tape::take(base::byte_view bytes)
{
    hash_.update(bytes);
    bytes_ += bytes.size();
    return copy_ ? copy_->append(bytes) : base::result<void>{};
}

base::result<std::unique_ptr<runtime::output_file>> ledger_tape::append_to(const std::string&)
{
    return std::make_unique<recording>(*this);
}

base::result<std::string> ledger_tape::read(const std::string& path, std::uint64_t)
{
    return no_such_thing(path);
}
base::result<std::string> ledger_tape::read_at(const std::string& path, std::uint64_t,
                                               std::uint64_t)
{
    return no_such_thing(path);
}
base::result<std::unique_ptr<runtime::output_file>> ledger_tape::create(const std::string& path)
{
    return no_such_thing(path);
}
base::result<void> ledger_tape::truncate(const std::string& path, std::uint64_t)
{
    return no_such_thing(path);
}
base::result<void> ledger_tape::rename(const std::string& from, const std::string&)
{
    return no_such_thing(from);
}
base::result<void> ledger_tape::link_or_copy(const std::string& from, const std::string&)
{
    return no_such_thing(from);
}
base::result<void> ledger_tape::remove(const std::string& path)
{
    return no_such_thing(path);
}
base::result<void> ledger_tape::make_directories(const std::string& path)
{
    return no_such_thing(path);
}
base::result<std::vector<std::string>> ledger_tape::list(const std::string& directory)
{
    return no_such_thing(directory);
}
base::result<std::unique_ptr<runtime::file_lock>> ledger_tape::lock(const std::string& path)
{
    return no_such_thing(path);
}

} // namespace engine::rehearse
