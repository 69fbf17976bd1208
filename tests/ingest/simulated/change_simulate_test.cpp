// Simulated mice as files: the same whatever the threads, and as their truth says.
#include "ingest/simulated/change_simulate.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/allen/cache.hpp"
#include "ingest/allen/project_table.hpp"
#include "ingest/allen/release.hpp"
#include "ingest/nwb/nwb_file.hpp"
#include "ingest/simulated/change_imaging.hpp"
#include "ingest/simulated/change_mouse.hpp"
#include "tests/ingest/alf/support.hpp"
#include "tests/ingest/simulated/change_support.hpp"
#include "trialbase/simulated_marker.hpp"

#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace tb::simulated {
namespace {

using alf::testing::TemporaryFolder;

std::map<std::string, std::string> contents(const std::filesystem::path& root) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        files[entry.path().lexically_relative(root).generic_string()] = text.str();
    }
    return files;
}

/// Names of the files whose content differs.
std::set<std::string> differences(const std::map<std::string, std::string>& a,
                                  const std::map<std::string, std::string>& b) {
    std::set<std::string> names;
    for (const auto& [name, content] : a)
        if (!b.contains(name) || b.at(name) != content) names.insert(name);
    for (const auto& [name, content] : b)
        if (!a.contains(name)) names.insert(name);
    return names;
}

TEST(ChangeSimulate, GivesTheSameBytesWhateverTheThreads) {
    const TemporaryFolder folder;
    auto options = testing::few_mice(folder.path() / "a");
    options.mice = 1;
    options.sessions = 5;
    options.trials = 20;
    options.threads = 1;
    (void)simulate_change_detection(options);
    options.out = folder.path() / "b";
    options.threads = 4;
    (void)simulate_change_detection(options);
    const auto first = contents(folder.path() / "a");
    // Marker, manifest, truth of sessions and cells, four tables, five sessions.
    EXPECT_EQ(first.size(), 13U);
    EXPECT_EQ(differences(first, contents(folder.path() / "b")), std::set<std::string>());
    options.out = folder.path() / "c";
    options.seed = 12;
    (void)simulate_change_detection(options);
    EXPECT_GT(differences(first, contents(folder.path() / "c")).size(), 8U);
}

class ChangeFiles : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder = new TemporaryFolder;
        result = new ChangeResult(simulate_change_detection(testing::few_mice(out())));
    }
    static void TearDownTestSuite() {
        delete result;
        delete folder;
    }
    static std::filesystem::path out() { return folder->path() / "mice"; }

    static TemporaryFolder* folder;
    static ChangeResult* result;
};
TemporaryFolder* ChangeFiles::folder = nullptr;
ChangeResult* ChangeFiles::result = nullptr;

TEST_F(ChangeFiles, AreACacheThatTheReaderOfReleasesTakes) {
    const auto cache = allen::open_cache(out());
    EXPECT_EQ(cache.layout, allen::CacheLayout::versioned);
    ASSERT_TRUE(cache.manifest);
    EXPECT_EQ(cache.manifest->version, "1.0.0");
    EXPECT_TRUE(cache.missing_tables.empty());
    EXPECT_TRUE(cache.notes.empty());
    EXPECT_EQ(cache.session_files.size(), result->files);
    for (const auto& file : cache.session_files) EXPECT_NO_THROW(cache.check(file)) << file;
    for (const auto& [name, file] : cache.tables) EXPECT_NO_THROW(cache.check(file)) << file;
    EXPECT_TRUE(std::filesystem::exists(out() / simulated_marker));
    EXPECT_TRUE(cache.manifest->is_simulated);
}

TEST_F(ChangeFiles, HaveIdsThatDependOnTheSeed) {
    ChangeOptions options = testing::few_mice({});
    const auto ids_of = [&](std::uint64_t seed) {
        options.seed = seed;
        std::set<std::string> ids;
        for (std::uint64_t number = 0; number < 2; ++number) {
            const auto mouse = make_change_mouse(options, number);
            ids.insert("mouse " + mouse.mouse_id);
            ids.insert("container " +
                       std::to_string(imaging_plane(mouse, number, 1).ophys_container_id));
            for (const auto& day : make_change_days(options, mouse, number)) {
                ids.insert(std::to_string(day.behavior_session_id));
                ids.insert(std::to_string(ophys_session_id(day)));
                for (const auto experiment : day.experiments)
                    ids.insert(std::to_string(experiment));
            }
        }
        return ids;
    };
    const auto first = ids_of(1), second = ids_of(2);
    EXPECT_TRUE(first.contains("mouse 900001"));
    EXPECT_TRUE(first.contains("800000000"));
    for (const auto& id : second) EXPECT_FALSE(first.contains(id)) << id;
}

