// Responses of a mouse's sessions relative to those of its first one.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Responses of cells divided by the mean over cells of the first session's regular responses to
/// the same frame (of U by those to D). In the precision of the numbers, as published.
/// @param responses  per cell
/// @param reference  per cell of the first session, which may have others
/// @throws tb::Error (data, MissingSession) when there is no reference
/// Source: spec/openscope.md, 8.4.
[[nodiscard]] std::vector<float> relative_responses(std::span<const float> responses,
                                                    std::span<const float> reference);
[[nodiscard]] std::vector<double> relative_responses(std::span<const double> responses,
                                                     std::span<const double> reference);

/// Per cell the mean over frames (A, B, C: regular; U, G: unexpected).
/// @param frames  at least one, each with as many cells
/// @throws tb::Error (data, ColumnLength) for frames of different lengths
[[nodiscard]] std::vector<float> mean_over_frames(std::span<const std::vector<float>> frames);
[[nodiscard]] std::vector<double> mean_over_frames(std::span<const std::vector<double>> frames);

/// Over all cells of a group.
struct GroupResponse {
    double mean = 0.0;
    double sem = 0.0;  ///< sd (n - 1) / sqrt(n); NaN of one cell
};
[[nodiscard]] GroupResponse group_response(std::span<const float> responses);
[[nodiscard]] GroupResponse group_response(std::span<const double> responses);

}  // namespace tb::compute::imaging::openscope
