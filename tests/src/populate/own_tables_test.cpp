// Tables of a lab's own with names that SQL must quote, through the whole engine.
#include "tests/src/populate/engine_fixture.hpp"

namespace tb::testing {
namespace {

TEST_F(engine, a_table_with_names_that_must_be_quoted_is_computed_and_computed_again) {
    run(R"sql(
create schema "My Lab";
create table "My Lab"."Speed" (
    "sessionId" uuid primary key references toy.session on delete cascade, "meanV" double precision);
create table "My Lab"."Step" (
    "sessionId" uuid references "My Lab"."Speed" on delete cascade, "No" integer, v double precision,
    primary key ("sessionId", "No"));
select engine.register_computed('"My Lab"."Speed"', 'Speeds.', parts => array['"My Lab"."Step"'],
    inputs => array[engine.input('toy.trial', 'sessionId')]);
select engine.regenerate();
)sql");
    ComputedTable speed;
    speed.name = "\"My Lab\".\"Speed\"";
    speed.fetches = {{"trials",
                      "select key_no, t.trial, t.v from key join toy.trial as t on t.session_id = "
                      "key.\"sessionId\" order by key_no, t.trial"}};
    speed.compute = [](const Inputs& inputs, Output& output) {
        const auto v = inputs["trials"].numbers("v");
        output.master().set("meanV", v[0]);
        for (std::size_t i = 0; i < v.size(); ++i)
            output.part("Step").set("No", i + 1).set("v", v[i]);
    };
    registry_.push_back(speed);
    const auto speeds = [&](populate::WorkerOptions& o) { o.tables = {"My Lab.Speed"}; };
    add_sessions(1, 4);
    EXPECT_EQ(populate(speeds).done, 4);
    EXPECT_EQ(value("select sum(\"meanV\") from \"My Lab\".\"Speed\""), "10");
    EXPECT_EQ(value("select count(*) from \"My Lab\".\"Step\""), "12");
    run("update toy.trial set v = v + 100 where session_id = '" + session_id(2) + "'");
    EXPECT_EQ(populate(speeds).done, 1);
    EXPECT_EQ(value("select sum(\"meanV\") from \"My Lab\".\"Speed\""), "110");
    const auto one_by_one = [&](populate::WorkerOptions& o) {
        o.tables = {"Speed"};
        o.keys_per_transaction = 1;
    };
    add_sessions(5, 6);
    EXPECT_EQ(populate(one_by_one).done, 2);
    EXPECT_EQ(populate::select_tables(populate::read_tables(session_), {"\"My Lab\".\"Speed\""})
                  .at(0)
                  .key_list(),
              "\"sessionId\"");
}

TEST_F(engine, a_registration_that_no_longer_holds_leaves_the_others_to_populate) {
    run(R"sql(
create schema own;
create table own.gone (session_id uuid primary key references toy.session on delete cascade);
create table own.note (session_id uuid primary key references toy.session on delete cascade, note text);
create table own.reads_note (session_id uuid primary key references toy.session on delete cascade);
select engine.register_computed('own.gone', 'x');
select engine.register_computed('own.reads_note', 'x', inputs => array[engine.input('own.note', 'session_id')]);
select engine.regenerate();
set client_min_messages = error;
drop event trigger trialbase_on_drop;
drop event trigger trialbase_on_alter;
drop table own.gone;
alter table own.note drop column session_id;
)sql");
    add_sessions(1, 3);  // whose triggers meet a table that is gone
    const auto names = [&] {
        std::string all;
        for (const auto& table : populate::read_tables(session_))
            if (table.name.starts_with("own.")) all += table.name + " ";
        return all;
    };
    EXPECT_EQ(names(), "own.reads_note ");
    EXPECT_EQ(populate().done, 6);
    run("set client_min_messages = error; select engine.regenerate()");
    EXPECT_EQ(names(), "");
    EXPECT_EQ(value("select string_agg(table_name || ': ' || broken, '') from engine.table_info "
                    "where table_name like 'own.%'"),
              "own.reads_note: its input own.note has no column session_id");
    add_sessions(4, 5);
    EXPECT_EQ(populate().done, 4);
    EXPECT_EQ(mended(), 0);
}

}  // namespace
}  // namespace tb::testing
