// What the worker role cannot do to rows that are committed, with the engine's own functions and
// with a feigned claim.
#include "tests/src/populate/engine_fixture.hpp"

#include <fmt/format.h>

namespace tb::testing {

namespace {

std::string sqlstate_of(db::Session& session, const std::string& sql) {
    try {
        session.exec_script({"test", sql});
    } catch (const Error& error) {
        session.rollback();
        return error.sqlstate;
    }
    return {};
}

}  // namespace

TEST_F(engine, contract_08_a_worker_takes_no_result_away_and_changes_no_part) {
    add_sessions(1, 3);
    populate();
    const auto everything = [&] {
        return value(
            "select md5(string_agg(t::text, ' ' order by t::text)) from (select t::text from "
            "toy.total as t union all select i::text from toy.total_item as i union all select "
            "c::text from toy.child as c union all select r::text from engine.run as r) as t");
    };
    const auto before = everything();
    auto worker = database_.session("trialbase_worker");
    for (const char* claim : {"", "123"}) {
        const auto under = fmt::format("begin; set local engine.claim = '{}'; ", claim);
        const auto refused = [&](const std::string& sql) {
            EXPECT_NE(sqlstate_of(worker, under + sql + "; commit"), "") << claim << ": " << sql;
        };
        refused("delete from toy.total");
        refused("delete from toy.child");
        refused("delete from toy.total_item");
        refused("update toy.total set total = 5");
        refused("update toy.total_item set v = 5");
        refused(
            fmt::format("insert into toy.total_item values ('{}', 'one', 99, 1)", session_id(1)));
        refused("truncate toy.total_item");
        refused("delete from engine.run");
    }
    // Settling takes an older result away: under the claim alone, and the runs of its own
    // transaction.
    const auto run_id = value("select min(run_id::text) from engine.run");
    EXPECT_EQ(sqlstate_of(worker,
                          fmt::format("select engine.toy__total__settle(123, array['{}']::uuid[], "
                                      "array['one'], array['{}']::uuid[], array['x'], 1, "
                                      "gen_random_uuid())",
                                      session_id(1), run_id)),
              "");
    EXPECT_EQ(everything(), before);
    EXPECT_EQ(mended(), 0);
    // A real claim is no licence for the results of other keys either.
    add_sessions(4, 4);
    run("select engine.worker_start('00000000-0000-0000-0000-00000000000a', 'h', 1, 'u', 'v', 'r', "
        "'1 min')");
    const auto claim = value_of(
        worker,
        "select claim_id from engine.toy__total__claim('00000000-0000-0000-0000-00000000000a', 1, "
        "1, -1, 0)");
    const auto under = fmt::format("begin; set local engine.claim = '{}'; ", claim);
    EXPECT_EQ(sqlstate_of(worker, under + "update toy.total set total = 5; commit"), "TB008");
    EXPECT_EQ(sqlstate_of(worker, under + fmt::format("insert into toy.total_item values ('{}', "
                                                      "'one', 99, 1); commit",
                                                      session_id(1))),
              "TB008");
    EXPECT_EQ(sqlstate_of(worker, under + "delete from toy.total_item; commit"), "TB009");
    EXPECT_EQ(
        value_of(worker, fmt::format("select engine.toy__total__settle({}, array['{}']::uuid[], "
                                     "array['one'], array['{}']::uuid[], array['x'], 1, "
                                     "gen_random_uuid())",
                                     claim, session_id(1), run_id)),
        "0");
    run("delete from toy.session where session_id = '" + session_id(4) + "'");
    EXPECT_EQ(everything(), before);
}

TEST_F(engine, contract_07_a_recomputation_with_nothing_to_compute_takes_the_result_away) {
    add_sessions(1, 2);
    const auto as_worker = [](auto& o) { o.connect.role = "trialbase_worker"; };
    EXPECT_EQ(populate(as_worker).done, 4);
    run("update toy.session set behaviour = 'nothing' where session_id = '" + session_id(1) + "'");
    EXPECT_EQ(populate(as_worker).settled, 1);
    EXPECT_EQ(value("select string_agg(session_id::text, ' ') from toy.total"), session_id(2));
    EXPECT_EQ(value("select string_agg(session_id::text, ' ') from toy.child"), session_id(2));
    EXPECT_EQ(value("select count(*) from toy.total_item"), "3");
    EXPECT_EQ(value("select count(*) from engine.run"), "2");
    EXPECT_EQ(jobs(), "settled 1");
    EXPECT_EQ(mended(), 0);
}

}  // namespace tb::testing
