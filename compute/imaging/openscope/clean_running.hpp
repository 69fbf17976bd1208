// Running speed without the jumps of a wheel's sensor.
#pragma once

#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// Greatest believable change from sample to sample [cm/s].
inline constexpr double greatest_running_jump_cm_s = 50.0;
/// Share of missing samples above which a session deserves a warning.
inline constexpr double tolerated_missing_running = 0.0003;

/// Makes samples missing that a jump led to, until the speed is near again to what it was before
/// the jump, or to the end. After a jump from the first sample they are compared with 0, and the
/// first one is made missing when it is itself beyond the threshold.
/// @param speed_cm_s  shape (stimulus frame), NaN where missing; missing samples are passed over
/// @return shape (stimulus frame)
/// Source: spec/openscope.md, 4 "Running"; an artefact that lasts to the end: 12.
[[nodiscard]] std::vector<double> clean_running(std::span<const double> speed_cm_s,
                                                double threshold_cm_s = greatest_running_jump_cm_s);

/// Share of values that are NaN; 0 of nothing.
[[nodiscard]] double missing_share(std::span<const double> values);

}  // namespace tb::compute::imaging::openscope
