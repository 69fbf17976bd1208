// trialbase query as analysts call it: files, sessions by name, answers without rows.
#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/query.hpp"
#include "ingest/formats/parquet.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::app {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing_support::Ran;

class QueryFiles : public ::testing::Test {
  protected:
    QueryFiles() : session_(database_.session()) {
        auto name = (std::filesystem::temp_directory_path() / "query_files_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        session_.exec_script({"labs", R"sql(
            insert into core.lab (lab_name, time_zone) values ('alpha', 'UTC'), ('beta', 'UTC');
            insert into core.subject (subject_id, lab_name, nickname)
            values ('00000000-0000-0000-0000-000000000001', 'alpha', 'a1');
            insert into core.session (session_id, subject_id, lab_name, session_date, session_number, source)
            values ('abcdef01-0000-0000-0000-000000000011', '00000000-0000-0000-0000-000000000001', 'alpha', '2019-05-01', 1, 'ibl'),
                   ('abcdef02-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000001', 'alpha', '2019-05-02', 1, 'simulated');
            )sql"});
    }
    ~QueryFiles() override { std::filesystem::remove_all(folder_); }

    Ran run(std::vector<std::string> arguments, bool quiet = false) {
        Context context;
        context.dsn = database_.conninfo();
        context.quiet = quiet;
        arguments.insert(arguments.begin(), "query");
        return testing_support::run_command(context, {add_query_command}, std::move(arguments));
    }
    std::string sql_file(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return (folder_ / name).string();
    }

    testing::TestDatabase database_;
    db::Session session_;
    std::filesystem::path folder_;
};

TEST_F(QueryFiles, ParquetKeepsTypes) {
    const auto sql = sql_file("q.sql", R"sql(
        select * from (values
            (1::smallint, 2, 3000000000, 0.25::real, 0.1::double precision, 1.5::numeric, true, date '2019-05-02',
             timestamptz '2019-05-02 13:30:00.25+02', timestamp '2019-05-02 13:30', 'żółw',
             '0a000000-0000-4000-8000-00000000000f'::uuid, '{"a": 1}'::jsonb, array[1, 2]),
            (null, null, null, null, null, null, null, null, null, null, null, null, null, null),
            (-1, -2, -3, -1, 'NaN', 'NaN', false, 'infinity', '-infinity', 'infinity', '', null, null, '{}')
        ) as v (small, whole, big, real32, real64, decimal, flag, day, at, local, word, id, doc, list))sql");
    const auto file = folder_ / "out.parquet";
    const auto ran = run({"--sql", sql, "-o", file.string()});
    ASSERT_EQ(ran.status, 0) << ran.message;
    const auto read = formats::read_parquet(file);
    const auto& table = read.table;
    ASSERT_EQ(table.rows, 3U);
    ASSERT_EQ(table.columns.size(), 14U);
    const auto integers = [&](const char* name) {
        return std::get<std::vector<std::int64_t>>(table.find(name)->values);
    };
    EXPECT_EQ(integers("small")[0], 1);
    EXPECT_EQ(integers("whole")[2], -2);
    EXPECT_EQ(integers("big")[0], 3000000000);
    EXPECT_EQ(table.find("whole")->stored_type, "INT32");
    EXPECT_EQ(table.find("real32")->as_doubles()[0], 0.25);
    EXPECT_EQ(table.find("real64")->as_doubles()[0], 0.1);
    EXPECT_EQ(table.find("decimal")->as_doubles()[0], 1.5);
    EXPECT_EQ(std::get<std::vector<bool>>(table.find("flag")->values)[0], true);
    EXPECT_EQ(integers("day")[0], 18018);  // days from 1970-01-01 to 2019-05-02
    EXPECT_EQ(table.find("day")->stored_type, "INT32 DATE");
    EXPECT_EQ(integers("at")[0], 1556796600250000);  // 11:30:00.25 UTC
    EXPECT_EQ(table.find("at")->stored_type, "INT64 TIMESTAMP_MICROS");
    EXPECT_EQ(integers("local")[0], 1556803800000000);  // 13:30 on a clock without zone
    const auto texts = [&](const char* name) {
        return std::get<std::vector<std::string>>(table.find(name)->values);
    };
    EXPECT_EQ(texts("word")[0], "żółw");
    EXPECT_EQ(texts("id")[0], "0a000000-0000-4000-8000-00000000000f");
    EXPECT_EQ(texts("doc")[0], "{\"a\": 1}");
    EXPECT_EQ(texts("list")[0], "{1,2}");
    for (const auto& column : table.columns) {
        if (!std::holds_alternative<std::vector<double>>(column.values)) {
            EXPECT_TRUE(column.is_missing(1)) << column.name;
        }
    }
    EXPECT_TRUE(std::isnan(table.find("real64")->as_doubles()[1]));
    for (const auto* name : {"day", "at", "local"})
        EXPECT_TRUE(table.find(name)->is_missing(2)) << name;  // infinite
    EXPECT_FALSE(table.find("word")->is_missing(2));           // the empty text is no missing one
}

TEST_F(QueryFiles, ParquetOfManyRowsHasManyGroupsAndOfNoneItsColumns) {
    const auto many =
        sql_file("many.sql", "select n, n / 2.0::float8 as x from generate_series(1, 300000) as n");
    const auto file = folder_ / "many.parquet";
    ASSERT_EQ(run({"--sql", many, "-o", file.string()}).status, 0);
    const auto table = formats::read_parquet(file).table;
    ASSERT_EQ(table.rows, 300000U);
    const auto& n = std::get<std::vector<std::int64_t>>(table.find("n")->values);
    for (const std::size_t row : {0U, 131071U, 131072U, 262144U, 299999U}) {
        EXPECT_EQ(n[row], static_cast<std::int64_t>(row) + 1);
        EXPECT_EQ(table.find("x")->as_doubles()[row], static_cast<double>(row + 1) / 2);
    }
    const auto none = sql_file("none.sql", "select 1 as a, 'x' as b where false");
    ASSERT_EQ(run({"--sql", none, "-o", (folder_ / "none.parquet").string()}).status, 0);
    const auto empty = formats::read_parquet(folder_ / "none.parquet").table;
    EXPECT_EQ(empty.rows, 0U);
    ASSERT_EQ(empty.columns.size(), 2U);
    EXPECT_EQ(empty.columns[1].name, "b");
    const auto twice = sql_file("twice.sql", "select 1 as a, 2 as a");
    const auto refused = run({"--sql", twice, "-o", (folder_ / "twice.parquet").string()});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.message, HasSubstr("two columns are named a"));
}

