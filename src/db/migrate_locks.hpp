// Whom a migrate waits for, and as whom it works. For migrate.cpp.
#pragma once

#include "src/db/migrate.hpp"
#include "src/db/session.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace tb::db {

/// Held for a whole migrate; another migrate of the same database waits for it.
class MigrateLock {
  public:
    /// @throws tb::Error (conflict) when another migrate goes on for so long
    MigrateLock(Session& session, std::chrono::seconds timeout);
    ~MigrateLock();
    MigrateLock(const MigrateLock&) = delete;
    MigrateLock& operator=(const MigrateLock&) = delete;

  private:
    Session& session_;
};

/// Runs a step in a transaction that waits for each lock a short while only, and again when
/// somebody is in the way: a statement that waits for a lock makes everybody wait who comes after
/// it.
/// @throws tb::Error (conflict) when somebody still is after options.lock_timeout, naming them
void in_short_locks(Session& session, const MigrateOptions& options, const std::string& what,
                    const std::function<void()>& step);

/// Acts as the role that owns the schema, so that all objects have one owner.
class OwnerRole {
  public:
    /// @throws tb::Error (usage) when the session's role may not act as it
    explicit OwnerRole(Session& session);
    ~OwnerRole();
    OwnerRole(const OwnerRole&) = delete;
    OwnerRole& operator=(const OwnerRole&) = delete;

  private:
    Session& session_;
    std::string before_;
};

}  // namespace tb::db
