// Helpers of the tests of computed tables: fetched rows made by hand, and the real sessions of the
// shared data folder.
#pragma once

#include "compute/task/trials.hpp"
#include "trialbase/computed_table.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tb::compute::task::testing {

/// Rows as a fetch gives them, column by column. NaN and empty optionals are NULL.
class HandRows {
  public:
    HandRows& numbers(std::string name, std::vector<double> values);
    HandRows& integers(std::string name, std::vector<std::optional<std::int64_t>> values);
    HandRows& texts(std::string name, std::vector<std::optional<std::string>> values);
    /// signed_contrast, choice, feedback_type, probability_left, the three times.
    HandRows& trials(const Trials& trials);
    /// All rows. The HandRows must outlive what is returned.
    [[nodiscard]] FetchedRows rows() const { return {&columns_, 0, n_rows_}; }

  private:
    std::vector<FetchedColumn> columns_;
    std::size_t n_rows_ = 0;
};

/// One trial in the words of a test.
struct HandTrial {
    double contrast;  ///< signed, -1..1
    double choice;
    double feedback = -1.0;
    double reaction_s = 0.5;
    double probability_left = 0.5;
};
/// Trials in this order, one stimulus every 10 s.
[[nodiscard]] Trials trials_from(const std::vector<HandTrial>& list);

/// `n` trials, of which the first `n_right` are reported right; feedback follows the side (right is
/// rewarded at 0).
[[nodiscard]] Trials level(double contrast, int n, int n_right, double probability_left = 0.5,
                           double reaction_s = 0.5);

/// Runs the adapter of a table.
[[nodiscard]] Output run(const ComputedTable& table, const std::string& key,
                         const std::vector<std::pair<std::string, const HandRows*>>& fetched);

/// A value of a row as number (booleans 0 and 1); NaN for NULL. Fails the test when the row lacks
/// the column.
[[nodiscard]] double number(const Row& row, const std::string& column);
[[nodiscard]] std::string text(const Row& row, const std::string& column);

/// The shared data folder, or nothing when it is not there.
[[nodiscard]] std::optional<std::filesystem::path> shared_folder();
/// A session folder's ALF arrays (`alf` folder of .npy files).
[[nodiscard]] Trials read_alf_session(const std::filesystem::path& alf_folder);

}  // namespace tb::compute::task::testing

/// Skips a test that needs the shared data folder.
#define TB_NEED_SHARED(folder)                                                                     \
    const auto folder##_found = tb::compute::task::testing::shared_folder();                       \
    if (!folder##_found) GTEST_SKIP() << "the shared data folder is absent: set TRIALBASE_SHARED"; \
    const std::filesystem::path folder = *folder##_found
