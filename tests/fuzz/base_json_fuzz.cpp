// Any text through base::parse_json: what is accepted must survive being written and read again.
#include "engine/base/assert.hpp"
#include "engine/base/bytes.hpp"
#include "engine/base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto text = engine::base::as_text({data, size});
    const auto value = engine::base::parse_json(text, "fuzz");
    if (!value)
        return 0;
    const auto written = value->dump();
    const auto again = engine::base::parse_json(written, "fuzz");
    ENGINE_ASSERT(again.has_value());
    ENGINE_ASSERT(again->dump() == written);
    ENGINE_ASSERT(engine::base::parse_json(value->dump_pretty(), "fuzz").has_value());
    // Outside text that is not JSON at all must still be writable as a string.
    ENGINE_ASSERT(engine::base::parse_json(engine::base::json(text).dump(), "fuzz").has_value());
    return 0;
}
