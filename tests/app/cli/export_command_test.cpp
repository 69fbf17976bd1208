// trialbase export session-h5, as a user calls it: every value of the file is the database's or the
// store's.
#include "compute/task/wheel.hpp"
#include "src/base/uuid.hpp"
#include "src/store/hdf5.hpp"
#include "src/store/session_file.hpp"
#include "src/store/store_identity.hpp"
#include "src/store/store_reader.hpp"
#include "tests/app/cli/run_command.hpp"
#include "tests/app/cli/simulated_world.hpp"
#include "tests/support/test_database.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/mount.h>
#include <unistd.h>

namespace tb::app {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using store::SessionFile;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using testing_support::Ran;
using testing_support::run_command;
using testing_support::SimulatedWorld;

double as_double(const json& value) {
    return value.is_null() ? NAN : value.get<double>();
}

/// Numbers that must be the same to the last bit; NaN where there is none.
void expect_same(const std::vector<double>& got, const std::vector<double>& want,
                 const std::string& what) {
    ASSERT_EQ(got.size(), want.size()) << what;
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (std::isnan(want[i])) {
            EXPECT_TRUE(std::isnan(got[i])) << what << " " << i;
        } else {
            EXPECT_EQ(got[i], want[i]) << what << " " << i;
        }
    }
}

/// One subject with two sessions of two fibres, simulated, ingested and populated once for all
/// tests; those that change rows put them back or change the second session alone.
class ExportSessionH5 : public ::testing::Test {
  protected:
    struct World : SimulatedWorld {
        std::vector<std::string> sessions;  ///< by start
    };

    static void SetUpTestSuite() {
        world_ = std::make_unique<World>();
        auto made = SimulatedWorld::one_lab(1, 2, 11);
        made.fibers = 2;
        ASSERT_EQ(world_->load(made).added, 2U);
        world_->database.session().exec(
            {"request",
             "update photometry.preprocess_params set is_requested = true where "
             "preprocess_params_id = 'peer_sorted'"});
        ASSERT_EQ(world_->populate(), 0);
        auto session = world_->database.session();
        const auto ids = session.exec(
            {"sessions", "select session_id::text as id from core.session order by start_time"});
        for (std::size_t i = 0; i < ids.rows(); ++i)
            world_->sessions.push_back(ids.get<std::string>(i, "id"));
    }
    static void TearDownTestSuite() { world_.reset(); }

    static store::StoreOptions store_options() { return world_->store_options(); }

    ExportSessionH5() {
        std::string name = (world_->top / "out.XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        folder_ = name;
    }

    Ran run(std::vector<std::string> arguments, bool as_json = false) {
        Context context;
        context.dsn = world_->database.conninfo();
        context.store = (world_->top / "store").string();
        context.json = as_json;
        arguments.insert(arguments.begin(), {"export", "session-h5"});
        return run_command(context, {add_export_command}, std::move(arguments));
    }
    Ran run_for(const std::string& session) { return run({session, "-o", folder_.string()}); }
    [[nodiscard]] fs::path file_of(const std::string& session) const {
        return folder_ / (session + ".h5");
    }
    SessionFile exported(const std::string& session) {
        const auto ran = run_for(session);
        EXPECT_EQ(ran.status, 0) << ran.message;
        return store::read_session_file(file_of(session));
    }
    /// Every entry below the folder: a file that was begun would be here.
    [[nodiscard]] std::set<std::string> entries() const {
        std::set<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(folder_))
            names.insert(entry.path().filename().string());
        return names;
    }

    static std::string value(const std::string& sql) {
        auto session = world_->database.session();
        return testing::value_of(session, sql);
    }
    static void change(const std::string& sql) {
        auto session = world_->database.session();
        session.exec({"change", sql});
    }
    /// The only row's only value, as JSON.
    static json ask(const std::string& sql) { return json::parse(value(sql)); }
    /// All values of an expression over the session's trials.
    static std::vector<double> of_trials(const std::string& session, const std::string& sql) {
        std::vector<double> values;
        auto connection = world_->database.session();
        const auto rows = connection.exec(
            {"trials", "select (" + sql + ")::float8::text as v from task.choice_trial as t " +
                           "where session_id = '" + session + "' order by trial"});
        for (std::size_t i = 0; i < rows.rows(); ++i) {
            const auto text = rows.optional<std::string>(i, "v");
            values.push_back(text ? std::stod(*text) : NAN);
        }
        return values;
    }
    static Array stored(const std::string& sql) {
        return store::StoreReader(store_options().root).read(value(sql));
    }

    static std::unique_ptr<World> world_;
    fs::path folder_;
};
std::unique_ptr<ExportSessionH5::World> ExportSessionH5::world_;

