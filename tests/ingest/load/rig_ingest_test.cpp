// Raw rig sessions, real ones and golden ones, from their folders to rows.
#include "ingest/load/ingest_alf.hpp"
#include "src/store/store_reader.hpp"
#include "tests/support/test_database.hpp"

#include <cstdlib>
#include <fstream>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace tb::load {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TestDatabase;
using testing::value_of;

std::optional<fs::path> shared_folder() {
    if (const char* named = std::getenv("TRIALBASE_SHARED"); named != nullptr) {
        const fs::path shared(named);
        return fs::is_directory(shared / "data") ? std::optional(shared) : std::nullopt;
    }
    for (fs::path from = fs::absolute(__FILE__).parent_path(); from != from.root_path();
         from = from.parent_path()) {
        if (fs::is_directory(from / "shared" / "data")) return from / "shared";
    }
    return std::nullopt;
}

class RigIngestTest : public ::testing::Test {
  protected:
    RigIngestTest() {
        std::string name = (fs::temp_directory_path() / "tb-rig-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        top_ = name;
        options.connect = [this] { return db.session("trialbase_ingest"); };
        options.jobs = 1;
        options.keep_every_wheel = true;
        options.store.root = top_ / "store";
        options.store.durable = false;
    }
    ~RigIngestTest() override { fs::remove_all(top_); }

    /// A real or golden session's raw folder as the one of subject/date/number; false where it is
    /// not there.
    [[nodiscard]] bool take(const std::string& session, const std::string& from) const {
        const auto shared = shared_folder();
        if (!shared || !fs::is_directory(*shared / from)) return false;
        const auto to = top_ / "tree/lab/Subjects" / session / "raw_behavior_data";
        fs::create_directories(to);
        for (const auto& file : fs::directory_iterator(*shared / from / "raw_behavior_data")) {
            // Written anew: the shared files may be read only.
            std::ofstream(to / file.path().filename(), std::ios::binary)
                << std::ifstream(file.path(), std::ios::binary).rdbuf();
        }
        return true;
    }
    IngestSummary ingest() { return ingest_alf(std::vector<fs::path>{top_ / "tree"}, options); }
    std::string value(const std::string& sql) {
        auto session = db.session();
        return value_of(session, sql);
    }

    TestDatabase db;
    IngestOptions options;
    fs::path top_;
};

TEST_F(RigIngestTest, ARigOf2018) {
    if (!take("test_mouse/2018-10-02/1", "data/ibl_raw_2018/test_mouse/2018-10-02/1"))
        GTEST_SKIP() << "no folder of shared data";
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 1U);
    EXPECT_TRUE(summary.failures.empty());
    // The numbers of known_troubles.md, section 2, row 5.
    EXPECT_EQ(value("select n_trials from task.choice_session"), "30");
    EXPECT_EQ(value("select count(*) filter (where feedback_type = 1) from task.choice_trial"),
              "23");
    EXPECT_EQ(value("select string_agg(choice || ' ' || n, ', ' order by choice) from (select "
                    "choice, count(*) as n from task.choice_trial group by choice) as c"),
              "-1 16, 1 14");
    EXPECT_EQ(value("select string_agg(signed_contrast || ' ' || n, ', ' order by signed_contrast) "
                    "from (select signed_contrast, count(*) as n from task.choice_trial group by "
                    "signed_contrast) as c"),
              "-1 9, -0.5 4, 0.5 13, 1 4");
    EXPECT_EQ(value("select sum(reward_volume_ul) from task.choice_trial"), "69");
    EXPECT_EQ(value("select volume_ml from core.water_administration"), "0.069");
    EXPECT_EQ(value("select count(*) || ' ' || round(min(temperature_c)::numeric, 2) from "
                    "task.ambient_reading join task.choice_trial using (session_id, trial)"),
              "30 24.17");
    EXPECT_EQ(value("select round(response_s::numeric, 4) from task.choice_trial where trial = 1"),
              "22.6565");
    EXPECT_EQ(value("select round(start_s::numeric, 6) || ' ' || round(end_s::numeric, 6) from "
                    "task.choice_trial where trial = 30"),
              "128.796499 133.398197");
    EXPECT_EQ(value("select count(*) from task.choice_trial where probability_left is not null"),
              "0");
    EXPECT_EQ(value("select task_protocol || ' ' || rig || ' ' || session_number || ' ' || "
                    "recorded_n_trials || ' ' || recorded_n_correct from core.session"),
              "basicChoiceWorld box0 1 30 23");
    EXPECT_THAT(value("select string_agg(message, '; ') from core.session_issue"),
                ::testing::AllOf(HasSubstr("stim_probability_left"), HasSubstr("stimOn_times")));
    EXPECT_EQ(value("select details ->> 'extracted_from' from core.session"),
              R"(["raw_behavior_data/_ibl_taskData.raw.jsonable"])");
    EXPECT_EQ(ingest().unchanged, 1U);
}

