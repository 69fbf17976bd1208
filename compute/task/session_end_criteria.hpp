// When a session should have ended, by what the animal did.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace tb::compute::task {

/// In the order that decides between criteria which hold first at the same trial.
enum class EndCriterion {
    long_response_times,   ///< long_rt
    low_easy_performance,  ///< perf_ez<40
    low_performance,       ///< perf<40
    few_trials,            ///< <400_trials
    stopped,               ///< >45_min_&_stopped
    ninety_minutes         ///< >90_min
};
inline constexpr std::size_t n_end_criteria = 6;

/// The name in the reference's words, as above.
[[nodiscard]] std::string_view name_of(EndCriterion criterion);
/// Whether the rig's software ended sessions by it.
[[nodiscard]] bool is_implemented_on_rig(EndCriterion criterion);

struct SessionEndOptions {
    /// perf<40 judges easy trials, as the reference does (spec/ibl_behavior.md, 15, D13), not all.
    bool is_low_performance_of_easy_trials = false;
};

/// Trials of one session in order; one value each, NaN where missing.
struct SessionEndTrials {
    std::span<const double> start_s;          ///< from the session's start
    std::span<const double> response_time_s;  ///< response minus stimulus onset
    std::span<const double> correct;          ///< 1 rewarded, 0 not
    std::span<const double> signed_contrast;  ///< fraction; easy: |contrast| >= 0.5
};

struct SessionEnd {
    /// First trial (index from 0) at which each criterion holds; empty when it never does, or holds
    /// at the very first trial already.
    std::array<std::optional<std::size_t>, n_end_criteria> first_trial{};

    [[nodiscard]] std::optional<std::size_t> at(EndCriterion criterion) const {
        return first_trial[static_cast<std::size_t>(criterion)];
    }
    /// The criterion that holds first, of all or of those on the rig; empty when none does.
    [[nodiscard]] std::optional<EndCriterion> earliest(bool only_implemented) const;
};

/// @throws tb::Error (data, ValueError) when the columns have different lengths
/// Source: spec/ibl_behavior.md, 5.1.
[[nodiscard]] SessionEnd session_end(const SessionEndTrials& trials,
                                     const SessionEndOptions& options = {});

}  // namespace tb::compute::task
