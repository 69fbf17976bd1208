#include "app/cli/query_declaration.hpp"

#include "embedded/query_sql.hpp"
#include "src/base/nearest.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

namespace tb::app {
namespace {

constexpr std::array<std::string_view, 8> parameter_types = {
    "text", "integer", "number", "date", "uuid", "timestamp", "boolean", "session"};

bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_name_part(char c) {
    return is_name_start(c) || is_digit(c);
}
bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

/// Takes the word at the front of `text`.
std::string_view take_word(std::string_view& text) {
    text = trimmed(text);
    std::size_t end = 0;
    while (end < text.size() && !is_space(text[end])) ++end;
    const auto word = text.substr(0, end);
    text = trimmed(text.substr(end));
    return word;
}

[[noreturn]] void bad_declaration(const std::string& query, std::string_view line) {
    throw Error(ErrorKind::data,
                "query " + query + ": cannot read the line '" + std::string(line) + "'",
                "Write '-- :param NAME TYPE [default 'VALUE' [widest 'VALUE']] [of "
                "SCHEMA.TABLE.COLUMN or 'VALUE', ...] -- what it is' or "
                "'-- :column NAME TYPE -- what it is [unit]'.");
}

bool is_name(std::string_view text) {
    return !text.empty() && is_name_start(text.front()) &&
           std::all_of(text.begin(), text.end(), is_name_part);
}

/// Reads 'it''s' at the front of `text`.
std::optional<std::string> take_quoted(std::string_view& text) {
    if (text.empty() || text.front() != '\'') return std::nullopt;
    std::string value;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] != '\'') {
            value += text[i];
        } else if (i + 1 < text.size() && text[i + 1] == '\'') {
            value += '\'';
            ++i;
        } else {
            text = trimmed(text.substr(i + 1));
            return value;
        }
    }
    return std::nullopt;
}

/// Reads what stands behind `of`: columns and quoted words with commas between them.
/// @return false when it cannot be read
bool take_names(std::string_view& rest, std::vector<KnownNames>& names) {
    while (true) {
        KnownNames one;
        if (rest.starts_with("'")) {
            const auto word = take_quoted(rest);
            if (!word) return false;
            one.word = *word;
        } else {
            const auto end = std::min(rest.find_first_of(", \t"), rest.size());
            const auto path = rest.substr(0, end);
            const auto dot = path.rfind('.');
            if (dot == path.npos || path.find('.') == dot) return false;
            one.relation = path.substr(0, dot);
            one.column = path.substr(dot + 1);
            rest = trimmed(rest.substr(end));
        }
        names.push_back(std::move(one));
        if (!rest.starts_with(",")) return true;
        rest = trimmed(rest.substr(1));
    }
}

QueryParameter parse_parameter(const std::string& query, std::string_view line,
                               std::string_view rest) {
    QueryParameter parameter;
    parameter.name = take_word(rest);
    parameter.type = take_word(rest);
    if (!is_name(parameter.name) || std::find(parameter_types.begin(), parameter_types.end(),
                                              parameter.type) == parameter_types.end()) {
        bad_declaration(query, line);
    }
    if (rest.starts_with("default ")) {
        rest = trimmed(rest.substr(8));
        parameter.default_value = take_quoted(rest);
        if (!parameter.default_value) bad_declaration(query, line);
        if (rest.starts_with("widest ")) {
            rest = trimmed(rest.substr(7));
            parameter.widest = take_quoted(rest);
            if (!parameter.widest) bad_declaration(query, line);
        }
    }
    if (rest.starts_with("of ")) {
        rest = trimmed(rest.substr(3));
        if (!take_names(rest, parameter.names)) bad_declaration(query, line);
    }
    if (!rest.starts_with("-- ")) bad_declaration(query, line);
    parameter.about = trimmed(rest.substr(3));
    return parameter;
}

