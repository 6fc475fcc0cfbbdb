// blob_scanner: takes the images out of a JSON text while it passes by.
//
// It is fed with pieces of one JSON text: the data of a stream event, or a whole reply of tens of
// megabytes. The string values of the wanted keys are base64: they are decoded and handed to a sink
// as they come, and never held (see blob_reader.hpp). Everything else is copied to a small text,
// the skeleton, in which each such value is replaced by a marker, "@blob:0", "@blob:1", ... in
// order of appearance. As only strings were exchanged for strings, the skeleton is valid JSON
// exactly when the original was: read it strictly with base::parse_json(), and the markers say
// which member carried which blob. A string under a wanted key is always a marker or empty, so a
// reply cannot fake one there.
//
// Pure but for the sink. Keys count as keys only: outside strings, in an object, before a colon,
// with escapes undone ("b64\u005fjson" is b64_json). A wanted key whose value is no string, or an
// empty one, is left as it is. How the text was cut changes nothing but the sizes of the writes.
// Fuzzed by tests/fuzz/blob_scanner_fuzz.cpp, timed by bench/stream_bench.cpp.
#pragma once

#include "engine/base/result.hpp"
#include "engine/provider/blob_reader.hpp"
#include "engine/provider/key_matcher.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::provider {

struct blob_limits {
    // Text beside the blobs. Events and replies have a few KB of it.
    std::size_t skeleton_bytes_max = 1u << 20;
    // Decoded, for each blob. The largest picture on offer, 3840x2160, is 33 MB as raw RGBA.
    std::uint64_t blob_bytes_max = 128u << 20;
};

class blob_scanner {
public:
    static constexpr int depth_max = 64; // of nested objects and arrays

    // `keys`: the members whose strings are blobs, as key_matcher wants them: b64_json for Images,
    // partial_image_b64 and result for Responses. `sink` must outlive the scanner.
    blob_scanner(std::vector<std::string> keys, blob_sink& sink, blob_limits limits = {});
    blob_scanner(blob_scanner&&) = default;
    blob_scanner& operator=(blob_scanner&&) = default;

    // The next piece of the text. After a failure, the same failure until reset().
    [[nodiscard]] base::result<void> feed(std::string_view piece);

    // The text is over: the skeleton, valid until feed() or reset(). Its strings are closed and its
    // brackets counted; whether it is JSON is for its reader to say.
    [[nodiscard]] base::result<std::string_view> finish();

    // Ready for the next text, keeping the memory.
    void reset();

    // The skeleton up to now. In begin_blob() it ends right before the blob's value, so that a sink
    // can look whether the type of the event is already known.
    [[nodiscard]] std::string_view skeleton_so_far() const { return skeleton_; }
    // Blobs ended since the last reset(): the number that the next marker gets.
    [[nodiscard]] std::size_t blobs() const { return blobs_; }

    // The number in a marker, or nothing for any other text.
    [[nodiscard]] static std::optional<std::size_t> marked_blob(std::string_view text);

private:
    enum class place { between, text, text_escape, key, blob }; // `between`: outside strings
    enum class expected { value, key, colon, wanted_value };    // what a string would be now

    [[nodiscard]] base::result<std::size_t> step(std::string_view piece);
    [[nodiscard]] base::result<void> take_between(char c);
    [[nodiscard]] base::result<void> open_bracket(bool object);
    [[nodiscard]] base::result<void> close_bracket();
    [[nodiscard]] base::result<void> end_blob();
    [[nodiscard]] base::result<void> copy(std::string_view text);
    [[nodiscard]] std::unexpected<base::failure> refuse(blob_errc code, std::string why = {}) const;

    blob_limits limits_;
    key_matcher matcher_;
    blob_reader reader_;

    std::string skeleton_;
    std::optional<base::failure> failed_;
    std::uint64_t offset_ = 0; // of the next byte in the whole text
    std::size_t blobs_ = 0;

    place place_ = place::between;
    expected expected_ = expected::value;
    const std::string* wanted_ = nullptr; // the last key, if it is one of those
    std::uint64_t objects_ = 0; // one bit per open bracket, the innermost lowest: is it an object?
    int depth_ = 0;
};

} // namespace engine::provider
