#include "app/cli/query.hpp"

#include "app/cli/commands.hpp"
#include "app/cli/context.hpp"
#include "app/cli/query_empty.hpp"
#include "embedded/query_sql.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::app {
namespace {

using ::testing::HasSubstr;
using Values = std::map<std::string, std::string, std::less<>>;

std::string simple_quote(std::string_view value) {
    std::string out = "'";
    for (const char c : value) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
}

Query one_parameter(const std::string& type, const std::string& sql) {
    return parse_query("q", "-- :param x " + type + " -- x\n" + sql);
}

/// The error that a call throws; a failure when it throws none.
template <class Call>
Error error_of(const Call& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "no error was thrown";
    return {ErrorKind::internal, ""};
}

TEST(ParseQuery, ReadsQuestionParametersAndColumns) {
    const auto query = parse_query("age",
                                   "-- How old\n"
                                   "-- is it?\n"
                                   "-- :param lab text default 'it''s %' -- pattern of the lab\n"
                                   "-- :param since date -- first day\n"
                                   "-- :column age_days integer -- age [days]\n"
                                   "-- :column at timestamp with time zone -- when\n"
                                   "\\if :{?lab} \\else \\set lab 'it''s %' \\endif\n"
                                   "select 1 -- one; two\n"
                                   "  as age_days;\n");
    EXPECT_EQ(query.name, "age");
    EXPECT_EQ(query.question, "How old is it?");
    ASSERT_EQ(query.parameters.size(), 2U);
    EXPECT_EQ(query.parameters[0].name, "lab");
    EXPECT_EQ(query.parameters[0].type, "text");
    EXPECT_EQ(query.parameters[0].default_value, "it's %");
    EXPECT_EQ(query.parameters[0].about, "pattern of the lab");
    EXPECT_EQ(query.parameters[1].default_value, std::nullopt);
    ASSERT_EQ(query.columns.size(), 2U);
    EXPECT_EQ(query.columns[1].type, "timestamp with time zone");
    EXPECT_EQ(query.sql, "select 1 -- one; two\n  as age_days");
}

TEST(ParseQuery, RefusesWhatItCannotRead) {
    const auto message = [](const std::string& text) {
        const auto error = error_of([&] { (void)parse_query("q", text); });
        EXPECT_EQ(error.kind(), ErrorKind::data);
        return std::string(error.what());
    };
    EXPECT_THAT(message("-- :param x colour -- x\nselect 1"),
                HasSubstr("'-- :param x colour -- x'"));
    EXPECT_THAT(message("-- :param x text default % -- x\nselect 1"), HasSubstr("cannot read"));
    EXPECT_THAT(message("-- :param x text of lab_name -- x\nselect 1"), HasSubstr("cannot read"));
    EXPECT_THAT(message("-- :param x text of 'a', -- x\nselect 1"), HasSubstr("cannot read"));
    EXPECT_THAT(message("-- :parm x text -- x\nselect 1"), HasSubstr("cannot read"));
    EXPECT_THAT(message("-- :column x\nselect 1"), HasSubstr("cannot read"));
    EXPECT_THAT(message("-- :param x text -- a\n-- :param x text -- b\nselect :'x'"),
                HasSubstr("twice"));
    EXPECT_THAT(message("select :'y'"), HasSubstr("parameter y is used but not declared"));
    EXPECT_THAT(message("select 1; select 2"), HasSubstr("more than one statement"));
    EXPECT_THAT(message("-- nothing\n;\n"), HasSubstr("no statement"));
}

TEST(BindQuery, PutsLiteralsOnlyWhereParametersStand) {
    const auto query =
        one_parameter("text",
                      "select :'x'::text, ':''x''', \":'x'\", 'a'::text, E'\\':', $$ :'x' $$, "
                      "$t$ :'x' $t$, a[1:2] /* :'x' /* */ :'x' */ -- :'x'\n, :'x'");
    EXPECT_EQ(bind_query(query, {{"x", "it's"}}, simple_quote),
              "select 'it''s'::text, ':''x''', \":'x'\", 'a'::text, E'\\':', $$ :'x' $$, "
              "$t$ :'x' $t$, a[1:2] /* :'x' /* */ :'x' */ -- :'x'\n, 'it''s'");
}

TEST(BindQuery, NamesUnknownAndMissingParametersAndTheKnownOnes) {
    const auto query = parse_query("q",
                                   "-- :param x text of a.b.c, 'd e' -- x\n-- :param n integer "
                                   "default '3' -- n\nselect :'x', :'n'");
    const std::vector<KnownNames> names{{"a.b", "c", ""}, {"", "", "d e"}};
    EXPECT_EQ(query.parameters.at(0).names, names);
    const auto unknown = error_of([&] {
        (void)bind_query(query, {{"x", "1"}, {"y", "2"}}, simple_quote);
    });
    EXPECT_EQ(unknown.kind(), ErrorKind::usage);
    EXPECT_STREQ(unknown.what(), "query q has no parameter y");
    EXPECT_EQ(unknown.hint(), "Parameters: x (text, required), n (integer, '3').");
    const auto missing = error_of([&] { (void)bind_query(query, {}, simple_quote); });
    EXPECT_EQ(missing.kind(), ErrorKind::usage);
    EXPECT_STREQ(missing.what(), "query q needs parameter x");
    EXPECT_EQ(bind_query(query, {{"x", ""}}, simple_quote), "select '', '3'");
}

TEST(BindQuery, RefusesValuesThatTheTypeCannotHold) {
    const auto is_taken = [](const std::string& type, const std::string& value) {
        try {
            (void)bind_query(one_parameter(type, "select :'x'"), {{"x", value}}, simple_quote);
            return true;
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::usage);
            EXPECT_THAT(error.what(), HasSubstr(type));
            return false;
        }
    };
    EXPECT_TRUE(is_taken("integer", "-12"));
    EXPECT_FALSE(is_taken("integer", "1.5"));
    EXPECT_FALSE(is_taken("integer", ""));
    EXPECT_TRUE(is_taken("number", "1e-3"));
    EXPECT_FALSE(is_taken("number", "1,5"));
    EXPECT_TRUE(is_taken("date", "2019-05-02"));
    EXPECT_TRUE(is_taken("date", "-infinity"));
    EXPECT_FALSE(is_taken("date", "2.5.2019"));
    EXPECT_FALSE(is_taken("date", "2019-05-02 10:00"));
    EXPECT_TRUE(is_taken("timestamp", "2019-05-02 10:00+02"));
    EXPECT_TRUE(is_taken("uuid", "00000000-0000-0000-0000-00000000000A"));
    EXPECT_FALSE(is_taken("uuid", "KS014"));
    EXPECT_TRUE(is_taken("boolean", "false"));
    EXPECT_FALSE(is_taken("boolean", "no"));
}