// known_troubles.md, section 2, row 17.
TEST_F(RigIngestTest, WaterIsStoredOnceAndARunAgainUpdatesIt) {
    const fs::path session = "test_mouse/2018-10-02/1";
    if (!take(session, "data/ibl_raw_2018/test_mouse/2018-10-02/1"))
        GTEST_SKIP() << "no folder of shared data";
    EXPECT_EQ(ingest().added, 1U);
    const auto water = [&] {
        return value("select count(*) || ' ' || sum(volume_ml) from core.water_administration");
    };
    EXPECT_EQ(water(), "1 0.069");
    // Without its last trial, which was rewarded with 3 uL.
    const auto file = top_ / "tree/lab/Subjects" / session /
                      "raw_behavior_data/_ibl_taskData.raw.jsonable";
    std::ifstream whole(file, std::ios::binary);
    std::vector<std::string> lines;
    for (std::string line; std::getline(whole, line);) lines.push_back(line);
    ASSERT_EQ(lines.size(), 30U);
    std::ofstream shorter(file, std::ios::binary);
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) shorter << lines[i] << '\n';
    shorter.close();
    EXPECT_EQ(ingest().updated, 1U);
    EXPECT_EQ(value("select n_trials from task.choice_session"), "29");
    EXPECT_EQ(water(), "1 0.066");
}

TEST_F(RigIngestTest, RigsOfVersionFive) {
    if (!take("_iblrig_test_mouse/2019-07-01/001", "data/ibl/raw_sessions/session_training_ge5") ||
        !take("_iblrig_test_mouse/2019-07-01/002", "data/ibl/raw_sessions/session_biased_ge5"))
        GTEST_SKIP() << "no folder of shared data";
    options.dry_run = true;
    const auto told = ingest();
    EXPECT_EQ(told.extracted.size(), 4U);
    EXPECT_THAT(told.extracted[0], HasSubstr("lab/_iblrig_test_mouse/2019-07-01/001"));
    EXPECT_THAT(told.extracted[0], HasSubstr("12 trials extracted"));
    EXPECT_EQ(value("select count(*) from core.session"), "0");
    options.dry_run = false;
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 2U);
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(value("select string_agg(n_trials || ' ' || stim_on_status, ', ' order by n_trials) "
                    "from task.choice_session"),
              "8 complete, 12 complete");
    // Trial 2 of the training, from the golden case extract_training_ge5.
    EXPECT_EQ(
        value("select round(stim_on_s::numeric, 4) || ' ' || round(go_cue_s::numeric, 4) || "
              "' ' || round(feedback_s::numeric, 4) || ' ' || choice || ' ' || "
              "round(first_movement_s::numeric, 3) from task.choice_trial where trial = 2 and "
              "session_id = (select session_id from core.session where session_number = 1)"),
        "5.1776 5.1785 6.7575 1 6.699");
    EXPECT_EQ(value("select string_agg(n_samples::text, ' ' order by n_samples) from "
                    "task.wheel_recording where position_array_id is not null"),
              "936 1122");
    EXPECT_EQ(value("select count(*) from task.wheel_move"), "22");
    EXPECT_EQ(value("select string_agg(n || ' ' || humidity, ', ' order by n) from (select "
                    "count(*) as n, max(case when trial = 2 then "
                    "round(relative_humidity_percent::numeric, 3) end) as humidity from "
                    "task.ambient_reading group by session_id) as r"),
              "8 50.152, 12 49.938");
    EXPECT_EQ(value("select string_agg(weight_g::text, ' ') from core.weighing"), "123 123");
    EXPECT_EQ(value("select string_agg(volume_ml::text, ' ' order by volume_ml) from "
                    "core.water_administration"),
              "0.006 0.018");
    EXPECT_EQ(value("select string_agg(distinct water_type_name, ',') from "
                    "core.water_administration"),
              "Water 10% Sucrose");
    EXPECT_EQ(ingest().unchanged, 2U);
    EXPECT_EQ(value("select count(*) from core.water_administration"), "2");
}

