// Creates and upgrades the schema: numbered migrations once each, then objects and lookup contents
// as a whole.
#pragma once

#include "src/db/session.hpp"
#include "trialbase/embedded.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::db {

/// The files of a schema by their paths: `schema/migrations/NNNN_name.sql`, `schema/objects/*.sql`,
/// `schema/contents/<schema>.<table>.csv`; whatever stands before `migrations/` and so on does not
/// matter.
using SchemaFiles = std::span<const embedded::File>;

/// The schema of this program.
[[nodiscard]] SchemaFiles program_schema();

/// Code version of a computed table, for engine.set_code_version().
struct CodeVersion {
    std::string table;
    int version = 0;
};

struct MigrateOptions {
    std::string program_version;
    std::vector<CodeVersion> code_versions;  ///< of tables that are not registered: ignored
    /// Called before each step with a line about it.
    std::function<void(const std::string&)> progress;
    /// How long to wait for another migrate of this database, and in all for each step's locks.
    std::chrono::seconds lock_timeout{600};
    /// How long a statement waits for a lock before everybody who waits behind it gets their turn.
    std::chrono::milliseconds lock_attempt{2000};
    /// Called with a line that tells who is in the way, before it is tried again.
    std::function<void(const std::string&)> waiting;
};

struct MigrateReport {
    std::vector<std::string> applied;  ///< names of migrations, in order
    bool objects_applied = false;      ///< false when nothing had changed since the last migrate
    std::int64_t content_rows = 0;     ///< rows of lookup tables inserted or updated
    int code_versions = 0;             ///< registered tables that this program computes
    bool regenerated = false;
};

/// Brings a database up to `files`. A database that is up to date is recognised without any lock
/// and left as it is. Else only what differs is applied, in transactions that wait for each lock a
/// short while and are tried again. Two at once are safe: the second waits, and finds nothing to
/// do. Done as the schema's owner where the session's role is a member of it. Each migration runs
/// in a transaction of its own, unless it begins with
/// `--! no-transaction` (one statement, to be written so that it may run again: a crash right after
/// it repeats it). Objects and contents are applied in one transaction. Contents are upserted by
/// primary key, parents first; in a CSV an empty field is NULL and `""` the empty text; rows of the
/// table that the file does not have stay. Errors: conflict (a migration was edited after it was
/// applied, or one is missing or numbered before an applied one; the database is newer than the
/// files; locks not obtained; not UTF-8), usage (not the owner; malformed file names or contents,
/// two migrations of one number), and those of the SQL, whose sql_name is the file.
MigrateReport migrate(Session& session, SchemaFiles files, const MigrateOptions& options);

struct MigrationState {
    int number = 0;
    std::string name;        ///< "0010_core"
    std::string applied_at;  ///< empty while pending
    std::string program_version;
};

/// Applied and pending migrations in order of number. Changes nothing. Errors as migrate(), newer
/// databases excepted: what only the database has is listed as applied.
[[nodiscard]] std::vector<MigrationState> migration_status(Session& session, SchemaFiles files);

enum class SchemaState { absent, older, current, newer };
/// How the database's migrations compare with the files', by number and count alone: one cheap
/// statement.
[[nodiscard]] SchemaState schema_state(Session& session, SchemaFiles files);

/// True when views, functions or contents were last applied by a program with others than these.
/// Needs a migrated database.
[[nodiscard]] bool objects_differ(Session& session, SchemaFiles files);

}  // namespace tb::db