TEST(NamedQueries, AreFoundByNameOrSimilarOnesAreNamed) {
    EXPECT_EQ(find_query("sessions").name, "sessions");
    const auto error = error_of([] { (void)find_query("session_by_hour"); });
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.hint(), HasSubstr("sessions_by_hour"));
}

TEST(NamedQueries, TellTheirQuestionAndColumnsAndTheirDefaultsToPsql) {
    EXPECT_GE(named_queries().size(), 12U);
    for (const auto& file : embedded::query_sql()) {
        const auto name = std::filesystem::path(file.path).stem().string();
        SCOPED_TRACE(name);
        const auto& query = find_query(name);
        EXPECT_FALSE(query.question.empty());
        EXPECT_FALSE(query.columns.empty());
        for (const auto& parameter : query.parameters) {
            EXPECT_THAT(query.sql, HasSubstr(":'" + parameter.name + "'"));
            const auto set = "\\if :{?" + parameter.name + "} \\else \\set " + parameter.name + " ";
            if (parameter.default_value) {
                EXPECT_THAT(std::string(file.text),
                            HasSubstr(set + simple_quote(*parameter.default_value) + " \\endif\n"));
            } else {
                EXPECT_EQ(file.text.find(set), std::string_view::npos);
            }
        }
    }
}

/// Names of the declared columns.
std::set<std::string> column_names(const Query& query) {
    std::set<std::string> names;
    for (const auto& column : query.columns) names.insert(column.name);
    return names;
}

TEST(NamedQueries, LeaveOutWhatWasTakenOutAndWhatIsMadeUpAndSaySo) {
    // About one session that is named by its key, and about errors whatever they belong to. (The
    // check of published fits names sets of sessions that somebody chose, and so do lists.)
    const std::set<std::string> without = {"choices_by_contrast",  "psychometric_points",
                                           "psychometric_curve",   "photometry_session_events",
                                           "photometry_errors",    "session_issues",
                                           "published_fits_check", "change_session_stretch",
                                           "psychometric",         "reaction_times",
                                           "photometry_traces",    "photometry_raw",
                                           "photometry_psth",      "wheel",
                                           "session_lists",        "movement_times",
                                           "paper_lab_comparison", "paper_lab_classifier",
                                           "paper_lab_confusion"};
    for (const auto& query : named_queries()) {
        SCOPED_TRACE(query.name);
        for (const auto* name : {"include_excluded", "include_simulated"}) {
            const auto found =
                std::ranges::find(query.parameters, std::string(name), &QueryParameter::name);
            if (without.contains(query.name)) {
                EXPECT_EQ(found, query.parameters.end());
                continue;
            }
            ASSERT_NE(found, query.parameters.end()) << name;
            EXPECT_EQ(found->type, "boolean");
            EXPECT_EQ(found->default_value, "false");
            EXPECT_THAT(found->about, ::testing::StartsWith("also "));
        }
    }
}

