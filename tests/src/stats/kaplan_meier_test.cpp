#include "src/stats/kaplan_meier.hpp"

#include "tests/src/stats/error_type.hpp"

#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

namespace tb::stats {
namespace {

// Weeks of remission under 6-mercaptopurine (Freireich et al. 1963), with the table of survival
// and its errors that textbooks print.
TEST(KaplanMeier, IsThatOfTheTextbook) {
    const std::vector<double> weeks{6,  6,  6,  7,  10, 13, 16, 22, 23, 6, 9,
                                    10, 11, 17, 19, 20, 25, 32, 32, 34, 35};
    std::vector<bool> relapsed(weeks.size(), false);
    std::fill_n(relapsed.begin(), 9, true);
    const std::vector<SurvivalStep> steps = kaplan_meier(weeks, relapsed);
    const std::vector<double> times{6, 7, 10, 13, 16, 22, 23};
    const std::vector<std::size_t> at_risk{21, 17, 15, 12, 11, 7, 6};
    const std::vector<double> survival{0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448};
    const std::vector<double> error{0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346};
    ASSERT_EQ(steps.size(), times.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
        EXPECT_EQ(steps[i].time, times[i]);
        EXPECT_EQ(steps[i].n_at_risk, at_risk[i]);
        EXPECT_NEAR(steps[i].survival, survival[i], 6e-4);
        EXPECT_NEAR(steps[i].standard_error, error[i], 6e-5);
    }
    EXPECT_EQ(steps[0].n_events, 3u);
    EXPECT_NEAR(steps[0].cumulative(), 3.0 / 21.0, 1e-15);
}

TEST(KaplanMeier, EndsAtZeroWhenEverybodyGetsThere) {
    const std::vector<SurvivalStep> steps =
        kaplan_meier(std::vector{2.0, 1.0}, std::vector<bool>{true, true});
    ASSERT_EQ(steps.size(), 2u);
    EXPECT_EQ(steps[0].survival, 0.5);
    EXPECT_EQ(steps[1].survival, 0.0);
    EXPECT_EQ(steps[1].standard_error, 0.0);
}

TEST(KaplanMeier, HasNoStepsWithoutEvents) {
    EXPECT_TRUE(kaplan_meier(std::vector{2.0, 1.0}, std::vector<bool>{false, false}).empty());
}

TEST(KaplanMeier, SaysWhatItCannotJudge) {
    EXPECT_EQ(error_type([] { (void)kaplan_meier({}, {}); }), "TooFewValues");
    EXPECT_EQ(error_type([] { (void)kaplan_meier(std::vector{1.0}, {}); }), "ValueError");
    const std::vector<double> missing{std::numeric_limits<double>::quiet_NaN()};
    EXPECT_EQ(error_type([&] { (void)kaplan_meier(missing, {true}); }), "ValueError");
}

}  // namespace
}  // namespace tb::stats
