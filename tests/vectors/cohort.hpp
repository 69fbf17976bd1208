// A cohort of the vectors (labs, people, projects, subjects, sessions, trials as CSV) in a database
// of the shipped schema: loaded by ingest/load, computed by populate, once a run of the program.
#pragma once

#include "src/db/session.hpp"
#include "tests/vectors/runner.hpp"

namespace tb::vectors {

/// A session with the database that holds the cohort of a case, everything that the warehouse asks
/// for computed. The first case of a cohort loads it; a server of its own starts with the first
/// cohort and stops when the program ends.
///
/// What the colony database knows (labs, people, projects, subjects, sessions with their own UUIDs)
/// is inserted as its rows; trials, and what the rig tells of a session, go through
/// load::ingest_sessions() as those of a real source. A session whose `stim_on` is none has no
/// files, and is known from the colony database alone.
///
/// @throws tb::Error when a session cannot be loaded or a key cannot be computed, with the reason
[[nodiscard]] db::Session& cohort_database(const Case& input);

/// The rows of a statement: an array of objects, numbers and booleans as such, the rest as the
/// server writes it.
[[nodiscard]] Json rows_of(db::Session& session, const std::string& statement);

}  // namespace tb::vectors
