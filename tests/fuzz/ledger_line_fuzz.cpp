// Any text through ledger::from_line: an event that was read can be written and read again, and is
// the same from then on; folding it never breaks.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/ledger/history.hpp"
#include "engine/ledger/line.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace engine;
    const auto happened = ledger::from_line(base::as_text({data, size}));
    if (!happened)
        return 0;
    const auto line = ledger::to_line(*happened);
    ENGINE_ASSERT(line.find('\n') == std::string::npos);
    const auto again = ledger::from_line(line);
    // What was just within the bound may grow when it is written out in full.
    ENGINE_ASSERT(again.has_value() || line.size() > ledger::line_bytes_max);
    if (again) {
        // Names that lost a secret may change their order, once.
        const auto settled = ledger::to_line(*again);
        ENGINE_ASSERT(ledger::to_line(ledger::from_line(settled).value()) == settled);
    }
    ledger::history all;
    all.add(*happened);
    all.add(*happened);
    return 0;
}
