#include "compute/task/trials.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

std::vector<double> runs(const std::vector<std::pair<double, int>>& list) {
    std::vector<double> values;
    for (const auto& [value, n] : list)
        values.insert(values.end(), static_cast<std::size_t>(n), value);
    return values;
}

TEST(SignedContrast, CountsTheAbsentSideAsZeroAndNeverGivesMinusZero) {
    EXPECT_DOUBLE_EQ(signed_contrast(0.25, nan), -0.25);
    EXPECT_DOUBLE_EQ(signed_contrast(nan, 1.0), 1.0);
    EXPECT_FALSE(std::signbit(signed_contrast(0.0, nan)));
    EXPECT_TRUE(std::isnan(signed_contrast(nan, nan)));
}

TEST(Median, IgnoresMissingValuesAndHalvesTheMiddleTwo) {
    EXPECT_DOUBLE_EQ(median({3.0, nan, 1.0, 2.0}), 2.0);
    EXPECT_DOUBLE_EQ(median({4.0, 1.0, 2.0, 9.0}), 3.0);
    EXPECT_TRUE(std::isnan(median({nan})));
    EXPECT_TRUE(std::isnan(median({})));
}

TEST(ProtocolOf, ReadsTheTaskFromRecordedNames) {
    EXPECT_EQ(protocol_of("_iblrig_tasks_trainingChoiceWorld6.4.2"), Protocol::training);
    EXPECT_EQ(protocol_of("_iblrig_tasks_biasedChoiceWorld5.1.0"), Protocol::biased);
    EXPECT_EQ(protocol_of("_iblrig_tasks_ephysChoiceWorld6.4.2"), Protocol::ephys);
    EXPECT_EQ(protocol_of("_iblrig_tasks_habituationChoiceWorld"), Protocol::habituation);
    EXPECT_EQ(protocol_of("_iblrig_calibration"), std::nullopt);
    EXPECT_EQ(protocol_of(""), std::nullopt);
}

TEST(InferredProtocol, IsBiasedForRunsOfThePairedProbabilities) {
    EXPECT_EQ(inferred_protocol(runs({{0.5, 90}, {0.2, 30}, {0.8, 3}})), Protocol::biased);
    EXPECT_EQ(inferred_protocol(runs({{0.8, 5}})), Protocol::biased)
        << "only the last run may be short";
    EXPECT_EQ(inferred_protocol(runs({{0.5, 90}})), Protocol::training);
    EXPECT_EQ(inferred_protocol(runs({{0.5, 8}, {0.8, 1}, {0.5, 39}})), Protocol::training)
        << "single trials at 0.8 are de-biasing";
    EXPECT_EQ(inferred_protocol(runs({{0.5, 90}, {0.2, 30}, {0.3, 20}})), Protocol::training);
    EXPECT_EQ(inferred_protocol({}), Protocol::training);
}

TEST(InferredProtocol, AgreesWithWhatWasRunInSwc054) {
    TB_NEED_SHARED(shared);
    for (const auto& [date, protocol] :
         {std::pair{"2020-08-24", Protocol::training}, std::pair{"2020-08-27", Protocol::training},
          std::pair{"2020-08-28", Protocol::biased}, std::pair{"2020-09-03", Protocol::biased}}) {
        const Trials trials = testing::read_alf_session(
            shared / "data/ibl_swc054_training/SWC_054" / date / "001/alf");
        EXPECT_EQ(inferred_protocol(trials.probability_left), protocol) << date;
    }
}

TEST(TrialsOf, FillsColumnsThatWereNotFetchedWithNaN) {
    testing::HandRows rows;
    rows.integers("choice", {-1, 0}).numbers("signed_contrast", {0.5, nan});
    const Trials trials = trials_of(rows.rows());
    ASSERT_EQ(trials.size(), 2u);
    EXPECT_DOUBLE_EQ(trials.choice[0], -1.0);
    EXPECT_TRUE(std::isnan(trials.contrast(1))) << "missing stays missing";
    EXPECT_EQ(trials.n_without_contrast(), 1u);
    EXPECT_TRUE(std::isnan(trials.response_s[1]));
}

}  // namespace
}  // namespace tb::compute::task
