// A small world for engine tests: sessions with trials and a parameter table, a computed table with
// a part, and a child of it. What the computation does with a session is told by the session's
// column `behaviour`.
#pragma once

#include "src/populate/catalogue.hpp"
#include "src/populate/status.hpp"
#include "src/populate/worker.hpp"
#include "tests/support/test_database.hpp"

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::testing {

class engine : public ::testing::Test {
  protected:
    engine();

    /// Adds sessions number first..last with three trials of value = number each.
    void add_sessions(int first, int last, const std::string& behaviour = "ok");
    void run(const std::string& sql) { session_.exec_script({"test", sql}); }
    [[nodiscard]] std::string value(const std::string& sql) { return value_of(session_, sql); }
    [[nodiscard]] static std::string session_id(int number);

    /// One worker until nothing is left; returns what it counted.
    struct Counted {
        std::int64_t done = 0, settled = 0, errors = 0, retried = 0, lost = 0, commits = 0,
                     statements = 0;
    };
    Counted populate(const std::function<void(populate::WorkerOptions&)>& change = {},
                     std::int64_t limit = -1);
    [[nodiscard]] populate::WorkerOptions options() const;
    [[nodiscard]] populate::TableStatus status(const std::string& table = "toy.total");
    /// Jobs by state, as in "error 1, pending 2"; empty when there are none.
    [[nodiscard]] std::string jobs(const std::string& table = "toy.total");
    /// Jobs that refresh had to add, remove or change, over all tables.
    [[nodiscard]] std::int64_t mended();

    TestDatabase database_;
    db::Session session_;
    std::atomic<int> calls_{0};                  ///< computations begun
    std::function<void(const Inputs&)> during_;  ///< called inside each computation
    std::vector<ComputedTable> registry_;
};

}  // namespace tb::testing
