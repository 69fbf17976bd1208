#include "ingest/formats/table.hpp"

#include "trialbase/error.hpp"

#include <limits>

namespace tb::formats {

std::size_t Column::size() const {
    return std::visit([](const auto& all) { return all.size(); }, values);
}

std::vector<double> Column::as_doubles() const {
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    std::vector<double> result;
    if (const auto* reals = std::get_if<std::vector<double>>(&values)) {
        result = *reals;
    } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&values)) {
        result.reserve(integers->size());
        for (const std::int64_t value : *integers) result.push_back(static_cast<double>(value));
    } else if (const auto* booleans = std::get_if<std::vector<bool>>(&values)) {
        result.reserve(booleans->size());
        for (const bool value : *booleans) result.push_back(value ? 1.0 : 0.0);
    } else {
        const bool is_text = std::holds_alternative<std::vector<std::string>>(values);
        throw Error(ErrorKind::data, "column " + name + " holds " + (is_text ? "text" : "lists") +
                                         ", expected numbers");
    }
    for (std::size_t row = 0; row < result.size(); ++row)
        if (is_missing(row)) result[row] = nan;
    return result;
}

const Column* Table::find(std::string_view name) const {
    for (const Column& column : columns)
        if (column.name == name) return &column;
    return nullptr;
}

}  // namespace tb::formats
