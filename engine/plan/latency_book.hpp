// latency_book: how long a picture will take: as measured by earlier runs of this folder, else by a
// table of guesses; for the look-alike as its profile says.
#pragma once

#include "engine/job/image_request.hpp"
#include "engine/job/provider_spec.hpp"
#include "engine/job/route.hpp"
#include "engine/ledger/latency_table.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::plan {

enum class latency_source {
    measured, // in this form
    scaled,   // measured on the same route in another size or quality
    profile,  // the look-alike's own
    guess,
};

struct expected_latency {
    double seconds = 0;       // mean time on the wire
    double sigma = 0;         // of its logarithm
    double local_seconds = 0; // decoding and encoding on one thread; 0 = not known
    latency_source source = latency_source::guess;
    std::int64_t samples = 0; // measured and scaled: how many pictures say so
};

class latency_book {
public:
    // Both must outlive it. The providers must be complete.
    latency_book(const ledger::latency_table& measured,
                 const std::vector<job::provider_spec>& providers);

    // `request` as it goes to that route.
    [[nodiscard]] expected_latency find(const job::route& where,
                                        const job::image_request& request) const;
    // The share of attempts that have to be made once more, 0 to 0.9: measured, else the
    // look-alike's faults, else none.
    [[nodiscard]] double again(const job::route& where) const;
    // What the look-alike will take, whatever the manifest says; nothing for other providers.
    [[nodiscard]] job::rate_limits limits_of_profile(std::string_view provider) const;

private:
    struct lookalike {
        double base_ms = 0, per_megapixel_ms = 0, sigma = 0, again = 0;
        job::rate_limits limits;
    };
    [[nodiscard]] expected_latency guessed(const job::route& where,
                                           std::optional<job::image_size> size,
                                           std::string_view quality) const;

    const ledger::latency_table& measured_;
    std::map<std::string, lookalike, std::less<>> lookalikes_;
};

} // namespace engine::plan
