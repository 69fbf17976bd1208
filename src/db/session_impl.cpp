#include "src/db/session_impl.hpp"

#include "src/db/sqlstate.hpp"
#include "src/db/statement_error.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <poll.h>

namespace tb::db {

static_assert(std::is_same_v<::pg_result, PGresult>);

namespace {

std::string field(const PGresult* result, int code) {
    const char* text = result != nullptr ? PQresultErrorField(result, code) : nullptr;
    return text != nullptr ? text : "";
}

/// "line 12" of the statement, from the server's 1-based character position.
std::string line_of(const std::string& text, const std::string& position) {
    if (position.empty()) return {};
    const auto at = std::min<std::size_t>(std::strtoul(position.c_str(), nullptr, 10), text.size());
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(at);
    const auto lines = std::count(text.begin(), end, '\n');
    return lines == 0 ? std::string{} : fmt::format(" at line {}", lines + 1);
}

}  // namespace

std::string trimmed(const char* text) {
    std::string out = text != nullptr ? text : "";
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ' || out.back() == '.')) {
        out.pop_back();
    }
    return out;
}

std::string prepared_name(const Sql& sql, const Params& params) {
    std::string source = sql.text;
    for (const auto& one : params.all()) source += fmt::format("\x1f{}", one.type);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    EVP_Digest(source.data(), source.size(), digest.data(), &length, EVP_sha256(), nullptr);
    std::string out = "tb_";
    for (std::size_t i = 0; i < 16; ++i) out += fmt::format("{:02x}", digest[i]);
    return out;
}

BoundParams::BoundParams(const Params& params) {
    for (const auto& one : params.all()) {
        types.push_back(one.type);
        values.push_back(one.bytes ? one.bytes->c_str() : nullptr);
        lengths.push_back(one.bytes ? static_cast<int>(one.bytes->size()) : 0);
        formats.push_back(one.is_binary ? 1 : 0);
    }
}

bool wait_socket(int socket, bool write, int timeout_ms, int wake_fd) {
    std::array<pollfd, 2> fds{};
    fds[0] = {socket, static_cast<short>(write ? POLLIN | POLLOUT : POLLIN), 0};
    fds[1] = {wake_fd, POLLIN, 0};
    const int ready = ::poll(fds.data(), wake_fd >= 0 ? 2 : 1, timeout_ms);
    return ready > 0;
}

Result owned(ResultHandle handle) {
    return Result(std::shared_ptr<pg_result>(handle.release(), &PQclear));
}

void Session::Impl::require_usable(std::string_view doing) const {
    if (PQstatus(pg()) != CONNECTION_OK) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("cannot run {}: the connection to PostgreSQL was lost", doing),
                    "Open a new session; locks and settings of the old one are gone.");
    }
    if (in_copy) {
        throw Error(ErrorKind::internal, fmt::format("cannot run {} while a COPY is open", doing));
    }
}

void Session::Impl::fail(const PGresult* result, const Sql& sql) const {
    const auto sqlstate = field(result, PG_DIAG_SQLSTATE);
    auto message = field(result, PG_DIAG_MESSAGE_PRIMARY);
    auto detail = field(result, PG_DIAG_MESSAGE_DETAIL);
    auto hint = field(result, PG_DIAG_MESSAGE_HINT);
    const auto position = field(result, PG_DIAG_STATEMENT_POSITION);
    Refusal refusal{message, detail, hint, std::strtoul(position.c_str(), nullptr, 10)};
    const auto context = field(result, PG_DIAG_CONTEXT);
    const auto& known = class_of(sqlstate);
    auto kind = known.kind;
    if (hint.empty()) hint = known.hint;
    if (sqlstate == "25006" && is_read_only) {  // we asked for it: the server is not to blame
        kind = ErrorKind::usage;
        hint = "This transaction only reads; a statement in it wants to change something.";
    }
    if (message.empty()) message = trimmed(result ? PQresultErrorMessage(result) : nullptr);
    if (message.empty()) message = trimmed(PQerrorMessage(pg()));
    // An error without SQLSTATE is libpq's own. After a write into a connection that the server had
    // closed, libpq still calls the connection good.
    if (PQstatus(pg()) != CONNECTION_OK || (result != nullptr && sqlstate.empty())) {
        kind = ErrorKind::unavailable;
        message = "connection lost: " + message;
        if (hint.empty() || known.trouble != Trouble::outage)
            hint = "Open a new session; locks and settings of the old one are gone.";
    }
    auto text = fmt::format("{}{}: {}", sql.name, line_of(sql.text, position), message);
    if (!detail.empty()) {
        if (detail.back() == '.') detail.pop_back();
        text += fmt::format(" ({})", detail);
    }
    if (context.starts_with("COPY ")) text += fmt::format(" ({})", context);
    Error error(kind, sanitize_text(text), std::move(hint));
    error.sqlstate = sqlstate;
    error.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    error.sql_name = sql.name;
    throw StatementError(error, std::move(refusal));
}

void Session::Impl::leave_copy(ExecStatusType status) const noexcept {
    if (status == PGRES_COPY_IN || status == PGRES_COPY_BOTH) {
        PQputCopyEnd(pg(), "not started through the COPY writer");
    } else {
        char* chunk = nullptr;
        while (PQgetCopyData(pg(), &chunk, 0) > 0) PQfreemem(chunk);
    }
    drain();
}

void Session::Impl::drain() const noexcept {
    while (auto* result = PQgetResult(pg())) {
        const auto status = PQresultStatus(result);
        PQclear(result);
        if (status == PGRES_COPY_IN) PQputCopyEnd(pg(), "not started through the COPY writer");
        if (PQstatus(pg()) != CONNECTION_OK) return;
    }
}

ResultHandle Session::Impl::checked(PGresult* raw, const Sql& sql) const {
    ResultHandle result(raw, &PQclear);
    switch (PQresultStatus(raw)) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_EMPTY_QUERY:
            return result;
        case PGRES_COPY_IN:
        case PGRES_COPY_OUT:
        case PGRES_COPY_BOTH:
            leave_copy(PQresultStatus(raw));
            throw Error(ErrorKind::internal,
                        fmt::format("{}: COPY must go through CopyIn or copy_out", sql.name));
        default:
            fail(raw, sql);
    }
}

ResultHandle Session::Impl::run(const std::string& text, std::string_view name) const {
    require_usable(name);
    return checked(PQexec(pg(), text.c_str()), {std::string(name), text});
}

}  // namespace tb::db
