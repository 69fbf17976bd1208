// Databases for tests: one throw-away server per test program, one template migrated once, a copy
// for each test.
#pragma once

#include "src/db/session.hpp"

#include <string>

namespace tb::testing {

/// A fresh database, copied from the template (or empty); dropped by the destructor, open sessions
/// included. The first one starts the server, which stops when the program ends.
///
///     TestDatabase db;
///     auto session = db.session();
class TestDatabase {
  public:
    enum class Content { migrated, empty };
    explicit TestDatabase(Content content = Content::migrated);
    /// A copy of the migrated template in which `script` has run: it runs once per program, for all
    /// databases of this `world`.
    TestDatabase(const std::string& world, const std::string& script);
    ~TestDatabase();
    TestDatabase(const TestDatabase&) = delete;
    TestDatabase& operator=(const TestDatabase&) = delete;

    [[nodiscard]] const std::string& name() const noexcept { return name_; }
    [[nodiscard]] std::string conninfo() const;
    /// A new session as superuser, or as `role`.
    [[nodiscard]] db::Session session(const std::string& role = {}) const;

  private:
    void copy_of(const std::string& origin);
    std::string name_;
};

/// One value of one row, for expectations: first row, first column; "null" for NULL, "no row"
/// without rows.
[[nodiscard]] std::string value_of(db::Session& session, const std::string& sql);

}  // namespace tb::testing
