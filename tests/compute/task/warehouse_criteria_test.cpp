#include "compute/task/warehouse_criteria.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using enum TrainingStatus;

/// A session of 60 trials per level of an animal that performs, shifted by `shift` right reports.
Trials expert_trials(double probability_left = 0.5, int shift = 0) {
    Trials trials;
    for (const auto& [contrast, n_right] : {std::pair{-1.0, 1},
                                            {-0.25, 2},
                                            {-0.0625, 15},
                                            {0.0, 30},
                                            {0.0625, 45},
                                            {0.25, 58},
                                            {1.0, 59}}) {
        const bool is_between = std::abs(contrast) < 0.2;
        trials.append(
            testing::level(contrast, 60, n_right + (is_between ? shift : 0), probability_left));
    }
    return trials;
}

Trials block_trials() {
    Trials trials = expert_trials(0.5);
    trials.append(expert_trials(0.2, 12));
    trials.append(expert_trials(0.8, -12));
    return trials;
}

HistorySession session(std::int64_t date, Protocol protocol, Trials trials) {
    return {.date = date,
            .protocol = protocol,
            .is_on_ephys_rig = false,
            .start_delay_s = nan,
            .trials = std::move(trials)};
}

Trials guessing() {
    Trials trials = testing::level(-1.0, 10, 5);
    trials.append(testing::level(1.0, 10, 5));
    return trials;
}

std::vector<TrainingStatus> statuses(const std::vector<HistorySession>& sessions,
                                     bool as_published = false) {
    std::vector<TrainingStatus> result;
    for (const SessionStatus& status : warehouse_history(sessions, as_published))
        result.push_back(status.status);
    return result;
}

TEST(WarehouseHistory, OneGreatSessionIsInTraining) {
    const auto history =
        warehouse_history(std::vector{session(1, Protocol::biased, block_trials())});
    EXPECT_EQ(history[0].status, in_training);
    EXPECT_EQ(history[0].n_days, 1u);
}

TEST(WarehouseHistory, NeedsThreeSessionsAndKeepsWhatWasReached) {
    std::vector<HistorySession> sessions;
    for (int day = 1; day <= 3; ++day)
        sessions.push_back(session(day, Protocol::training, expert_trials()));
    sessions.push_back(session(4, Protocol::training, guessing()));
    EXPECT_EQ(statuses(sessions), (std::vector{in_training, in_training, trained_1b, trained_1b}));
    EXPECT_EQ(warehouse_history(sessions)[2].n_days, 3u);
    sessions[1].date = 1;
    EXPECT_EQ(statuses(sessions)[2], trained_1b) << "sessions are judged, not dates";
    EXPECT_EQ(warehouse_history(sessions)[2].n_days, 2u);
}

// known_troubles.md, section 2, row 13.
TEST(WarehouseHistory, VeryShortSessionsAreJudgedByTheirTrials) {
    std::vector<HistorySession> sessions;
    for (int day = 1; day <= 3; ++day)
        sessions.push_back(session(day, Protocol::training, expert_trials()));
    sessions[1].trials = testing::level(1.0, 3, 3);
    EXPECT_EQ(statuses(sessions), (std::vector{in_training, in_training, in_training}));
    for (int day = 4; day <= 5; ++day)
        sessions.push_back(session(day, Protocol::training, expert_trials()));
    EXPECT_EQ(statuses(sessions).back(), trained_1b) << "it counts while it is among the last three";
}

TEST(WarehouseHistory, ThreeBlockSessionsWithAShiftAreReadyForTheRig) {
    std::vector<HistorySession> sessions;
    for (int day = 1; day <= 3; ++day)
        sessions.push_back(session(day, Protocol::biased, block_trials()));
    EXPECT_EQ(statuses(sessions).back(), ready4ephysrig);
    sessions.push_back(session(4, Protocol::biased, block_trials()));
    sessions.back().is_on_ephys_rig = true;
    EXPECT_EQ(statuses(sessions).back(), ready4delay);
    for (HistorySession& at : sessions) at.is_on_ephys_rig = true;
    sessions.back().start_delay_s = 900.0;
    EXPECT_EQ(statuses(sessions).back(), ready4recording);
}

