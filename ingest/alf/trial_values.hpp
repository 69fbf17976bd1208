// What a column of trials may hold: units and signs converted, impossible values left out.
#pragma once

#include "ingest/alf/number_column.hpp"
#include "ingest/alf/session_files.hpp"

#include <string>

namespace tb::alf {

/// Makes the values of one trial column what task.choice_trial holds, or refuses the column whole:
///   - types of times become seconds; milli-, micro- and nanoseconds are told by their size
///   - unsigned -1 (255 in a byte) of choice and feedback is -1
///   - contrasts with a minus throughout are magnitudes (the column tells the side); percent are
///     fractions
///   - what the column cannot hold is missing; where that is most of it (of choice and feedback:
///     more than one in twenty, else the answer would choose the trials) the column is refused
/// Each is an issue about `dataset`.
/// @return false when the column is not to be used
[[nodiscard]] bool take_values(const TrialColumnInfo& column, NumberColumn& values,
                               const std::string& dataset, SessionFiles& files);

}  // namespace tb::alf
