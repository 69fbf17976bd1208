// The share that has reached an event by a time, when some were last seen before theirs.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tb::stats {

/// One time at which something reached the event.
struct SurvivalStep {
    double time = 0.0;
    std::size_t n_at_risk = 0;  ///< seen until this time at least, and not yet there before it
    std::size_t n_events = 0;
    double survival = 1.0;        ///< chance of not being there after this time
    double standard_error = 0.0;  ///< of the survival, after Greenwood (1926); 0 when it is 0
    [[nodiscard]] double cumulative() const { return 1.0 - survival; }
};

/// The estimate of Kaplan and Meier (1958). Who is last seen at the time of an event counts as at
/// risk in it.
/// @param time     of the event, or when last seen; finite, any order and unit, shape (n)
/// @param reached  whether it was the event, shape (n)
/// @return ascending by time, one per time with an event; empty when nobody reached it
/// @throws tb::Error (data): TooFewValues for nobody at all, ValueError for different lengths or a
/// time that is not finite
/// Source: spec/ibl_behavior.md, 10 (figure 2d).
[[nodiscard]] std::vector<SurvivalStep> kaplan_meier(std::span<const double> time,
                                                     const std::vector<bool>& reached);

}  // namespace tb::stats