TEST_F(ExportSessionH5, MetadataIsThatOfTheCatalogue) {
    const auto& eid = world_->sessions[1];
    const auto file = exported(eid);
    ASSERT_TRUE(file.metadata);
    const auto want =
        ask("select to_jsonb(v) from analysis.photometry_session as v where session_id = '" + eid +
            "'");
    // The layout's names and no others.
    std::map<std::string, SessionFile::Scalar> scalars;
    for (const auto& [name, column] :
         std::map<std::string, std::string>{{"eid", "session_id"},
                                            {"subject", "subject_nickname"},
                                            {"task_protocol", "task_protocol"},
                                            {"session_type", "session_type"},
                                            {"lab", "lab_name"},
                                            {"NM", "nm"},
                                            {"strain", "strain"},
                                            {"line", "line"}}) {
        const auto& found = want.at(column);
        scalars[name] = found.is_null() ? SessionFile::Scalar() : found.get<std::string>();
    }
    scalars["number"] = want["session_number"].get<std::int64_t>();
    scalars["day_n"] = want["day_n"].get<std::int64_t>();
    scalars["session_n"] = want["session_n"].get<double>();
    scalars["url"] = std::monostate();
    scalars["start_time"] = value(
        "select (start_time at time zone coalesce((select time_zone from core.lab), 'UTC'))"
        "::timestamp(6)::text from core.session where session_id = '" +
        eid + "'");
    std::get<std::string>(scalars["start_time"])[10] = 'T';
    scalars["end_time"] = std::monostate();
    scalars["session_length"] = std::monostate();
    for (const auto& [name, scalar] : scalars) {
        ASSERT_TRUE(file.metadata->scalars.contains(name)) << name;
        EXPECT_EQ(file.metadata->scalars.at(name), scalar) << name;
    }
    EXPECT_EQ(file.metadata->scalars.size(), scalars.size());
    EXPECT_EQ(std::get<std::int64_t>(scalars["day_n"]), 1);  // the subject's second day
    for (const auto& [name, column] :
         std::map<std::string, std::string>{{"genotype", "genotype"},
                                            {"projects", "projects"},
                                            {"users", "users"},
                                            {"brain_region", "brain_region"},
                                            {"hemisphere", "hemisphere"},
                                            {"target_NM", "target_nm"},
                                            {"datasets", "datasets"}}) {
        ASSERT_TRUE(file.metadata->lists.contains(name)) << name;
        EXPECT_EQ(file.metadata->lists.at(name), want.at(column).get<std::vector<std::string>>())
            << name;
    }
    EXPECT_EQ(file.metadata->lists.size(), 7U);
    EXPECT_EQ(file.metadata->lists.at("brain_region").size(), 2U);
    EXPECT_GT(file.metadata->lists.at("datasets").size(), 5U);
}

TEST_F(ExportSessionH5, TimesAndLengthsAreThoseOfTheRigsClock) {
    const auto& eid = world_->sessions[1];
    const auto before =
        value("select start_time from core.session where session_id = '" + eid + "'");
    change(
        "update core.session set start_time = '2024-01-05 10:00:00+00', "
        "end_time = '2024-01-05 11:00:00.25+00' where session_id = '" +
        eid + "'");
    change("update core.lab set time_zone = 'Europe/Lisbon'");
    auto file = exported(eid);
    EXPECT_EQ(std::get<std::string>(file.metadata->scalars["start_time"]), "2024-01-05T10:00:00");
    EXPECT_EQ(std::get<std::string>(file.metadata->scalars["end_time"]),
              "2024-01-05T11:00:00.250000");
    change("update core.lab set time_zone = 'Asia/Tokyo'");
    file = exported(eid);
    EXPECT_EQ(std::get<std::string>(file.metadata->scalars["start_time"]), "2024-01-05T19:00:00");
    change("update core.lab set time_zone = null");
    change("update core.session set start_time = '" + before +
           "', end_time = null "
           "where session_id = '" +
           eid + "'");
}

TEST_F(ExportSessionH5, ErrorsAreTheSessionsLog) {
    const auto& eid = world_->sessions[0];
    const auto file = exported(eid);
    const auto want =
        ask("select jsonb_agg(jsonb_build_array(error_type, error_message) order by error_type, "
            "error_message) from analysis.photometry_error where session_id = '" +
            eid + "'");
    ASSERT_TRUE(file.errors);
    ASSERT_EQ(file.errors->size(), want.size());
    ASSERT_GT(want.size(), 0U);
    for (std::size_t i = 0; i < want.size(); ++i) {
        EXPECT_EQ((*file.errors)[i], (SessionFile::LoggedError{eid, want[i][0], want[i][1], ""}));
    }
}

