// Synthetic mice that learn the change-detection task, written as a project cache of the Allen
// Institute: manifest, project tables and NWB files. The generative model is described in
// README.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace tb::simulated {

struct ChangeOptions {
    std::filesystem::path out;  ///< the cache folder; must be absent or empty
    int mice = 4;
    int sessions = 20;  ///< per mouse
    int trials = 300;   ///< mean per session, aborted ones included; single ones lie within 20 %
    int cells = 8;      ///< ROIs of an imaging experiment; 0: no imaging files
    std::uint64_t seed = 1;
    int threads = 0;  ///< 0: one per processor. The files do not depend on it
};

/// What one session was made of: the truth to compare answers with, a row of truth.csv. Rates are
/// probabilities, not what happened; NaN in passive sessions and where there is no trial of the
/// kind.
struct ChangeSessionTruth {
    std::int64_t behavior_session_id = 0;
    std::string mouse_id;
    std::string session_type;
    std::string date_of_acquisition;  ///< as the tables have it
    int training_day = 0;             ///< ordinal of the session among the mouse's, from 1
    bool is_passive = false;
    double skill = 0.0;               ///< 0 naive .. 1 expert
    double hit_rate = 0.0;            ///< mean over the session's go trials
    double false_alarm_rate = 0.0;    ///< mean over its catch trials
    double hit_rate_attending = 0.0;  ///< of a mouse that attends
    double false_alarm_rate_attending = 0.0;
    double lapse_rate = 0.0;             ///< probability to ignore a trial, while engaged
    double lapse_rate_disengaged = 0.0;  ///< afterwards
    int disengaged_from_trial = 0;       ///< first trial (from 0) of the disengaged rest
    double abort_rate = 0.0;             ///< while engaged; of trials without automatic reward
    std::size_t trials = 0;              ///< counts of what happened, from here on
    std::size_t go = 0;
    std::size_t catch_trials = 0;
    std::size_t hit = 0;
    std::size_t miss = 0;
    std::size_t false_alarm = 0;
    std::size_t correct_reject = 0;
    std::size_t auto_rewarded = 0;
    std::size_t aborted = 0;
    std::size_t licks = 0;
    std::size_t rewards = 0;
    double reward_volume_ml = 0.0;  ///< summed from left to right
    std::size_t flashes = 0;        ///< images and gratings, omitted ones included
    std::size_t omissions = 0;
    std::size_t changes = 0;
    std::size_t frames = 0;  ///< stimulus frames
    bool has_eye_tracking = false;
    std::size_t experiments = 0;  ///< imaging files
};

/// A ROI's mean responses: rows of truth_cells.csv. The peak of dF/F [1] after the event, averaged
/// over events.
struct ChangeCellTruth {
    std::int64_t cell_roi_id = 0;
    std::int64_t cell_specimen_id = -1;  ///< -1: not matched across days
    std::int64_t ophys_experiment_id = 0;
    double change_response = 0.0;
    double omission_response = 0.0;
};

struct ChangeResult {
    std::vector<ChangeSessionTruth> sessions;  ///< by mouse, then time
    std::vector<ChangeCellTruth> cells;        ///< by session, experiment, ROI
    std::size_t files = 0;                     ///< NWB files
    std::uint64_t bytes = 0;                   ///< written
};

/// Called now and then from any thread with the number of sessions done.
using ChangeProgress = std::function<void(std::size_t done, std::size_t all)>;

/// Writes the folder: <project>_project_manifest_v1.0.0.json, <project>-1.0.0/project_metadata and
/// the session files beside it, truth.csv, truth_cells.csv, and the mark of simulated data. The
/// same options give the same bytes, whatever the number of threads.
/// @throws tb::Error (usage) for counts below one or above 10^6, and more than 999 ROIs;
/// (conflict) when `out` holds something; (io) when a file cannot be written
ChangeResult simulate_change_detection(const ChangeOptions& options,
                                       const ChangeProgress& progress = {});

}  // namespace tb::simulated
