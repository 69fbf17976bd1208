// Names that computations give their columns and parts, checked against the database's tables.
#pragma once

#include "src/populate/catalogue.hpp"
#include "trialbase/computed_table.hpp"

#include <map>
#include <string>
#include <vector>

namespace tb::populate {

/// Rows of a table mostly set the same columns in the same order: what was found good is
/// remembered, so that a batch is looked up once. Belongs to the worker's thread.
class RowNames {
  public:
    /// @throws tb::Error (internal; type UnknownColumn or UnknownPart) for a name that the table
    /// has not, with the nearest one and all that there are
    void check(const TableInfo& table, const Output& output);

  private:
    void check_row(const std::string& target, const std::vector<ColumnInfo>& columns,
                   const Row& row);
    std::map<std::string, std::vector<std::string>> good_;  ///< by table: names of the last row
};

}  // namespace tb::populate
