// A session of a two-alternative choice task as readers give it and loaders write it: plain values,
// no files, no database. One ChoiceSession is one row of core.session with its task.choice_trial
// rows, wheel summary, licks and photometry.
#pragma once

#include "trialbase/missing.hpp"
#include "trialbase/photometry_session.hpp"
#include "trialbase/session_record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb {

/// The trials of a session, one vector per column. Every column has `count` values, or is empty
/// when the session does not have it at all. A single missing value is NaN (the row writer turns it
/// into NULL). Row i is trial i + 1. Times are seconds on the session's clock. Whole-number columns
/// hold whole numbers (or NaN), booleans 0 or 1. Meanings: spec/ibl_behavior.md, sections 0
/// and 11.2.
struct ChoiceTrials {
    std::size_t count = 0;
    std::vector<double> start_s;    ///< intervals, column 0
    std::vector<double> end_s;      ///< intervals, column 1: end of the inter-trial interval
    std::vector<double> stim_on_s;  ///< screen change seen by the photodiode
    std::vector<double> stim_off_s;
    std::vector<double> stim_on_trigger_s;  ///< command
    std::vector<double> stim_off_trigger_s;
    std::vector<double> stim_freeze_s;
    std::vector<double> go_cue_s;          ///< tone heard
    std::vector<double> go_cue_trigger_s;  ///< tone commanded
    std::vector<double> first_movement_s;
    std::vector<double> response_s;
    std::vector<double> feedback_s;
    std::vector<double> contrast_left;  ///< 0..1; NaN when the stimulus stood on the other side
    std::vector<double> contrast_right;
    std::vector<double>
        signed_contrast;  ///< right - left, the absent side as 0; always filled when a contrast is
    std::vector<double> probability_left;  ///< 0..1, rounded to 1e-9
    std::vector<double> choice;            ///< -1, 0 (no response), 1
    std::vector<double> feedback_type;  ///< 1 reward, -1 error; 0 in odd files (an issue says so)
    std::vector<double> reward_volume_ul;
    std::vector<double> rep_num;       ///< repeats so far
    std::vector<double> iti_s;         ///< itiDuration
    std::vector<double> quiescence_s;  ///< quiescencePeriod
    std::vector<double> included;      ///< 0 or 1
};

/// How a trial column is stored in SQL.
enum class TrialColumnKind { real, integer, boolean };

/// One column of ChoiceTrials: its name in task.choice_trial, and where it lies.
struct TrialColumnInfo {
    const char* name;     ///< as in SQL; a column that the table lacks is the loader's to skip
    const char* dataset;  ///< ALF attribute it comes from ("stimOn_times")
    TrialColumnKind kind;
    std::vector<double> ChoiceTrials::*values;
};

/// All columns of ChoiceTrials, in the order of the struct.
[[nodiscard]] std::span<const TrialColumnInfo> trial_columns();

/// What is known of a wheel recording.
struct WheelSummary {
    std::int64_t samples = 0;
    double first_s = 0.0;         ///< time of the first sample
    double last_s = 0.0;          ///< time of the last sample
    double sampling_hz = 0.0;     ///< 1 / median interval; NaN with fewer than two samples
    double first_position = 0.0;  ///< radians, counter-clockwise positive
    double last_position = 0.0;
    double travelled = 0.0;     ///< sum of |steps|, radians
    std::string position_file;  ///< path relative to the session's folder
    std::string timestamps_file;
    bool timestamps_are_anchors = false;  ///< 2 x 2 (sample, time) anchors to be expanded linearly
    std::vector<double> time_s;           ///< of every sample; empty where it was not to be kept
    std::vector<double> position;         ///< radians, as long as time_s
};

/// Wheel movements that the source extracted. Vectors of one length; peak_amplitude may be empty.
struct WheelMoves {
    std::vector<double> onset_s;
    std::vector<double> offset_s;
    std::vector<double> peak_amplitude;  ///< radians, signed
};

/// One of several tasks that were run in a session, one after another.
struct SessionTask {
    std::string collection;               ///< "alf/task_01"
    std::optional<std::string> protocol;  ///< as its settings name it
    std::size_t first_trial = 1;          ///< number of its first trial in the session
    std::size_t n_trials = 0;
    double offset_s = 0.0;  ///< added to the times of its files, whose clock starts anew
};

/// What a rig wrote down of a session whose trials were extracted from its raw files: sums over the
/// tasks.
struct RigRecord {
    std::vector<std::string> files;  ///< that trials were extracted from
    std::int64_t n_trials = 0;       ///< by the rig's own account
    std::int64_t n_correct = 0;
    bool is_mock = false;
    std::optional<double> poop_count;
    std::optional<std::string> task_version;
};

/// The air at the rig, one reading a trial; empty where there are none.
struct AmbientReadings {
    std::vector<double> temperature_c;
    std::vector<double> air_pressure_mb;
    std::vector<double> relative_humidity_percent;
};

/// What was played to the animal after its task, without asking anything of it. Times in seconds on
/// the session's clock.
struct PassiveReplay {
    struct Period {
        std::string kind;  ///< as the file names it: spontaneousActivity, RFM, taskReplay
        double start_s = 0.0;
        double stop_s = 0.0;
    };
    struct Stimulus {
        std::string kind;  ///< gabor, valve, tone, noise
        double start_s = 0.0;
        double stop_s = 0.0;
        // Of gratings alone; NaN else.
        double position_deg = nan;
        double contrast = nan;  ///< 0 to 1
        double phase_rad = nan;
    };
    std::vector<Period> periods;
    std::vector<Stimulus> stimuli;
    std::vector<double> frame_s;  ///< of the receptive-field mapping
};

struct ChoiceSession : SessionRecord {
    std::optional<RigRecord> rig_record;
    std::vector<SessionTask> tasks;  ///< in order; empty where there is one
    /// The task asks for no choices (habituation): no trials, and that is no error.
    bool is_without_choices = false;
    ChoiceTrials trials;
    std::optional<WheelSummary> wheel;
    std::optional<WheelMoves> wheel_moves;
    std::vector<double> lick_s;
    AmbientReadings ambient;
    PassiveReplay passive;
    std::optional<PhotometrySession> photometry;
};

}  // namespace tb
