// One session file as a value. Source: spec/openscope.md, 2, 4 and 15.
#pragma once

#include "ingest/nwb/nwb_file.hpp"
#include "trialbase/openscope_session.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace tb::openscope {

/// What the file must say of itself, by its name or by the table of sessions.
struct Expectation {
    std::optional<std::int64_t> sessid, mouseid;
};

/// Reads what a session file holds. The stimulus table, frame times, running and pupil are in
/// memory; traces, weights and pictures stay in the file, which stays open as long as the session
/// has them.
///
/// The session is refused by an error that names file and path (kind data), of type
///   SessionMismatch   ids unlike those expected, or no ids
///   MissingDataset    no dF/F, segmentation, running or column of the table
///   FrameCount        the table's last frame beyond the ROI series or the running series; a pupil
///                     shorter than the ROI series; ROIs of the series and of the segmentation
///                     that are not as many
///   ColumnLength      values and times that are not as many
///   TimeOrder         frame times that are missing or decrease
///   ValueType         a cell of another kind than its column's; a frame number that is no whole
///   number StimulusParameter several values of gabor_number (G rows apart), or of
///                     square_proportion_flipped in unexpected rows
/// and what ingest/nwb and src/hdf5 throw for damaged files. Parts that cost themselves are part
/// errors: masks (MissingDataset), projections, tracking ids that are no whole numbers or not
/// unique (TrackingMismatch), pupil positions. Issues (dataset `nwb:<file>:<path>`): FramesComputed
/// (no frame columns), FrameRate (outside 55 to 65 and 25 to 35 per second), MissingDataset (no
/// pupil), LengthMismatch (a pupil that is longer: cut), TemplateFrames (the table names frames
/// that a template lacks: wanted templates only).
/// @param file_name  that messages use
/// @param wants_templates  the stimulus' pictures are read, too, where the file has them
[[nodiscard]] OpenScopeSession read_session(std::shared_ptr<const nwb::NwbFile> file,
                                            const std::string& file_name,
                                            const Expectation& expected = {},
                                            bool wants_templates = false);
/// Opens the file, too; its name says what is expected unless the caller does.
[[nodiscard]] OpenScopeSession read_session(const std::filesystem::path& file,
                                            const Expectation& expected = {},
                                            bool wants_templates = false);

/// The whole dF/F in memory, (frame, ROI) row by row. For sessions that fit there.
[[nodiscard]] std::vector<float> traces_in_memory(const OpenScopeSession& session);
/// Masks of all ROIs in memory, (ROI, row, column), by the rule of roi_mask().
/// @throws tb::Error (data, MissingDataset) when the file has none
[[nodiscard]] std::vector<std::uint8_t> masks_in_memory(const OpenScopeSession& session);
/// Places of the tracked ROIs, from 0, in the order of their tracking ids: row k is the same cell
/// in all sessions of the mouse. @throws tb::Error (data, NoTracking) without a tracked ROI
[[nodiscard]] std::vector<std::size_t> tracked_rois(const OpenScopeSession& session);

/// Values of an array that stays in its file, as double.
[[nodiscard]] std::vector<double> numbers_of(const LazyArray& array);

}  // namespace tb::openscope
