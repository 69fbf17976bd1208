// Every real Parquet file against what DuckDB read from it: per column rows, nulls, extremes and
// sum, and, where the rows are at hand, every value. What we refuse stands in a table, so that a
// change is seen.
#include "ingest/formats/csv.hpp"
#include "ingest/formats/json_lines.hpp"
#include "ingest/formats/parquet.hpp"
#include "tests/ingest/formats/format_checks.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

namespace tb::formats {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct Refused {
    const char* file;
    const char* column;  // empty: the whole file
    const char* why;     // part of the message
};

// ARROW-GH-43605 of bad_data (dictionary indices of no bits) is read, as DuckDB does.
const Refused refused[] = {
    {"fastparquet_testdata/map_array.parq", "map_op_op", "is a map"},
    {"fastparquet_testdata/map_array.parq", "map_op_req", "is a map"},
    {"fastparquet_testdata/map_array.parq", "map_req_op", "is a map"},
    {"fastparquet_testdata/map_array.parq", "map_req_req", "is a map"},
    {"fastparquet_testdata/no_columns_new.parquet", "", "no columns"},
    {"fastparquet_testdata/repeated_no_annotation.parquet", "phoneNumbers",
     "is a list of structures"},
    {"parquet_testing/data/repeated_no_annotation.parquet", "phoneNumbers",
     "is a list of structures"},
    {"parquet_testing/bad_data/ARROW-GH-41317.parquet", "",
     "malformed structure, expected a number"},
    {"parquet_testing/bad_data/ARROW-GH-47662.parquet", "", "end too early"},
    {"parquet_testing/bad_data/ARROW-RS-GH-6229-DICTHEADER.parquet", "",
     "the number of values of a page is -26"},
    {"parquet_testing/bad_data/PARQUET-1481.parquet", "", "a physical type is -7"},
    {"parquet_testing/data/hadoop_lz4_compressed_larger.parquet", "", "codec LZ4 is not supported"},
    {"parquet_testing/data/non_hadoop_lz4_compressed.parquet", "", "codec LZ4 is not supported"},
    {"parquet_testing/data/incorrect_map_schema.parquet", "my_map", "is a map"},
    {"parquet_testing/data/int96_from_spark.parquet", "a", "outside the range"},
    {"parquet_testing/data/nested_maps.snappy.parquet", "a", "is a map"},
    {"parquet_testing/data/nullable.impala.parquet", "int_array_Array", "is a list in a list"},
    {"parquet_testing/data/nullable.impala.parquet", "int_map", "is a map"},
    {"parquet_testing/data/nullable.impala.parquet", "int_Map_Array", "is a map"},
    {"parquet_testing/data/nullable.impala.parquet", "nested_struct", "is a list in a list"},
    {"parquet_testing/data/rle-dict-uncompressed-corrupt-checksum.parquet", "long_field",
     "the checksum of a page"},
    {"parquet_testing/data/rle-dict-uncompressed-corrupt-checksum.parquet", "binary_field",
     "the checksum of a page"},
};

std::vector<fs::path> parquet_files(const fs::path& data) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(data)) {
        if (!entry.is_regular_file()) continue;
        const auto ending = entry.path().extension();
        if (ending == ".pqt" || ending == ".parquet" || ending == ".parq")
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

double number_of(const std::string& text) {
    if (text == "true") return 1.0;
    if (text == "false") return 0.0;
    return std::strtod(text.c_str(), nullptr);
}

/// Compares a column with its line of the truth table; text columns have no extremes there.
void compare_with_truth(const Column& column, const std::string& type, std::size_t rows,
                        std::size_t nulls, const std::string& least, const std::string& most,
                        const std::string& sum) {
    ASSERT_EQ(column.size(), rows);
    std::size_t missing = 0;
    if (const auto* reals = std::get_if<std::vector<double>>(&column.values)) {
        for (const double value : *reals) missing += std::isnan(value) ? 1U : 0U;
    } else {
        for (std::size_t row = 0; row < rows; ++row) missing += column.is_missing(row) ? 1U : 0U;
    }
    const bool has_nan =
        most.find("nan") != std::string::npos;  // counted apart from nulls by DuckDB
    if (has_nan) {
        EXPECT_GT(missing, nulls);
        return;
    }
    EXPECT_EQ(missing, nulls);
    if (most.empty()) return;
    double smallest = INFINITY;
    double largest = -INFINITY;
    long double total = 0;
    long double size = 0;
    for (const double value : column.as_doubles()) {
        if (std::isnan(value)) continue;
        smallest = std::min(smallest, value);
        largest = std::max(largest, value);
        total += static_cast<long double>(value);
        size += std::abs(static_cast<long double>(value));
    }
    const double relative = type == "FLOAT" ? 1e-7 : 0.0;  // printed as the shortest float
    EXPECT_NEAR(smallest, number_of(least), relative * std::abs(smallest));
    EXPECT_NEAR(largest, number_of(most), relative * std::abs(largest));
    EXPECT_NEAR(static_cast<double>(total), number_of(sum),
                1e-12 * static_cast<double>(size) + 1e-300);
}

TEST(ParquetRealFiles, AgreeWithDuckDbOrAreRefusedForTheListedReason) {
    TB_NEED_REAL_DATA(data);
    CsvOptions as_written;
    as_written.all_text = true;
    const Table truth = read_csv(data / "parquet_columns_truth.csv", as_written);
    const auto text = [&](const char* column, std::size_t row) {
        return std::get<std::vector<std::string>>(truth.find(column)->values)[row];
    };
    std::size_t compared = 0;
    std::set<std::pair<std::string, std::string>> seen_refused;
    std::string file;
    for (std::size_t row = 0; row < truth.rows; ++row) {
        file = text("file", row);
        const std::string name = text("column", row);
        SCOPED_TRACE(file + " " + name);
        const auto entry =
            std::find_if(std::begin(refused), std::end(refused), [&](const Refused& one) {
                return one.file == file && (one.column == name || *one.column == '\0');
            });
        if (entry != std::end(refused)) {
            EXPECT_NE(
                data_error_of([&] { (void)read_parquet(data / file, {name}); }).find(entry->why),
                std::string::npos);
            seen_refused.emplace(entry->file, entry->column);
            continue;
        }
        try {
            const ParquetTable table = read_parquet(data / file, {name});
            const std::string type = text("duckdb_type", row);
            EXPECT_EQ(table.table.rows, static_cast<std::size_t>(number_of(text("n_rows", row))));
            if (type.starts_with("STRUCT"))
                continue;  // its fields are columns of ours; compared row by row below
            ASSERT_EQ(table.table.columns.size(), 1U);
            compare_with_truth(table.table.columns[0], type, table.table.rows,
                               static_cast<std::size_t>(number_of(text("n_null", row))),
                               text("min", row), text("max", row), text("sum", row));
            ++compared;
        } catch (const Error& error) {
            ADD_FAILURE() << "refused: " << error.what();
        }
    }
    EXPECT_GE(compared, 420U);
    std::printf("    %zu columns compared, %zu refused\n", compared, seen_refused.size());
}

TEST(ParquetRealFiles, AreReadOrRefusedButNeverCrash) {
    TB_NEED_REAL_DATA(data);
    std::size_t whole = 0;
    for (const fs::path& file : parquet_files(data)) {
        const std::string name = fs::relative(file, data).string();
        SCOPED_TRACE(name);
        const bool is_listed = std::any_of(std::begin(refused), std::end(refused),
                                           [&](const Refused& one) { return one.file == name; });
        try {
            (void)read_parquet(file);
            ++whole;
            EXPECT_FALSE(is_listed) << "read, but listed as refused";
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::data);
            EXPECT_TRUE(is_listed) << "refused: " << error.what();
            const std::string message = error.what();
            EXPECT_TRUE(std::any_of(std::begin(refused), std::end(refused),
                                    [&](const Refused& one) {
                                        return one.file == name &&
                                               message.find(one.why) != std::string::npos;
                                    }))
                << message;
        }
    }
    EXPECT_GT(whole, 80U);
    std::printf("    %zu files read whole\n", whole);
}

