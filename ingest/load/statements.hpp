// The loader's statements, from the .sql files beside it.
#pragma once

#include "src/db/session.hpp"

#include <string>
#include <string_view>

namespace tb::load {

/// A statement of ingest/load/sql by its name. @throws tb::Error (internal) when there is none
[[nodiscard]] db::Sql statement(std::string_view name);
/// The same as a step of a pipeline.
[[nodiscard]] db::Session::Step step(std::string_view name, db::Params params);
/// Deletes a session's rows of a table.
[[nodiscard]] db::Session::Step delete_step(std::string_view table, const std::string& session_id);

}  // namespace tb::load
