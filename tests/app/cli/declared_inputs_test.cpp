// Every computed table declares what its fetch reads: otherwise a change there would leave its
// results current that are not. The server says what a statement reads, as it does of a view.
#include "tests/support/test_database.hpp"
#include "trialbase/computed_table.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tb::app {
namespace {

using testing::value_of;

TEST(ComputedTables, AreThoseThatTheSchemaRegisters) {
    const testing::TestDatabase database;
    auto session = database.session();
    std::vector<std::string> here;
    for (const auto& table : computed_tables()) {
        here.push_back(table.name);
    }
    std::ranges::sort(here);
    EXPECT_EQ(value_of(session,
                       "select string_agg(table_name, ', ' order by table_name collate \"C\") from "
                       "engine.table_info where tier = 'computed'"),
              fmt::format("{}", fmt::join(here, ", ")));
}

TEST(DeclaredInputs, CoverWhatEachFetchReads) {
    const testing::TestDatabase database;
    auto session = database.session();
    int fetches = 0;
    for (const auto& table : computed_tables()) {
        const auto run = [&](const std::string& sql) { session.exec_script({table.name, sql}); };
        run(
            fmt::format("drop table if exists pg_temp.key cascade; create temporary table key as "
                        "select {}, 0::bigint as key_no from {} limit 0",
                        value_of(session,
                                 "select array_to_string(key_columns, ', ') from "
                                 "engine.table_info where table_name = '" +
                                     table.name + "'"),
                        table.name));
        for (const auto& fetch : table.fetches) {
            SCOPED_TRACE(table.name + " fetch " + fetch.name);
            ++fetches;
            run("create temporary view what_it_reads as " + fetch.sql);
            // Through the views that it reads down to tables; columns where it names a table
            // itself.
            run(R"sql(
                create temporary table reads as
                with recursive d as (
                    select r.ev_class as reader, p.refobjid as relation, p.refobjsubid as column_no
                    from pg_catalog.pg_rewrite as r
                    join pg_catalog.pg_depend as p on p.classid = 'pg_rewrite'::regclass and p.objid = r.oid
                    where p.refclassid = 'pg_class'::regclass and p.refobjid <> r.ev_class
                ),
                below as (
                    select relation, column_no, true as is_direct from d where reader = 'what_it_reads'::regclass
                    union
                    select d.relation, d.column_no, false
                    from below join d on d.reader = below.relation
                )
                select b.relation::regclass::text as input, a.attname::text as column_name, b.is_direct
                from below as b
                join pg_catalog.pg_class as c on c.oid = b.relation and c.relkind in ('r', 'p')
                left join pg_catalog.pg_attribute as a on a.attrelid = b.relation and a.attnum = b.column_no and b.column_no > 0
                where c.relpersistence <> 't')sql");
            // Array rows never change: another array is another row, named by what refers to it. A
            // generated column changes with those it is made from. Rules of the photometry lookups
            // (and the labs' time zones) are counted in rules_revision, what care is judged by in
            // care_revision, institutions in pool_revision, by their triggers.
            run(R"sql(
                delete from reads where input::regclass = 'store.array'::regclass;
                insert into reads
                select r.input, base.attname, r.is_direct
                from reads as r
                join pg_catalog.pg_attribute as a on a.attrelid = r.input::regclass and a.attname = r.column_name and a.attgenerated <> ''
                join pg_catalog.pg_attrdef as g on g.adrelid = a.attrelid and g.adnum = a.attnum
                join pg_catalog.pg_depend as d on d.classid = 'pg_attrdef'::regclass and d.objid = g.oid
                    and d.refobjid = a.attrelid and d.refobjsubid <> a.attnum
                join pg_catalog.pg_attribute as base on base.attrelid = a.attrelid and base.attnum = d.refobjsubid;
                delete from reads as r using pg_catalog.pg_attribute as a
                where a.attrelid = r.input::regclass and a.attname = r.column_name and a.attgenerated <> '')sql");
            run("delete from reads as r where exists (select from engine.table_input as i join "
                "engine.stamp_source as s using (source_no) where i.table_name = '" +
                table.name +
                "' and s.input_table in ('photometry.rules_revision', 'core.care_revision', "
                "'task.pool_revision')) and "
                "exists (select from "
                "pg_trigger as t join pg_proc as p on p.oid = t.tgfoid where t.tgrelid = "
                "r.input::regclass and p.proname in ('note_changed_rules', 'note_changed_lab', "
                "'note_changed_reference_weights', 'note_changed_care_rules', "
                "'note_changed_institution'))");
            if (fetch.name.starts_with("known_")) {  // what was computed before, found by content
                EXPECT_EQ(value_of(session,
                                   "select count(*) from reads where input not in (select "
                                   "table_name from engine.table_info where master = '" +
                                       table.name + "')"),
                          "0")
                    << "what is known already is read of the table's own parts";
                run("drop view what_it_reads; drop table reads");
                continue;
            }
            EXPECT_EQ(value_of(session,
                               "select count(*) from reads where input = "
                               "'" +
                                   table.name + "'::regclass::text"),
                      "0")
                << "reads its own table";
            EXPECT_EQ(
                value_of(session,
                         "select coalesce(string_agg(distinct input, ', '), '') from reads as r "
                         "where not exists (select from engine.table_input as i join "
                         "engine.stamp_source as s using (source_no) where i.table_name = '" +
                             table.name + "' and to_regclass(s.input_table)::text = r.input)"),
                "")
                << "tables that are not declared";
            EXPECT_EQ(
                value_of(session,
                         "select coalesce(string_agg(distinct input || '.' || column_name, ', '), "
                         "'') from reads as r where is_direct and column_name is not null and "
                         "column_name <> all (engine.primary_key_columns(input::regclass)) and "
                         "exists (select from engine.stamp_source where "
                         "to_regclass(input_table)::text = r.input) and not exists (select from "
                         "engine.table_input as i join engine.stamp_source as s using (source_no) "
                         "where i.table_name = '" +
                             table.name +
                             "' and to_regclass(s.input_table)::text = r.input and (s.columns is "
                             "null or r.column_name = any (s.columns || s.owner_columns)))"),
                "")
                << "columns that are not declared";
            run("drop view what_it_reads; drop table reads");
        }
    }
    EXPECT_GT(fetches, 20);
}

}  // namespace
}  // namespace tb::app
