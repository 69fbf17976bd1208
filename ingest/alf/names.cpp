#include "ingest/alf/names.hpp"

#include "include/trialbase/error.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <numeric>
#include <regex>
#include <set>

namespace tb::alf {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_alnum(char c) {
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z');
}
bool is_word(char c) {
    return is_alnum(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_word_dot_hyphen(char c) {
    return is_word(c) || c == '.' || c == '-';
}
bool is_collection_char(char c) {
    return is_word_dot_hyphen(c) || c == '/';
}

template <class Predicate>
bool all_of(std::string_view text, Predicate predicate) {
    return std::all_of(text.begin(), text.end(), predicate);
}

template <class Predicate>
std::size_t run_length(std::string_view text, Predicate predicate) {
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), predicate) -
                                    text.begin());
}

// `_?namespace?_?object`, the namespace only after an underscore. Each part takes what it can and
// gives back one character at a time when the object would be left with nothing: `_abc` is
// namespace `ab`, object `c`.
bool split_object(std::string_view text, FilenameParts& parts) {
    if (text.empty() || !all_of(text, is_word)) return false;
    if (text[0] != '_') {
        parts.object = text;
        return true;
    }
    const auto after = text.substr(1);
    auto name_size = run_length(after, is_alnum);
    auto rest = after.substr(name_size);
    if (rest.size() > 1 && rest[0] == '_') {
        rest.remove_prefix(1);
    } else if (rest.empty() && name_size > 0) {
        --name_size;
        rest = after.substr(name_size);
    } else if (rest.empty()) {  // a lone underscore
        rest = text;
    }
    parts.name_space = after.substr(0, name_size);
    parts.object = rest;
    return true;
}

// `(_[a-z]+_)?[a-zA-Z0-9]+(_times|_intervals)?(_timescale)?`.
bool split_attribute(std::string_view text, FilenameParts& parts) {
    std::size_t at = 0;
    if (!text.empty() && text[0] == '_') {
        const auto prefix = run_length(text.substr(1), is_lower);
        at = prefix + 2;
        if (prefix == 0 || at > text.size() || text[at - 1] != '_') return false;
    }
    const auto size = run_length(text.substr(at), is_alnum);
    if (size == 0) return false;
    at += size;
    auto rest = text.substr(at);
    for (const std::string_view kind : {"_times", "_intervals"}) {
        if (!rest.starts_with(kind)) continue;
        const auto tail = rest.substr(kind.size());
        // `x_times_` has no timescale after `_times`, so that `times_` itself becomes the
        // timescale.
        if (tail.empty() || (tail[0] == '_' && tail.size() > 1)) {
            at += kind.size();
            rest = tail;
            break;
        }
    }
    if (!rest.empty() && (rest[0] != '_' || rest.size() == 1 || !all_of(rest, is_word))) {
        return false;
    }
    parts.attribute = text.substr(0, at);
    if (!rest.empty()) parts.timescale = rest.substr(1);
    return true;
}

std::vector<std::string_view> components(std::string_view path) {
    std::vector<std::string_view> found;
    std::size_t begin = 0;
    while (begin <= path.size()) {
        const auto end = std::min(path.find('/', begin), path.size());
        found.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return found;
}

bool looks_like_date(std::string_view text) {
    return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
           all_of(text.substr(0, 4), is_digit) && all_of(text.substr(5, 2), is_digit) &&
           all_of(text.substr(8, 2), is_digit);
}

std::optional<SessionParts> find_session(std::string_view path, bool must_end) {
    for (auto slash = path.find('/'); slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
        const auto date = path.substr(slash + 1, 10);
        if (!looks_like_date(date) || path.substr(slash + 11, 1) != "/") continue;
        const auto after = path.substr(slash + 12);
        const auto digits = std::min<std::size_t>(3, run_length(after, is_digit));
        if (digits == 0 || (must_end && digits != after.size())) continue;
        auto begin = slash;
        while (begin > 0 && is_word_dot_hyphen(path[begin - 1])) --begin;
        if (begin == slash) continue;
        SessionParts parts;
        parts.subject = path.substr(begin, slash - begin);
        parts.date = date;
        parts.number = after.substr(0, digits);
        constexpr std::string_view folder = "/Subjects/";
        if (path.substr(0, begin).ends_with(folder)) {
            const auto end = begin - folder.size();
            auto lab = end;
            while (lab > 0 && is_word(path[lab - 1])) --lab;
            parts.lab = path.substr(lab, end - lab);
        }
        return parts;
    }
    return std::nullopt;
}

// A shell pattern as a regular expression.
std::string from_wildcards(std::string_view pattern) {
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c == '*') {
            out += ".*";
        } else if (c == '?') {
            out += '.';
        } else if (c == '[' && pattern.find(']', i + 2) != std::string_view::npos) {
            const auto end = pattern.find(']', i + 2);
            auto set = std::string(pattern.substr(i + 1, end - i - 1));
            if (set[0] == '!') set[0] = '^';
            out += '[' + set + ']';
            i = end;
        } else {
            if (std::string_view(R"(\^$.|+()[]{})").find(c) != std::string_view::npos) out += '\\';
            out += c;
        }
    }
    return out;
}