TEST_F(QueryFiles, AnUnknownExtensionIsRefusedBeforeAnythingIsWritten) {
    for (const auto* name : {"out.parqet", "out.xlsx", "out"}) {
        const auto ran = run({"sessions_per_lab", "-o", (folder_ / name).string()});
        EXPECT_EQ(ran.status, 2) << name;
        EXPECT_THAT(ran.hint,
                    HasSubstr("Extensions: .csv, .json, .ndjson, .jsonl, .parquet, .txt."));
        EXPECT_FALSE(std::filesystem::exists(folder_ / name));
    }
    EXPECT_THAT(run({"sessions_per_lab", "-o", (folder_ / "out.parqet").string()}).hint,
                StartsWith("Did you mean .parquet? "));
    EXPECT_EQ(run({"sessions_per_lab", "-o", (folder_ / "out").string(), "--format", "csv"}).status,
              0);
    EXPECT_TRUE(std::filesystem::exists(folder_ / "out"));
}

TEST_F(QueryFiles, ListsAndDescriptionsAreTextOrJson) {
    for (const auto* what : {"--list", "sessions_per_lab"}) {
        const std::vector<std::string> words{what, "--describe"};
        const auto into = [&](const std::string& name) {
            auto all = words;
            all.insert(all.end(), {"-o", (folder_ / name).string()});
            return run(all);
        };
        EXPECT_EQ(into("list.txt").status, 0);
        ASSERT_EQ(into("list.json").status, 0);
        EXPECT_TRUE(nlohmann::json::accept(std::ifstream(folder_ / "list.json")));
        EXPECT_EQ(into("list.parquet").status, 2);
        EXPECT_EQ(into("list.foo").status, 2);
        EXPECT_EQ(run({what, "--describe", "--format", "csv"}).status, 2);
    }
}

