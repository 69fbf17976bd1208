#include "compute/task/lab_comparison.hpp"

#include "ingest/formats/csv.hpp"
#include "tests/compute/task/support.hpp"
#include "tests/src/stats/groups_of_three.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::number;
using testing::text;

LabSession session(const std::string& subject, Trials trials, double duration_s = 600.0,
                   std::int64_t date = 1) {
    return {.subject_id = subject,
            .institution = "lab of " + subject,
            .date = date,
            .duration_s = duration_s,
            .trials = std::move(trials)};
}

// 10 trials at 100 % of which 8 right, and 10 at 100 % left of which 1 right: 17 of 20 correct.
TEST(LabMetrics, AreThoseOfAllSessionsOfASubject) {
    Trials second = testing::level(-1.0, 10, 1, 0.5, 0.3);
    second.append(testing::level(0.0625, 4, 2, 0.5, 0.3));
    const std::vector<LabSession> sessions{session("a", testing::level(1.0, 10, 8, 0.5, 0.4), 60.0),
                                           session("a", second, 120.0)};
    const LabMetrics found = lab_metrics(sessions, MetricSet::performance);
    ASSERT_EQ(found.subjects, std::vector<std::string>{"a"});
    EXPECT_EQ(found.institutions, std::vector<std::string>{"lab of a"});
    EXPECT_DOUBLE_EQ(found.of("performance_easy")[0], 85.0);
    EXPECT_DOUBLE_EQ(found.of("n_trials")[0], 12.0);
    EXPECT_DOUBLE_EQ(found.of("trials_per_minute")[0], 8.0);
    EXPECT_NEAR(found.of("reaction_time")[0], 300.0, 1e-9);
    EXPECT_TRUE(std::isnan(found.of("threshold")[0])) << "three contrasts are too few for a fit";
}

TEST(LabMetrics, CountNoResponseAsErrorAndNoReaction) {
    const LabMetrics found = lab_metrics(
        std::vector{session("a", testing::trials_from({{1.0, 0.0}, {1.0, -1.0, 1.0, 0.5}})),
                    session("b", testing::trials_from({{1.0, 0.0}}))},
        MetricSet::performance);
    EXPECT_EQ(found.subjects, std::vector<std::string>{"a"});
    EXPECT_DOUBLE_EQ(found.of("performance_easy")[0], 50.0);
    EXPECT_EQ(found.n_without_reaction_time, 1U);
}

TEST(LabMetrics, OfLearningAreDaysAndTrials) {
    const LabMetrics found = lab_metrics(std::vector{session("a", testing::level(1, 3, 3), 60, 10),
                                                     session("a", testing::level(1, 4, 4), 60, 10),
                                                     session("a", testing::level(1, 5, 5), 60, 12)},
                                         MetricSet::learning);
    EXPECT_EQ(found.of("n_days")[0], 2.0);
    EXPECT_EQ(found.of("n_trials_total")[0], 12.0);
}

// The block of 20 % left is shifted: at contrast 0 it answers right more often.
TEST(LabMetrics, OfBlocksAreThoseOfTheirOwnFits) {
    Trials trials;
    for (const double probability_left : {0.8, 0.2}) {
        for (const double contrast : {-1.0, -0.25, -0.125, 0.0, 0.125, 0.25, 1.0}) {
            const double shift = probability_left > 0.5 ? 0.1 : -0.1;
            const double p = 1.0 / (1.0 + std::exp(-15.0 * (contrast - shift)));
            trials.append(testing::level(contrast, 100, static_cast<int>(std::lround(100 * p)),
                                         probability_left));
        }
    }
    const LabMetrics found = lab_metrics(std::vector{session("a", trials)}, MetricSet::blocks);
    EXPECT_EQ(found.names.size(), 8U);
    EXPECT_NEAR(found.of("bias_80")[0], 10.0, 1.0);
    EXPECT_NEAR(found.of("bias_20")[0], -10.0, 1.0);
    EXPECT_THROW((void)found.of("bias"), Error);
}

/// The three groups of the tests of statistics as subjects of three labs, as the metric `x`.
LabMetrics groups_of_three() {
    LabMetrics out;
    out.names = {"x"};
    out.values.resize(1);
    for (std::size_t lab = 0; lab < stats::three_groups.size(); ++lab) {
        for (const double value : stats::three_groups[lab]) {
            out.subjects.push_back("subject " + std::to_string(out.subjects.size()));
            out.institutions.push_back(std::string(1, static_cast<char>('a' + lab)));
            out.values[0].push_back(value);
        }
    }
    return out;
}

// F of scipy 1.10.1 for these groups, see group_comparison_test.
TEST(CompareLabs, ComparesTheGroupsThatHaveAValue) {
    LabMetrics metrics = groups_of_three();
    metrics.subjects.emplace_back("without a value");
    metrics.institutions.emplace_back("d");
    metrics.values[0].push_back(nan);
    const auto found = compare_labs(metrics);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].institutions, (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_EQ(found[0].n_subjects, 15U);
    ASSERT_TRUE(found[0].found);
    EXPECT_NEAR(found[0].found->location.statistic, 11.534745955798591, 1e-11);
    EXPECT_EQ(found[0].p_adjusted, found[0].found->location.p) << "one test needs no adjustment";
}

