// task.change_performance and task.change_training through the database: golden vectors as trials
// in the shipped schema, results read back as analysts read them.
#include "tests/compute/change_detection/support.hpp"
#include "tests/compute/populated/change_world.hpp"

#include <cmath>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::compute::testing {
namespace {

namespace change = change_detection::testing;
using Json = nlohmann::json;

Json read_json(const std::filesystem::path& file) {
    return Json::parse(std::ifstream(file));
}

double number_of(const Json& value) {
    if (value.is_string()) {
        if (value == "Inf") return std::numeric_limits<double>::infinity();
        return std::numeric_limits<double>::quiet_NaN();
    }
    return value.get<double>();
}

void expect_same(double got, double want, const std::string& what) {
    if (std::isnan(want)) {
        EXPECT_TRUE(std::isnan(got)) << what << ": " << got;
    } else {
        EXPECT_NEAR(got, want, 1e-9 * std::max(1.0, std::abs(want))) << what;
    }
}

class PopulatedPerformance : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto shared = compute::task::testing::shared_folder();
        if (!shared) GTEST_SKIP() << "the shared folder is not there";
        shared_ = *shared;
        world_.add_subject(1);
    }
    /// A session with the trials and rewards of a folder.
    void add(int session, const std::string& date, const std::filesystem::path& folder) {
        world_.add_session(session, 1, date);
        world_.add_trials(session, change::read_trials(folder / "trials.csv"),
                          change::read_rewards(folder / "rewards.csv"));
    }
    void expect_metrics(int session, const std::string& params_id, const Json& metrics) {
        const std::map<std::string, std::string> renamed = {
            {"total_reward_volume", "total_reward_volume_ml"},
            {"maximum_reward_rate", "maximum_reward_rate_per_min"},
            {"mean_dprime", "reference_mean_dprime"},
            {"mean_dprime_engaged", "reference_mean_dprime_engaged"},
            {"max_dprime", "reference_max_dprime"},
            {"max_dprime_engaged", "reference_max_dprime_engaged"}};
        ASSERT_GE(metrics.size(), 23U);
        for (const auto& [name, want] : metrics.items()) {
            const auto other = renamed.find(name);
            const auto got = world_.column(fmt::format(
                "select {}::double precision from task.change_performance where session_id = '{}' "
                "and params_id = '{}'",
                other == renamed.end() ? name : other->second, key_of(session), params_id));
            ASSERT_EQ(got.size(), 1U) << name;
            expect_same(got[0], number_of(want), name);
        }
    }

    std::filesystem::path shared_;
    ChangeWorld world_;
};

TEST_F(PopulatedPerformance, AgreesWithEveryGoldenVector) {
    world_.run(
        "insert into task.change_performance_params select 'one', 'threshold 1', 1, "
        "rate_window_trials, reward_window_trials_before, reward_window_trials_from, "
        "window_start_s, longest_response_s, dprime_rate_limit from task.change_performance_params "
        "where params_id = 'default'");
    const std::vector<std::string> names = {"active500", "impulsive", "lowcatch", "allauto", "tiny",
                                            "exact10",   "n11",       "perfect",  "passive"};
    const auto vectors = shared_ / "vectors/change_detection";
    for (std::size_t i = 0; i < names.size(); ++i) {
        add(10 + static_cast<int>(i), fmt::format("2019-03-{:02}", i + 1),
            vectors / ("performance_" + names[i]));
    }
    ASSERT_EQ(world_.populate({"task.change_performance"}), 0);
    for (std::size_t i = 0; i < names.size(); ++i) {
        SCOPED_TRACE(names[i]);
        const int session = 10 + static_cast<int>(i);
        const Json expected = read_json(vectors / ("performance_" + names[i]) / "expected.json");
        expect_metrics(session, "default", expected.at("metrics"));
        expect_metrics(session, "one", expected.at("engaged_threshold_1"));
        for (const auto& [name, want] : expected.at("rolling").items()) {
            const auto got = world_.column(
                fmt::format("select {} from analysis.allen_rolling_performance where session_id = "
                            "'{}' order by trials_id",
                            name, key_of(session)));
            ASSERT_EQ(got.size(), want.size()) << name;
            for (std::size_t trial = 0; trial < got.size(); ++trial) {
                expect_same(got[trial], number_of(want[trial]),
                            fmt::format("{} of trial {}", name, trial));
            }
        }
        const Json& latencies = expected.at("latency_from_response_window");
        const auto got = world_.column(
            fmt::format("select latency_s from task.change_rolling where session_id = '{}' and "
                        "params_id = 'default' order by trial",
                        key_of(session)));
        ASSERT_EQ(got.size(), latencies.size());
        for (std::size_t trial = 0; trial < got.size(); ++trial) {
            const double want = number_of(latencies[trial]);
            expect_same(got[trial], std::isfinite(want) ? want : std::nan(""),
                        fmt::format("latency of trial {}", trial));
        }
    }
    // Ours beside the reference's: no d' where there is none, and why.
    EXPECT_EQ(
        world_.value("select concat_ws(' ', coalesce(max_dprime::text, 'null'), dprime_reason, "
                     "reference_max_dprime, dprime_engaged_reason) from "
                     "task.change_performance where is_passive and params_id = 'default'"),
        "null passive 0 passive");
    EXPECT_EQ(world_.value(fmt::format("select hit_rate_reason || ' ' || dprime_reason from "
                                       "task.change_performance where session_id = '{}' and "
                                       "params_id = 'default'",
                                       key_of(13))),
              "no_go_trials no_go_trials")
        << "all trials are auto-rewarded";
    EXPECT_EQ(world_.value("select reward_rate_reason from task.change_performance where "
                           "trial_count <= 10 limit 1"),
              "too_few_trials");
}