TEST_F(ChangeFiles, HaveTablesOfEverySessionExperimentAndCell) {
    const auto cache = allen::open_cache(out());
    const auto read = [&](const allen::ProjectTableKind& kind) {
        auto table = allen::read_project_table(cache.tables.at(std::string(kind.name)), kind);
        EXPECT_TRUE(table.faults.empty()) << kind.name << ": " << table.faults.at(0).message;
        EXPECT_EQ(table.extra_columns, std::vector<std::string>{simulated_table_column});
        return table;
    };
    const auto sessions = read(allen::behavior_session_table());
    const auto imaging = read(allen::ophys_session_table());
    const auto experiments = read(allen::ophys_experiment_table());
    const auto cells = read(allen::ophys_cells_table());
    EXPECT_EQ(sessions.rows.size(), 16U);
    EXPECT_EQ(cells.rows.size(), result->cells.size());
    std::size_t imaged = 0, planes = 0;
    const allen::SessionFiles files(sessions, experiments);
    for (const auto& session : result->sessions) {
        imaged += session.experiments > 0;
        planes += session.experiments;
        const auto file = files.of_session(session.behavior_session_id);
        EXPECT_EQ(cache.path_of(cache.manifest->data_file(std::to_string(file))),
                  testing::file_of(out(), session));
    }
    EXPECT_EQ(imaging.rows.size(), imaged);
    EXPECT_EQ(experiments.rows.size(), planes);
    EXPECT_GT(imaged, 0U);
    // The second mouse's rig images two planes at once.
    EXPECT_GT(planes, imaged);
    EXPECT_EQ(cells.rows.size(), planes * 5U);
}

TEST_F(ChangeFiles, HoldWhatTheirTruthCounts) {
    for (const auto& session : result->sessions) {
        const auto file = nwb::NwbFile::open(testing::file_of(out(), session));
        const auto& trials = file.require_table("/intervals/trials");
        const auto flags = [&](const char* name) { return *file.column(trials, name).booleans(); };
        const auto count = [&](const char* name) {
            const auto values = flags(name);
            return static_cast<std::size_t>(std::accumulate(values.begin(), values.end(), 0));
        };
        EXPECT_EQ(count("go"), session.go);
        EXPECT_EQ(count("catch"), session.catch_trials);
        EXPECT_EQ(count("hit"), session.hit);
        EXPECT_EQ(count("miss"), session.miss);
        EXPECT_EQ(count("false_alarm"), session.false_alarm);
        EXPECT_EQ(count("correct_reject"), session.correct_reject);
        EXPECT_EQ(count("auto_rewarded"), session.auto_rewarded);
        EXPECT_EQ(count("aborted"), session.aborted);
        // Exactly one class per trial.
        std::vector<int> classes(session.trials, 0);
        for (const auto* name :
             {"hit", "miss", "false_alarm", "correct_reject", "auto_rewarded", "aborted"}) {
            const auto values = flags(name);
            for (std::size_t i = 0; i < values.size(); ++i) classes[i] += values[i];
        }
        EXPECT_EQ(classes, std::vector<int>(session.trials, 1));
        if (!session.is_passive) {
            EXPECT_EQ(file.require_series("/processing/licking/licks").samples(), session.licks);
            const auto& rewards = file.require_series("/processing/rewards/volume");
            const auto volumes = file.values(rewards, 0, rewards.samples());
            EXPECT_EQ(volumes.size(), session.rewards);
            EXPECT_NEAR(std::accumulate(volumes.begin(), volumes.end(), 0.0),
                        session.reward_volume_ml, 1e-12);  // sums of one order of 0.01 mL
        }
        std::size_t flashes = 0;
        for (const auto& table : file.tables()) {
            if (table.column("omitted") == nullptr) continue;
            flashes += table.rows;
            const auto omitted = file.column(table, "omitted").numbers();
            EXPECT_EQ(std::accumulate(omitted.begin(), omitted.end(), 0.0),
                      static_cast<double>(session.omissions));
            const auto changes = file.column(table, "is_change").numbers();
            EXPECT_EQ(std::accumulate(changes.begin(), changes.end(), 0.0),
                      static_cast<double>(session.changes));
        }
        EXPECT_EQ(flashes, session.flashes);
        EXPECT_EQ(file.series("/acquisition/EyeTracking/eye_tracking") != nullptr,
                  session.has_eye_tracking);
    }
}

TEST_F(ChangeFiles, SayWhatIsTrueInACsvFile) {
    const auto rows = alf::testing::read_rows(out() / "truth.csv");
    ASSERT_EQ(rows.size(), result->sessions.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& session = result->sessions[i];
        EXPECT_EQ(rows[i].at("behavior_session_id"), std::to_string(session.behavior_session_id));
        EXPECT_EQ(rows[i].at("hit"), std::to_string(session.hit));
        EXPECT_EQ(rows[i].at("is_passive"), session.is_passive ? "True" : "False");
        if (session.go == 0 || session.is_passive) {
            EXPECT_EQ(rows[i].at("hit_rate"), "");
        } else {
            EXPECT_EQ(std::stod(rows[i].at("hit_rate")), session.hit_rate);
        }
    }
    EXPECT_EQ(alf::testing::read_rows(out() / "truth_cells.csv").size(), result->cells.size());
}

TEST(ChangeSimulate, RefusesWhatItCannotDo) {
    const TemporaryFolder folder;
    folder.write("full/file", "x");
    auto options = testing::few_mice(folder.path() / "full");
    const auto kind_of = [&] {
        try {
            (void)simulate_change_detection(options);
        } catch (const Error& error) {
            return static_cast<int>(error.kind());
        }
        return 0;
    };
    EXPECT_EQ(kind_of(), static_cast<int>(ErrorKind::conflict));
    options.out = folder.path() / "full/file/below";
    EXPECT_EQ(kind_of(), static_cast<int>(ErrorKind::io));
    options.out = folder.path() / "new";
    for (int* count : {&options.mice, &options.sessions, &options.trials}) {
        const int old = *count;
        *count = 0;
        EXPECT_EQ(kind_of(), static_cast<int>(ErrorKind::usage));
        *count = old;
    }
    options.cells = 1000;
    EXPECT_EQ(kind_of(), static_cast<int>(ErrorKind::usage));
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "new"));
}

}  // namespace
}  // namespace tb::simulated