TEST(WarehouseHistory, GivesUpAfterFortySessions) {
    std::vector<HistorySession> training;
    std::vector<HistorySession> biased;
    for (int day = 1; day <= 41; ++day) {
        training.push_back(session(day, Protocol::training, guessing()));
        biased.push_back(session(day, Protocol::biased, guessing()));
    }
    EXPECT_EQ(statuses(training)[38], in_training);
    EXPECT_EQ(statuses(training)[39], untrainable);
    EXPECT_EQ(statuses(biased)[38], in_training);
    EXPECT_EQ(statuses(biased)[39], unbiasable);
    EXPECT_EQ(statuses(biased)[40], unbiasable);
    EXPECT_EQ(statuses(biased, true)[40], untrainable) << "as published";
}

using Record = std::map<std::string, std::string>;

std::vector<Record> read_records(const std::filesystem::path& path) {
    std::ifstream file(path);
    const auto cells_of = [](const std::string& line) {
        std::vector<std::string> cells;
        std::stringstream stream(line);
        for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
        return cells;
    };
    std::string line;
    std::getline(file, line);
    const std::vector<std::string> names = cells_of(line);
    std::vector<Record> records;
    while (std::getline(file, line)) {
        const std::vector<std::string> cells = cells_of(line);
        Record record;
        for (std::size_t i = 0; i < names.size(); ++i)
            record[names[i]] = i < cells.size() ? cells[i] : "";
        records.push_back(std::move(record));
    }
    return records;
}

double number_of(const std::string& cell) {
    return cell.empty() ? nan : std::stod(cell);
}

// The statuses that the reference's own code stored for a cohort (vectors/ibl_behavior).
TEST(WarehouseHistory, IsThatOfTheReferenceForACohort) {
    TB_NEED_SHARED(shared);
    const auto folder = shared / "vectors/ibl_behavior";
    std::vector<Record> sessions = read_records(folder / "_cohort/sessions.csv");
    std::map<std::size_t, Trials> trials;
    for (const Record& row : read_records(folder / "_cohort/trials.csv")) {
        Trials& into = trials[std::stoul(row.at("session_row")) - 1];
        if (row.at("choice").empty() || row.at("probabilityLeft").empty()) continue;
        into.signed_contrast.push_back(
            signed_contrast(number_of(row.at("contrastLeft")), number_of(row.at("contrastRight"))));
        into.choice.push_back(number_of(row.at("choice")));
        into.feedback_type.push_back(number_of(row.at("feedbackType")));
        into.probability_left.push_back(number_of(row.at("probabilityLeft")));
        into.stim_on_s.push_back(number_of(row.at("stimOn_times")));
        into.go_cue_trigger_s.push_back(number_of(row.at("goCueTrigger_times")));
        into.response_s.push_back(number_of(row.at("response_times")));
    }
    std::map<std::string, std::vector<std::size_t>> of_subject;
    for (const auto& [row, unused] : trials)
        of_subject[sessions[row].at("subject_uuid")].push_back(row);
    std::map<std::string, std::string> found;
    for (auto& [subject, rows] : of_subject) {
        std::ranges::sort(rows, {},
                          [&](std::size_t row) { return sessions[row].at("session_start_time"); });
        std::vector<HistorySession> history;
        for (const std::size_t row : rows) {
            const Record& at = sessions[row];
            history.push_back(
                {.date = std::ssize(history),
                 .protocol = protocol_of(at.at("task_protocol")).value_or(Protocol::training),
                 .is_on_ephys_rig = at.at("pybpod_board").find("ephys") != std::string::npos,
                 .start_delay_s = number_of(at.at("session_delay_sec")),
                 .trials = trials[row]});
        }
        const std::vector<SessionStatus> statuses = warehouse_history(history, true);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            std::string status(to_string(statuses[i].status));
            std::ranges::replace(status, ' ', '_');
            found[sessions[rows[i]].at("session_uuid")] = status;
        }
    }
    const std::vector<Record> expected =
        read_records(folder / "warehouse_session_training_status/expected_rows.csv");
    ASSERT_EQ(expected.size(), found.size());
    for (const Record& row : expected) {
        EXPECT_EQ(found[row.at("session_uuid")], row.at("training_status"))
            << row.at("session_uuid") << " " << row.at("session_start_time");
    }
}

}  // namespace
}  // namespace tb::compute::task
