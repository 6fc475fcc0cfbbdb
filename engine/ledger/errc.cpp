#include "engine/ledger/errc.hpp"

#include <string>

namespace engine::ledger {

namespace {

struct ledger_category final : std::error_category {
    [[nodiscard]] const char* name() const noexcept override { return "ledger"; }
    [[nodiscard]] std::string message(int code) const override
    {
        switch (static_cast<errc>(code)) {
        case errc::malformed_line:
            return "not a ledger line";
        case errc::unknown_version:
            return "ledger line of a version that this darkroom does not read";
        case errc::unknown_type:
            return "ledger line of a type that this darkroom does not know";
        case errc::line_too_long:
            return "ledger line too long";
        case errc::damaged:
            return "damaged ledger";
        }
        return "unknown ledger error";
    }
};

} // namespace

std::error_code make_error_code(errc code)
{
    static const ledger_category category;
    return {static_cast<int>(code), category};
}

} // namespace engine::ledger