std::regex compile(const std::string& text) {
    try {
        return std::regex(text);
    } catch (const std::regex_error& error) {
        throw Error(ErrorKind::usage,
                    "cannot understand the pattern '" + text + "': " + error.what());
    }
}

class Matcher {
  public:
    Matcher(const DatasetQuery::Pattern& pattern, bool wildcards) : is_any_(!pattern) {
        if (!pattern) return;
        for (const auto& text : *pattern) {
            if (text.empty()) {
                allows_empty_ = true;
                continue;
            }
            patterns_.push_back(compile(wildcards ? from_wildcards(text) : text));
        }
    }
    [[nodiscard]] bool operator()(const std::string& text) const {
        if (is_any_ || (text.empty() && allows_empty_)) return true;
        return std::any_of(patterns_.begin(), patterns_.end(), [&](const std::regex& pattern) {
            return std::regex_match(text, pattern);
        });
    }

  private:
    bool is_any_;
    bool allows_empty_ = false;
    std::vector<std::regex> patterns_;
};

std::string one_of(const std::vector<std::string>& patterns, bool wildcards) {
    std::string all;
    for (const auto& pattern : patterns) {
        all += (all.empty() ? "" : "|") + (wildcards ? from_wildcards(pattern) : pattern);
    }
    return "(?:" + all + ")";
}

// One expression over the whole path for a query by file name: such a pattern may reach into
// folders below the collection, except through a leading `*`.
std::regex path_pattern(const DatasetQuery& query) {
    std::string text = R"((?:[\w./-]+/)?)";
    if (query.collection) {
        const bool is_empty = query.collection->size() == 1 && query.collection->front().empty();
        text = is_empty ? "" : one_of(*query.collection, query.wildcards) + "/";
    }
    if (query.revision_last_before || !query.revision) {
        text += R"((?:#[\w.-]+#/)?)";
    } else if (!query.revision->empty()) {
        text += "#" + *query.revision + "#/";
    }
    auto names = *query.filename;
    if (query.wildcards) {
        for (auto& name : names) {
            const bool is_led = name.starts_with('*');
            name = (is_led ? "[^/]*" : "") + from_wildcards(name.substr(is_led ? 1 : 0));
        }
    }
    return compile(text + one_of(names, false));
}

struct SplitRow {
    std::string collection;
    std::string revision;
    std::string name;
};

SplitRow split_row(const std::string& path) {
    SplitRow row;
    const auto slash = path.rfind('/');
    row.name = slash == std::string::npos ? path : path.substr(slash + 1);
    std::string folder = slash == std::string::npos ? std::string() : path.substr(0, slash);
    const auto last = folder.rfind('/');
    const auto leaf = last == std::string::npos ? folder : folder.substr(last + 1);
    if (leaf.size() > 2 && leaf.front() == '#' && leaf.back() == '#') {
        row.revision = leaf.substr(1, leaf.size() - 2);
        folder = last == std::string::npos ? std::string() : folder.substr(0, last);
    }
    row.collection = folder;
    return row;
}

[[noreturn]] void throw_ambiguous(const char* type, const std::string& what,
                                  const std::set<std::string>& among) {
    std::string list;
    for (const auto& text : among) list += (list.empty() ? "'" : ", '") + text + "'";
    throw Error(ErrorKind::conflict, "several " + what + " match: " + list, {}, type);
}

}  // namespace

std::optional<FilenameParts> filename_parts(std::string_view filename) {
    const auto first = filename.find('.');
    const auto last = filename.rfind('.');
    if (first == std::string_view::npos || first == last) return std::nullopt;
    const auto second = filename.find('.', first + 1);
    FilenameParts parts;
    const auto extension = filename.substr(last + 1);
    if (extension.empty() || !all_of(extension, is_word)) return std::nullopt;
    parts.extension = extension;
    if (second != last) {
        const auto extra = filename.substr(second + 1, last - second - 1);
        if (extra.empty() || !all_of(extra, is_word_dot_hyphen)) return std::nullopt;
        parts.extra = extra;
    }
    if (!split_object(filename.substr(0, first), parts) ||
        !split_attribute(filename.substr(first + 1, second - first - 1), parts)) {
        return std::nullopt;
    }
    return parts;
}

