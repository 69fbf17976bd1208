// How well predicted classes agree with the true ones.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::stats {

/// Rows of each true class (matrix row) that were taken for each class (matrix column).
/// @param truth, predicted  of one length, each below n_classes
/// @return row by row, shape (n_classes, n_classes)
/// @throws tb::Error (data, ValueError) for different lengths or a class out of range
[[nodiscard]] std::vector<std::size_t> confusion_counts(std::span<const std::size_t> truth,
                                                        std::span<const std::size_t> predicted,
                                                        std::size_t n_classes);

/// Share of rows whose class was told right; the same as the micro-averaged F1.
/// @throws tb::Error (data): TooFewValues without rows, ValueError for different lengths
[[nodiscard]] double accuracy(std::span<const std::size_t> truth,
                              std::span<const std::size_t> predicted);

}  // namespace tb::stats