TEST_F(PopulatedPerformance, GivesTheRealSessionItsPublishedNumbers) {
    const auto folder = shared_ / "data/allen_vbo";
    if (!std::filesystem::exists(folder / "trials.csv")) GTEST_SKIP() << "no real session";
    add(20, "2019-05-17", folder);
    ASSERT_EQ(world_.populate({"task.change_performance", "task.change_training"}), 0);
    EXPECT_EQ(world_.value("select concat_ws(' ', trial_count, go_trial_count, catch_trial_count, "
                           "hit_trial_count, miss_trial_count, false_alarm_trial_count, "
                           "correct_reject_trial_count, auto_reward_count, total_reward_count, "
                           "engaged_trial_count) from analysis.allen_performance_metrics"),
              "468 330 48 80 250 1 47 5 85 116");
    const auto is = [&](const std::string& column, double want) {
        const auto got =
            world_.column("select " + column + " from analysis.allen_performance_metrics");
        ASSERT_EQ(got.size(), 1U);
        EXPECT_NEAR(got[0], want, 1e-9 * std::abs(want)) << column;
    };
    is("total_reward_volume", 0.5850000000000001);
    is("maximum_reward_rate", 3.342181425393434);
    is("mean_hit_rate", 0.2794232766429797);
    is("mean_dprime", 0.9413658690852447);
    is("max_dprime", 1.5839580108992641);
    is("max_dprime_engaged", 1.5765261469995815);
    EXPECT_EQ(world_.value("select dprime_peak - max_dprime from task.change_training_session join "
                           "analysis.change_performance using (session_id)"),
              "0");
    EXPECT_EQ(world_.value("select response_share from task.change_training_session"),
              world_.value("select 81::double precision / 378"));
    EXPECT_EQ(
        world_.value("select string_agg(criterion || '=' || coalesce(is_passed::text, "
                     "reason), ' ' order by criterion) from task.change_training_criterion"),
        "engagement=NotEnoughDays enough_trials=true mostly_useful=true no_response_bias=true "
        "out_of_time=false two_out_of_three=NotEnoughDays yesterday_was_good=false");
}

TEST_F(PopulatedPerformance, ASessionWithAnotherNumberOfTrialsThanItSaysIsAnError) {
    add(30, "2019-05-17", shared_ / "vectors/change_detection/performance_tiny");
    world_.run("update task.change_session set n_trials = n_trials + 1");
    EXPECT_EQ(world_.populate({"task.change_performance"}), 1);
    EXPECT_EQ(world_.value("select count(*) from task.change_performance"), "0");
    // Mended, it is computed: the change is seen.
    world_.run("update task.change_session set n_trials = n_trials - 1");
    EXPECT_EQ(world_.populate({"task.change_performance"}), 0);
    EXPECT_EQ(world_.value("select count(*) from task.change_performance"), "1");
}

TEST_F(PopulatedPerformance, DaysAreFoldedAndThoseWithoutTrialsAreTold) {
    // Day 1 has two sessions, day 2 is known from the table only, days 3 and 4 have one each.
    const auto vectors = shared_ / "vectors/change_detection";
    add(40, "2019-03-01", vectors / "performance_active500");
    add(41, "2019-03-01", vectors / "performance_tiny");
    world_.add_session(42, 1, "2019-03-02");
    add(43, "2019-03-03", vectors / "performance_passive");
    add(44, "2019-03-04", vectors / "performance_active500");
    world_.add_subject(2);
    ASSERT_EQ(world_.populate({"task.change_performance", "task.change_training"}), 0);
    EXPECT_EQ(world_.value("select concat_ws(' ', count(*), min(n_days), min(n_sessions), "
                           "min(n_days_without_trials)) from task.change_training"),
              "1 3 4 1")
        << "a subject without trials has no row";
    EXPECT_EQ(
        world_.value("select string_agg(concat_ws('/', right(session_id::text, 2), session_no, "
                     "training_day, n_days, n_days_without_trials), ' ' order by session_no) "
                     "from task.change_training_session"),
        "40/1/1/1/0 41/2/1/1/0 43/3/3/2/1 44/4/4/3/1");
    EXPECT_EQ(world_.value(fmt::format(
                  "select count(*) from task.change_training_session where session_id = '{}' and "
                  "dprime_peak is null and response_share = 0",
                  key_of(43))),
              "1")
        << "a passive day has no d'";
    EXPECT_EQ(world_.value("select count(distinct (dprime_peak, contingent_trial_count)) from "
                           "task.change_training_session where training_day = 1"),
              "1")
        << "sessions of a date share the day";
    EXPECT_EQ(world_.value("select (contingent_trial_count = (select sum(go_trial_count + "
                           "catch_trial_count) from task.change_performance join core.session "
                           "using (session_id) where session_date = '2019-03-01'))::text from "
                           "task.change_training_session where training_day = 1 limit 1"),
              "true");
    EXPECT_EQ(world_.value("select string_agg(session_no || '=' || coalesce(is_passed::text, "
                           "reason), ' ' order by session_no) from task.change_training_criterion "
                           "join task.change_training_session using (subject_id, "
                           "stage_criteria_set, params_id, session_id) where criterion = "
                           "'engagement'"),
              "1=NotEnoughDays 2=NotEnoughDays 3=NotEnoughDays 4=false");
}

}  // namespace
}  // namespace tb::compute::testing
