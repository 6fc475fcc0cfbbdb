// images_reply: reads the answer of the Images API while it arrives: a stream of events, or one
// JSON document, or whatever a gateway sends instead. Source: contract sections 1, 3, 5; events of
// both routes, gateways' habits.
//
// The answer's own content type decides how it is read, never what was asked. Image bytes go to the
// sink as they come; of the rest only the skeleton (see blob_scanner.hpp) is held. Partial images
// are counted and dropped.
#pragma once

#include "engine/http/client.hpp"
#include "engine/http/sse_parser.hpp"
#include "engine/provider/blob_scanner.hpp"
#include "engine/provider/error_class.hpp"
#include "engine/provider/image_api.hpp"

#include <optional>
#include <string>

namespace engine::provider {

class images_reply final : public http::response_handler, private blob_sink {
public:
    // `sink` and `time` must outlive this. `is_edit`: how input tokens are read when only their
    // total is told.
    images_reply(image_sink& sink, const runtime::clock& time, bool is_edit);

    void on_sending() override { sink_.on_sending(); }
    [[nodiscard]] base::result<void> on_head(const http::response_head& head) override;
    [[nodiscard]] base::result<void> on_body(std::string_view piece) override;

    [[nodiscard]] bool has_image() const { return final_; }
    // Once, when the exchange has ended: what it came to.
    [[nodiscard]] reply finish(const http::exchange_report& exchange);

private:
    enum class form { undecided, stream, document, other };

    [[nodiscard]] base::result<void> begin_blob(std::string_view key) override;
    [[nodiscard]] base::result<void> write(base::byte_view decoded) override;
    [[nodiscard]] base::result<void> end_blob() override;

    void decide_form(std::string_view first_bytes);
    [[nodiscard]] base::result<void> read_stream(std::string_view piece);
    [[nodiscard]] base::result<void> end_event(std::string_view event_name);
    void read_document();
    void take_result(const base::json& holder);
    void take_error(const base::json& body);
    void classify_ending(const http::exchange_report& exchange);
    void classify_transport(const http::exchange_report& exchange);
    void classify_empty_answer();
    void fail(job::outcome outcome, std::string code, std::string message, bool possibly_billed);
    [[nodiscard]] double elapsed_ms() const;

    image_sink& sink_;
    const runtime::clock& time_;
    runtime::steady_time start_;
    bool is_edit_;

    http::response_head head_;
    form form_ = form::undecided;
    http::sse_parser events_;
    blob_scanner scanner_;
    std::string raw_; // the beginning of an answer that is neither stream nor image document

    bool keep_blob_ = false;  // the blob under way goes to the sink
    bool blob_whole_ = false; // one that went there ended well in this event or document
    bool skip_event_ = false; // the event under way is no JSON and holds no image
    bool final_ = false;      // the image is there: nothing after it changes that
    bool malformed_ = false;
    std::string malformed_text_;
    reply reply_;
    bool failed_ = false; // reply_ holds an error already
};

} // namespace engine::provider
