#include "compute/care/water_control_table.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::care {
namespace {

using task::testing::HandRows;
using task::testing::number;
using task::testing::text;

constexpr double day_s = 86400.0;
constexpr double noon_s = 43200.0;

/// A subject weighed 20 g at noon of 11 January 1970, restricted that evening, weighed 15 g and
/// given 0.5 mL in a session on the 13th.
struct Facts {
    HandRows subject, weighings, water, restrictions, implants, ages;

    Facts(double birth_day, double reference_fraction, double zscore_fraction) {
        subject.numbers("birth_day", {birth_day})
            .numbers("reference_weight_fraction", {reference_fraction})
            .numbers("zscore_weight_fraction", {zscore_fraction});
        weighings.numbers("at_s", {10 * day_s + noon_s, 12 * day_s + noon_s})
            .numbers("weight_g", {20.0, 15.0});
        water.numbers("at_s", {12 * day_s + noon_s})
            .numbers("volume_ml", {0.5})
            .numbers("is_reward", {1.0});
        restrictions.numbers("start_s", {11 * day_s})
            .numbers("end_s", {nan})
            .numbers("reference_weight_g", {nan});
        implants.numbers("day", {}).numbers("implant_weight_g", {});
        ages.numbers("age_weeks", {}).numbers("mean_g", {}).numbers("sd_g", {});
    }
    [[nodiscard]] Output run() const {
        return task::testing::run(water_control_table(), "subject_id=a",
                                  {{"subject", &subject},
                                   {"weighings", &weighings},
                                   {"water", &water},
                                   {"restrictions", &restrictions},
                                   {"implants", &implants},
                                   {"ages", &ages}});
    }
};

TEST(WaterControlTable, HasARowPerDay) {
    const Output output = Facts(nan, 0.8, 0.0).run();
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_days"), 3.0);
    EXPECT_EQ(text(*output.master_row, "first_date"), "1970-01-11");
    EXPECT_EQ(text(*output.master_row, "last_date"), "1970-01-13");
    const auto& days = output.part_rows.at("water_control_day");
    ASSERT_EQ(days.size(), 3u);
    EXPECT_TRUE(std::isnan(number(days[0], "expected_weight_g"))) << "not yet restricted";
    EXPECT_TRUE(std::isnan(number(days[1], "weighing_g"))) << "not weighed that day";
    EXPECT_EQ(number(days[1], "weight_percent"), 100.0);
    EXPECT_EQ(text(days[2], "weight_status"), "below");
    EXPECT_EQ(number(days[2], "weight_percent"), 75.0);
    EXPECT_EQ(number(days[2], "reward_ml"), 0.5);
    EXPECT_DOUBLE_EQ(number(days[2], "excess_water_ml"), 0.5 - 0.05 * 15.0);
}

TEST(WaterControlTable, ExpectsNothingWhereTheLabDoesNotSay) {
    const Output output = Facts(nan, nan, nan).run();
    EXPECT_TRUE(std::isnan(number(*output.master_row, "reference_weight_fraction")));
    const Row& last = output.part_rows.at("water_control_day").back();
    EXPECT_EQ(number(last, "reference_weight_g"), 20.0);
    EXPECT_TRUE(std::isnan(number(last, "expected_weight_g")));
    EXPECT_TRUE(std::isnan(number(last, "weight_percent")));
}

TEST(WaterControlTable, NeedsABirthDateForAZScoreThatCounts) {
    const Output output = Facts(nan, 0.4, 0.4).run();
    const Row& last = output.part_rows.at("water_control_day").back();
    EXPECT_TRUE(std::isnan(number(last, "zscore_weight_g")));
    EXPECT_TRUE(std::isnan(number(last, "expected_weight_g")));
}

TEST(WaterControlTable, NeedsReferenceWeightsForAZScoreThatCounts) {
    EXPECT_THROW((void)Facts(-100.0, 0.0, 0.8).run(), Error);
    Facts facts(-100.0, 0.0, 0.8);
    HandRows ages;
    ages.numbers("age_weeks", {15.0}).numbers("mean_g", {22.0}).numbers("sd_g", {2.0});
    facts.ages = ages;
    EXPECT_EQ(number(facts.run().part_rows.at("water_control_day").back(), "zscore_weight_g"),
              20.0);
}

TEST(WaterControlTable, HasNothingToComputeWithoutWeighingsAndWater) {
    Facts facts(nan, 0.8, 0.0);
    facts.weighings = HandRows();
    facts.water = HandRows();
    EXPECT_TRUE(facts.run().settled_reason);
}

}  // namespace
}  // namespace tb::compute::care