TEST_F(ExportSessionH5, SignalsAreThoseOfTheStoreWithTheTimesOfTheirGrid) {
    const auto& eid = world_->sessions[0];
    const auto file = exported(eid);
    ASSERT_EQ(file.photometry.size(), 2U);
    for (const int fiber : {0, 1}) {
        const auto key = fmt::format("session_id = '{}' and fiber_idx = {}", eid, fiber);
        const auto region = value("select brain_region from photometry.recording where " + key);
        ASSERT_TRUE(file.photometry.contains(region)) << region;
        const auto& found = file.photometry.at(region).preprocessed;
        ASSERT_TRUE(found);
        EXPECT_EQ(found->fs, SessionFile::Scalar(std::int64_t{30}));
        expect_same(
            found->signal,
            stored("select ref from photometry.preprocessed join store.array on "
                   "array_id = signal_array_id where preprocess_params_id = 'default' and " +
                   key)
                .numbers(),
            region);
        const auto start =
            std::stod(value("select start_s from photometry.preprocessed where "
                            "preprocess_params_id = 'default' and " +
                            key));
        ASSERT_EQ(found->times.size(), found->signal.size());
        ASSERT_GT(found->times.size(), 1000U);
        const double interval = (start + 1.0 / 30.0) - start;  // as arange has it
        for (std::size_t i = 0; i < found->times.size(); ++i)
            ASSERT_EQ(found->times[i], start + static_cast<double>(i) * interval) << i;
    }
}

TEST_F(ExportSessionH5, ResponsesAreThoseOfTheStore) {
    const auto& eid = world_->sessions[0];
    const auto file = exported(eid);
    const auto n_trials = std::stoul(
        value("select count(*) from task.choice_trial where session_id = '" + eid + "'"));
    std::size_t n_traces = 0;
    for (const auto& [region, group] : file.photometry) {
        ASSERT_TRUE(group.responses) << region;
        EXPECT_EQ(group.responses->fs, SessionFile::Scalar(std::int64_t{30}));
        EXPECT_EQ(group.responses->window.dtype(), "int64");
        EXPECT_EQ(group.responses->window.numbers(), (std::vector{-1.0, 1.0}));
        ASSERT_EQ(group.responses->times.size(), 60U);
        for (int k = -30; k < 30; ++k)
            EXPECT_EQ(group.responses->times[static_cast<std::size_t>(k + 30)], k / 30.0);
        ASSERT_EQ(group.responses->trials.size(), n_trials);
        for (std::size_t t = 0; t < n_trials; ++t)
            EXPECT_EQ(group.responses->trials[t], static_cast<std::int64_t>(t));
        std::vector<std::string> events;
        for (const auto& [event, traces] : group.responses->events) {
            events.push_back(event);
            EXPECT_EQ(traces.dtype(), "float64");
            EXPECT_EQ(traces.shape, (std::vector{n_trials, std::size_t{60}}));
            expect_same(
                traces.numbers(),
                stored("select ref from photometry.response as r join store.array on array_id = "
                       "traces_array_id join photometry.recording as c using (session_id, "
                       "fiber_idx) where r.session_id = '" +
                       eid + "' and event = '" + event +
                       "' and (preprocess_params_id, response_params_id) = ('default', 'default') "
                       "and brain_region = '" +
                       region + "'")
                    .numbers(),
                region + " " + event);
            ++n_traces;
        }
        EXPECT_THAT(events,
                    UnorderedElementsAre("stimOn_times", "firstMovement_times", "feedback_times"));
    }
    EXPECT_EQ(n_traces, 6U);
}