TEST(NamedQueries, NameTheirColumnsAlikeInOneUnit) {
    for (const auto& query : named_queries()) {
        SCOPED_TRACE(query.name);
        const auto names = column_names(query);
        for (const auto& column : query.columns) {
            SCOPED_TRACE(column.name);
            EXPECT_FALSE(std::regex_match(
                column.name,
                std::regex("eid|subject|lab|nickname|session_uuid|subject_uuid|date")));
            const bool is_number = column.type == "double precision";
            const bool is_percent = column.name.ends_with("_percent");
            if (is_percent) {
                EXPECT_THAT(column.about, HasSubstr("%"));
            }
            if (is_number && !is_percent &&
                std::regex_search(column.name, std::regex("^(signed_)?contrast"))) {
                EXPECT_THAT(column.about,
                            ::testing::AnyOf(HasSubstr("-1 to 1"), HasSubstr("0 to 1")));
            }
            if (is_number && std::regex_search(column.name, std::regex("bias|threshold"))) {
                EXPECT_TRUE(std::regex_search(column.name, std::regex("_percent$|^is_")));
            }
            if (column.name.ends_with("_s")) {
                EXPECT_THAT(column.about, HasSubstr("[s"));
            }
            // Beside a mean stand its standard error and an n.
            if (column.name == "mean" || column.name.starts_with("mean_")) {
                EXPECT_TRUE(names.contains("sem" + column.name.substr(4)));
                EXPECT_TRUE(std::ranges::any_of(
                    names, [](const auto& name) { return name.starts_with("n_"); }));
            }
        }
        if (std::regex_search(query.sql, std::regex(R"(\bavg\s*\()"))) {
            EXPECT_TRUE(std::ranges::any_of(
                names, [](const auto& name) { return name == "sem" || name.starts_with("sem_"); }));
        }
    }
}

// With a server
// -----------------------------------------------------------------------------------------

std::string answer(db::Session& session, const std::string& sql, QueryFormat format,
                   int width = 0) {
    std::string out;
    write_query(
        session, {"test", sql}, format, [&](std::string_view text) { out += text; }, width);
    return out;
}

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The folder tests/sql of the source tree.
std::filesystem::path sql_folder() {
    const auto beside = std::filesystem::path(__FILE__).parent_path() / "../../sql";
    if (std::filesystem::exists(beside / "fixture")) return beside;
    for (auto folder = std::filesystem::current_path(); folder != folder.root_path();
         folder = folder.parent_path()) {
        if (std::filesystem::exists(folder / "tests/sql/fixture")) return folder / "tests/sql";
    }
    return {};
}

std::string output_of(const std::string& command) {
    std::string out;
    auto* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return out;
    char buffer[4096];
    while (const auto n = ::fread(buffer, 1, sizeof buffer, pipe)) out.append(buffer, n);
    EXPECT_EQ(::pclose(pipe), 0) << command;
    return out;
}

std::string shell_quoted(const std::string& text) {
    return "'" + std::regex_replace(text, std::regex("'"), "'\\''") + "'";
}

/// A folder that is removed with all in it.
class Folder {
  public:
    Folder() {
        auto name = (std::filesystem::temp_directory_path() / "query_test_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path path;
};

constexpr auto awkward_sql = R"(
    select *
    from (values
        (1, 'plain', null::text, 0.1::double precision, true, timestamptz '2019-05-02 13:30:00.25+00'),
        (2, '', 'a "quoted" word', 1e300, false, '2019-12-31 23:59:59+00'),
        (3, E'two\nlines', 'comma, here', -0.0, null, null),
        (4, '\.', E'tab\tand back\\slash', 3, true, '1969-07-20 20:17:40+00'),
        (null, 'żółw', ' spaces ', 1.0 / 3, null, null)
    ) as v (n, "Text", other, x, ok, at))";

TEST(WriteQuery, CsvIsWhatPsqlWrites) {
    testing::TestDatabase database;
    auto session = database.session();
    const Folder folder;
    // psql writes t and f, which neither pandas nor R take for booleans.
    std::ofstream(folder.path / "q.sql")
        << "select n, \"Text\", other, x, ok::text as ok, at from (" << awkward_sql << ") as q";
    const auto psql =
        output_of("psql -X --csv -f " + shell_quoted((folder.path / "q.sql").string()) + " " +
                  shell_quoted(database.conninfo()));
    EXPECT_EQ(answer(session, awkward_sql, QueryFormat::csv), psql);
    EXPECT_THAT(psql, HasSubstr("n,Text,other,x,ok,at\n1,plain,,0.1,true,"));
    EXPECT_EQ(answer(session, "select true as a, false as b, null::boolean as c", QueryFormat::csv),
              "a,b,c\ntrue,false,\n");
    EXPECT_EQ(answer(session, "select 1 as a where false", QueryFormat::csv), "a\n");
    EXPECT_EQ(answer(session, "select '' as a, null as b -- and a comment", QueryFormat::csv),
              "a,b\n,\n");
}

/// Where two long texts part, or nothing.
std::string first_difference(std::string_view ours, std::string_view theirs) {
    const auto [a, b] = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end());
    if (a == ours.end() && b == theirs.end()) return "";
    const auto at = static_cast<std::size_t>(a - ours.begin());
    const auto from = at < 40 ? 0 : at - 40;
    return "at " + std::to_string(at) + " of " + std::to_string(ours.size()) + " and " +
           std::to_string(theirs.size()) + " bytes: '" + std::string(ours.substr(from, 80)) +
           "' against '" + std::string(theirs.substr(from, 80)) + "'";
}

