#include "tests/app/cli/two_sessions.hpp"

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::app {
namespace {

using ::testing::HasSubstr;

class ReferenceWeights : public testing_support::TwoSessions {
  protected:
    ReferenceWeights() {
        auto name = (std::filesystem::temp_directory_path() / "weights.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        folder_ = name;
    }
    ~ReferenceWeights() override {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::string file(const std::string& name, const std::string& text) {
        const auto path = folder_ / name;
        std::ofstream(path, std::ios::binary) << text;
        return path.string();
    }
    testing_support::Ran load(std::vector<std::string> arguments) {
        Context context;
        context.dsn = database_.conninfo();
        context.json = true;
        context.quiet = true;
        arguments.insert(arguments.begin(), "reference-weights");
        return testing_support::run_command(context, {add_reference_weights_command},
                                            std::move(arguments));
    }
    int changed(const testing_support::Ran& ran) {
        return nlohmann::json::parse(ran.out).at(0).at("changed").get<int>();
    }
    std::string revision() {
        return value("select coalesce(max(revision), 0) from core.care_revision");
    }

    std::filesystem::path folder_;
};

TEST_F(ReferenceWeights, BecomeWhatTheFileSays) {
    const auto male = file("ref_male.csv", "4,15.70,2.20\r5,19.40,1.80\r6,21.10,1.50");
    EXPECT_EQ(changed(load({male})), 3);
    EXPECT_EQ(value("select string_agg(concat_ws(' ', sex, age_weeks, mean_g, sd_g), '; ' order by "
                    "age_weeks) from core.reference_weight"),
              "M 4 15.7 2.2; M 5 19.4 1.8; M 6 21.1 1.5");
    const auto first = revision();
    EXPECT_EQ(changed(load({male})), 0) << "the same file twice";
    EXPECT_EQ(revision(), first) << "and nothing is stale of it";
    EXPECT_EQ(changed(load({file("ref_male.csv", "5,19.5,1.80\r6,21.10,1.50")})), 2);
    EXPECT_NE(revision(), first);
    EXPECT_EQ(changed(load({file("other.csv", "4,14,1\n"), "--sex", "F"})), 1);
    EXPECT_EQ(value("select count(*) from core.reference_weight"), "3");
}

TEST_F(ReferenceWeights, AreRefusedWholeWithTheRowThatIsNone) {
    const auto ran = load({file("ref_female.csv", "4,14.1,1.8\r6,17.5,1")});
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::data));
    EXPECT_THAT(ran.message, HasSubstr("ref_female.csv: row 2 is of week 6 after week 4"));
    EXPECT_EQ(load({file("ages.csv", "4,14.1,1.8")}).status, static_cast<int>(ErrorKind::usage));
    EXPECT_EQ(value("select count(*) from core.reference_weight"), "0");
}

TEST_F(ReferenceWeights, AreWhatWaterControlWaitsFor) {
    run_sql(R"sql(
        update core.lab set zscore_weight_fraction = 0.8;
        update core.subject set sex = 'M', birth_date = '2019-03-01';
        insert into core.weighing (weighing_id, subject_id, weighed_at, weight_g)
        select gen_random_uuid(), subject_id, '2019-05-01 12:00+00', 21 from core.subject;
        insert into core.water_restriction (water_restriction_id, subject_id, start_time)
        select gen_random_uuid(), subject_id, '2019-05-01 13:00+00' from core.subject)sql");
    EXPECT_NE(run({"populate", "task.water_control"}).status, 0);
    EXPECT_THAT(run({"errors"}).out, HasSubstr("MissingReferenceWeights"));
    ASSERT_EQ(load({file("ref_male.csv", "4,15.70,2.20\r5,19.40,1.80")}).status, 0);
    ASSERT_EQ(run({"retry", "task.water_control"}).status, 0);
    ASSERT_EQ(run({"populate", "task.water_control"}).status, 0);
    EXPECT_EQ(value("select round(expected_weight_g::numeric, 6) from task.water_control_day"),
              "21.000000")
        << "on the day of the reference";
    run_sql("update core.lab set zscore_weight_fraction = 0.5");
    ASSERT_EQ(run({"populate", "task.water_control"}).status, 0);
    EXPECT_EQ(value("select round(min_weight_g::numeric, 6) from task.water_control_day"),
              "10.500000")
        << "the lab's rule counts from then on";
}

}  // namespace
}  // namespace tb::app
