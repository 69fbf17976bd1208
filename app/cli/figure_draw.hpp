// Figures drawn: SVG by Vega in Node.js, PNG from it by rsvg-convert, or a page that draws itself
// in a browser.
#pragma once

#include "app/cli/figure.hpp"
#include "app/cli/query_arguments.hpp"

#include <functional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace tb::app {

enum class FigureFormat { svg, png, html };

/// A figure's specification as it is drawn: rows inside it, title and caption filled, the house
/// style (queries/style.json) below what the specification says itself, colours told for values
/// that occur alone. Without rows it says that there are none.
[[nodiscard]] nlohmann::json drawn_specification(const Figure& figure,
                                                 const ParameterValues& values,
                                                 nlohmann::json rows);

/// @param specification  Vega-Lite, with its data
/// @param warn           what Vega warns of, one or more lines
/// @return the file's bytes
/// @throws tb::Error (unavailable) when the program was built without Vega, or nodejs or
/// rsvg-convert are not installed (not needed for html); (data) when Vega refuses the
/// specification; (internal) when it does not end within a minute
[[nodiscard]] std::string draw(const nlohmann::json& specification, FigureFormat format,
                               const std::function<void(std::string_view)>& warn);

}  // namespace tb::app
