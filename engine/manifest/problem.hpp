// problem: one thing that is wrong with a manifest or a file it names, and the bounded list of all
// of them.
//
// Everything is reported in one pass, so a reader notes a problem and goes on. The list is bounded:
// a million bad rows must not become a million strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace engine::manifest {

// A place in a file: 1-based, the column in characters (code points), not bytes.
struct mark {
    int line = 1;
    int column = 1;
    friend constexpr bool operator==(mark, mark) = default;
};

struct problem {
    std::string file; // as the user named it
    int line = 1;
    int column = 1;
    std::string message; // one sentence without a full stop: what was expected, what was found
    bool warning = false;
};

// "shop.yaml:12:9: error: size: expected ...", one line, safe on a terminal.
[[nodiscard]] std::string to_string(const problem& one);

class problems {
public:
    static constexpr std::size_t listed_max = 100; // errors; and as many warnings

    // The same problem (file, place, message) is noted once: what is wrong in `defaults` is wrong
    // in every job, and nobody wants to read it ten times. True if it was new.
    bool add(problem one);
    bool error(const std::string& file, mark at, std::string message);
    bool warn(const std::string& file, mark at, std::string message);

    // In the order found, at most listed_max errors and listed_max warnings.
    [[nodiscard]] const std::vector<problem>& list() const { return list_; }
    [[nodiscard]] std::size_t errors() const { return errors_; }     // all, listed or not
    [[nodiscard]] std::size_t warnings() const { return warnings_; } // all, listed or not
    // Errors given, repetitions included: whoever looks before and after knows whether something
    // was wrong in between, even if it had been wrong before.
    [[nodiscard]] std::size_t given() const { return given_; }
    [[nodiscard]] std::size_t unlisted() const { return errors_ + warnings_ - list_.size(); }
    [[nodiscard]] bool ok() const { return errors_ == 0; }

    // Every listed problem on a line of its own, sorted by place within each file, and "... and N
    // more" if there are more. Ends with a newline unless it is empty.
    [[nodiscard]] std::string text() const;

private:
    std::vector<problem> list_;
    std::unordered_set<std::uint64_t> seen_; // hashes of the first 10,000 different ones
    std::size_t given_ = 0;
    std::size_t errors_ = 0;
    std::size_t warnings_ = 0;
    std::size_t listed_errors_ = 0;
    std::size_t listed_warnings_ = 0;
};

} // namespace engine::manifest
