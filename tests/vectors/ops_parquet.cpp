// Golden vectors of Parquet tables: ingest/formats/parquet.hpp.
#include "include/trialbase/error.hpp"
#include "ingest/formats/parquet.hpp"
#include "tests/vectors/runner.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

namespace tb::vectors {
namespace {

/// The UUID whose bytes are two little-endian 64-bit halves (spec/ibl_behavior.md, 11.3).
std::string uuid_of_halves(std::int64_t first, std::int64_t second) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
        const auto half = static_cast<std::uint64_t>(i < 8 ? first : second);
        const auto byte = (half >> (8 * (i % 8))) & 0xFFU;
        text.push_back(digits[byte >> 4U]);
        text.push_back(digits[byte & 0xFU]);
    }
    return text;
}

std::string date_text(std::int64_t days_since_1970) {
    const std::chrono::year_month_day date{
        std::chrono::sys_days(std::chrono::days(days_since_1970))};
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return buffer.data();
}

Json value_at(const formats::Column& column, std::size_t row) {
    if (column.is_missing(row)) return nullptr;
    return std::visit(
        [&](const auto& values) -> Json {
            using Values = std::decay_t<decltype(values)>;
            if constexpr (std::is_same_v<Values, std::vector<double>>) {
                return std::isnan(values[row]) ? Json() : Json(values[row]);
            } else if constexpr (std::is_same_v<Values, std::vector<std::int64_t>>) {
                return column.stored_type.ends_with(" DATE") ? Json(date_text(values[row]))
                                                             : Json(values[row]);
            } else if constexpr (std::is_same_v<Values, std::vector<bool>>) {
                return Json(static_cast<bool>(values[row]));
            } else if constexpr (std::is_same_v<Values, std::vector<std::string>>) {
                return Json(values[row]);
            } else if constexpr (std::is_same_v<Values, std::vector<formats::TextList>>) {
                Json list = Json::array();
                for (const auto& value : values[row]) list.push_back(value ? Json(*value) : Json());
                return list;
            } else {
                Json list = Json::array();
                for (const double value : values[row])
                    list.push_back(std::isnan(value) ? Json() : Json(value));
                return list;
            }
        },
        column.values);
}

/// The first `rows` values, as decimal text where the case writes integers so (halves of UUIDs do
/// not fit a double).
Json values_of(const formats::Column& column, std::size_t rows, bool as_text) {
    Json out = Json::array();
    for (std::size_t row = 0; row < std::min(rows, column.size()); ++row) {
        Json value = value_at(column, row);
        out.push_back(as_text && value.is_number_integer() ? Json(value.dump()) : std::move(value));
    }
    return out;
}

void parquet_table(const Case& input, Run& run) {
    const auto file = formats::read_parquet(input.path_of("file"));
    Json columns = Json::array();
    for (const auto& column : file.table.columns) columns.push_back(column.name);
    run.give("n_rows", file.table.rows);
    run.give("columns", columns);
    run.give("codecs", file.codecs);
    run.give("physical_types", file.physical_types);
    Json keys = Json::array();
    for (const auto& [key, value] : file.metadata) keys.push_back(key);
    run.give("metadata_keys", keys);
    run.give("created_by", file.created_by);
    for (const auto& [name, output] : run.expected()) {
        const Json& want = output.value;
        if (!want.is_array()) continue;  // long columns give their first values only
        if (const auto* column = file.table.find(name)) {
            const bool as_text = !want.empty() && want[0].is_string();
            run.give(name, values_of(*column, want.size(), as_text));
        } else if (const auto* first = file.table.find(name + "_0"),
                   *second = file.table.find(name + "_1");
                   first != nullptr && second != nullptr) {
            const auto& low = std::get<std::vector<std::int64_t>>(first->values);
            const auto& high = std::get<std::vector<std::int64_t>>(second->values);
            Json ids = Json::array();
            for (std::size_t row = 0; row < std::min(want.size(), low.size()); ++row)
                ids.push_back(uuid_of_halves(low[row], high[row]));
            run.give(name, ids);
        }
    }
}

const Registration registration("behavior.parquet_table", &parquet_table);

}  // namespace
}  // namespace tb::vectors
