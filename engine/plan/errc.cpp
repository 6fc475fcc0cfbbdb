#include "engine/plan/errc.hpp"

#include <string>

namespace engine::plan {

namespace {

class plan_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "plan"; }
    std::string message(int code) const override
    {
        switch (static_cast<errc>(code)) {
        case errc::not_a_plan:
            return "this is not a saved plan";
        case errc::unknown_version:
            return "a saved plan of another darkroom; make it again with this one";
        case errc::damaged:
            return "the saved plan is damaged; make it again";
        case errc::line_too_long:
            return "a line of the saved plan is too long";
        }
        return "unknown";
    }
};

} // namespace

std::error_code make_error_code(errc code)
{
    static const plan_category category;
    return {static_cast<int>(code), category};
}

} // namespace engine::plan