TEST_F(ExportSessionH5, QualityIsThatOfItsRowsWithTheirTypes) {
    const auto& eid = world_->sessions[0];
    const auto file = exported(eid);
    // Name in the file, where it comes from; the metrics are the reference's aggregates, but for
    // n_unique_samples (spec/photometry.md, 20, 3).
    const std::map<std::string, std::string> columns{
        {"n_unique_samples", "whole_unique_samples"},
        {"ar_score", "reference_ar_score"},
        {"median_absolute_deviance", "reference_median_absolute_deviance"},
        {"percentile_asymmetry", "reference_percentile_asymmetry"},
        {"percentile_distance", "reference_percentile_distance"},
        {"bleaching_tau", "case when band = 'GCaMP' then bleaching_tau_s end"},
        {"iso_correlation", "case when band = 'GCaMP' then iso_correlation end"},
        {"n_unique_samples_reference", "reference_unique_samples"},
        {"whole_ar_score", "whole_ar_score"},
        {"whole_median_absolute_deviance", "whole_median_absolute_deviance"},
        {"whole_percentile_asymmetry", "whole_percentile_asymmetry_75"},
        {"whole_percentile_distance", "whole_percentile_distance"},
        {"window_ar_score", "window_ar_score"},
        {"window_median_absolute_deviance", "window_median_absolute_deviance"},
        {"window_percentile_asymmetry", "window_percentile_asymmetry_75"},
        {"window_percentile_distance", "window_percentile_distance"},
        {"n_windows", "n_windows"},
        {"n_band_inversions", "n_band_inversions"},
        {"n_early_samples", "n_early_samples"}};
    for (const auto& [region, group] : file.photometry) {
        using Texts = std::vector<std::string>;
        const auto texts = [&](const std::string& name) {
            return std::get<Texts>(group.qc.at(name));
        };
        EXPECT_EQ(texts("band"), (Texts{"GCaMP", "Isosbestic"}));
        EXPECT_EQ(texts("brain_region"), (Texts{region, region}));
        EXPECT_EQ(texts("eid"), (Texts{eid, eid}));
        for (const auto& [name, expression] : columns) {
            const auto want = ask(
                "select jsonb_agg(" + expression +
                " order by band) from photometry.signal_qc_band "
                "join photometry.signal_qc using (session_id, fiber_idx, params_id) "
                "join photometry.raw_qc using (session_id) join photometry.preprocessed as p "
                "using (session_id, fiber_idx) join photometry.recording using (session_id, "
                "fiber_idx) where preprocess_params_id = 'default' and params_id = 'default' and "
                "session_id = '" +
                eid + "' and brain_region = '" + region + "'");
            ASSERT_TRUE(group.qc.contains(name)) << name;
            const auto& got = std::get<Array>(group.qc.at(name));
            const bool is_count =
                name == "n_windows" || name == "n_band_inversions" || name == "n_early_samples";
            EXPECT_EQ(got.dtype(), is_count ? "int64" : "float64") << name;
            expect_same(got.numbers(), {as_double(want[0]), as_double(want[1])}, name);
        }
        EXPECT_EQ(group.qc.size(), columns.size() + 3);
    }
}

TEST_F(ExportSessionH5, TrialsAreThoseOfTheTableWithTheirTypes) {
    const auto& eid = world_->sessions[1];
    // A left and a right stimulus of contrast 0, and a trial whose contrast is not recorded.
    change(
        "update task.choice_trial set contrast_left = 0, contrast_right = null where trial = 1 "
        "and session_id = '" +
        eid + "'");
    change(
        "update task.choice_trial set contrast_left = null, contrast_right = 0 where trial = 2 "
        "and session_id = '" +
        eid + "'");
    change(
        "update task.choice_trial set contrast_left = null, contrast_right = null where trial = 3 "
        "and session_id = '" +
        eid + "'");
    const auto file = exported(eid);
    const std::map<std::string, std::string> columns{
        {"stimOn_times", "stim_on_s"},
        {"response_times", "response_s"},
        {"firstMovement_times", "first_movement_s"},
        {"feedback_times", "feedback_s"},
        {"choice", "choice"},
        {"feedbackType", "feedback_type"},
        {"probabilityLeft", "probability_left"},
        {"contrast", "100 * coalesce(contrast_right, contrast_left)"},
        {"signed_contrast",
         "case when contrast_left is null then 1 else -1 end * 100 * coalesce(contrast_right, "
         "contrast_left)"}};
    for (const auto& [name, expression] : columns) {
        ASSERT_TRUE(file.trials.contains(name)) << name;
        const auto& got = std::get<Array>(file.trials.at(name));
        EXPECT_EQ(got.dtype(), name == "choice" || name == "feedbackType" ? "int64" : "float64");
        expect_same(got.numbers(), of_trials(eid, expression), name);
    }
    EXPECT_EQ(file.trials.size(), columns.size() + 1);
    const auto& sides = std::get<std::vector<std::string>>(file.trials.at("stim_side"));
    const auto is_left = of_trials(eid, "(contrast_left is not null)::integer");
    ASSERT_EQ(sides.size(), is_left.size());
    for (std::size_t i = 0; i < sides.size(); ++i)
        EXPECT_EQ(sides[i], i == 2 ? "" : is_left[i] != 0 ? "left" : "right") << i;
    const auto contrasts = std::get<Array>(file.trials.at("signed_contrast")).numbers();
    EXPECT_TRUE(std::isnan(contrasts[2]));    // missing is not contrast 0 on the right
    EXPECT_TRUE(std::signbit(contrasts[0]));  // spec/photometry.md, 8.1
    EXPECT_FALSE(std::signbit(contrasts[1]));
}

