// A session with PostgreSQL: statements, transactions, binary COPY and pipeline mode on one
// connection. The only door to the database: pqxx and libpq headers are included in src/db/*.cpp
// alone.
#pragma once

#include "trialbase/error.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct pg_result;

namespace tb::db {

/// A statement with the name that its errors carry (the .sql file, or file:part).
struct Sql {
    std::string name;
    std::string text;
};

/// OIDs of the types that we encode ourselves.
namespace oid {
inline constexpr unsigned boolean = 16, bytea = 17, int8 = 20, int2 = 21, int4 = 23, text = 25,
                          json = 114, float4 = 700, float8 = 701, bpchar = 1042, varchar = 1043,
                          date = 1082, timestamp = 1114, timestamptz = 1184, numeric = 1700,
                          uuid = 2950, jsonb = 3802;
}

/// Statement parameters $1, $2, ... in order. Text values let the server infer the type (write
/// casts in SQL).
class Params {
  public:
    Params& text(std::string_view value);
    Params& text(const std::string& value) { return text(std::string_view(value)); }
    Params& text(const char* value) { return text(std::string_view(value)); }
    Params& text(const std::optional<std::string>& value);
    Params& null();
    Params& integer(std::int64_t value);  ///< sent as text
    Params& number(double value);         ///< sent as text, 17 digits; NaN as NULL
    Params& boolean(bool value);
    /// Value already in PostgreSQL's binary format, with its type.
    Params& binary(unsigned type_oid, std::string bytes);
    /// Array of `element_oid` in binary format from elements already in binary format; nullopt is
    /// NULL.
    Params& binary_array(unsigned element_oid,
                         std::span<const std::optional<std::string>> elements);
    Params& int8_array(std::span<const std::int64_t> values);
    Params& text_array(std::span<const std::string> values);
    Params& float8_array(std::span<const double> values);  ///< NaN becomes a NULL element

    struct One {
        unsigned type = 0;
        bool is_binary = false;
        std::optional<std::string> bytes;
    };
    [[nodiscard]] const std::vector<One>& all() const noexcept { return all_; }

  private:
    std::vector<One> all_;
};

/// OID of the array type of an element type (uuid -> uuid[]); 0 when it is not one that we encode.
[[nodiscard]] unsigned array_type_of(unsigned element_oid) noexcept;

/// Rows of a finished statement. Cheap to move; outlives the session. Text or binary, as it was
/// asked for; get() reads both for: bool, int, int64_t, double (from any number type), std::string
/// (text, uuid, enum, json).
class Result {
  public:
    Result() = default;
    explicit Result(std::shared_ptr<pg_result> handle) : handle_(std::move(handle)) {}
    [[nodiscard]] std::size_t rows() const;
    [[nodiscard]] std::size_t columns() const;
    [[nodiscard]] std::string_view column_name(std::size_t column) const;
    [[nodiscard]] unsigned type_oid(std::size_t column) const;
    [[nodiscard]] std::optional<std::size_t> find_column(std::string_view name) const;
    /// @throws tb::Error (internal) when there is no such column
    [[nodiscard]] std::size_t column(std::string_view name) const;
    [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const;
    /// The field's bytes as they came (text or binary).
    [[nodiscard]] std::string_view bytes(std::size_t row, std::size_t column) const;
    [[nodiscard]] bool is_binary(std::size_t column) const;
    /// @throws tb::Error (internal) on NULL or a type that does not fit
    template <class T>
    [[nodiscard]] T get(std::size_t row, std::size_t column) const;
    template <class T>
    [[nodiscard]] T get(std::size_t row, std::string_view name) const {
        return get<T>(row, column(name));
    }
    template <class T>
    [[nodiscard]] std::optional<T> optional(std::size_t row, std::string_view name) const {
        const auto c = column(name);
        if (is_null(row, c)) return std::nullopt;
        return get<T>(row, c);
    }
    /// Rows inserted, updated, deleted or copied; 0 for others.
    [[nodiscard]] std::int64_t affected() const;

  private:
    std::shared_ptr<pg_result> handle_;
};

/// How to reach a server: a libpq conninfo or URI; empty means the PG* environment.
/// `application_name` shows in pg_stat_activity.
struct ConnectOptions {
    std::string conninfo;
    std::string application_name = "trialbase";
    std::optional<std::string> role;  ///< `set role` after connecting
    /// What is asked for people lasts no longer than statement_timeout of the role or database
    /// allows; else it is as long as it takes.
    bool keeps_statement_timeout = false;
};

template <>
bool Result::get<bool>(std::size_t row, std::size_t column) const;
template <>
int Result::get<int>(std::size_t row, std::size_t column) const;
template <>
std::int64_t Result::get<std::int64_t>(std::size_t row, std::size_t column) const;
template <>
double Result::get<double>(std::size_t row, std::size_t column) const;
template <>
std::string Result::get<std::string>(std::size_t row, std::size_t column) const;

/// Text fit to be stored: bytes that are not UTF-8, and zero bytes, become `\xNN`. For error
/// messages and other text of unknown origin.
[[nodiscard]] std::string sanitize_text(std::string_view text);
/// True for UTF-8 without zero bytes: what PostgreSQL accepts as text.
[[nodiscard]] bool is_storable_text(std::string_view text) noexcept;

enum class Format { text, binary };

/// One connection. Belongs to one thread at a time. A lost connection is never silently replaced:
/// every later call throws Error (unavailable) and the owner opens a new session. What each
/// SQLSTATE means, its kind and its hint: sqlstate.hpp. Errors carry sqlstate, constraint and
/// sql_name. Every session has its own settings (session_settings.hpp), whatever the server, the
/// database or the role says: it speaks UTF-8, prints timestamps in UTC and ISO and floating point
/// exactly, and its transactions are read committed unless they say otherwise.
class Session {
  public:
    explicit Session(const ConnectOptions& options);
    ~Session();
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;

