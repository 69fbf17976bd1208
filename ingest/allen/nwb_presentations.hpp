// The stimulus presentations of an Allen NWB file.
#pragma once

#include "ingest/allen/nwb_source.hpp"

namespace tb::allen {

/// Reads all tables /intervals/<stimulus>_presentations into one, ascending in time: values as the
/// file has them (-99, `N/A` are missing). Where no table has them, is_active, trials_id and
/// is_sham_change are told from the trials, which are read before. Issues: frame_offset_1.
/// @throws tb::Error (data) of type PresentationNames, StimulusBlocks, MissingDataset, ColumnLength
/// Source: spec/change_detection.md, sections 0, 5.5 and 6.
void read_nwb_presentations(const NwbSource& source);

}  // namespace tb::allen
