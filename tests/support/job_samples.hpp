// job_samples: requests, pictures and items with defaults for everything, so that what a test sets
// is what matters to it.
#pragma once

#include "engine/job/item.hpp"

#include <string>
#include <string_view>

namespace support {

[[nodiscard]] inline engine::job::image_request request_for(std::string_view model)
{
    engine::job::image_request request;
    request.model = model;
    request.prompt = "a brass desk lamp on a white table";
    request.size = engine::job::image_size{1024, 1024};
    request.quality = "medium";
    return request;
}

// A PNG without alpha; `source` also makes its path and its hash.
[[nodiscard]] inline engine::job::reference_image photo(std::string source,
                                                        engine::job::image_size size)
{
    engine::job::reference_image image;
    image.path = "photos/" + source;
    image.sha256 = "hash of " + source;
    image.source = std::move(source);
    image.size = size;
    image.bytes = 200'000;
    return image;
}

[[nodiscard]] inline engine::job::item item_for(std::string_view model)
{
    engine::job::item item;
    item.id = "lamp-studio";
    item.routes = {{.provider = "openai", .model = std::string(model)}};
    item.request = request_for(model);
    item.outputs.emplace_back();
    item.outputs[0].name = "master";
    item.outputs[0].path = "lamp/master.png";
    return item;
}

} // namespace support
