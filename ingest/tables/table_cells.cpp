#include "ingest/tables/table_cells.hpp"

#include "ingest/alf/names.hpp"
#include "ingest/formats/bytes.hpp"
#include "ingest/formats/csv.hpp"
#include "ingest/formats/parquet.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tb::tables {
namespace {

bool is_none(std::string_view text) {
    static constexpr std::array<std::string_view, 6> words{"", "None", "nan", "NaN", "<NA>", "NaT"};
    return std::ranges::find(words, text) != words.end();
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

[[noreturn]] void refuse(std::string_view column, const std::string& shown, const char* wanted) {
    auto value = formats::escaped_utf8(shown);
    if (value.size() > 60) value = value.substr(0, 57) + "...";
    throw Error(ErrorKind::data, fmt::format("{}: '{}' is no {}", column, value, wanted));
}

std::string date_text(std::int64_t days) {
    const std::chrono::year_month_day day{
        std::chrono::sys_days{std::chrono::days{static_cast<int>(days)}}};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

bool is_sensible(std::string_view date) {
    return date.size() >= 10 && date.substr(0, 4) >= "1900" && date.substr(0, 4) <= "2199" &&
           alf::is_real_date(date.substr(0, 10));
}

/// Units of a day in a column of moments; 0 when it has none.
std::int64_t units_per_day(std::string_view stored_type) {
    constexpr std::int64_t seconds = 86400;
    if (stored_type.find("NANOS") != std::string_view::npos) return seconds * 1'000'000'000;
    if (stored_type.find("MICROS") != std::string_view::npos) return seconds * 1'000'000;
    if (stored_type.find("MILLIS") != std::string_view::npos) return seconds * 1000;
    return 0;
}

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
    return value / by - (value % by < 0 ? 1 : 0);
}

/// 1900-01-01 to 2199-12-31, in days since 1970.
bool is_sensible(std::int64_t days) {
    return days >= -25567 && days <= 84005;
}

bool is_parquet(const std::filesystem::path& file) {
    const auto extension = file.extension().string();
    if (extension == ".pqt" || extension == ".parquet") return true;
    std::array<char, 4> magic{};
    std::ifstream in(file, std::ios::binary);
    in.read(magic.data(), magic.size());
    return in && std::string_view(magic.data(), magic.size()) == "PAR1";
}

/// The members of a list as text.
std::vector<std::string> split_list(std::string_view text) {
    if (text.size() >= 2 && text.front() == '[' && text.back() == ']')
        text = text.substr(1, text.size() - 2);
    std::vector<std::string> members;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        auto member = trimmed(text.substr(0, comma));
        if (member.size() >= 2 && member.front() == member.back() &&
            (member.front() == '\'' || member.front() == '"'))
            member = member.substr(1, member.size() - 2);
        members.push_back(std::move(member));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return members;
}

}  // namespace

TableCells::TableCells(const std::filesystem::path& file)
    : file_(formats::escaped_utf8(file.string())) {
    const auto extension = file.extension().string();
    if (!std::filesystem::exists(file))
        throw Error(ErrorKind::not_found, file_ + ": there is no such file",
                    "Name a table that is there (.pqt, .parquet, .csv, .tsv); relative paths begin "
                    "in the folder that the command runs in.",
                    "MissingFile");
    if (std::filesystem::is_directory(file))
        throw Error(ErrorKind::data, file_ + ": a folder where a table is expected",
                    "Name the table itself (.pqt, .parquet, .csv, .tsv).", "UnknownFormat");
    if (is_parquet(file)) {
        auto read = formats::read_parquet(file);
        table_ = std::move(read.table);
        metadata_ = std::move(read.metadata);
    } else if (extension == ".csv" || extension == ".tsv") {
        formats::CsvOptions options;
        options.all_text = true;
        if (extension == ".tsv") options.delimiter = '\t';
        table_ = formats::read_csv(file, options);
    } else {
        throw Error(ErrorKind::data, file_ + ": neither Parquet nor CSV",
                    "Name a file .pqt, .parquet or .csv.", "UnknownFormat");
    }
}

std::vector<std::string> TableCells::columns() const {
    std::vector<std::string> names;
    for (const auto& column : table_.columns) names.push_back(formats::escaped_utf8(column.name));
    return names;
}

std::string TableCells::first_of(const std::vector<std::string>& columns) const {
    const auto found =
        std::ranges::find_if(columns, [&](const auto& column) { return has(column); });
    return found == columns.end() ? std::string() : *found;
}

void TableCells::require(const std::vector<std::string>& columns, const std::string& hint) const {
    std::vector<std::string> absent;
    for (const auto& column : columns)
        if (!has(column)) absent.push_back(column);
    if (absent.empty()) return;
    throw Error(
        ErrorKind::data,
        fmt::format(
            "{}: no column {}; it has {}", file_, fmt::join(absent, ", "),
            table_.columns.empty() ? "none" : fmt::format("{}", fmt::join(this->columns(), ", "))),
        hint, "MissingColumn");
}

std::optional<std::string> TableCells::text(std::string_view column, std::size_t row) const {
    const auto* found = table_.find(column);
    if (found == nullptr || found->is_missing(row)) return std::nullopt;
    if (const auto* texts = std::get_if<std::vector<std::string>>(&found->values)) {
        auto value = trimmed(formats::escaped_utf8((*texts)[row]));
        if (is_none(value)) return std::nullopt;
        return value;
    }
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&found->values))
        return std::to_string((*integers)[row]);
    if (const auto* truths = std::get_if<std::vector<bool>>(&found->values))
        return (*truths)[row] ? "true" : "false";
    if (const auto* reals = std::get_if<std::vector<double>>(&found->values)) {
        if (std::isnan((*reals)[row])) return std::nullopt;
        return fmt::format("{}", (*reals)[row]);
    }
    refuse(column, "a list", "text");
}

