// answer_reader: reads an image answer while it arrives: a stream of events, or one JSON document,
// or whatever a gateway sends instead. What both APIs have in common; images_reply and
// responses_reply know their own events. Source: contract sections 1, 3, 4, 5; gateways' habits.
//
// The answer's own content type decides how it is read, never what was asked. Image bytes go to the
// sink as they come; of the rest only the skeleton (see blob_scanner.hpp) is held. A partial image
// that is known as one before its bytes is offered to the sink; any other is counted and dropped.
#pragma once

#include "engine/base/json.hpp"
#include "engine/http/client.hpp"
#include "engine/http/sse_parser.hpp"
#include "engine/provider/blob_scanner.hpp"
#include "engine/provider/error_class.hpp"
#include "engine/provider/image_api.hpp"

#include <optional>
#include <string>
#include <vector>

namespace engine::provider {

// Whether a JSON value says that something is wrong: any non-empty object or text.
[[nodiscard]] bool is_truthy_error(const base::json& value);

// Whether a text can name an answer: 1 to 200 bytes of visible ASCII that hold nothing like a key.
// It will stand in a path and in the ledger.
[[nodiscard]] bool is_answer_id(std::string_view text);

class answer_reader : public http::response_handler, private blob_sink {
public:
    void on_sending() override { sink_.on_sending(); }
    [[nodiscard]] base::result<void> on_head(const http::response_head& head) override;
    [[nodiscard]] base::result<void> on_body(std::string_view piece) override;

    // A whole image reached the sink: nothing after it changes that.
    [[nodiscard]] bool has_image() const { return image_; }
    // Where the image lies when the answer holds only its address; else empty. The reply is then
    // `bad_output`, "url_only".
    [[nodiscard]] const std::string& result_url() const { return result_url_; }
    // Once, when the exchange has ended: what it came to.
    [[nodiscard]] reply finish(const http::exchange_report& exchange);

protected:
    // `sink` and `time` must outlive this. `image_keys`: the members whose strings are images.
    answer_reader(image_sink& sink, const runtime::clock& time, std::vector<std::string> image_keys,
                  std::string partial_key);

    // An event that is neither an error nor a partial image. `has_blob`: the event's image, if it
    // is the answer's, lies whole in the sink. After a failure or the image, events still come, for
    // what they say about usage, until take_all() was called.
    virtual void take_event(std::string_view type, const base::json& body, bool has_blob) = 0;
    // The whole answer, status 200, without an error of its own unless there is an image as well.
    virtual void take_document(const base::json& body, bool has_blob) = 0;
    // The beginning of a document whose rest is still to come, images left out: the same again with
    // more, up to a few KB of it. For what must be known even if the rest is lost.
    virtual void take_document_start(std::string_view /*skeleton*/) {}
    // The stream came to its end and take_all() was not called. Default: no_final_event.
    virtual void take_end_of_events();

    void take_image() { image_ = true; }     // what lies in the sink is the result
    void take_all() { complete_ = true; }    // nothing that follows matters
    void take_error(const base::json& body); // in any of the known shapes
    void fail(job::outcome outcome, std::string code, std::string message, bool possibly_billed);
    void take_url(std::string_view url);        // all there is
    void take_response_id(std::string_view id); // the first counts; one that is none is passed over
    [[nodiscard]] bool failed() const { return failed_; }
    // Whether this is the marker (see blob_scanner.hpp) of the image that went to the sink.
    [[nodiscard]] bool is_result(const base::json& marker) const
    {
        return blob_scanner::marked_blob(marker.text_or({})) == result_blob_;
    }

    reply reply_;

private:
    enum class form { undecided, stream, document, other };

    [[nodiscard]] base::result<void> begin_blob(std::string_view key) override;
    [[nodiscard]] base::result<void> write(base::byte_view decoded) override;
    [[nodiscard]] base::result<void> end_blob() override;

    void decide_form(std::string_view first_bytes);
    [[nodiscard]] base::result<void> read_stream(std::string_view piece);
    [[nodiscard]] base::result<void> end_event(std::string_view event_name);
    void read_document();
    void note_partial();
    void classify_ending(const http::exchange_report& exchange);
    void classify_transport(const http::exchange_report& exchange);
    void classify_empty_answer();
    [[nodiscard]] double elapsed_ms() const;
    // Whether the event under way can still bring the image; else what is wrong with it is nothing.
    [[nodiscard]] bool awaits_image() const { return !image_ && !failed_; }

    enum class blob { none, result, partial }; // where the bytes under way go

    image_sink& sink_;
    const runtime::clock& time_;
    runtime::steady_time start_;
    std::string partial_key_;
    std::string result_url_;

    http::response_head head_;
    form form_ = form::undecided;
    http::sse_parser events_;
    blob_scanner scanner_;
    std::string raw_; // the beginning of an answer that is neither stream nor image document

    blob blob_ = blob::none;
    std::size_t result_blob_ = 0; // its number in the event or document
    bool blob_whole_ = false;     // one that went to the sink ended well in this event or document
    bool skip_event_ = false;     // the event under way is no JSON and holds no image
    bool image_ = false;
    bool complete_ = false;
    bool failed_ = false; // reply_ holds an error already
    bool malformed_ = false;
    std::string malformed_text_;
};

} // namespace engine::provider
