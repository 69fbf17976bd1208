// The trials of an Allen NWB file.
#pragma once

#include "ingest/allen/nwb_source.hpp"

namespace tb::allen {

/// Reads /intervals/trials. Lick times that the file has flattened (as many licks as trials, no
/// index) are made anew from the session's licks, which are read before.
/// @throws tb::Error (data) of type MissingDataset (table or column), ColumnLength, RaggedIndex,
/// ValueType, TrialOrder, TrialClass, ChangeEvent, TrialRewards, naming trial and path
/// Source: spec/change_detection.md, sections 5.4, 7, 8 and 17.
void read_nwb_trials(const NwbSource& source);

}  // namespace tb::allen
