// responses_api: the Responses API of one provider over HTTP, with the image_generation tool.
#pragma once

#include "engine/provider/lost_answer_fetch.hpp"
#include "engine/provider/wired_api.hpp"

namespace engine::provider {

class responses_api final : public wired_api {
public:
    // `client` and `time` must outlive this and every send().
    responses_api(provider_access access, http::client& client, runtime::clock& time);

    // What was begun in the background and answers with its name alone is waited for.
    [[nodiscard]] runtime::task<reply> send(prepared_request prepared, image_sink& sink,
                                            runtime::call_context context) override;
    [[nodiscard]] bool can_fetch() const override;
    [[nodiscard]] runtime::task<base::result<std::string>>
    prepare_recovery(const job::image_request& request, runtime::call_context context) override;
    [[nodiscard]] runtime::task<reply> fetch(answer_handle lost, bool is_edit, image_sink& sink,
                                             runtime::call_context context) override;

private:
    [[nodiscard]] base::result<prepared_request> build(const job::image_request& request,
                                                       const image_inputs& inputs) const override;
    [[nodiscard]] std::unique_ptr<answer_reader> reader(image_sink& sink,
                                                        bool is_edit) const override;
    [[nodiscard]] bool takes_file_ids() const override;

    lost_answer_fetch lost_;
};

} // namespace engine::provider
