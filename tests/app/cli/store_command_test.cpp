// trialbase store and trialbase array, as a user calls them.
#include "src/base/uuid.hpp"
#include "src/store/array_rows.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/support/test_database.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace tb::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using testing_support::Ran;
using testing_support::run_command;

class StoreCommand : public ::testing::Test {
  protected:
    StoreCommand() {
        store::StoreOptions options;
        options.root = fs::path(folder_) / "store";
        options.durable = false;
        auto file = store::ArrayStore(options).begin_file("toy.total", "session_id=1",
                                                          new_run_id().to_string());
        std::vector<double> ramp(20'000);
        for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<double>(i) / 4;
        ramp[1] = std::nan("");
        signal_ = file.add(new_run_id().to_string(), "GCaMP/signal", Array::vector(ramp),
                           {.unit = "z", .sampling_rate_hz = 100, .about = "a ramp"});
        matrix_ = file.add(new_run_id().to_string(), "traces",
                           Array::matrix(2, 3, std::vector<std::int32_t>{1, 2, 3, 4, 5, 6}), {});
        file.publish();
        auto session = database_.session();
        store::insert_arrays(session, file.arrays());
    }
    ~StoreCommand() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    Ran run(std::vector<std::string> arguments, bool as_json = false) {
        Context context;
        context.dsn = database_.conninfo();
        context.store = root_;
        context.json = as_json;
        context.quiet = true;
        return run_command(context, {add_store_command, add_array_command}, std::move(arguments));
    }
    /// Of one mouse on one day: 1 (...aa) and 2 (...ab).
    static void add_two_sessions(db::Session& session) {
        session.exec_script({"two sessions", R"(
insert into core.lab (lab_name) values ('lab');
insert into core.subject (subject_id, lab_name, nickname)
values ('00000000-0000-0000-0000-000000000001', 'lab', 'mouse');
insert into core.session (session_id, subject_id, lab_name, session_date, session_number, source)
values ('00000000-0000-0000-0000-0000000000aa', '00000000-0000-0000-0000-000000000001', 'lab', '2020-01-31', 1, 'ibl'),
       ('00000000-0000-0000-0000-0000000000ab', '00000000-0000-0000-0000-000000000001', 'lab', '2020-01-31', 2, 'ibl');
)"});
    }
    [[nodiscard]] std::string content(const std::string& name) const {
        std::stringstream text;
        text << std::ifstream(fs::path(folder_) / name, std::ios::binary).rdbuf();
        return text.str();
    }

    static std::string make_folder() {
        std::string name = "/tmp/trialbase-commands.XXXXXX";
        if (mkdtemp(name.data()) == nullptr)
            throw Error(ErrorKind::io, "cannot make a folder for a test");
        return name;
    }
    const std::string folder_ = make_folder();  ///< what the destructor removes
    std::string root_ = folder_ + "/store";
    testing::TestDatabase database_;
    store::StoredArray signal_, matrix_;
};

TEST_F(StoreCommand, ArrayShowTellsWhatItIs) {
    const auto shown = run({"array", "show", signal_.ref()});
    EXPECT_EQ(shown.status, 0) << shown.message;
    for (const char* part : {"20000, float64", "100 Hz", "unit      z", "a ramp", "shuffle+gzip",
                             "0, missing, 0.5, 0.75"})
        EXPECT_THAT(shown.out, HasSubstr(part));
    const auto facts = json::parse(run({"array", "show", matrix_.array_id}, true).out);
    EXPECT_EQ(facts["ref"], matrix_.ref());
    EXPECT_EQ(facts["shape"], json({2, 3}));
    EXPECT_EQ(facts["first"], json({1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(facts["sampling_rate_hz"], nullptr);
    const auto none = run({"array", "show", "toy/none.h5#x"});
    EXPECT_EQ(none.status, 3);
    EXPECT_THAT(none.hint, HasSubstr("array_id"));
    EXPECT_EQ(run({"array", "show", "00000000-0000-0000-0000-000000000000"}).status, 3);
    EXPECT_EQ(run({"array", "show"}).status, 2);
}

TEST_F(StoreCommand, ArraySliceTakesRowsOrSeconds) {
    EXPECT_EQ(run({"array", "slice", signal_.ref(), "--rows", "0:3"}).out, "signal\n0\n\n0.5\n");
    EXPECT_EQ(run({"array", "slice", signal_.ref(), "--rows", "-1:"}).out, "signal\n4999.75\n");
    EXPECT_EQ(run({"array", "slice", signal_.ref(), "--time", "1:1.02"}).out,
              "signal\n25\n25.25\n");
    EXPECT_EQ(run({"array", "slice", matrix_.ref(), "--rows", "1:9"}).out,
              "traces_0,traces_1,traces_2\n4,5,6\n");
    EXPECT_EQ(
        json::parse(run({"array", "slice", signal_.ref(), "--rows", "1:3"}, true).out)["values"],
        json({nullptr, 0.5}));
    EXPECT_EQ(run({"array", "slice", matrix_.ref(), "--time", "0:1"}).status, 2);
    for (const char* range : {"3", "a:b", "1.5:2", "1:2:3", "nan:4"})
        EXPECT_EQ(run({"array", "slice", signal_.ref(), "--rows", range}).status, 2) << range;
    EXPECT_EQ(run({"array", "slice", signal_.ref(), "--rows", "1:2", "--time", "1:2"}).status, 2);
}

TEST_F(StoreCommand, ArraySliceTakesTheTimesThatTheTablesTell) {
    store::StoreOptions options;
    options.root = root_;
    options.durable = false;
    auto file = store::ArrayStore(options).begin_file("task.running_recording", "session_id=aa",
                                                      new_run_id().to_string());
    const auto add = [&](const char* name, std::vector<double> values, double rate_hz = NAN) {
        return file.add(new_run_id().to_string(), name, Array::vector(std::move(values)),
                        {.unit = "", .sampling_rate_hz = rate_hz, .about = ""});
    };
    const auto times = add("running/times", {774.5, 775.0, 776.25, 790.0, 800.0});
    const auto speed = add("running/speed", {1, 2, 3, 4, 5});
    const auto turned = add("turned", {1, 2, 3});
    const auto turned_times = add("turned_times", {3, 1, 2});
    const auto even = add("even", {1, 2, 3, 4, 5}, 10);
    file.publish();
    auto session = database_.session();
    store::insert_arrays(session, file.arrays());
    add_two_sessions(session);
    const std::string aa = "'00000000-0000-0000-0000-0000000000aa'";
    session.exec_script(
        {"rows",
         "insert into task.running_recording (session_id, n_samples, times_array_id, "
         "speed_array_id) values (" +
             aa + ", 5, '" + times.array_id + "', '" + speed.array_id +
             "');"
             "insert into task.running_recording (session_id, n_samples, times_array_id, "
             "speed_array_id) values ('00000000-0000-0000-0000-0000000000ab', 3, '" +
             turned_times.array_id + "', '" + turned.array_id +
             "');"
             "create schema mylab;"
             "create table mylab.even (signal_array_id uuid, start_s float8, sampling_rate_hz "
             "float8);"
             "select store.own_array('mylab.even', 'signal_array_id');"
             "insert into mylab.even values ('" +
             even.array_id + "', -4.15, 10);"});
    EXPECT_EQ(run({"array", "slice", speed.ref(), "--time", "775:800"}).out, "speed\n2\n3\n4\n");
    EXPECT_EQ(run({"array", "slice", "lab/mouse/2020-01-31/001#speed", "--time", "790:"}).out,
              "speed\n4\n5\n");
    EXPECT_EQ(
        run({"array", "export", speed.ref(), "--time", "775:800", "-o", folder_ + "/s.csv"}).status,
        0);
    EXPECT_EQ(content("s.csv"), "speed\n2\n3\n4\n");
    EXPECT_EQ(run({"array", "slice", even.ref(), "--time", "-4.05:-3.85"}).out, "even\n2\n3\n");
    EXPECT_EQ(run({"array", "slice", even.ref(), "--time", "0:9"}).out, "even\n");
    EXPECT_EQ(run({"array", "slice", turned.ref(), "--time", "1:2"}).status, 6);
    EXPECT_THAT(run({"array", "show", speed.ref()}).out, HasSubstr(times.ref()));
    EXPECT_THAT(run({"array", "show", even.ref()}).out, HasSubstr("start     -4.15 s"));
    const auto facts = json::parse(run({"array", "show", even.ref()}, true).out);
    EXPECT_EQ(facts["start_s"], -4.15);
    EXPECT_EQ(facts["times_ref"], nullptr);
}

TEST_F(StoreCommand, ArrayExportWritesNpyAndCsv) {
    EXPECT_EQ(run({"array", "export", signal_.ref(), "-o", folder_ + "/x.npy"}).status, 0);
    EXPECT_EQ(content("x.npy").size(), 128U + 20'000 * 8);
    EXPECT_THAT(content("x.npy"), HasSubstr("'shape': (20000,)"));
    EXPECT_EQ(run({"array", "export", matrix_.array_id, "--rows", "0:1", "-o", folder_ + "/x.csv"})
                  .status,
              0);
    EXPECT_EQ(content("x.csv"), "traces_0,traces_1,traces_2\n1,2,3\n");
    EXPECT_EQ(run({"array", "export", signal_.ref(), "-o", folder_ + "/x.mat"}).status, 2);
    EXPECT_EQ(run({"array", "export", signal_.ref(), "-o", folder_ + "/none/x.npy"}).status, 7);
}

TEST_F(StoreCommand, VerifyEndsWithEightWhenSomethingIsWrong) {
    const auto good = run({"store", "verify"});
    EXPECT_EQ(good.status, 0);
    EXPECT_THAT(good.out, HasSubstr("2 arrays (160.0 kB) in 1 files: all is well"));
    fs::remove(fs::path(root_) / signal_.file);
    const auto bad = run({"store", "verify"}, true);
    EXPECT_EQ(bad.status, 8);
    const auto found = json::parse(bad.out)["findings"];
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0]["fault"], "missing file");
    EXPECT_EQ(found[0]["what"], signal_.ref());
    EXPECT_THAT(run({"store", "verify", "--quick"}).out, HasSubstr("2 faults"));
    root_ = folder_ + "/elsewhere";
    EXPECT_EQ(run({"store", "verify"}).status, 3);
    root_.clear();  // another server than the private one, and no root named
    const auto none = run({"store", "verify"});
    EXPECT_EQ(none.status, 2);
    EXPECT_THAT(none.hint, HasSubstr("TRIALBASE_STORE"));
}

TEST_F(StoreCommand, GcShowsBeforeItRemoves) {
    std::ofstream(fs::path(root_) / (signal_.file + ".tmp")) << "half";
    EXPECT_THAT(run({"store", "gc"}).out,
                HasSubstr("removed 0 files (0 B), kept 1 that rows name and 1 younger than 24h"));
    const auto planned = run({"store", "gc", "--grace", "0s", "--dry-run"});
    EXPECT_THAT(planned.out, HasSubstr(signal_.file + ".tmp\nwould remove 1 files (4 B)"));
    EXPECT_TRUE(fs::exists(fs::path(root_) / (signal_.file + ".tmp")));
    const auto done = json::parse(run({"store", "gc", "--grace", "0s"}, true).out);
    EXPECT_EQ(done["removed"].size(), 1U);
    EXPECT_EQ(done["removed"][0]["unfinished"], true);
    EXPECT_FALSE(fs::exists(fs::path(root_) / (signal_.file + ".tmp")));
    EXPECT_TRUE(fs::exists(fs::path(root_) / signal_.file));
    auto session = database_.session();
    session.exec({"test", "delete from store.array"});
    const auto refused = run({"store", "gc", "--grace", "0s"});
    EXPECT_EQ(refused.status, 5);  // it names nothing here: whose may it be
    EXPECT_THAT(refused.hint, HasSubstr("store adopt"));
    EXPECT_EQ(run({"store", "gc", "--grace", "0s", "--force"}).status, 0);
    EXPECT_FALSE(fs::exists(fs::path(root_) / signal_.file));
    for (const char* grace : {"24", "h", "-1h", "1w", ""})
        EXPECT_EQ(run({"store", "gc", std::string("--grace=") + grace}).status, 2) << grace;
}

TEST_F(StoreCommand, AdoptMakesAStoreThisDatabasesAndItsRootIsKnown) {
    EXPECT_EQ(run({"store", "adopt"}).out, "the array store " + root_ + " is this database's\n");
    EXPECT_TRUE(fs::exists(fs::path(root_) / "trialbase_store"));
    // Known now, also to who names no root.
    const auto real = root_;
    root_.clear();
    EXPECT_EQ(run({"array", "slice", matrix_.ref(), "--rows", "1:2"}).out,
              "traces_0,traces_1,traces_2\n4,5,6\n");
    EXPECT_EQ(run({"store", "verify"}).status, 0);
    EXPECT_EQ(run({"store", "gc"}).status, 0);
    // Another place is not this database's store, nor is an empty folder there.
    root_ = folder_ + "/elsewhere";
    for (const bool exists : {false, true}) {
        if (exists) fs::create_directory(root_);
        for (const auto& words : std::vector<std::vector<std::string>>{
                 {"store", "verify"}, {"store", "gc"}, {"array", "show", signal_.ref()}}) {
            const auto ran = run(words);
            EXPECT_EQ(ran.status, 5) << words[1];
            EXPECT_THAT(ran.message, HasSubstr("last used at " + real));
        }
    }
    // When the files are lost for good it begins anew, and says what is missing.
    EXPECT_THAT(run({"store", "adopt"}).out, HasSubstr("2 of its 2 arrays are not there"));
    EXPECT_EQ(run({"store", "gc"}).status, 0);
}

TEST_F(StoreCommand, AnArrayOfASessionIsNamedByTheSession) {
    auto session = database_.session();
    add_two_sessions(session);
    session.exec({"wheel",
                  "insert into task.wheel_recording (session_id, n_samples, position_array_id, "
                  "times_array_id) values ('00000000-0000-0000-0000-0000000000aa', 2, $1::uuid, "
                  "$2::uuid)"},
                 db::Params().text(signal_.array_id).text(matrix_.array_id));
    const auto listed = run({"array", "list", "mouse/2020-01-31/1"});
    EXPECT_EQ(listed.status, 0) << listed.message;
    EXPECT_THAT(listed.out, HasSubstr("GCaMP/signal"));
    EXPECT_THAT(listed.out, HasSubstr("task.wheel_recording"));
    EXPECT_EQ(json::parse(run({"array", "list", "lab/mouse/2020-01-31/001"}, true).out).size(), 2U);
    const std::string slice = "signal\n0\n\n0.5\n";
    for (const char* name : {"lab/mouse/2020-01-31/001#GCaMP/signal", "mouse/2020-01-31/001#signal",
                             "lab/Subjects/mouse/2020-01-31/001#signal",
                             "00000000-0000-0000-0000-0000000000aa#signal"})
        EXPECT_EQ(run({"array", "slice", name, "--rows", "0:3"}).out, slice) << name;
    const auto which = run({"array", "show", "mouse/2020-01-31/001"});
    EXPECT_EQ(which.status, 2);
    EXPECT_THAT(which.hint, HasSubstr("GCaMP/signal, traces"));
    const auto none = run({"array", "show", "mouse/2020-01-31/001#velocity"});
    EXPECT_EQ(none.status, 3);
    EXPECT_THAT(none.hint, HasSubstr("GCaMP/signal, traces"));
    EXPECT_EQ(run({"array", "list", "mouse/2020-01-31"}).status, 2);
    EXPECT_EQ(run({"array", "list", "mouse/2020-02-01"}).status, 3);
    EXPECT_THAT(run({"array", "list", "mouse/2020-01-31/002"}).out, HasSubstr("has no arrays"));
}

TEST_F(StoreCommand, VerifyRequeuesWhatWasLost) {
    auto session = database_.session();
    // A loaded array and a computed one; computed rows are made by hand, with a run.
    add_two_sessions(session);
    session.exec({"wheel",
                  "insert into task.wheel_recording (session_id, n_samples, position_array_id) "
                  "values ('00000000-0000-0000-0000-0000000000aa', 2, $1::uuid)"},
                 db::Params().text(signal_.array_id));
    EXPECT_THAT(run({"store", "verify", "--requeue"}).out, HasSubstr("all is well"));
    fs::remove(fs::path(root_) / signal_.file);
    EXPECT_THAT(run({"store", "verify"}).out, HasSubstr("store verify --requeue"));
    const auto requeued = run({"store", "verify", "--requeue"});
    EXPECT_EQ(requeued.status, 8);
    EXPECT_THAT(requeued.out, HasSubstr("task.wheel_recording: 1 keys lost arrays: load their"));
}

TEST_F(StoreCommand, VerifyForgetsWhatIsLostForGoodWhenAgreedTo) {
    auto session = database_.session();
    add_two_sessions(session);
    session.exec({"recordings",
                  "insert into photometry.photometry_session (session_id, rig, clock, n_frames) "
                  "select session_id, 'pyphotometry', 'rig', 2 from core.session"});
    // Of one recording a band's times are lost; the other one's are not.
    session.exec({"band",
                  "insert into photometry.band (session_id, band, n_samples, times_array_id) "
                  "values ('00000000-0000-0000-0000-0000000000aa', 'GCaMP', 2, $1::uuid)"},
                 db::Params().text(signal_.array_id));
    store::StoreOptions options;
    options.root = root_;
    options.durable = false;
    auto file = store::ArrayStore(options).begin_file("photometry.photometry_session", "other",
                                                      new_run_id().to_string());
    const auto kept = file.add(new_run_id().to_string(), "t", Array::vector({1.0, 2.0}), {});
    file.publish();
    store::insert_arrays(session, file.arrays());
    session.exec({"other band",
                  "insert into photometry.band (session_id, band, n_samples, times_array_id) "
                  "values ('00000000-0000-0000-0000-0000000000ab', 'GCaMP', 2, $1::uuid)"},
                 db::Params().text(kept.array_id));
    EXPECT_THAT(run({"store", "verify", "--forget", "--yes"}).out, HasSubstr("all is well"));
    fs::remove(fs::path(root_) / signal_.file);  // with the matrix, which no row names

    const auto rows = [&](const std::string& of) {
        return testing::value_of(session, "select count(*) from " + of);
    };
    const auto shown = run({"store", "verify", "--forget", "--dry-run"});
    EXPECT_EQ(shown.status, 8);
    EXPECT_THAT(shown.out, HasSubstr("photometry.photometry_session"));
    EXPECT_EQ(rows("photometry.photometry_session"), "2");
    EXPECT_EQ(rows("store.array"), "3");
    const auto unasked = run({"store", "verify", "--forget"});
    if (::isatty(STDIN_FILENO) == 0) {
        EXPECT_EQ(unasked.status, 2);
    }
    EXPECT_EQ(rows("store.array"), "3");

    const auto facts = json::parse(run({"store", "verify", "--forget", "--yes"}, true).out);
    ASSERT_EQ(facts["forgotten"].size(), 2U);
    EXPECT_EQ(facts["forgotten"][0]["tables"][0]["table"], "photometry.photometry_session");
    EXPECT_EQ(facts["forgotten"][0]["deleted"], true);
    EXPECT_EQ(facts["forgotten"][1]["tables"][0]["table"], "store.array");
    EXPECT_EQ(rows("photometry.photometry_session"), "1");
    EXPECT_EQ(rows("photometry.band"), "1");
    EXPECT_EQ(rows("core.session"), "2");  // the same files load as new
    EXPECT_EQ(rows("store.array"), "1");
    EXPECT_EQ(run({"store", "verify"}).status, 0);
    EXPECT_EQ(run({"store", "verify", "--dry-run"}).status, 2);
}

TEST_F(StoreCommand, EveryCommandShowsAnExample) {
    CLI::App app;
    Context context;
    add_store_command(app, context);
    add_array_command(app, context);
    for (auto* group : app.get_subcommands({})) {
        for (auto* command : group->get_subcommands({}))
            EXPECT_THAT(command->help(), HasSubstr("Example")) << command->get_name();
    }
}

}  // namespace
}  // namespace tb::app
