#include "ingest/load/commits.hpp"

namespace tb::load {

void commit_without_waiting(db::Session& database) {
    database.exec({"asynchronous commit", "set synchronous_commit = off"});
}

void flush_commits(db::Session& database) {
    // A commit that waits for the disk takes along all that was committed before it.
    db::Transaction transaction(database);
    database.exec({"synchronous commit", "set local synchronous_commit = on"});
    // Something must be written to the log, or the commit would not wait for all its number.
    database.exec(
        {"flush", "select pg_catalog.pg_logical_emit_message(true, 'trialbase', 'flush')"});
    transaction.commit();
}

}  // namespace tb::load
