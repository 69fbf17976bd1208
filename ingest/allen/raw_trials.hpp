// Trials and rewards of a raw log.
#pragma once

#include "ingest/allen/frame_times.hpp"
#include "ingest/allen/log_node.hpp"
#include "ingest/allen/raw_stimuli.hpp"
#include "trialbase/change_recording.hpp"

#include <cstdint>
#include <vector>

namespace tb::allen {

/// Which licks are a trial's: start < frame <= end.
struct TrialBounds {
    std::int64_t start_frame = 0;
    std::int64_t end_frame = 0;  ///< start of the next trial; -1: none
};

/// One per trial: the frame of its trial_start event, and that of the next trial's.
/// @param behavior  `items.behavior` of the log
/// @throws tb::Error (data, TrialStart) for a trial without that event, (data, TrialOrder) where
/// starts decrease, both naming the trial
/// Source: spec/change_detection.md, section 7.
[[nodiscard]] std::vector<TrialBounds> trial_bounds(const LogNode& behavior);

/// The first reward of each trial that has any.
/// @throws tb::Error (data, MissingDataset) for a frame without time
[[nodiscard]] ChangeRewards read_rewards(const LogNode& behavior, const FrameTimes& times);

/// All columns of the trials.
/// @param licks  of the whole session
/// @param monitor_delay_s  added to the change times
/// @param issues  takes MissingTrialEnd for a trial that does not end
/// @throws tb::Error (data), naming log and trial: TrialStart, TrialOrder, TrialClass; ChangeEvent
/// for a go, auto-rewarded or catch trial without its change; TrialRewards for two rewards between
/// a trial's start and stop; InitialImage where a change comes from another image than was set
[[nodiscard]] ChangeTrials read_trials(const LogNode& behavior, const FrameTimes& times,
                                       const std::vector<StimulusLog>& stimuli,
                                       const ChangeLicks& licks, double monitor_delay_s,
                                       std::vector<SessionIssue>& issues);

}  // namespace tb::allen
