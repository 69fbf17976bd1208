// Sums in the order of the published analysis (NumPy's: eight lanes, halves of long series), so
// that results in single precision agree to their last digit.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// The sum, rounded at each step to the precision of the values. 0 of nothing.
template <class T>
[[nodiscard]] T pairwise_sum(std::span<const T> values) {
    const std::size_t n = values.size();
    if (n < 8) {
        T sum = 0;
        for (const T value : values) sum += value;
        return sum;
    }
    if (n > 128) {
        const std::size_t half = n / 2 - (n / 2) % 8;
        return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
    }
    std::array<T, 8> lane{};
    for (std::size_t i = 0; i < 8; ++i) lane[i] = values[i];
    std::size_t i = 8;
    for (; i + 8 <= n; i += 8) {
        for (std::size_t k = 0; k < 8; ++k) lane[k] += values[i + k];
    }
    T sum =
        ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
    for (; i < n; ++i) sum += values[i];
    return sum;
}

/// The same in pieces of 8192 values, added one after another: the sums that published standard
/// deviations take their mean from.
template <class T>
[[nodiscard]] T sum_in_pieces(std::span<const T> values) {
    constexpr std::size_t piece = 8192;
    T sum = 0;
    for (std::size_t i = 0; i < values.size(); i += piece)
        sum += pairwise_sum(values.subspan(i, std::min(piece, values.size() - i)));
    return sum;
}

/// The mean in the precision of the values. NaN of nothing.
template <class T>
[[nodiscard]] T pairwise_mean(std::span<const T> values) {
    return pairwise_sum(values) / static_cast<T>(values.size());
}

/// The standard deviation in the precision of the values, NaN of nothing.
/// @param degrees  0: the sum of squares is divided by the number of values; 1: by one less
template <class T>
[[nodiscard]] T standard_deviation(std::span<const T> values, std::size_t degrees = 0) {
    const T mean = sum_in_pieces(values) / static_cast<T>(values.size());
    std::vector<T> squares;
    squares.reserve(values.size());
    for (const T value : values) squares.push_back((value - mean) * (value - mean));
    return std::sqrt(pairwise_sum<T>(squares) / static_cast<T>(values.size() - degrees));
}

}  // namespace tb::compute::imaging::openscope
