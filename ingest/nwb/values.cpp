// Small questions to the value types of nwb_file.hpp.
#include "ingest/nwb/nwb_file.hpp"
#include "trialbase/error.hpp"

namespace tb::nwb {

std::optional<std::string> Field::text() const {
    const auto* all = std::get_if<std::vector<std::string>>(&values);
    return all != nullptr && all->size() == 1 ? std::optional(all->front()) : std::nullopt;
}
std::optional<double> Field::number() const {
    if (const auto* real = std::get_if<std::vector<double>>(&values); real && real->size() == 1)
        return real->front();
    const auto whole = integer();
    return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
}
std::optional<std::int64_t> Field::integer() const {
    if (const auto* whole = std::get_if<std::vector<std::int64_t>>(&values);
        whole && whole->size() == 1)
        return whole->front();
    if (const auto* flag = std::get_if<std::vector<std::uint8_t>>(&values);
        flag && flag->size() == 1)
        return flag->front();
    return std::nullopt;
}
std::vector<std::string> Field::texts() const {
    const auto* all = std::get_if<std::vector<std::string>>(&values);
    return all == nullptr ? std::vector<std::string>() : *all;
}

const Column* Table::column(std::string_view wanted) const noexcept {
    for (const auto& one : columns) {
        if (one.name == wanted) return &one;
    }
    return nullptr;
}
bool Table::is_intervals() const noexcept {
    return column("start_time") != nullptr && column("stop_time") != nullptr;
}

std::size_t ColumnValues::rows() const noexcept {
    return ends.empty() ? n_elements : ends.front().size();
}
std::pair<std::size_t, std::size_t> ColumnValues::part_of(std::size_t level,
                                                          std::size_t row) const {
    const auto& of_level = ends.at(level);
    return {row == 0 ? 0 : of_level.at(row - 1), of_level.at(row)};
}
std::pair<std::size_t, std::size_t> ColumnValues::elements_of(std::size_t row) const {
    std::pair<std::size_t, std::size_t> range{row, row + 1};
    for (const auto& of_level : ends) {
        range = {range.first == 0 ? 0 : of_level.at(range.first - 1),
                 range.second == 0 ? 0 : of_level.at(range.second - 1)};
    }
    return range;
}
const std::vector<double>* ColumnValues::reals() const noexcept {
    return std::get_if<std::vector<double>>(&values);
}
const std::vector<std::int64_t>* ColumnValues::integers() const noexcept {
    return std::get_if<std::vector<std::int64_t>>(&values);
}
const std::vector<std::uint8_t>* ColumnValues::booleans() const noexcept {
    return std::get_if<std::vector<std::uint8_t>>(&values);
}
const std::vector<std::string>* ColumnValues::texts() const noexcept {
    return std::get_if<std::vector<std::string>>(&values);
}
std::vector<double> ColumnValues::numbers() const {
    if (const auto* real = reals()) return *real;
    if (const auto* whole = integers()) return {whole->begin(), whole->end()};
    if (const auto* flags = booleans()) return {flags->begin(), flags->end()};
    throw Error(ErrorKind::data, "a column's values are no numbers", {}, "ValueType");
}

std::size_t Series::samples() const noexcept {
    if (data_path.empty()) return times == Times::timestamps ? n_times : 0;
    return shape.empty() ? 1 : shape.front();
}
std::size_t Series::channels() const noexcept {
    return shape.size() < 2 ? 1 : shape[1];
}
std::size_t Series::sample_size() const noexcept {
    std::size_t n = 1;
    for (std::size_t i = 1; i < shape.size(); ++i) {
        if (shape[i] != 0 && n > SIZE_MAX / shape[i]) return SIZE_MAX;
        n *= shape[i];
    }
    return n;
}

}  // namespace tb::nwb
