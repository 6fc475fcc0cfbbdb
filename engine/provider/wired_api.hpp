// wired_api: what the Images and the Responses API have in common: one request, one answer, over
// one HTTP client, with one key.
#pragma once

#include "engine/http/client.hpp"
#include "engine/provider/answer_reader.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/provider/json_body.hpp"
#include "engine/provider/request_wire.hpp"

#include <memory>
#include <string>

namespace engine::provider {

class wired_api : public image_api {
public:
    [[nodiscard]] base::result<prepared_request>
    prepare(const job::image_request& request, const image_inputs& inputs,
            const std::string& client_request_id) const override;
    [[nodiscard]] runtime::task<reply> send(prepared_request prepared, image_sink& sink,
                                            runtime::call_context context) override;

protected:
    // `client` and `time` must outlive this and every send().
    wired_api(provider_access access, http::client& client, const runtime::clock& time);

    [[nodiscard]] virtual base::result<prepared_request>
    build(const job::image_request& request, const image_inputs& inputs) const = 0;
    [[nodiscard]] virtual std::unique_ptr<answer_reader> reader(image_sink& sink,
                                                                bool is_edit) const = 0;

    provider_access access_;
    http::client& client_;
    const runtime::clock& time_;
    mutable encoded_images encoded_; // a cache: prepare() stays const to those who call it
};

} // namespace engine::provider