TEST(WriteQuery, CsvWritesEveryNumberAndTypeAsTheServerDoes) {
    testing::TestDatabase database;
    auto session = database.session();
    // float8send's inverse is a bit cast: 20,000 bit patterns, powers of ten and their neighbours.
    session.exec_script({"numbers", R"(
        create table numbers as
        select null as seed, 0::double precision as x, 0 as n from setseed(0.5)
        union all
        select null, (power(10::numeric, e) * s)::double precision + d * 1e-9, e
        from generate_series(-20, 20) as e, unnest(array[1, -1, 9.999999999999999, 1.2345678901234567]) as s,
            unnest(array[0, 1]) as d
        union all
        select null, (random() - 0.5) * power(10::double precision, floor(random() * 40 - 20)), 0
        from generate_series(1, 20000)
        union all
        select null, x, 0 from unnest(array['NaN', 'Infinity', '-Infinity', '-0', '4.9e-324', '1.7976931348623157e308',
            '9007199254740993', '999999999999999.9', '1e15', '0.0001', '9.999999999999999e-05']::double precision[]) as x)"});
    for (const auto* sql :
         {"select x from numbers", "select n, x as n, -x from numbers where n <> 0",
          "select d::date from unnest(array['infinity', '-infinity', '0001-01-01', '0001-12-31 "
          "BC', '2000-02-29', "
          "'1999-12-31', '12345-06-07', '4714-11-24 BC', '5874897-12-31']) as d",
          "select ('2019-01-01'::date + n * 37)::date, n::smallint, n * 3000000000, -n from "
          "generate_series(-2000, 2000) as n",
          "select 1.50::numeric, '{1,NULL}'::integer[], '10.0.0.1'::inet, 'x'::char(4), "
          "'\\x00ff'::bytea, "
          "'2 days'::interval, 0.1::real, 'a'::name, '{\"a\": 1}'::jsonb, row(1, null), timestamp "
          "'2019-01-01', "
          "'0a000000-0000-4000-8000-00000000000f'::uuid, null",
          "select stim_on_status from task.choice_session"}) {
        SCOPED_TRACE(sql);
        const auto psql = output_of("psql -X --csv -c " + shell_quoted(sql) + " " +
                                    shell_quoted(database.conninfo()));
        EXPECT_EQ(first_difference(answer(session, sql, QueryFormat::csv), psql), "");
    }
}

TEST(WriteQuery, JsonKeepsTypesAndText) {
    testing::TestDatabase database;
    auto session = database.session();
    session.exec({"zone", "set timezone = 'UTC'"});
    const auto rows = nlohmann::json::parse(answer(session, awkward_sql, QueryFormat::json));
    ASSERT_EQ(rows.size(), 5U);
    EXPECT_EQ(rows[0]["n"], 1);
    EXPECT_TRUE(rows[0]["n"].is_number_integer());
    EXPECT_EQ(rows[0]["x"], 0.1);
    EXPECT_EQ(rows[0]["ok"], true);
    EXPECT_EQ(rows[0]["at"], "2019-05-02T13:30:00.25+00:00");
    EXPECT_TRUE(rows[0]["other"].is_null());
    EXPECT_EQ(rows[1]["Text"], "");
    EXPECT_EQ(rows[2]["Text"], "two\nlines");
    EXPECT_EQ(rows[3]["other"], "tab\tand back\\slash");
    EXPECT_EQ(rows[4]["Text"], "żółw");
    EXPECT_EQ(answer(session, "select 1 as a where false", QueryFormat::json), "[]\n");
    EXPECT_EQ(answer(session, "select 1 as a union all select 2 order by a", QueryFormat::json),
              "[\n{\"a\":1},\n{\"a\":2}\n]\n");
}

TEST(WriteQuery, NdjsonIsOneObjectALine) {
    testing::TestDatabase database;
    auto session = database.session();
    EXPECT_EQ(answer(session, "select n as a from generate_series(1, 3) as n", QueryFormat::ndjson),
              "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");
    const auto text =
        answer(session, R"(select E'{\n"k": "a\\\\b"}'::json as j)", QueryFormat::ndjson);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
    EXPECT_EQ(nlohmann::json::parse(text)["j"]["k"], "a\\b");
}

TEST(WriteQuery, TableIsReadable) {
    testing::TestDatabase database;
    auto session = database.session();
    const auto* sql =
        "select * from (values ('a', 1, 0.5::double precision, true), ('longer', 200, null, null)) "
        "as v (name, n, x, ok)";
    EXPECT_EQ(answer(session, sql, QueryFormat::table, 80),
              "name      n    x  ok\n"
              "------  ---  ---  ----\n"
              "a         1  0.5  true\n"
              "longer  200\n"
              "(2 rows)\n");
    EXPECT_EQ(answer(session, "select 1 as a where false", QueryFormat::table, 80),
              "a\n-\n(0 rows)\n");
    EXPECT_EQ(answer(session, "select 1.0 / 3 as third, 1e-5::double precision / 3 as small",
                     QueryFormat::table, 80),
              "   third       small\n"
              "--------  ----------\n"
              "0.333333  3.3333e-06\n"
              "(1 row)\n");
}

TEST(WriteQuery, TableEscapesWhatWouldSteerATerminal) {
    testing::TestDatabase database;
    auto session = database.session();
    EXPECT_EQ(
        answer(session, R"(select E'a\x1b]0;owned\x07b' as U&"n\001b[31m", E'two\nlines' as t)",
               QueryFormat::table, 80),
        "n\\x1b[31m           t\n"
        "------------------  ---------\n"
        "a\\x1b]0;owned\\x07b  two lines\n"
        "(1 row)\n");
    // In narrow terminals, too; and what was meant is whole in CSV and JSON.
    const auto narrow =
        answer(session, R"(select E'a\u009bb' as firstcolumn_of_two, 2 as secondcolumn_of_two)",
               QueryFormat::table, 36);
    EXPECT_NE(narrow.find("a\\xc2\\x9bb"), narrow.npos) << narrow;
    EXPECT_EQ(answer(session, R"(select E'a\x1bb' as a)", QueryFormat::csv),
              "a\na\x1b"
              "b\n");
}

TEST(WriteQuery, TableFoldsNamesCutsLongTextsAndThenStacksColumns) {
    testing::TestDatabase database;
    auto session = database.session();
    EXPECT_EQ(answer(session,
                     "select 'one' as subject_name, 2 as n_trials_done, 30000 as n_, true as _ok",
                     QueryFormat::table, 30),
              "               n_\n"
              "subject_  trials_\n"
              "name         done     n_  _ok\n"
              "--------  -------  -----  ----\n"
              "one             2  30000  true\n"
              "(1 row)\n");
    EXPECT_EQ(answer(session, "select repeat('x', 40) as text, 7 as n", QueryFormat::table, 20),
              "text               n\n"
              "-----------------  -\n"
              "xxxxxxxxxxxxxx...  7\n"
              "(1 row)\n");
    EXPECT_EQ(
        answer(session, "select 'one' as firstcolumn, 2 as secondcolumn", QueryFormat::table, 20),
        "-- row 1\n"
        "firstcolumn   one\n"
        "secondcolumn  2\n"
        "(1 row)\n");
    // Whole, on lines of their own.
    EXPECT_EQ(answer(session,
                     "select 'one two three four' as firstcolumn, 2 as secondcolumn, "
                     "3 as thirdcolumn",
                     QueryFormat::table, 25),
              "-- row 1\n"
              "firstcolumn   one two\n"
              "              three four\n"
              "secondcolumn  2\n"
              "thirdcolumn   3\n"
              "(1 row)\n");
}

TEST(QueryCommand, ShowsChosenColumnsAndTheFirstRows) {
    testing::TestDatabase database;
    auto session = database.session();
    session.exec_script({"subjects",
                         "insert into core.lab (lab_name, time_zone) values ('alpha', 'UTC'); "
                         "insert into core.subject (subject_id, lab_name, nickname) select "
                         "gen_random_uuid(), 'alpha', 'a' || i from generate_series(1, 3) as i"});
    Context context;
    context.dsn = database.conninfo();
    const auto run = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"query", "subjects_by_lab"});
        return testing_support::run_command(context, {add_query_command}, arguments);
    };
    EXPECT_EQ(
        run({"--columns", "subject_nickname,lab_name", "--limit", "2", "--format", "csv"}).out,
        "subject_nickname,lab_name\na1,alpha\na2,alpha\n");
    EXPECT_EQ(run({"--columns", "subject_nickname"}).out,
              "subject_nickname\n----------------\na1\na2\na3\n(3 rows)\n");
    const auto unknown = run({"--columns", "subject_nickname,weight"});
    EXPECT_EQ(unknown.status, static_cast<int>(ErrorKind::usage));
    EXPECT_THAT(unknown.message, HasSubstr("subjects_by_lab has no column 'weight'"));
    EXPECT_THAT(unknown.hint, HasSubstr("nickname"));
    for (const auto* wrong : {"0", "-1", "many"}) {
        EXPECT_EQ(run({"--limit", wrong}).status, static_cast<int>(ErrorKind::usage)) << wrong;
    }
}

