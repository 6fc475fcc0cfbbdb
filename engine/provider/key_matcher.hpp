// key_matcher: says whether an object's key, read byte by byte with its escapes undone, is one of a
// few wanted ones. Pure; holds at most one key of key_bytes_max.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace engine::provider {

class key_matcher {
public:
    static constexpr std::size_t key_bytes_max = 64; // longer keys match nothing

    // Each of `wanted` is 1-64 bytes of printable ASCII.
    explicit key_matcher(std::vector<std::string> wanted);

    // After the opening quote.
    void start();
    // The next byte of the string; true when it is the closing quote. An escape that JSON does not
    // know makes the key match nothing: refusing the document is for its reader to do.
    [[nodiscard]] bool take(char c);
    // After the closing quote: the wanted key this is, living as long as the matcher, or nothing.
    [[nodiscard]] const std::string* match() const;

private:
    enum class place { plain, escape, unicode };

    void take_escape(char c);
    void take_unicode(char c);
    void add(unsigned code_unit);

    std::vector<std::string> wanted_;
    std::string key_;
    place place_ = place::plain;
    bool hopeless_ = false;
    unsigned unicode_ = 0; // of the digits of \uXXXX so far
    int digits_ = 0;       // how many
};

} // namespace engine::provider
