// What tables tell, copied into the temporary tables of a load.
#pragma once

#include "ingest/tables/listed.hpp"
#include "src/db/session.hpp"

#include <cstddef>
#include <string>

namespace tb::load {

struct CopiedTables {
    std::size_t datasets = 0;
};

/// Copies all that the lists tell (sql/begin.sql has the tables). A session that several lists tell
/// is one row; where they contradict each other the first one counts, which is told.
/// @param lab  of rows that name none; empty: not known
CopiedTables copy_listed(db::Session& session, tables::ListedTables& given, const std::string& lab);

}  // namespace tb::load