TEST(WriteQuery, TablePagesThroughManyRows) {
    testing::TestDatabase database;
    auto session = database.session();
    const auto text =
        answer(session, "select n from generate_series(1, 2500) as n", QueryFormat::table, 80);
    EXPECT_THAT(text, HasSubstr("\n2500\n(2500 rows)\n"));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2503);
}

TEST(WriteQuery, ChangesNothing) {
    testing::TestDatabase database;
    auto session = database.session();
    session.exec_script({"sequence", "create sequence numbers"});
    for (const auto format : {QueryFormat::csv, QueryFormat::json, QueryFormat::table}) {
        const auto error =
            error_of([&] { answer(session, "select nextval('numbers') as n", format); });
        EXPECT_EQ(error.sqlstate, "25006");
        EXPECT_FALSE(session.in_transaction());
    }
    EXPECT_THROW(answer(session, "delete from core.lab returning lab_name", QueryFormat::csv),
                 Error);
}

TEST(NamedQueries, HaveTheColumnsThatTheyDeclare) {
    testing::TestDatabase database;
    auto session = database.session();
    for (const auto& query : named_queries()) {
        SCOPED_TRACE(query.name);
        Values values;
        for (const auto& parameter : query.parameters) {
            if (parameter.default_value) continue;
            values[parameter.name] =
                parameter.type == "uuid"          ? "00000000-0000-0000-0000-000000000012"
                : is_session_parameter(parameter) ? "00000000-0000-0000-0000-000000000012"
                : parameter.type == "date"        ? "2019-01-01"
                : parameter.type == "text"        ? "a1"
                                                  : "1";
        }
        const auto sql = bind_query(
            query, values, [&](std::string_view value) { return session.quote_literal(value); });
        const auto rows =
            session.exec({query.name, "select * from (\n" + sql + "\n) as answer limit 0"});
        ASSERT_EQ(rows.columns(), query.columns.size());
        for (std::size_t c = 0; c < rows.columns(); ++c) {
            EXPECT_EQ(rows.column_name(c), query.columns[c].name);
            db::Params type;
            type.integer(rows.type_oid(c));
            EXPECT_EQ(session.exec({"type", "select format_type($1::oid, null)"}, type)
                          .get<std::string>(0, 0),
                      query.columns[c].type)
                << query.columns[c].name;
        }
    }
}

