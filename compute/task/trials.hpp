// Trials of two-alternative choice as the numerics of this folder take them, and what several of
// them need: medians, and the kind of task that a session was.
#pragma once

#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::task {

/// Trials of one session, or of several one after another. Every column has one value per trial,
/// NaN where missing. Source of the meanings: spec/ibl_behavior.md, 0.
struct Trials {
    std::vector<double>
        signed_contrast;         ///< right minus left, -1..1, absent side as 0; NaN: none recorded
    std::vector<double> choice;  ///< -1 reports right, 1 reports left, 0 no response
    std::vector<double> feedback_type;     ///< 1 reward, -1 error (no response included); NaN: none
    std::vector<double> probability_left;  ///< 0..1
    std::vector<double> stim_on_s;         ///< session clock
    std::vector<double> go_cue_trigger_s;  ///< session clock
    std::vector<double> response_s;        ///< session clock

    [[nodiscard]] std::size_t size() const noexcept { return choice.size(); }
    [[nodiscard]] bool empty() const noexcept { return choice.empty(); }
    /// Whether any trial has a contrast.
    [[nodiscard]] bool has_contrast() const;
    /// Whether any trial has a feedback: what asks for rewards leaves out trials without one.
    [[nodiscard]] bool has_feedback() const;
    /// Whether any trial has a probability of the side: without, nothing tells blocks or protocol.
    [[nodiscard]] bool has_probability() const;
    /// Trials without contrast.
    [[nodiscard]] std::size_t n_without_contrast() const;
    /// Contrast of a trial as a fraction, -0 as 0; NaN where none was recorded: such a trial counts
    /// for nothing that asks for a contrast.
    [[nodiscard]] double contrast(std::size_t trial) const;
    /// Response minus stimulus onset [s]; NaN where either is missing.
    [[nodiscard]] double response_time_s(std::size_t trial) const {
        return response_s[trial] - stim_on_s[trial];
    }
    void append(const Trials& more);
    /// The trials for which `keep(number)` holds, numbers from 0, in order.
    [[nodiscard]] Trials where(const std::function<bool(std::size_t)>& keep) const;
    /// The trials of the block with this probability, compared to 1e-6.
    [[nodiscard]] Trials of_block(double probability) const;
};

/// Rows [begin, end) of a fetch as trials. Columns that the fetch does not select are NaN
/// throughout.
[[nodiscard]] Trials trials_of(const FetchedRows& rows, std::size_t begin, std::size_t end);
[[nodiscard]] Trials trials_of(const FetchedRows& rows);

/// Right minus left, the absent (NaN) side as 0; NaN when both are absent.
[[nodiscard]] double signed_contrast(double contrast_left, double contrast_right);

/// Median of the values that are not NaN, the mean of the middle two for an even count; NaN for
/// none.
[[nodiscard]] double median(std::vector<double> values);

/// part / whole, NaN when whole is 0.
[[nodiscard]] double share(std::size_t part, std::size_t whole);

/// A contrast counts as easy from here on: 50 % (spec/ibl_behavior.md, 0; photometry.md, 8.2
/// [decide]).
inline constexpr double easy_contrast = 0.5;

/// What a session's animal was doing, in the words of its protocol.
enum class Protocol { habituation, training, biased, ephys };
[[nodiscard]] std::string_view to_string(Protocol protocol) noexcept;

/// The kind of task that a recorded protocol names by substring (spec/ibl_behavior.md, 0); empty
/// when the text is empty or names none of them.
[[nodiscard]] std::optional<Protocol> protocol_of(std::string_view task_protocol);

/// The kind of task as far as the block structure tells it: `biased` when the probability left is
/// 0.2 or 0.8 in some trials, never anything but 0.2, 0.5 and 0.8, and no run but the last is
/// shorter than 10 trials; else `training`. Training sessions draw single trials at other
/// probabilities (de-biasing). An ephys session has the same blocks and is called biased; a block
/// session that ended within its first 90 trials (all 0.5) cannot be told from training and is
/// called that. Checked on the 1803 sessions of data/ibl_dec2019: those called biased are exactly
/// the ones without repeated trials (repNum, which the block tasks do not have) but for 9 sessions
/// of at most 90 trials.
///
/// @param probability_left  per trial in order, 0..1; NaN is skipped
[[nodiscard]] Protocol inferred_protocol(std::span<const double> probability_left);

}  // namespace tb::compute::task