TEST_F(RigIngestTest, AnOldWheelThatCannotBeAlignedCostsTheWheelAlone) {
    if (!take("ZM_1085/2019-02-12/002", "data/ibl/raw_sessions/session_biased_lt5"))
        GTEST_SKIP() << "no folder of shared data";
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 1U);
    ASSERT_EQ(summary.failures.size(), 1U);
    EXPECT_EQ(summary.failures[0].type, "WheelNotAligned");
    EXPECT_EQ(value("select count(*) from task.choice_trial"), "4");
    EXPECT_EQ(value("select count(*) from task.wheel_recording"), "0");
    EXPECT_EQ(value("select error_type from core.session_error"), "WheelNotAligned");
    // A rig before version 5: onset by the older rule, said so.
    EXPECT_EQ(value("select count(stim_on_s) from task.choice_trial"), "4");
    EXPECT_EQ(value("select count(*) from core.session_issue where issue_type = 'OlderRule'"), "1");
    const auto again = ingest();
    EXPECT_EQ(again.unchanged, 1U);
    EXPECT_EQ(value("select count(*) from core.session_error"), "1");
}

TEST_F(RigIngestTest, ASessionWithoutTaskDataIsRefused) {
    if (!take("fake/2020-01-08/013", "data/ibl/raw_sessions/session_ephys"))
        GTEST_SKIP() << "no folder of shared data";
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 0U);
    ASSERT_EQ(summary.failures.size(), 1U);
    EXPECT_EQ(summary.failures[0].type, "MissingExtractedData");
}

TEST_F(RigIngestTest, GoldenRigsOfAllVersions) {
    for (const char* name : {"training_v4_2_0", "training_v6_4_2", "training_v8_24_0",
                             "biased_v5_1_0", "biased_v6_4_2", "biased_v8_24_0"}) {
        if (!take(std::string(name) + "/2019-07-01/001",
                  std::string("vectors/ibl_behavior/_raw/synthetic_") + name))
            GTEST_SKIP() << "no folder of shared vectors";
    }
    const auto summary = ingest();
    EXPECT_EQ(summary.added, 6U);
    EXPECT_TRUE(summary.failures.empty());
    EXPECT_EQ(summary.trials, 30 + 32 + 38 + 36 + 34 + 40);
    EXPECT_EQ(value("select count(*) from task.wheel_recording where position_array_id is not "
                    "null"),
              "6");
    // The subject of biased 8.24.0 was disengaged from trial 34 on.
    EXPECT_EQ(value("select min(trial) || ' ' || max(trial) from task.choice_trial join "
                    "task.choice_session using (session_id) where not is_included and n_trials = "
                    "40"),
              "34 40");
}

}  // namespace
}  // namespace tb::load
