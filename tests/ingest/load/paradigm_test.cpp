// A whole world in one file, written against the public interface: sessions of a maze, whose laps
// lie in a table that no migration knows. What it does not say (identity, people, files, changes,
// failures, concurrency) the common room must do.
#include "ingest/load/paradigm.hpp"

#include "ingest/load/ingest_run.hpp"
#include "ingest/load/session_loader.hpp"
#include "src/base/uuid.hpp"
#include "tests/support/test_database.hpp"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::load {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestDatabase;
using testing::value_of;

// The world: from here ----------------------------------------------------------------------------

struct MazeSession : SessionRecord {
    std::vector<double> lap_s;    ///< duration of each lap [s]
    std::vector<double> speed;    ///< running speed [cm/s], to the array store
    double sampling_rate_hz = 0;  ///< of the speed
};

class MazeArrays : public SessionArrays {
  public:
    MazeArrays(const store::StoreOptions& store, const MazeSession& session,
               const std::string& session_id) {
        begin(store, "maze.session", session_id);
        speed = add("speed", Array::vector(session.speed),
                    {.unit = "cm/s",
                     .sampling_rate_hz = session.sampling_rate_hz,
                     .about = "Running speed"});
        publish();
    }
    std::string speed;
};

class MazeParadigm : public Paradigm {
  public:
    std::string_view name() const override { return "maze"; }

    void require_loadable(const SessionRecord& record) const override {
        if (!session_as<MazeSession>(record).lap_s.empty()) return;
        throw Error(ErrorKind::data, "session " + record.identifier() + " has no laps", {},
                    "MissingLaps");
    }
    std::int64_t count_trials(const SessionRecord& record) const override {
        return static_cast<std::int64_t>(session_as<MazeSession>(record).lap_s.size());
    }
    std::vector<SessionIssue> issues(const SessionRecord& record) const override {
        if (session_as<MazeSession>(record).lap_s.size() >= 2) return {};
        return {{"OneLap", "laps", "the animal ran a single lap"}};
    }
    std::vector<HeldRows> held(db::Session& database, std::span<const std::string> session_ids,
                               std::span<const SessionRecord* const>) const override {
        const auto rows = database.exec_prepared(
            {"maze held",
             "select exists (select from maze.session as m where m.session_id = f.id::uuid) "
             "from unnest($1::text[]) with ordinality as f (id, place) order by f.place"},
            db::Params().text_array(session_ids));
        std::vector<HeldRows> held;
        for (std::size_t i = 0; i < rows.rows(); ++i) held.push_back({rows.get<bool>(i, 0), false});
        return held;
    }
    bool has_arrays(const SessionRecord& record) const override {
        return !session_as<MazeSession>(record).speed.empty();
    }
    std::vector<std::string> array_files(db::Session& database,
                                         const std::string& session_id) const override {
        const auto rows = database.exec(
            {"maze arrays",
             "select a.file from maze.session as m join store.array as a on a.array_id = "
             "m.speed_array_id where m.session_id = $1::uuid"},
            db::Params().text(session_id));
        std::vector<std::string> files;
        for (std::size_t i = 0; i < rows.rows(); ++i) files.push_back(rows.get<std::string>(i, 0));
        return files;
    }
    std::unique_ptr<SessionArrays> write_arrays(const store::StoreOptions& store,
                                                const SessionRecord& record,
                                                const SessionState& state,
                                                db::Session&) const override {
        if (!has_arrays(record)) return nullptr;
        return std::make_unique<MazeArrays>(store, session_as<MazeSession>(record),
                                            state.session_id);
    }
    void add_rows(std::span<const SessionToWrite> sessions,
                  std::vector<db::Session::Step>& steps) const override {
        std::vector<std::string> ids, speeds;
        for (const auto& one : sessions) {
            ids.push_back(one.state->session_id);
            const auto* arrays = dynamic_cast<const MazeArrays*>(one.arrays);
            speeds.push_back(arrays == nullptr ? "" : arrays->speed);
        }
        steps.push_back(
            {{"maze laps gone", "delete from maze.lap where session_id = any ($1::text[]::uuid[])"},
             db::Params().text_array(ids)});
        steps.push_back({{"maze sessions",
                          "insert into maze.session select f.id::uuid, nullif(f.speed, '')::uuid "
                          "from unnest($1::text[], $2::text[]) as f (id, speed) on conflict "
                          "(session_id) do update set speed_array_id = excluded.speed_array_id"},
                         db::Params().text_array(ids).text_array(speeds)});
    }
    void copy_rows(db::Session& database, std::span<const SessionToWrite> sessions,
                   TableColumns& columns) const override {
        db::CopyIn copy(database, "maze.lap", columns.of("maze.lap"));
        for (const auto& one : sessions) {
            const auto& laps = session_as<MazeSession>(*one.record).lap_s;
            for (std::size_t i = 0; i < laps.size(); ++i) {
                copy.next_row();
                copy.put(one.state->session_id);
                copy.put(static_cast<std::int64_t>(i) + 1);
                copy.put(laps[i]);
            }
        }
        copy.finish();
    }
};

