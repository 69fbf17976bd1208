#include "compute/task/pooled_psychometric_fit.hpp"

#include <cmath>

namespace tb::compute::task {

namespace {

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["trials"];
    if (rows.empty()) return output.nothing_to_compute("the sessions of the set have no trial");
    const Trials trials = trials_of(rows);
    if (!trials.has_contrast()) return output.nothing_to_compute("no trial has a contrast");

    const PsychometricParams params = psychometric_params_of(inputs["params"], inputs.key);
    const TrialsFit fitted = fit_trials(trials, params.configuration);
    const PooledPerformance performance = pooled_performance(trials);
    Row& master = output.master();
    set_fit_columns(master, fitted);
    master.set("n_sessions", inputs["sessions"].integers("n_sessions")[0])
        .set("fraction_correct_easy", performance.fraction_correct_easy)
        .set("fraction_right_zero", performance.fraction_right_zero)
        .set("median_response_time_s", performance.median_response_time_s);
    for (std::size_t level = 0; level < fitted.points.size(); ++level) {
        set_point_columns(output.part("pooled_psychometric_point"), fitted, level);
    }
}

}  // namespace

PooledPerformance pooled_performance(const Trials& trials) {
    std::size_t n_easy = 0;
    std::size_t n_easy_rewarded = 0;
    std::size_t n_zero = 0;
    std::size_t n_zero_right = 0;
    std::vector<double> response_time_s;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        const double contrast = trials.contrast(trial);
        if (contrast > easy_contrast && !std::isnan(trials.feedback_type[trial])) {
            ++n_easy;
            if (trials.feedback_type[trial] == 1.0) ++n_easy_rewarded;
        }
        if (trials.choice[trial] == 0.0 || std::isnan(trials.choice[trial])) continue;
        response_time_s.push_back(trials.response_time_s(trial));
        if (contrast == 0.0) {
            ++n_zero;
            if (trials.choice[trial] == -1.0) ++n_zero_right;
        }
    }
    return {share(n_easy_rewarded, n_easy), share(n_zero_right, n_zero),
            median(std::move(response_time_s))};
}

ComputedTable pooled_psychometric_fit_table() {
    return {.name = "task.pooled_psychometric_fit",
            .code_version = 3,
            .fetches = {{"trials", compute_sql_text("task/pooled_psychometric_fit.sql")},
                        {"sessions", compute_sql_text("task/pooled_psychometric_fit_sessions.sql")},
                        {"params", compute_sql_text("task/psychometric_params.sql")}},
            .compute = compute,
            .keys_per_transaction = 10};
}

}  // namespace tb::compute::task