QueryColumn parse_column(const std::string& query, std::string_view line, std::string_view rest) {
    QueryColumn column;
    column.name = take_word(rest);
    const auto end = rest.find("-- ");
    if (!is_name(column.name) || end == std::string_view::npos) bad_declaration(query, line);
    column.type = trimmed(rest.substr(0, end));
    column.about = trimmed(rest.substr(end + 3));
    if (column.type.empty()) bad_declaration(query, line);
    return column;
}

/// Length of the string, quoted name, comment or dollar quote that begins at `at`; 0 when none
/// does.
std::size_t opaque_length(std::string_view sql, std::size_t at) {
    const auto rest = sql.substr(at);
    const auto until = [&](std::string_view end, std::size_t from) {
        const auto found = rest.find(end, from);
        return found == std::string_view::npos ? rest.size() : found + end.size();
    };
    if (rest.starts_with("--")) return until("\n", 2);
    if (rest.starts_with("/*")) {
        std::size_t depth = 1;
        std::size_t i = 2;
        while (i < rest.size() && depth > 0) {
            if (rest.substr(i).starts_with("/*")) {
                ++depth;
                i += 2;
            } else if (rest.substr(i).starts_with("*/")) {
                --depth;
                i += 2;
            } else {
                ++i;
            }
        }
        return i;
    }
    if (rest.front() == '"') return until("\"", 1);
    if (rest.front() == '\'') {
        // E'...' knows backslashes; the letter must stand alone (not the end of a name).
        const bool escapes = at > 0 && (sql[at - 1] == 'E' || sql[at - 1] == 'e') &&
                             (at < 2 || !is_name_part(sql[at - 2]));
        for (std::size_t i = 1; i < rest.size(); ++i) {
            if (escapes && rest[i] == '\\') {
                ++i;
            } else if (rest[i] == '\'') {
                return i + 1;  // a doubled quote begins a new string at once: the same text in sum
            }
        }
        return rest.size();
    }
    if (rest.front() == '$' && (at == 0 || !is_name_part(sql[at - 1]))) {
        std::size_t i = 1;
        while (i < rest.size() && is_name_part(rest[i])) ++i;
        if (i < rest.size() && rest[i] == '$' && (i == 1 || !is_digit(rest[1]))) {
            return until(rest.substr(0, i + 1), i + 1);
        }
    }
    return 0;
}

/// Copies `sql`, calling `parameter(name, at, copied)` for what stands in the place of each :'name'
/// (which begins at byte `at`; `copied` bytes have been copied so far) and `outside(c)` for each
/// other character that is no part of a string or comment.
template <class Parameter, class Outside>
std::string walk(std::string_view sql, const Parameter& parameter, const Outside& outside) {
    std::string out;
    out.reserve(sql.size() + 64);
    for (std::size_t i = 0; i < sql.size();) {
        if (sql.substr(i).starts_with("::")) {
            out += "::";
            i += 2;
            continue;
        }
        if (sql[i] == ':' && i + 1 < sql.size() && sql[i + 1] == '\'') {
            const auto end = sql.find('\'', i + 2);
            const auto name = sql.substr(i + 2, end == std::string_view::npos ? 0 : end - i - 2);
            if (is_name(name)) {
                out += parameter(name, i, out.size());
                i = end + 1;
                continue;
            }
        }
        if (const auto length = opaque_length(sql, i); length > 0) {
            out += sql.substr(i, length);
            i += length;
            continue;
        }
        outside(sql[i], out.size());
        out += sql[i++];
    }
    return out;
}

const QueryParameter* find_parameter(const Query& query, std::string_view name) {
    const auto found = std::find_if(query.parameters.begin(), query.parameters.end(),
                                    [&](const auto& parameter) { return parameter.name == name; });
    return found == query.parameters.end() ? nullptr : &*found;
}

std::string known_parameters(const Query& query) {
    if (query.parameters.empty()) return "The query takes no parameters.";
    std::string text = "Parameters:";
    for (const auto& parameter : query.parameters) {
        text += " " + parameter.name + " (" + parameter.type;
        text += parameter.default_value ? ", '" + *parameter.default_value + "')" : ", required)";
        text += &parameter == &query.parameters.back() ? "." : ",";
    }
    return text;
}

