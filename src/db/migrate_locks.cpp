#include "src/db/migrate_locks.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace tb::db {

namespace {

constexpr std::int64_t lock_key = 0x7472'6961'6c62'6173;  // "trialbas"

/// Who holds locks on tables of the database while a transaction of theirs is open, the oldest
/// first.
std::string who_is_in_the_way(Session& session) {
    const auto rows = session.exec({"who is in the way", R"(
select
    a.pid,
    coalesce(a.usename, '') as user_name,
    coalesce(nullif(a.application_name, ''), 'no name') as application,
    coalesce(a.state, 'state not known') as state,
    coalesce(date_trunc('second', clock_timestamp() - a.xact_start)::text, '') as age,
    coalesce(left(regexp_replace(a.query, '\s+', ' ', 'g'), 60), '') as query
from pg_catalog.pg_stat_activity as a
where a.pid <> pg_backend_pid()
    and a.datname = current_database()
    and exists (
        select
        from pg_catalog.pg_locks as l
        join pg_catalog.pg_class as c on c.oid = l.relation
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where l.pid = a.pid and l.granted and l.locktype = 'relation'
            and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
            and n.nspname not in ('pg_catalog', 'pg_toast', 'information_schema'))
order by a.xact_start
limit 3)"});
    std::string out;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        out += fmt::format(
            "{}process {} (user {}, application {}, {}, transaction open for {}: {})",
            i == 0 ? "" : ", ", rows.get<int>(i, "pid"), rows.get<std::string>(i, "user_name"),
            rows.get<std::string>(i, "application"), rows.get<std::string>(i, "state"),
            rows.get<std::string>(i, "age"), rows.get<std::string>(i, "query"));
    }
    return sanitize_text(out.empty() ? "somebody who has finished just now" : out);
}

}  // namespace

MigrateLock::MigrateLock(Session& session, std::chrono::seconds timeout) : session_(session) {
    // Asked for again and again instead of waited for: a waiting statement holds a snapshot, on
    // which `create index concurrently` in the other migrate would wait in turn.
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    const auto key = std::to_string(lock_key);
    while (!session_
                .exec({"lock for migrate", "select pg_try_advisory_lock($1::bigint) as locked"},
                      Params().text(key))
                .get<bool>(0, "locked")) {
        if (std::chrono::steady_clock::now() > deadline) {
            throw Error(ErrorKind::conflict,
                        fmt::format("another migrate of this database has been running for {} s",
                                    timeout.count()));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

MigrateLock::~MigrateLock() {
    try {
        session_.rollback();
        session_.exec({"unlock after migrate", "select pg_advisory_unlock($1::bigint)"},
                      Params().text(std::to_string(lock_key)));
    } catch (const Error&) {
        // The connection is lost, and the lock with it.
    }
}

void in_short_locks(Session& session, const MigrateOptions& options, const std::string& what,
                    const std::function<void()>& step) {
    const auto deadline = std::chrono::steady_clock::now() + options.lock_timeout;
    auto pause = options.lock_attempt;
    for (;;) {
        try {
            Transaction transaction(session);
            session.exec({"short locks", fmt::format("set local lock_timeout = '{}ms'",
                                                     options.lock_attempt.count())});
            step();
            transaction.commit();
            return;
        } catch (const Error& error) {
            if (error.sqlstate != "55P03" && error.sqlstate != "40P01") throw;
        }
        const auto who = who_is_in_the_way(session);
        if (std::chrono::steady_clock::now() > deadline) {
            throw Error(ErrorKind::conflict,
                        fmt::format("gave up waiting for locks to apply {}: held by {}", what, who),
                        "Ask them to finish, or end them: select pg_terminate_backend(process). "
                        "Then migrate again: what is done already stays.");
        }
        if (options.waiting)
            options.waiting(fmt::format("waiting to apply {}: locks are held by {}", what, who));
        std::this_thread::sleep_for(pause);
        pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(10));
    }
}

OwnerRole::OwnerRole(Session& session) : session_(session) {
    const auto row = session.exec(
        {"owner of the schema",
         "select o.rolname as owner, o.rolsuper as owner_is_super, m.rolname as me, "
         "m.rolsuper as am_super, pg_catalog.pg_has_role(n.nspowner, 'member') as is_member "
         "from pg_catalog.pg_namespace as n "
         "join pg_catalog.pg_roles as o on o.oid = n.nspowner "
         "join pg_catalog.pg_roles as m on m.rolname = current_user "
         "where n.nspname = 'engine'"});
    if (row.rows() == 0) return;  // a new database
    const auto owner = row.get<std::string>(0, "owner");
    const auto me = row.get<std::string>(0, "me");
    if (owner == me) return;
    const bool am_super = row.get<bool>(0, "am_super");
    // Who may do everything makes what only they could make.
    if (am_super && !row.get<bool>(0, "owner_is_super")) return;
    if (!am_super && !row.get<bool>(0, "is_member")) {
        throw Error(ErrorKind::usage,
                    fmt::format("the schema's owner is {}: {} cannot migrate it", owner, me),
                    fmt::format("Migrate as {0}, or as a role that has {0}: grant {0} to {1}. "
                                "trialbase migrate --give-to-admins, run by {0}, lets all who "
                                "have trialbase_admin migrate.",
                                owner, me));
    }
    session.exec({"act as owner", "set role " + session.quote_identifier(owner)});
    before_ = me;
}

OwnerRole::~OwnerRole() {
    if (before_.empty()) return;
    try {
        session_.rollback();
        session_.exec({"no longer owner", "set role " + session_.quote_identifier(before_)});
    } catch (const Error&) {
        // The connection is lost, and the role with it.
    }
}

}  // namespace tb::db
