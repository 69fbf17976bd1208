// What people hang on rows of results stays when these are computed again, and stops the
// computation where it would be lost.
#include "tests/src/populate/engine_fixture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::testing {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Notes on the parts of sessions 1 and 2, with a foreign key that does as it is told.
class PartRows : public engine, public ::testing::WithParamInterface<const char*> {
  protected:
    void make_notes() {
        run(fmt::format(
            "create schema mylab; create table mylab.item_note (note_id serial primary key, "
            "session_id uuid, params_id text, item integer, text text, foreign key (session_id, "
            "params_id, item) references toy.total_item on delete {});"
            "insert into mylab.item_note (session_id, params_id, item, text) select session_id, "
            "params_id, item, 'seen by eye' from toy.total_item where session_id in ('{}', '{}')",
            GetParam(), session_id(1), session_id(2)));
    }
    std::string notes() {
        return value("select count(*) || ' of ' || count(item) from mylab.item_note");
    }
    std::string failure(int number) {
        return value(
            fmt::format("select state || ' ' || error_type || ': ' || error_message || ' / ' "
                        "|| error_detail from toy.total_job where session_id = '{}'",
                        session_id(number)));
    }
};
INSTANTIATE_TEST_SUITE_P(Actions, PartRows,
                         ::testing::Values("cascade", "no action", "restrict", "set null"));

TEST_P(PartRows, StayWhereTheirKeysStayAndAreTouchedWhereTheyDiffer) {
    add_sessions(1, 3);
    populate();
    make_notes();
    const std::string places =
        "select string_agg(item || ' ' || ctid::text || xmin::text, ', ' order by item) from "
        "toy.total_item where item <> 2 and session_id = '" +
        session_id(1) + "'";
    const auto before = value(places);
    run("update toy.trial set v = 10 where trial = 2 and session_id = '" + session_id(1) + "'");
    const auto counted = populate();
    EXPECT_EQ(counted.errors, 0);
    EXPECT_EQ(counted.done, 2) << "the sum and its child";
    EXPECT_EQ(notes(), "6 of 6");
    EXPECT_EQ(value(places), before) << "equal rows are not written again";
    EXPECT_EQ(value("select string_agg(v::text, ' ' order by item) from toy.total_item where "
                    "session_id = '" +
                    session_id(1) + "'"),
              "1 10 1");
    EXPECT_EQ(mended(), 0);
}

TEST_P(PartRows, StopTheKeyAloneWhereTheyWouldVanish) {
    add_sessions(1, 3);
    populate();
    make_notes();
    // Session 1 loses a noted item; session 2 gets one, session 3 loses one that nobody noted.
    run(
        fmt::format("delete from toy.trial where trial = 3 and session_id in ('{}', '{}');"
                    "insert into toy.trial values ('{}', 4, 7)",
                    session_id(1), session_id(3), session_id(2)));
    const auto counted = populate();
    EXPECT_EQ(counted.errors, 1);
    EXPECT_THAT(failure(1),
                AllOf(HasSubstr("error RowsInUse: 1 row(s) of mylab.item_note hang on rows of "
                                "toy.total_item"),
                      HasSubstr("trialbase retry")));
    EXPECT_EQ(notes(), "6 of 6") << "nothing made by hand is lost";
    const auto items = [&](int number) {
        return value("select count(*) from toy.total_item where session_id = '" +
                     session_id(number) + "'");
    };
    EXPECT_EQ(items(1), "3") << "nor is anything of the result";
    EXPECT_EQ(items(2), "4");
    EXPECT_EQ(items(3), "2");
    // Once the note is gone, the key is computed as any other.
    run("delete from mylab.item_note where item = 3 and session_id = '" + session_id(1) + "'");
    run("select engine.toy__total__set_state(array['" + session_id(1) +
        "'::uuid], array['one'], array['error']::engine.job_state[], 'pending')");
    EXPECT_EQ(populate().errors, 0);
    EXPECT_EQ(items(1), "2");
    EXPECT_EQ(notes(), "5 of 5");
    EXPECT_EQ(mended(), 0);
}

