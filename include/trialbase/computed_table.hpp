// What a computed table is to the engine: a name, a code version, the SQL that fetches a key's
// inputs, and a function from inputs to rows. Adapters in compute/ are written against this header
// alone; the engine (src/populate) runs them. Nothing of PostgreSQL leaks through.
#pragma once

#include "trialbase/array.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tb {

/// One column of fetched rows. SQL numbers of every width arrive as double or int64, NULL as NaN in
/// `numbers` and as `is_null` elsewhere; timestamps as seconds since 1970-01-01 UTC, dates as days
/// since then, in `numbers`; uuid, enum and text as `texts`; boolean as 0 and 1 in `integers`.
struct FetchedColumn {
    enum class Kind { number, integer, text };
    std::string name;
    Kind kind = Kind::number;
    std::vector<double> numbers;         ///< filled for number AND integer columns (NaN where NULL)
    std::vector<std::int64_t> integers;  ///< filled for integer and boolean columns (0 where NULL)
    std::vector<std::string> texts;      ///< filled for text columns (empty where NULL)
    std::vector<bool> nulls;             ///< true where NULL, one per row
};

/// The rows that one fetch statement gave for one key: a window into columns shared by many keys.
class FetchedRows {
  public:
    FetchedRows() = default;
    FetchedRows(const std::vector<FetchedColumn>* columns, std::size_t begin, std::size_t end)
        : columns_(columns), begin_(begin), end_(end) {}

    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] bool empty() const noexcept { return end_ == begin_; }
    /// @throws tb::Error (internal) when the statement has no such column or it is not a number
    [[nodiscard]] std::span<const double> numbers(std::string_view column) const;
    [[nodiscard]] std::span<const std::int64_t> integers(std::string_view column) const;
    [[nodiscard]] std::span<const std::string> texts(std::string_view column) const;
    [[nodiscard]] bool is_null(std::string_view column, std::size_t row) const;
    [[nodiscard]] bool has(std::string_view column) const noexcept;

  private:
    [[nodiscard]] const FetchedColumn& column(std::string_view name) const;
    const std::vector<FetchedColumn>* columns_ = nullptr;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

/// Everything fetched for one key, by the name of the fetch.
class Inputs {
  public:
    /// @throws tb::Error (internal) for a fetch that the table does not declare
    [[nodiscard]] const FetchedRows& operator[](std::string_view fetch) const;
    /// The stored array that a text column of a fetch refers to (store.array.ref). It is read now,
    /// outside every transaction; files of the store never change, so what the row said at fetch is
    /// what is read. @throws as ArrayReader::read; tb::Error (internal) where the column is NULL
    [[nodiscard]] Array array(std::string_view fetch, std::string_view column,
                              std::size_t row = 0) const;
    /// Reads the arrays of the store; null in tests of tables that read none.
    const ArrayReader* arrays = nullptr;
    /// The key as text, `column=value,...` in key order: for messages and seeds.
    std::string key;
    std::map<std::string, FetchedRows, std::less<>> fetched;
};

/// A value to store. NaN and monostate become NULL.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

/// One row to insert, by column name. The key columns of the master are added by the engine;
/// stating one is allowed if its value is the key's own, and an error otherwise.
class Row {
  public:
    Row& set(std::string_view column, Value value);
    Row& set(std::string_view column, double value) { return set(column, Value(value)); }
    Row& set(std::string_view column, bool value) { return set(column, Value(value)); }
    Row& set(std::string_view column, std::int64_t value) { return set(column, Value(value)); }
    Row& set(std::string_view column, int value) { return set(column, Value(std::int64_t{value})); }
    Row& set(std::string_view column, std::size_t value) {
        return set(column, Value(static_cast<std::int64_t>(value)));
    }
    Row& set(std::string_view column, const char* value) {
        return set(column, Value(std::string(value)));
    }
    template <class T>
    Row& set(std::string_view column, const std::optional<T>& value) {
        return value ? set(column, Value(*value)) : set(column, Value());
    }
    [[nodiscard]] const std::vector<std::pair<std::string, Value>>& values() const noexcept {
        return values_;
    }

  private:
    std::vector<std::pair<std::string, Value>> values_;
};

/// An array to be stored with a key's result.
struct OutputArray {
    std::string array_id;  ///< UUID, made by Output::array
    std::string name;      ///< dataset path within the key's file
    Array values;
    ArrayMeta meta;
};

/// What a computation gives for one key. Exactly one of: master row (with any part rows), or a
/// reason why there is nothing to compute. Neither is the error `no rows`.
class Output {
  public:
    /// The master row; created on first use, the same one afterwards.
    Row& master();
    /// A new row of a part table, named without or with its schema (`psychometric_point`).
    Row& part(std::string_view table);
    /// Settles the key: recorded with its reason, not tried again until an input or the code
    /// version changes.
    void nothing_to_compute(std::string reason);
    /// Keeps an array with the key's result: the engine writes all arrays of a key to one immutable
    /// file of the store, makes it durable, and inserts their rows of store.array in the
    /// transaction that inserts the key's rows. Returns the array's key, to be set in an
    /// `..._array_id` column. `name` is the dataset's path within the file (`GCaMP/signal`), unique
    /// within the key.
    /// @throws tb::Error (internal) for a name that is empty or given twice
    [[nodiscard]] std::string array(std::string_view name, Array values, ArrayMeta meta);

    std::vector<OutputArray> arrays;
    std::optional<Row> master_row;
    std::map<std::string, std::vector<Row>, std::less<>> part_rows;
    std::optional<std::string> settled_reason;
};

/// One statement of a fetch. The text may use the relation `key` (the key's columns and `key_no`),
/// must select `key_no` first and order by it, and reads only tables that the migration declared as
/// inputs. A fetch whose name begins with `known_` reads parts of the table itself, to spare
/// computing again what was computed before: it finds it by its content (a hash), for what it reads
/// may be outdated.
///   select key_no, trial, choice from key join task.choice_trial using (session_id) order by
///   key_no, trial
struct Fetch {
    std::string name;
    std::string sql;
};

/// A computed table as its adapter describes it.
struct ComputedTable {
    std::string name;      ///< schema-qualified, as in the catalogue: task.reaction_time
    int code_version = 1;  ///< raise it when results change: older results become stale
    std::vector<Fetch> fetches;
    /// Pure: may be called from any thread, for one key at a time. Throws tb::Error; `type` is kept
    /// with the key.
    std::function<void(const Inputs&, Output&)> compute;
    /// Keys of one transaction share their fate only in commit, never in error (a failing key is
    /// retried alone); 1 asks for a transaction a key.
    int keys_per_transaction = 100;
};

/// Text of an embedded file below compute/, for Fetch::sql. @throws tb::Error (internal) when
/// absent
[[nodiscard]] std::string compute_sql_text(std::string_view path);

/// Every computed table that this program can compute (compute/registry.cpp).
[[nodiscard]] const std::vector<ComputedTable>& computed_tables();

}  // namespace tb
