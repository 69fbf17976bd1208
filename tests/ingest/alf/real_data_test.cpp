// The sessions of seven real laboratories against counts that were taken from the arrays
// independently (data/SOURCES.md, sessions_truth.csv).
#include "ingest/alf/session_reader.hpp"
#include "tests/ingest/alf/support.hpp"

#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace tb::alf {
namespace {

struct Counts {
    std::size_t trials = 0, correct = 0, error = 0, no_go = 0, plus = 0, minus = 0, zero = 0,
                files = 0;
    double reward_ul = 0.0;
};

Counts counts_of(const ChoiceSession& session) {
    Counts counts;
    const auto& t = session.trials;
    counts.trials = t.count;
    counts.files = session.files.size();
    for (std::size_t i = 0; i < t.count; ++i) {
        if (!t.feedback_type.empty()) {
            if (t.feedback_type[i] == 1.0) ++counts.correct;
            if (t.feedback_type[i] == -1.0) ++counts.error;
        }
        if (!t.choice.empty()) {
            if (t.choice[i] == 0.0) ++counts.no_go;
            if (t.choice[i] == 1.0) ++counts.plus;
            if (t.choice[i] == -1.0) ++counts.minus;
        }
        if (t.signed_contrast[i] == 0.0) ++counts.zero;
        if (!t.reward_volume_ul.empty() && !std::isnan(t.reward_volume_ul[i])) {
            counts.reward_ul += t.reward_volume_ul[i];
        }
    }
    return counts;
}

/// @return how many sessions were compared
std::size_t compare(const std::map<std::string, Counts>& found,
                    const std::filesystem::path& truth) {
    std::size_t compared = 0;
    for (const auto& row : testing::read_rows(truth)) {
        const auto name =
            row.at("lab") + "/" + row.at("subject") + "/" + row.at("date") + "/" + row.at("number");
        const auto at = found.find(name);
        if (at == found.end()) {
            ADD_FAILURE() << name << " was not found";
            continue;
        }
        const auto& counts = at->second;
        const auto want = [&](const char* column) { return std::stoul(row.at(column)); };
        EXPECT_EQ(counts.trials, want("n_trials")) << name;
        EXPECT_EQ(counts.correct, want("n_correct")) << name;
        EXPECT_EQ(counts.error, want("n_error")) << name;
        EXPECT_EQ(counts.no_go, want("n_nogo")) << name;
        EXPECT_EQ(counts.plus, want("n_choice_plus1")) << name;
        EXPECT_EQ(counts.minus, want("n_choice_minus1")) << name;
        EXPECT_EQ(counts.zero, want("n_zero_contrast")) << name;
        EXPECT_EQ(counts.files, want("n_files")) << name;
        // The table holds sums rounded to some digits.
        EXPECT_NEAR(counts.reward_ul, std::stod(row.at("reward_volume_ul")), 1e-3) << name;
        ++compared;
    }
    EXPECT_EQ(found.size(), compared);
    return compared;
}

TEST(RealData, SevenLabsAsArchives) {
    const auto folder = testing::shared_data("data/ibl_dec2019");
    if (!folder) GTEST_SKIP() << "no shared data (set TRIALBASE_SHARED)";
    std::map<std::string, Counts> found;
    std::map<std::string, std::size_t> issues;
    std::set<std::string> labs;
    std::set<std::string> subjects;
    const auto start = std::chrono::steady_clock::now();
    std::chrono::duration<double> reading{};
    for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
        if (entry.path().extension() != ".xz") continue;
        visit_sessions(
            entry.path(), {},
            [&](SessionSource&& source) {
                const auto before = std::chrono::steady_clock::now();
                const auto session = read_session(source);
                reading += std::chrono::steady_clock::now() - before;
                EXPECT_TRUE(found.emplace(session.identifier(), counts_of(session)).second)
                    << session.identifier() << " came twice";
                labs.insert(session.lab);
                subjects.insert(session.subject);
                for (const auto& issue : session.issues) ++issues[issue.type];
            },
            [](DiscoveryProblem&& problem) { ADD_FAILURE() << problem.error.what(); });
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << "read " << found.size() << " sessions in " << took.count() << " s, of it parsing "
              << reading.count() << " s\n";
    for (const auto& [type, count] : issues) std::cout << "  " << type << ": " << count << "\n";
    EXPECT_EQ(compare(found, *folder / "sessions_truth.csv"), 1803U);
    EXPECT_EQ(labs.size(), 7U);
    EXPECT_EQ(subjects.size(), 40U);
    Counts sum;
    for (const auto& [name, counts] : found) {
        sum.trials += counts.trials;
        sum.correct += counts.correct;
        sum.no_go += counts.no_go;
        sum.files += counts.files;
    }
    EXPECT_EQ(sum.trials, 1'174'555U);
    EXPECT_EQ(sum.no_go, 5678U);
    EXPECT_EQ(sum.files, 25'161U);
    EXPECT_NEAR(static_cast<double>(sum.correct) / static_cast<double>(sum.trials), 0.764958, 5e-7);
    EXPECT_EQ(issues["LengthMismatch"],
              5U);  // the five sessions of sessions_truth.csv, column quirk
}

TEST(RealData, TwentySevenSessionsAsFolders) {
    const auto folder = testing::shared_data("data/ibl_dec2019_one_tree");
    if (!folder) GTEST_SKIP() << "no shared data (set TRIALBASE_SHARED)";
    std::vector<DiscoveryProblem> problems;
    std::map<std::string, Counts> found;
    std::size_t files = 0;
    for (const auto& source : find_sessions(*folder, {}, &problems)) {
        const auto session = read_session(source);
        found[session.identifier()] = counts_of(session);
        files += session.files.size();
        const bool is_quirky = session.subject == "IBL-T1" && session.date == "2019-09-19";
        if (is_quirky) {
            EXPECT_TRUE(session.trials.start_s.empty());
            std::set<std::string> missing;
            for (const auto& issue : session.issues) {
                if (issue.type == "MissingDataset") missing.insert(issue.dataset);
            }
            EXPECT_TRUE(missing.contains("trials.intervals"));
            EXPECT_TRUE(missing.contains("trials.response_times"));
            EXPECT_TRUE(missing.contains("trials.feedback_times"));
        } else {
            EXPECT_EQ(session.trials.start_s.size(), session.trials.count);
            EXPECT_LT(session.trials.start_s[0], session.trials.end_s[0]);
        }
    }
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(compare(found, *folder / "sessions_truth.csv"), 27U);
    EXPECT_EQ(files, 358U);
}

TEST(RealData, TrainingOfSwc054NeedsItsLab) {
    const auto folder = testing::shared_data("data/ibl_swc054_training");
    if (!folder) GTEST_SKIP() << "no shared data (set TRIALBASE_SHARED)";
    DiscoveryOptions options;
    options.lab = "mrsicflogellab";
    std::map<std::string, Counts> found;
    for (const auto& source : find_sessions(*folder, options)) {
        const auto session = read_session(source);
        EXPECT_EQ(session.identifier(), "mrsicflogellab/SWC_054/" + session.date + "/001");
        found[session.date] = counts_of(session);
    }
    std::size_t compared = 0;
    for (const auto& row : testing::read_rows(*folder / "sessions.csv")) {
        const auto& counts = found[row.at("date")];
        EXPECT_EQ(counts.trials, std::stoul(row.at("n_trials")));
        EXPECT_EQ(counts.correct, std::stoul(row.at("n_correct")));
        EXPECT_EQ(counts.no_go, std::stoul(row.at("n_nogo")));
        ++compared;
    }
    EXPECT_EQ(compared, 9U);
    EXPECT_EQ(found.size(), 9U);
}

TEST(RealData, PhotometrySessionsKeepTheirTrialsInTables) {
    const auto folder = testing::shared_data("data/ibl_photometry");
    if (!folder) GTEST_SKIP() << "no shared data (set TRIALBASE_SHARED)";
    std::map<std::string, Counts> found;
    for (const auto& source : find_sessions(*folder)) {
        const auto session = read_session(source);
        found[session.identifier()] = counts_of(session);
    }
    // data/SOURCES.md, "Photometry and calcium imaging".
    const auto& cortex = found["cortexlab/CQ002/2024-11-05/001"];
    EXPECT_EQ(cortex.trials, 328U);
    EXPECT_EQ(cortex.correct, 175U);
    EXPECT_EQ(cortex.no_go, 1U);
    const auto& witten = found["wittenlab/fip_40/2023-05-18/001"];
    EXPECT_EQ(witten.trials, 568U);
    EXPECT_EQ(witten.correct, 274U);
    EXPECT_EQ(witten.no_go, 79U);
}

}  // namespace
}  // namespace tb::alf
