// What the database holds of a session already, against a recording that would take its place.
#pragma once

#include "src/db/session.hpp"
#include "trialbase/choice_session.hpp"

namespace tb::load {

/// Lets a recording pass that may be loaded as this session: a new one, the same one again, or the
/// same one more complete (a file copied again after it was cut, frames beside the digital inputs).
/// @throws tb::Error (conflict, RecordingConflict) when the session holds anything that the
/// recording does not: trials, bands, columns, samples, digital inputs, or another time. The
/// message says what, the hint names --number and --replace.
void require_room_for(db::Session& session, const ChoiceSession& recording);

}  // namespace tb::load
