// Checks of a session's data before and between the stages: enough trials, complete events, trials
// within the signal, raw quality control, columns that name regions. Each gives the spec's error
// type or nothing; which of them is fatal is the caller's affair.
// Source: spec/photometry.md, 4.5, 5.1, 5.4 and 7.6.
#pragma once

#include "compute/photometry/metadata.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb::compute::photometry {

inline constexpr std::size_t min_session_trials = 90;
inline constexpr double min_event_completeness = 0.9;
inline constexpr double min_unique_samples = 0.1;

using Finding = std::optional<MetadataError>;

/// InsufficientTrials below 90 trials (fatal).
[[nodiscard]] Finding check_n_trials(std::size_t n_trials, std::size_t least = min_session_trials);

/// Times of one kind of event, one per trial, NaN where it did not happen; empty: no such column.
struct EventTimes {
    std::string event;
    std::span<const double> times;
};
/// The events of which less than the least share has a time, in order.
[[nodiscard]] std::vector<std::string> incomplete_events(
    std::span<const EventTimes> events, double least_share = min_event_completeness);
/// IncompleteEventTimes with the list of them (not fatal: the others are extracted).
[[nodiscard]] Finding check_event_completeness(std::span<const EventTimes> events,
                                               double least_share = min_event_completeness);

/// TrialsNotInPhotometryTime unless the first stimulus is not before the first sample and the last
/// feedback not after the last; NaN is skipped, and no time at all fails (fatal). [s, session
/// clock]
[[nodiscard]] Finding check_trials_in_photometry(std::span<const double> stim_on_s,
                                                 std::span<const double> feedback_s,
                                                 double first_sample_s, double last_sample_s);

/// QCValidationError when there are band inversions or early samples (fatal).
[[nodiscard]] Finding check_raw_qc(std::int64_t n_band_inversions, std::int64_t n_early_samples);

/// Share of distinct values of a signal.
struct UniqueSamples {
    std::string brain_region;
    std::string band;
    double share = 0.0;
};
/// FewUniqueSamples with the signals below the least share (not fatal).
[[nodiscard]] Finding check_unique_samples(std::span<const UniqueSamples> signals,
                                           double least_share = min_unique_samples);

/// Names of columns replaced by the session's regions.
struct RegionMapping {
    std::vector<std::string> columns;  ///< renamed; as given when there is an error
    Finding error;                     ///< AmbiguousRegionMapping (fatal)
};
/// Columns that the session lists are kept; any other must be the text before the last '-' of
/// exactly one listed region, and takes its name. Nothing is done when the session lists none.
[[nodiscard]] RegionMapping map_columns_to_regions(std::span<const std::string> columns,
                                                   std::span<const std::string> regions);

}  // namespace tb::compute::photometry