std::optional<double> TableCells::number(std::string_view column, std::size_t row) const {
    const auto value = text(column, row);
    if (!value) return std::nullopt;
    double number = 0;
    const auto* const end = value->data() + value->size();
    const auto [stop, error] = std::from_chars(value->data(), end, number);
    if (error != std::errc() || stop != end || !std::isfinite(number))
        refuse(column, *value, "number");
    return number;
}

std::optional<std::int64_t> TableCells::integer(std::string_view column, std::size_t row) const {
    const auto value = text(column, row);
    if (!value) return std::nullopt;
    std::int64_t number = 0;
    const auto* const end = value->data() + value->size();
    const auto [stop, error] = std::from_chars(value->data(), end, number);
    if (error == std::errc() && stop == end) return number;
    // Pandas makes doubles of integers where some are missing.
    const auto real = this->number(column, row);
    if (std::floor(*real) != *real || std::abs(*real) > 9e15)
        refuse(column, *value, "whole number");
    return static_cast<std::int64_t>(*real);
}

std::optional<bool> TableCells::boolean(std::string_view column, std::size_t row) const {
    const auto value = text(column, row);
    if (!value) return std::nullopt;
    if (*value == "true" || *value == "True" || *value == "1") return true;
    if (*value == "false" || *value == "False" || *value == "0") return false;
    refuse(column, *value, "truth value");
}

std::optional<std::string> TableCells::date(std::string_view column, std::size_t row) const {
    const auto* found = table_.find(column);
    if (found == nullptr || found->is_missing(row)) return std::nullopt;
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&found->values)) {
        const auto value = (*integers)[row];
        const auto units = units_per_day(found->stored_type);
        const auto days = units == 0 ? value : floor_div(value, units);
        const bool is_date = units != 0 || found->stored_type.find("DATE") != std::string::npos;
        if (!is_date) refuse(column, std::to_string(value), "date (it is a plain number)");
        if (!is_sensible(days))
            refuse(column, std::to_string(days) + " days since 1970", "date of 1900 to 2199");
        return date_text(days);
    }
    const auto value = text(column, row);
    if (!value) return std::nullopt;
    const bool ends =
        value->size() == 10 || (value->size() > 10 && ((*value)[10] == 'T' || (*value)[10] == ' '));
    if (!ends || !is_sensible(std::string_view(*value)))
        refuse(column, *value, "date of 1900 to 2199 (yyyy-mm-dd)");
    return value->substr(0, 10);
}