    Result exec(const Sql& sql, const Params& params = {}, Format result = Format::text);
    /// Several statements without parameters (migrations); one implicit transaction unless one is
    /// open.
    void exec_script(const Sql& sql);
    /// As exec, but prepared at first use under a name derived from sql.name + text; for repeated
    /// statements.
    Result exec_prepared(const Sql& sql, const Params& params = {}, Format result = Format::text);

    void begin(
        std::string_view mode = "");  ///< mode: e.g. "isolation level repeatable read read only"
    void commit();
    void rollback() noexcept;
    [[nodiscard]] bool in_transaction() const noexcept;

    /// Statements sent together without waiting for each answer. run() sends all, one sync at the
    /// end (so they are one implicit transaction unless they contain begin/commit), reads all
    /// answers, and throws the first error, whose sql_name is that of its statement.
    struct Step {
        Sql sql;
        Params params;
        Format result = Format::text;
        bool prepared = true;  ///< keep the parsed statement on the server for the next time
    };
    std::vector<Result> pipeline(std::span<const Step> steps);
    /// The two halves of pipeline(), so that one thread keeps several sessions busy. Nothing else
    /// may be called on the session in between.
    void pipeline_send(std::span<const Step> steps);
    std::vector<Result> pipeline_receive();

    /// `copy ... to stdout` run as given; the sink gets chunks as they arrive (memory stays flat).
    /// @return rows copied
    std::int64_t copy_out(const Sql& copy_statement,
                          const std::function<void(std::string_view chunk)>& sink);

    [[nodiscard]] std::string quote_literal(std::string_view value) const;
    [[nodiscard]] std::string quote_identifier(std::string_view name) const;

    void listen(std::string_view channel);
    struct Notification {
        std::string channel;
        std::string payload;
    };
    /// Waits for notifications, at most `timeout`; also returns early when `wake_fd` (if >= 0) is
    /// readable.
    std::vector<Notification> wait_notifications(std::chrono::milliseconds timeout,
                                                 int wake_fd = -1);

    /// How long a statement may take as the role or the database has it (`30s`), which does not
    /// hold here (ConnectOptions); empty when there is no limit.
    [[nodiscard]] const std::string& statement_timeout() const noexcept;
    /// Lets that limit hold for the open transaction.
    void limit_statements();
    /// The same as a step of a pipeline, after its begin; none when there is no limit.
    [[nodiscard]] std::optional<Step> limit_step() const;

    [[nodiscard]] int backend_pid() const;
    [[nodiscard]] int server_version() const;  ///< 150018 for 15.18
    [[nodiscard]] bool is_alive() const noexcept;
    /// True behind a connection pooler (pgbouncer): each transaction may meet another server
    /// process, so that statements are not kept there, `role` is refused, and listen() hears
    /// nothing.
    [[nodiscard]] bool is_pooled() const noexcept;
    /// Asks the server to cancel what this session runs; callable from another thread.
    void cancel() noexcept;

  private:
    friend class CopyIn;
    struct Impl;
    void require_triggers(std::string_view replication_role);
    std::unique_ptr<Impl> impl_;
};

/// Rolls back unless commit() was called.
class Transaction {
  public:
    explicit Transaction(Session& session, std::string_view mode = "") : session_(&session) {
        session.begin(mode);
    }
    ~Transaction() {
        if (session_ != nullptr) session_->rollback();
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit() {
        auto* session = session_;
        session_ = nullptr;
        session->commit();
    }

  private:
    Session* session_;
};

/// Binary COPY into named columns of a table. Column types are read from the catalogue (cached per
/// session and table) and each put() converts to them; a value that the type cannot hold is Error
/// (data) naming column and row. Usage per row: next_row(), then one put per column in order;
/// finish() at the end. Destroyed unfinished, the copy is aborted. NaN becomes NULL here and
/// nowhere else.
class CopyIn {
  public:
    CopyIn(Session& session, const std::string& qualified_table,
           const std::vector<std::string>& columns);
    ~CopyIn();
    CopyIn(const CopyIn&) = delete;
    CopyIn& operator=(const CopyIn&) = delete;

    void next_row();
    void put_null();
    void put(double value);
    void put(std::int64_t value);
    void put(int value) { put(std::int64_t{value}); }
    void put(bool value);
    void put(std::string_view
                 value);  ///< text, enum, uuid (36 characters), timestamptz/date (ISO 8601), json
    void put(const char* value) { put(std::string_view(value)); }
    void put_binary(std::string_view bytes);  ///< already in the column's binary format
    /// One-dimensional arrays; NaN becomes a NULL element.
    void put_array(std::span<const double> values);
    void put_array(std::span<const std::int64_t> values);
    void put_array(std::span<const std::string> values);
    template <class T>
    void put(const std::optional<T>& value) {
        value ? put(*value) : put_null();
    }
    /// @return rows copied
    std::int64_t finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tb::db
