// Commits of an ingest: none waits for the disk, one flush at the end makes all of them durable.
#pragma once

#include "src/db/session.hpp"

namespace tb::load {

/// Commits of this connection do not wait for the disk: a crash of the server before
/// flush_commits() may lose the last ones, each whole.
void commit_without_waiting(db::Session& database);

/// Returns when everything committed so far, by any connection, is safe on disk.
void flush_commits(db::Session& database);

}  // namespace tb::load
