// A larger small world for histories: subjects, sessions, trials and parameters; a computed table
// with a part, one below it, one narrowed by a restriction, and one that folds all sessions of a
// subject. What it computes can be recomputed in one SQL statement, so that results are checked
// without the engine's own bookkeeping.
#pragma once

#include "src/db/session.hpp"
#include "src/populate/worker.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace tb::testing {

/// The world in one database. The schema must be migrated before; any server will do.
class LabWorld {
  public:
    /// @param conninfo  database with the program's schema; `lab` is made in it when absent
    explicit LabWorld(std::string conninfo);
    /// The SQL that makes it, for databases that are to be copied from one that has it.
    [[nodiscard]] static std::string script();
    LabWorld(const LabWorld&) = delete;
    LabWorld& operator=(const LabWorld&) = delete;

    [[nodiscard]] const std::string& conninfo() const noexcept { return conninfo_; }
    [[nodiscard]] populate::WorkerOptions options() const;
    /// The computations; `code_version` may be raised between runs.
    std::vector<ComputedTable> registry;
    /// Called at the beginning of each computation of lab.total, lab.child and lab.history.
    std::function<void(const std::string& table)> during;
    /// Computed tables in dependency order.
    [[nodiscard]] static const std::vector<std::string>& tables();

    /// Adds sessions first..last of subject 1 + number % 5, each with three trials of value number.
    static void add_sessions(db::Session& session, int first, int last);
    [[nodiscard]] static std::string session_id(int number);
    [[nodiscard]] static std::string subject_id(int number);

  private:
    std::string conninfo_;
};

/// What is wrong with the books of the engine and with the results, one line per fault, empty when
/// nothing is: refresh (in a transaction that is rolled back) must find nothing to mend; rows and
/// runs belong together; open keys and results do not overlap; results that are not reported stale
/// agree with a recomputation in SQL. No worker may be running.
[[nodiscard]] std::string find_faults(db::Session& session);

}  // namespace tb::testing
