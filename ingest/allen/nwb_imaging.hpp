// The imaging plane of an Allen behaviour-ophys file.
#pragma once

#include "ingest/allen/nwb_source.hpp"

namespace tb::allen {

/// Reads the plane's description, its ROIs and the times of its frames; traces, masks, motion and
/// pictures stay in the file. Traces are joined with ROIs by their region, never by position. What
/// is wrong with one of them costs that one. Nothing when the file has no experiment.
/// @throws tb::Error (data) of type MissingDataset (no ROI table, no traces with times),
/// ColumnLength, TimeOrder
/// Source: spec/change_detection.md, sections 5.2 and 6.
void read_nwb_imaging(const NwbSource& source);

}  // namespace tb::allen
