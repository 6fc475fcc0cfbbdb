// responses_api: the Responses API of one provider over HTTP, with the image_generation tool.
#pragma once

#include "engine/provider/wired_api.hpp"

namespace engine::provider {

class responses_api final : public wired_api {
public:
    // `client` and `time` must outlive this and every send().
    responses_api(provider_access access, http::client& client, const runtime::clock& time);

private:
    [[nodiscard]] base::result<prepared_request> build(const job::image_request& request,
                                                       const image_inputs& inputs) const override;
    [[nodiscard]] std::unique_ptr<answer_reader> reader(image_sink& sink,
                                                        bool is_edit) const override;
    [[nodiscard]] bool takes_file_ids() const override;
};

} // namespace engine::provider
