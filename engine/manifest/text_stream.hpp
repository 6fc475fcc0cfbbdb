// text_stream: a large text file byte by byte, read in pieces of 256 KiB, with the place of each
// byte. A byte order mark at the start is passed over.
#pragma once

#include "engine/base/result.hpp"
#include "engine/manifest/problem.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace engine::runtime {
class files;
}

namespace engine::manifest {

class text_stream {
public:
    // Gives the bytes from an offset, at most as many as asked; empty at the end of the file.
    using source =
        std::function<base::result<std::string>(std::uint64_t offset, std::uint64_t bytes_max)>;

    explicit text_stream(source from) : from_(std::move(from)) {}
    // The files must outlive the stream.
    [[nodiscard]] static text_stream of_file(runtime::files& disk, std::string path);
    // For tests and fuzzing; the text is copied.
    [[nodiscard]] static text_stream of_text(std::string text);

    // The next byte without taking it, or -1 at the end or after a failure.
    [[nodiscard]] int peek();
    // Takes it. Lines end with LF, CRLF or a lone CR; the place counts characters.
    int take();
    [[nodiscard]] mark place() const { return place_; } // of the byte that peek() shows
    [[nodiscard]] const std::optional<base::failure>& failure() const { return failure_; }

private:
    void fill();

    source from_;
    std::string piece_;
    std::size_t at_ = 0; // in piece_
    std::uint64_t offset_ = 0;
    bool ended_ = false;
    bool after_cr_ = false;
    mark place_;
    std::optional<base::failure> failure_;
};

} // namespace engine::manifest
