// Rows as JSON, for statements that take a table's rows in one parameter.
#pragma once

#include "src/db/session.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace tb::load {

/// Null for NaN and infinities.
[[nodiscard]] inline nlohmann::json json_number(double value) {
    return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json();
}
/// Row `i` of a column that may be empty; a whole number as one.
[[nodiscard]] inline nlohmann::json json_number(const std::vector<double>& values, std::size_t i) {
    return i < values.size() ? json_number(values[i]) : nlohmann::json();
}
[[nodiscard]] inline nlohmann::json json_integer(const std::vector<double>& values, std::size_t i) {
    if (i >= values.size() || !(std::abs(values[i]) < 9e15)) return {};
    return static_cast<std::int64_t>(values[i]);
}
/// Null for an empty text.
[[nodiscard]] inline nlohmann::json json_text(std::string_view text) {
    return text.empty() ? nlohmann::json() : nlohmann::json(db::sanitize_text(text));
}
template <class T>
[[nodiscard]] nlohmann::json json_optional(const std::optional<T>& value) {
    return value ? nlohmann::json(*value) : nlohmann::json();
}

/// An object from its text: text that may not be stored (zero bytes) is made fit. Empty: null.
[[nodiscard]] nlohmann::json json_object(const std::string& text);

/// Adds a statement of the loader with these rows; none for no rows.
void add_json_step(std::vector<db::Session::Step>& steps, std::string_view name,
                   const nlohmann::json& rows);

}  // namespace tb::load
