#include "ingest/photometry/description.hpp"

#include "trialbase/error.hpp"

#include <array>

namespace tb::photometry {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

/// A scalar without its quotes or comment; null words are empty.
std::string scalar(std::string_view text) {
    text = trimmed(text);
    if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
        const auto end = text.find(text.front(), 1);
        return std::string(text.substr(1, end == std::string_view::npos ? end : end - 1));
    }
    if (const auto comment = text.find(" #"); comment != std::string_view::npos)
        text = trimmed(text.substr(0, comment));
    if (text == "null" || text == "~" || text == "{}" || text.starts_with('#')) return {};
    return std::string(text);
}

}  // namespace

std::vector<std::string> fiber_locations(std::string_view yaml) {
    constexpr std::array<std::string_view, 3> path{"devices", "neurophotometrics", "fibers"};
    std::vector<std::string> locations;
    std::vector<std::size_t> indents;  // of the steps of `path` that the lines are within
    std::size_t fiber_indent = 0;      // of the fibres' names; 0 before the first
    std::size_t number = 0;
    while (!yaml.empty()) {
        const auto end = yaml.find('\n');
        auto line = yaml.substr(0, end);
        yaml.remove_prefix(end == std::string_view::npos ? yaml.size() : end + 1);
        ++number;
        const auto text = trimmed(line);
        if (text.empty() || text.front() == '#' || text == "---") continue;
        const auto indent = line.find_first_not_of(' ');
        while (!indents.empty() && indent <= indents.back()) {
            indents.pop_back();
            fiber_indent = 0;
        }
        const auto colon = text.find(':');
        if (colon == std::string_view::npos || text.front() == '-') continue;  // a list's item
        const auto key = scalar(text.substr(0, colon));
        if (indents.size() < path.size()) {
            const bool is_next =
                key == path[indents.size()] && (indents.empty() ? indent == 0 : true);
            if (is_next) indents.push_back(indent);
            continue;
        }
        if (fiber_indent == 0) fiber_indent = indent;
        if (indent < fiber_indent) {
            throw Error(
                ErrorKind::data,
                "line " + std::to_string(number) + ": a fibre is indented less than the first",
                "Write the fibres of one device with the same indentation.", "ValueError");
        }
        if (indent == fiber_indent) {
            locations.emplace_back();
        } else if (key == "location" && !locations.empty()) {
            locations.back() = scalar(text.substr(colon + 1));
        }
    }
    return locations;
}

}  // namespace tb::photometry
