// yaml_parser: parse_yaml(), the one place that knows yaml-cpp.
#include "engine/manifest/metered_buffer.hpp"
#include "engine/manifest/yaml_complaint.hpp"
#include "engine/manifest/yaml_tree.hpp"

#include <algorithm>
#include <istream>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

namespace engine::manifest {

namespace {

class tree_builder final : public YAML::EventHandler {
public:
    tree_builder(const source_text& source, problems& found, yaml_limits limits,
                 metered_buffer& buffer)
        : source_(source), text_(source.text()), found_(found), limits_(limits), buffer_(buffer)
    {}

    [[nodiscard]] yaml root() const { return root_; }
    [[nodiscard]] std::size_t last_scalar() const { return last_scalar_; }
    // The innermost bracket that is still open, if any is.
    [[nodiscard]] std::optional<std::size_t> open_bracket() const
    {
        for (auto frame = stack_.rbegin(); frame != stack_.rend(); ++frame)
            if (frame->flow)
                return frame->node->offset;
        return std::nullopt;
    }

    void OnDocumentStart(const YAML::Mark& mark) override
    {
        if (!root_)
            return;
        const std::size_t offset = offset_of(mark);
        if (text_.substr(offset).starts_with("---"))
            throw refusal{offset, "a manifest is one document; remove '---' and what follows it"};
        throw refusal{offset,
                      "this does not belong to what stands above it; check the indentation"};
    }
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        const std::size_t offset = arrive(mark);
        auto node = make(yaml_node::kind::null, offset);
        // Where a null comes from nothing, its place is that of its key or of its dash.
        const std::string_view here = text_.substr(offset, 4);
        const bool written =
            here.starts_with('~') || here == "null" || here == "Null" || here == "NULL";
        if (!written && !stack_.empty() && stack_.back().key)
            node->offset = stack_.back().key->key_offset;
        else if (!written && !stack_.empty() && stack_.back().node->is_list() && offset > 0)
            if (const auto dash = text_.rfind('-', offset - 1); dash != std::string_view::npos)
                node->offset = static_cast<std::uint32_t>(dash);
        deliver(std::move(node), anchor, 1, 0);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override
    {
        const std::size_t offset = arrive(mark);
        const auto target = anchors_.find(anchor);
        if (target == anchors_.end() || !target->second.node)
            throw refusal{offset, "this alias stands inside the value that it names"};
        if (expects_key())
            throw refusal{offset, "an alias cannot be a key; write the key itself"};
        const auto& named = target->second;
        if (nodes_ + named.weight > limits_.nodes_max)
            throw refusal{offset, "aliases multiply to more than " +
                                      std::to_string(limits_.nodes_max) + " values"};
        nodes_ += named.weight;
        check_depth(offset, named.height);
        deliver_ready(named.node, named.weight, named.height);
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override
    {
        const std::size_t offset = skip_properties(arrive(mark));
        last_scalar_ = offset;
        auto node = make(yaml_node::kind::scalar, offset);
        node->plain = tag == "?";
        if (tag.starts_with(core_prefix)) {
            const std::string_view name = std::string_view(tag).substr(core_prefix.size());
            node->plain = name == "int" || name == "float" || name == "bool" || name == "null";
            if (!node->plain && name != "str")
                unknown_tag(tag, offset);
        } else if (tag != "?" && tag != "!") {
            unknown_tag(tag, offset);
        }
        node->text = value;
        deliver(std::move(node), anchor, 1, 0);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value style) override
    {
        open(yaml_node::kind::list, mark, tag, anchor, style == YAML::EmitterStyle::Flow);
    }
    void OnSequenceEnd() override { close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value style) override
    {
        open(yaml_node::kind::map, mark, tag, anchor, style == YAML::EmitterStyle::Flow);
    }
    void OnMapEnd() override
    {
        merge();
        close();
    }

private:
    static constexpr std::string_view core_prefix = "tag:yaml.org,2002:";

    struct frame { // a list or map that is not finished
        std::shared_ptr<yaml_node> node;
        YAML::anchor_t anchor = 0;
        bool flow = false;
        std::size_t weight = 1;        // nodes in it, itself included
        int height = 0;                // levels in it
        std::optional<yaml_entry> key; // map: a key that waits for its value
        bool key_is_merge = false;
        bool key_is_duplicate = false;
        std::vector<std::pair<std::size_t, yaml>> merges; // values of `<<`, with their places
        std::unordered_set<std::string> keys;
    };
    struct anchored {
        yaml node; // null while it is open
        std::size_t weight = 0;
        int height = 0;
    };

    static std::size_t offset_of(const YAML::Mark& mark)
    {
        return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
    }

    // Every event passes here: tells the buffer, refuses tabs before the first thing on a line.
    std::size_t arrive(const YAML::Mark& mark)
    {
        const std::size_t offset = std::min(offset_of(mark), text_.size());
        buffer_.event_at(offset);
        const std::size_t start = source_.line_start(offset);
        const auto indentation = text_.substr(start, offset - start);
        const auto tab = indentation.find('\t');
        if (tab != std::string_view::npos &&
            indentation.find_first_not_of(" \t") == std::string_view::npos)
            throw refusal{start + tab, "a tab in the indentation; use spaces"};
        return offset;
    }

    // "&anchor !tag value": the offset of the value.
    [[nodiscard]] std::size_t skip_properties(std::size_t offset) const
    {
        while (offset < text_.size() && (text_[offset] == '&' || text_[offset] == '!')) {
            const auto end = text_.find_first_of(" \t\r\n", offset);
            const auto next =
                end == std::string_view::npos ? end : text_.find_first_not_of(" \t\r\n", end);
            if (next == std::string_view::npos)
                break;
            offset = next;
        }
        return offset;
    }

    std::shared_ptr<yaml_node> make(yaml_node::kind type, std::size_t offset)
    {
        if (++nodes_ > limits_.nodes_max)
            throw refusal{offset, "more than " + std::to_string(limits_.nodes_max) +
                                      " values; put the rows into a CSV or JSONL file"};
        auto node = std::make_shared<yaml_node>();
        node->type = type;
        node->offset = static_cast<std::uint32_t>(offset);
        return node;
    }

    void unknown_tag(const std::string& tag, std::size_t offset)
    {
        found_.error(source_.name(), source_.mark_at(offset),
                     "unknown tag '" + tag + "'; a manifest needs no tags");
    }

    void check_depth(std::size_t offset, int more) const
    {
        if (static_cast<int>(stack_.size()) + more > limits_.depth_max)
            throw refusal{offset,
                          "nested deeper than " + std::to_string(limits_.depth_max) + " levels"};
    }

    [[nodiscard]] bool expects_key() const
    {
        return !stack_.empty() && stack_.back().node->is_map() && !stack_.back().key;
    }

    void open(yaml_node::kind type, const YAML::Mark& mark, const std::string& tag,
              YAML::anchor_t anchor, bool flow)
    {
        const std::size_t offset = skip_properties(arrive(mark));
        if (expects_key()) {
            if (text_.substr(stack_.back().node->offset).starts_with("{{"))
                throw refusal{stack_.back().node->offset,
                              "an unquoted '{{' starts a mapping; put the whole text in quotes"};
            // yaml-cpp takes a bracket that nobody closes for a key.
            if (!is_bracket_closed(text_, offset))
                throw refusal{offset, std::string("this '") + text_[offset] + "' is never closed"};
            throw refusal{offset, "expected a key, found a list or a mapping"};
        }
        const std::string own =
            std::string(core_prefix) + (type == yaml_node::kind::list ? "seq" : "map");
        if (tag != "?" && tag != "!" && !tag.empty() && tag != own)
            unknown_tag(tag, offset);
        frame next;
        next.node = make(type, offset);
        next.anchor = anchor;
        next.flow = flow;
        stack_.push_back(std::move(next));
        check_depth(offset, 0);
        if (anchor != 0)
            anchors_[anchor] = {};
    }

    void close()
    {
        frame done = std::move(stack_.back());
        stack_.pop_back();
        deliver(std::move(done.node), done.anchor, done.weight, done.height + 1);
    }

    void deliver(yaml node, YAML::anchor_t anchor, std::size_t weight, int height)
    {
        if (anchor != 0)
            anchors_[anchor] = {node, weight, height};
        deliver_ready(std::move(node), weight, height);
    }

    // Hands a finished value to what it stands in.
    void deliver_ready(yaml node, std::size_t weight, int height)
    {
        if (stack_.empty()) {
            root_ = std::move(node);
            return;
        }
        auto& parent = stack_.back();
        if (expects_key()) {
            take_key(parent, *node);
            return;
        }
        parent.weight += weight;
        parent.height = std::max(parent.height, height);
        if (parent.node->is_list()) {
            parent.node->items.push_back(std::move(node));
        } else if (parent.key_is_merge) {
            parent.merges.emplace_back(parent.key->key_offset, std::move(node));
        } else if (!parent.key_is_duplicate) {
            parent.key->value = std::move(node);
            parent.node->entries.push_back(std::move(*parent.key));
        }
        parent.key.reset();
    }

    void take_key(frame& map, const yaml_node& key)
    {
        if (!key.is_scalar())
            throw refusal{key.offset, "expected a key before ':'"};
        map.key = yaml_entry{key.text, key.offset, nullptr};
        map.key_is_merge = key.plain && key.text == "<<";
        map.key_is_duplicate = !map.keys.insert(key.text).second;
        if (map.key_is_duplicate)
            found_.error(source_.name(), source_.mark_at(key.offset),
                         "duplicate key '" + key.text + "'");
    }

    // `<<: *a` or `<<: [*a, *b]`: own keys win, then the earlier map.
    void merge()
    {
        auto& map = stack_.back();
        for (const auto& [offset, source] : map.merges) {
            std::span<const yaml> sources(&source, 1);
            if (source->is_list())
                sources = source->items;
            for (const auto& from : sources) {
                if (!from->is_map()) {
                    found_.error(source_.name(), source_.mark_at(offset),
                                 "<<: expected a mapping or a list of mappings, as in '<<: *name'");
                    continue;
                }
                for (const auto& entry : from->entries)
                    if (map.keys.insert(entry.key).second)
                        map.node->entries.push_back(entry);
            }
        }
    }

    const source_text& source_;
    std::string_view text_;
    problems& found_;
    yaml_limits limits_;
    metered_buffer& buffer_;
    yaml root_;
    std::vector<frame> stack_;
    std::unordered_map<YAML::anchor_t, anchored> anchors_;
    std::size_t nodes_ = 0;
    std::size_t last_scalar_ = std::string::npos;
};

} // namespace

yaml parse_yaml(const source_text& source, problems& found, yaml_limits limits)
{
    const auto refuse = [&](const refusal& why) {
        found.error(source.name(), source.mark_at(why.offset), why.message);
        return nullptr;
    };
    if (const auto wrong = check_bytes(source.text(), limits.bytes_max))
        return refuse(*wrong);

    const std::string_view text = source.text();
    metered_buffer buffer(text, limits.lookahead_bytes_max);
    std::istream stream(&buffer);
    tree_builder tree(source, found, limits, buffer);
    const auto starved = [&] {
        return refusal{buffer.starved_after(),
                       "a value in brackets that is longer than " +
                           std::to_string(limits.lookahead_bytes_max) +
                           " bytes or nested too deeply; write it in block style, or put the "
                           "rows into a CSV or JSONL file"};
    };
    try {
        YAML::Parser parser(stream);
        (void)parser.HandleNextDocument(tree);
        if (!tree.root() && !buffer.starved())
            return refuse({0, "the file is empty; a manifest starts with 'version: 1'"});
        (void)parser.HandleNextDocument(tree); // throws if there is one
    } catch (const refusal& why) {
        return refuse(buffer.starved() ? starved() : why); // the cut made it say so
    } catch (const YAML::Exception& error) {
        const yaml_failure failure{error.msg, error.mark.pos, tree.open_bracket(),
                                   tree.last_scalar()};
        return refuse(buffer.starved() ? starved() : explain(failure, source));
    }
    if (buffer.starved())
        return refuse(starved());
    // yaml-cpp takes the end of the file for the closing quote.
    if (const auto last = tree.last_scalar(); last < text.size() &&
                                              (text[last] == '"' || text[last] == '\'') &&
                                              end_of_quoted(text, last) == std::string_view::npos)
        return refuse({last, "this quote is never closed"});
    return tree.root();
}

} // namespace engine::manifest