bool matches(std::string_view value,
             std::string_view pattern) {  // 9 stands for a digit, f for a hex digit
    if (value.size() != pattern.size()) return false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        const bool hex = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        const bool ok = pattern[i] == '9' ? is_digit(c) : pattern[i] == 'f' ? hex : c == pattern[i];
        if (!ok) return false;
    }
    return true;
}

/// Whether a value can be of the type; what looks right and is not (2024-02-30) is left to the
/// server.
bool fits(std::string_view value, std::string_view type) {
    if (type == "integer") {
        std::int64_t number = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        return error == std::errc() && end == value.data() + value.size();
    }
    if (type == "number") {
        double number = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        return error == std::errc() && end == value.data() + value.size();
    }
    if (type == "date" || type == "timestamp") {
        if (value == "infinity" || value == "-infinity") return true;
        return matches(value.substr(0, 10), "9999-99-99") &&
               (type == "timestamp" || value.size() == 10);
    }
    if (type == "uuid") return matches(value, "ffffffff-ffff-ffff-ffff-ffffffffffff");
    if (type == "boolean") return value == "true" || value == "false";
    return true;
}

/// Places of the lines in the body without the blanks that it begins with.
void leave_out_indent(Query& query, std::string_view body) {
    if (query.lines.empty()) return;
    std::size_t indent = 0;
    while (indent < body.size() && is_space(body[indent])) ++indent;
    query.lines.front().indent = static_cast<int>(indent);
    for (auto& line : query.lines) line.offset -= std::min(indent, line.offset);
}

/// The text of a parameter: the given value, or its default.
const std::string& value_of(const Query& query,
                            const std::map<std::string, std::string, std::less<>>& values,
                            std::string_view name) {
    const auto given = values.find(name);
    return given != values.end() ? given->second
                                 : find_parameter(query, name)->default_value.value();
}

}  // namespace

Query parse_query(std::string name, std::string_view text) {
    Query query;
    query.name = std::move(name);
    std::string body;
    bool in_header = true;
    bool in_question = true;
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        const auto clean = trimmed(line);
        if (in_header && clean.starts_with("--")) {
            auto rest = trimmed(clean.substr(2));
            if (rest.starts_with(":param ")) {
                auto parameter = parse_parameter(query.name, clean, rest.substr(7));
                if (find_parameter(query, parameter.name) != nullptr) {
                    throw Error(ErrorKind::data, "query " + query.name + ": parameter " +
                                                     parameter.name + " is declared twice");
                }
                query.parameters.push_back(std::move(parameter));
                in_question = false;
            } else if (rest.starts_with(":column ")) {
                query.columns.push_back(parse_column(query.name, clean, rest.substr(8)));
                in_question = false;
            } else if (rest.starts_with(":")) {
                bad_declaration(query.name, clean);
            } else if (in_question && !rest.empty()) {
                if (!query.question.empty()) query.question += ' ';
                query.question += rest;
            }
            continue;
        }
        if (clean.starts_with("\\")) continue;
        if (!clean.empty()) in_header = false;
        if (in_header) continue;
        query.lines.push_back({body.size(), number, 0});
        body.append(line).append("\n");
    }
    leave_out_indent(query, body);

    std::optional<std::size_t> semicolon;
    std::set<std::string, std::less<>> used;
    const auto copied = walk(
        trimmed(body),
        [&](std::string_view parameter, std::size_t, std::size_t) {
            if (find_parameter(query, parameter) == nullptr) {
                throw Error(ErrorKind::data, "query " + query.name + ": parameter " +
                                                 std::string(parameter) +
                                                 " is used but not declared");
            }
            return ":'" + std::string(parameter) + "'";
        },
        [&](char c, std::size_t at) {
            if (semicolon && !is_space(c)) {
                throw Error(ErrorKind::data, "query " + query.name + ": more than one statement",
                            "A query is one select, with or without a with clause.");
            }
            if (c == ';') semicolon = at;
        });
    query.sql =
        std::string(trimmed(std::string_view(copied).substr(0, semicolon.value_or(copied.size()))));
    if (query.sql.empty()) throw Error(ErrorKind::data, "query " + query.name + ": no statement");
    return query;
}

