// route: one place an item may be made: provider, API and model.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace engine::job {

inline constexpr std::string_view api_images = "images";       // /images/generations, /images/edits
inline constexpr std::string_view api_responses = "responses"; // /responses with the image tool
inline constexpr std::array<std::string_view, 2> api_names = {api_images, api_responses};

// The first of an item's list is tried first.
struct route {
    std::string provider = {}; // a name in the run's provider list
    std::string api = std::string(api_images);
    std::string model = {};          // the model that draws
    std::string mainline_model = {}; // Responses API only: the text model that calls the image tool
    bool simulated = false; // a look-alike's picture is another content than the real one's: part
                            // of the content key

    // "openai/images/gpt-image-2": names the route in ledger, report and limits.
    [[nodiscard]] std::string name() const { return provider + "/" + api + "/" + model; }
    friend bool operator==(const route&, const route&) = default;
};

} // namespace engine::job