TEST_P(PartRows, StopAKeyThatTurnsOutToHaveNothingToCompute) {
    add_sessions(1, 3);
    populate();
    make_notes();
    run("update toy.session set behaviour = 'nothing'");
    const auto counted = populate();
    EXPECT_EQ(counted.errors, 2);
    EXPECT_EQ(counted.settled, 1) << "that nobody noted";
    EXPECT_THAT(failure(2), HasSubstr("RowsInUse: 3 row(s) of mylab.item_note"));
    EXPECT_EQ(notes(), "6 of 6");
    EXPECT_EQ(value("select count(*) from toy.total"), "2");
}

TEST_F(engine, notes_on_results_further_down_stop_a_result_from_vanishing) {
    add_sessions(1, 2);
    populate();
    run("create schema mylab; create table mylab.child_note (session_id uuid, params_id text, text "
        "text, foreign key (session_id, params_id) references toy.child on delete cascade);"
        "insert into mylab.child_note select session_id, params_id, 'odd' from toy.child where "
        "session_id = '" +
        session_id(1) + "'; update toy.session set behaviour = 'nothing'");
    const auto counted = populate();
    EXPECT_EQ(counted.errors, 1);
    EXPECT_EQ(counted.settled, 1);
    EXPECT_EQ(value("select count(*) from mylab.child_note"), "1");
    EXPECT_EQ(
        value("select error_message from toy.total_job where state = 'error'"),
        "1 row(s) of mylab.child_note hang on rows of toy.total that the new result no longer "
        "has");
}

TEST_F(engine, parts_may_be_partitioned_and_have_generated_columns) {
    run("drop table toy.total_item;"
        "create table toy.total_item (session_id uuid not null, params_id text not null, item "
        "integer not null, v double precision, twice double precision generated always as (2 * v) "
        "stored, primary key (session_id, params_id, item), foreign key (session_id, params_id) "
        "references toy.total on delete cascade) partition by hash (session_id);"
        "create table toy.total_item_0 partition of toy.total_item for values with (modulus 2, "
        "remainder 0);"
        "create table toy.total_item_1 partition of toy.total_item for values with (modulus 2, "
        "remainder 1);"
        "grant select on all tables in schema toy to trialbase_worker; select engine.regenerate()");
    add_sessions(1, 8);
    EXPECT_EQ(populate().errors, 0);
    run("create schema mylab; create table mylab.item_note (session_id uuid, params_id text, item "
        "integer, foreign key (session_id, params_id, item) references toy.total_item);"
        "insert into mylab.item_note select session_id, params_id, item from toy.total_item where "
        "item = 1;"
        "delete from toy.trial where trial = 3; update toy.trial set v = 2 * v where trial = 2");
    EXPECT_EQ(populate().errors, 0);
    EXPECT_EQ(value("select count(*) || ' ' || sum(twice) from toy.total_item"), "16 216");
    EXPECT_EQ(value("select count(*) from mylab.item_note"), "8");
    run("delete from toy.trial where session_id = '" + session_id(5) + "'");
    EXPECT_EQ(populate().errors, 1);
    EXPECT_EQ(value("select count(*) from mylab.item_note"), "8");
}

TEST_F(engine, a_computation_changes_part_rows_of_its_own_key_alone) {
    add_sessions(1, 2);
    populate();
    run("select set_config('engine.claim', '1', false)");
    try {
        run("update toy.total_item set v = 0");
        ADD_FAILURE() << "nobody claimed these keys";
    } catch (const Error& error) {
        EXPECT_EQ(error.sqlstate, "TB008");
    }
    run("reset engine.claim");
    EXPECT_EQ(value("select has_table_privilege('trialbase_worker', 'toy.total_item', 'update')"),
              "t");
}

}  // namespace tb::testing
