// trialbase delete on the shipped schema with everything populated, and with tables of a lab's own
// that hang on it: the preview tells exactly what goes, from whatever table it begins.
#include "src/populate/cascade.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/app/cli/simulated_world.hpp"
#include "tests/support/test_database.hpp"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <pty.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

namespace tb::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing_support::Ran;
using testing_support::SimulatedWorld;

fs::path fixture_folder() {
    fs::path folder = fs::path(__FILE__).parent_path() / "../../sql/fixture";
    for (auto above = fs::current_path(); !fs::exists(folder) && above != above.root_path();
         above = above.parent_path()) {
        folder = above / "tests/sql/fixture";
    }
    return folder;
}

/// Those whose rows people know, as an array of SQL.
constexpr const char* people_schemas = "{core,task,photometry,store,imaging,model,mylab}";

using Counts = std::map<std::string, std::int64_t>;

/// Two subjects with two sessions each, wheel and photometry, a row in every table, everything
/// computed, and tables of a lab's own. Populated once; tests roll back what they do.
class DeleteCommand : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        spdlog::set_level(spdlog::level::off);
        if (!fs::exists(fixture_folder())) return;
        world_ = std::make_unique<SimulatedWorld>();
        ASSERT_EQ(world_->load(SimulatedWorld::one_lab(2, 2, 5)).added, 4U);
        auto session = world_->database.session();
        run_file(session, "colony.sql");
        run_file(session, "every_table.sql");
        ASSERT_EQ(world_->populate(), 0);
        run_file(session, "every_part.sql");
        run_file(session, "hanging_tables.sql");
        session.exec({"analyze", "analyze"});
    }
    static void TearDownTestSuite() { world_.reset(); }

    static void run_file(db::Session& session, const std::string& name) {
        std::stringstream text;
        text << std::ifstream(fixture_folder() / name).rdbuf();
        session.exec_script({name, text.str()});
    }

    void SetUp() override {
        if (!world_) GTEST_SKIP() << "tests/sql/fixture is not found";
        session_.emplace(world_->database.session());
    }
    std::string value(const std::string& sql) { return testing::value_of(*session_, sql); }

    /// Tables with rows for people: those of the engine tell of deletes themselves.
    std::vector<std::string> tables() {
        std::vector<std::string> names;
        const auto found = session_->exec(
            {"tables",
             "select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = "
             "c.relnamespace where c.relkind in ('r', 'p') and not c.relispartition and n.nspname "
             "= any "
             "($1::text[]) and c.relname !~ '_job$' order by n.nspname, c.relname"},
            db::Params().text(people_schemas));
        for (std::size_t row = 0; row < found.rows(); ++row)
            names.push_back(found.get<std::string>(row, std::size_t{0}));
        return names;
    }
    Counts counts(const std::vector<std::string>& names) {
        std::string sql;
        for (const auto& name : names) {
            sql += fmt::format("{}select {} as name, count(*) as n from {}{}",
                               sql.empty() ? "" : " union all ", session_->quote_literal(name),
                               is_partitioned(name) ? "" : "only ", name);
        }
        const auto found = session_->exec({"counts", sql});
        Counts all;
        for (std::size_t row = 0; row < found.rows(); ++row)
            all[found.get<std::string>(row, "name")] = found.get<std::int64_t>(row, "n");
        return all;
    }
    bool is_partitioned(const std::string& name) {
        const auto known = partitioned_.find(name);
        if (known != partitioned_.end()) return known->second;
        return partitioned_[name] =
                   value(fmt::format("select relkind = 'p' from pg_class where oid "
                                     "= {}::regclass",
                                     session_->quote_literal(name))) == "t";
    }

    /// Deletes rows and compares what went with what was shown; rolls back. @return the plan
    Counts expect_exact(const std::vector<std::string>& names, const std::string& table,
                        const std::string& where) {
        SCOPED_TRACE(table + " where " + where);
        Counts shown;
        session_->begin();
        const auto before = counts(names);
        try {
            const auto plan =
                session_->exec({"collect",
                                "select table_name::regclass::text as name, row_count from "
                                "engine.cascade_collect($1, $2, true)"},
                               db::Params().text(table).text(where));
            for (std::size_t row = 0; row < plan.rows(); ++row)
                shown[plan.get<std::string>(row, "name")] =
                    plan.get<std::int64_t>(row, "row_count");
            EXPECT_GT(shown[table], 0);
            session_->exec({"delete", "select engine.cascade_delete()"});
            session_->exec({"check", "set constraints all immediate"});
            const auto after = counts(names);
            for (const auto& [name, rows] : before) {
                // Written by triggers of the rules, a row per subject concerned.
                const bool is_counted = name == "photometry.rules_revision" ||
                                        name == "core.care_revision" ||
                                        name == "task.pool_revision";
                if (is_counted && after.at(name) >= rows) continue;
                const auto wanted = shown.contains(name) ? shown.at(name) : 0;
                EXPECT_EQ(rows - after.at(name), wanted) << "rows of " << name;
            }
            EXPECT_EQ(value("select sum(r.added + r.removed + r.changed) from engine.table_info as "
                            "t cross join lateral engine.refresh(t.table_name) as r where t.tier = "
                            "'computed'"),
                      "0")
                << "and the queues are true";
        } catch (const Error& error) {
            ADD_FAILURE() << error.what();
        }
        session_->rollback();
        return shown;
    }

    /// One row of every table that has rows, each in its turn.
    void expect_every_table_exact() {
        const auto names = tables();
        ASSERT_GT(names.size(), 100U);
        const auto present = counts(names);
        std::vector<std::string> without_rows;
        for (const auto& [name, rows] : present)
            if (rows == 0) without_rows.push_back(name);
        ASSERT_THAT(without_rows, ::testing::IsEmpty()) << "add rows to every_table.sql";
        for (const auto& name : names) {
            // The first row, wherever it is stored; of rows of a lab's own, the last.
            const auto row = value(fmt::format(
                "select format('tableoid = %s and ctid = %L', tableoid, ctid) from {}{} order by "
                "tableoid, ctid limit 1",
                is_partitioned(name) ? "" : "only ", name));
            expect_exact(names, name, row);
        }
    }

    Ran run(std::vector<std::string> arguments, bool as_json = false) {
        Context context;
        context.dsn = world_->database.conninfo();
        context.json = as_json;
        arguments.insert(arguments.begin(), "delete");
        return testing_support::run_command(context, {add_delete_command}, std::move(arguments));
    }

    std::optional<db::Session> session_;
    std::map<std::string, bool> partitioned_;
    static inline std::unique_ptr<SimulatedWorld> world_;
};

