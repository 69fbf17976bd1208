#include "ingest/photometry/text_table.hpp"

#include "ingest/formats/csv.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace tb::photometry {
namespace {

constexpr std::size_t rows_compared = 50;  // decimals are compared with those of so many rows

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view without_line_end(std::string_view line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// The line that ends before `end`, without its own line end.
std::string_view line_before(std::string_view text, std::size_t end) {
    const auto before = text.substr(0, end).rfind('\n');
    return text.substr(before == std::string_view::npos ? 0 : before + 1,
                       end - (before == std::string_view::npos ? 0 : before + 1));
}

std::string_view header_of(std::string_view text, std::string_view name) {
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
        throw Error(ErrorKind::data, fmt::format("{}: the text is UTF-16", name),
                    "Save it as UTF-8.", "ValueError");
    }
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    while (!text.empty() && (text.front() == '\n' || text.front() == '\r')) text.remove_prefix(1);
    return without_line_end(text.substr(0, text.find('\n')));
}

char delimiter_of(std::string_view header) {
    for (const char c : {',', ';', '\t'}) {
        if (header.find(c) != std::string_view::npos) return c;
    }
    return ',';
}

/// Decimals of a number; nothing for what has no point.
std::optional<std::size_t> decimals_of(std::string_view field, char point) {
    const auto at = field.rfind(point);
    if (at == std::string_view::npos) return std::nullopt;
    const auto decimals = field.substr(at + 1);
    if (!std::ranges::all_of(decimals, is_digit)) return std::nullopt;
    return decimals.size();
}

/// Whether the last row, without line end and with all its fields, stops within its last number:
/// all rows before it have the same, larger number of decimals there.
bool stops_within_number(std::string_view text, std::string_view header, std::string_view last,
                         char delimiter, char point) {
    const auto field_of = [&](std::string_view line) {
        return line.substr(line.rfind(delimiter) + 1);
    };
    auto end = static_cast<std::size_t>(last.data() - text.data());
    std::optional<std::size_t> usual;
    for (std::size_t row = 0; row < rows_compared && end > 0; ++row) {
        const auto line = line_before(text, end - 1);
        if (line.data() <= header.data()) break;
        const auto decimals = decimals_of(field_of(without_line_end(line)), point);
        if (!decimals || (usual && *usual != *decimals)) return false;
        usual = decimals;
        end = static_cast<std::size_t>(line.data() - text.data());
    }
    const auto found = decimals_of(field_of(last), point).value_or(0);
    return usual && found < *usual;
}

}  // namespace

std::vector<std::string> text_table_columns(std::string_view text, std::string_view name) {
    const auto header = header_of(text, name);
    std::vector<std::string> columns;
    for (const auto& column :
         formats::parse_csv(header, name, {.delimiter = delimiter_of(header)}).columns)
        columns.push_back(column.name);
    return columns;
}

TextTable read_text_table(std::string_view text, std::string_view name, bool all_text) {
    const auto header = header_of(text, name);
    const char delimiter = delimiter_of(header);
    const char point = delimiter == ',' ? '.' : ',';
    TextTable read;
    // Quotes may hold line ends and delimiters: no row is judged as cut then.
    const auto begin = text.rfind('\n');
    if (begin != std::string_view::npos && text.find('"') == std::string_view::npos) {
        const auto last = text.substr(begin + 1);
        const auto fields = 1 + std::ranges::count(last, delimiter);
        const auto expected = 1 + std::ranges::count(header, delimiter);
        const bool is_after_header = last.data() > header.data() + header.size();
        if (!last.empty() && is_after_header &&
            (fields < expected || stops_within_number(text, header, last, delimiter, point))) {
            read.cut_row = fmt::format(
                "the last row, line {}, was not written to its end ({} of {} fields, without line "
                "end): it was left out",
                1 + std::ranges::count(text, '\n'), fields, expected);
            text = text.substr(0, begin + 1);
        }
    }
    const formats::CsvOptions options{.delimiter = delimiter, .all_text = all_text};
    if (delimiter == ',') {
        read.table = formats::parse_csv(text, name, options);
        return read;
    }
    std::string points(text);
    for (std::size_t i = 1; i + 1 < points.size(); ++i) {
        if (points[i] == ',' && is_digit(points[i - 1]) && is_digit(points[i + 1])) points[i] = '.';
    }
    read.table = formats::parse_csv(points, name, options);
    return read;
}

}  // namespace tb::photometry
