#include "compute/task/trial_tally.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>

namespace tb::compute::task {

namespace {

constexpr double probability_tolerance = 1e-6;

/// A number that may be missing, missing ones last and equal to each other.
struct Label {
    double value;

    [[nodiscard]] bool operator<(const Label& other) const {
        if (std::isnan(value) || std::isnan(other.value)) {
            return !std::isnan(value) && std::isnan(other.value);
        }
        return value < other.value;
    }
};

bool is_easy(const TallyCell& cell) {
    return std::abs(cell.signed_contrast) >= easy_contrast;
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["trials"];
    if (rows.empty()) return output.nothing_to_compute("the session has no trial");
    const Trials trials = trials_of(rows);
    if (!trials.has_contrast()) return output.nothing_to_compute("no trial has a contrast");
    const TrialTally tally = trials;
    output.master()
        .set("n_trials", tally.size())
        .set("inferred_protocol",
             std::string(to_string(inferred_protocol(trials.probability_left))))
        .set("median_response_time_s", tally.median_response_time_s);
    std::int64_t number = 0;
    for (const TallyCell& cell : tally.cells) {
        output.part("trial_tally_cell")
            .set("cell", ++number)
            .set("signed_contrast", cell.signed_contrast)
            .set("probability_left", cell.probability_left)
            .set("n_trials", cell.n_trials)
            .set("n_rightward", cell.n_rightward)
            .set("n_leftward", cell.n_leftward)
            .set("n_nogo", cell.n_nogo)
            .set("n_feedback", cell.n_feedback)
            .set("n_rewarded", cell.n_rewarded);
    }
}

}  // namespace

TrialTally::TrialTally(const Trials& trials) {
    std::map<std::pair<Label, Label>, TallyCell> counted;
    std::vector<double> response_time_s;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        const double contrast = trials.contrast(trial);
        const double probability = trials.probability_left[trial];
        const double choice = trials.choice[trial];
        const double feedback = trials.feedback_type[trial];
        TallyCell& cell = counted[{Label{probability}, Label{contrast}}];
        cell.signed_contrast = contrast;
        cell.probability_left = probability;
        ++cell.n_trials;
        if (choice < 0.0) ++cell.n_rightward;
        if (choice > 0.0) ++cell.n_leftward;
        if (choice == 0.0) ++cell.n_nogo;
        if (!std::isnan(feedback)) ++cell.n_feedback;
        if (feedback == 1.0) ++cell.n_rewarded;
        const double time_s = trials.response_time_s(trial);
        response_time_s.push_back(time_s);
        if (contrast == 0.0 && !std::isnan(time_s)) response_times_zero_s.push_back(time_s);
    }
    for (const auto& [labels, cell] : counted) cells.push_back(cell);
    median_response_time_s = median(std::move(response_time_s));
}

std::size_t TrialTally::size() const noexcept {
    std::size_t n = 0;
    for (const TallyCell& cell : cells) n += cell.n_trials;
    return n;
}

void TrialTally::append(const TrialTally& more) {
    cells.insert(cells.end(), more.cells.begin(), more.cells.end());
    response_times_zero_s.insert(response_times_zero_s.end(), more.response_times_zero_s.begin(),
                                 more.response_times_zero_s.end());
    median_response_time_s = nan;
}

TrialTally TrialTally::of_block(double probability) const {
    TrialTally block;
    block.median_response_time_s = nan;
    for (const TallyCell& cell : cells) {
        if (std::abs(cell.probability_left - probability) < probability_tolerance)
            block.cells.push_back(cell);
    }
    return block;
}

bool TrialTally::has_probability(double probability, double tolerance) const {
    return std::ranges::any_of(cells, [&](const TallyCell& cell) {
        return std::abs(cell.probability_left - probability) <= tolerance;
    });
}

bool TrialTally::has_contrast_within(double from, double below) const {
    return std::ranges::any_of(cells, [&](const TallyCell& cell) {
        return std::abs(cell.signed_contrast) >= from && std::abs(cell.signed_contrast) < below;
    });
}

bool TrialTally::has_contrast() const {
    return std::ranges::any_of(
        cells, [](const TallyCell& cell) { return !std::isnan(cell.signed_contrast); });
}

double TrialTally::performance_easy() const {
    std::size_t n_easy = 0;
    std::size_t n_correct = 0;
    for (const TallyCell& cell : cells) {
        if (!is_easy(cell)) continue;
        n_easy += cell.n_trials;
        n_correct += cell.signed_contrast > 0.0 ? cell.n_rightward : cell.n_leftward;
    }
    return share(n_correct, n_easy);
}

double TrialTally::performance_easy_rewarded() const {
    std::size_t n_easy = 0;
    std::size_t n_rewarded = 0;
    for (const TallyCell& cell : cells) {
        if (!is_easy(cell)) continue;
        n_easy += cell.n_feedback;
        n_rewarded += cell.n_rewarded;
    }
    return share(n_rewarded, n_easy);
}

PsychometricPoints TrialTally::points() const {
    struct Level {
        double n = 0.0;
        double n_right = 0.0;
    };
    std::map<double, Level> levels;
    for (const TallyCell& cell : cells) {
        if (std::isnan(cell.signed_contrast) || cell.n_choices() == 0) continue;
        Level& level = levels[100.0 * cell.signed_contrast + 0.0];
        level.n += static_cast<double>(cell.n_choices());
        level.n_right += static_cast<double>(cell.n_rightward);
    }
    PsychometricPoints out;
    for (const auto& [x, level] : levels) {
        out.x.push_back(x);
        out.n.push_back(level.n);
        out.n_right.push_back(level.n_right);
        out.p.push_back(level.n_right / level.n);
    }
    return out;
}

ComputedTable trial_tally_table() {
    return {.name = "task.trial_tally",
            .code_version = 1,
            .fetches = {{"trials", compute_sql_text("task/trial_tally.sql")}},
            .compute = compute};
}

}  // namespace tb::compute::task
