// A whole session file of the golden vectors from the file to computed tables and views: loaded,
// populated, read back as analysts read it, and compared with what the published reader gives.
#include "ingest/load/allen_sessions.hpp"
#include "ingest/load/ingest_run.hpp"
#include "src/populate/worker.hpp"
#include "src/store/store_reader.hpp"
#include "tests/generated/nwb_files.hpp"
#include "tests/support/test_database.hpp"
#include "trialbase/computed_table.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::load {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using testing::value_of;

fs::path case_folder() {
    const char* shared = std::getenv("TRIALBASE_SHARED");
    for (const auto& root : {fs::path(shared == nullptr ? "" : shared), fs::path("../shared")}) {
        const auto folder = root / "vectors/change_detection/behavior_session_900000001";
        if (!root.empty() && fs::exists(folder)) return folder;
    }
    return {};
}

/// What both sides have for nothing.
bool is_nothing(const Json& value) {
    return value.is_null() || value == "NaN" || value == -99;
}

class GoldenFile : public ::testing::Test {
  protected:
    GoldenFile() : session_(database_.session()) {}
    void SetUp() override {
        folder_ = case_folder();
        if (folder_.empty()) GTEST_SKIP() << "the shared folder is not there";
        expected_ = Json::parse(std::ifstream(folder_ / "expected.json"));
    }
    /// Loads a file and computes what follows from it.
    void load(const fs::path& file) {
        session_.exec({"lab",
                       "insert into core.lab (lab_name, time_zone) values ('allen', "
                       "'America/Los_Angeles') on conflict do nothing"});
        RunOptions run;
        run.jobs = 1;
        run.store = store();
        run.connect = [this] { return database_.session(); };
        AllenSessionOptions reading;
        reading.connect = run.connect;
        const auto source = allen_session_source({{file, "allen", {}}}, reading);
        const auto summary = ingest_sessions(*source, run);
        ASSERT_TRUE(summary.failures.empty()) << summary.failures[0].message;

        populate::WorkerOptions worker;
        worker.connect = {database_.conninfo(), "trialbase populate", std::nullopt};
        worker.registry = &computed_tables();
        worker.store = store();
        worker.tables = {"task.change_eye", "task.change_performance"};
        populate::Counters counters;
        populate::run_worker(worker, counters);
        ASSERT_EQ(counters.errors, 0);
    }
    store::StoreOptions store() const {
        store::StoreOptions options;
        options.root = files_.folder() / "store";
        options.durable = false;
        return options;
    }
    std::string ask(const std::string& sql) { return value_of(session_, sql); }
    double number(const std::string& sql) {
        const auto text = ask(sql);
        return text == "null" ? std::nan("") : std::stod(text);
    }
    /// An array of the store against the case's few numbers of it.
    void expect_facts(const std::string& what, const std::string& sql, const Json& facts) {
        const auto values = store::StoreReader(store()).read(ask(sql)).numbers();
        ASSERT_EQ(values.size(), facts.at("n")) << what;
        double sum = 0.0;
        std::size_t n_nan = 0;
        for (const double value : values) {
            if (std::isnan(value)) {
                ++n_nan;
            } else {
                sum += value;
            }
        }
        EXPECT_EQ(n_nan, facts.at("n_nan")) << what;
        EXPECT_NEAR(sum, facts.at("sum").get<double>(), 1e-9 * std::abs(sum)) << what;
        EXPECT_DOUBLE_EQ(values.front(), facts.at("first").get<double>()) << what;
        EXPECT_DOUBLE_EQ(values.back(), facts.at("last").get<double>()) << what;
    }
    /// A column of a view against the case's list.
    void expect_column(const std::string& what, const std::string& sql, const Json& want) {
        const auto got = Json::parse(ask("select json_agg(value) from (" + sql + ") as t (value)"));
        ASSERT_EQ(got.size(), want.size()) << what;
        for (std::size_t i = 0; i < want.size(); ++i) {
            if (is_nothing(want[i])) {
                EXPECT_TRUE(is_nothing(got[i])) << what << ", row " << i << ": " << got[i];
            } else if (want[i].is_number()) {
                ASSERT_TRUE(got[i].is_number()) << what << ", row " << i << ": " << got[i];
                EXPECT_NEAR(got[i].get<double>(), want[i].get<double>(), 1e-9) << what << " " << i;
            } else if (want[i] == "Inf") {
                EXPECT_EQ(got[i], "Infinity") << what << ", row " << i;
            } else {
                EXPECT_EQ(got[i], want[i]) << what << ", row " << i;
            }
        }
    }
    void expect_eye() {
        const auto& eye = expected_.at("eye_tracking");
        EXPECT_EQ(ask("select n_blink_frames from task.change_eye"), eye.at("n_blink").dump());
        for (const auto& [column, name] : {std::pair{"eye_area", "eye_area"},
                                           {"pupil_area", "pupil_area"},
                                           {"corneal_reflection_area", "cr_area"}})
            expect_facts(name,
                         fmt::format("select ref from task.change_eye join store.array on array_id "
                                     "= {}_array_id",
                                     column),
                         eye.at(name));
        const auto mean = [&](const char* name) {
            const auto& facts = eye.at(name);
            return facts.at("sum").get<double>() /
                   (facts.at("n").get<double>() - facts.at("n_nan").get<double>());
        };
        EXPECT_NEAR(number("select mean_eye_area_px2 from task.change_eye"), mean("eye_area"),
                    1e-6);
        EXPECT_NEAR(number("select mean_pupil_area_px2 from task.change_eye"), mean("pupil_area"),
                    1e-6);
    }

