// The source Alyx: what a colony database tells of labs, people, animals, their care and sessions.
// Source: spec/ibl_behavior.md, 8 and 15; known_troubles.md, 2.
#pragma once

#include "ingest/alyx/dump_reader.hpp"
#include "ingest/load/failure.hpp"
#include "src/db/session.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tb::load {

struct AlyxOptions {
    bool dry_run = false;  ///< finds what a load would find, and writes nothing
    /// Objects are what lists tell over the network, not whole: a null leaves what is known, things
    /// may have no UUID, and names that nothing else tells are brought along.
    bool is_partial = false;
    bool keeps_errors = false;  ///< errors of earlier loads of the place stay
};

/// Failures that are told one by one; the issues count all.
inline constexpr std::size_t most_alyx_failures = 1000;

/// What became of one table.
struct AlyxTable {
    std::string table;
    std::size_t rows = 0;  ///< that the objects give
    std::size_t added = 0, updated = 0, unchanged = 0;
    std::size_t removed = 0;  ///< members that lists no longer have
    std::size_t skipped = 0;  ///< objects that give no row
};

struct AlyxSummary {
    std::size_t objects = 0;
    std::size_t left_out = 0;      ///< of models that are left out on purpose
    std::size_t without_uuid = 0;  ///< of kept models, with a key that is no UUID
    std::size_t odd = 0;           ///< entries that are no objects
    std::size_t repeated = 0;      ///< objects whose key came before; the last one counts
    std::map<std::string, std::size_t> unknown_models;
    std::vector<AlyxTable> tables;              ///< those that objects gave rows to, or should have
    std::map<std::string, std::size_t> issues;  ///< by type
    std::vector<Failure>
        failures;  ///< what was left out or changed, and why; the first of very many
};

/// Gives objects, in any order, to the function that it gets; from a thread of its own.
using AlyxObjects = std::function<void(const std::function<void(alyx::DumpObject)>&)>;

/// Loads objects in one transaction. Rows are found by the colony database's UUIDs, names of lookup
/// tables by name; the same objects twice change nothing, a changed object updates its row and the
/// members of its lists. A name that changed is changed here. A session that session trees brought
/// (same lab, subject, date and number) is the same session, and keeps its key; other sessions get
/// the colony database's UUID. Objects of a subject, session or dataset that neither the objects
/// nor the database know are skipped. What is wrong stands in core.session_error (source alyx, the
/// file `place`) until a load of the same place no longer meets it.
/// @param place  where the objects come from: a file, an address
/// @throws tb::Error as the database, and what `objects` throws
[[nodiscard]] AlyxSummary load_alyx(db::Session& session, const AlyxObjects& objects,
                                    const std::string& place, const AlyxOptions& options);

/// Loads dumps, whose objects may refer to each other's. One of several that is cut off or cannot
/// be read costs itself; a load that meets another one's locks is tried again.
/// @throws tb::Error (data, InvalidDump) when none of the files holds a single object; (io) when
/// the only one cannot be read
[[nodiscard]] AlyxSummary ingest_alyx(db::Session& session,
                                      std::span<const std::filesystem::path> dumps,
                                      const AlyxOptions& options);

}  // namespace tb::load