TEST_F(QueryFiles, SessionsAreNamedByPrefixAndByPath) {
    for (const auto* name : {"abcdef01", "abcdef01-0000-0000-0000-000000000011",
                             "alpha/a1/2019-05-01/001", "a1/2019-05-01"}) {
        EXPECT_EQ(
            run({"choices_by_contrast", "--param", std::string("session=") + name}, true).status, 0)
            << name;
    }
    const auto several = run({"choices_by_contrast", "--param", "session=abcdef"});
    EXPECT_EQ(several.status, 2);
    EXPECT_THAT(several.message, HasSubstr("alpha/a1/2019-05-01/001"));
    const auto none = run({"choices_by_contrast", "--param", "session=alpha/a1/2020-01-01/001"});
    EXPECT_EQ(none.status, 3);
    EXPECT_THAT(none.message, HasSubstr("alpha/a1/2020-01-01/001"));
}

TEST_F(QueryFiles, PatternsThatMatchNothingSayWhatThereIs) {
    const auto ran = run({"subjects_by_lab", "--param", "lab=alhpa"});
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(ran.err,
              "no row: no lab is like 'alhpa' (did you mean alpha?); there are alpha, beta\n");
    EXPECT_EQ(run({"subjects_by_lab", "--param", "lab=%"}).err, "");
    // The pattern fits a lab that has nothing: no word about names.
    EXPECT_EQ(run({"subjects_by_lab", "--param", "lab=beta"}).err, "");
    EXPECT_EQ(run({"subjects_by_lab", "--param", "lab=zzz"}, true).err, "");  // quiet
    EXPECT_EQ(run({"photometry_qc_distribution", "--param", "band=GCamp7"}).err,
              "no row: no band is like 'GCamp7' (did you mean GCaMP?); there are GCaMP, "
              "Isosbestic, RCaMP\n");
    // Each name once, however many rows have it.
    session_.exec({"issues",
                   "insert into core.session_issue (session_id, dataset, issue_type, message, "
                   "severity) select session_id, d, 'LengthMismatch', 'x', 'warning' from "
                   "core.session cross join (values ('a'), ('b')) as v (d)"});
    EXPECT_EQ(run({"session_issues", "--param", "type=nosuch"}).err,
              "no row: no type is like 'nosuch'; there is LengthMismatch\n");
    // A file of one's own has the names that the program's queries give a parameter of that name.
    const auto own = sql_file("own.sql",
                              "-- :param lab text default '%' -- lab\n"
                              "select 1 from core.lab where lab_name like :'lab'\n");
    EXPECT_THAT(run({"--sql", own, "--param", "lab=alhpa"}).err, HasSubstr("did you mean alpha?"));
}

TEST_F(QueryFiles, RowsThatTheDefaultsLeftOutAreTold) {
    const std::string text =
        "-- Sessions of what source?\n"
        "-- :param simulated boolean default 'false' -- simulated ones too\n"
        "-- :param kind text default 'none' widest '%' -- pattern\n"
        "select session_id from core.session\n"
        "where (source <> 'simulated' or :'simulated'::boolean) and source like :'kind'\n";
    const auto file = sql_file("sources.sql", text);
    EXPECT_EQ(run({"--sql", file}).err,
              "no row: 2 rows were left out by default; with --param simulated=true --param kind=% "
              "they are shown\n");
    EXPECT_EQ(run({"--sql", file, "--param", "kind=simulated"}).err,
              "no row: 1 row was left out by default; with --param simulated=true it is shown\n");
    EXPECT_EQ(run({"--sql", file, "--param", "kind=%"}).err, "");
    EXPECT_EQ(run({"--sql", file, "--param", "kind=nothing"}).err, "");
}

