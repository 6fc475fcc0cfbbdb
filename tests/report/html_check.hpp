// html_check: a strict reader of the page: tags balance, attributes are quoted, ids are unique,
// nothing comes from elsewhere, and there is no script but ours.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace support {

class html_check {
public:
    explicit html_check(std::string_view page)
    {
        for (std::size_t at = page.find('<'); at != std::string_view::npos && problem.empty();
             at = page.find('<', at))
            at = tag(page, at + 1);
        if (problem.empty() && !open_.empty())
            problem = "not closed: " + open_.back();
    }

    std::string problem; // empty = the page is sound
    int scripts = 0;
    std::set<std::string> tags;
    std::set<std::string> ids;
    std::vector<std::string> links; // href and src, without the data: ones

private:
    // Reads the tag whose name begins at `at`; returns where to look on.
    std::size_t tag(std::string_view page, std::size_t at)
    {
        const auto end = page.find('>', at);
        if (end == std::string_view::npos) {
            problem = "a tag without an end";
            return page.size();
        }
        auto text = page.substr(at, end - at);
        if (text.starts_with("!doctype"))
            return end + 1;
        if (text.starts_with("/")) {
            if (open_.empty() || open_.back() != text.substr(1))
                problem = "closed but not open: " + std::string(text);
            else
                open_.pop_back();
            return end + 1;
        }
        const bool closed = text.ends_with("/");
        if (closed)
            text.remove_suffix(1);
        const auto name = std::string(text.substr(0, text.find(' ')));
        if (name.empty() ||
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyz123456789") != std::string::npos)
            problem = "a tag of a strange name: <" + std::string(text.substr(0, 60));
        tags.insert(name);
        attributes(text.substr(std::min(text.size(), name.size())));
        if (name == "script" || name == "style") {
            scripts += name == "script";
            const auto close = page.find("</" + name + ">", end);
            return close == std::string_view::npos ? page.size() : close + name.size() + 3;
        }
        static const std::set<std::string> single = {"meta", "img", "input", "br"};
        if (!closed && !single.contains(name))
            open_.push_back(name);
        return end + 1;
    }

    void attributes(std::string_view text)
    {
        while (problem.empty()) {
            const auto start = text.find_first_not_of(' ');
            if (start == std::string_view::npos)
                return;
            text.remove_prefix(start);
            const auto name = std::string(text.substr(0, text.find_first_of(" =")));
            if (name.starts_with("on"))
                problem = "a handler: " + name;
            text.remove_prefix(name.size());
            if (!text.starts_with('='))
                continue; // `hidden`, `checked`
            const auto end = text.starts_with("=\"") ? text.find('"', 2) : std::string_view::npos;
            if (end == std::string_view::npos) {
                problem = "not quoted: " + name;
                return;
            }
            value(name, std::string(text.substr(2, end - 2)));
            text.remove_prefix(end + 1);
        }
    }

    void value(const std::string& name, const std::string& text)
    {
        if (name == "id" && !ids.insert(text).second)
            problem = "an id twice: " + text;
        if (name != "href" && name != "src")
            return;
        if (text.starts_with("data:image/jpeg;base64,"))
            return;
        if (!text.starts_with("./") && !text.starts_with("#"))
            problem = "a link that is not relative: " + text;
        links.push_back(text);
    }

    std::vector<std::string> open_;
};

} // namespace support
