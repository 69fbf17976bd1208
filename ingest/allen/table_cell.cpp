#include "ingest/allen/table_cell.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/formats/bytes.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

namespace tb::allen {
namespace {

[[noreturn]] void fail(std::string_view cell, std::string_view what) {
    constexpr std::size_t longest = 80;
    const bool is_long = cell.size() > longest;
    throw Error(ErrorKind::data,
                fmt::format("'{}{}' is {}",
                            formats::escaped_utf8(cell.substr(0, is_long ? longest : cell.size())),
                            is_long ? "..." : "", what),
                {}, "TableCell");
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// A whole number, also one that is written as 951410079.0.
std::optional<std::int64_t> integer(std::string_view text) {
    if (const auto point = text.find('.'); point != std::string_view::npos) {
        if (text.find_first_not_of('0', point + 1) != std::string_view::npos) return std::nullopt;
        text = text.substr(0, point);
    }
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

/// Reads a list literal front to back.
class ListReader {
  public:
    explicit ListReader(std::string_view cell) : cell_(cell), rest_(cell) {}

    /// Calls `element` where each element begins. The element must be read to its end.
    template <class Element>
    void read(const Element& element) {
        take('[');
        skip_blanks();
        while (peek() != ']') {
            element();
            skip_blanks();
            if (peek() == ',') {
                take(',');
                skip_blanks();
            } else if (peek() != ']') {
                fail(cell_, "no list: a comma is missing");
            }
        }
        take(']');
        skip_blanks();
        if (!rest_.empty()) fail(cell_, "no list: there is text behind it");
    }

    std::int64_t integer_element() {
        const auto end = rest_.find_first_of(",]");
        const auto value = integer(trimmed(rest_.substr(0, end)));
        if (!value || end == std::string_view::npos) fail(cell_, "no list of whole numbers");
        rest_.remove_prefix(end);
        return *value;
    }

    std::string text_element() {
        const char quote = peek();
        if (quote != '\'' && quote != '"') fail(cell_, "no list of texts in quotes");
        take(quote);
        std::string text;
        while (peek() != quote) {
            const char c = next();
            text += c == '\\' ? escaped() : c;
        }
        take(quote);
        return text;
    }

  private:
    char peek() const {
        if (rest_.empty()) fail(cell_, "no list: it is not closed");
        return rest_.front();
    }
    char next() {
        const char c = peek();
        rest_.remove_prefix(1);
        return c;
    }
    void take(char wanted) {
        if (next() != wanted) fail(cell_, "no list");
    }
    void skip_blanks() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
            rest_.remove_prefix(1);
    }
    char escaped() {
        switch (const char c = next()) {
            case '\\':
            case '\'':
            case '"':
                return c;
            case 'n':
                return '\n';
            case 't':
                return '\t';
            default:
                fail(cell_, fmt::format("no list: \\{} is not understood", c));
        }
    }

    std::string_view cell_, rest_;
};

/// Two or more digits as a number; nothing when something else stands there.
std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return std::nullopt;
    int value = 0;
    for (const char c : text.substr(at, count)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = 10 * value + (c - '0');
    }
    return value;
}

int days_of_month(int year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

std::string date(std::string_view cell) {
    constexpr std::string_view what = "no ISO date and time as 2019-05-17 14:46:33.550000";
    const auto year = digits(cell, 0, 4), month = digits(cell, 5, 2), day = digits(cell, 8, 2),
               hour = digits(cell, 11, 2), minute = digits(cell, 14, 2),
               second = digits(cell, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second || cell[4] != '-' ||
        cell[7] != '-' || (cell[10] != ' ' && cell[10] != 'T') || cell[13] != ':' ||
        cell[16] != ':')
        fail(cell, what);
    if (*year < 1 || *month < 1 || *month > 12 || *day < 1 || *day > days_of_month(*year, *month) ||
        *hour > 23 || *minute > 59 || *second > 59)
        fail(cell, "no day and time of the calendar");
    auto rest = cell.substr(19);
    std::string fraction(6, '0');
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        std::size_t count = 0;
        while (count < rest.size() && rest[count] >= '0' && rest[count] <= '9') {
            if (count < fraction.size()) fraction[count] = rest[count];
            ++count;
        }
        if (count == 0 || count > 9) fail(cell, what);
        rest.remove_prefix(count);
    }
    std::string offset;
    if (!rest.empty() && rest != "Z") {
        const auto hours = digits(rest, 1, 2);
        const auto minutes = digits(rest, rest.size() == 6 ? 4 : 3, 2);
        const bool is_offset = (rest[0] == '+' || rest[0] == '-') && hours && minutes &&
                               (rest.size() == 5 || (rest.size() == 6 && rest[3] == ':')) &&
                               *hours <= 15 && *minutes <= 59;
        if (!is_offset) fail(cell, what);
        if (*hours != 0 || *minutes != 0)
            offset = fmt::format("{}{:02}:{:02}", rest[0], *hours, *minutes);
    }
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{}{}", *year, *month, *day, *hour,
                       *minute, *second, fraction, offset);
}

}  // namespace

CellValue parse_cell(std::string_view cell, CellKind kind) {
    if (cell.empty()) return {};
    const bool is_number = kind == CellKind::integer || kind == CellKind::number;
    if (is_number &&
        (cell == "nan" || cell == "NaN" || cell == "None" || cell == "NA" || cell == "<NA>"))
        return {};
    switch (kind) {
        case CellKind::integer: {
            const auto value = integer(cell);
            if (!value) fail(cell, "no whole number");
            return *value;
        }
        case CellKind::number: {
            const auto value = number(cell);
            if (!value) fail(cell, "no number");
            return *value;
        }
        case CellKind::boolean:
            if (cell == "True" || cell == "true" || cell == "TRUE") return true;
            if (cell == "False" || cell == "false" || cell == "FALSE") return false;
            fail(cell, "neither True nor False");
        case CellKind::text:
            return std::string(cell);
        case CellKind::date:
            return date(cell);
        case CellKind::integer_list: {
            if (!cell.starts_with('[')) {
                const auto value = integer(cell);
                if (!value) fail(cell, "no list of whole numbers");
                return std::vector{*value};
            }
            std::vector<std::int64_t> values;
            ListReader list(cell);
            list.read([&] { values.push_back(list.integer_element()); });
            return values;
        }
        case CellKind::text_list: {
            if (!cell.starts_with('[')) return std::vector<std::string>{std::string(cell)};
            std::vector<std::string> values;
            ListReader list(cell);
            list.read([&] { values.push_back(list.text_element()); });
            return values;
        }
    }
    throw Error(ErrorKind::internal, "unknown kind of cell");
}

}  // namespace tb::allen