TEST(NamedQueries, SayOfEveryTextParameterWhatItMayBe) {
    testing::TestDatabase database;
    auto session = database.session();
    for (const auto& query : named_queries()) {
        for (const auto& parameter : query.parameters) {
            if (parameter.type != "text") continue;
            SCOPED_TRACE(query.name + " " + parameter.name);
            ASSERT_FALSE(parameter.names.empty()) << "declare it with `of`: queries/README.md";
            Values values{{parameter.name, "no such thing"}};
            for (const auto& other : query.parameters) {
                if (is_session_parameter(other))
                    values[other.name] = "00000000-0000-0000-0000-000000000012";
                else if (!other.default_value && other.name != parameter.name)
                    values[other.name] = other.type == "date" ? "2019-01-01" : "1";
            }
            EXPECT_THAT(why_empty(session, query, values),
                        HasSubstr("no " + parameter.name + " is like 'no such thing'"));
        }
    }
}

bool has_parameter(const Query& query, const std::string& name) {
    return std::ranges::find(query.parameters, name, &QueryParameter::name) !=
           query.parameters.end();
}

// The fixture with every session taken out, or with every session made up: what is left out by
// default comes back with its parameter, and with nothing else.
TEST(NamedQueries, LeaveOutByDefaultAndBringBackWhatIsAskedFor) {
    const auto folder = sql_folder();
    if (folder.empty()) GTEST_SKIP() << "tests/sql is not found";
    testing::TestDatabase database;
    auto session = database.session();
    for (const auto* name : {"small.sql", "computed.sql", "photometry.sql", "change_detection.sql",
                             "change_computed.sql", "openscope.sql", "openscope_computed.sql"}) {
        session.exec_script({name, text_of(folder / "fixture" / name)});
    }
    session.exec_script({"pools and issues",
                         "update core.session set source = 'ibl'; "
                         "update core.exclusion set lifted_by = 'test', lifted_at = "
                         "now() where lifted_at is null"});
    const auto rows_of = [&](const Query& query, const Values& values) {
        const auto sql = bind_query(
            query, values, [&](std::string_view value) { return session.quote_literal(value); });
        return std::stoi(
            testing::value_of(session, "select count(*) from (\n" + sql + "\n) as answer"));
    };
    const auto hides = [&](const std::string& parameter, const std::string& other) {
        for (const auto& query : named_queries()) {
            if (!has_parameter(query, parameter)) continue;
            SCOPED_TRACE(query.name + " " + parameter);
            Values values;
            if (query.name == "trials_of_subject") values["subject"] = "a1";
            if (query.name == "born_between") values["since"] = "2019-01-01";
            if (query.name == "subjects_alive") values["alive"] = "true";
            if (query.name == "change_max_dprime") values["subject"] = "445002";
            if (query.name == "change_sessions_of_mouse") values["subject"] = "445002";
            if (query.name.starts_with("subject_")) values["subject"] = "a1";
            for (const auto& [name, value] :
                 {std::pair{"project", "learning"}, {"subject", "a1"}, {"example", "a1"}}) {
                if (query.name.starts_with("paper_") && has_parameter(query, name))
                    values[name] = value;
            }
            // No mouse of the fixture is ready; its biased session is a day after the trained ones.
            if (query.name.starts_with("paper_") && has_parameter(query, "task") &&
                has_parameter(query, "after")) {
                values["criterion"] = "trained";
                values["after"] = "1";
            }
            if (query.name == "paper_sessions_around_performance") {
                values["in_a_row"] = "2";
                values["above"] = "0.4";
            }
            EXPECT_EQ(rows_of(query, values), 0);
            values[other] = "true";
            EXPECT_EQ(rows_of(query, values), 0);
            values.erase(other);
            values[parameter] = "true";
            EXPECT_GT(rows_of(query, values), 0);
        }
    };
    session.exec_script({"taken out",
                         "insert into core.exclusion (subject_id, reason, added_by) "
                         "select subject_id, 'test', 'test' from core.subject"});
    hides("include_excluded", "include_simulated");
    session.exec_script({"made up",
                         "update core.exclusion set lifted_by = 'test', lifted_at = now() where "
                         "lifted_at is null; update core.session set source = 'simulated'"});
    hides("include_simulated", "include_excluded");
}

