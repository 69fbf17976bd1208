// Lookup contents of a schema: CSV files that are upserted by primary key.
#pragma once

#include "src/db/session.hpp"

#include <cstdint>
#include <vector>

namespace tb::db {

/// Upserts the rows of each file (name: schema.table, text: CSV as PostgreSQL writes it: an empty
/// field is NULL, `""` the empty text), tables after those that they refer to. Rows that a file
/// does not have stay. Only rows that differ are touched.
/// @return rows inserted or updated
/// @throws tb::Error (usage) for a file that cannot be read, or a table without primary key
std::int64_t apply_contents(Session& session, const std::vector<Sql>& contents);

}  // namespace tb::db
