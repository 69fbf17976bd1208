#include "src/populate/cascade.hpp"

#include "src/populate/lock_watch.hpp"

#include <numeric>
#include <optional>
#include <thread>

#include <fmt/format.h>

namespace tb::populate {

std::int64_t CascadePlan::rows() const {
    return std::accumulate(tables.begin(), tables.end(), std::int64_t{0},
                           [](std::int64_t sum, const Table& table) { return sum + table.rows; });
}

namespace {

/// A table as people write it: what regclass quotes only because it is a word of SQL too
/// (store."array"). Names that need their quotes keep them.
std::string plain_name(const std::string& quoted) {
    std::string plain;
    for (std::size_t at = 0; at < quoted.size();) {
        const auto end = quoted[at] == '"' ? quoted.find('"', at + 1) : std::string::npos;
        if (end == std::string::npos) {
            plain += quoted[at++];
            continue;
        }
        const auto name = std::string_view(quoted).substr(at + 1, end - at - 1);
        const bool is_plain =
            !name.empty() && !(name[0] >= '0' && name[0] <= '9') &&
            name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == name.npos &&
            (end + 1 == quoted.size() || quoted[end + 1] == '.');
        plain += is_plain ? name : std::string_view(quoted).substr(at, end + 1 - at);
        at = end + 1;
    }
    return plain;
}

/// Collects in the open transaction.
CascadePlan collect(db::Session& session, const CascadeRequest& request, bool with_locks,
                    bool with_identity) {
    const auto tables =
        session.exec({"cascade", "select * from engine.cascade_collect($1, $2, $3, $4)"},
                     db::Params()
                         .text(request.table)
                         .text(request.where)
                         .boolean(request.with_masters)
                         .boolean(with_locks));
    CascadePlan plan;
    for (std::size_t row = 0; row < tables.rows(); ++row) {
        plan.tables.push_back({plain_name(tables.get<std::string>(row, "table_name")),
                               tables.get<std::int64_t>(row, "row_count"),
                               tables.get<std::string>(row, "tier"),
                               tables.get<bool>(row, "is_master_of_part")});
    }
    const auto kept =
        session.exec({"cascade kept",
                      "select table_name, row_count, array_to_string(columns, ', ') as columns, "
                      "becomes from engine.cascade_kept()"});
    for (std::size_t row = 0; row < kept.rows(); ++row) {
        plan.kept.push_back({plain_name(kept.get<std::string>(row, "table_name")),
                             kept.get<std::int64_t>(row, "row_count"),
                             kept.get<std::string>(row, "columns"),
                             kept.get<std::string>(row, "becomes")});
    }
    if (with_identity) {
        const auto identity = session.exec(
            {"cascade identity",
             "select coalesce(string_agg(table_name || '=' || row_count || ':' || identity, ',' "
             "order by table_name), '') from engine.cascade_identity()"});
        plan.identity = identity.get<std::string>(0, std::size_t{0});
    }
    return plan;
}

/// What the database refuses with a code of ours is a conflict, told without the statement's name.
[[noreturn]] void refuse(const Error& error) {
    std::string message = error.what();
    if (const auto colon = message.find(": "); colon != std::string::npos)
        message = message.substr(colon + 2);
    Error refused(ErrorKind::conflict, message, error.hint());
    refused.sqlstate = error.sqlstate;
    throw refused;
}

/// Others were in the way: the same may succeed in a moment.
bool is_of_others(const Error& error) {
    return error.sqlstate == "55P03" || error.sqlstate == "40P01" || error.sqlstate == "40001" ||
           error.sqlstate == "TB014";
}

CascadeResult try_once(db::Session& session, const CascadeRequest& request,
                       const CascadePlan* shown, const CascadeWait& wait) {
    // Triggers of the engine need what others committed meanwhile, whatever the database's default.
    db::Transaction transaction(session, "isolation level read committed read write");
    session.exec({"lock timeout", "select set_config('lock_timeout', $1, true)"},
                 db::Params().text(fmt::format("{}ms", wait.lock_timeout.count())));
    CascadeResult result{false, collect(session, request, true, shown != nullptr)};
    if (shown != nullptr && result.plan != *shown) return result;
    session.exec({"cascade delete", "select engine.cascade_delete()"});
    transaction.commit();
    result.is_deleted = true;
    return result;
}

}  // namespace

CascadePlan preview_cascade(db::Session& session, const CascadeRequest& request) {
    // One snapshot, so that the numbers belong together; rolled back with its temporary tables.
    const db::Transaction transaction(session, "isolation level repeatable read read write");
    try {
        return collect(session, request, false, true);
    } catch (const Error& error) {
        if (error.sqlstate == "TB009") refuse(error);
        throw;
    }
}

CascadeResult delete_cascade(db::Session& session, const CascadeRequest& request,
                             const CascadePlan* shown, const CascadeWait& wait) {
    const auto until = std::chrono::steady_clock::now() + wait.longest;
    std::string told;
    bool is_last = false;  // once more when the time is over and nobody was seen
    for (;;) {
        std::string who;
        std::optional<Error> met;
        {
            std::optional<LockWatch> watch;
            if (!session.is_pooled()) watch.emplace(wait.connect, session.backend_pid());
            try {
                return try_once(session, request, shown, wait);
            } catch (const Error& error) {
                if (error.sqlstate == "TB009") refuse(error);
                if (!is_of_others(error)) throw;
                met = error;
            }
            if (watch) who = watch->seen();
        }
        const bool is_over = std::chrono::steady_clock::now() >= until;
        if (is_over && (is_last || !who.empty())) {
            throw Error(ErrorKind::conflict,
                        who.empty() ? std::string(met->what()) : "rows are held by " + who,
                        "Nothing was deleted: try again when they are free, or wait longer with "
                        "--wait SECONDS.");
        }
        is_last = is_over;
        if (!who.empty() && who != told) wait.tell(who);
        if (!who.empty()) told = who;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
}

}  // namespace tb::populate
