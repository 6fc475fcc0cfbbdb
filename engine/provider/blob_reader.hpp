// blob_reader: reads the inside of one JSON string that is an image, decoding it into a sink.
//
// The text is base64 with padding, as base::base64_decoder has it. `\/` is accepted, because some
// gateways write it, and so is a data URL's prefix in front ("data:image/png;base64,"). Anything
// else is blob_errc::not_base64. The decoder meets the closing quote by itself: a piece is looked
// at once, and goes by way of one buffer per thread straight to the sink.
#pragma once

#include "engine/base/base64.hpp"
#include "engine/base/bytes.hpp"
#include "engine/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace engine::provider {

enum class blob_errc {
    not_base64 = 1,     // a blob holds something else, or ends in the wrong place
    blob_too_large,     // more decoded bytes than blob_bytes_max
    skeleton_too_large, // more text beside the blobs than skeleton_bytes_max
    too_deep,           // nested deeper than 64 levels
    unbalanced,         // a bracket closes what was never opened
    cut_short,          // the text ended inside a string, an object or an array
};
[[nodiscard]] std::error_code make_error_code(blob_errc code);

// Where blobs go. Each call may refuse; that failure comes out of feed() as it is and ends the
// text: no further call is made. Of a blob that was begun and never ended, throw away what came.
class blob_sink {
public:
    virtual ~blob_sink() = default;
    // The blob under `key` has a first character.
    [[nodiscard]] virtual base::result<void> begin_blob(std::string_view key) = 0;
    // The next bytes, at least one. They lie in a buffer that all readers of a thread share: copy
    // them, and feed no reader before returning.
    [[nodiscard]] virtual base::result<void> write(base::byte_view decoded) = 0;
    // The blob was whole and well-formed.
    [[nodiscard]] virtual base::result<void> end_blob() = 0;
};

class blob_reader {
public:
    // `sink` must outlive the reader. Over `blob_bytes_max` decoded bytes is blob_too_large.
    blob_reader(blob_sink& sink, std::uint64_t blob_bytes_max);

    // After the opening quote. `key` is for the sink and for failures, and must live until close().
    void start(std::string_view key);

    // Reads up to the closing quote, which it leaves, or all of `text`; returns how much. `offset`
    // is where `text` lies in the whole document, for the failure.
    [[nodiscard]] base::result<std::size_t> read(std::string_view text, std::uint64_t offset);

    // The closing quote came, at `offset`. False if there was no blob: the string was empty, or a
    // data URL with nothing after the comma.
    [[nodiscard]] base::result<bool> close(std::uint64_t offset);

private:
    enum class place { start, url, url_escape, url_end, payload, payload_escape };

    [[nodiscard]] base::result<std::size_t> read_on(std::string_view text, std::uint64_t offset);
    [[nodiscard]] base::result<bool> take(char c, std::uint64_t offset);
    [[nodiscard]] base::result<bool> take_url(char c, std::uint64_t offset);
    [[nodiscard]] base::result<void> begin();
    [[nodiscard]] base::result<std::size_t> decode(std::string_view text);
    [[nodiscard]] base::result<std::size_t> decode_escaped(std::string_view text);
    [[nodiscard]] base::result<void> flush();
    [[nodiscard]] std::unexpected<base::failure> foreign(char c, std::uint64_t offset) const;
    [[nodiscard]] std::unexpected<base::failure> refuse(std::string why,
                                                        std::uint64_t offset) const;

    blob_sink* sink_;
    std::uint64_t blob_bytes_max_;
    std::string_view key_;
    place place_ = place::start;
    std::string url_; // the prefix as far as it came
    base::base64_decoder decoder_;
    std::uint64_t blob_bytes_ = 0; // handed out
    std::size_t unsent_ = 0;       // decoded and not yet handed out; 0 between calls
};

} // namespace engine::provider

template <>
struct std::is_error_code_enum<engine::provider::blob_errc> : std::true_type {};
