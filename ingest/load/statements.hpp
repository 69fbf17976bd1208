// The loader's statements, from the .sql files beside it.
#pragma once

#include "src/db/session.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace tb::load {

/// A statement of ingest/load/sql by its name, or of a world's own folder: `choice/licks` is
/// ingest/load/choice/sql/licks.sql. @throws tb::Error (internal) when there is none
[[nodiscard]] db::Sql statement(std::string_view name);
/// The same with words in braces replaced by what stands for them: names and lists of columns,
/// quoted where they come from outside. @throws tb::Error (internal) for a word that the statement
/// has not
struct Replaced {
    std::string_view word;
    std::string text;
};
[[nodiscard]] db::Sql statement(std::string_view name, std::initializer_list<Replaced> words);
/// The same as a step of a pipeline.
[[nodiscard]] db::Session::Step step(std::string_view name, db::Params params);
/// Deletes sessions' rows of a table.
[[nodiscard]] db::Session::Step delete_step(std::string_view table,
                                            std::span<const std::string> session_ids);

}  // namespace tb::load
