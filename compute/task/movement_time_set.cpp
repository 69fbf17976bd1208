#include "compute/task/movement_time_set.hpp"

#include "compute/task/trials.hpp"
#include "compute/task/wheel_movements.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>

namespace tb::compute::task {

namespace {

constexpr double default_quiescent_period_s = 0.2;

/// The earlier of two times; the other where one is missing.
double earlier(double one, double other) {
    return std::fmin(one, other);
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& movements = inputs["movements"];
    const FetchedRows& rows = inputs["trials"];
    if (rows.empty()) return output.nothing_to_compute("the session has no trial");
    const MovementTimes found =
        movement_times(movements.numbers("onset_s"), movements.numbers("peak_amplitude_rad"),
                       {.stim_on_s = rows.numbers("stim_on_s"),
                        .go_cue_s = rows.numbers("go_cue_s"),
                        .response_s = rows.numbers("response_s"),
                        .feedback_s = rows.numbers("feedback_s"),
                        .quiescent_period_s = rows.numbers("quiescent_period_s")});
    std::vector<double> reaction_times_s;
    std::vector<double> movement_times_s;
    for (const MovementTime& time : found.times) {
        reaction_times_s.push_back(time.reaction_time_s);
        movement_times_s.push_back(time.movement_time_s);
        output.part("movement_time")
            .set("trial", rows.integers("trial")[time.trial])
            .set("movement", movements.integers("movement")[time.movement])
            .set("movement_onset_s", time.onset_s)
            .set("is_final_movement", bool{time.is_final})
            .set("reaction_time_s", time.reaction_time_s)
            .set("movement_time_s", time.movement_time_s)
            .set("response_time_s", time.response_time_s());
    }
    output.master()
        .set("n_trials", rows.size())
        .set("n_with_movement", found.times.size())
        .set("n_out_of_order", found.n_out_of_order)
        .set("median_reaction_time_s", median(reaction_times_s))
        .set("median_movement_time_s", median(movement_times_s));
}

}  // namespace

MovementTimes movement_times(std::span<const double> onsets_s,
                             std::span<const double> amplitudes_rad, const TrialEvents& trials) {
    std::vector<double> quiescent_s(trials.quiescent_period_s.begin(),
                                    trials.quiescent_period_s.end());
    for (double& period_s : quiescent_s) {
        if (std::isnan(period_s)) period_s = default_quiescent_period_s;
    }
    const std::vector<FirstMovement> first =
        first_movements(onsets_s, amplitudes_rad, trials.go_cue_s, trials.feedback_s, quiescent_s);
    MovementTimes out;
    double before_s = -std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < first.size(); ++i) {
        const double start_s = earlier(trials.stim_on_s[i], trials.go_cue_s[i]);
        const double end_s = earlier(trials.response_s[i], trials.feedback_s[i]);
        const bool is_out_of_order = start_s <= before_s || end_s <= start_s;
        if (!std::isnan(start_s)) before_s = std::fmax(before_s, start_s);
        if (is_out_of_order) {
            ++out.n_out_of_order;
            continue;
        }
        // A movement is only looked for between a go cue and a feedback: start and end are known.
        if (!first[i].movement) continue;
        out.times.push_back({.trial = i,
                             .movement = *first[i].movement,
                             .onset_s = first[i].onset_s,
                             .is_final = first[i].is_final,
                             .reaction_time_s = first[i].onset_s - start_s,
                             .movement_time_s = end_s - first[i].onset_s});
    }
    return out;
}

ComputedTable movement_time_set_table() {
    return {.name = "task.movement_time_set",
            .code_version = 1,
            .fetches = {{"movements", compute_sql_text("task/movement_time_set_movements.sql")},
                        {"trials", compute_sql_text("task/movement_time_set_trials.sql")}},
            .compute = compute,
            .keys_per_transaction = 20};
}

}  // namespace tb::compute::task
