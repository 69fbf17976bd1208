// Holes in what should be sampled evenly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tb::signal {

/// No sample between these two times of neighbours.
struct Hole {
    double after_s = 0.0;
    double until_s = 0.0;
};

/// Median of the differences of neighbours; NaN for fewer than two.
[[nodiscard]] double median_interval(std::span<const double> times_s);

/// Neighbours that lie more than `intervals` median intervals apart, in order. Times that go back
/// make no hole; without a median above 0 there is none.
[[nodiscard]] std::vector<Hole> holes(std::span<const double> times_s, double intervals);

/// Samples that are missing by their times: of each hole of more than 1.5 median intervals as many
/// as would fill it evenly.
[[nodiscard]] std::int64_t missing_samples(std::span<const double> times_s);
/// The same where the median interval is known.
[[nodiscard]] std::int64_t missing_samples(std::span<const double> times_s, double interval_s);

}  // namespace tb::signal
