// Helpers of the tests of change detection: trials made by hand, and the real tables of the shared
// data folder.
#pragma once

#include "tests/compute/task/support.hpp"
#include "trialbase/change_recording.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tb::compute::change_detection::testing {

enum class Kind { hit, miss, false_alarm, correct_reject, auto_rewarded, aborted };

/// One trial in the words of a test: its change comes 4 s after its start.
struct HandTrial {
    Kind kind;
    double start_s;
    std::vector<double> licks_after_change_s = {};
    double reward_ml = 0.0;
};
[[nodiscard]] ChangeTrials trials_from(const std::vector<HandTrial>& list);

/// `n` trials of one kind, 10 s apart, beginning at `start_s`, each with these licks.
[[nodiscard]] std::vector<HandTrial> repeated(Kind kind, std::size_t n, double start_s,
                                              const std::vector<double>& licks_after_change_s = {});

/// data/allen_vbo: trials.csv and rewards.csv.
[[nodiscard]] ChangeTrials read_trials(const std::filesystem::path& file);
[[nodiscard]] ChangeRewards read_rewards(const std::filesystem::path& file);

/// A column of a CSV file as numbers. Fails the test when it is not there.
[[nodiscard]] std::vector<double> numbers(const std::filesystem::path& file,
                                          const std::string& column);
/// A column of JSON lists of numbers.
[[nodiscard]] RaggedNumbers lists(const std::filesystem::path& file, const std::string& column);

}  // namespace tb::compute::change_detection::testing
