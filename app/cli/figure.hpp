// Figures: named queries with the specification of a chart (Vega-Lite) beside them,
// queries/NAME.sql and queries/NAME.vl.json. What a specification holds beyond Vega-Lite lies in
// its `usermeta` and is told in queries/README.md.
#pragma once

#include "app/cli/query_declaration.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace tb::app {

/// How arrays that rows name become rows of their own; every text is the name of a column. Columns
/// that the query gives: `ref` and what may be empty below it. Columns that are made: `time_s`,
/// `value`, and with `mean_over` also `sem` and `n`.
struct FigureArrays {
    std::string ref;           ///< reference of the array of values
    std::string row;           ///< row of a matrix, from 0; empty: the array is a vector
    std::string times_ref;     ///< reference of the array of their times [s]; empty: evenly sampled
    std::string start_s;       ///< time of the first sample [s]
    std::string rate_hz;       ///< samples a second
    std::string from_s, to_s;  ///< samples at from_s <= time < to_s; empty: all
    std::string until_s;       ///< later values are missing, of one row of a matrix; null: none
    std::string baseline_from_s;         ///< the mean of the values from here
    std::string baseline_to_s;           ///< to before here is subtracted, row by row of a matrix
    std::vector<std::string> mean_over;  ///< columns that are averaged away; empty: no mean
    std::string time_s, value, sem, n;   ///< names of the columns that are made
    std::size_t at_most = 4000;  ///< points a line: else the least and greatest of each stretch
};

struct Figure {
    Query query;                   ///< its name and parameters are the figure's
    nlohmann::json specification;  ///< as written, usermeta included
    std::string about;  ///< what is drawn, in a sentence: the specification's description
    std::vector<std::string> caption;  ///< sentences below the title, with {places} for counts
    std::optional<FigureArrays> arrays;
    std::vector<QueryColumn> made_columns;  ///< columns that the arrays add
};

/// @param beside  where the specification was found, for messages
/// @throws tb::Error (data) when the specification is not one
[[nodiscard]] Figure parse_figure(Query query, std::string_view specification,
                                  const std::string& beside);

/// The figures compiled into the program, by name.
[[nodiscard]] const std::vector<Figure>& named_figures();

/// @throws tb::Error (not_found) naming the nearest figure and all of them
[[nodiscard]] const Figure& find_figure(std::string_view name);

/// A figure of the user's: FILE.sql with FILE.vl.json beside it.
/// @throws tb::Error (not_found), (data)
[[nodiscard]] Figure read_figure(const std::string& sql_file);

/// A file that is compiled in: its path relative to the source folder.
/// @throws tb::Error (internal) when there is none
[[nodiscard]] std::string_view figure_file(std::string_view path);

/// The columns of the rows that are drawn, as parameters of --data: the query's, without what
/// arrays take away, and with what they add.
[[nodiscard]] std::vector<QueryColumn> drawn_columns(const Figure& figure);

}  // namespace tb::app
