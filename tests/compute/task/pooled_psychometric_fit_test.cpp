#include "compute/task/pooled_psychometric_fit.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::number;

/// The row `paper_pooled` of schema/contents/task.psychometric_params.csv.
HandRows paper_pooled_row() {
    HandRows row;
    row.numbers("start_bias_percent", {nan})
        .numbers("start_threshold_percent", {20.0})
        .numbers("start_lapse_low", {0.05})
        .numbers("start_lapse_high", {0.05})
        .numbers("min_bias_percent", {nan})
        .numbers("max_bias_percent", {nan})
        .numbers("min_threshold_percent", {0.0})
        .numbers("max_threshold_percent", {100.0})
        .numbers("max_lapse_low", {1.0})
        .numbers("max_lapse_high", {1.0})
        .integers("n_starts", {5})
        .integers("min_levels", {1})
        .integers("min_trials", {1})
        .texts("point_grouping", {"whole_percent"});
    return row;
}

Output run_pool(const Trials& trials, std::int64_t n_sessions) {
    HandRows rows;
    rows.trials(trials);
    HandRows sessions;
    sessions.integers("n_sessions", {n_sessions});
    const HandRows params = paper_pooled_row();
    return testing::run(pooled_psychometric_fit_table(), "pool_id=p,params_id=paper_pooled",
                        {{"trials", &rows}, {"sessions", &sessions}, {"params", &params}});
}

TEST(PooledPerformance, IsAsThePublicationDefinesIt) {
    const PooledPerformance result = pooled_performance(testing::trials_from({
        {1.0, -1.0, 1.0, 0.2},    // easy, rewarded
        {1.0, 0.0, -1.0, 60.0},   // easy, no response: an error, and no reaction time
        {0.5, -1.0, 1.0, 0.4},    // 50 % is not above 50 %
        {-1.0, -1.0, -1.0, 0.6},  // left side does not count
        {0.0, -1.0, 1.0, 0.8},
        {0.0, 1.0, -1.0, nan},
        {0.0, 0.0, -1.0, 60.0}  // no response: not in the share at zero
    }));
    EXPECT_DOUBLE_EQ(result.fraction_correct_easy, 0.5);
    EXPECT_DOUBLE_EQ(result.fraction_right_zero, 0.5);
    EXPECT_NEAR(result.median_response_time_s, 0.5, 1e-12);  // of 0.2, 0.4, 0.6, 0.8
}

TEST(PooledPsychometricFitTable, HasNothingToComputeWithoutTrials) {
    EXPECT_EQ(run_pool({}, 0).settled_reason, "the sessions of the set have no trial");
}

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    return cells;
}

// Six subjects have all their published sessions in the small tree. Tolerances: data/SOURCES.md,
// "Published fits".
TEST(PooledPsychometricFitTable, GivesThePublishedFits) {
    TB_NEED_SHARED(shared);
    std::ifstream file(shared / "data/ibl_dec2019/published_fits.csv");
    std::string line;
    std::getline(file, line);
    ASSERT_EQ(line.substr(0, 37), "lab,subject,sessions,n_sessions,ntria");
    int n_subjects = 0;
    while (std::getline(file, line)) {
        const std::vector<std::string> cells = cells_of(line);
        ASSERT_GE(cells.size(), 12u);
        const auto folder = shared / "data/ibl_dec2019_one_tree" / cells[0] / "Subjects" / cells[1];
        Trials trials;
        std::int64_t n_sessions = 0;
        bool is_complete = true;
        std::istringstream names(cells[2]);
        for (std::string name; std::getline(names, name, ' ');) {
            if (!std::filesystem::exists(folder / name / "alf")) {
                is_complete = false;
                break;
            }
            trials.append(testing::read_alf_session(folder / name / "alf"));
            ++n_sessions;
        }
        if (!is_complete) continue;
        ++n_subjects;
        SCOPED_TRACE(cells[1]);
        const Output output = run_pool(trials, n_sessions);
        ASSERT_TRUE(output.master_row);
        const Row& row = *output.master_row;
        EXPECT_EQ(number(row, "n_sessions"), std::stod(cells[3]));
        EXPECT_NEAR(number(row, "bias_percent"), std::stod(cells[5]), 2e-3);
        EXPECT_NEAR(number(row, "threshold_percent"), std::stod(cells[6]), 2e-3);
        EXPECT_NEAR(number(row, "lapse_low"), std::stod(cells[7]), 1e-4);
        EXPECT_NEAR(number(row, "lapse_high"), std::stod(cells[8]), 1e-4);
        // The table prints ten digits.
        EXPECT_NEAR(number(row, "fraction_correct_easy"), std::stod(cells[9]), 1e-9);
        EXPECT_NEAR(number(row, "fraction_right_zero"), std::stod(cells[10]), 1e-9);
        EXPECT_NEAR(number(row, "median_response_time_s"), std::stod(cells[11]), 1e-9);
        for (const Row& point : output.part_rows.at("pooled_psychometric_point")) {
            const double percent = 100.0 * number(point, "signed_contrast");
            EXPECT_NEAR(percent, std::round(percent), 1e-9) << "contrasts are cut to whole percent";
        }
    }
    EXPECT_EQ(n_subjects, 6);
}

}  // namespace
}  // namespace tb::compute::task