const MazeParadigm maze;

class MazeFile : public SessionToRead {
  public:
    explicit MazeFile(MazeSession session) : session_(std::move(session)) {
        source = "maze";
        origin = session_.origin;
    }
    std::unique_ptr<SessionRecord> read() const override {
        if (session_.subject == "unreadable")
            throw Error(ErrorKind::data, origin + " is cut off", {}, "TruncatedFile");
        return std::make_unique<MazeSession>(session_);
    }

  private:
    MazeSession session_;
};

class MazeFolder : public SessionSource {
  public:
    explicit MazeFolder(std::vector<MazeSession> sessions) : sessions_(std::move(sessions)) {}
    const Paradigm& paradigm() const override { return maze; }
    std::string name() const override { return "maze"; }
    const std::vector<std::filesystem::path>& places() const override { return places_; }
    void find(SessionSink& sink) override {
        for (const auto& session : sessions_) sink.found(std::make_unique<MazeFile>(session));
    }

  private:
    std::vector<MazeSession> sessions_;
    std::vector<std::filesystem::path> places_{"/"};
};

// To here -----------------------------------------------------------------------------------------

MazeSession session_of(const std::string& identifier, const std::string& subject = "rat1") {
    MazeSession session;
    session.source = "maze";
    session.own_identifier = identifier;
    session.own_subject_identifier = subject;
    session.lab = "mazelab";
    session.subject = subject;
    session.date = "2024-05-06";
    session.origin = "/maze/" + identifier;
    session.users = {"kim", "lou"};
    session.projects = {"navigation"};
    session.lap_s = {12.5, 10.0, 9.5};
    session.files = {
        {identifier + ".h5", "", "", identifier + ".h5", "", "h5", 100, std::string(64, 'a'), "",
         "", true},
        {"notes.txt", "", "", "notes.txt", "", "txt", 5, std::string(64, 'c'), "", "", false}};
    session.is_whole = true;
    return session;
}

