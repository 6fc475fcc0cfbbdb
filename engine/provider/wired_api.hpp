// wired_api: what the Images and the Responses API have in common: one request, one answer, over
// one HTTP client, with one key.
#pragma once

#include "engine/http/client.hpp"
#include "engine/provider/answer_reader.hpp"
#include "engine/provider/image_api.hpp"
#include "engine/provider/json_body.hpp"
#include "engine/provider/request_wire.hpp"
#include "engine/provider/uploaded_files.hpp"

#include <memory>
#include <string>

namespace engine::provider {

class wired_api : public image_api {
public:
    [[nodiscard]] runtime::task<base::result<void>> upload(const job::image_request& request,
                                                           image_inputs& inputs,
                                                           runtime::call_context context) override;
    [[nodiscard]] runtime::task<int> remove_uploads(runtime::call_context context) override;
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
    // Whether requests can name an uploaded file.
    [[nodiscard]] virtual bool takes_file_ids() const = 0;

    provider_access access_;
    http::client& client_;
    const runtime::clock& time_;
    mutable encoded_images encoded_; // a cache: prepare() stays const to those who call it

private:
    // Fetches an image that lies elsewhere into the sink: a plain GET, without the key.
    [[nodiscard]] runtime::task<> fetch_address(std::string address, image_sink& sink,
                                                reply& answer, runtime::call_context context);

    uploaded_files uploads_;
};

} // namespace engine::provider
