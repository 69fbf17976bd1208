// The inside of a session, shared by the files that implement it and the COPY writer. Not for use
// outside src/db.
#pragma once

#include "src/db/session.hpp"

#include <map>
#include <string>
#include <unordered_set>
#include <vector>

#include <libpq-fe.h>
#include <pqxx/pqxx>

namespace tb::db {

using ResultHandle = std::unique_ptr<PGresult, decltype(&PQclear)>;

/// Opens the connection once, keeps the handle, and refuses to open a second one: libpqxx would
/// otherwise replace a lost connection by a new backend without our locks, settings and prepared
/// statements.
class KeptHandle : public pqxx::connectionpolicy {
  public:
    explicit KeptHandle(const std::string& conninfo) : pqxx::connectionpolicy(conninfo) {}
    handle do_startconnect(handle original) override;
    [[nodiscard]] PGconn* kept() const noexcept { return kept_; }

  private:
    PGconn* kept_ = nullptr;
};

/// The libpqxx connection that owns the handle.
class Connection : private KeptHandle, public pqxx::connection_base {
  public:
    explicit Connection(const std::string& conninfo)
        : KeptHandle(conninfo), pqxx::connection_base(static_cast<KeptHandle&>(*this)) {
        init();
    }
    ~Connection() { close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    [[nodiscard]] PGconn* handle() const noexcept { return kept(); }
};

/// A column as COPY must write it: the type beneath its domains.
struct ColumnType {
    std::string name;
    unsigned oid = 0;      ///< type beneath the domains
    unsigned element = 0;  ///< element type beneath its domains when it is an array, else 0
    bool is_enum = false;
    std::string type_name;  ///< for messages
};

struct Session::Impl {
    std::unique_ptr<Connection> connection;
    std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel_handle{nullptr, &PQfreeCancel};
    std::shared_ptr<void> sent_pipeline;       ///< between pipeline_send and pipeline_receive
    std::unordered_set<std::string> prepared;  ///< names known to the server
    std::map<std::string, std::vector<ColumnType>> columns;  ///< by table, for COPY
    bool in_copy = false;
    bool is_pooled = false;         ///< see Session::is_pooled
    bool is_read_only = false;      ///< the open transaction only reads, by our own wish
    std::string statement_timeout;  ///< see Session::statement_timeout

    [[nodiscard]] PGconn* pg() const noexcept { return connection->handle(); }
    /// @throws tb::Error (unavailable) when the connection is lost, (internal) while a COPY is open
    void require_usable(std::string_view doing) const;
    /// Throws what the server (or libpq) said about a failed statement.
    [[noreturn]] void fail(const PGresult* result, const Sql& sql) const;
    /// Returns the result when it is one of a successful statement, else throws.
    ResultHandle checked(PGresult* result, const Sql& sql) const;
    ResultHandle run(const std::string& text, std::string_view name) const;
    /// Ends whatever COPY the statement has opened by mistake.
    void leave_copy(ExecStatusType status) const noexcept;
    /// Reads and drops results until the connection is idle.
    void drain() const noexcept;
    const std::vector<ColumnType>& columns_of(const std::string& qualified_table);
};

/// What libpq says, without its closing line break and full stop.
[[nodiscard]] std::string trimmed(const char* text);

[[nodiscard]] Result owned(ResultHandle handle);

/// Name under which a statement is kept on the server: a hash of its text and parameter types.
[[nodiscard]] std::string prepared_name(const Sql& sql, const Params& params);

/// Parameters as libpq takes them; points into the Params that it was made from.
struct BoundParams {
    explicit BoundParams(const Params& params);
    [[nodiscard]] int count() const { return static_cast<int>(types.size()); }
    std::vector<Oid> types;
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
};

[[nodiscard]] inline int format_code(Format format) {
    return format == Format::binary ? 1 : 0;
}

/// Waits until the socket is readable (and writable, if asked); false on timeout.
/// timeout_ms -1: for ever.
bool wait_socket(int socket, bool write, int timeout_ms, int wake_fd = -1);

}  // namespace tb::db
