// Opening a session's connection.
#include "src/db/session_impl.hpp"
#include "src/db/session_settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tb::db {

namespace {

std::string conninfo_quoted(std::string_view value) {
    std::string out = "'";
    for (const char c : value) {
        if (c == '\'' || c == '\\') out += '\\';
        out += c;
    }
    return out + "'";
}

/// The caller's conninfo (or URI) with our settings where it leaves them open.
std::string complete_conninfo(const ConnectOptions& options) {
    std::string out;
    std::vector<std::string> given;
    if (!options.conninfo.empty()) {
        char* message = nullptr;
        const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
            PQconninfoParse(options.conninfo.c_str(), &message), &PQconninfoFree);
        if (!parsed) {
            PQfreemem(message);  // repeats parts of the string, which may be the password
            throw Error(ErrorKind::usage, "cannot read the connection string",
                        "Write it as libpq does: 'host=... dbname=...' or postgresql://host/name.");
        }
        for (const auto* option = parsed.get(); option->keyword != nullptr; ++option) {
            if (option->val == nullptr) continue;
            given.emplace_back(option->keyword);
            out += fmt::format("{}={} ", option->keyword, conninfo_quoted(option->val));
        }
    }
    const auto add = [&](const std::string& keyword, std::string_view value) {
        if (std::find(given.begin(), given.end(), keyword) == given.end()) {
            out += fmt::format("{}={} ", keyword, conninfo_quoted(value));
        }
    };
    add("application_name", options.application_name);
    add("client_encoding", "UTF8");
    // A network that vanishes is noticed within a minute, not after the two hours of TCP's default.
    add("keepalives_idle", "20");
    add("keepalives_interval", "10");
    add("keepalives_count", "4");
    add("tcp_user_timeout", "60000");
    if (std::getenv("PGCONNECT_TIMEOUT") == nullptr) add("connect_timeout", "15");
    return out;
}

}  // namespace

KeptHandle::handle KeptHandle::do_startconnect(handle original) {
    if (original != nullptr && original == kept_) return original;
    if (kept_ != nullptr) {
        throw pqxx::broken_connection("the connection was lost and is not replaced");
    }
    kept_ = normalconnect(original);
    return kept_;
}

Session::Session(const ConnectOptions& options) : impl_(std::make_unique<Impl>()) {
    const auto conninfo = complete_conninfo(options);
    try {
        impl_->connection = std::make_unique<Connection>(conninfo);
    } catch (const std::exception& error) {
        throw Error(ErrorKind::unavailable,
                    "cannot connect to PostgreSQL: " + trimmed(error.what()),
                    "Check --dsn and the PG* environment variables, or that the server runs.");
    }
    auto* const pg = impl_->pg();
    PQsetNoticeReceiver(
        pg, [](void*, const PGresult*) {}, nullptr);
    impl_->cancel_handle.reset(PQgetCancel(pg));
    // A pooler answers with a process number of its own, for the server behind it changes with
    // every transaction: statements cannot be kept there, nor roles, nor LISTEN, and most settings
    // are told anew to each transaction.
    const auto asked = impl_->run(
        "select pg_backend_pid(), current_setting('session_replication_role'), "
        "current_setting('statement_timeout')",
        "session");
    impl_->is_pooled = std::atoi(PQgetvalue(asked.get(), 0, 0)) != PQbackendPID(pg);
    impl_->statement_timeout = PQgetvalue(asked.get(), 0, 2);
    if (impl_->statement_timeout == "0") impl_->statement_timeout.clear();
    require_triggers(PQgetvalue(asked.get(), 0, 1));
    impl_->run(settings_for_session(PQserverVersion(pg), impl_->is_pooled), "session settings");
    if (options.keeps_statement_timeout && !impl_->statement_timeout.empty()) {
        exec({"statement_timeout", "select set_config('statement_timeout', $1, false)"},
             Params().text(impl_->statement_timeout));
    }
    if (options.role && impl_->is_pooled) {
        throw Error(
            ErrorKind::usage,
            fmt::format("cannot take the role {} through a connection pooler", *options.role),
            "Other clients would get it with the shared connection: log in as a user who "
            "has the role by default (alter role ... set role ...), or connect directly.");
    }
    if (options.role) {
        exec({"set role", "set role " + quote_identifier(*options.role)});
    }
}

/// Queues and stamps follow by triggers: without them keys would be lost without a word.
void Session::require_triggers(std::string_view replication_role) {
    if (replication_role == "origin") return;
    try {
        exec({"session_replication_role", "set session_replication_role = origin"});
    } catch (const Error& error) {
        throw Error(ErrorKind::conflict,
                    fmt::format("session_replication_role is {} for this login, under which "
                                "triggers do not run",
                                replication_role),
                    "Let an administrator take the setting back (alter role or alter database ... "
                    "reset session_replication_role).");
    }
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

}  // namespace tb::db