std::optional<std::string> TableCells::moment(std::string_view column, std::size_t row) const {
    const auto* found = table_.find(column);
    if (found == nullptr || found->is_missing(row)) return std::nullopt;
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&found->values)) {
        const auto units = units_per_day(found->stored_type);
        const auto value = (*integers)[row];
        if (units == 0) refuse(column, std::to_string(value), "time (it is a plain number)");
        const auto days = floor_div(value, units);
        if (!is_sensible(days))
            refuse(column, std::to_string(days) + " days since 1970", "time of 1900 to 2199");
        const auto seconds =
            static_cast<double>(value - days * units) / static_cast<double>(units) * 86400;
        const auto microseconds = std::min<std::int64_t>(std::llround(seconds * 1e6), 86399999999);
        const auto whole = microseconds / 1'000'000;
        return fmt::format("{}T{:02}:{:02}:{:02}.{:06}", date_text(days), whole / 3600,
                           whole / 60 % 60, whole % 60, microseconds % 1'000'000);
    }
    const auto value = text(column, row);
    if (!value) return std::nullopt;
    if (value->size() < 16 || !is_sensible(std::string_view(*value)))
        refuse(column, *value, "time of 1900 to 2199 (yyyy-mm-ddThh:mm)");
    return value;
}

std::vector<std::string> TableCells::list(std::string_view column, std::size_t row) const {
    const auto* found = table_.find(column);
    if (found == nullptr || found->is_missing(row)) return {};
    std::vector<std::string> members;
    if (const auto* lists = std::get_if<std::vector<formats::TextList>>(&found->values)) {
        for (const auto& one : (*lists)[row])
            members.push_back(one ? trimmed(formats::escaped_utf8(*one)) : std::string());
        return members;
    }
    // A list column of which no row has a member has numbers.
    if (const auto* lists = std::get_if<std::vector<std::vector<double>>>(&found->values)) {
        if ((*lists)[row].empty()) return {};
        refuse(column, "a list of numbers", "list of texts");
    }
    const auto value = text(column, row);
    return value ? split_list(*value) : members;
}

bool TableCells::has_halves(std::string_view column) const {
    return has(fmt::format("{}_0", column)) && has(fmt::format("{}_1", column));
}

std::optional<Uuid> TableCells::uuid(std::string_view column, std::size_t row) const {
    if (!has(column) && has_halves(column)) {
        const std::array halves{integer(fmt::format("{}_0", column), row),
                                integer(fmt::format("{}_1", column), row)};
        if (!halves[0] && !halves[1]) return std::nullopt;
        if (!halves[0] || !halves[1])
            throw Error(ErrorKind::data,
                        fmt::format("{}: one half of the UUID is missing", column));
        Uuid made;
        for (std::size_t i = 0; i < 16; ++i)
            made.bytes[i] = static_cast<std::uint8_t>(
                static_cast<std::uint64_t>(*halves[i / 8]) >> (8 * (i % 8)) & 0xFFU);
        if (made == Uuid{}) return std::nullopt;
        // Random numbers in another order of bytes would pass for keys, and match nothing.
        if ((made.bytes[8] & 0xC0U) != 0x80U || (made.bytes[6] >> 4U) < 1 ||
            (made.bytes[6] >> 4U) > 8)
            throw Error(ErrorKind::data,
                        fmt::format("{0}_0, {0}_1: {1} and {2} make no UUID ({3})", column,
                                    *halves[0], *halves[1], made.to_string()));
        return made;
    }
    const auto value = text(column, row);
    if (!value) return std::nullopt;
    const auto found = Uuid::parse(*value);
    if (!found) refuse(column, *value, "UUID");
    if (*found == Uuid{}) return std::nullopt;
    return found;
}

std::string row_name(std::size_t row) {
    return fmt::format("row {}", row + 1);
}

std::string full_path(const std::filesystem::path& file) {
    return formats::escaped_utf8(std::filesystem::absolute(file).lexically_normal().string());
}

std::string list_name(const std::filesystem::path& file) {
    const auto whole = std::filesystem::absolute(file).lexically_normal();
    const auto stem = whole.stem().string();
    const auto name = stem == "sessions" ? whole.parent_path().filename().string() : stem;
    return formats::escaped_utf8(name);
}

}  // namespace tb::tables
