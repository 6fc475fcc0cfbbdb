// images_api: the Images API of one provider over HTTP: /images/generations and /images/edits.
#pragma once

#include "engine/provider/wired_api.hpp"

namespace engine::provider {

class images_api final : public wired_api {
public:
    // `client` and `time` must outlive this and every send().
    images_api(provider_access access, http::client& client, const runtime::clock& time);

private:
    [[nodiscard]] base::result<prepared_request> build(const job::image_request& request,
                                                       const image_inputs& inputs) const override;
    [[nodiscard]] std::unique_ptr<answer_reader> reader(image_sink& sink,
                                                        bool is_edit) const override;
    [[nodiscard]] bool takes_file_ids() const override;
};

} // namespace engine::provider
