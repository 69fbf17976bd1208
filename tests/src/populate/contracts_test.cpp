// spec/populate_contracts.md, a test for each contract that holds without faults; those with
// faults: faults_test.cpp.
#include "tests/src/populate/engine_fixture.hpp"

#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tb::testing {

using ::testing::HasSubstr;

namespace {

/// Message of the database error that a statement gives; empty when it succeeds.
std::string refusal(db::Session& session, const std::string& sql) {
    try {
        session.exec_script({"test", sql});
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_F(engine, contract_01_key_source_is_the_join_of_the_parents_on_their_key_columns) {
    add_sessions(1, 3);
    run("insert into toy.params values ('two', 2)");
    EXPECT_EQ(value("select count(*) from engine_key.toy__total"), "6");
    EXPECT_EQ(status().pending, 6);
    EXPECT_EQ(value("select string_agg(attname, ',' order by attnum) from pg_attribute where "
                    "attrelid = 'engine_key.toy__total'::regclass and attnum > 0"),
              "session_id,params_id");
    // Two foreign keys to one parent under other names: each projected and renamed as its key says.
    run("create table toy.pair (first_id uuid references toy.session on delete cascade, second_id "
        "uuid references toy.session on delete cascade,"
        " primary key (first_id, second_id)); select engine.register_computed('toy.pair', about => "
        "'Pairs.'); select engine.regenerate()");
    EXPECT_EQ(value("select count(*) from toy.pair_job"), "9");
    add_sessions(4, 4);
    EXPECT_EQ(value("select count(*) from toy.pair_job"), "16");
    EXPECT_EQ(value("select added + removed + changed from engine.refresh('toy.pair')"), "0");
    // Without a foreign key in its primary key, a table is refused by name.
    run("create table toy.lonely (a integer primary key)");
    EXPECT_THAT(refusal(session_, "select engine.register_computed('toy.lonely', about => 'x')"),
                HasSubstr("toy.lonely has no foreign key in its primary key"));
}

TEST_F(engine, contract_02_a_restriction_narrows_and_where_leaves_others_as_they_were) {
    run("create table toy.big (session_id uuid primary key references toy.session on delete "
        "cascade, x integer);"
        "select engine.register_computed('toy.big', about => 'x', restriction => 'session.n >= "
        "100'); select engine.regenerate()");
    add_sessions(1, 3);
    EXPECT_EQ(value("select count(*) from toy.big_job"), "0");
    run("update toy.session set n = 100 where session_id = '" + session_id(2) + "'");
    EXPECT_EQ(value("select session_id from toy.big_job"), session_id(2));
    run("update toy.session set n = 99");
    EXPECT_EQ(value("select count(*) from toy.big_job"), "0");
    EXPECT_THAT(refusal(session_,
                        "select engine.register_computed('toy.big', about => 'x', restriction => "
                        "'session.nonsense > 1')"),
                HasSubstr("restriction of computed table toy.big"));

    const auto before = value(
        "select string_agg(j::text, ';' order by session_id) from toy.total_job as j where "
        "session_id <> '" +
        session_id(2) + "'");
    const auto counted = populate(
        [](auto& o) { o.where = "session_id = '" + session_id(2) + "' -- only this one"; });
    EXPECT_EQ(counted.done, 2);  // toy.total and its child
    EXPECT_EQ(value("select string_agg(j::text, ';' order by session_id) from toy.total_job as j"),
              before);
    EXPECT_EQ(value("select string_agg(session_id::text, ',') from toy.total"), session_id(2));
}

TEST_F(engine, contract_03_missing_is_decided_by_key_alone) {
    run("alter table toy.total add column behaviour text");  // a secondary column of the parent's
                                                             // name
    add_sessions(1, 5);
    populate({}, 2);
    run("update toy.total set behaviour = 'quite another'");
    EXPECT_EQ(status().pending, 3);
    EXPECT_EQ(status().done, 2);
    EXPECT_EQ(status().total, 5);
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, contract_04_a_table_with_a_key_column_of_its_own_is_refused) {
    run("create table toy.own (session_id uuid references toy.session, unit integer, primary key "
        "(session_id, unit))");
    EXPECT_THAT(refusal(session_, "select engine.register_computed('toy.own', about => 'x')"),
                HasSubstr("adds its own key column(s) unit"));
}

TEST_F(engine, contract_05_fetch_cannot_write_and_sees_its_keys) {
    add_sessions(1, 2);
    registry_[0].fetches.push_back({"evil",
                                    "with gone as (delete from toy.trial returning 1) select "
                                    "key_no from key order by key_no"});
    const auto counted = populate();
    EXPECT_EQ(counted.errors, 2);
    EXPECT_EQ(value("select count(*) from toy.trial"), "6");
    EXPECT_THAT(value("select error_message from toy.total_job limit 1"),
                HasSubstr("read-only transaction"));
}

TEST_F(engine, contract_06_master_parts_run_and_job_commit_together_or_not_at_all) {
    add_sessions(1, 1, "late violation");
    add_sessions(2, 2, "violates");
    add_sessions(3, 4);
    const auto counted = populate();
    EXPECT_EQ(counted.errors, 2);
    EXPECT_EQ(value("select count(*) from toy.total"), "2");
    EXPECT_EQ(value("select count(*) from toy.total_item"), "6");
    EXPECT_EQ(value("select count(*) from engine.run as r join toy.total using (run_id)"), "2");
    EXPECT_EQ(value("select count(*) from engine.run where key_text ~ '0001,|0002,'"), "0");
    EXPECT_EQ(jobs(), "error 2");
    EXPECT_EQ(
        value("select error_type from toy.total_job where session_id = '" + session_id(2) + "'"),
        "SQLSTATE 23514");
}

TEST_F(engine, contract_07_a_call_ends_in_rows_a_reason_or_an_error) {
    add_sessions(1, 1, "nothing");
    add_sessions(2, 2, "no rows");
    add_sessions(3, 3, "part only");
    auto counted = populate();
    EXPECT_EQ(counted.settled, 1);
    EXPECT_EQ(counted.errors, 2);
    EXPECT_EQ(value("select reason from toy.total_job where state = 'settled'"),
              "no trial in the asked block");
    EXPECT_EQ(value("select string_agg(error_type, ',') from toy.total_job where state = 'error'"),
              "NoRows,NoRows");
    calls_ = 0;
    counted = populate();
    EXPECT_EQ(calls_, 0) << "neither is tried again";
    run("update toy.session set behaviour = 'ok' where behaviour = 'nothing'");
    EXPECT_EQ(populate().done, 2) << "a changed input reopens it";
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, contract_08_rows_must_be_the_keys_own_and_others_may_not_insert) {
    add_sessions(1, 1, "other key");
    EXPECT_EQ(populate().errors, 1);
    EXPECT_EQ(value("select error_type from toy.total_job"), "RowOfAnotherKey");
    EXPECT_EQ(value("select count(*) from toy.total"), "0");
    const auto insert = "insert into toy.total (session_id, params_id, total) values ('" +
                        session_id(1) + "', 'one', 1)";
    for (const char* role : {"trialbase_worker", "trialbase_ingest", "trialbase_analyst"}) {
        auto other = database_.session(role);
        EXPECT_NE(refusal(other, insert), "") << role;
    }
    {  // A claim is not a licence for other keys: the database itself refuses them.
        add_sessions(2, 2);
        auto worker = database_.session("trialbase_worker");
        worker.exec_script({"test",
                            "select engine.worker_start('00000000-0000-0000-0000-00000000000a', "
                            "'h', 1, 'u', 'v', 'r', '1 min')"});
        const auto claim = value_of(
            worker,
            "select claim_id from engine.toy__total__claim('00000000-0000-0000-0000-00000000000a', "
            "1, 1, -1, 0)");
        EXPECT_THAT(refusal(worker, "begin; select set_config('engine.claim', '" + claim +
                                        "', true);" + insert + "; commit"),
                    HasSubstr("did not claim"));
        worker.rollback();
    }
    run(insert);  // an administrator may, and the row says so
    EXPECT_EQ(value("select run_id is null from toy.total"), "t");
    EXPECT_EQ(
        value("select count(*) from toy.total_job where session_id = '" + session_id(1) + "'"),
        "0");
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, contract_09_parts_stay_with_their_master) {
    add_sessions(1, 1);
    populate();
    EXPECT_NE(
        refusal(session_, "insert into toy.total_item (session_id, params_id, item) values ('" +
                              session_id(7) + "', 'one', 1)"),
        "");
    EXPECT_THAT(refusal(session_, "delete from toy.total_item"),
                HasSubstr("while their master row"));
    run("delete from toy.total");
    EXPECT_EQ(value("select count(*) from toy.total_item"), "0");
    populate();
    run("update toy.trial set v = 5 where trial = 2; delete from toy.trial where trial = 3");
    populate();  // populate's own replacement
    EXPECT_EQ(value("select string_agg(item || ':' || v, ' ' order by item) from toy.total_item"),
              "1:1 2:5");
}

TEST_F(engine, contract_13_a_claim_takes_only_what_can_run_most_urgent_first) {
    add_sessions(1, 6);
    run("update toy.total_job set state = 'error' where session_id = '" + session_id(1) + "'");
    run("update toy.total_job set state = 'ignored' where session_id = '" + session_id(2) + "'");
    run("update toy.total_job set run_after = now() + interval '1 hour' where session_id = '" +
        session_id(3) + "'");
    run("update toy.total_job set priority = -5 where session_id = '" + session_id(5) + "'");
    run("select engine.worker_start('00000000-0000-0000-0000-00000000000a', 'h', 1, 'u', 'v', 'r', "
        "'1 min')");
    EXPECT_EQ(
        value("select string_agg(right(session_id::text, 1), ' ') from "
              "engine.toy__total__claim('00000000-0000-0000-0000-00000000000a', 1, 2, -100, 0)"),
        "5 4");
    auto other = database_.session();
    other.begin();
    other.exec({"lock",
                "select from toy.total_job where session_id = '" + session_id(6) + "' for update"});
    // Nobody lets go of that lock before the end: a claim that waited for it would hang, and fails.
    run("set lock_timeout = '5min'");
    EXPECT_EQ(
        value("select count(*) from "
              "engine.toy__total__claim('00000000-0000-0000-0000-00000000000a', 1, 100, -100, 0)"),
        "0");
    for (int held : {1, 2, 3, 4, 6}) {
        EXPECT_EQ(
            value(
                "select count(*) from "
                "engine.toy__total__claim_keys('00000000-0000-0000-0000-00000000000a', 1, array['" +
                session_id(held) + "']::uuid[], array['one'])"),
            "0")
            << held;
    }
    run("reset lock_timeout");
}

TEST_F(engine, contract_17_limit_counts_calls_after_the_keys_set_aside) {
    add_sessions(1, 4, "throw");
    populate([](auto& o) { o.tables = {"toy.total"}; });
    add_sessions(5, 14);
    run("update toy.total_job set state = 'ignored' where session_id = '" + session_id(5) + "'");
    calls_ = 0;
    const auto counted = populate([](auto& o) { o.tables = {"toy.total"}; }, 6);
    EXPECT_EQ(calls_, 6);
    EXPECT_EQ(counted.done, 6);
    EXPECT_EQ(status().pending, 3);
}

TEST_F(engine, contract_18_go_on_by_default_and_stop_when_asked) {
    add_sessions(1, 1);
    add_sessions(2, 2, "throw");
    add_sessions(3, 3);
    auto counted = populate([](auto& o) { o.tables = {"toy.total"}, o.stop_on_error = true; });
    EXPECT_EQ(counted.errors, 1);
    EXPECT_EQ(value("select count(*) from toy.total"), "1") << "the key before it stays done";
    EXPECT_EQ(jobs(), "error 1, pending 1") << "the key after it is given back";
    counted = populate([](auto& o) { o.tables = {"toy.total"}; });
    EXPECT_EQ(counted.done, 1);
    const auto failures = populate::read_errors(
        session_, populate::select_tables(populate::read_tables(session_), {"toy.total"}), "", 10);
    ASSERT_EQ(failures.size(), 1u);
    EXPECT_EQ(failures[0].type, "InsufficientTrials");
    EXPECT_THAT(failures[0].key, HasSubstr(session_id(2)));
}

TEST_F(engine, contract_19_errors_are_kept_whole_with_the_key) {
    add_sessions(1, 1, "long message");
    add_sessions(2, 2, "odd message");
    add_sessions(3, 3, "std");
    populate();
    EXPECT_EQ(value("select length(error_detail) from toy.total_job where error_type = "
                    "'QCValidationError'"),
              "100000");
    EXPECT_THAT(value("select right(error_message, 60) from toy.total_job where error_type = "
                      "'QCValidationError'"),
                HasSubstr("[cut, 100000 bytes"));
    EXPECT_THAT(
        value("select error_message from toy.total_job where session_id = '" + session_id(2) + "'"),
        HasSubstr("it's \"odd\" \\xff\\xfe and"));
    EXPECT_EQ(
        value("select error_type || ': ' || error_message from toy.total_job where session_id = '" +
              session_id(3) + "'"),
        "exception: beyond the end");
    EXPECT_EQ(value("select bool_and(attempt = 1 and code_version = 1 and worker_id is not null "
                    "and updated_at > now() - interval '1 minute') from toy.total_job"),
              "t");
    EXPECT_EQ(value("select count(*) from engine.run_history where outcome = 'error'"), "3");
}

TEST_F(engine, contract_20_an_errored_key_is_left_alone_until_released) {
    add_sessions(1, 2, "throw");
    populate();
    calls_ = 0;
    populate();
    EXPECT_EQ(calls_, 0);
    EXPECT_EQ(status().error, 2);
    EXPECT_EQ(status().pending, 0);
    const auto table =
        populate::select_tables(populate::read_tables(session_), {"toy.total"}).at(0);
    EXPECT_EQ(populate::set_state(session_, table, "session_id = '" + session_id(1) + "'",
                                  {"error"}, "pending"),
              1);
    EXPECT_EQ(value("select attempt from toy.total_job where state = 'pending'"), "1");
    populate();
    EXPECT_EQ(calls_, 1);
    EXPECT_EQ(value("select attempt from toy.total_job where session_id = '" + session_id(1) + "'"),
              "2");
}

TEST_F(engine, contract_23_keys_come_and_go_with_their_parents_and_results) {
    run("begin; insert into toy.session (session_id) values ('" + session_id(1) + "'); rollback");
    EXPECT_EQ(jobs(), "");
    add_sessions(1, 2);
    EXPECT_EQ(jobs(), "pending 2");
    run("delete from toy.session where session_id = '" + session_id(1) + "'");
    EXPECT_EQ(jobs(), "pending 1");
    populate();
    EXPECT_EQ(jobs(), "");
    run("delete from toy.total");
    EXPECT_EQ(jobs(), "pending 1");
    EXPECT_EQ(jobs("toy.child"), "");
    EXPECT_EQ(value("select count(*) from engine.run"), "0");
    EXPECT_EQ(value("select string_agg(outcome, ',') from engine.run_history"), "deleted,deleted");
    add_sessions(1, 1);
    EXPECT_EQ(jobs(), "pending 2");
    EXPECT_EQ(mended(), 0);
}

TEST_F(engine, contract_25_a_delete_shows_and_takes_exactly_what_hangs_on_the_rows) {
    add_sessions(1, 4);
    populate();
    // Besides the pipeline: a foreign key that restricts, under another name and not in the key,
    // and one that goes in a circle.
    run("create table toy.note (note_id integer primary key, about_session uuid references "
        "toy.session, answer_to integer references toy.note);"
        "create table toy.sheet (sheet_id integer primary key, child_session uuid, child_params "
        "text, foreign key (child_session, child_params) references toy.child);"
        "insert into toy.note values (1, '" +
        session_id(1) + "', null), (2, null, 1), (3, '" + session_id(2) +
        "', null);"
        "insert into toy.sheet values (1, '" +
        session_id(1) + "', 'one'), (2, '" + session_id(2) + "', 'one')");
    const auto condition = "session_id = '" + session_id(1) + "'";
    const auto plan = [&] {
        return "select string_agg(table_name || ' ' || row_count, ', ' order by table_name) from "
               "engine.cascade_collect('toy.session', " +
               session_.quote_literal(condition) + ")";
    };
    const std::string expected =
        "toy.child 1, toy.note 2, toy.session 1, toy.sheet 1, toy.total 1, toy.total_item 3, "
        "toy.trial 3";
    EXPECT_EQ(value(plan()), expected) << "and nothing goes by looking";
    EXPECT_EQ(value("select count(*) from toy.session"), "4");
    session_.begin();
    EXPECT_EQ(value(plan()), expected);
    EXPECT_EQ(value("select engine.cascade_delete()"), "12");
    session_.commit();
    EXPECT_EQ(value("select (select count(*) from toy.session) || ' ' || (select count(*) from "
                    "toy.trial) || ' ' || (select count(*) from toy.total_item) || ' ' || (select "
                    "count(*) from toy.note) || ' ' || (select count(*) from toy.sheet)"),
              "3 9 9 1 1");
    // A part with a way of its own: its master blocks the delete, or goes too.
    run("create table toy.reference (item integer primary key); insert into toy.reference values "
        "(1), (2), (3);"
        "alter table toy.total_item add foreign key (item) references toy.reference");
    EXPECT_THAT(refusal(session_, "select engine.cascade_collect('toy.reference', 'item = 3')"),
                HasSubstr("without their masters"));
    session_.begin();
    EXPECT_EQ(value("select string_agg(table_name || ' ' || row_count || case when "
                    "is_master_of_part then '*' else '' end, ', ' order by table_name) from "
                    "engine.cascade_collect('toy.reference', 'item = 3', true)"),
              "toy.child 3, toy.reference 1, toy.sheet 1, toy.total 3*, toy.total_item 9");
    EXPECT_EQ(value("select engine.cascade_delete()"), "17");
    session_.commit();
    EXPECT_EQ(status().pending, 3);
    EXPECT_EQ(mended(), 0);
}

}  // namespace tb::testing
