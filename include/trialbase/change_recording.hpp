// What one session of the change-detection task holds, without saying whose it is: plain values, no
// files, no database. Readers of raw logs and of NWB files fill it, loaders write it. Meanings:
// spec/change_detection.md, sections 5 to 8. Times are seconds from the session's first stimulus
// frame; "with monitor delay" means that the time is when the screen shows it.
#pragma once

#include "trialbase/choice_session.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb {

/// Lists of numbers, one per row, in one piece. Row i holds values[end[i - 1]] up to, without it,
/// values[end[i]]; row 0 begins at 0.
struct RaggedNumbers {
    std::vector<double> values;
    std::vector<std::size_t> end;  ///< one per row, ascending, the last equal to values.size()

    [[nodiscard]] std::size_t size() const { return end.size(); }
    /// The values of a row below size().
    [[nodiscard]] std::span<const double> row(std::size_t i) const {
        const std::size_t begin = i == 0 ? 0 : end[i - 1];
        return std::span(values).subspan(begin, end[i] - begin);
    }
    /// Adds a row.
    void push_back(std::span<const double> row_values) {
        values.insert(values.end(), row_values.begin(), row_values.end());
        end.push_back(values.size());
    }
};

/// The trials of a session, one vector per column, in order; row i is trial i of the source, which
/// counts from 0. Every column has `count` values, or is empty when the source does not have it. A
/// missing number is NaN, a missing name empty; booleans are 0 or 1, whole numbers hold whole
/// numbers.
struct ChangeTrials {
    std::size_t count = 0;
    std::vector<double> start_s;
    std::vector<double> stop_s;
    std::vector<double> length_s;                 ///< stop - start
    std::vector<std::string> initial_image_name;  ///< gratings are gratings_<orientation>
    std::vector<std::string> change_image_name;   ///< the initial one when nothing changed
    std::vector<double> is_change;                ///< the image changed
    std::vector<double> change_time_s;            ///< with monitor delay; NaN if aborted
    std::vector<double> change_time_no_display_delay_s;
    std::vector<double> change_frame;  ///< stimulus frame; NaN if aborted
    std::vector<double> is_go;
    std::vector<double> is_catch;
    std::vector<double> is_auto_rewarded;
    std::vector<double> is_aborted;
    std::vector<double> is_hit;
    std::vector<double> is_miss;
    std::vector<double> is_false_alarm;
    std::vector<double> is_correct_reject;
    RaggedNumbers lick_s;                    ///< licks of each trial, ascending
    std::vector<double> response_time_s;     ///< first lick; NaN if none or aborted
    std::vector<double> response_latency_s;  ///< first lick - change; +infinity if none, NaN if
                                             ///< aborted; negative for a lick before the change
    std::vector<double> reward_time_s;       ///< NaN if none
    std::vector<double> reward_volume_ml;    ///< 0 if none
};

/// Licks, ascending. Vectors of one length.
struct ChangeLicks {
    std::vector<double> time_s;
    std::vector<std::int64_t> frame;  ///< stimulus frame
};

/// Rewards, ascending. Vectors of one length.
struct ChangeRewards {
    std::vector<double> volume_ml;
    std::vector<double> time_s;
    std::vector<double> is_auto_rewarded;  ///< 0 or 1; NaN where the source does not say
};

/// What was on the screen, one vector per column, ascending in time. Columns as in ChangeTrials.
struct ChangePresentations {
    std::size_t count = 0;
    std::vector<double> start_s;  ///< with monitor delay, as stop_s
    std::vector<double> stop_s;
    std::vector<double> duration_s;
    std::vector<double> start_frame;
    std::vector<double> end_frame;  ///< first frame not drawn
    std::vector<double> stimulus_block;
    std::vector<std::string> stimulus_block_name;
    std::vector<std::string> stimulus_name;  ///< set of images, spontaneous, natural_movie_one
    std::vector<double> image_index;         ///< into the templates; omitted: one past the last
    std::vector<std::string> image_name;     ///< im065, omitted, gratings_90.0
    std::vector<std::string> image_set;
    std::vector<double> is_omitted;             ///< NaN: grey periods and movies
    std::vector<double> is_change;              ///< NaN: the same
    std::vector<double> is_image_novel;         ///< in no earlier session of the mouse
    std::vector<double> is_sham_change;         ///< start_frame is that of a catch trial's change
    std::vector<double> is_active;              ///< in a block during which the mouse works
    std::vector<double> flashes_since_change;   ///< as the source has it (first image: 0)
    std::vector<double> trials_id;              ///< trial of the source, from 0
    std::vector<double> movie_frame_index;      ///< from 0
    std::vector<double> movie_repeat;           ///< from 0
    std::vector<double> orientation_deg;        ///< gratings
    std::vector<double> phase;                  ///< gratings
    std::vector<double> spatial_frequency_cpd;  ///< gratings [cycles/degree]
};