// Files NAME.csv or NAME--parameter=value--....csv of a folder below tests/sql hold the answers for
// fixtures of tests/sql/fixture, worked by hand.
void expect_answers(const std::string& expected, std::initializer_list<const char*> fixtures) {
    const auto folder = sql_folder();
    if (folder.empty())
        GTEST_SKIP() << "tests/sql is not found beside the sources or above the current folder";
    testing::TestDatabase database;
    auto session = database.session();
    session.exec({"zone", "set timezone = 'UTC'"});
    for (const auto* name : fixtures) {
        session.exec_script({name, text_of(folder / "fixture" / name)});
    }
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder / expected)) {
        auto name = file.path().stem().string();
        SCOPED_TRACE(name);
        Values values;
        for (auto at = name.rfind("--"); at != std::string::npos; at = name.rfind("--")) {
            const auto pair = name.substr(at + 2);
            values[pair.substr(0, pair.find('='))] = pair.substr(pair.find('=') + 1);
            name.resize(at);
        }
        const auto sql = bind_query(find_query(name), values, [&](std::string_view value) {
            return session.quote_literal(value);
        });
        EXPECT_EQ(answer(session, sql, QueryFormat::csv), text_of(file.path()));
        ++count;
    }
    EXPECT_GE(count, 10U);
}

TEST(NamedQueries, AnswerTheFixtureAsWorkedByHand) {
    expect_answers("expected", {"small.sql", "computed.sql", "photometry.sql"});
}

TEST(NamedQueries, AnswerTheMiceOfChangeDetectionAsWorkedByHand) {
    expect_answers("expected_change",
                   {"small.sql", "computed.sql", "change_detection.sql", "change_computed.sql"});
}

TEST(NamedQueries, WorkInPsqlWithAndWithoutVariables) {
    const auto folder = sql_folder();
    if (folder.empty()) GTEST_SKIP() << "the source folder is not found";
    testing::TestDatabase database;
    const auto run = [&](const std::string& set) {
        return output_of("psql -X -q --csv -v ON_ERROR_STOP=1 " + set + " -f " +
                         shell_quoted((folder / "../../queries/subjects_by_lab.sql").string()) +
                         " " + shell_quoted(database.conninfo()));
    };
    {
        auto session = database.session();
        session.exec_script({"small.sql", text_of(folder / "fixture/small.sql")});
    }
    const auto real = run("");
    EXPECT_EQ(std::count(real.begin(), real.end(), '\n'), 3);
    const auto all = run("-v include_simulated=true");
    EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 4);
    const auto some = run("-v lab=beta -v include_simulated=true");
    EXPECT_EQ(std::count(some.begin(), some.end(), '\n'), 2);
}

/// Runs `trialbase query ...` within this process.
struct Run {
    int status = 0;
    std::string out;
    std::string message;
    std::string hint;
};
Run run_command(const testing::TestDatabase& database, std::vector<std::string> arguments,
                bool as_json = false) {
    CLI::App app;
    Context context;
    context.dsn = database.conninfo();
    context.json = as_json;
    context.quiet = true;
    add_query_command(app, context);
    Run run;
    ::testing::internal::CaptureStdout();
    try {
        arguments.insert(arguments.begin(), "query");
        std::reverse(arguments.begin(), arguments.end());
        app.parse(arguments);
        run.status = context.run();
    } catch (const Error& error) {
        run.status = error.exit_status();
        run.message = error.what();
        run.hint = error.hint();
    }
    run.out = ::testing::internal::GetCapturedStdout();
    return run;
}

