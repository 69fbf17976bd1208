// Photometry of a session tree, read by ingest/photometry.
#pragma once

#include "ingest/alf/session_files.hpp"

namespace tb::alf {

/// Fills session.photometry; trials must have been read. Photometry that cannot be used is an
/// error of its own (session.part_errors): trials are loaded all the same. The tasks that the
/// session's description lists are the protocol where the tasks' settings are not there.
void read_photometry(SessionFiles& files);

/// The protocol of the session's description, where the settings told none.
void read_description(SessionFiles& files);

}  // namespace tb::alf
