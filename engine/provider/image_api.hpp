// image_api: asks one provider for one image. What `run` sees of a wire, whichever it is.
#pragma once

#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"
#include "engine/http/message.hpp"
#include "engine/job/image_request.hpp"
#include "engine/job/outcome.hpp"
#include "engine/job/usage.hpp"
#include "engine/provider/retry_hint.hpp"
#include "engine/runtime/call_context.hpp"
#include "engine/runtime/task.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::provider {

// Where the decoded bytes of the final image go while they arrive; `run` puts a file behind it.
// Calls come in order on the loop and must be quick (page cache). A failure ends the exchange and
// comes back as reply::local_failure.
class image_sink {
public:
    virtual ~image_sink() = default;
    // Just before the first byte of the request may leave. Who is cancelled before this has sent
    // nothing.
    virtual void on_sending() {}
    // The head of an answer has been read, whatever its status, and it says something about limits:
    // before its body, which may take minutes. At most once for each exchange; not from fetch().
    virtual void on_limits(const std::vector<bucket_reading>& /*readings*/) {}
    // The provider's name for the answer under way, as soon as it is known: the first event of a
    // stream, the first members of a document. Once; not from fetch(). Whoever writes it down can
    // fetch() the answer when the rest is lost. At most 200 bytes of visible ASCII.
    virtual void on_response_id(std::string_view /*id*/) {}
    // An image starts: whatever was written before is to be dropped.
    [[nodiscard]] virtual base::result<void> begin() = 0;
    [[nodiscard]] virtual base::result<void> write(base::byte_view bytes) = 0;
    // A partial image starts, the `index`-th of this answer, from 0. True: write_partial() is to
    // follow with its bytes. Partials are never the result, whatever happens after them.
    [[nodiscard]] virtual bool begin_partial(int /*index*/) { return false; }
    // A failure is the sink's own affair: it can stop wanting partials, and the answer goes on.
    virtual void write_partial(base::byte_view /*bytes*/) {}
    virtual void end_partial() {}
};

// The bytes of references and mask, shared by all requests that send them.
struct image_inputs {
    std::vector<http::body_piece> references = {}; // as many as the request has, in its order
    http::body_piece mask = nullptr;               // null without a mask
    // The provider's names for what it has already (see image_api::upload): as many as references,
    // or none; an empty one means that the bytes are sent.
    std::vector<std::string> reference_file_ids = {};
    std::string mask_file_id = {};
};

// A request ready to leave. `hash` names its body for the intent.
struct prepared_request {
    http::request wire;
    std::string hash; // SHA-256, hexadecimal
    bool is_edit = false;
    std::vector<std::string> file_ids = {}; // uploaded files that it names
};

// What names an answer whose way to us was cut. Either is enough; the response's id tells more.
struct answer_handle {
    std::string response_id = {};     // from on_response_id() or reply::response_id
    std::string conversation_id = {}; // from prepare_recovery(), if the request carried it
    [[nodiscard]] bool empty() const { return response_id.empty() && conversation_id.empty(); }
};

// What fetch() came to.
enum class fetch_ending {
    answered,      // the reply is what send() would have said: delivered, refused, failed, ...
    still_running, // the provider still works on it: fetch again later, nothing is lost
    not_found,     // the provider does not know it, or not any more: the doubt stays a doubt
    failed,        // the fetch itself failed (network, 5xx, 429, our key): try again later
};
inline constexpr std::array<std::string_view, 4> fetch_ending_names = {"answered", "still_running",
                                                                       "not_found", "failed"};
[[nodiscard]] constexpr std::string_view name_of(fetch_ending value)
{
    return fetch_ending_names[static_cast<std::size_t>(value)];
}

// How an exchange ended. `delivered` means that a whole image reached the sink; what it shows is
// still to be checked.
struct reply {
    job::outcome outcome = job::outcome::unknown;
    std::string error_code;    // empty when delivered
    std::string error_message; // cleaned
    int http_status = 0;       // 0 = no answer came
    bool possibly_billed = false;
    bool never_fits = false;    // outcome invalid: more was asked than the limit ever allows
    std::string request_id;     // x-request-id
    std::string response_id;    // Responses API: for chains and for fetching a lost answer
    std::string image_call_id;  // Responses API: of the tool call that drew the image
    std::string model_returned; // of the image model, where the answer names it
    std::string revised_prompt;
    std::optional<job::usage> used;
    int partials_received = 0;
    std::optional<std::chrono::milliseconds> retry_after;
    std::vector<bucket_reading> buckets;
    limit_text limits; // of a 429's message
    std::map<std::string, std::string> rate_limit_headers;
    std::uint64_t bytes_received = 0;
    // Milliseconds from the start of the exchange; nothing = never reached.
    std::optional<double> connect_ms, first_byte_ms, first_event_ms, first_partial_ms, last_byte_ms;
    std::optional<base::failure> local_failure; // our own disk failed: the run cannot go on
    // Of fetch() alone. But for `answered` the outcome is `unknown`, possibly billed, as it was
    // before; the error's code is the fetch_ending's name, or with `failed` what went wrong.
    fetch_ending fetched = fetch_ending::answered;
};

class image_api {
public:
    virtual ~image_api() = default;
    // Gives the provider the references and the mask of `request` that it can keep and does not
    // have yet, once each by their content, and fills in the file ids of `inputs`. Nothing where it
    // keeps no files. A failure means that nothing of the request itself was sent.
    [[nodiscard]] virtual runtime::task<base::result<void>>
    upload(const job::image_request& request, image_inputs& inputs, runtime::call_context context);
    // Deletes what upload() gave it. How many could not be deleted.
    [[nodiscard]] virtual runtime::task<int> remove_uploads(runtime::call_context context);
    // Builds the wire form; no I/O. `client_request_id`: ASCII, at most 512 characters, new for
    // each attempt.
    [[nodiscard]] virtual base::result<prepared_request>
    prepare(const job::image_request& request, const image_inputs& inputs,
            const std::string& client_request_id) const = 0;
    // Sends it once; never retries. `sink` must live until the task is done. A cancelled send
    // throws like any wait.
    [[nodiscard]] virtual runtime::task<reply> send(prepared_request prepared, image_sink& sink,
                                                    runtime::call_context context) = 0;

    // Whether an answer that was lost can be had again, so that `recoverable` requests are worth
    // it. False unless the wire says so.
    [[nodiscard]] virtual bool can_fetch() const;
    // Before prepare(), for a recoverable request: makes a place at the provider in which the
    // answer will lie even when its id never reaches us. Its id goes into
    // image_request::conversation_id and into the intent. Empty where there is no such place, or
    // the request cannot use it; a failure means the same, with the reason. Costs nothing.
    [[nodiscard]] virtual runtime::task<base::result<std::string>>
    prepare_recovery(const job::image_request& request, runtime::call_context context);
    // Brings the answer that `lost` names, its picture into `sink`: of the sink only begin() and
    // write() are called. While the provider still works on it, asks again in growing steps until
    // the context's deadline, which must be a near one. Buys nothing, ever: these are GETs.
    // `is_edit`: whether the request had references (input tokens whose kind is not told are then
    // an image's). `sink` must live until the task is done.
    [[nodiscard]] virtual runtime::task<reply>
    fetch(answer_handle lost, bool is_edit, image_sink& sink, runtime::call_context context);
};

} // namespace engine::provider