std::optional<RelativePathParts> relative_path_parts(std::string_view path) {
    RelativePathParts parts;
    auto name = path;
    if (const auto slash = path.rfind('/'); slash != std::string_view::npos) {
        name = path.substr(slash + 1);
        auto folder = path.substr(0, slash);
        if (folder.empty()) return std::nullopt;
        if (folder.back() == '#') {
            const auto open = folder.rfind('#', folder.size() - 2);
            if (folder.size() < 3 || open == std::string_view::npos) return std::nullopt;
            const auto revision = folder.substr(open + 1, folder.size() - open - 2);
            if (revision.empty() || !all_of(revision, is_word_dot_hyphen)) return std::nullopt;
            parts.revision = revision;
            if (open == 0) {
                folder = {};
            } else {
                if (open < 2 || folder[open - 1] != '/') return std::nullopt;
                folder = folder.substr(0, open - 1);
            }
        }
        if (!all_of(folder, is_collection_char)) return std::nullopt;
        parts.collection = folder;
    }
    auto file = filename_parts(name);
    if (!file) return std::nullopt;
    parts.file = std::move(*file);
    return parts;
}

std::optional<SessionParts> session_parts(std::string_view path) {
    return find_session(path, false);
}

bool is_session_path(std::string_view path) {
    while (path.starts_with('/')) path.remove_prefix(1);
    while (path.ends_with('/')) path.remove_suffix(1);
    return find_session(path, true).has_value();
}

bool is_real_date(std::string_view text) {
    if (!looks_like_date(text)) return false;
    const auto number = [&](std::size_t at, std::size_t size) {
        return std::accumulate(text.begin() + static_cast<std::ptrdiff_t>(at),
                               text.begin() + static_cast<std::ptrdiff_t>(at + size), 0,
                               [](int sum, char c) { return 10 * sum + (c - '0'); });
    };
    const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                           std::chrono::month{static_cast<unsigned>(number(5, 2))},
                                           std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    return date.ok() && number(0, 4) > 0;
}

std::optional<std::string> canonical_number(std::string_view number) {
    if (number.empty() || !all_of(number, is_digit)) return std::nullopt;
    while (number.size() > 1 && number[0] == '0') number.remove_prefix(1);
    std::string text(number);
    if (text.size() < 3) text.insert(0, 3 - text.size(), '0');
    return text;
}

std::optional<SplitPath> split_session_path(std::string_view path) {
    const auto parts = components(path);
    for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
        if (!is_real_date(parts[i]) || !canonical_number(parts[i + 1]) || parts[i - 1].empty()) {
            continue;
        }
        if (parts[i - 1] == "." || parts[i - 1] == "..") continue;
        SplitPath split;
        split.session.subject = parts[i - 1];
        split.session.date = parts[i];
        split.session.number = parts[i + 1];
        if (i >= 3 && parts[i - 2] == "Subjects" && !parts[i - 3].empty()) {
            split.session.lab = parts[i - 3];
        }
        split.end =
            static_cast<std::size_t>(parts[i + 1].data() - path.data()) + parts[i + 1].size();
        return split;
    }
    return std::nullopt;
}

std::optional<std::size_t> revision_last_before(std::span<const std::string> revisions,
                                                const std::optional<std::string>& asked) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < revisions.size(); ++i) {
        if (asked && revisions[i] > *asked) continue;
        if (!best || revisions[i] > revisions[*best]) best = i;
    }
    return best;
}

std::vector<double> expand_timestamps(std::span<const double> anchors, std::size_t samples) {
    const auto count = anchors.size() / 2;
    if (count < 2 || anchors.size() % 2 != 0) {
        throw Error(ErrorKind::data, "timestamps need two (sample, time) rows at least");
    }
    for (std::size_t i = 1; i < count; ++i) {
        if (!(anchors[2 * i] > anchors[2 * i - 2])) {
            throw Error(ErrorKind::data, "the sample numbers of timestamps do not ascend");
        }
    }
    std::vector<double> times(samples);
    std::size_t at = 1;
    for (std::size_t i = 0; i < samples; ++i) {
        const auto sample = std::clamp(static_cast<double>(i), anchors[0], anchors[2 * count - 2]);
        while (at + 1 < count && sample > anchors[2 * at]) ++at;
        const double x0 = anchors[2 * at - 2];
        const double y0 = anchors[2 * at - 1];
        const double slope = (anchors[2 * at + 1] - y0) / (anchors[2 * at] - x0);
        times[i] = y0 + slope * (sample - x0);
    }
    return times;
}

