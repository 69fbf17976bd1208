#include "app/cli/own_sql.hpp"

#include "src/base/nearest.hpp"
#include "src/db/sqlstate.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace tb::app {
namespace {

/// First words of statements that are no select. Source: PostgreSQL's documentation, part VI,
/// chapter "SQL Commands".
constexpr std::array<std::string_view, 49> commands{
    "abort",   "alter",   "analyze",  "begin",    "call",      "checkpoint", "close",
    "cluster", "comment", "commit",   "copy",     "create",    "deallocate", "declare",
    "delete",  "discard", "do",       "drop",     "end",       "execute",    "explain",
    "fetch",   "grant",   "import",   "insert",   "listen",    "load",       "lock",
    "merge",   "move",    "notify",   "prepare",  "reassign",  "refresh",    "reindex",
    "release", "reset",   "revoke",   "rollback", "savepoint", "security",   "set",
    "show",    "start",   "truncate", "unlisten", "update",    "vacuum",     "into"};

bool is_command(std::string word) {
    std::ranges::transform(word, word.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::find(commands, word) != commands.end();
}

/// The byte at which the character `position` (from 1) begins.
std::size_t byte_of(std::string_view text, std::size_t position) {
    std::size_t byte = 0;
    for (std::size_t character = 1; byte < text.size(); ++byte) {
        const bool is_start = (static_cast<unsigned char>(text[byte]) & 0xC0) != 0x80;
        if (is_start && character++ == position) return byte;
    }
    return byte;
}

std::vector<std::string> names(db::Session& session, const db::Sql& select,
                               const db::Params& params = {}) {
    const auto found = session.exec(select, params);
    std::vector<std::string> all;
    for (std::size_t row = 0; row < found.rows(); ++row)
        all.push_back(found.get<std::string>(row, std::size_t{0}));
    return all;
}

/// The table or view that an unknown name means: the one of that name in another schema, else the
/// nearest.
std::optional<std::string> nearest_relation(db::Session& session, const std::string& name) {
    const auto all =
        names(session, {"tables and views",
                        "select n.nspname || '.' || c.relname from pg_catalog.pg_class as c join "
                        "pg_catalog.pg_namespace as n on n.oid = c.relnamespace where c.relkind in "
                        "('r', 'p', 'v', 'm') and n.nspname !~ '^(pg_|information_schema|engine)' "
                        "order by n.nspname <> 'analysis', n.nspname, c.relname"});
    if (name.find('.') != name.npos) return nearest(name, all);
    std::vector<std::string> bare;
    for (const auto& one : all) {
        bare.push_back(one.substr(one.find('.') + 1));
        if (bare.back() == name) return one;
    }
    const auto meant = nearest(name, bare);
    if (!meant) return std::nullopt;
    return all[static_cast<std::size_t>(std::ranges::find(bare, *meant) - bare.begin())];
}

/// The nearest column of the tables and views that the statement names.
std::optional<std::string> nearest_column(db::Session& session, const std::string& name,
                                          const std::string& statement) {
    return nearest(
        name, names(session,
                    {"columns",
                     "select distinct a.attname::text from pg_catalog.pg_attribute as a join "
                     "pg_catalog.pg_class as c on c.oid = a.attrelid join "
                     "pg_catalog.pg_namespace as n on n.oid = c.relnamespace where a.attnum > 0 "
                     "and not a.attisdropped and c.relkind in ('r', 'p', 'v', 'm') and n.nspname "
                     "!~ '^(pg_|information_schema)' and position(c.relname in $1) > 0 order by 1"},
                    db::Params().text(statement)));
}

std::string hint_of(db::Session& session, const db::StatementError& error,
                    const std::string& statement) {
    const auto& said = error.refusal();
    if (!said.hint.empty()) return said.hint;
    const auto blamed = db::blamed_name(said.message);
    std::optional<std::string> meant;
    if (error.sqlstate == "42P01" && said.message.starts_with("relation"))
        meant = nearest_relation(session, blamed);
    if (error.sqlstate == "42703") meant = nearest_column(session, blamed, statement);
    return meant ? fmt::format("Did you mean {}?", *meant) : std::string();
}

/// Whether the word that is refused begins what the statement does: its first one, or one behind
/// the with clause.
bool is_begin(const std::string& statement, const std::optional<std::size_t>& at) {
    return at && (*at == 0 || edit_distance(statement.substr(0, 4), "with") == 0);
}

/// The server's words; of a statement that does not only read, that queries do.
/// @param at  the byte of the statement that is to blame
std::string message_of(const db::StatementError& error, const std::string& statement,
                       const std::optional<std::size_t>& at) {
    const auto& said = error.refusal();
    auto text = said.message;
    if (!said.detail.empty()) {
        text += fmt::format(" ({})", said.detail);
        if (said.detail.back() == '.') text.erase(text.size() - 2, 1);
    }
    const auto blamed = db::blamed_name(said.message);
    if (error.sqlstate == "42601" && is_begin(statement, at) && is_command(blamed))
        return fmt::format("\"{}\" is no select, and queries only read", blamed);
    if (said.message.find("data-modifying") != said.message.npos)
        return "a statement in with writes, and queries only read";
    if (error.sqlstate == "25006" || said.message.find("INTO is not allowed") != said.message.npos)
        return text + ", and queries only read";
    return text;
}

bool is_of_own_sql(const db::StatementError& error) {
    const auto trouble = db::class_of(error.sqlstate).trouble;
    return db::is_of_text(error.sqlstate) || trouble == db::Trouble::defect ||
           error.sqlstate == "25006";
}

/// @param at     the byte of the statement that is to blame, where one is
/// @param place  `, line 3, column 8`, or nothing
Error told(db::Session& session, const Query& query, const db::StatementError& error,
           const std::string& statement, const std::optional<std::size_t>& at,
           const std::string& place, ErrorKind kind = ErrorKind::usage) {
    session.rollback();
    Error own(kind, fmt::format("{}{}: {}", query.file, place, message_of(error, statement, at)),
              hint_of(session, error, statement));
    own.sqlstate = error.sqlstate;
    return own;
}

}  // namespace

void check_own_sql(db::Session& session, const Query& query, const ParameterValues& values) {
    if (query.file.empty()) return;
    const auto quote = [&](std::string_view value) { return session.quote_literal(value); };
    const auto statement = bind_query(query, values, quote);
    constexpr std::string_view before = "declare own_sql no scroll cursor for ";
    try {
        const db::Transaction transaction(session, "read only");
        session.exec({query.file, std::string(before) + statement + "\n"});
    } catch (const db::StatementError& error) {
        if (!is_of_own_sql(error)) throw;
        const auto position = error.refusal().position;
        if (position <= before.size()) throw told(session, query, error, statement, {}, "");
        const auto at = byte_of(statement, position - before.size());
        const auto [line, column] = place_in_file(query, values, quote, at);
        throw told(session, query, error, statement, at,
                   fmt::format(", line {}, column {}", line, column));
    }
}

void run_own_sql(db::Session& session, const Query& query, const std::function<void()>& run) {
    try {
        run();
    } catch (const db::StatementError& error) {
        if (query.file.empty() || !is_of_own_sql(error)) throw;
        const bool is_of_rows = db::class_of(error.sqlstate).kind == ErrorKind::data;
        throw told(session, query, error, "", {}, "",
                   is_of_rows ? ErrorKind::data : ErrorKind::usage);
    }
}

}  // namespace tb::app