TEST_F(ExportSessionH5, ASessionWithoutContrastsHasNoColumnsOfThem) {
    const auto& eid = world_->sessions[1];
    const std::string of_session = " where session_id = '" + eid + "'";
    change("create table kept as select * from task.choice_trial" + of_session);
    change("update task.choice_trial set contrast_left = null, contrast_right = null" + of_session);
    const auto file = exported(eid);
    change(
        "update task.choice_trial as t set contrast_left = k.contrast_left, contrast_right = "
        "k.contrast_right from kept as k where t.session_id = k.session_id and t.trial = k.trial");
    change("drop table kept");
    EXPECT_TRUE(file.trials.contains("choice"));
    EXPECT_FALSE(file.trials.contains("contrast"));
    EXPECT_FALSE(file.trials.contains("signed_contrast"));
    EXPECT_FALSE(file.trials.contains("stim_side"));
}

TEST_F(ExportSessionH5, TheWheelIsCutFromTheStoredVelocity) {
    const auto& eid = world_->sessions[0];
    const auto file = exported(eid);
    ASSERT_TRUE(file.wheel);
    EXPECT_EQ(file.wheel->fs, SessionFile::Scalar(std::int64_t{100}));
    EXPECT_EQ(file.wheel->t0_event, "stimOn_times");
    EXPECT_EQ(file.wheel->t1_event, "feedback_times");
    EXPECT_EQ(file.wheel->velocity.dtype(), "float32");
    const auto peaks =
        ask("select jsonb_agg(peak_velocity_rad_s order by trial) from task.wheel_trial where "
            "wheel_params_id = 'default' and session_id = '" +
            eid + "'");
    const auto& shape = file.wheel->velocity.shape;
    ASSERT_EQ(shape.size(), 2U);
    ASSERT_EQ(shape[0], peaks.size());
    EXPECT_EQ(std::to_string(shape[1]),
              value("select n_trial_samples from task.wheel_velocity where wheel_params_id = "
                    "'default' and session_id = '" +
                    eid + "'"));
    // Every row's peak is that of its trial's row; a row ends where its feedback comes.
    const auto velocity = file.wheel->velocity.numbers();
    const auto duration = of_trials(eid, "feedback_s - stim_on_s");
    for (std::size_t trial = 0; trial < shape[0]; ++trial) {
        double peak = NAN;
        std::size_t n = 0;
        for (std::size_t i = 0; i < shape[1]; ++i) {
            const double v = velocity[trial * shape[1] + i];
            if (std::isnan(v)) continue;
            ++n;
            peak = std::isnan(peak) ? std::abs(v) : std::max(peak, std::abs(v));
        }
        if (peaks[trial].is_null()) {
            EXPECT_EQ(n, 0U) << trial;
            continue;
        }
        EXPECT_FLOAT_EQ(static_cast<float>(peak), peaks[trial].get<float>()) << trial;
        EXPECT_NEAR(static_cast<double>(n), duration[trial] * 100, 1.01) << trial;
    }
}

TEST_F(ExportSessionH5, RegionsHaveTheCataloguesNames) {
    const auto& eid = world_->sessions[1];
    const auto key = " where fiber_idx = 0 and session_id = '" + eid + "'";
    const auto name = value("select brain_region from photometry.catalog_recording" + key);
    change("update photometry.catalog_recording set brain_region = 'DR-l'" + key);
    auto file = exported(eid);
    EXPECT_EQ(file.metadata->lists.at("brain_region").at(0), "DR-l");
    ASSERT_TRUE(file.photometry.contains("DR-l"));
    EXPECT_FALSE(file.photometry.contains(name));
    EXPECT_TRUE(file.photometry.at("DR-l").preprocessed);
    EXPECT_EQ(std::get<std::vector<std::string>>(file.photometry.at("DR-l").qc.at("brain_region")),
              (std::vector<std::string>{"DR-l", "DR-l"}));
    // What cannot be a group of its own is refused, and the file that is there stays as it is.
    for (const auto& [other, message] : std::map<std::string, std::string>{
             {value("select brain_region from photometry.catalog_recording where fiber_idx = 1 "
                    "and session_id = '" +
                    eid + "'"),
              "two recordings"},
             {"VTA/SNc", "cannot be the name"}}) {
        change("update photometry.catalog_recording set brain_region = '" + other + "'" + key);
        const auto ran = run_for(eid);
        EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::data));
        EXPECT_THAT(ran.message, HasSubstr(message));
        EXPECT_TRUE(store::read_session_file(file_of(eid)).photometry.contains("DR-l"));
    }
    EXPECT_EQ(entries().size(), 1U);
    change("update photometry.catalog_recording set brain_region = '" + name + "'" + key);
}

