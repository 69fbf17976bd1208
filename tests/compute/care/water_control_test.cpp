#include "compute/care/water_control.hpp"

#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::care {
namespace {

using namespace std::chrono_literals;
using stats::error_type;

LocalDay day(int number) {
    return LocalDay(std::chrono::local_days(std::chrono::year{2020} / 1 / 1)) +
           std::chrono::days(number - 1);
}
LocalTime at(int number, std::chrono::minutes time) {
    return LocalTime(day(number)) + time;
}

// Weighed 20 g on 1 January at noon with an implant of 2 g; restricted from the 2nd at 10:00,
// weighed 19 g that evening and 15 g on the 4th.
CareLog short_log() {
    CareLog log;
    log.birth_date = day(1) - std::chrono::days(70);
    log.weighings = {{at(1, 12h), 20.0}, {at(2, 20h), 19.0}, {at(4, 9h), 15.0}};
    log.water = {{at(2, 11h), 0.5, true},
                 {at(2, 18h), 0.25, false},
                 {at(2, 19h), nan, true},
                 {at(3, 23h + 59min), 1.0, true}};
    log.restrictions = {{at(2, 10h), std::nullopt, 0.0}};
    log.implants = {{day(1), 2.0}};
    return log;
}
constexpr WeightRule by_reference{.reference_weight = 0.8};
constexpr WeightRule by_age{.zscore_weight = 0.8};
const std::vector<ReferenceAge> ages{{8, 16.0, 1.0}, {9, 17.0, 1.0}, {10, 18.0, 2.0}};

TEST(CareDay, ExpectsTheWeightAtTheStartOfTheRestriction) {
    const CareDay found = care_day(short_log(), {}, by_reference, day(4));
    EXPECT_TRUE(found.is_water_restricted);
    EXPECT_DOUBLE_EQ(found.reference_weight_g, 17.0) << "the weighing of that evening, less 2 g";
    EXPECT_DOUBLE_EQ(found.expected_weight_g, 19.0);
    EXPECT_DOUBLE_EQ(found.min_weight_g, 0.8 * 17.0 + 2.0);
    EXPECT_DOUBLE_EQ(found.percentage_weight_percent, 100.0 * 13.0 / 17.0);
    EXPECT_EQ(found.weight_status, 2);
    EXPECT_DOUBLE_EQ(found.expected_water_ml, 0.05 * 13.0) << "below the least: more water";
    EXPECT_DOUBLE_EQ(found.excess_water_ml(), -0.65);
}

TEST(CareDay, AddsUpTheDaysWater) {
    const CareDay second = care_day(short_log(), {}, by_reference, day(2));
    EXPECT_DOUBLE_EQ(second.reward_ml, 0.5) << "what was not measured is left out";
    EXPECT_DOUBLE_EQ(second.supplement_ml, 0.25);
    EXPECT_DOUBLE_EQ(second.expected_water_ml, 0.04 * 17.0);
    EXPECT_EQ(second.weighing_g, 19.0);
    const CareDay third = care_day(short_log(), {}, by_reference, day(3));
    EXPECT_DOUBLE_EQ(third.given_water_ml(), 1.0);
    EXPECT_FALSE(third.weighing_g);
    EXPECT_DOUBLE_EQ(third.weight_g, 19.0) << "the last one still holds";
}

TEST(CareDay, WithoutARestrictionHasNoReference) {
    const CareDay found = care_day(short_log(), ages, by_age, day(1));
    EXPECT_FALSE(found.has_reference);
    EXPECT_FALSE(found.is_water_restricted);
    EXPECT_EQ(found.reference_weight_g, 0.0);
    EXPECT_EQ(found.zscore_weight_g, 0.0);
    EXPECT_EQ(found.expected_weight_g, 2.0) << "the implant alone";
    EXPECT_EQ(found.percentage_weight_percent, 0.0);
    EXPECT_EQ(found.weight_status, 0);
}

// Ten weeks old at noon of 1 January: at the reference, of the 2nd, the last row, 17 g being half a
// spread below its 18 g. 14 days earlier it would have been the row of week 8.
TEST(CareDay, ExpectsTheSameZScoreAtAnotherAge) {
    CareLog log = short_log();
    EXPECT_DOUBLE_EQ(care_day(log, ages, by_age, day(4)).zscore_weight_g, 17.0);
    // Nine weeks old at noon of the 8th: the morning before, eight.
    log.birth_date = day(8) - std::chrono::days(63);
    log.restrictions[0].reference_weight_g = 20.0;  // at 10:00 of the 2nd, week 8: z = 2
    EXPECT_DOUBLE_EQ(care_day(log, ages, by_age, day(7)).zscore_weight_g, 18.0);
    EXPECT_DOUBLE_EQ(care_day(log, ages, by_age, day(8)).zscore_weight_g, 19.0);
    EXPECT_DOUBLE_EQ(care_day(log, ages, by_age, day(200)).zscore_weight_g, 22.0)
        << "beyond the table its last row holds";
    log.birth_date.reset();
    EXPECT_EQ(care_day(log, ages, by_age, day(8)).zscore_weight_g, 0.0);
}

TEST(CareDay, NeedsReferenceWeightsOnlyWhereTheyCount) {
    EXPECT_EQ(error_type([] { (void)care_day(short_log(), {}, by_age, day(4)); }),
              "MissingReferenceWeights");
    EXPECT_EQ(error_type([] { (void)care_day(short_log(), {}, by_age, day(1)); }), "none");
    EXPECT_EQ(error_type([] { (void)care_day(short_log(), {}, by_reference, day(4)); }), "none");
}

TEST(CareDay, IsRestrictedUntilTheEnd) {
    CareLog log = short_log();
    log.restrictions[0].end = at(3, 8h);
    EXPECT_TRUE(care_day(log, {}, by_reference, day(2)).is_water_restricted);
    EXPECT_FALSE(care_day(log, {}, by_reference, day(3)).is_water_restricted);
}

TEST(CareDay, TakesASetReferenceFromItsDayOn) {
    CareLog log = short_log();
    log.set_reference = SetReference{at(3, 20h), 30.0};
    EXPECT_DOUBLE_EQ(care_day(log, {}, by_reference, day(2)).reference_weight_g, 17.0);
    EXPECT_DOUBLE_EQ(care_day(log, {}, by_reference, day(3)).reference_weight_g, 28.0);
}

// 13.9 of 17 g are 81.8 %, less than 82; 14 g are 82.4 %.
TEST(CareDay, WarnsCloseToTheLeast) {
    CareLog log = short_log();
    log.weighings.back().weight_g = 15.9;
    EXPECT_EQ(care_day(log, {}, by_reference, day(4)).weight_status, 1);
    log.weighings.back().weight_g = 16.0;
    EXPECT_EQ(care_day(log, {}, by_reference, day(4)).weight_status, 0);
}

TEST(CareDays, GoFromTheFirstWeighingOrWaterToTheLastFact) {
    CareLog log = short_log();
    const std::vector<CareDay> found = care_days(log, {}, by_reference);
    ASSERT_EQ(found.size(), 4u);
    EXPECT_EQ(found.front().day, day(1));
    log.restrictions[0].end = at(9, 8h);
    EXPECT_EQ(care_days(log, {}, by_reference).size(), 9u);
    log.weighings.clear();
    EXPECT_EQ(care_days(log, {}, by_reference).front().day, day(2));
    log.water.clear();
    EXPECT_TRUE(care_days(log, {}, by_reference).empty());
}

TEST(ReferenceAges, AreReadWhateverEndsTheirLines) {
    const auto found = parse_reference_ages("4,14.10,1.80\r5,16.90,1.20\r\n6,17.5,1\n", "a.csv");
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[1].age_weeks, 5);
    EXPECT_EQ(found[1].mean_g, 16.9);
    EXPECT_EQ(found[2].sd_g, 1.0);
}

TEST(ReferenceAges, NameTheRowThatIsNone) {
    for (const char* text : {"", "age,mean,sd\n4,1,1\n", "4,14.1\n", "4,14.1,0\n", "4,14.1,1,9\n",
                             "4.5,14.1,1\n", "4,14.1,nan\n", "4,14,1\n6,15,1\n"}) {
        EXPECT_EQ(error_type([&] { (void)parse_reference_ages(text, "a.csv"); }), "ValueError")
            << text;
    }
}

}  // namespace
}  // namespace tb::compute::care