TEST_F(DeleteCommand, TakesFromEveryTableExactlyWhatItShows) {
    expect_every_table_exact();
}

TEST_F(DeleteCommand, TakesTheSameWhateverTheOrderOfForeignKeys) {
    // Triggers of foreign keys fire in the order of their names, which is that of their creation.
    // An anonymous block takes no parameters.
    session_->exec({"schemas", "select set_config('test.schemas', $1, false)"},
                   db::Params().text(people_schemas));
    session_->exec_script({"turn round", R"sql(
        do $$
        declare
            v_key record;
            v_keys text[] := '{}';
        begin
            for v_key in
                select c.conrelid::regclass as child, c.conname, pg_get_constraintdef(c.oid) as definition
                from pg_constraint as c
                where c.contype = 'f' and c.conparentid = 0 and c.connamespace::regnamespace::text = any (current_setting('test.schemas')::text[])
                order by c.oid
            loop
                execute format('alter table %s drop constraint %I', v_key.child, v_key.conname);
                v_keys := format('alter table %s add constraint %I %s', v_key.child, v_key.conname, v_key.definition) || v_keys;
            end loop;
            assert v_keys::text ~ 'imaging[.]' and v_keys::text ~ 'mylab[.]', 'every schema has foreign keys to turn round';
            for i in 1 .. cardinality(v_keys) loop
                execute v_keys[i];
            end loop;
            -- Without its foreign keys a computed table was set aside.
            perform engine.regenerate();
        end $$)sql"});
    expect_every_table_exact();
}

TEST_F(DeleteCommand, TakesManyRowsOfPartitionsAndInheritanceChildrenAtOnce) {
    const auto names = tables();
    const auto one = value("select session_id from core.session order by session_id limit 1");
    auto shown = expect_exact(names, "core.session", "session_id = '" + one + "'");
    EXPECT_EQ(shown["mylab.rig_event"], 3);
    EXPECT_EQ(shown["mylab.event_note"], 3);
    EXPECT_EQ(shown["mylab.event_2021_note"], 1);
    EXPECT_EQ(shown["mylab.lap"], 3);
    EXPECT_EQ(shown["mylab.observation"], 1);
    EXPECT_EQ(shown["mylab.observation_video"], 1);
    EXPECT_EQ(shown["mylab.video_file"], 1);
    EXPECT_EQ(shown.count("mylab.observation_loose"), 0U) << "hangs on nothing";
    EXPECT_EQ(shown.count("mylab.note"), 0U) << "its reference is emptied";
    EXPECT_EQ(shown["mylab.\"Zeile\""], 1);
    shown = expect_exact(names, "core.subject", "true");
    EXPECT_EQ(shown["mylab.rig_event"], 12);
    EXPECT_EQ(shown["mylab.strict"], 2) << "a reference that cannot be emptied";
    EXPECT_EQ(shown["mylab.both_ways"], 4);
    // The trigger of the whole table saw the rows of all partitions.
    session_->begin();
    session_->exec({"collect", "select engine.cascade_collect('core.subject', 'true', true)"});
    session_->exec({"delete", "select engine.cascade_delete()"});
    EXPECT_EQ(value("select n from mylab.seen"), "12");
    session_->rollback();
    // An inheritance parent names its children's rows too, as DELETE does.
    shown = expect_exact(names, "mylab.observation", "session_id = '" + one + "'");
    EXPECT_EQ(shown["mylab.observation_loose"], 1);
    EXPECT_EQ(shown["mylab.video_file"], 1);
}

TEST_F(DeleteCommand, TellsWhichRowsStayWithoutTheirReference) {
    const auto one = value("select session_id from core.session order by session_id limit 1");
    auto ran = run(
        {"core.session", "--where", "session_id = '" + one + "'", "--with-masters", "--dry-run"});
    EXPECT_EQ(ran.status, 0) << ran.message;
    EXPECT_THAT(ran.out, HasSubstr("2 rows of mylab.note stay: session_id is set to null\n"));
    EXPECT_THAT(ran.out, HasSubstr("1 rows of mylab.both_ways stay: session_id is set to null\n"));
    EXPECT_THAT(ran.out, HasSubstr(" of mylab.trial_mark stay: trial is set to null\n"));
    EXPECT_THAT(ran.out, HasSubstr("nothing was deleted\n"));
    ran = run({"core.lab", "--where", "lab_name <> 'nobody'", "--with-masters", "--dry-run"}, true);
    auto told = json::parse(ran.out);
    bool has_camera = false;
    for (const auto& kept : told["kept"]) {
        if (kept["table"] != "mylab.camera") continue;
        has_camera = true;
        EXPECT_EQ(kept["set_to"], "its default");
        EXPECT_EQ(kept["columns"], "lab_name");
    }
    EXPECT_TRUE(has_camera) << ran.out;
    EXPECT_FALSE(told["deleted"].get<bool>());
    // When the default goes itself, its rows cannot stay.
    ran = run({"core.lab", "--where", "true", "--with-masters", "--dry-run"}, true);
    told = json::parse(ran.out);
    EXPECT_THAT(told["tables"].dump(), HasSubstr("mylab.camera"));
    EXPECT_THAT(told["kept"].dump(), Not(HasSubstr("mylab.camera")));
    expect_exact(tables(), "core.lab", "true");
    // What is shown is what becomes of them.
    session_->begin();
    session_->exec({"collect", "select engine.cascade_collect('core.session', 'session_id = ''" +
                                   one + "''', true)"});
    session_->exec({"delete", "select engine.cascade_delete()"});
    EXPECT_EQ(value("select count(*) from mylab.note where session_id is null"), "2");
    EXPECT_EQ(value("select count(*) from mylab.trial_mark where session_id = '" + one +
                    "' and trial is null"),
              value("select count(*) from mylab.trial_mark where session_id = '" + one + "'"));
    session_->rollback();
}

TEST_F(DeleteCommand, AMasterIsRefusedOnlyWhenNothingElseTakesIt) {
    const auto one = value("select session_id from core.session order by session_id limit 1");
    const auto refused = run({"core.session", "--where", "session_id = '" + one + "'", "--yes"});
    EXPECT_EQ(refused.status, 4);
    EXPECT_THAT(refused.message, HasSubstr("would go without their masters"));
    EXPECT_THAT(refused.hint, HasSubstr("--with-masters"));
    EXPECT_THAT(refused.out,
                AllOf(HasSubstr("core.session"), HasSubstr("task.choice_trial"),
                      HasSubstr("master of a part that goes"), HasSubstr("rows in all\n")));
    // The same without --yes: shown, and nobody is asked.
    const auto asked = run({"core.session", "--where", "session_id = '" + one + "'"});
    EXPECT_EQ(asked.status, 4);
    EXPECT_EQ(asked.out, refused.out);
    EXPECT_THAT(asked.hint, HasSubstr("--with-masters"));
    const auto dry = run({"core.session", "--where", "session_id = '" + one + "'", "--dry-run"});
    EXPECT_EQ(dry.status, 0);
    EXPECT_EQ(dry.out, refused.out + "nothing was deleted\n");
    EXPECT_THAT(dry.err, HasSubstr("hint: Add --with-masters"));
    const auto facts =
        run({"core.session", "--where", "session_id = '" + one + "'", "--dry-run"}, true);
    EXPECT_TRUE(json::parse(facts.out)["needs_masters"].get<bool>());
    EXPECT_EQ(value("select count(*) from core.session where session_id = '" + one + "'"), "1");
}

TEST_F(DeleteCommand, SlipsAreToldWithWhatWasMeant) {
    auto ran = run({"core.sesion", "--where", "true", "--dry-run"});
    EXPECT_EQ(ran.status, 3);
    EXPECT_THAT(ran.hint, HasSubstr("Did you mean core.session?"));
    ran = run({"core.session", "--where", "sesion_number = 1", "--dry-run"});
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.message, HasSubstr("sesion_number"));
    EXPECT_THAT(ran.hint, AllOf(HasSubstr("Did you mean session_number?"),
                                HasSubstr("session_date"), HasSubstr("lab_name")));
    ran = run({"core.session", "--where", "session_number = = 1", "--dry-run"});
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.hint, HasSubstr("Columns it may use"));
    ran = run({"core.session", "--where", "session_number = 'one'", "--yes"});
    EXPECT_NE(ran.status, 0);
    EXPECT_NE(ran.status, 70);
    ran = run({"analysis.session", "--where", "true", "--dry-run"});
    EXPECT_EQ(ran.status, 2);
    EXPECT_THAT(ran.message, HasSubstr("is not a table"));
}