    fs::path folder_;
    Json expected_;
    testing::NwbFiles files_;
    testing::TestDatabase database_;
    db::Session session_;
};

TEST_F(GoldenFile, EyeAreasAndBlinksAreThoseOfTheRawAreas) {
    load(folder_ / "session.nwb");
    expect_eye();
}

TEST_F(GoldenFile, FitsThatAreBlankedInBlinksMakeNoBlinkLonger) {
    if (const auto obstacle = testing::NwbFiles::obstacle(); !obstacle.empty())
        GTEST_SKIP() << obstacle;
    load(files_.copy(folder_ / "session.nwb", "session.nwb",
                     "eye = f['acquisition/EyeTracking']\n"
                     "blink = eye['likely_blink/data'][:].astype(bool)\n"
                     "for part in ('eye_tracking', 'pupil_tracking'):\n"
                     "    for column in ('width', 'height', 'angle'):\n"
                     "        values = eye[part][column][:]\n"
                     "        values[blink] = np.nan\n"
                     "        eye[part][column][:] = values\n"));
    expect_eye();
}

TEST_F(GoldenFile, RunningIsTheFiles) {
    load(folder_ / "session.nwb");
    for (const auto& [column, name] :
         {std::pair{"speed", "running_speed"}, {"speed_unfiltered", "raw_running_speed"}})
        expect_facts(name,
                     fmt::format("select ref from task.running_recording join store.array on "
                                 "array_id = {}_array_id",
                                 column),
                     expected_.at(name));
}

TEST_F(GoldenFile, TrialsAndPresentationsAreTheReaders) {
    load(folder_ / "session.nwb");
    for (const auto& [name, want] : expected_.at("trials").items()) {
        if (name == "lick_times") continue;
        expect_column("trials." + name,
                      fmt::format("select {} from analysis.allen_trial order by trials_id", name),
                      want);
    }
    const std::vector<std::pair<std::string, std::string>> renamed = {
        {"start_time", "start_s"},
        {"end_time", "end_s"},
        {"omitted", "is_omitted"},
        {"is_change", "is_change_read"},
        {"flashes_since_change", "flashes_since_change_read"},
        {"trials_id", "trial - 1"},
        {"active", "is_active"},
        {"duration", "end_s - start_s"}};
    for (const auto& [name, want] : expected_.at("presentations").items()) {
        const auto other = std::ranges::find(renamed, name, &decltype(renamed)::value_type::first);
        expect_column("presentations." + name,
                      fmt::format("select {} from analysis.stimulus_presentation order by "
                                  "presentation",
                                  other == renamed.end() ? name : other->second),
                      want);
    }
}

TEST_F(GoldenFile, PerformanceUsesTheSessionsResponseWindow) {
    load(folder_ / "session.nwb");
    const auto& metrics = expected_.at("performance_metrics");
    const auto rate = metrics.at("maximum_reward_rate").get<double>();
    EXPECT_NEAR(number("select maximum_reward_rate_per_min from task.change_performance"), rate,
                1e-9);
    EXPECT_EQ(ask("select engaged_trial_count from task.change_performance"),
              metrics.at("engaged_trial_count").dump());
    expect_column("reward_rate",
                  "select reward_rate_per_min from task.change_rolling order by trial",
                  expected_.at("reward_rate"));
    // A window that starts later has other responses.
    session_.exec({"window", "update task.change_session set response_window_start_s = 0.5"});
    populate::WorkerOptions worker;
    worker.connect = {database_.conninfo(), "trialbase populate", std::nullopt};
    worker.registry = &computed_tables();
    worker.store = store();
    worker.tables = {"task.change_performance"};
    populate::Counters counters;
    populate::run_worker(worker, counters);
    EXPECT_EQ(ask("select count(*) from task.change_rolling where latency_s <= 0.5"), "0");
    EXPECT_EQ(ask("select count(*) from task.change_rolling as r join task.change_trial as t using "
                  "(session_id, trial) where r.latency_s is distinct from (select min(l.time_s - "
                  "t.change_s) from task.change_trial_lick as l where l.session_id = t.session_id "
                  "and l.trial = t.trial and l.time_s - t.change_s > 0.5)"),
              "0");
}

}  // namespace
}  // namespace tb::load
