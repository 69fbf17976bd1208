// The numbers that a file gives itself, against those that the project tables and other files give.
#pragma once

#include "src/db/session.hpp"
#include "trialbase/session_record.hpp"

#include <map>
#include <mutex>
#include <string>

namespace tb::load {

/// What the files of one ingest have said so far: those that are not in the database yet contradict
/// each other, too. From any thread.
class ToldNumbers {
  public:
    /// @param database  where sessions that are there are looked up
    /// @throws tb::Error (data, SessionMismatch), naming both numbers and who says them, when an
    /// experiment, an imaging session or a UUID of the file's belongs to another behaviour session
    /// by a project table or by another file. A session without a number (a raw log's) passes
    void require(db::Session& database, const SessionRecord& session);

  private:
    struct Told {
        std::string number, file;
    };
    std::mutex mutex_;
    std::map<std::string, Told> told_;  // by <source>:<name>
};

}  // namespace tb::load