TEST(QueryCommand, AnswersListsAndDescribes) {
    const testing::TestDatabase database;
    EXPECT_EQ(run_command(database, {"sessions_per_user", "--format", "csv"}).out,
              "user_name,n_sessions\n");
    EXPECT_EQ(run_command(database, {"sessions_per_user"}, true).out, "[]\n");
    const auto list = run_command(database, {"--list"});
    EXPECT_THAT(list.out, HasSubstr("sessions_by_hour"));
    EXPECT_THAT(list.out, HasSubstr("At what time of day were sessions run?"));
    const auto all = nlohmann::json::parse(run_command(database, {"--list"}, true).out);
    EXPECT_EQ(all.size(), named_queries().size());
    const auto one = run_command(database, {"sessions_by_hour", "--describe"});
    EXPECT_THAT(one.out,
                HasSubstr("    hour integer\n        hour of the day at the rig, 0 to 23\n"));
    EXPECT_THAT(one.out, HasSubstr("    lab text, default '%'\n"));
    EXPECT_THAT(one.out,
                HasSubstr("    include_excluded boolean, default 'false'\n        also what "
                          "was taken out of analyses (trialbase exclude)\n"));
    EXPECT_THAT(one.out, HasSubstr("    include_simulated boolean, default 'false'\n        also "
                                   "simulated sessions and subjects\n"));
}

TEST(QueryCommand, TellsMistakes) {
    const testing::TestDatabase database;
    EXPECT_EQ(run_command(database, {"no_such_query"}).status, 3);
    const auto unknown = run_command(database, {"sessions_per_user", "--param", "labs=x"});
    EXPECT_EQ(unknown.status, 2);
    EXPECT_EQ(unknown.hint,
              "Did you mean lab? Parameters: lab (text, '%'), include_excluded (boolean, 'false'), "
              "include_simulated (boolean, 'false').");
    EXPECT_THAT(run_command(database, {"sesions_per_user"}).hint,
                ::testing::StartsWith("Did you mean sessions_per_user? Queries: "));
    EXPECT_THAT(run_command(database, {"sessions_per_user", "--columns", "user_nam"}).hint,
                ::testing::StartsWith("Did you mean user_name? Its columns: "));
    EXPECT_EQ(run_command(database, {"sessions_per_user", "-p", "lab"}).status, 2);
    EXPECT_EQ(run_command(database, {"sessions_per_user", "-p", "lab=a", "-p", "lab=b"}).status, 2);
    EXPECT_EQ(run_command(database, {"choices_by_contrast"}).message,
              "query choices_by_contrast needs parameter session");
    EXPECT_EQ(run_command(database, {}).status, 2);
    EXPECT_EQ(run_command(database, {"--sql", "/nonexistent/q.sql"}).status, 3);
}

TEST(QueryCommand, WritesAFileWholeOrNotAtAll) {
    const testing::TestDatabase database;
    const Folder folder;
    const auto file = folder.path / "out.csv";
    EXPECT_EQ(run_command(database, {"sessions_per_user", "-o", file.string()}).status, 0);
    EXPECT_EQ(text_of(file), "user_name,n_sessions\n");  // the extension tells the format

    // A statement that fails after many rows leaves the old file and nothing beside it.
    std::ofstream(folder.path / "bad.sql")
        << "select 1 / (100000 - n) as x from generate_series(1, 200000) as n;\n";
    const auto bad =
        run_command(database, {"--sql", (folder.path / "bad.sql").string(), "-o", file.string()});
    EXPECT_EQ(bad.status, 6);
    EXPECT_EQ(text_of(file), "user_name,n_sessions\n");
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path))
        files += entry.exists() ? 1 : 0;
    EXPECT_EQ(files, 2U);
    EXPECT_EQ(run_command(database, {"sessions_per_user", "-o",
                                     (folder.path / "no/such/folder.csv").string()})
                  .status,
              7);
}

TEST(QueryCommand, RunsAndDescribesTheUsersOwnFile) {
    const testing::TestDatabase database;
    const Folder folder;
    const auto file = folder.path / "mine.sql";
    std::ofstream(file) << "-- :param n integer default '2' -- how many\n"
                           "select n, 'x' as word from generate_series(1, :'n'::integer) as n;\n";
    EXPECT_EQ(run_command(database, {"--sql", file.string(), "--format", "csv", "-p", "n=3"}).out,
              "n,word\n1,x\n2,x\n3,x\n");
    EXPECT_THAT(run_command(database, {"--sql", file.string(), "--describe"}).out,
                HasSubstr("    n integer\n"));
}

}  // namespace
}  // namespace tb::app
