// Tables that list sessions (caches of ONE, catalogues, releases) to rows: sessions, what is known
// of their files and their quality, and which list names which. Source: spec/ibl_behavior.md, 11.3;
// spec/photometry.md, 3.5.
#pragma once

#include "ingest/load/failure.hpp"
#include "ingest/tables/listed.hpp"
#include "src/db/session.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tb::load {

struct TablesOptions {
    bool dry_run = false;  ///< finds what a load would find, and writes nothing
    std::string lab;       ///< of rows that name none
};

/// What became of the rows of one table of the database.
struct ListedRows {
    std::string table;
    std::size_t rows = 0;  ///< that the lists give
    std::size_t added = 0, updated = 0, unchanged = 0;
    std::size_t removed = 0;  ///< that the lists no longer give
};

struct TablesSummary {
    std::vector<std::string> lists;
    std::size_t sessions = 0;        ///< that the lists tell of, each once
    std::size_t new_sessions = 0;    ///< that nobody knew
    std::size_t known_sessions = 0;  ///< met by their UUID or their name
    std::size_t nameless = 0;        ///< of which nothing but a UUID is known
    std::vector<ListedRows> tables;
    std::map<std::string, std::size_t> issues;  ///< by type
    std::vector<Failure> failures;              ///< the first thousand
    std::vector<std::string> notes;  ///< what is odd and was taken all the same; the first thousand
    std::size_t n_notes = 0;
};

/// Loads lists in one transaction. A session is met by its UUID, then by lab, subject, date and
/// number (its name in session trees, and that of the folder that its datasets lie in); whichever
/// source came first, it is one session. What files and the colony database told of it stays; what
/// lists told earlier follows them. A list is whole: sessions that it no longer names are no longer
/// its members. What cannot be taken stands in core.session_error (source: the kind of list) until
/// a load of the same file no longer meets it. A load that meets another one's locks is tried
/// again.
/// @param read  reads the tables; once more for each try
/// @throws tb::Error as the database, and what `read` throws
[[nodiscard]] TablesSummary load_tables(db::Session& session,
                                        const std::function<void(tables::ListedTables&)>& read,
                                        const std::string& source, const TablesOptions& options);

}  // namespace tb::load
