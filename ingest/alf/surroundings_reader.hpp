// What surrounds a session's task: the air at the rig, and what was played to a passive animal.
#pragma once

#include "ingest/alf/session_files.hpp"
#include "ingest/alf/trials_reader.hpp"

#include <span>

namespace tb::alf {

/// Fills session.ambient from `_iblrig_ambientSensorData.raw.jsonable`: its lines are the trials in
/// their order. Nothing and an issue (LengthMismatch) where there are not as many as trials.
void read_ambient(SessionFiles& files, std::span<const TaskPart> parts);

/// Fills session.passive from `passivePeriods.intervalsTable.csv`, `passiveGabor.table.csv`,
/// `passiveStims.table.csv` and `passiveRFM.times.npy`, whichever are there; those of a task that
/// was moved (TaskPart::offset_s) are moved with it. A file that is not as it should be is an issue
/// and costs itself, an interval without both ends the interval.
/// Source: spec/ibl_behavior.md, 1.6 and 11.2.
void read_passive(SessionFiles& files, std::span<const TaskPart> parts);

}  // namespace tb::alf
