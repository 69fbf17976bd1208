// A database of the shipped schema with sessions of change detection put in by hand, and an array
// store: computed tables are populated from it as `trialbase populate` does.
#pragma once

#include "src/db/session.hpp"
#include "src/store/array_store.hpp"
#include "tests/support/test_database.hpp"
#include "trialbase/array.hpp"
#include "trialbase/change_recording.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace tb::compute::testing {

/// Number of a subject or session to its key: 00000000-0000-0000-0000-0000000000NN.
[[nodiscard]] std::string key_of(int number);

class ChangeWorld {
  public:
    ChangeWorld();
    ~ChangeWorld();
    ChangeWorld(const ChangeWorld&) = delete;
    ChangeWorld& operator=(const ChangeWorld&) = delete;

    void run(const std::string& sql);
    /// First row, first column; "null" for NULL, "no row" without rows.
    [[nodiscard]] std::string value(const std::string& sql);
    /// The first column of all rows; NULL is NaN.
    [[nodiscard]] std::vector<double> column(const std::string& sql);
    /// The array that `sql` gives the reference of.
    [[nodiscard]] Array array(const std::string& sql);

    /// A mouse of lab allen.
    void add_subject(int subject);
    /// A session without trials, listed in the project's table.
    void add_session(int session, int subject, const std::string& date,
                     const std::string& session_type = "OPHYS_4_images_A");
    /// task.change_session with its trials, licks and rewards.
    void add_trials(int session, const ChangeTrials& trials, const ChangeRewards& rewards);
    /// Writes arrays to one file of the store. @return their keys, in order
    std::vector<std::string> add_arrays(
        const std::vector<std::pair<std::string, Array>>& named_arrays);

    /// Computes all that is pending of these tables (none: of all). @return keys that failed
    std::int64_t populate(const std::vector<std::string>& tables = {});

  private:
    std::filesystem::path top_;
    tb::testing::TestDatabase database_;
    db::Session session_;
    int n_files_ = 0;
    [[nodiscard]] store::StoreOptions store_options() const;
};

}  // namespace tb::compute::testing