class ParadigmTest : public ::testing::Test {
  protected:
    ParadigmTest() {
        session.exec_script({"maze", R"(
            create schema maze;
            create table maze.session (
                session_id uuid primary key references core.session on delete cascade,
                speed_array_id uuid references store.array);
            create table maze.lap (
                session_id uuid references maze.session on delete cascade,
                lap integer, duration_s double precision, primary key (session_id, lap),
                constraint lap_duration_check check (duration_s > 0));)"});
        std::string name =
            (std::filesystem::temp_directory_path() / "trialbase-maze.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        store.root = name;
        store.durable = false;
    }
    ~ParadigmTest() override {
        std::error_code ignored;
        std::filesystem::remove_all(store.root, ignored);
    }
    std::string value(const std::string& sql) { return value_of(session, sql); }
    std::size_t stored_files() const {
        std::size_t count = 0;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(store.root))
            count += entry.is_regular_file() ? 1 : 0;
        return count;
    }
    IngestSummary ingest(const std::vector<MazeSession>& sessions, bool dry_run = false) {
        RunOptions options;
        options.jobs = 2;
        options.dry_run = dry_run;
        options.store = store;
        options.connect = [this] { return db.session(); };
        MazeFolder folder(sessions);
        return ingest_sessions(folder, options);
    }

    TestDatabase db;
    db::Session session = db.session();
    store::StoreOptions store;
};

TEST_F(ParadigmTest, ItsSessionsGetTheRowsOfEverySessionAndTheirOwn) {
    SessionLoader loader(maze, db.session());
    auto one = session_of("17");
    one.aliases = {{"dandi", "000123/sub-rat1"}};
    one.lap_s.resize(1);
    const auto result = loader.load(one);
    EXPECT_EQ(result.outcome, Outcome::added);
    EXPECT_EQ(result.trials, 1);
    // The source's own identifier makes the key; every name leads to it.
    EXPECT_EQ(result.session_id, source_uuid("maze", "17").to_string());
    EXPECT_EQ(value("select string_agg(source || ':' || identifier, ' ' order by source) from "
                    "core.session_alias"),
              "dandi:000123/sub-rat1 maze:17");
    EXPECT_EQ(value("select subject_id from core.session"),
              source_uuid("maze", "rat1").to_string());
    EXPECT_EQ(value("select lab_name || ' ' || nickname from core.subject"), "mazelab rat1");
    EXPECT_EQ(value("select session_number from core.session"), "null");
    EXPECT_EQ(value("select string_agg(user_name, ' ' order by user_name) from "
                    "core.session_member"),
              "kim lou");
    EXPECT_EQ(value("select project_name from core.session_project"), "navigation");
    EXPECT_EQ(value("select string_agg(dataset_name, ' ' order by dataset_name) from "
                    "store.dataset"),
              "17.h5 notes.txt");
    EXPECT_EQ(value("select issue_type from core.session_issue"), "OneLap");
    EXPECT_EQ(value("select lap || ':' || duration_s from maze.lap"), "1:12.5");
}

TEST_F(ParadigmTest, WhatIsToldOfSubjectsFillsInWhatIsNotKnown) {
    SessionLoader loader(maze, db.session("trialbase_ingest"));
    session.exec_script({"grants",
                         "grant usage on schema maze to trialbase_ingest; grant all on all tables "
                         "in schema maze to trialbase_ingest"});
    auto one = session_of("17");
    one.subject_facts.sex = "F";
    one.subject_facts.species = "Rattus norvegicus";
    one.subject_facts.line = "wild type";
    loader.load(one);
    auto other = session_of("18");
    other.subject_facts.sex = "M";  // of the same animal: what is known stays
    other.subject_facts.birth_date = "2024-01-02";
    loader.load(other);
    EXPECT_EQ(value("select concat_ws('|', sex, birth_date, species_name, strain_name, line_name) "
                    "from core.subject"),
              "F|2024-01-02|Rattus norvegicus|wild type");
}

TEST_F(ParadigmTest, TheCommonRoomTellsWhatIsUnchangedChangedAndWithdrawn) {
    SessionLoader loader(maze, db.session());
    auto one = session_of("17");
    loader.load(one);
    EXPECT_EQ(loader.load(one).outcome, Outcome::unchanged);
    const auto laps = [&] { return value("select min(xmin::text) from maze.lap"); };
    const auto before = laps();
    one.files[1].sha256 = std::string(64, 'd');  // no value comes from it: the laps stay
    const auto noted = loader.load(one);
    EXPECT_EQ(noted.outcome, Outcome::updated);
    EXPECT_EQ(noted.trials, 0);
    EXPECT_EQ(laps(), before);
    one.files[0].sha256 = std::string(64, 'b');
    one.lap_s = {8.0};
    EXPECT_EQ(loader.preview(one).outcome, Outcome::updated);
    EXPECT_EQ(value("select count(*) from maze.lap"), "3");
    EXPECT_EQ(loader.load(one).trials, 1);
    EXPECT_EQ(value("select string_agg(duration_s::text, ' ') from maze.lap"), "8");
    one.files.pop_back();  // withdrawn
    EXPECT_EQ(loader.load(one).outcome, Outcome::updated);
    EXPECT_EQ(value("select count(*) from store.dataset"), "1");
}

TEST_F(ParadigmTest, ASessionKnownByAnotherNameIsThatSession) {
    SessionLoader loader(maze, db.session());
    const auto first = loader.load(session_of("17"));
    auto again = session_of("file-of-17");
    again.source = "nwb";
    again.aliases = {{"maze", "17"}};
    again.files[0] = {"17.nwb", "", "", "17.nwb", "", "nwb", 9, std::string(64, 'e'), "", "", true};
    again.is_whole = false;
    const auto result = loader.load(again);
    EXPECT_EQ(result.session_id, first.session_id);
    EXPECT_EQ(result.outcome, Outcome::updated);
    EXPECT_EQ(value("select count(*) from core.session"), "1");
    EXPECT_EQ(value("select session_id from core.session_alias where source = 'nwb'"),
              first.session_id);
}

TEST_F(ParadigmTest, ArraysAreWrittenOnceAndAgainWhenTheyAreLost) {
    SessionLoader loader(maze, db.session(), store);
    auto one = session_of("17");
    one.speed = {1, 2, 3};
    one.sampling_rate_hz = 60;
    loader.load(one);
    EXPECT_EQ(value("select a.dataset || ' ' || a.unit from maze.session as m join store.array as "
                    "a on a.array_id = m.speed_array_id"),
              "speed cm/s");
    EXPECT_EQ(loader.load(one).outcome, Outcome::unchanged);
    one.files[1].sha256 = std::string(64, 'd');  // no value comes from it: no second file
    EXPECT_EQ(loader.load(one).outcome, Outcome::updated);
    EXPECT_EQ(stored_files(), 1U);
    std::filesystem::remove(store.root /
                            value("select a.file from store.array as a join maze.session as m on "
                                  "a.array_id = m.speed_array_id"));
    EXPECT_EQ(loader.load(one).outcome, Outcome::updated);
    EXPECT_EQ(stored_files(), 1U);
}

TEST_F(ParadigmTest, AnIngestOfItsSourceReportsFailuresAndKeepsThem) {
    std::vector<MazeSession> sessions;
    for (int i = 1; i <= 30; ++i)
        sessions.push_back(session_of(std::to_string(i), "rat" + std::to_string(i % 4)));
    sessions[4].lap_s = {5, -1};          // refused by the table
    sessions[9].lap_s.clear();            // refused by the world
    sessions[14].subject = "unreadable";  // refused by the reader
    sessions[19].part_errors = {{"NoCamera", "the video is gone", "", "/maze/20"}};
    const auto planned = ingest(sessions, true);
    EXPECT_EQ(planned.added, 28U);  // the table alone knows of the lap of -1 s
    EXPECT_EQ(value("select count(*) from core.session"), "0");

    const auto summary = ingest(sessions);
    EXPECT_EQ(summary.added, 27U);
    EXPECT_EQ(summary.trials, 27 * 3);
    EXPECT_EQ(summary.labs, 1U);
    EXPECT_EQ(summary.subjects, 4U);
    std::vector<std::string> failures;
    for (const auto& failure : summary.failures)
        failures.push_back(failure.identifier + " " + failure.type);
    EXPECT_THAT(failures, ElementsAre("/maze/15 TruncatedFile", "10 MissingLaps", "20 NoCamera",
                                      "5 ConstraintViolation"));
    EXPECT_EQ(value("select session_id from core.session_error where identifier = '10'"),
              source_uuid("maze", "10").to_string());
    EXPECT_EQ(value("select count(*) from core.session_error where resolved_at is null"), "4");
    EXPECT_EQ(value("select count(*) from maze.lap"), std::to_string(27 * 3));

    sessions[4].lap_s = {5, 1};
    const auto again = ingest(sessions);
    EXPECT_EQ(again.added, 1U);
    EXPECT_EQ(again.unchanged, 27U);
    EXPECT_EQ(value("select resolved_at is null from core.session_error where identifier = '5'"),
              "f");
}

TEST_F(ParadigmTest, ASessionOfSeveralFilesCountsOnce) {
    std::vector<MazeSession> sessions{session_of("1"), session_of("1"), session_of("2")};
    // The other plane of session 1: another file, the same laps. Which one is first is chance.
    sessions[1].files[0].name = sessions[1].files[0].path = "second.h5";
    const auto planned = ingest(sessions, true);
    EXPECT_EQ(planned.added, 2U);
    EXPECT_EQ(planned.unchanged, 0U);
    EXPECT_EQ(planned.read, 3U);

    const auto summary = ingest(sessions);
    EXPECT_EQ(summary.added, 2U);
    EXPECT_EQ(summary.updated + summary.unchanged, 0U);
    EXPECT_EQ(summary.read, 3U);
    EXPECT_EQ(summary.trials, 2 * 3);
    EXPECT_EQ(value("select count(*) from maze.lap"), "6");
    EXPECT_EQ(value("select count(*) from core.session"), "2");
}

TEST_F(ParadigmTest, ASessionOfAnotherWorldIsRefused) {
    SessionLoader loader(maze, db.session());
    SessionRecord other;
    other.own_identifier = "9";
    try {
        loader.load(other);
        ADD_FAILURE() << "it was loaded";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::internal);
        EXPECT_THAT(error.what(), HasSubstr("session 9 was given to the loader of another world"));
    }
}

TEST_F(ParadigmTest, AnIngestOfAPlaceThatIsNotThereLoadsNothing) {
    class Nowhere : public MazeFolder {
      public:
        using MazeFolder::MazeFolder;
        const std::vector<std::filesystem::path>& places() const override { return none_; }

      private:
        std::vector<std::filesystem::path> none_{"/no/such/maze"};
    };
    Nowhere folder({session_of("1")});
    RunOptions options;
    options.connect = [this] { return db.session(); };
    EXPECT_THROW(ingest_sessions(folder, options), Error);
    EXPECT_EQ(value("select count(*) from core.session"), "0");
}

}  // namespace
}  // namespace tb::load
