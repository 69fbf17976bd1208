// Which columns a table has, as the catalogue tells it: readers may know more than an older schema.
#pragma once

#include "src/db/session.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tb::load {

/// Asks once a table; belongs to one connection.
class TableColumns {
  public:
    explicit TableColumns(db::Session& database) : database_(database) {}

    /// Columns of a table (`task.choice_trial`) in their order, generated ones left out.
    const std::vector<std::string>& of(const std::string& table);
    [[nodiscard]] bool has(const std::string& table, std::string_view column);

  private:
    db::Session& database_;
    std::map<std::string, std::vector<std::string>> known_;
};

}  // namespace tb::load