/// One lab with three subjects, of which tests delete for good.
class DeleteForGood : public ::testing::Test {
  protected:
    DeleteForGood() : session_(database_.session()) {
        spdlog::set_level(spdlog::level::off);
        session_.exec_script({"rows", R"sql(
            insert into core.lab (lab_name, time_zone) values ('alpha', 'UTC');
            insert into core.subject (subject_id, lab_name, nickname)
            select ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'alpha', 'a' || n from generate_series(1, 3) as n;
            insert into core.weighing (weighing_id, subject_id, weighed_at, weight_g)
            select gen_random_uuid(), subject_id, '2019-05-01 08:00+00', 20 from core.subject;)sql"});
    }
    Ran run(std::vector<std::string> arguments, bool as_json = false) {
        Context context;
        context.dsn = database_.conninfo();
        context.json = as_json;
        arguments.insert(arguments.begin(), "delete");
        return testing_support::run_command(context, {add_delete_command}, std::move(arguments));
    }
    std::string value(const std::string& sql) { return testing::value_of(session_, sql); }
    bool eventually(const std::string& sql, const std::string& wanted) {
        for (int i = 0; i < 600; ++i) {
            if (value(sql) == wanted) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        return false;
    }

    testing::TestDatabase database_;
    db::Session session_;
};

TEST_F(DeleteForGood, DeletesWhatWasShownAndNothingWhenNobodyAgrees) {
    auto ran = run({"core.subject", "--where", "nickname = 'a1'", "--dry-run"}, true);
    EXPECT_EQ(ran.status, 0);
    EXPECT_EQ(json::parse(ran.out)["rows"], 2);
    EXPECT_EQ(value("select count(*) from core.subject"), "3");
    ran = run({"core.subject", "--where", "nickname = 'a1'", "--yes"});
    EXPECT_EQ(ran.status, 0) << ran.message;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("core.weighing"), HasSubstr("2 rows in all"),
                               HasSubstr("deleted\n")));
    EXPECT_EQ(value("select count(*) from core.subject"), "2");
    ran = run({"core.subject", "--where", "nickname = 'a1'", "--yes"});
    EXPECT_THAT(ran.out, HasSubstr("no row of core.subject meets the condition"));
}