/// A day or a moment as DuckDB prints it; nothing before the year 0.
std::optional<std::string> moment_text(std::int64_t value, const std::string& stored) {
    using namespace std::chrono;
    const auto print_day = [](sys_days day) -> std::optional<std::string> {
        const year_month_day date(day);
        if (static_cast<int>(date.year()) < 1 || static_cast<int>(date.year()) > 9999)
            return std::nullopt;
        char buffer[32];
        std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", static_cast<int>(date.year()),
                      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
        return buffer;
    };
    if (stored.ends_with(" DATE")) return print_day(sys_days(days(value)));
    std::int64_t us = value;
    if (stored.ends_with("TIMESTAMP_MILLIS")) us = value * 1000;
    if (stored.ends_with("TIMESTAMP_NANOS")) us = value / 1000;
    const auto day = floor<days>(microseconds(us));
    if (day > days(3'000'000) || day < days(-1'000'000)) return std::nullopt;
    auto text = print_day(sys_days(day));
    if (!text) return std::nullopt;
    const std::int64_t rest = us - duration_cast<microseconds>(day).count();
    char buffer[48];
    std::snprintf(buffer, sizeof buffer, " %02lld:%02lld:%02lld",
                  static_cast<long long>(rest / 3'600'000'000),
                  static_cast<long long>(rest / 60'000'000 % 60),
                  static_cast<long long>(rest / 1'000'000 % 60));
    std::string result = *text + buffer;
    if (rest % 1'000'000 != 0) {
        std::snprintf(buffer, sizeof buffer, ".%06lld", static_cast<long long>(rest % 1'000'000));
        result += buffer;
        while (result.back() == '0') result.pop_back();
    }
    return result;
}

/// Finds the value of "a.b" in a row.
const json* part_of(const json& row, const std::string& name) {
    if (const auto found = row.find(name); found != row.end()) return &*found;
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) return nullptr;
    const auto outer = row.find(name.substr(0, dot));
    if (outer == row.end() || !outer->is_object()) return nullptr;
    return part_of(*outer, name.substr(dot + 1));
}