TEST_F(ExportSessionH5, FoldersMayHaveSpacesAndAreMade) {
    const auto& eid = world_->sessions[0];
    const auto folder = folder_ / "for a colleague" / "März 2024";
    std::string upper = eid;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const auto ran = run({upper, "-o", folder.string()}, true);
    ASSERT_EQ(ran.status, 0) << ran.message;
    const auto facts = json::parse(ran.out);
    EXPECT_EQ(facts["file"], (folder / (eid + ".h5")).string());  // the id's own spelling
    EXPECT_EQ(facts["was_there"], false);
    EXPECT_EQ(facts["recordings"], 2);
    EXPECT_EQ(facts["wheel"], true);
    const auto file = store::read_session_file(folder / (eid + ".h5"));
    EXPECT_EQ(std::get<std::string>(file.metadata->scalars.at("eid")), eid);
    EXPECT_EQ(file.errors->size(), facts["errors"].get<std::size_t>());
}

TEST_F(ExportSessionH5, WhatIsNotThereIsSaidAndNothingIsWritten) {
    EXPECT_EQ(run_for("twelve").status, static_cast<int>(ErrorKind::not_found));
    auto ran = run_for("00000000-0000-0000-0000-0000000000ff");
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::not_found));
    EXPECT_THAT(ran.message, HasSubstr("no session is named '00000000"));
    // A session of a subject that has no photometry.
    change(
        "insert into core.subject (subject_id, lab_name, nickname) select "
        "'00000000-0000-0000-0000-000000000001', lab_name, 'no fibre' from core.lab");
    change(
        "insert into core.session (session_id, subject_id, lab_name, session_date, source) "
        "select '00000000-0000-0000-0000-000000000002', "
        "'00000000-0000-0000-0000-000000000001', lab_name, '2024-01-02', 'ibl' from core.lab");
    ran = run_for("00000000-0000-0000-0000-000000000002");
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::not_found));
    EXPECT_THAT(ran.message, HasSubstr("has no photometry"));
    EXPECT_THAT(ran.hint, HasSubstr("photometry_sessions"));
    for (const char* option :
         {"--preprocess-params", "--response-params", "--qc-params", "--wheel-params"}) {
        ran = run({world_->sessions[0], "-o", folder_.string(), option, "nobody's"});
        EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::not_found)) << option;
        EXPECT_THAT(ran.message, HasSubstr("there is no parameter set nobody's"));
    }
    EXPECT_TRUE(entries().empty());
}

TEST_F(ExportSessionH5, OtherParameterSetsGiveTheirSignals) {
    const auto& eid = world_->sessions[0];
    const auto file = exported(eid);
    const auto ran =
        run({eid, "-o", (folder_ / "other").string(), "--preprocess-params", "peer_sorted"});
    ASSERT_EQ(ran.status, 0) << ran.message;
    const auto other = store::read_session_file(folder_ / "other" / (eid + ".h5"));
    const auto& [region, group] = *other.photometry.begin();
    EXPECT_NE(group.preprocessed->signal, file.photometry.at(region).preprocessed->signal);
    expect_same(group.preprocessed->signal,
                stored("select ref from photometry.preprocessed join store.array on array_id = "
                       "signal_array_id join photometry.recording using (session_id, fiber_idx) "
                       "where preprocess_params_id = 'peer_sorted' and session_id = '" +
                       eid + "' and brain_region = '" + region + "'")
                    .numbers(),
                region);
}

TEST_F(ExportSessionH5, SetsOnRequestAreComputedWhenAskedFor) {
    auto session = world_->database.session();
    const auto count = [&](const char* table, const char* column) {
        return testing::value_of(
            session, fmt::format("select string_agg(distinct {}, ' ') from {}", column, table));
    };
    EXPECT_EQ(count("photometry.preprocessed", "preprocess_params_id"), "default peer_sorted");
    EXPECT_EQ(count("photometry.response_set", "response_params_id"), "default");
    const auto waiting = [&] {
        return testing::value_of(session,
                                 "select count(*) from photometry.response_set_job where "
                                 "response_params_id = 'two_events' and state = 'pending'");
    };
    EXPECT_EQ(waiting(), "0");
    const auto ask = [&](const char* wanted) {
        session.exec(
            {"request", std::string("update photometry.response_params set is_requested = ") +
                            wanted + " where response_params_id = 'two_events'"});
    };
    ask("true");
    EXPECT_EQ(waiting(), "8");  // two sessions of two fibres, two ways of preprocessing
    ask("false");
    EXPECT_EQ(waiting(), "0");
}

