// A session of the OpenScope credit-assignment experiment: the stimulus segment by segment, what
// was recorded beside it, and one imaging plane. Long arrays of the plane stay in their file until
// somebody reads them. Source: spec/openscope.md, 2.
#pragma once

#include "trialbase/lazy_array.hpp"
#include "trialbase/session_record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb {

/// Rows of the stimulus table in the file's order: a row's place, from 0, is the segment's number.
/// Every vector has `count` values. A missing number is NaN, a missing text empty.
struct OpenScopeSegments {
    std::size_t count = 0;
    std::vector<double> start_s, stop_s;     ///< [s, session clock]
    std::vector<std::string> stimulus_type;  ///< grayscreen, gabors, visflow
    std::vector<std::string> stimulus_template_name;
    std::vector<double> unexpected;        ///< 0 or 1; NaN: grey screen
    std::vector<std::string> gabor_frame;  ///< A, B, C, D, U, G
    std::vector<double> gabor_kappa;
    std::vector<double> gabor_mean_orientation_deg;
    std::vector<double> gabor_number;
    std::vector<std::string> main_flow_direction;  ///< right (temp), left (nasal)
    std::vector<double> square_size;               ///< [pixels]
    std::vector<double> square_number;
    std::vector<double> square_proportion_flipped;
    std::vector<double> start_frame_stim_template;
    /// Frames of the stimulus and of the microscope, from 0; a stop is exclusive.
    std::vector<std::int64_t> start_frame_stim, stop_frame_stim, num_frames_stim;
    std::vector<std::int64_t> start_frame_twop, stop_frame_twop, num_frames_twop;
};

/// Gabor patches of the segments, ragged: those of segment s are [s == 0 ? 0 : end[s - 1], end[s]).
/// Columns of one length, or empty where the file lacks one.
struct OpenScopePatches {
    std::vector<std::size_t> end;     ///< one a segment
    std::vector<double> x, y;         ///< from the screen's centre [pixels]
    std::vector<double> size;         ///< [pixels]
    std::vector<double> orientation;  ///< [degrees]

    /// Patches of one segment of a column.
    [[nodiscard]] std::span<const double> of(const std::vector<double>& column,
                                             std::size_t segment) const {
        const std::size_t begin = segment == 0 ? 0 : end[segment - 1];
        return std::span(column).subspan(begin, end[segment] - begin);
    }
};

/// Eye signals at the two-photon frames, as stored; NaN where no pupil was found.
struct OpenScopePupil {
    std::vector<double> diameter_mm;
    std::vector<double> x_mm, y_mm;  ///< empty: older files lack them
};

/// Pictures that the stimulus was drawn from.
struct OpenScopeTemplate {
    std::string name;  ///< gabors, visflow_right, ...
    LazyArray frames;  ///< (frame, row, column) or with colours behind
};

/// One file. Identity, date and start are those that the file tells.
struct OpenScopeSession : SessionRecord {
    std::int64_t sessid = 0;
    std::int64_t mouseid = 0;
    std::string file_name;
    std::string start_text;  ///< session_start_time as written
    OpenScopeSegments segments;
    OpenScopePatches patches;
    double stim_fps = 0.0, twop_fps = 0.0;  ///< frames per second, from the segments
    std::vector<double> stim_frame_time_s;  ///< one a stimulus frame
    std::vector<double> twop_frame_time_s;  ///< one a two-photon frame
    std::vector<double> running_cm_s;       ///< one a stimulus frame; NaN: not known
    std::optional<OpenScopePupil> pupil;    ///< one a two-photon frame
    std::size_t n_rois = 0;
    std::vector<std::int64_t> roi_id;  ///< as the file numbers the ROIs
    /// Order of the ROI among those found in all sessions of the mouse, whole numbers; NaN: not
    /// tracked. Empty: the file does not tell.
    std::vector<double> tracking_id;
    std::string plane_name, indicator, targeted_structure, plane_description;
    double excitation_lambda_nm = 0.0, emission_lambda_nm = 0.0;  ///< NaN: not told
    LazyArray traces;                          ///< dF/F, (frame, ROI), float32 or float64 as stored
    std::optional<LazyArray> roi_weights;      ///< (ROI, row, column), as stored
    std::optional<LazyArray> max_projection;   ///< uint8 (row, column)
    std::vector<OpenScopeTemplate> templates;  ///< only where they were asked for
};

}  // namespace tb
