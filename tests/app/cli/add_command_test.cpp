// trialbase add, as a user calls it.
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::app {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_support::Ran;
using testing_support::run_command;

class AddCommand : public ::testing::Test {
  protected:
    Ran run(std::vector<std::string> arguments, bool as_json = false) {
        Context context;
        context.dsn = database_.conninfo();
        context.json = as_json;
        arguments.insert(arguments.begin(), "add");
        return run_command(context, {add_add_command}, std::move(arguments));
    }
    std::string value(const std::string& sql) {
        auto session = database_.session();
        return testing::value_of(session, sql);
    }

    testing::TestDatabase database_;
};

TEST_F(AddCommand, FromALabToAWeighingWithoutAFile) {
    EXPECT_EQ(run({"lab", "--lab", "alpha", "--time-zone", "Europe/Lisbon"}).out,
              "new lab: lab alpha, time_zone Europe/Lisbon\n");
    EXPECT_EQ(run({"subject", "--lab", "alpha", "--subject", "a1", "--sex", "female",
                   "--birth-date", "2019-02-03"})
                  .status,
              0);
    // The lab of the only subject of the name, on whose clock the time is.
    const auto first = run({"weighing", "--subject", "a1", "--weight-g", "23.4", "--weighed-at",
                            "2019-05-04T09:30"});
    EXPECT_EQ(first.out,
              "new weighing: subject a1, weighed_at 2019-05-04T09:30, weight_g 23.4\n");
    EXPECT_EQ(value("select weight_g || ' ' || (weighed_at at time zone 'UTC') from core.weighing"),
              "23.4 2019-05-04 08:30:00");
    // Again; and mended.
    EXPECT_THAT(run({"weighing", "--subject", "a1", "--weight-g", "23.4", "--weighed-at",
                     "2019-05-04T09:30"})
                    .out,
                StartsWith("unchanged weighing"));
    EXPECT_THAT(run({"weighing", "--subject", "a1", "--weight-g", "24.3", "--weighed-at",
                     "2019-05-04T09:30"})
                    .out,
                StartsWith("changed weighing"));
    EXPECT_EQ(value("select string_agg(weight_g::text, ' ') from core.weighing"), "24.3");
    // Now, where no time is told.
    const auto water = run({"water", "--subject", "a1", "--volume-ml", "1.2", "--user-name",
                            "ines", "--water-type", "Water"},
                           true);
    EXPECT_EQ(water.status, 0);
    const auto facts = nlohmann::json::parse(water.out);
    EXPECT_EQ(facts.at("is"), "new");
    EXPECT_EQ(facts.at("row").at("volume_ml"), "1.2");
    EXPECT_EQ(facts.at("new_names"), nlohmann::json({"person ines"}));
    EXPECT_EQ(value("select (now() - administered_at < interval '1 hour' and administered_at <= "
                    "now())::text from core.water_administration"),
              "true");
    EXPECT_EQ(facts.at("undo"),
              "trialbase delete core.water_administration --where \"water_administration_id = '" +
                  value("select water_administration_id from core.water_administration") + "'\"");
}

TEST_F(AddCommand, WhatATableWouldLoseIsRefusedAndNothingStored) {
    run({"lab", "--lab", "alpha"});
    run({"lab", "--lab", "beta"});
    run({"subject", "--lab", "alpha", "--subject", "a1"});
    const auto twins = [&](const char* lab) {
        return run({"subject", "--lab", lab, "--subject", "twin"}).status;
    };
    EXPECT_EQ(twins("alpha") + twins("beta"), 0);
    const auto refused = [&](std::vector<std::string> arguments) {
        const auto ran = run(std::move(arguments));
        EXPECT_NE(ran.status, 0);
        return ran.message + " | " + ran.hint;
    };
    EXPECT_THAT(refused({"weighing", "--subject", "a1", "--weight-g", "heavy"}),
                HasSubstr("weight_g 'heavy'"));
    EXPECT_THAT(refused({"weighing", "--subject", "a1", "--weight-g", "20", "--weighed-at",
                         "yesterday"}),
                HasSubstr("weighed_at 'yesterday'"));
    EXPECT_THAT(refused({"weighing", "--subject", "nobody", "--weight-g", "20"}),
                HasSubstr("no subject is called nobody"));
    EXPECT_THAT(refused({"weighing", "--subject", "twin", "--weight-g", "20"}),
                HasSubstr("alpha, beta | Tell which with --lab."));
    EXPECT_THAT(
        refused({"weighing", "--lab", "alpha", "--subject", "a2", "--weight-g", "20"}),
        HasSubstr("'a2' is not known; did you mean a1?"));
    EXPECT_THAT(refused({"water", "--subject", "a1", "--water-type", "Watr"}), HasSubstr("Watr"));
    EXPECT_THAT(refused({"weighing", "--weight-g", "20"}), HasSubstr("--subject"));
    EXPECT_EQ(run({"weighing", "--subject", "a1", "--weight-g", "20", "--dry-run"}).status, 0);
    EXPECT_EQ(value("select (select count(*) from core.weighing) + (select count(*) from "
                    "core.water_administration) + (select count(*) from core.session_error)"),
              "0");
}

}  // namespace
}  // namespace tb::app
