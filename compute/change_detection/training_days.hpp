// The sessions of a mouse folded into days, and what the rules of stages say after each.
#pragma once

#include "compute/change_detection/stage_criteria.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tb::compute::change_detection {

/// One session of a mouse, as the rules see it.
struct TrainingSession {
    std::int64_t date = 0;    ///< days since 1970-01-01, local
    bool has_trials = false;  ///< false: known, but its trials are not loaded; the rest is unused
    double d_prime_peak = 0.0;
    std::size_t response_count = 0;    ///< go and catch trials with a lick
    std::size_t contingent_count = 0;  ///< go and catch trials
    std::size_t engaged_count = 0;
    double aborted_s = 0.0;  ///< summed length of aborted trials
    double all_s = 0.0;      ///< and of all trials; those without a length left out
};

/// A rule and whether it holds; empty when there are not enough days to tell.
struct StageVerdict {
    std::string_view criterion;
    std::optional<bool> is_passed;
};

/// What stands after a date.
struct TrainingDayStatus {
    std::int64_t date = 0;
    std::size_t training_day = 0;           ///< among all dates, from 1
    std::size_t n_days = 0;                 ///< with trials up to this date, itself one of them
    std::size_t n_days_without_trials = 0;  ///< before it
    StageDay day{};                         ///< sessions of the date pooled
    double aborted_time_share = 0.0;        ///< NaN when no trial has a length
    std::array<StageVerdict, 7> verdicts{};
};

/// One status per date that has a session with trials, in order. Sessions of a date are one day:
/// the largest d', answers and trials added up. Days without trials count in `training_day` and are
/// not seen by the rules.
/// @param sessions  in order of date
/// @throws tb::Error (internal) when they are not
/// Source: spec/change_detection.md, section 15.
[[nodiscard]] std::vector<TrainingDayStatus> training_days(
    std::span<const TrainingSession> sessions, const StageCriteria& criteria = {});

}  // namespace tb::compute::change_detection
