// The rows that a figure draws: its query's answer, with arrays of the store taken apart into rows
// where the figure says so.
#pragma once

#include "app/cli/figure.hpp"
#include "src/db/session.hpp"
#include "trialbase/array.hpp"

#include <functional>
#include <memory>

#include <nlohmann/json.hpp>

namespace tb::app {

/// Opens the array store; called only for figures with arrays that have something to read.
using OpenStore = std::function<std::unique_ptr<ArrayReader>()>;

/// @param statement  the figure's query with its parameters put in
/// @return an array of objects; missing values are null
[[nodiscard]] nlohmann::json figure_rows(db::Session& session, const Figure& figure,
                                         const std::string& statement, const OpenStore& open_store);

/// Each row of a query that names an array, as one row per sample, or as the mean over such rows
/// sample by sample. Rows whose reference is null (events beside a signal) stay single rows,
/// without time and value; before the means, where there are some. Samples of one line that are
/// more than `arrays.at_most` are thinned: of each stretch of samples the least and the greatest
/// stay.
///
/// A mean is taken of what is not missing; sem is the sample's standard deviation divided by the
/// root of n, missing for n = 1. Rows that agree in all other columns are one line.
/// @throws tb::Error (data) when an array does not fit what the row says of it, or its times
[[nodiscard]] nlohmann::json expand_arrays(const FigureArrays& arrays, const nlohmann::json& rows,
                                           const ArrayReader& store);

/// A statement that answers with these rows, for the writers of query_run.hpp.
[[nodiscard]] std::string statement_of_rows(const db::Session& session,
                                            const std::vector<QueryColumn>& columns,
                                            const nlohmann::json& rows);

}  // namespace tb::app
