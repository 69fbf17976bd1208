// The columns of trials from what the state machine wrote, by the rules of the rig's version.
#pragma once

#include "ingest/rig/task_data.hpp"
#include "ingest/rig/version.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb::rig {

/// One value per trial in every vector; a missing one is NaN. Times are seconds on the session's
/// clock, which starts when the state machine does. Names as in spec/ibl_behavior.md, 12.3.
struct ExtractedTrials {
    std::size_t count = 0;
    std::vector<double> start_s, end_s;  ///< intervals
    std::vector<double> response_s, go_cue_s, go_cue_trigger_s, feedback_s;
    std::vector<double> stim_on_s, stim_on_trigger_s, stim_off_s, stim_off_trigger_s;
    std::vector<double> stim_freeze_s, stim_freeze_trigger_s, error_cue_trigger_s;
    std::vector<double> iti_in_s, iti_s;
    std::vector<double> feedback_type;  ///< 1, -1, 0 of omitted feedback
    std::vector<double> choice;         ///< -1, 0, 1
    std::vector<double> contrast_left, contrast_right, probability_left;
    std::vector<double> reward_ul;
    std::vector<double> rep_num;  ///< repeats so far
    std::vector<double> included;
    std::vector<double> quiescence_s, phase, position, pause_s;
};

/// Values that older ephys sessions took from a session drawn beforehand, one per trial.
struct PregeneratedSession {
    std::vector<double> position, contrast, quiescence_s, phase, probability_left;
};

struct ExtractionOptions {
    RigVersion version = newest_rig;
    /// Of a rig before version 5: stimulus onset is the first screen change after its command. The
    /// reference looks between the command and the trial's start, where nothing can lie.
    bool has_older_stim_on = false;
    /// The trial (from 1) from which the subject was disengaged, where the settings tell one.
    std::optional<double> disengaged_trial = std::nullopt;
    bool has_included = true;  ///< biased and ephys tasks; else all trials count
    const PregeneratedSession* pregenerated = nullptr;  ///< of ephys tasks before version 8
};

/// @throws tb::Error (data, InvalidData), with the trial's number, where not exactly one of the
/// states of feedback was visited, the commands of stimulus on, freeze and off are not in this
/// order, or the pregenerated session has fewer trials
/// Source: spec/ibl_behavior.md, 12.3.
[[nodiscard]] ExtractedTrials extract_trials(std::span<const RigTrial> trials,
                                             const ExtractionOptions& options);

}  // namespace tb::rig
