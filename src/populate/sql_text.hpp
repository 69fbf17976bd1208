// The engine's own statements, from src/populate/sql/*.sql.
#pragma once

#include "src/db/session.hpp"

#include <string_view>

namespace tb::populate {

/// The statement src/populate/sql/<name>.sql. @throws tb::Error (internal) when absent
[[nodiscard]] db::Sql sql_text(std::string_view name);

}  // namespace tb::populate