/// What the session was set to do.
struct ChangeTaskParameters {
    std::array<double, 2> blank_duration_s{};   ///< shortest and longest grey
    std::array<double, 2> response_window_s{};  ///< from and to, after the change
    double stimulus_duration_s = 0.0;           ///< NaN if shown without flashing
    double omitted_flash_fraction = 0.0;        ///< NaN if not set
    double reward_volume_ml = 0.0;
    double auto_reward_volume_ml = 0.0;
    std::string session_type;            ///< OPHYS_4_images_A
    std::string image_set;               ///< images_A, gratings; empty if the type does not tell
    std::string stimulus_name;           ///< Natural_Images_Lum_Matched_set_training_2017
    std::string stimulus;                ///< images or grating
    std::string stimulus_distribution;   ///< geometric or exponential
    std::string task;                    ///< change detection
    std::int64_t n_stimulus_frames = 0;  ///< frames on which a stimulus was drawn
};

/// The running wheel, one value per stimulus frame. Vectors of one length, or empty when the source
/// does not have them. A missing sample is NaN.
struct RunningRecording {
    std::vector<double> time_s;  ///< without monitor delay
    std::vector<double> v_sig;   ///< encoder's signal [V]
    std::vector<double> v_in;    ///< encoder's supply [V]
    std::vector<double> dx;      ///< change since the frame before, as the rig computed it
    std::vector<double> speed_unfiltered_cm_s;
    std::vector<double> speed_cm_s;  ///< low-pass filtered
};

/// Ellipses fitted to one thing in the eye camera's frames. Vectors of one length.
struct EllipseFits {
    std::vector<double> center_x;  ///< camera pixels
    std::vector<double> center_y;
    std::vector<double> width;  ///< half axes [camera pixels]
    std::vector<double> height;
    std::vector<double> phi;  ///< angle [rad]
};

/// The eye camera's frames. Vectors of one length; areas may be empty before they are computed.
struct EyeTrackingRecording {
    std::vector<double> time_s;
    EllipseFits corneal_reflection;
    EllipseFits eye;
    EllipseFits pupil;
    std::vector<double> corneal_reflection_area;  ///< pixels^2; NaN in blinks, as the next two
    std::vector<double> eye_area;
    std::vector<double> pupil_area;
    std::vector<double> corneal_reflection_area_raw;  ///< in blinks too, as the next two
    std::vector<double> eye_area_raw;
    std::vector<double> pupil_area_raw;
    std::vector<double> is_likely_blink;  ///< 0 or 1
};

/// Where monitor, camera and light of an eye-tracking rig stand.
struct EyeRigGeometry {
    std::string equipment;
    std::array<double, 3> monitor_position_mm{};
    std::array<double, 3> monitor_rotation_deg{};
    std::array<double, 3> camera_position_mm{};
    std::array<double, 3> camera_rotation_deg{};
    std::array<double, 3> led_position_mm{};
};

/// What the source says about the session besides its data. Nothing is inferred here.
struct ChangeMetadata {
    std::optional<std::int64_t> behavior_session_id;
    std::optional<std::string> behavior_session_uuid;
    std::optional<std::string> mouse_id;
    /// as written; the laboratory's local time (America/Los_Angeles) whatever zone it claims
    std::optional<std::string> date_of_acquisition;
    std::optional<std::string> session_type;
    std::optional<std::string> equipment_name;
    std::optional<std::string> project_code;
    std::optional<double> stimulus_frame_rate_hz;
    std::optional<std::string> sex;
    std::optional<std::string> age;  ///< P110D
    std::optional<std::string> full_genotype;
    std::optional<std::string> reporter_line;
    std::vector<std::string> driver_lines;
};

struct ChangeRecording {
    std::string origin;  ///< file it was read from, for messages
    ChangeMetadata metadata;
    ChangeTaskParameters task_parameters;
    double monitor_delay_s = 0.0;               ///< that times with monitor delay contain
    std::vector<double> stimulus_frame_time_s;  ///< of every stimulus frame, without monitor delay
    ChangeTrials trials;
    ChangeLicks licks;      ///< empty in passive sessions
    ChangeRewards rewards;  ///< empty in passive sessions
    ChangePresentations presentations;
    std::optional<RunningRecording> running;
    std::optional<EyeTrackingRecording> eye_tracking;
    std::optional<EyeRigGeometry> eye_rig_geometry;
    std::vector<SessionPartError> part_errors;  ///< what keeps a part from being here
    std::vector<SessionIssue> issues;           ///< what is odd in what is here
};

}  // namespace tb