TEST_F(QueryFiles, AMistakeInAFileIsToldAtItsPlaceInTheServersWords) {
    const auto told = [&](const std::string& text, const std::vector<std::string>& more = {}) {
        std::vector<std::string> arguments{"--sql", sql_file("own.sql", text)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    };
    const auto file = (folder_ / "own.sql").string();
    auto ran = told("selec 1\n");
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.message, file + ", line 1, column 1: syntax error at or near \"selec\"");
    // Header, psql's lines, blanks before the statement and the texts of values do not shift it.
    ran = told(
        "-- What?\n-- :param lab text default 'a''b' -- one\n\\set x y\n\n"
        "  select 'żó', :'lab', lab_nam from core.lab\n",
        {"--param", "lab=two\nlines"});
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.message, file + ", line 5, column 24: column \"lab_nam\" does not exist");
    EXPECT_EQ(ran.hint, "Perhaps you meant to reference the column \"lab.lab_name\".");
    ran = told("select 1\nfrom analysis.sesion");
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(ran.message,
              file + ", line 2, column 6: relation \"analysis.sesion\" does not exist");
    EXPECT_EQ(ran.hint, "Did you mean analysis.session?");
    EXPECT_EQ(told("select 1 from session").hint, "Did you mean analysis.session?");
    ran = told("select subjet from core.session");  // too far for the server's own hint
    EXPECT_EQ(ran.status, 2);
    EXPECT_EQ(told("select (1").message,
              file + ", line 1, column 10: syntax error at end of input");
    EXPECT_EQ(told("select 1 as a", {"--columns", "b"}).status, 2);
    EXPECT_EQ(told("select a", {"--columns", "a"}).status, 2);
    EXPECT_EQ(told("select a", {"--describe"}).status, 2);
    EXPECT_EQ(told("select 1) as a, (select 2", {"--format", "csv"}).status, 2);
}

TEST_F(QueryFiles, AFileThatDoesMoreThanReadIsRefusedAsOne) {
    for (const auto* text :
         {"delete from core.lab", "create temporary table x (y integer)", "DROP table core.lab",
          "with a as (select 1) delete from core.lab", "explain select 1",
          "with a as (delete from core.lab returning 1) select * from a", "select 1 into x",
          "select set_config('a.b', '1', true), nextval('seq')"}) {
        session_.exec_script({"sequence", "create sequence if not exists public.seq"});
        for (const auto* format : {"table", "csv", "json", "parquet"}) {
            const auto ran = run({"--sql", sql_file("own.sql", text), "--format", format});
            EXPECT_EQ(ran.status, 2) << text;
            EXPECT_THAT(ran.message, HasSubstr("own.sql"));
            EXPECT_THAT(ran.message, HasSubstr("queries only read")) << text;
        }
    }
    EXPECT_EQ(testing::value_of(session_, "select count(*) from core.lab"), "2");
}

TEST_F(QueryFiles, WhatOnlyTheRowsBringOutIsTheFilesMistakeToo) {
    const std::vector<std::pair<const char*, int>> files{
        {"select 1 / (n - 1) from generate_series(0, 3) as n", 6},
        {"select (select n from generate_series(1, m) as n) from generate_series(1, 2) as m", 6},
        {"select analysis.find_session(lab_name) from core.lab", 2}};
    for (const auto& [text, status] : files) {
        for (const auto* format : {"table", "csv"}) {
            const auto ran = run({"--sql", sql_file("own.sql", text), "--format", format});
            EXPECT_EQ(ran.status, status) << text;
            EXPECT_THAT(ran.message, HasSubstr("own.sql: ")) << text;
        }
    }
}

}  // namespace
}  // namespace tb::app
