// yaml_tree: a manifest's YAML as a tree that remembers where everything stands.
//
// Built from yaml-cpp's events, because its own nodes lose marks and let pass what must not pass.
// Guards, each an error with its place: size, UTF-8, exactly one document, nothing left over behind
// it, quotes and brackets that are never closed, duplicate keys, keys that are not text, tabs as
// indentation, unknown tags, nesting deeper than 64, aliases that contain themselves or multiply.
// Anchors, aliases and `<<` are resolved here: an aliased value keeps the place where it was
// written. Shared children make an alias cheap and the tree read-only.
#pragma once

#include "engine/manifest/problem.hpp"
#include "engine/manifest/source_text.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace engine::manifest {

struct yaml_node;
using yaml = std::shared_ptr<const yaml_node>; // never null inside a tree

struct yaml_entry {
    std::string key;
    std::uint32_t key_offset = 0; // of the key's first byte in the source
    yaml value;
};

struct yaml_node {
    enum class kind { null, scalar, list, map };

    kind type = kind::null;
    bool plain = false;              // scalar: written without quotes, so `12` is a number
    std::uint32_t offset = 0;        // of the value's first byte in the source
    std::string text;                // scalar, escapes resolved
    std::vector<yaml> items;         // list
    std::vector<yaml_entry> entries; // map, in the order written; merged keys behind

    [[nodiscard]] bool is_null() const { return type == kind::null; }
    [[nodiscard]] bool is_scalar() const { return type == kind::scalar; }
    [[nodiscard]] bool is_list() const { return type == kind::list; }
    [[nodiscard]] bool is_map() const { return type == kind::map; }
    // Nothing for other kinds. Linear: for maps with known keys, not for large ones.
    [[nodiscard]] const yaml_entry* find(std::string_view key) const;
};

struct yaml_limits {
    std::size_t bytes_max = 16u << 20;
    std::size_t nodes_max = 2'000'000; // with every alias counted as what it stands for
    int depth_max = 64;
    // How far yaml-cpp may read ahead without an event: it keeps a whole flow collection in memory
    // at up to 240 bytes a byte (measured: 4 GB for 16 MiB of "[") before it says anything of it.
    std::size_t lookahead_bytes_max = 2u << 20;
};

// Null when the text is no YAML or breaks a guard that leaves nothing to go on with; then at least
// one error was noted. Duplicate keys and unknown tags are noted and read past.
[[nodiscard]] yaml parse_yaml(const source_text& source, problems& found, yaml_limits limits = {});

// `top` over `under`: maps merge key by key, everything else is replaced. Keys of `under` come
// first. Either may be null (the pointer).
[[nodiscard]] yaml merge_over(const yaml& under, const yaml& top);

} // namespace engine::manifest