TEST_F(ExportSessionH5, BeforePopulateThereIsWhatIngestKnows) {
    // A recording without trials, wheel, results and catalogue.
    change(
        "insert into core.subject (subject_id, lab_name, nickname) select "
        "'00000000-0000-0000-0000-000000000003', lab_name, 'name with spaces' from core.lab");
    change(
        "insert into core.session (session_id, subject_id, lab_name, session_date, source) "
        "select '00000000-0000-0000-0000-000000000004', "
        "'00000000-0000-0000-0000-000000000003', lab_name, '2024-01-02', 'ibl' from core.lab");
    change(
        "insert into photometry.photometry_session (session_id, rig, clock, n_frames) values "
        "('00000000-0000-0000-0000-000000000004', 'neurophotometrics', 'rig', 0)");
    change(
        "insert into photometry.recording (session_id, fiber_idx, column_name, brain_region) "
        "values ('00000000-0000-0000-0000-000000000004', 0, 'G0', 'VTA-l')");
    const auto ran = run_for("00000000-0000-0000-0000-000000000004");
    ASSERT_EQ(ran.status, 0) << ran.message;
    EXPECT_THAT(ran.err, HasSubstr("1 of 1 recordings have no preprocessed signal"));
    const auto file = store::read_session_file(file_of("00000000-0000-0000-0000-000000000004"));
    EXPECT_EQ(std::get<std::string>(file.metadata->scalars.at("subject")), "name with spaces");
    EXPECT_EQ(file.metadata->scalars.at("start_time"), SessionFile::Scalar());
    EXPECT_FALSE(file.metadata->scalars.contains("number"));  // the reader takes 0 then
    EXPECT_EQ(file.metadata->lists.at("brain_region"), std::vector<std::string>{"VTA-l"});
    EXPECT_EQ(file.metadata->lists.at("hemisphere"), std::vector<std::string>{""});
    EXPECT_EQ(file.metadata->lists.at("target_NM"), std::vector<std::string>{""});
    ASSERT_TRUE(file.errors);  // checked, nothing logged
    EXPECT_TRUE(file.errors->empty());
    EXPECT_TRUE(file.photometry.empty());
    EXPECT_TRUE(file.trials.empty());
    EXPECT_FALSE(file.wheel);
}

TEST_F(ExportSessionH5, OfAFileThatIsThereOtherGroupsAndLoggedErrorsStay) {
    const auto& eid = world_->sessions[0];
    const auto before = exported(eid);
    {
        const store::H5Guard guard;
        const store::File file(H5Fopen(file_of(eid).c_str(), H5F_ACC_RDWR, H5P_DEFAULT), "open");
        const store::Group video(
            H5Gcreate2(file.get(), "video", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), "make");
        const store::Space space(H5Screate(H5S_SCALAR), "make");
        const store::Attribute label(
            H5Acreate2(video.get(), "qc_lp", H5T_STD_I64LE, space.get(), H5P_DEFAULT, H5P_DEFAULT),
            "make");
        const std::int64_t verdict = 42;
        ASSERT_GE(H5Awrite(label.get(), H5T_NATIVE_INT64, &verdict), 0);
    }
    // As if the error had been logged by another program, and our own log had lost one.
    auto changed = before;
    changed.errors->insert(changed.errors->begin(), {eid, "MissingLP", "no pose", "a traceback"});
    changed.trials.clear();
    store::update_session_file(file_of(eid), changed);

    const auto ran = run({eid, "-o", folder_.string()}, true);
    ASSERT_EQ(ran.status, 0) << ran.message;
    EXPECT_EQ(json::parse(ran.out)["was_there"], true);
    const auto after = store::read_session_file(file_of(eid));
    ASSERT_EQ(after.errors->size(), before.errors->size() + 1);
    EXPECT_EQ(std::count_if(after.errors->begin(), after.errors->end(),
                            [](const auto& error) { return error.type == "MissingLP"; }),
              1);
    EXPECT_EQ(after.metadata, before.metadata);
    EXPECT_EQ(after.trials.size(), before.trials.size());
    const store::H5Guard guard;
    const store::File file(H5Fopen(file_of(eid).c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), "open");
    const store::Attribute label(
        H5Aopen_by_name(file.get(), "video", "qc_lp", H5P_DEFAULT, H5P_DEFAULT), "open");
    std::int64_t verdict = 0;
    ASSERT_GE(H5Aread(label.get(), H5T_NATIVE_INT64, &verdict), 0);
    EXPECT_EQ(verdict, 42);
    EXPECT_EQ(entries().size(), 1U);
}

