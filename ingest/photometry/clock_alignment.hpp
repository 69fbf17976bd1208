// The acquisition's clock against the session's, from pulses that the task controller sent to the
// acquisition's digital inputs. Source: spec/photometry.md, 4.7.
#pragma once

#include "trialbase/photometry_session.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb::photometry {

/// Controller times that must find their pulse.
inline constexpr double min_matched_share = 0.95;
/// Drift beyond which a fit is doubtful [1e-6].
inline constexpr double drift_warning_ppm = 20.0;
/// Fewer controller times than these are not matched at all.
inline constexpr std::size_t min_controller_times = 20;

/// rig time = offset_s + (1 + drift_ppm * 1e-6) * session time
struct ClockFit {
    double offset_s = 0.0;
    double drift_ppm = 0.0;
    std::size_t n_matched = 0;  ///< controller times with a pulse of their own
    std::size_t n_times = 0;    ///< controller times
    double residual_s = 0.0;    ///< root mean square of the matched pairs about the line [s]

    [[nodiscard]] double share() const {
        return n_times == 0 ? 0.0 : static_cast<double>(n_matched) / static_cast<double>(n_times);
    }
    [[nodiscard]] double to_session(double rig_s) const {
        return (rig_s - offset_s) / (1.0 + drift_ppm * 1e-6);
    }
};

/// The line on which most controller times meet a pulse to within 50 ms (digital inputs are noted
/// frame by frame). Pulses without a controller time do not matter. Whether the share is enough is
/// the caller's affair.
/// @param session_s  times at which the controller sent pulses [s, session clock]; NaN is skipped
/// @param pulses_s   rising edges at one input [s, acquisition's clock]; NaN is skipped
/// @return nothing for fewer than min_controller_times of either, or when the best line drifts by
/// more than 500e-6
[[nodiscard]] std::optional<ClockFit> fit_clock(std::span<const double> session_s,
                                                std::span<const double> pulses_s);

/// When the controller of a task may have sent pulses [s, session clock].
struct ControllerTimes {
    std::vector<double> trial_start_s;
    std::vector<double> reward_s;
};

/// Puts a recording that is on the acquisition's clock onto the session's: all its times are
/// replaced. Inputs are tried one after another, with trial starts and rewards, with trial starts,
/// with rewards; the first fit with enough matches is taken.
/// @return the fit taken; else nothing, and the recording is as it was. `why` then says why
std::optional<ClockFit> align_to_session(PhotometrySession& session, const ControllerTimes& times,
                                         std::string* why = nullptr);

}  // namespace tb::photometry