bool is_printable(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char letter) {
        return letter >= ' ' && letter < 0x7F && letter != '\\';
    });
}

/// True when they are equal, nothing when they cannot be compared (bytes and moments that DuckDB
/// prints in its own way).
std::optional<bool> is_same(const Column& column, std::size_t row, const json& want) {
    if (const auto* reals = std::get_if<std::vector<double>>(&column.values)) {
        const double value = (*reals)[row];
        if (want.is_null()) return std::isnan(value);
        if (want.is_string()) return std::nullopt;
        const double other = want.get<double>();
        if (std::isnan(value)) return std::isnan(other);
        return value == other ||
               std::abs(value - other) <=
                   1e-7 * std::abs(value) * (column.stored_type.starts_with("FLOAT") ? 1 : 0);
    }
    if (want.is_null() || column.is_missing(row)) return want.is_null() && column.is_missing(row);
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values)) {
        if (!want.is_string()) return (*integers)[row] == want.get<std::int64_t>();
        const auto text = moment_text((*integers)[row], column.stored_type);
        if (!text) return std::nullopt;
        return want.get<std::string>().starts_with(*text);  // a time zone may follow
    }
    if (const auto* flags = std::get_if<std::vector<bool>>(&column.values))
        return want == bool((*flags)[row]);
    if (const auto* texts = std::get_if<std::vector<std::string>>(&column.values)) {
        const std::string& text = (*texts)[row];
        if (!want.is_string()) return std::nullopt;
        if (!is_printable(text) && column.stored_type != "BYTE_ARRAY UTF8") return std::nullopt;
        return text == want.get<std::string>();
    }
    if (const auto* lists = std::get_if<std::vector<TextList>>(&column.values)) {
        const auto& list = (*lists)[row];
        if (list.size() != want.size()) return false;
        for (std::size_t i = 0; i < list.size(); ++i)
            if (want[i].is_null() ? list[i].has_value() : list[i] != want[i].get<std::string>())
                return false;
        return true;
    }
    const auto& list = std::get<std::vector<std::vector<double>>>(column.values)[row];
    if (list.size() != want.size()) return false;
    for (std::size_t i = 0; i < list.size(); ++i)
        if (want[i].is_null() ? !std::isnan(list[i]) : list[i] != want[i].get<double>())
            return false;
    return true;
}

TEST(ParquetRealFiles, HoldEveryValueThatDuckDbSaw) {
    TB_NEED_REAL_DATA(data);
    std::size_t values = 0;
    std::size_t files = 0;
    std::size_t passed_over = 0;
    for (const char* folder :
         {"parquet_testing", "fastparquet_testdata", "pandas_parquet", "ibl_photometry",
          "ibl_one_cache", "ibl_bwm_tables", "ibl_raw_sessions"}) {
        for (const fs::path& file : parquet_files(data / folder)) {
            std::string rows_name = fs::relative(file, data / folder).string() + ".jsonl";
            for (std::size_t at = rows_name.find('/'); at != std::string::npos;
                 at = rows_name.find('/'))
                rows_name.replace(at, 1, "__");
            const fs::path rows_file = data / folder / "expected" / rows_name;
            if (!fs::exists(rows_file)) continue;
            SCOPED_TRACE(rows_name);
            ParquetTable table;
            try {
                table = read_parquet(file);
            } catch (const Error&) {
                continue;  // listed above
            }
            ++files;
            const auto rows = read_json_lines(rows_file);
            ASSERT_LE(rows.size(), table.table.rows);
            for (const Column& column : table.table.columns) {
                SCOPED_TRACE(column.name + " " + column.stored_type);
                for (std::size_t row = 0; row < rows.size(); ++row) {
                    const json* want = part_of(rows[row], column.name);
                    if (want == nullptr) {
                        EXPECT_NE(column.name.find('.'), std::string::npos);
                        continue;
                    }
                    const auto same = is_same(column, row, *want);
                    ASSERT_TRUE(same.value_or(true)) << "row " << row << ": " << want->dump();
                    (same ? values : passed_over) += 1;
                }
            }
        }
    }
    EXPECT_GT(files, 60U);
    EXPECT_GT(values, 50'000U);
    std::printf("    %zu values of %zu files equal, %zu printed differently\n", values, files,
                passed_over);
}

}  // namespace
}  // namespace tb::formats