/// A terminal in place of standard input, for what asks.
class Terminal {
  public:
    Terminal() {
        if (::openpty(&master_, &slave_, nullptr, nullptr, nullptr) != 0)
            throw std::runtime_error("no terminal");
        kept_ = ::dup(STDIN_FILENO);
        ::dup2(slave_, STDIN_FILENO);
        std::cin.clear();
    }
    ~Terminal() {
        ::dup2(kept_, STDIN_FILENO);
        ::close(kept_);
        ::close(slave_);
        ::close(master_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    void type(const std::string& line) const {
        ASSERT_EQ(::write(master_, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    }

  private:
    int master_ = -1, slave_ = -1, kept_ = -1;
};

TEST_F(DeleteForGood, AQuestionHoldsNoLocksAndTheAnswerIsForWhatWasShown) {
    const Terminal terminal;
    auto asked = std::async(std::launch::async, [&] {
        return run({"core.subject", "--where", "nickname = 'a1'"});
    });
    // The question stands when the program's connection has nothing to do.
    const std::string of_delete =
        " from pg_stat_activity where datname = current_database() and application_name = "
        "'trialbase delete'";
    ASSERT_TRUE(
        eventually("select coalesce(string_agg(state || ' ' || (query ilike 'rollback%'), "
                   "','), '')" +
                       of_delete,
                   "idle true"));
    EXPECT_EQ(value("select count(*) from pg_locks where pid in (select pid" + of_delete + ")"),
              "0");
    session_.exec({"set", "set lock_timeout = '5s'"});
    session_.exec({"update", "update core.subject set description = 'seen' where nickname = 'a1'"});
    // A row more, of the same table: what was agreed to is no longer what there is.
    session_.exec(
        {"insert",
         "insert into core.weighing (weighing_id, subject_id, weighed_at, weight_g) select "
         "gen_random_uuid(), subject_id, '2019-05-02 08:00+00', 21 from core.subject where "
         "nickname = 'a1'"});
    terminal.type("y\n");
    ASSERT_TRUE(
        eventually("select coalesce(string_agg(state || ' ' || (query ilike 'rollback%'), "
                   "','), '')" +
                       of_delete,
                   "idle true"));
    EXPECT_EQ(value("select count(*) from core.subject"), "3") << "asked again";
    terminal.type("y\n");
    const auto ran = asked.get();
    EXPECT_EQ(ran.status, 0) << ran.message;
    EXPECT_THAT(ran.err, HasSubstr("core.weighing: 2 rows, 1 when they were shown"));
    EXPECT_THAT(ran.out, AllOf(HasSubstr("3 rows in all"), HasSubstr("deleted\n")));
    EXPECT_EQ(value("select count(*) from core.subject"), "2");
}

TEST_F(DeleteForGood, OthersInTheWayAreNamedAndWaitedFor) {
    auto other = database_.session();
    other.begin();
    other.exec({"hold", "select from core.weighing for update"});
    // No time to wait: who is in the way is told, and nothing was deleted.
    auto ran = run({"core.subject", "--where", "nickname = 'a1'", "--yes", "--wait", "0"});
    EXPECT_EQ(ran.status, 4);
    EXPECT_THAT(ran.message,
                HasSubstr(fmt::format("rows are held by process {}", other.backend_pid())));
    EXPECT_THAT(ran.hint, HasSubstr("Nothing was deleted"));
    EXPECT_EQ(value("select count(*) from core.subject"), "3");
    // Told, let go, tried again.
    auto waiting = std::async(std::launch::async, [&] {
        return run({"core.subject", "--where", "nickname = 'a1'", "--yes"});
    });
    const std::string waits =
        " from pg_stat_activity where datname = current_database() and application_name = "
        "'trialbase delete' and wait_event_type = 'Lock'";
    ASSERT_TRUE(eventually("select count(*)" + waits, "1"));
    const auto first = value("select xact_start" + waits);
    ASSERT_TRUE(eventually("select count(*)" + waits + " and xact_start > '" + first + "'", "1"));
    other.rollback();
    ran = waiting.get();
    EXPECT_EQ(ran.status, 0) << ran.message;
    EXPECT_THAT(ran.err, HasSubstr("waiting for rows held by process"));
    EXPECT_EQ(value("select count(*) from core.subject"), "2");
}

}  // namespace
}  // namespace tb::app
