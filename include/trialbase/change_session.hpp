// A session of change detection with whose it is: what was recorded, and one imaging plane where
// its file has one. Arrays that may be larger than memory are not held: they are read from their
// file when somebody writes them.
#pragma once

#include "trialbase/change_recording.hpp"
#include "trialbase/lazy_array.hpp"
#include "trialbase/session_record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tb {

/// A set of images that the session showed.
struct StimulusTemplate {
    std::string name;
    std::vector<std::string> image_names;  ///< in the order of the arrays
    std::optional<LazyArray> warped;       ///< uint8 (image, row, column)
    std::optional<LazyArray> unwarped;     ///< float64 (image, row, column); NaN: not seen
};

/// Where the rows of ChangeRecording::presentations come from. Vectors of one length, or empty.
struct PresentationOrigins {
    std::vector<std::string> table;  ///< of the file (spontaneous_presentations)
    std::vector<std::int64_t> row;   ///< in that table, from 0
    std::vector<std::string> extra;  ///< JSON object of columns not known here; empty: none
};

/// The ROIs of a plane, in the file's order. Vectors of one length, or empty when the file lacks
/// the column. A missing number is NaN, whole numbers hold whole numbers.
struct RoiTable {
    std::size_t count = 0;
    std::vector<std::int64_t> cell_roi_id;
    std::vector<double> cell_specimen_id;     ///< NaN: the file has -1, not matched (yet)
    std::vector<double> x, y, width, height;  ///< of the mask's box [pixels]
    std::vector<double> mask_image_plane;
    std::vector<double> max_correction_up, max_correction_down;  ///< [pixels], as the next two
    std::vector<double> max_correction_left, max_correction_right;
    std::vector<double> is_valid;    ///< 0 or 1
    std::vector<double> neuropil_r;  ///< of the neuropil's fit
    std::vector<double> neuropil_rmse;
    std::vector<double> event_lambda;  ///< of the event detection
    std::vector<double> event_noise_std;
    std::vector<std::string> extra;  ///< JSON object of columns not known here; empty: none
};

/// One kind of trace of all ROIs.
struct RoiTraces {
    std::string kind;  ///< dff, corrected_fluorescence, demixed, neuropil, events
    std::string unit;
    LazyArray values;  ///< float64 (frame, ROI); columns as RoiTable, NaN where an ROI has none
};

/// A picture of the plane.
struct PlaneImage {
    std::string kind;            ///< max_projection, average_image, segmentation_mask_image
    double pixel_size_um = 0.0;  ///< NaN: not told
    LazyArray pixels;            ///< (row, column)
};

/// One imaging plane: what the Allen Institute calls an experiment.
struct ImagingPlane {
    std::int64_t number = 1;  ///< ophys_experiment_id
    std::optional<std::int64_t> ophys_session_id;
    std::optional<std::int64_t> ophys_container_id;
    std::string name;  ///< in its file: imaging_plane_1
    std::string description;
    std::string targeted_structure;
    double imaging_depth_um = 0.0;  ///< NaN: not told, as all numbers here
    double targeted_imaging_depth_um = 0.0;
    double frame_rate_hz = 0.0;
    double excitation_lambda_nm = 0.0;
    double emission_lambda_nm = 0.0;
    std::string indicator;
    std::optional<std::int64_t> field_of_view_width;  ///< [pixels]
    std::optional<std::int64_t> field_of_view_height;
    std::optional<std::int64_t> group;  ///< nothing for a single plane
    std::int64_t group_count = 0;       ///< as the file has it: 0 for a single plane
    std::vector<double> frame_time_s;
    RoiTable rois;
    std::optional<LazyArray> masks;  ///< uint8 (ROI, row, column)
    std::vector<RoiTraces> traces;
    std::optional<LazyArray> motion_x;  ///< (frame) [pixels]
    std::optional<LazyArray> motion_y;
    std::vector<PlaneImage> images;
};

/// A file of an imaging session holds the behaviour and one plane; the planes of a session come in
/// several files, each a ChangeSession of the same identifier.
struct ChangeSession : SessionRecord {
    std::string trials_origin = "nwb";  ///< nwb or raw_log
    std::string behavior_file;          ///< which of `files` holds the behaviour
    ChangeRecording recording;          ///< its issues and part errors are the record's
    PresentationOrigins presentation_origins;
    /// Of every trial a JSON object of columns not known here, empty without any; or empty.
    std::vector<std::string> trial_extra;
    std::vector<StimulusTemplate> templates;
    bool is_running_turned = false;  ///< speed was negative on average: all signs were turned
    std::optional<ImagingPlane> plane;
};

}  // namespace tb
