// forecast: what several rehearsed nights say together: when it ends, what it costs, what holds it
// back. Pure.
#pragma once

#include "engine/base/json.hpp"
#include "engine/base/money.hpp"
#include "engine/base/wall_time.hpp"
#include "engine/rehearse/night.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace engine::rehearse {

// Of all nights: one in twenty is below `p5`, one in twenty above `p95`. Of few nights the lowest
// and the highest; of one night all are the same.
template <class Value>
struct interval {
    Value p5{}, p50{}, p95{};
};

struct forecast_frame {
    base::wall_time start;             // of the nights
    int nights_wanted = 1;             // more than were rehearsed when time was up
    std::chrono::milliseconds took{0}; // the rehearsal itself
    std::optional<base::microusd> cap; // for all that is ever spent in the folder
    base::microusd spent_before;
    bool is_model = false; // a real provider was modelled
};

class forecast {
public:
    // At least one night.
    forecast(std::vector<night_result> nights, forecast_frame frame);

    [[nodiscard]] interval<std::chrono::milliseconds> finish() const { return finish_; }
    [[nodiscard]] interval<base::microusd> cost() const { return cost_; }
    [[nodiscard]] interval<std::int64_t> count(job::item_state state) const;
    // Part of all nights' time, largest first; "" = nothing held it back.
    [[nodiscard]] const std::vector<std::pair<std::string, double>>& bound_by() const
    {
        return bound_by_;
    }
    [[nodiscard]] const std::vector<night_result>& nights() const { return nights_; }

    // For people: a line each.
    [[nodiscard]] std::string text() const;
    // docs/rehearse.md lists its members.
    [[nodiscard]] base::json to_json() const;

private:
    [[nodiscard]] std::int64_t attempts(std::string_view outcome, std::size_t night) const;

    std::vector<night_result> nights_;
    forecast_frame frame_;
    interval<std::chrono::milliseconds> finish_;
    interval<base::microusd> cost_;
    std::vector<std::pair<std::string, double>> bound_by_;
};

} // namespace engine::rehearse
