#include "ingest/photometry/description.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tb::photometry {
namespace {

constexpr std::array<std::string_view, 3> device{"devices", "neurophotometrics", "fibers"};

[[noreturn]] void refuse(std::size_t line, std::string_view what) {
    throw Error(ErrorKind::data, fmt::format("line {}: {}", line, what),
                "Write the fibres as nested mappings, one `key: value` a line.", "ValueError");
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

/// A scalar in quotes and what follows it; nothing when the quotes do not end on the line.
struct Quoted {
    std::string value;
    std::string_view rest;
};
std::optional<Quoted> quoted(std::string_view text) {
    const char quote = text.front();
    Quoted found;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == quote) {
            if (quote == '\'' && i + 1 < text.size() && text[i + 1] == quote) {
                found.value += quote;
                ++i;
                continue;
            }
            found.rest = trimmed(text.substr(i + 1));
            return found;
        }
        if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) ++i;
        found.value += text[i];
    }
    return std::nullopt;
}

/// `key: value` of a line without its indentation; nothing when it is no such line.
struct KeyValue {
    std::string key;
    std::string_view value;
};
std::optional<KeyValue> key_value(std::string_view text) {
    if (text.front() == '"' || text.front() == '\'') {
        auto key = quoted(text);
        if (!key || !key->rest.starts_with(':')) return std::nullopt;
        return KeyValue{std::move(key->value), trimmed(key->rest.substr(1))};
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_end = i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\t';
        if (text[i] == '#' && i > 0 && text[i - 1] == ' ') return std::nullopt;
        if (text[i] == ':' && is_end)
            return KeyValue{std::string(trimmed(text.substr(0, i))), trimmed(text.substr(i + 1))};
    }
    return std::nullopt;
}

/// A value without its comment.
std::string_view without_comment(std::string_view value) {
    if (value.starts_with('#')) return {};
    if (const auto at = value.find(" #"); at != std::string_view::npos)
        return trimmed(value.substr(0, at));
    return value;
}

std::string scalar(std::string_view value, std::size_t line) {
    if (value.empty()) return {};
    if (value.front() == '"' || value.front() == '\'') {
        auto found = quoted(value);
        if (!found || !(found->rest.empty() || found->rest.starts_with('#')))
            refuse(line, "a location whose quotes do not end on its line");
        return std::move(found->value);
    }
    value = without_comment(value);
    if (value == "~" || value == "null" || value == "Null" || value == "NULL") return {};
    if (!value.empty() && std::string_view("[{&*!|>%@`").find(value.front()) != value.npos)
        refuse(line, "a location that is no plain text");
    return std::string(value);
}

/// A value in quotes or plain; empty where it is neither.
std::string plain_value(std::string_view value) {
    if (value.empty() || (value.front() != '"' && value.front() != '\''))
        return std::string(without_comment(value));
    auto found = quoted(value);
    return found ? std::move(found->value) : std::string();
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// The names of the mappings that a line is within, by indentation.
class Path {
  public:
    /// Leaves the mappings that the line is not within.
    void leave(std::size_t indent) {
        while (!steps_.empty() && indent <= steps_.back().indent) steps_.pop_back();
    }
    void enter(std::size_t indent, std::string key) { steps_.push_back({indent, std::move(key)}); }
    [[nodiscard]] std::size_t depth() const { return steps_.size(); }
    /// Whether its first steps are those to the fibres, as far as it goes.
    [[nodiscard]] bool is_on_way() const {
        for (std::size_t i = 0; i < std::min(depth(), device.size()); ++i) {
            if (steps_[i].key != device[i]) return false;
        }
        return true;
    }

  private:
    struct Step {
        std::size_t indent;
        std::string key;
    };
    std::vector<Step> steps_;
};

}  // namespace

