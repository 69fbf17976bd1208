#include "app/cli/query.hpp"

#include "app/cli/print.hpp"
#include "embedded/query_sql.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <set>
#include <type_traits>
#include <utility>

namespace tb::app {
namespace {

constexpr std::array<std::string_view, 7> parameter_types = {"text", "integer",   "number", "date",
                                                             "uuid", "timestamp", "boolean"};

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
                "Write '-- :param NAME TYPE [default 'VALUE'] -- what it is' or "
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

/// Copies `sql`, calling `parameter(name)` for what stands in the place of each :'name' and
/// `outside(c)` for each other character that is no part of a string or comment.
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
                out += parameter(name);
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

}  // namespace

Query parse_query(std::string name, std::string_view text) {
    Query query;
    query.name = std::move(name);
    std::string body;
    bool in_header = true;
    bool in_question = true;
    while (!text.empty()) {
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
        if (!in_header) body.append(line).append("\n");
    }

    std::optional<std::size_t> semicolon;
    std::set<std::string, std::less<>> used;
    const auto copied = walk(
        trimmed(body),
        [&](std::string_view parameter) {
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
    std::string similar;
    for (const auto& query : queries) {
        if (!name.empty() && query.name.find(name.substr(0, 4)) != std::string::npos) {
            similar += (similar.empty() ? "" : ", ") + query.name;
        }
    }
    throw Error(
        ErrorKind::not_found, "no query named " + std::string(name),
        similar.empty() ? "`trialbase query --list` shows all." : "Similar: " + similar + ".");
}

std::string bind_query(const Query& query,
                       const std::map<std::string, std::string, std::less<>>& values,
                       const std::function<std::string(std::string_view)>& quote) {
    for (const auto& [name, value] : values) {
        const auto* parameter = find_parameter(query, name);
        if (parameter == nullptr) {
            throw Error(ErrorKind::usage, "query " + query.name + " has no parameter " + name,
                        known_parameters(query));
        }
        if (!fits(value, parameter->type)) {
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
        [&](std::string_view name) {
            const auto given = values.find(name);
            if (given != values.end()) return quote(given->second);
            return quote(find_parameter(query, name)->default_value.value());
        },
        [](char, std::size_t) {});
}

QueryFormat query_format(std::string_view name) {
    if (name == "table") return QueryFormat::table;
    if (name == "csv") return QueryFormat::csv;
    if (name == "json") return QueryFormat::json;
    if (name == "ndjson") return QueryFormat::ndjson;
    throw Error(ErrorKind::usage, "no format named " + std::string(name),
                "Formats: table, csv, json, ndjson.");
}

namespace {

/// Collects pieces into large writes.
class Buffer {
  public:
    explicit Buffer(const Write& write) : write_(write) { text_.reserve(limit + 4096); }
    void add(std::string_view piece) {
        text_ += piece;
        if (text_.size() >= limit) flush();
    }
    void flush() {
        if (!text_.empty()) write_(text_);
        text_.clear();
    }

  private:
    static constexpr std::size_t limit = std::size_t{1} << 18;
    const Write& write_;
    std::string text_;
};

/// Binary COPY to CSV as psql --csv writes it. The server turns numbers into text slowly and on one
/// processor; sent in binary, they are written here while it goes on. Types that are not known here
/// come as text.
class CsvRows {
  public:
    CsvRows(Buffer& out, std::vector<unsigned> types) : out_(out), types_(std::move(types)) {}

    /// Whether fields of a type are understood in binary.
    static bool knows(unsigned type) {
        switch (type) {
            case db::oid::boolean:
            case db::oid::int2:
            case db::oid::int4:
            case db::oid::int8:
            case db::oid::float8:
            case db::oid::text:
            case db::oid::varchar:
            case db::oid::bpchar:
            case db::oid::uuid:
            case db::oid::date:
                return true;
            default:
                return false;
        }
    }

    void header(const std::vector<std::string>& names) {
        line_.clear();
        for (const auto& name : names) {
            if (&name != &names.front()) line_ += ',';
            add_text(name);
        }
        line_ += '\n';
        out_.add(line_);
    }

    void feed(std::string_view chunk) {
        if (held_.empty()) {
            const auto used = consume(chunk);
            held_ = chunk.substr(used);
        } else {
            held_ += chunk;
            held_.erase(0, consume(held_));
        }
    }

  private:
    static constexpr std::size_t signature_length = 11;

    template <class T>
    static T integer_at(const char* bytes) {
        std::make_unsigned_t<T> value = 0;
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            value = static_cast<std::make_unsigned_t<T>>((value << 8) |
                                                         static_cast<unsigned char>(bytes[i]));
        }
        return static_cast<T>(value);
    }

    /// Writes the whole rows at the front of `data`. @return bytes used
    std::size_t consume(std::string_view data) {
        std::size_t at = 0;
        if (!is_past_header_) {
            if (data.size() < signature_length + 8) return 0;
            const auto extension = static_cast<std::size_t>(
                integer_at<std::uint32_t>(data.data() + signature_length + 4));
            if (data.size() < signature_length + 8 + extension) return 0;
            at = signature_length + 8 + extension;
            is_past_header_ = true;
        }
        while (true) {
            if (data.size() - at < 2) return at;
            const auto count = integer_at<std::int16_t>(data.data() + at);
            if (count < 0) return data.size();  // the end's mark
            if (static_cast<std::size_t>(count) != types_.size()) {
                throw Error(ErrorKind::internal,
                            "a row of a query has an unexpected number of fields");
            }
            std::size_t next = at + 2;
            line_.clear();
            for (std::size_t c = 0; c < types_.size(); ++c) {
                if (data.size() - next < 4) return at;
                const auto length = integer_at<std::int32_t>(data.data() + next);
                next += 4;
                if (c > 0) line_ += ',';
                if (length < 0) continue;
                if (data.size() - next < static_cast<std::size_t>(length)) return at;
                add_field(types_[c], data.substr(next, static_cast<std::size_t>(length)));
                next += static_cast<std::size_t>(length);
            }
            line_ += '\n';
            out_.add(line_);
            at = next;
        }
    }

    void add_field(unsigned type, std::string_view bytes) {
        switch (type) {
            case db::oid::boolean:
                line_ += bytes[0] != 0 ? 't' : 'f';
                break;
            case db::oid::int2:
                add_integer(integer_at<std::int16_t>(bytes.data()));
                break;
            case db::oid::int4:
                add_integer(integer_at<std::int32_t>(bytes.data()));
                break;
            case db::oid::int8:
                add_integer(integer_at<std::int64_t>(bytes.data()));
                break;
            case db::oid::float8:
                add_number(std::bit_cast<double>(integer_at<std::uint64_t>(bytes.data())));
                break;
            case db::oid::uuid:
                add_uuid(bytes);
                break;
            case db::oid::date:
                add_date(integer_at<std::int32_t>(bytes.data()));
                break;
            default:
                add_text(bytes);
        }
    }

    void add_integer(std::int64_t value) {
        std::array<char, 24> digits{};
        line_.append(digits.data(),
                     std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
    }

    /// As float8out writes it: shortest digits that read back the same, exponents below 1e-4 and
    /// from 1e15.
    void add_number(double value) {
        if (std::isnan(value)) {
            line_ += "NaN";
            return;
        }
        if (std::isinf(value)) {
            line_ += value > 0 ? "Infinity" : "-Infinity";
            return;
        }
        const double size = std::abs(value);
        const bool is_fixed = value == 0 || (size >= 1e-4 && size < 1e15);
        std::array<char, 40> digits{};
        const auto format = is_fixed ? std::chars_format::fixed : std::chars_format::scientific;
        auto* const begin = digits.data();
        auto* const limit = begin + digits.size();
        auto* end = std::to_chars(begin, limit, value, format).ptr;
        // The shortest text may lie halfway to the neighbour and still read back the same, since
        // ties go to even. The server does not use such texts (d2s.c, "acceptBounds"), but the next
        // longer ones.
        if (size >= 1e15) {
            for (int places = 1; places <= 16 && is_halfway(size, {begin, end}); ++places) {
                std::array<char, 40> longer{};
                auto* const longer_end = std::to_chars(longer.data(), longer.data() + longer.size(),
                                                       value, format, places)
                                             .ptr;
                double again = 0;
                std::from_chars(longer.data(), longer_end, again);
                if (again == value) end = std::copy(longer.data(), longer_end, begin);
            }
        }
        line_.append(begin, end);
    }

    /// Whether a text d.ddde+XX, sign aside, is exactly in the middle between a number and one of
    /// its neighbours. Only integers have such texts of 17 digits or fewer.
    static bool is_halfway(double size, std::string_view text) {
        std::uint64_t odd = 0;
        int power = 0;
        const auto e = text.find('e');
        const auto point = text.find('.');
        for (const char c : text.substr(0, e)) {
            if (is_digit(c)) odd = odd * 10 + static_cast<std::uint64_t>(c - '0');
        }
        std::from_chars(text.data() + e + 2, text.data() + text.size(), power);  // after e+
        if (point != std::string_view::npos) power -= static_cast<int>(e - point - 1);
        if (power < 0 || odd == 0) return false;
        // odd x 10^power = (odd x 5^power) x 2^power; a midpoint has an odd part of at most 54
        // bits.
        int twos = power;
        while (odd % 2 == 0) {
            odd /= 2;
            ++twos;
        }
        for (int i = 0; i < power; ++i) {
            odd *= 5;
            if (odd >= std::uint64_t{1} << 54) return false;
        }
        const auto exact = std::ldexp(static_cast<long double>(odd), twos);
        const auto middle = [&](double neighbour) {
            return (static_cast<long double>(size) + static_cast<long double>(neighbour)) / 2;
        };
        return exact == middle(std::nextafter(size, 0.0)) ||
               exact == middle(std::nextafter(size, std::numeric_limits<double>::infinity()));
    }

    void add_uuid(std::string_view bytes) {
        static constexpr std::string_view hex = "0123456789abcdef";
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10) line_ += '-';
            const auto byte = static_cast<unsigned char>(bytes[i]);
            line_ += hex[byte >> 4];
            line_ += hex[byte & 15];
        }
    }

    void add_date(std::int32_t days) {
        if (days == std::numeric_limits<std::int32_t>::max()) {
            line_ += "infinity";
            return;
        }
        if (days == std::numeric_limits<std::int32_t>::min()) {
            line_ += "-infinity";
            return;
        }
        // Civil date of a day number: H. Hinnant, "chrono-compatible low-level date algorithms".
        // The years of std::chrono end at 32767, PostgreSQL's in 5874897.
        const std::int64_t day = std::int64_t{days} + 730425;  // from 0000-03-01
        const std::int64_t era = (day >= 0 ? day : day - 146096) / 146097;
        const std::int64_t of_era = day - era * 146097;
        const std::int64_t year_of_era =
            (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
        const std::int64_t of_year =
            of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        const std::int64_t shifted = (5 * of_year + 2) / 153;
        const std::int64_t day_of_month = of_year - (153 * shifted + 2) / 5 + 1;
        const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
        const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
        std::array<char, 48> text{};
        const int length = std::snprintf(text.data(), text.size(), "%04lld-%02d-%02d%s",
                                         static_cast<long long>(year > 0 ? year : 1 - year),
                                         static_cast<int>(month), static_cast<int>(day_of_month),
                                         year > 0 ? "" : " BC");
        line_.append(text.data(), static_cast<std::size_t>(length));
    }

    void add_text(std::string_view text) {
        if (text.find_first_of(",\"\r\n") == std::string_view::npos && text != "\\.") {
            line_ += text;
            return;
        }
        line_ += '"';
        for (const char c : text) {
            if (c == '"') line_ += '"';
            line_ += c;
        }
        line_ += '"';
    }

    Buffer& out_;
    std::vector<unsigned> types_;
    std::string held_;
    std::string line_;
    bool is_past_header_ = false;
};

/// COPY's text format to the JSON that it carries: a line is one row, and backslashes are doubled.
/// A line break within a row (in a value of type json) can only be white space there.
class JsonLines {
  public:
    JsonLines(Buffer& out, bool is_array) : out_(out), is_array_(is_array) {}
    void feed(std::string_view piece) {
        for (std::size_t i = 0; i < piece.size();) {
            if (at_start_) {
                out_.add(is_array_ ? (is_first_ ? "[\n" : ",\n") : "");
                is_first_ = at_start_ = false;
            }
            if (after_backslash_) {
                out_.add(piece[i] == '\\' ? "\\" : " ");
                after_backslash_ = false;
                ++i;
                continue;
            }
            const auto end = std::min(piece.find_first_of("\\\n", i), piece.size());
            out_.add(piece.substr(i, end - i));
            i = end;
            if (i == piece.size()) break;
            if (piece[i] == '\\') {
                after_backslash_ = true;
            } else {
                if (!is_array_) out_.add("\n");
                at_start_ = true;
            }
            ++i;
        }
    }
    void finish() {
        if (is_array_) out_.add(is_first_ ? "[]\n" : "\n]\n");
    }

  private:
    Buffer& out_;
    bool is_array_;
    bool is_first_ = true;
    bool at_start_ = true;
    bool after_backslash_ = false;
};

bool is_number(unsigned type) {
    return type == db::oid::int2 || type == db::oid::int4 || type == db::oid::int8 ||
           type == db::oid::float4 || type == db::oid::float8 || type == db::oid::numeric;
}

/// Columns that a UTF-8 text takes on a terminal, taking every character for one wide.
std::size_t display_width(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string one_line(std::string_view text) {
    std::string flat(text);
    std::replace_if(
        flat.begin(), flat.end(), [](char c) { return static_cast<unsigned char>(c) < 32; }, ' ');
    return flat;
}

/// The text on one line, cut to `width` characters.
std::string cell(std::string_view text, std::size_t width) {
    std::string flat = one_line(text);
    if (display_width(flat) <= width) return flat;
    const std::size_t keep = width > 3 ? width - 3 : width;
    std::size_t end = 0;
    for (std::size_t characters = 0; end < flat.size(); ++end) {
        if ((flat[end] & 0xC0) != 0x80 && characters++ == keep) break;
    }
    flat.resize(end);
    return width > 3 ? flat + "..." : flat;
}

/// Numbers at full precision are hard to read side by side: six digits after the point are shown.
std::string shown(const db::Result& rows, std::size_t row, std::size_t column) {
    if (rows.is_null(row, column)) return "";
    const auto text = rows.bytes(row, column);
    const auto type = rows.type_oid(column);
    if (type == db::oid::boolean) return text == "t" ? "true" : "false";
    if (type == db::oid::float8 || type == db::oid::float4 || type == db::oid::numeric) {
        const auto point = text.find('.');
        if (point != std::string_view::npos && text.size() - point > 7) {
            double value = 0;
            std::from_chars(text.data(), text.data() + text.size(), value);
            std::array<char, 64> digits{};
            const bool has_exponent =
                text.find('e') != std::string_view::npos || (std::abs(value) < 0.001 && value != 0);
            const auto end = has_exponent
                                 ? std::to_chars(digits.data(), digits.data() + digits.size(),
                                                 value, std::chars_format::scientific, 4)
                                 : std::to_chars(digits.data(), digits.data() + digits.size(),
                                                 value, std::chars_format::fixed, 6);
            if (end.ec == std::errc()) return {digits.data(), end.ptr};
        }
    }
    return std::string(text);
}

/// A column's name on lines of at most `width` characters, broken after underscores where it must.
std::vector<std::string> folded(std::string_view name, std::size_t width) {
    std::vector<std::string> lines{""};
    while (!name.empty()) {
        const auto end = std::min(name.find('_'), name.size() - 1) + 1;
        const auto word = name.substr(0, end);
        if (!lines.back().empty() &&
            display_width(lines.back()) + display_width(word) > std::max<std::size_t>(width, 1)) {
            lines.emplace_back();
        }
        lines.back() += word;
        name.remove_prefix(end);
    }
    return lines;
}

/// Width of a name folded as far as it goes.
std::size_t folded_width(std::string_view name) {
    std::size_t width = 0;
    for (const auto& line : folded(name, 1)) width = std::max(width, display_width(line));
    return width;
}

class TableWriter {
  public:
    TableWriter(Buffer& out, int width) : out_(out), width_(width) {}

    void write(const db::Result& rows) {
        if (widths_.empty()) lay_out(rows);
        for (std::size_t row = 0; row < rows.rows(); ++row) {
            is_expanded_ ? write_record(rows, row) : write_row(rows, row);
            ++count_;
        }
    }

    void finish() {
        out_.add("(" + std::to_string(count_) + (count_ == 1 ? " row)\n" : " rows)\n"));
    }

  private:
    static constexpr std::size_t narrowest_text = 8;

    void lay_out(const db::Result& rows) {
        const auto columns = rows.columns();
        std::vector<std::size_t> least;  // widths below which values are cut
        for (std::size_t c = 0; c < columns; ++c) {
            names_.emplace_back(rows.column_name(c));
            std::size_t width = std::max<std::size_t>(folded_width(names_.back()), 1);
            for (std::size_t row = 0; row < rows.rows(); ++row) {
                width = std::max(width, display_width(shown(rows, row, c)));
            }
            least.push_back(width);
            widths_.push_back(std::max(width, display_width(names_.back())));
        }
        if (width_ > 0) {
            auto total = [&] {
                std::size_t sum = 2 * (columns - 1);
                for (const auto width : widths_) sum += width;
                return sum;
            };
            // Long names are folded first, then long texts are cut.
            while (total() > static_cast<std::size_t>(width_)) {
                std::size_t widest = columns;
                for (std::size_t c = 0; c < columns; ++c) {
                    if (widths_[c] <= least[c]) continue;
                    if (widest == columns || widths_[c] > widths_[widest]) widest = c;
                }
                for (std::size_t c = 0; c < columns && !may_fold(least); ++c) {
                    if (is_number(rows.type_oid(c)) || widths_[c] <= narrowest_text ||
                        widths_[c] <= folded_width(names_[c])) {
                        continue;
                    }
                    if (widest == columns || widths_[c] > widths_[widest]) widest = c;
                }
                if (widest == columns) {
                    is_expanded_ = true;
                    break;
                }
                --widths_[widest];
            }
        }
        if (is_expanded_) {
            for (const auto& name : names_)
                name_width_ = std::max(name_width_, display_width(name));
            return;
        }
        std::vector<std::vector<std::string>> heads;
        std::size_t n_lines = 0;
        std::string rule;
        for (std::size_t c = 0; c < columns; ++c) {
            heads.push_back(folded(names_[c], widths_[c]));
            n_lines = std::max(n_lines, heads.back().size());
            rule += std::string(widths_[c], '-') + (c + 1 == columns ? "" : "  ");
        }
        for (std::size_t line = 0; line < n_lines; ++line) {
            std::string head;
            for (std::size_t c = 0; c < columns; ++c) {
                const std::size_t above = n_lines - heads[c].size();  // names stand on the rule
                add_cell(head, c, line < above ? "" : heads[c][line - above],
                         is_number(rows.type_oid(c)), c + 1 == columns);
            }
            while (!head.empty() && head.back() == ' ') head.pop_back();
            out_.add(head + "\n");
        }
        out_.add(rule + "\n");
    }

    /// Some column is wider than its values and its folded name need.
    [[nodiscard]] bool may_fold(const std::vector<std::size_t>& least) const {
        for (std::size_t c = 0; c < widths_.size(); ++c) {
            if (widths_[c] > least[c]) return true;
        }
        return false;
    }

    void add_cell(std::string& line, std::size_t c, std::string_view text, bool to_right,
                  bool is_last) {
        const auto value = to_right ? std::string(text) : cell(text, widths_[c]);
        const auto width = display_width(value);
        const std::string pad(width < widths_[c] ? widths_[c] - width : 0, ' ');
        if (to_right) line += pad;
        line += value;
        if (!to_right && !is_last) line += pad;
        if (!is_last) line += "  ";
    }

    void write_row(const db::Result& rows, std::size_t row) {
        std::string line;
        for (std::size_t c = 0; c < rows.columns(); ++c) {
            add_cell(line, c, shown(rows, row, c), is_number(rows.type_oid(c)),
                     c + 1 == rows.columns());
        }
        while (!line.empty() && line.back() == ' ') line.pop_back();
        out_.add(line + "\n");
    }

    void write_record(const db::Result& rows, std::size_t row) {
        std::string text = "-- row " + std::to_string(count_ + 1) + "\n";
        const auto room = static_cast<std::size_t>(width_) > name_width_ + 2 + narrowest_text
                              ? static_cast<std::size_t>(width_) - name_width_ - 2
                              : narrowest_text;
        for (std::size_t c = 0; c < rows.columns(); ++c) {
            text += names_[c];
            std::size_t indent = name_width_ - display_width(names_[c]) + 2;
            for (const auto& line : wrapped(one_line(shown(rows, row, c)), room)) {
                if (!line.empty()) text += std::string(indent, ' ') + line;
                text += "\n";
                indent = name_width_ + 2;
            }
        }
        out_.add(text);
    }

    Buffer& out_;
    int width_;
    std::vector<std::string> names_;
    std::vector<std::size_t> widths_;
    std::size_t name_width_ = 0;
    bool is_expanded_ = false;
    std::int64_t count_ = 0;
};

std::int64_t copy_csv(db::Session& session, const db::Sql& statement, Buffer& out) {
    const auto described = session.exec(
        {statement.name, "select * from (\n" + statement.text + "\n) as answer limit 0"});
    std::vector<std::string> names;
    std::vector<unsigned> types;
    std::string aliases;  // names may be the same, or none that SQL could repeat
    std::string columns;
    for (std::size_t c = 0; c < described.columns(); ++c) {
        const auto alias = "c" + std::to_string(c);
        const bool is_known = CsvRows::knows(described.type_oid(c));
        names.emplace_back(described.column_name(c));
        types.push_back(is_known ? described.type_oid(c) : db::oid::text);
        aliases += (c == 0 ? "" : ", ") + alias;
        // concat() calls the type's output function, which a cast to text does not do for every
        // type.
        columns += (c == 0 ? "" : ", ") + (is_known ? alias : "concat(" + alias + ")");
    }
    if (names.empty()) throw Error(ErrorKind::usage, statement.name + " has no columns");
    CsvRows csv(out, std::move(types));
    csv.header(names);
    return session.copy_out(
        {statement.name, "copy (select " + columns + " from (\n" + statement.text +
                             "\n) as answer (" + aliases + ")) to stdout with (format binary)"},
        [&](std::string_view chunk) { csv.feed(chunk); });
}

}  // namespace

std::int64_t write_query(db::Session& session, const db::Sql& statement, QueryFormat format,
                         const Write& write, int width) {
    Buffer out(write);
    db::Transaction transaction(session, "read only");
    session.exec({"query: datestyle", "set local datestyle = 'ISO'"});
    session.exec({"query: digits", "set local extra_float_digits = 1"});
    std::int64_t rows = 0;
    // The statement stands on lines of its own, so that a comment at its end does not swallow the
    // bracket.
    if (format == QueryFormat::csv) {
        rows = copy_csv(session, statement, out);
    } else if (format == QueryFormat::table) {
        session.exec(
            {statement.name, "declare answer no scroll cursor for\n" + statement.text + "\n"});
        TableWriter table(out, width);
        while (true) {
            const auto page = session.exec({statement.name, "fetch 1000 from answer"});
            table.write(page);
            rows += static_cast<std::int64_t>(page.rows());
            if (page.rows() < 1000) break;
        }
        table.finish();
    } else {
        JsonLines lines(out, format == QueryFormat::json);
        rows = session.copy_out({statement.name, "copy (select row_to_json(answer) from (\n" +
                                                     statement.text + "\n) as answer) to stdout"},
                                [&](std::string_view chunk) { lines.feed(chunk); });
        lines.finish();
    }
    transaction.commit();
    out.flush();
    return rows;
}

}  // namespace tb::app
