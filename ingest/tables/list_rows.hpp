// What rows of all tables that list sessions have in common.
#pragma once

#include "ingest/tables/listed.hpp"
#include "ingest/tables/table_cells.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace tb::tables {

/// subject/date/number in three digits.
[[nodiscard]] std::string session_path(const std::string& subject, const std::string& date,
                                       std::int64_t number);
/// 32 digits in lower case; empty for what is no MD5.
[[nodiscard]] std::string md5_text(std::string text);
/// `2021-09-28 15:48` as ISO 8601; empty for what is no moment.
[[nodiscard]] std::string moment_text(std::string text);

/// Reads one row: what it throws of kind `data` becomes a problem of the row.
class RowReader {
  public:
    RowReader(const TableCells& cells, std::size_t row, Problems& problems)
        : cells_(cells), row_(row), problems_(problems), name_(row_name(row)) {}

    /// How messages call the row from here on.
    void called(const std::string& name) { name_ = name; }
    /// False when the row is lost.
    [[nodiscard]] bool read(const std::function<void()>& body);
    [[nodiscard]] Error fault(const std::string& type, const std::string& message) const;
    void tell(const std::string& type, const std::string& message, const std::string& hint);
    /// What a session cannot do without, and what its number may be. @throws tb::Error (data)
    void require_session(const ListedSession& session) const;

  private:
    const TableCells& cells_;
    std::size_t row_;
    Problems& problems_;
    std::string name_;
};

}  // namespace tb::tables
