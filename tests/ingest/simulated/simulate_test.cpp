#include "ingest/simulated/simulate.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/alf/session_reader.hpp"
#include "ingest/simulated/random.hpp"
#include "tests/ingest/alf/support.hpp"

#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

namespace tb::simulated {
namespace {

using alf::testing::TemporaryFolder;

SimulateOptions small(const std::filesystem::path& out) {
    SimulateOptions options;
    options.out = out;
    options.labs = 2;
    options.subjects = 2;
    options.sessions = 6;
    options.trials = 60;
    options.seed = 7;
    options.missing_rate = 0.3;
    return options;
}

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

TEST(Simulate, GivesTheSameBytesWhateverTheThreads) {
    const TemporaryFolder folder;
    auto options = small(folder.path() / "a");
    options.threads = 1;
    (void)simulate(options);
    options.out = folder.path() / "b";
    options.threads = 4;
    (void)simulate(options);
    const auto first = contents(folder.path() / "a");
    EXPECT_GT(first.size(), 24U * 5U);
    EXPECT_EQ(first, contents(folder.path() / "b"));
    options.out = folder.path() / "c";
    options.seed = 8;
    (void)simulate(options);
    EXPECT_NE(first, contents(folder.path() / "c"));
}

TEST(Simulate, IsReadBackAsItSays) {
    const TemporaryFolder folder;
    const auto result = simulate(small(folder.path() / "labs"));
    ASSERT_EQ(result.sessions.size(), 24U);
    std::vector<alf::DiscoveryProblem> problems;
    std::map<std::string, ChoiceSession> read;
    for (const auto& source : alf::find_sessions(folder.path() / "labs", {}, &problems)) {
        auto session = alf::read_session(source);
        read.emplace(session.identifier(), std::move(session));
    }
    EXPECT_TRUE(problems.empty());
    EXPECT_EQ(read.size(), 24U);
    std::size_t without = 0;
    for (const auto& truth : result.sessions) {
        ASSERT_TRUE(read.contains(truth.identifier())) << truth.identifier();
        const auto& session = read.at(truth.identifier());
        const auto& t = session.trials;
        EXPECT_EQ(t.count, truth.trials);
        EXPECT_EQ(session.files.size(), truth.files);
        EXPECT_EQ(session.task_protocol, truth.task_protocol);
        EXPECT_EQ(session.start_time, truth.start_time);
        ASSERT_EQ(session.weighings.size(), 1U);
        EXPECT_DOUBLE_EQ(session.weighings[0].weight_g, truth.weight_g);
        std::size_t correct = 0, error = 0, no_go = 0, zero = 0;
        double reward = 0.0;
        for (std::size_t i = 0; i < t.count; ++i) {
            correct += t.feedback_type[i] == 1.0;
            error += t.feedback_type[i] == -1.0;
            no_go += t.choice[i] == 0.0;
            zero += t.signed_contrast[i] == 0.0;
            if (!t.reward_volume_ul.empty()) reward += t.reward_volume_ul[i];
            // A choice is right when it brings the side that shows the stimulus to the centre.
            const bool is_right = std::isnan(t.contrast_left[i]);
            EXPECT_EQ(t.feedback_type[i] == 1.0, t.choice[i] == (is_right ? -1.0 : 1.0));
        }
        EXPECT_EQ(correct, truth.correct);
        EXPECT_EQ(error, truth.error);
        EXPECT_EQ(no_go, truth.no_go);
        EXPECT_EQ(zero, truth.zero_contrast);
        if (!t.reward_volume_ul.empty()) {
            EXPECT_DOUBLE_EQ(reward, truth.reward_ul);
        }
        ASSERT_TRUE(session.wheel);
        EXPECT_EQ(static_cast<std::size_t>(session.wheel->samples), truth.wheel_samples);
        EXPECT_EQ(session.lick_s.size(), truth.licks);
        ASSERT_TRUE(session.wheel_moves);
        for (const auto& issue : session.issues) {
            EXPECT_EQ(issue.dataset, "trials." + truth.missing_dataset) << issue.message;
        }
        if (!truth.missing_dataset.empty()) ++without;
        for (const auto& column : trial_columns()) {
            if (!truth.missing_dataset.empty() && truth.missing_dataset == column.dataset) {
                EXPECT_TRUE((t.*column.values).empty()) << column.name;
            }
        }
    }
    EXPECT_GT(without, 0U);
    EXPECT_LT(without, 24U);
}

TEST(Simulate, OrdersTheTimesOfATrialAndMovesTheWheelTowardsTheChoice) {
    const TemporaryFolder folder;
    auto options = small(folder.path() / "labs");
    options.missing_rate = 0.0;
    (void)simulate(options);
    std::size_t moved = 0;
    for (const auto& source : alf::find_sessions(folder.path() / "labs")) {
        const auto session = alf::read_session(source);
        EXPECT_TRUE(session.issues.empty());
        const auto& t = session.trials;
        const auto& moves = *session.wheel_moves;
        for (std::size_t i = 0; i < t.count; ++i) {
            EXPECT_LT(t.start_s[i], t.stim_on_trigger_s[i]);
            EXPECT_LT(t.go_cue_trigger_s[i], t.go_cue_s[i]);
            EXPECT_LT(t.go_cue_s[i], t.response_s[i]);
            EXPECT_LT(t.response_s[i], t.feedback_s[i]);
            EXPECT_LT(t.feedback_s[i], t.stim_off_s[i]);
            EXPECT_LT(t.stim_off_s[i], t.end_s[i]);
            if (i > 0) {
                EXPECT_LT(t.end_s[i - 1], t.start_s[i]);
            }
            EXPECT_EQ(std::isnan(t.first_movement_s[i]), t.choice[i] == 0.0);
            if (t.choice[i] == 0.0) continue;
            // Counter-clockwise is positive, and it is choice -1.
            const auto at =
                std::find(moves.onset_s.begin(), moves.onset_s.end(), t.first_movement_s[i]);
            if (at == moves.onset_s.end()) continue;
            const double amplitude =
                moves.peak_amplitude[static_cast<std::size_t>(at - moves.onset_s.begin())];
            EXPECT_EQ(amplitude > 0.0, t.choice[i] == -1.0);
            EXPECT_GT(std::abs(amplitude), 0.28);  // the threshold of 35 degrees
            ++moved;
        }
        EXPECT_GT(session.wheel->sampling_hz, 20.0);
    }
    EXPECT_GT(moved, 24U * 50U);
}

TEST(Simulate, ShowsLearning) {
    const TemporaryFolder folder;
    SimulateOptions options;
    options.out = folder.path() / "labs";
    options.labs = 3;
    options.subjects = 4;
    options.sessions = 25;
    options.trials = 250;
    options.wheel = false;
    const auto result = simulate(options);
    ASSERT_EQ(result.sessions.size(), 300U);
    double first_correct = 0, first_trials = 0, last_correct = 0, last_trials = 0;
    std::set<std::string> biased_subjects;
    std::size_t trials = 0;
    for (std::size_t i = 0; i < result.sessions.size(); ++i) {
        const auto& session = result.sessions[i];
        trials += session.trials;
        EXPECT_GE(session.trials, 200U);
        EXPECT_LE(session.trials, 300U);
        const auto day = i % 25;
        if (day < 2) {
            first_correct += static_cast<double>(session.easy_correct);
            first_trials += static_cast<double>(session.easy_trials);
        }
        if (day >= 22) {
            last_correct += static_cast<double>(session.easy_correct);
            last_trials += static_cast<double>(session.easy_trials);
        }
        if (session.is_biased) biased_subjects.insert(session.subject);
    }
    EXPECT_NEAR(static_cast<double>(trials), 75'000.0, 2'000.0);
    EXPECT_LT(first_correct / first_trials, 0.65);
    EXPECT_GT(last_correct / last_trials, 0.85);
    EXPECT_GE(biased_subjects.size(), 6U);
    EXPECT_LE(biased_subjects.size(), 12U);
}

TEST(Simulate, HasBlocksInTheBiasedTaskAndRepeatsInTraining) {
    const TemporaryFolder folder;
    SimulateOptions options;
    options.out = folder.path() / "labs";
    options.labs = 1;
    options.subjects = 3;
    options.sessions = 25;
    options.trials = 300;
    options.wheel = false;
    options.missing_rate = 0.0;
    const auto result = simulate(options);
    std::size_t biased = 0;
    std::size_t repeated = 0;
    for (const auto& source : alf::find_sessions(options.out)) {
        const auto session = alf::read_session(source);
        const auto& t = session.trials;
        if (session.task_protocol->find("biased") == std::string::npos) {
            for (std::size_t i = 1; i < t.count; ++i) {
                EXPECT_EQ(t.probability_left[i], 0.5);
                if (t.rep_num[i] == 0.0) continue;
                ++repeated;
                EXPECT_EQ(t.rep_num[i], t.rep_num[i - 1] + 1.0);
                EXPECT_EQ(t.signed_contrast[i], t.signed_contrast[i - 1]);
                EXPECT_EQ(t.feedback_type[i - 1], -1.0);
            }
            continue;
        }
        ++biased;
        std::size_t begin = 90;
        for (std::size_t i = 0; i < t.count; ++i) {
            if (i < 90) {
                EXPECT_EQ(t.probability_left[i], 0.5);
                continue;
            }
            EXPECT_TRUE(t.probability_left[i] == 0.2 || t.probability_left[i] == 0.8);
            if (i > 90 && t.probability_left[i] != t.probability_left[i - 1]) {
                EXPECT_GE(i - begin, 20U);
                EXPECT_LE(i - begin, 100U);
                begin = i;
            }
            EXPECT_EQ(t.rep_num[i], 0.0);
        }
    }
    EXPECT_GT(biased, 0U);
    EXPECT_GT(repeated, 100U);
    EXPECT_EQ(result.sessions.size(), 75U);
}

TEST(Simulate, RefusesWhatItCannotDo) {
    const TemporaryFolder folder;
    folder.write("full/file", "x");
    auto options = small(folder.path() / "full");
    const auto kind_of = [&] {
        try {
            (void)simulate(options);
        } catch (const Error& error) {
            return static_cast<int>(error.kind());
        }
        return 0;
    };
    EXPECT_EQ(kind_of(), static_cast<int>(ErrorKind::conflict));
    options.out = folder.path() / "full/file/below";
    EXPECT_EQ(kind_of(), static_cast<int>(ErrorKind::io));
    options.out = folder.path() / "new";
    for (int* count : {&options.labs, &options.subjects, &options.sessions, &options.trials}) {
        const int old = *count;
        *count = 0;
        EXPECT_EQ(kind_of(), static_cast<int>(ErrorKind::usage));
        *count = old;
    }
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "new"));
}

// First outputs of the published SplitMix64 mixing are implied by the state; the moments are known
// by theory.
TEST(Random, HasTheMomentsOfItsDistributions) {
    Random random({1, 2, 3});
    constexpr int n = 200'000;
    double sum = 0, square = 0, uniform = 0, exponential = 0;
    for (int i = 0; i < n; ++i) {
        const double z = random.normal();
        sum += z;
        square += z * z;
        uniform += random.uniform();
        exponential += random.exponential(3.0);
    }
    // Five standard errors.
    EXPECT_NEAR(sum / n, 0.0, 5.0 / std::sqrt(n));
    EXPECT_NEAR(square / n, 1.0, 5.0 * std::sqrt(2.0 / n));
    EXPECT_NEAR(uniform / n, 0.5, 5.0 * 0.289 / std::sqrt(n));
    EXPECT_NEAR(exponential / n, 3.0, 5.0 * 3.0 / std::sqrt(n));
    Random same({1, 2, 3});
    Random other({1, 2, 4});
    const auto first = same.bits();
    EXPECT_EQ(first, Random({1, 2, 3}).bits());
    EXPECT_NE(first, other.bits());
}

}  // namespace
}  // namespace tb::simulated