std::vector<std::string> fiber_locations(std::string_view yaml) {
    std::vector<std::string> locations;
    Path path;
    std::optional<std::size_t> text_of;  // indentation of the key whose block of text this is
    std::optional<std::size_t> fiber_indent;
    if (yaml.starts_with("\xEF\xBB\xBF")) yaml.remove_prefix(3);
    for (std::size_t number = 1; !yaml.empty(); ++number) {
        const auto end = yaml.find('\n');
        const auto line = yaml.substr(0, end);
        yaml.remove_prefix(end == std::string_view::npos ? yaml.size() : end + 1);
        auto text = trimmed(line);
        if (text.empty()) continue;
        std::size_t indent = line.find_first_not_of(' ');
        if (text_of && indent > *text_of) continue;
        text_of.reset();
        if (text.front() == '#' || text.front() == '%' || text == "---" || text == "...") continue;
        if (line[indent] == '\t') refuse(number, "a tab in the indentation");
        bool is_item = false;
        while (text == "-" || text.starts_with("- ")) {  // what follows belongs to a list's item
            path.leave(indent);
            if (path.depth() == device.size() && path.is_on_way())
                refuse(number, "a list of fibres, not a mapping");
            path.enter(indent, "-");
            is_item = true;
            const auto item = trimmed(text.substr(1));
            indent += static_cast<std::size_t>(item.data() - text.data());
            text = item;
            if (text.empty()) break;
        }
        if (text.empty()) continue;
        if (!is_item) path.leave(indent);
        const auto found = key_value(text);
        if (!found) continue;  // a scalar that goes on, or a list's item
        if (found->value.starts_with('|') || found->value.starts_with('>')) text_of = indent;
        path.enter(indent, found->key);
        if (!path.is_on_way()) continue;
        const auto depth = path.depth();
        const auto value = without_comment(found->value);
        if (depth <= device.size() + 1) {
            // On the way to the fibres and at a fibre itself there are mappings only.
            if (!value.empty() && value != "{}" && value != "null" && value != "~")
                refuse(number, fmt::format("{} is no mapping below it", found->key));
        }
        if (depth == device.size()) fiber_indent.reset();
        if (depth == device.size() + 1) {
            if (fiber_indent && indent != *fiber_indent)
                refuse(number, "a fibre is not indented as the first one");
            fiber_indent = indent;
            locations.emplace_back();
        }
        if (depth == device.size() + 2 && found->key == "location")
            locations.back() = scalar(found->value, number);
    }
    return locations;
}

std::vector<DescribedTask> described_tasks(std::string_view yaml) {
    std::vector<DescribedTask> tasks;
    bool is_within = false;
    std::optional<std::size_t> dash_indent;  // of the list's items
    std::size_t item_indent = 0;             // of the last task's name
    while (!yaml.empty()) {
        const auto end = yaml.find('\n');
        const auto line = yaml.substr(0, end);
        yaml.remove_prefix(end == std::string_view::npos ? yaml.size() : end + 1);
        const auto text = trimmed(line);
        if (text.empty() || text.front() == '#') continue;
        const auto indent = static_cast<std::size_t>(text.data() - line.data());
        if (indent == 0 && text.front() != '-') {
            is_within = without_comment(text) == "tasks:";
            dash_indent.reset();
            continue;
        }
        if (!is_within) continue;
        if (text.starts_with("- ")) {
            const auto item = trimmed(text.substr(1));
            if (!dash_indent) dash_indent = indent;
            if (item.empty() || indent != *dash_indent) continue;  // of a list within a task
            if (auto found = key_value(item); found && !found->key.empty()) {
                tasks.push_back({std::move(found->key), {}, {}});
                item_indent = static_cast<std::size_t>(item.data() - line.data());
            }
            continue;
        }
        if (tasks.empty() || indent <= item_indent) continue;
        const auto found = key_value(text);
        if (!found) continue;
        const auto value = plain_value(found->value);
        if (found->key == "collection") tasks.back().collection = value;
        if (found->key == "protocol_number") tasks.back().number = whole_number(value);
    }
    std::set<std::int64_t> numbers;
    for (const auto& task : tasks)
        if (task.number) numbers.insert(*task.number);
    if (numbers.size() == tasks.size())
        std::ranges::stable_sort(tasks, {}, [](const auto& task) { return *task.number; });
    return tasks;
}

}  // namespace tb::photometry