const std::vector<Query>& named_queries() {
    static const auto queries = [] {
        std::vector<Query> all;
        for (const auto& file : embedded::query_sql()) {
            auto name = file.path.substr(file.path.rfind('/') + 1);
            name.remove_suffix(4);  // .sql
            all.push_back(parse_query(std::string(name), file.text));
        }
        return all;
    }();
    return queries;
}

const Query& find_query(std::string_view name) {
    const auto& queries = named_queries();
    const auto found = std::find_if(queries.begin(), queries.end(),
                                    [&](const auto& query) { return query.name == name; });
    if (found != queries.end()) return *found;
    std::vector<std::string> names;
    for (const auto& query : queries) names.push_back(query.name);
    throw Error(ErrorKind::not_found, "no query named " + std::string(name),
                suggestion(name, names, "Queries"));
}

bool is_session_parameter(const QueryParameter& parameter) {
    return parameter.type == "session" || (parameter.type == "uuid" && parameter.name == "session");
}

std::string bind_query(const Query& query,
                       const std::map<std::string, std::string, std::less<>>& values,
                       const std::function<std::string(std::string_view)>& quote) {
    for (const auto& [name, value] : values) {
        const auto* parameter = find_parameter(query, name);
        if (parameter == nullptr) {
            std::vector<std::string> names;
            for (const auto& one : query.parameters) names.push_back(one.name);
            const auto meant = nearest(name, names);
            throw Error(ErrorKind::usage, "query " + query.name + " has no parameter " + name,
                        (meant ? "Did you mean " + *meant + "? " : std::string()) +
                            known_parameters(query));
        }
        if (!is_session_parameter(*parameter) && !fits(value, parameter->type)) {
            throw Error(ErrorKind::usage,
                        "parameter " + name + " of query " + query.name + " is '" + value +
                            "', expected " + (parameter->type == "integer" ? "an " : "a ") +
                            parameter->type,
                        known_parameters(query));
        }
    }
    for (const auto& parameter : query.parameters) {
        if (!parameter.default_value && !values.contains(parameter.name)) {
            throw Error(ErrorKind::usage,
                        "query " + query.name + " needs parameter " + parameter.name,
                        known_parameters(query));
        }
    }
    return walk(
        query.sql,
        [&](std::string_view name, std::size_t, std::size_t) {
            return quote(value_of(query, values, name));
        },
        [](char, std::size_t) {});
}

QueryPlace place_in_file(const Query& query,
                         const std::map<std::string, std::string, std::less<>>& values,
                         const std::function<std::string(std::string_view)>& quote,
                         std::size_t offset) {
    // The last parameter that begins at or before the offset tells how far the texts have shifted.
    std::size_t in_query = offset;
    (void)walk(
        query.sql,
        [&](std::string_view name, std::size_t at, std::size_t copied) {
            auto value = quote(value_of(query, values, name));
            const auto written = name.size() + 3;  // :'name'
            if (offset >= copied + value.size()) {
                in_query = offset - (copied + value.size()) + at + written;
            } else if (offset >= copied) {
                in_query = at;
            }
            return value;
        },
        [](char, std::size_t) {});
    in_query = std::min(in_query, query.sql.size());
    QueryPlace place;
    for (const auto& line : query.lines) {
        if (line.offset > in_query) break;
        const auto before = query.sql.substr(line.offset, in_query - line.offset);
        const auto characters = std::ranges::count_if(
            before, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
        place = {line.number, static_cast<int>(characters) + line.indent + 1};
    }
    return place;
}

}  // namespace tb::app
