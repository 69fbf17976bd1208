// What stands above a figure: its title and, below it, what n is, what error bars are, and which
// defaults hold.
#pragma once

#include "app/cli/figure.hpp"
#include "app/cli/query_arguments.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace tb::app {

/// A sentence with its places filled from rows:
///   {first c}, {min c}, {max c}, {sum c}  of column c, without what is null; `none` without any
///   {distinct c, d}                       number of combinations of values, none of them null
///   {rows}                                number of rows
/// A place of a number may end in |one|many, the word that follows it: {rows|trial|trials} is
/// `1 trial` or `1,200 trials`.
/// @throws tb::Error (data) for a place that is none of these
[[nodiscard]] std::string filled(std::string_view sentence, const nlohmann::json& rows);

/// Lines below the title: the figure's caption filled from its rows; which parameters were given;
/// whether excluded and simulated sessions are in; that simulated ones are, where a row says so
/// (column source). Broken at `width` characters.
[[nodiscard]] std::vector<std::string> caption_lines(const Figure& figure,
                                                     const ParameterValues& values,
                                                     const nlohmann::json& rows, std::size_t width);

}  // namespace tb::app