// Of two tests the lesser p is doubled, unless the greater is less than that.
TEST(CompareLabs, AdjustsOverTheMetricsThatWereTested) {
    LabMetrics metrics = groups_of_three();
    metrics.names = {"x", "noise", "constant"};
    std::vector<double> noise;
    std::vector<double> constant;
    for (std::size_t i = 0; i < metrics.subjects.size(); ++i) {
        noise.push_back(std::sin(7.0 * static_cast<double>(i)));
        constant.push_back(1.0);
    }
    metrics.values.push_back(noise);
    metrics.values.push_back(constant);
    const auto found = compare_labs(metrics);
    EXPECT_EQ(found[2].outcome, "NoVariance");
    EXPECT_FALSE(found[2].found);
    ASSERT_TRUE(found[0].found && found[1].found);
    EXPECT_LT(2.0 * found[0].found->location.p, found[1].found->location.p);
    EXPECT_NEAR(found[0].p_adjusted, 2.0 * found[0].found->location.p, 1e-15);
    EXPECT_EQ(found[1].p_adjusted, found[1].found->location.p);
}

// The golden vector of the tests between labs, by the function that the table is filled with.
TEST(CompareLabs, GivesTheGoldenVector) {
    TB_NEED_SHARED(shared);
    const auto folder = shared / "vectors/ibl_behavior/lab_statistics";
    const formats::Table mice = formats::read_csv(folder / "mice.csv");
    const auto expected = nlohmann::json::parse(std::ifstream(folder / "case.json")).at("expected");
    LabMetrics metrics;
    metrics.institutions = std::get<std::vector<std::string>>(mice.find("lab")->values);
    metrics.subjects = metrics.institutions;
    for (const std::string name : {"perf_easy", "reaction_time", "n_trials", "threshold", "bias"}) {
        if (!expected.contains(name)) continue;
        metrics.names.push_back(name);
        metrics.values.push_back(std::get<std::vector<double>>(mice.find(name)->values));
    }
    const auto found = compare_labs(metrics);
    const auto p_adjusted = expected.at("p_fdr_bh").at("value").get<std::vector<double>>();
    const auto spread = expected.at("levene_p_fdr_bh").at("value").get<std::vector<double>>();
    ASSERT_EQ(found.size(), p_adjusted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        SCOPED_TRACE(found[i].metric);
        const auto& want = expected.at(found[i].metric).at("value");
        ASSERT_TRUE(found[i].found);
        EXPECT_EQ(found[i].found->is_normal, want.at("test") == "anova");
        EXPECT_NEAR(found[i].found->location.p, want.at("p").get<double>(), 1e-9);
        EXPECT_NEAR(found[i].p_adjusted, p_adjusted[i], 1e-9);
        EXPECT_NEAR(found[i].spread_p_adjusted, spread[i], 1e-9);
    }
}

TEST(LabCorrelation, IsNothingForTooFew) {
    LabMetrics metrics;
    metrics.names = {"a", "b"};
    metrics.values = {{1, 2, 3}, {1, 2, 4}};
    metrics.subjects = metrics.institutions = {"x", "y", "z"};
    EXPECT_FALSE(lab_correlation(metrics, "a", "b"));
}

Output run_pool(const HandRows& sessions, const HandRows& trials, const std::string& protocol) {
    HandRows params;
    params.texts("metric_set", {"performance"})
        .texts("protocol", {protocol.empty() ? std::nullopt : std::optional<std::string>(protocol)})
        .numbers("level", {0.05});
    return testing::run(lab_comparison_table(), "pool_id=p,lab_comparison_params_id=performance",
                        {{"sessions", &sessions}, {"trials", &trials}, {"params", &params}});
}

TEST(LabComparisonTable, TakesTheSessionsOfItsTask) {
    HandRows sessions;
    sessions.integers("session_no", {1, 2, 3})
        .texts("subject_id", {"s1", "s1", "s2"})
        .texts("institution_short", {"X", "X", "Y"})
        .numbers("session_date", {1, 2, 1})
        .texts("task_protocol", {"trainingChoiceWorld", "biasedChoiceWorld", std::nullopt})
        .numbers("duration_s", {60, 60, 60});
    Trials all = testing::level(1.0, 4, 4);
    all.append(testing::level(1.0, 2, 0));
    all.append(testing::level(-1.0, 4, 1));
    HandRows trials;
    trials.trials(all).integers("session_no", {1, 1, 1, 1, 2, 2, 3, 3, 3, 3});
    const Output output = run_pool(sessions, trials, "training");
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_sessions"), 2.0);
    EXPECT_EQ(number(*output.master_row, "n_institutions"), 2.0);
    EXPECT_EQ(output.part_rows.at("lab_comparison_metric").size(), 6U);
    EXPECT_EQ(text(output.part_rows.at("lab_comparison_metric")[0], "outcome"), "TooFewValues")
        << "two mice cannot be compared, and say so";
    const Row& value = output.part_rows.at("lab_comparison_value")[1];
    EXPECT_EQ(text(value, "metric"), "performance_easy");
    EXPECT_EQ(text(value, "subject_id"), "s2");
    EXPECT_EQ(number(value, "value"), 75.0);
    EXPECT_FALSE(output.part_rows.contains("lab_comparison_pair"));
    EXPECT_TRUE(run_pool(sessions, trials, "ephys").settled_reason);
    EXPECT_TRUE(run_pool(sessions, trials, "biased").settled_reason) << "one institution alone";
}

}  // namespace
}  // namespace tb::compute::task