DatasetQuality dataset_quality(std::string_view word) {
    if (word == "NOT_SET") return DatasetQuality::NOT_SET;
    if (word == "PASS") return DatasetQuality::PASS;
    if (word == "WARNING") return DatasetQuality::WARNING;
    if (word == "FAIL") return DatasetQuality::FAIL;
    if (word == "CRITICAL") return DatasetQuality::CRITICAL;
    throw Error(ErrorKind::data, "'" + std::string(word) + "' is no quality of a dataset",
                "It is one of NOT_SET, PASS, WARNING, FAIL, CRITICAL.");
}

std::vector<std::size_t> filter_datasets(std::span<const DatasetRow> rows,
                                         const DatasetQuery& query) {
    std::optional<std::regex> path;
    if (query.filename) path = path_pattern(query);
    const Matcher name_space(query.name_space, query.wildcards);
    const Matcher object(query.object, query.wildcards);
    const Matcher attribute(query.attribute, query.wildcards);
    const Matcher timescale(query.timescale, query.wildcards);
    const Matcher extra(query.extra, query.wildcards);
    const Matcher extension(query.extension, query.wildcards);
    const Matcher collection(query.collection, query.wildcards);

    std::vector<std::size_t> matches;
    std::vector<SplitRow> split(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        if (row.quality > query.worst) continue;
        if (query.ignore_not_set && row.quality == DatasetQuality::NOT_SET) continue;
        split[i] = split_row(row.path);
        if (path) {
            if (!std::regex_match(row.path, *path)) continue;
        } else {
            if (!collection(split[i].collection)) continue;
            if (!query.revision_last_before && query.revision &&
                split[i].revision != *query.revision) {
                continue;
            }
            const auto parts = filename_parts(split[i].name);
            if (!parts || !name_space(parts->name_space) || !object(parts->object) ||
                !attribute(parts->attribute) || !timescale(parts->timescale) ||
                !extra(parts->extra) || !extension(parts->extension)) {
                continue;
            }
        }
        matches.push_back(i);
    }

    if (query.assert_unique) {
        std::set<std::string> collections;
        std::set<std::string> revisions;
        std::set<std::string> paths;
        for (const auto i : matches) {
            collections.insert(split[i].collection);
            revisions.insert(split[i].revision);
            paths.insert(rows[i].path);
        }
        if (collections.size() > 1) {
            throw_ambiguous("ALFMultipleCollectionsFound", "collections", collections);
        }
        if (!query.revision_last_before) {
            if (revisions.size() > 1) {
                throw_ambiguous("ALFMultipleRevisionsFound", "revisions", revisions);
            }
            if (paths.size() > 1) throw_ambiguous("ALFMultipleObjectsFound", "datasets", paths);
        }
    }

    std::vector<std::size_t> kept;
    if (query.revision_last_before) {
        std::map<std::string, std::vector<std::size_t>> groups;  // by path without its revision
        for (const auto i : matches) {
            const auto& part = split[i];
            groups[part.collection.empty() ? part.name : part.collection + "/" + part.name]
                .push_back(i);
        }
        for (const auto& [name, group] : groups) {
            if (!query.revision && rows[group[0]].is_default_revision) {
                std::vector<std::size_t> defaults;
                std::set<std::string> revisions;
                for (const auto i : group) {
                    if (!rows[i].is_default_revision.value_or(false)) continue;
                    defaults.push_back(i);
                    revisions.insert(split[i].revision);
                }
                if (defaults.size() > 1 && query.assert_unique) {
                    throw_ambiguous("ALFMultipleRevisionsFound", "default revisions of " + name,
                                    revisions);
                }
                if (defaults.size() == 1 || group.size() == 1) {
                    kept.push_back(defaults.empty() ? group[0] : defaults[0]);
                    continue;
                }
                if (defaults.empty() && query.assert_unique) {
                    throw Error(ErrorKind::conflict, "no default revision of " + name, {},
                                "ALFError");
                }
            }
            std::vector<std::string> revisions;
            for (const auto i : group) revisions.push_back(split[i].revision);
            if (const auto found = revision_last_before(revisions, query.revision)) {
                kept.push_back(group[*found]);
            }
        }
        if (query.assert_unique && kept.size() > 1) {
            std::set<std::string> paths;
            for (const auto i : kept) paths.insert(rows[i].path);
            throw_ambiguous("ALFMultipleObjectsFound", "datasets", paths);
        }
    } else {
        kept = matches;
    }
    std::sort(kept.begin(), kept.end(),
              [&](std::size_t a, std::size_t b) { return rows[a].path < rows[b].path; });
    return kept;
}

}  // namespace tb::alf
