// uploaded_files: reference images that a provider keeps for us, uploaded once each by their
// content. Source: contract section 10.
//
// One loop. Requests that want the same bytes at once wait for one upload. Uploading is a saving,
// never a condition: when it fails the caller sends the bytes, and when the provider has no Files
// API, or fails three times in a row, it is not asked again.
#pragma once

#include "engine/http/client.hpp"
#include "engine/job/image_request.hpp"
#include "engine/provider/request_wire.hpp"
#include "engine/runtime/slots.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace engine::provider {

class uploaded_files {
public:
    // All three must outlive this and its tasks.
    uploaded_files(const provider_access& access, http::client& client, const runtime::clock& time);

    // The provider's name for these bytes, uploading them if it has none; empty when that failed.
    [[nodiscard]] runtime::task<std::string>
    id_of(job::reference_image image, http::body_piece bytes, runtime::call_context context);
    // The provider does not know these any more: they are uploaded again when next wanted.
    void forget(const std::vector<std::string>& ids);
    // Deletes what was uploaded. How many could not be deleted; those stay known for another try.
    [[nodiscard]] runtime::task<int> remove_all(runtime::call_context context);

private:
    struct file {
        std::string id; // empty = not there
        runtime::slots uploading{1};
    };
    [[nodiscard]] runtime::task<std::string>
    upload(job::reference_image image, http::body_piece bytes, runtime::call_context context);

    const provider_access& access_;
    http::client& client_;
    const runtime::clock& time_;
    std::map<std::string, std::shared_ptr<file>> by_content_; // SHA-256
    int failures_ = 0;                                        // in a row
    bool given_up_ = false;
    int requests_ = 0; // for request ids of our own
};

} // namespace engine::provider
