#include "trialbase/array.hpp"

#include "trialbase/error.hpp"

#include <functional>
#include <numeric>

namespace tb {

std::size_t Array::size() const noexcept {
    return std::visit([](const auto& held) { return held.size(); }, values);
}

std::string_view Array::dtype() const noexcept {
    constexpr std::string_view names[] = {"float64", "float32", "int64", "int32", "int16", "uint8"};
    static_assert(std::size(names) == std::variant_size_v<Values>);
    return names[values.index()];
}

std::span<const std::byte> Array::bytes() const noexcept {
    return std::visit([](const auto& held) { return std::as_bytes(std::span(held)); }, values);
}

std::vector<double> Array::numbers() const {
    if (const auto* const doubles = std::get_if<std::vector<double>>(&values)) return *doubles;
    return std::visit(
        [](const auto& held) {
            std::vector<double> converted(held.size());
            for (std::size_t i = 0; i < held.size(); ++i)
                converted[i] = static_cast<double>(held[i]);
            return converted;
        },
        values);
}

Array Array::vector(std::vector<double> values) {
    Array array;
    array.shape = {values.size()};
    array.values = std::move(values);
    return array;
}

Array Array::matrix(std::size_t rows, std::size_t columns, Values values) {
    Array array{.shape = {rows, columns}, .values = std::move(values)};
    if (array.size() != rows * columns) {
        throw Error(ErrorKind::internal, "a matrix of " + std::to_string(rows) + " x " +
                                             std::to_string(columns) + " was given " +
                                             std::to_string(array.size()) + " values");
    }
    return array;
}

}  // namespace tb
