// Statements and transactions of a session; what else it does has files of its own (session_*.cpp).
#include "src/db/session.hpp"

#include "src/db/session_impl.hpp"
#include "src/db/session_settings.hpp"

#include <array>
#include <memory>
#include <string>

#include <fmt/format.h>

namespace tb::db {

namespace {

constexpr std::size_t prepared_limit = 500;  // statements kept on the server per session

}  // namespace

Result Session::exec(const Sql& sql, const Params& params, Format format) {
    impl_->require_usable(sql.name);
    if (impl_->is_pooled && !in_transaction()) {
        // Settings last as long as a transaction there.
        Transaction transaction(*this);
        auto result = exec(sql, params, format);
        transaction.commit();
        return result;
    }
    const BoundParams bound(params);
    return owned(
        impl_->checked(PQexecParams(impl_->pg(), sql.text.c_str(), bound.count(),
                                    bound.types.data(), bound.values.data(), bound.lengths.data(),
                                    bound.formats.data(), format_code(format)),
                       sql));
}

void Session::exec_script(const Sql& sql) {
    impl_->require_usable(sql.name);
    impl_->checked(PQexec(impl_->pg(), sql.text.c_str()), sql);
    impl_->columns.clear();  // the script may have changed tables
}

Result Session::exec_prepared(const Sql& sql, const Params& params, Format format) {
    if (impl_->is_pooled) return exec(sql, params, format);
    impl_->require_usable(sql.name);
    auto* const pg = impl_->pg();
    const auto name = prepared_name(sql, params);
    const BoundParams bound(params);
    for (bool first_try = true;; first_try = false) {
        if (!impl_->prepared.contains(name)) {
            if (impl_->prepared.size() >= prepared_limit && !in_transaction()) {
                impl_->run("deallocate all", "deallocate all");
                impl_->prepared.clear();
            }
            impl_->checked(
                PQprepare(pg, name.c_str(), sql.text.c_str(), bound.count(), bound.types.data()),
                sql);
            impl_->prepared.insert(name);
        }
        try {
            return owned(impl_->checked(
                PQexecPrepared(pg, name.c_str(), bound.count(), bound.values.data(),
                               bound.lengths.data(), bound.formats.data(), format_code(format)),
                sql));
        } catch (const Error& error) {
            // The statement is gone (a pooler, `discard all`), or a table that it returns has
            // changed.
            const bool gone = error.sqlstate == "26000";
            const bool outdated =
                error.sqlstate == "0A000" &&
                std::string_view(error.what()).find("cached plan") != std::string_view::npos;
            if (!gone && !outdated) throw;
            impl_->prepared.erase(name);
            if (in_transaction() || !first_try) throw;
            if (outdated) impl_->run("deallocate " + name, "deallocate");
        }
    }
}

void Session::begin(std::string_view mode) {
    if (in_transaction()) {
        throw Error(ErrorKind::internal, "cannot begin: a transaction is already open");
    }
    // Said each time: a pooler's next server may have another default.
    auto text = mode.find("isolation level") == mode.npos
                    ? fmt::format("begin isolation level read committed {}", mode)
                    : fmt::format("begin {}", mode);
    if (impl_->is_pooled) text += "; " + settings_for_transaction(PQserverVersion(impl_->pg()));
    impl_->run(text, "begin");
    impl_->is_read_only = mode.find("read only") != mode.npos;
}

void Session::commit() {
    impl_->require_usable("commit");
    if (!in_transaction()) {
        throw Error(ErrorKind::internal, "cannot commit: no transaction is open");
    }
    impl_->is_read_only = false;
    const Sql sql{"commit", "commit"};
    auto* const raw = PQexec(impl_->pg(), "commit");
    if (PQstatus(impl_->pg()) != CONNECTION_OK) {
        PQclear(raw);
        throw Error(ErrorKind::unavailable,
                    "connection lost during commit: whether it took effect is not known",
                    "Look for what the transaction should have written before doing it again.");
    }
    const auto result = impl_->checked(raw, sql);
    if (std::string_view(PQcmdStatus(result.get())) == "ROLLBACK") {
        Error error(ErrorKind::internal,
                    "commit: the transaction was rolled back, for a statement in it had failed");
        error.sqlstate = "25P02";
        error.sql_name = "commit";
        throw error;
    }
}

void Session::rollback() noexcept {
    if (!impl_ || PQstatus(impl_->pg()) != CONNECTION_OK || impl_->in_copy) return;
    if (PQtransactionStatus(impl_->pg()) == PQTRANS_ACTIVE) impl_->drain();
    impl_->is_read_only = false;
    if (!in_transaction()) return;
    PQclear(PQexec(impl_->pg(), "rollback"));
}

bool Session::in_transaction() const noexcept {
    const auto status = PQtransactionStatus(impl_->pg());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

std::string Session::quote_literal(std::string_view value) const {
    const std::unique_ptr<char, decltype(&PQfreemem)> quoted(
        PQescapeLiteral(impl_->pg(), value.data(), value.size()), &PQfreemem);
    if (!quoted)
        throw Error(ErrorKind::data,
                    "cannot quote a value: " + trimmed(PQerrorMessage(impl_->pg())));
    return quoted.get();
}

std::string Session::quote_identifier(std::string_view name) const {
    const std::unique_ptr<char, decltype(&PQfreemem)> quoted(
        PQescapeIdentifier(impl_->pg(), name.data(), name.size()), &PQfreemem);
    if (!quoted)
        throw Error(ErrorKind::data,
                    "cannot quote a name: " + trimmed(PQerrorMessage(impl_->pg())));
    return quoted.get();
}

int Session::backend_pid() const {
    return PQbackendPID(impl_->pg());
}
int Session::server_version() const {
    return PQserverVersion(impl_->pg());
}

const std::string& Session::statement_timeout() const noexcept {
    return impl_->statement_timeout;
}

void Session::limit_statements() {
    if (impl_->statement_timeout.empty()) return;
    const auto step = limit_step();
    exec(step->sql, step->params);
}

std::optional<Session::Step> Session::limit_step() const {
    if (impl_->statement_timeout.empty()) return std::nullopt;
    return Step{{"statement_timeout", "select set_config('statement_timeout', $1, true)"},
                Params().text(impl_->statement_timeout),
                Format::text,
                true};
}

bool Session::is_pooled() const noexcept {
    return impl_->is_pooled;
}

bool Session::is_alive() const noexcept {
    auto* const pg = impl_->pg();
    if (PQstatus(pg) != CONNECTION_OK) return false;
    if (impl_->in_copy || PQtransactionStatus(pg) == PQTRANS_ACTIVE) return true;
    // Readable while idle: a notification, a message, or the end of the connection.
    if (!wait_socket(PQsocket(pg), false, 0)) return true;
    return PQconsumeInput(pg) == 1 && PQstatus(pg) == CONNECTION_OK;
}

void Session::cancel() noexcept {
    std::array<char, 256> message{};
    PQcancel(impl_->cancel_handle.get(), message.data(), static_cast<int>(message.size()));
}

}  // namespace tb::db
