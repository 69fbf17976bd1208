// What was recorded beside the trials in an Allen NWB file: licks, rewards, running, eye, images.
#pragma once

#include "ingest/allen/nwb_source.hpp"

namespace tb::allen {

// Each fills its part of the session. Errors are tb::Error (data) that name file and path; what is
// not in the file stays empty. Source: spec/change_detection.md, sections 5.1, 5.6, 5.7 and 17.

/// Times of the stimulus frames. @throws MissingDataset, TimeOrder
void read_nwb_frame_times(const NwbSource& source);
/// @throws ColumnLength, LickFrame; issues LickAtEnd, LicksNotAscending
void read_nwb_licks(const NwbSource& source);
/// @throws ColumnLength
void read_nwb_rewards(const NwbSource& source);
/// Speeds and encoder, each with the times of the speed. Signs are turned where the mean speed is
/// below -1 cm/s (issue SignConvention). A signal of another length costs itself.
/// @throws MissingDataset (no speed at all), TimeOrder
void read_nwb_running(const NwbSource& source);
/// Ellipses, areas and blinks as the file has them. @throws EyeFrames, ColumnLength, MissingDataset
void read_nwb_eye_tracking(const NwbSource& source);
/// Templates of images, which stay in the file.
void read_nwb_templates(const NwbSource& source);

}  // namespace tb::allen
