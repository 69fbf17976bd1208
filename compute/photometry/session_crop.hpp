// The part of a recording that belongs to the session.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::photometry {

/// Samples first, first + 1, ..., first + count - 1 of a band.
struct Crop {
    std::size_t first = 0;
    std::size_t count = 0;      ///< as many as the band with the fewest has
    std::size_t own_count = 0;  ///< of this band between the two limits
};

/// Samples strictly between the first trial's start less `before_s` and the last trial's end plus
/// `after_s`, and of those as many (from the first) as the band with the fewest has. So all bands
/// pair sample i with sample i, though their times differ by a frame.
/// @param bands     the times of every band [s], each ascending
/// @return one crop per band, all of the same count (0 when one band has no such sample)
/// @throws tb::Error (data, ValueError) when a band's times are not ascending, or a bound is NaN
/// Source: spec/photometry.md, 4.4.
[[nodiscard]] std::vector<Crop> restrict_to_session(std::span<const std::span<const double>> bands,
                                                    double first_trial_start_s,
                                                    double last_trial_end_s, double before_s = 5.0,
                                                    double after_s = 5.0);

}  // namespace tb::compute::photometry
