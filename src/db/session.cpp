#include "src/db/session.hpp"

#include "src/db/session_impl.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <poll.h>

namespace tb::db {

static_assert(std::is_same_v<::pg_result, PGresult>);

namespace {

constexpr std::size_t prepared_limit = 500;  // statements kept on the server per session

std::string trimmed(const char* text) {
    std::string out = text != nullptr ? text : "";
    while (!out.empty() && (out.back() == '\n' || out.back() == ' ' || out.back() == '.')) {
        out.pop_back();
    }
    return out;
}

ErrorKind kind_of(std::string_view sqlstate) {
    const auto group = sqlstate.substr(0, 2);
    if (group == "08" || sqlstate.substr(0, 3) == "57P") return ErrorKind::unavailable;
    if (sqlstate == "57014" || sqlstate == "25P03" || sqlstate == "53300") {
        return ErrorKind::unavailable;  // cancelled or timed out; no connection slot left
    }
    if (group == "23" || group == "40" || group == "55") return ErrorKind::conflict;
    if (group == "22") return ErrorKind::data;
    if (sqlstate == "42501") return ErrorKind::usage;
    if (group == "53" || group == "58") return ErrorKind::io;
    return ErrorKind::internal;
}

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
            const auto text = trimmed(message);
            PQfreemem(message);
            throw Error(ErrorKind::usage, "cannot read the connection string: " + text,
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

/// Name under which a statement is kept on the server: a hash of its text and parameter types.
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

/// Parameters as libpq takes them; points into the Params that it was made from.
struct BoundParams {
    explicit BoundParams(const Params& params) {
        for (const auto& one : params.all()) {
            types.push_back(one.type);
            values.push_back(one.bytes ? one.bytes->c_str() : nullptr);
            lengths.push_back(one.bytes ? static_cast<int>(one.bytes->size()) : 0);
            formats.push_back(one.is_binary ? 1 : 0);
        }
    }
    [[nodiscard]] int count() const { return static_cast<int>(types.size()); }
    std::vector<Oid> types;
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
};

int format_code(Format format) {
    return format == Format::binary ? 1 : 0;
}

/// Waits until the socket is readable (and writable, if asked); false on timeout.
/// timeout_ms -1: for ever.
bool wait_socket(int socket, bool write, int timeout_ms, int wake_fd = -1) {
    std::array<pollfd, 2> fds{};
    fds[0] = {socket, static_cast<short>(write ? POLLIN | POLLOUT : POLLIN), 0};
    fds[1] = {wake_fd, POLLIN, 0};
    const int ready = ::poll(fds.data(), wake_fd >= 0 ? 2 : 1, timeout_ms);
    return ready > 0;
}

}  // namespace

// --- the connection
// ----------------------------------------------------------------------------------

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
    // Settings of the server or the role must not change how we read and write values: shortest
    // exact floating point, ISO dates, and UTC, so that timestamps print the same everywhere.
    // A pooler answers with a process number of its own, for the server behind it changes with
    // every transaction: statements cannot be kept there, nor roles, nor LISTEN. (Of the settings
    // here, poolers keep what has no harmless default: encoding, dates and time zone.)
    const auto backend = impl_->run(
        "set extra_float_digits = 1; set datestyle = 'ISO, YMD'; set timezone = 'UTC'; "
        "set intervalstyle = 'postgres'; set bytea_output = 'hex'; "
        "set standard_conforming_strings = on; set client_min_messages = 'warning'; "
        // Databases get a search path for the people who ask in plain SQL; ours are qualified names.
        "set search_path = \"$user\", public; "
        // The server, too, must notice within a minute that a machine is gone, and let go its
        // locks.
        "set tcp_keepalives_idle = 20; set tcp_keepalives_interval = 10; "
        "set tcp_keepalives_count = 4; set tcp_user_timeout = 60000; "
        "select pg_backend_pid()",
        "session settings");
    impl_->is_pooled = std::atoi(PQgetvalue(backend.get(), 0, 0)) != PQbackendPID(pg);
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

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

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
    const auto context = field(result, PG_DIAG_CONTEXT);
    auto kind = kind_of(sqlstate);
    if (message.empty()) message = trimmed(result ? PQresultErrorMessage(result) : nullptr);
    if (message.empty()) message = trimmed(PQerrorMessage(pg()));
    // An error without SQLSTATE is libpq's own. After a write into a connection that the server had
    // closed, libpq still calls the connection good.
    if (PQstatus(pg()) != CONNECTION_OK || (result != nullptr && sqlstate.empty())) {
        kind = ErrorKind::unavailable;
        message = "connection lost: " + message;
        if (hint.empty()) hint = "Open a new session; locks and settings of the old one are gone.";
    }
    auto text = fmt::format("{}{}: {}", sql.name,
                            line_of(sql.text, field(result, PG_DIAG_STATEMENT_POSITION)), message);
    if (!detail.empty()) {
        if (detail.back() == '.') detail.pop_back();
        text += fmt::format(" ({})", detail);
    }
    if (context.starts_with("COPY ")) text += fmt::format(" ({})", context);
    Error error(kind, sanitize_text(text), std::move(hint));
    error.sqlstate = sqlstate;
    error.constraint = field(result, PG_DIAG_CONSTRAINT_NAME);
    error.sql_name = sql.name;
    throw error;
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

namespace {
Result owned(ResultHandle handle) {
    return Result(std::shared_ptr<pg_result>(handle.release(), &PQclear));
}
}  // namespace

// --- statements
// --------------------------------------------------------------------------------------

Result Session::exec(const Sql& sql, const Params& params, Format format) {
    impl_->require_usable(sql.name);
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

// --- transactions
// ------------------------------------------------------------------------------------

void Session::begin(std::string_view mode) {
    if (in_transaction()) {
        throw Error(ErrorKind::internal, "cannot begin: a transaction is already open");
    }
    impl_->run(fmt::format("begin {}", mode), "begin");
}

void Session::commit() {
    impl_->require_usable("commit");
    if (!in_transaction()) {
        throw Error(ErrorKind::internal, "cannot commit: no transaction is open");
    }
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
    if (!in_transaction()) return;
    PQclear(PQexec(impl_->pg(), "rollback"));
}

bool Session::in_transaction() const noexcept {
    const auto status = PQtransactionStatus(impl_->pg());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

// --- pipeline mode
// -----------------------------------------------------------------------------------

namespace {

/// Leaves pipeline mode whatever happened, so that the session stays usable.
class PipelineMode {
  public:
    explicit PipelineMode(PGconn* pg) : pg_(pg) {
        if (PQenterPipelineMode(pg_) != 1 || PQsetnonblocking(pg_, 1) != 0) {
            throw Error(ErrorKind::internal,
                        "cannot enter pipeline mode: " + trimmed(PQerrorMessage(pg_)));
        }
    }
    ~PipelineMode() {
        PQsetnonblocking(pg_, 0);
        // Answers left over by an exception: read up to the sync, if one was sent.
        while (PQstatus(pg_) == CONNECTION_OK && PQexitPipelineMode(pg_) != 1) {
            if (!synced_ && PQpipelineSync(pg_) != 1) break;
            synced_ = true;
            auto* const result = PQgetResult(pg_);
            if (result == nullptr && ++empty_ > 1) break;
            if (result != nullptr) empty_ = 0;
            PQclear(result);
        }
    }
    PipelineMode(const PipelineMode&) = delete;
    PipelineMode& operator=(const PipelineMode&) = delete;

    void sync_sent() noexcept { synced_ = true; }
    /// Sends what is buffered, taking in answers meanwhile: a server that cannot write stops
    /// reading.
    [[nodiscard]] bool flush() const {
        for (;;) {
            const int left = PQflush(pg_);
            if (left == 0) return true;
            if (left < 0) return false;
            if (wait_socket(PQsocket(pg_), true, -1) && PQconsumeInput(pg_) != 1) return false;
        }
    }

  private:
    PGconn* pg_;
    bool synced_ = false;
    int empty_ = 0;
};

/// Statements sent and the answers still to come.
struct SentPipeline {
    explicit SentPipeline(PGconn* pg) : mode(pg) {}
    /// One entry per answer to expect, in order, so that each error finds its statement.
    struct Expected {
        std::size_t step;
        std::string preparing;  ///< the name being prepared, empty for the statement itself
    };
    PipelineMode mode;
    std::vector<Expected> expected;
    std::vector<Sql> sql;
};

}  // namespace

void Session::pipeline_send(std::span<const Step> steps) {
    if (steps.empty()) return;
    impl_->require_usable(steps.front().sql.name);
    auto* const pg = impl_->pg();
    auto run = std::make_shared<SentPipeline>(pg);
    for (const auto& step : steps) run->sql.push_back(step.sql);

    std::unordered_set<std::string> sent;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const auto& step = steps[i];
        const BoundParams bound(step.params);
        int ok = 1;
        if (step.prepared && !impl_->is_pooled) {
            const auto name = prepared_name(step.sql, step.params);
            if (!impl_->prepared.contains(name) && sent.insert(name).second) {
                ok = PQsendPrepare(pg, name.c_str(), step.sql.text.c_str(), bound.count(),
                                   bound.types.data());
                if (ok == 1) run->expected.push_back({i, name});
            }
            if (ok == 1) {
                ok = PQsendQueryPrepared(pg, name.c_str(), bound.count(), bound.values.data(),
                                         bound.lengths.data(), bound.formats.data(),
                                         format_code(step.result));
            }
        } else {
            ok = PQsendQueryParams(pg, step.sql.text.c_str(), bound.count(), bound.types.data(),
                                   bound.values.data(), bound.lengths.data(), bound.formats.data(),
                                   format_code(step.result));
        }
        if (ok != 1) impl_->fail(nullptr, step.sql);
        run->expected.push_back({i, {}});
        if (i % 64 == 63 && !run->mode.flush()) impl_->fail(nullptr, step.sql);
    }
    if (PQpipelineSync(pg) != 1) impl_->fail(nullptr, steps.back().sql);
    run->mode.sync_sent();
    if (!run->mode.flush()) impl_->fail(nullptr, steps.back().sql);

    impl_->sent_pipeline = std::move(run);
}

std::vector<Result> Session::pipeline_receive() {
    const auto run =
        std::static_pointer_cast<SentPipeline>(std::exchange(impl_->sent_pipeline, nullptr));
    if (!run) return {};
    auto* const pg = impl_->pg();
    std::vector<Result> results(run->sql.size());
    std::optional<Error> first_error;
    for (const auto& one : run->expected) {
        const auto& sql = run->sql[one.step];
        PGresult* raw = PQgetResult(pg);
        if (raw == nullptr || PQstatus(pg) != CONNECTION_OK) {
            const ResultHandle result(raw, &PQclear);
            if (first_error) throw *first_error;
            impl_->fail(result.get(), sql);
        }
        if (PQresultStatus(raw) == PGRES_PIPELINE_ABORTED) {
            PQclear(raw);
        } else {
            try {
                auto result = impl_->checked(raw, sql);
                if (one.preparing.empty()) {
                    results[one.step] = owned(std::move(result));
                } else {
                    impl_->prepared.insert(one.preparing);
                }
            } catch (const Error& error) {
                if (!first_error) first_error = error;
                if (error.sqlstate == "26000") impl_->prepared.clear();
            }
        }
        PQclear(PQgetResult(pg));  // the null that ends each statement's results
    }
    PQclear(PQgetResult(pg));  // the sync
    if (first_error) throw *first_error;
    return results;
}

std::vector<Result> Session::pipeline(std::span<const Step> steps) {
    pipeline_send(steps);
    return pipeline_receive();
}

// --- COPY out
// ----------------------------------------------------------------------------------------

std::int64_t Session::copy_out(const Sql& sql, const std::function<void(std::string_view)>& sink) {
    impl_->require_usable(sql.name);
    auto* const pg = impl_->pg();
    ResultHandle start(PQexec(pg, sql.text.c_str()), &PQclear);
    const auto status = PQresultStatus(start.get());
    if (status != PGRES_COPY_OUT) {
        if (status == PGRES_COPY_IN) impl_->leave_copy(status);
        if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE)
            impl_->fail(start.get(), sql);
        throw Error(ErrorKind::internal, fmt::format("{}: not a COPY to stdout", sql.name));
    }
    for (;;) {
        char* raw = nullptr;
        const int length = PQgetCopyData(pg, &raw, 0);
        const std::unique_ptr<char, decltype(&PQfreemem)> chunk(raw, &PQfreemem);
        if (length == -1) break;
        if (length < 0) impl_->fail(nullptr, sql);
        try {
            sink({raw, static_cast<std::size_t>(length)});
        } catch (...) {
            cancel();
            impl_->leave_copy(PGRES_COPY_OUT);
            throw;
        }
    }
    const auto result = impl_->checked(PQgetResult(pg), sql);
    impl_->drain();
    return std::strtoll(PQcmdTuples(result.get()), nullptr, 10);
}

// --- the rest
// ----------------------------------------------------------------------------------------

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

void Session::listen(std::string_view channel) {
    exec({"listen", "listen " + quote_identifier(channel)});
}

std::vector<Session::Notification> Session::wait_notifications(std::chrono::milliseconds timeout,
                                                               int wake_fd) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + timeout;
    auto* const pg = impl_->pg();
    std::vector<Notification> out;
    for (;;) {
        impl_->require_usable("wait for notifications");
        const bool alive = PQconsumeInput(pg) == 1 && PQstatus(pg) == CONNECTION_OK;
        while (auto* raw = PQnotifies(pg)) {
            const std::unique_ptr<PGnotify, decltype(&PQfreemem)> one(raw, &PQfreemem);
            out.push_back({one->relname, one->extra});
        }
        if (!out.empty()) return out;
        if (!alive) impl_->fail(nullptr, {"wait for notifications", ""});
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return out;
        std::array<pollfd, 2> fds{};
        fds[0] = {PQsocket(pg), POLLIN, 0};
        fds[1] = {wake_fd, POLLIN, 0};
        const int ready = ::poll(fds.data(), wake_fd >= 0 ? 2 : 1,
                                 static_cast<int>(std::min<long long>(left, 1 << 30)));
        if (ready < 0 && errno == EINTR) return out;  // a signal: the caller looks at its stop flag
        if (wake_fd >= 0 && ready > 0 && fds[1].revents != 0 && fds[0].revents == 0) return out;
    }
}

int Session::backend_pid() const {
    return PQbackendPID(impl_->pg());
}
int Session::server_version() const {
    return PQserverVersion(impl_->pg());
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