TEST_F(ExportSessionH5, AFileThatIsNoneOrAnotherSessionsStaysAsItIs) {
    const auto& eid = world_->sessions[0];
    std::ofstream(file_of(eid)) << "my notes";
    auto ran = run_for(eid);
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::data));
    EXPECT_THAT(ran.message, HasSubstr(eid + ".h5"));
    std::stringstream notes;
    notes << std::ifstream(file_of(eid)).rdbuf();
    EXPECT_EQ(notes.str(), "my notes");

    {  // HDF5, but no session
        const store::H5Guard guard;
        const store::File other(
            H5Fcreate(file_of(eid).c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), "make");
    }
    try {
        (void)store::read_session_file(file_of(eid));
        FAIL() << "was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "ValueError");  // spec/photometry.md, 19
    }
    ran = run_for(eid);
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::data));
    EXPECT_THAT(ran.message, HasSubstr("has no group metadata"));

    fs::remove(file_of(eid));
    (void)exported(world_->sessions[1]);
    fs::rename(file_of(world_->sessions[1]), file_of(eid));
    ran = run_for(eid);
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::data));
    EXPECT_THAT(ran.message, HasSubstr("of another session"));
    EXPECT_EQ(
        std::get<std::string>(store::read_session_file(file_of(eid)).metadata->scalars.at("eid")),
        world_->sessions[1]);
    EXPECT_EQ(entries().size(), 1U);
}

TEST_F(ExportSessionH5, PlacesThatCannotBeWrittenToGiveErrorsAndNothingHalf) {
    const auto& eid = world_->sessions[0];
    std::ofstream(folder_ / "plain") << "x";
    auto ran = run({eid, "-o", (folder_ / "plain").string()});
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::io));
    EXPECT_THAT(ran.message, HasSubstr("cannot make the folder"));
    ran = run({eid, "-o", (folder_ / "plain/below").string()});
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::io));
    EXPECT_THAT(ran.message, HasSubstr("Not a directory"));
    fs::create_directory(file_of(eid));
    ran = run_for(eid);
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::io));
    EXPECT_THAT(ran.message, HasSubstr("is a folder"));
    EXPECT_EQ(entries(), (std::set<std::string>{"plain", eid + ".h5"}));
}

TEST_F(ExportSessionH5, ASmallOrReadOnlyDiskGivesAnErrorAndNothingHalf) {
    const auto& eid = world_->sessions[0];
    for (const auto& [flags, options] :
         std::map<unsigned long, const char*>{{0, "size=64k"}, {MS_RDONLY, "size=10m"}}) {
        if (::mount("none", folder_.c_str(), "tmpfs", flags, options) != 0)
            GTEST_SKIP() << "a small disk can only be mounted by root";
        const auto ran = run_for(eid);
        const auto left = entries();
        ::umount(folder_.c_str());
        EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::io)) << options;
        EXPECT_THAT(ran.message, HasSubstr(folder_.string()));
        EXPECT_TRUE(left.empty()) << *left.begin();
    }
}

TEST_F(ExportSessionH5, TheStoreIsTheOneThatTheDatabaseKnows) {
    {
        auto session = world_->database.session();
        (void)store::adopt(session, store_options().root);
    }
    const auto& eid = world_->sessions[0];
    const auto run_without_root = [&] {
        Context context;
        context.dsn = world_->database.conninfo();
        return run_command(context, {add_export_command},
                           {"export", "session-h5", eid, "-o", folder_.string()});
    };
    EXPECT_EQ(run_without_root().status, 0);
    fs::remove(file_of(eid));
    fs::rename(world_->top / "store", world_->top / "unmounted");
    const auto ran = run_without_root();
    fs::rename(world_->top / "unmounted", world_->top / "store");
    change("delete from store.store");
    fs::remove(world_->top / "store" / store::mark_name);
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::unavailable));
    EXPECT_THAT(ran.message, HasSubstr("is not there"));
    EXPECT_TRUE(entries().empty());
}

TEST_F(ExportSessionH5, AnArrayThatTheStoreHasLostGivesAnErrorAndNoFile) {
    const auto& eid = world_->sessions[0];
    fs::rename(world_->top / "store", world_->top / "gone");
    fs::create_directory(world_->top / "store");
    const auto ran = run_for(eid);
    fs::remove(world_->top / "store");
    fs::rename(world_->top / "gone", world_->top / "store");
    EXPECT_EQ(ran.status, static_cast<int>(ErrorKind::data));
    EXPECT_TRUE(entries().empty());
}

}  // namespace
}  // namespace tb::app
