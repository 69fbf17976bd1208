// Values of golden cases as JSON: what the files beside a case.json hold, and how two values are
// compared.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace tb::vectors {

using Json = nlohmann::ordered_json;

/// A CSV file as text: a header, then one vector of cells per column.
struct CsvText {
    std::vector<std::string> names;
    std::vector<std::vector<std::string>> columns;  ///< one per name, all of `rows` cells
    std::size_t rows = 0;

    /// Index of a column. @throws tb::Error (data) when there is none of that name
    [[nodiscard]] std::size_t index_of(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;
    [[nodiscard]] const std::vector<std::string>& texts(std::string_view name) const;
    /// The column as numbers; an empty cell, "NaN" and "nan" are NaN, True and False 1 and 0.
    /// @throws tb::Error (data) naming the cell that is no number
    [[nodiscard]] std::vector<double> numbers(std::string_view name) const;
};

/// Reads a whole file. @throws tb::Error (io) when it cannot be read
[[nodiscard]] std::string read_text(const std::filesystem::path& file);
/// Parses RFC 4180 CSV with a header. @throws tb::Error (data) for a row of another length
[[nodiscard]] CsvText parse_csv(std::string_view text, std::string_view name);
[[nodiscard]] CsvText read_csv_text(const std::filesystem::path& file);
/// @throws tb::Error (data) when the file is no JSON, (io) when it cannot be read
[[nodiscard]] Json read_json(const std::filesystem::path& file);
/// The elements of an .npy file as (nested) JSON arrays of its shape; text arrays give strings.
[[nodiscard]] Json npy_as_json(const std::filesystem::path& file);

/// A number of a case: JSON number or boolean, null and "NaN" as NaN, "inf", "-inf" (any case, also
/// "Infinity") as infinities. Empty for anything else.
[[nodiscard]] std::optional<double> as_number(const Json& value);
/// A flat or nested array of numbers in C order. @param what names the value in the message
/// @throws tb::Error (data, type TypeError) when something in it is no number or it is no array
[[nodiscard]] std::vector<double> as_numbers(const Json& value, std::string_view what);
/// A JSON array of numbers from any range of numbers.
template <class Range>
[[nodiscard]] Json to_json_array(const Range& values) {
    Json out = Json::array();
    for (const auto& value : values) out.push_back(value);
    return out;
}

/// |got - want| <= atol + rtol |want|.
struct Tolerance {
    double rtol = 0.0;
    double atol = 0.0;
    /// Set where the case names a tolerance for this very output: then it holds for whole numbers
    /// too.
    bool for_integers = false;
};

/// A difference that was found, at the leaf where it exceeds the tolerance most.
struct Difference {
    std::string path;       ///< keys from the output's name on, joined with '/'
    std::string detail;     ///< "got 1.5, want 1.25, difference 0.25, tolerance 1e-06"
    std::size_t count = 0;  ///< leaves that differ
};

/// How to compare two values.
struct ComparisonRules {
    /// The tolerance of a leaf, by its path.
    std::function<Tolerance(const std::string& path)> tolerance;
    /// True for subtrees that are not to be compared (excused, or judged already).
    std::function<bool(const std::string& path)> skip;
    bool text_cells = false;  ///< want holds CSV cells: text that is read as the kind that got has
};

/// Compares a value with what was expected. Every leaf of `want` must be in `got`, arrays have
/// equal length, NaN equals NaN and null; strings, booleans and whole numbers are compared exactly.
/// Keys of `got` that `want` does not have are ignored.
/// @return nothing when equal; else the worst difference
[[nodiscard]] std::optional<Difference> compare(const Json& want, const Json& got,
                                                const std::string& path,
                                                const ComparisonRules& rules);

/// Compares two lists of rows (arrays of objects) matched by key columns; every row of either side
/// must have its partner.
[[nodiscard]] std::optional<Difference> compare_rows(const Json& want, const Json& got,
                                                     const std::vector<std::string>& key,
                                                     const std::string& path,
                                                     const ComparisonRules& rules);

/// Rows of a table given as an object of columns; arrays of objects are returned as they are.
[[nodiscard]] Json as_rows(const Json& table);

/// Calls `visit` with the path of every leaf (no object, no array, or an empty one) at or below
/// `value`.
void for_each_leaf(const Json& value, const std::string& path,
                   const std::function<void(const std::string&)>& visit);

}  // namespace tb::vectors
