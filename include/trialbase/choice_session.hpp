// A session of a two-alternative choice task as readers give it and loaders write it: plain values,
// no files, no database. One ChoiceSession is one row of core.session with its task.choice_trial
// rows, wheel summary, licks, weighings, file list and issues.
#pragma once

#include "trialbase/photometry_session.hpp"

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

/// A weighing that the source wrote down.
struct Weighing {
    std::string time;  ///< as ChoiceSession::start_time, or a date
    double weight_g = 0.0;
};

/// One file of the session, as found.
struct SessionFile {
    std::string path;        ///< relative to the session's folder, '/' between parts
    std::string collection;  ///< "alf", "alf/task_00"; empty at the root
    std::string revision;    ///< without the # signs; empty when there is none
    std::string name;        ///< file name
    std::string
        dataset_type;  ///< "trials.choice" (object.attribute); empty when the name is no ALF name
    std::string extension;  ///< without the dot
    std::uint64_t size_bytes = 0;
    std::string
        sha256;  ///< 64 hex digits; empty when not computed (ReadOptions::checksum_limit_bytes)
    std::string dataset_id;  ///< the dataset's UUID when the name holds one; else empty
    bool is_used = false;    ///< true when values of this ChoiceSession came from it
};

/// Something odd about a session that was loaded all the same; becomes a row of core.session_issue.
/// Types: MissingDataset, LengthMismatch, OutOfRange, OddValue, OddName, ContrastSides, NotFinite,
/// UnreadableDataset, DuplicateDataset, NotAscending, RevisionAmbiguous, UnitConverted,
/// SignConvention, SeveralTasks, NoChoices, OtherSession; from the loader IncompleteTrials,
/// SameFiles, SameSession.
struct SessionIssue {
    std::string type;
    std::string dataset;  ///< object.attribute or file path it is about; may be empty
    std::string message;
};

/// What is wrong with a part of a session that keeps this part from being loaded, and nothing else:
/// becomes a row of core.session_error.
struct SessionPartError {
    std::string type;  ///< MissingRawData, AmbiguousRegionMapping, ...
    std::string message;
    std::string hint;
    std::string file;
};

/// One of several tasks that were run in a session, one after another.
struct SessionTask {
    std::string collection;               ///< "alf/task_01"
    std::optional<std::string> protocol;  ///< as its settings name it
    std::size_t first_trial = 1;          ///< number of its first trial in the session
    std::size_t n_trials = 0;
    double offset_s = 0.0;  ///< added to the times of its files, whose clock starts anew
};

struct ChoiceSession {
    std::string source = "ibl";  ///< with identifier() it gives the session's UUIDv5
    std::string lab;
    std::string subject;
    std::string date;    ///< yyyy-mm-dd
    std::string number;  ///< three digits, zero-padded: "001"
    std::string origin;  ///< folder or archive it was read from, for messages
    /// ISO 8601: without zone on the rig's clock, or in UTC with a final Z where an offset was told
    std::optional<std::string> start_time;
    std::optional<std::string> end_time;
    /// "_iblrig_tasks_trainingChoiceWorld6.4.2"; those of several tasks joined by `/`
    std::optional<std::string> task_protocol;
    std::optional<std::string> rig_version;
    std::optional<std::string> rig_name;    ///< PYBPOD_BOARD or RIG_NAME
    std::optional<std::string> user;        ///< who ran it, as the rig wrote it
    std::optional<double> session_delay_s;  ///< SESSION_START_DELAY_SEC or SESSION_DELAY_START
    std::vector<SessionTask> tasks;         ///< in order; empty where there is one
    /// The task asks for no choices (habituation): no trials, and that is no error.
    bool is_without_choices = false;
    std::optional<double> water_ul;  ///< given in a session without trials
    ChoiceTrials trials;
    std::optional<WheelSummary> wheel;
    std::optional<WheelMoves> wheel_moves;
    std::vector<double> lick_s;
    std::optional<PhotometrySession> photometry;
    std::vector<SessionPartError> part_errors;
    std::vector<Weighing> weighings;
    std::vector<SessionFile> files;  ///< every file of the session, in path order
    /// `files` lists all that the session has: others that are registered are gone
    bool is_whole = false;
    std::vector<SessionIssue> issues;

    /// `lab/subject/date/number`: the identifier of the session in an ALF source.
    [[nodiscard]] std::string identifier() const;
};

}  // namespace tb
