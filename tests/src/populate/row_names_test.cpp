#include "src/populate/row_names.hpp"

#include "tests/src/populate/engine_fixture.hpp"

#include <gmock/gmock.h>

namespace tb::testing {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST_F(engine, a_misspelt_column_is_told_with_the_nearest_and_all_that_there_are) {
    add_sessions(1, 2);
    registry_[1].compute = [](const Inputs&, Output& output) { output.master().set("doubeld", 1); };
    EXPECT_EQ(populate().errors, 2);
    const auto said =
        value("select error_type || ': ' || error_message from toy.child_job limit 1");
    EXPECT_EQ(said,
              "UnknownColumn: toy.child has no column doubeld (nearest: doubled); its columns: "
              "session_id, params_id, doubled");
}

TEST_F(engine, names_of_parts_and_their_columns_are_checked_too) {
    add_sessions(1, 1);
    const auto total = registry_[0].compute;
    registry_[0].compute = [total](const Inputs& inputs, Output& output) {
        total(inputs, output);
        output.part("total_itme").set("item", 9);
    };
    EXPECT_EQ(populate().errors, 1);
    EXPECT_THAT(value("select error_type || ': ' || error_message from toy.total_job"),
                AllOf(HasSubstr("UnknownPart: toy.total has no part total_itme"),
                      HasSubstr("its parts: toy.total_item")));
    run("select engine.toy__total__set_state(array_agg(session_id), array_agg(params_id), "
        "array['error']::engine.job_state[], 'pending') from toy.total_job");
    registry_[0].compute = [total](const Inputs& inputs, Output& output) {
        total(inputs, output);
        output.part("total_item").set("item", 9).set("w", 1.0);
    };
    EXPECT_EQ(populate().errors, 1);
    EXPECT_THAT(value("select error_message from toy.total_job"),
                AllOf(HasSubstr("toy.total_item has no column w"),
                      HasSubstr("its columns: session_id, params_id, item, v")));
}

TEST(RowNames, remembers_what_was_good_and_still_finds_what_is_not) {
    populate::TableInfo table;
    table.name = "lab.fit";
    for (const auto* name : {"session_id", "slope", "bias", "run_id"})
        table.columns.push_back({name, name, 0, ""});
    populate::RowNames names;
    Output good;
    good.master().set("slope", 1.0).set("bias", 2.0);
    names.check(table, good);
    names.check(table, good);
    Output fewer;
    fewer.master().set("bias", 2.0);
    names.check(table, fewer);
    Output bad;
    bad.master().set("slope", 1.0).set("bais", 2.0);
    try {
        names.check(table, bad);
        ADD_FAILURE() << "accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::internal);
        EXPECT_EQ(error.type(), "UnknownColumn");
        EXPECT_THAT(error.what(), HasSubstr("lab.fit has no column bais"));
        EXPECT_THAT(error.what(), HasSubstr("its columns: session_id, slope, bias"));
    }
    names.check(table, good);
}

}  // namespace tb::testing
