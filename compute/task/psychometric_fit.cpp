#include "compute/task/psychometric_fit.hpp"

#include "compute/task/reaction_time.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace tb::compute::task {

namespace {

std::size_t count(const FetchedRows& rows, std::string_view column) {
    return static_cast<std::size_t>(rows.integers(column)[0]);
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["trials"];
    if (rows.empty()) return output.nothing_to_compute("the session has no trial");
    const Trials trials = trials_of(rows);
    if (!trials.has_contrast()) return output.nothing_to_compute("no trial has a contrast");
    const PsychometricParams params = psychometric_params_of(inputs["params"], inputs.key);

    const FetchedRows& session = inputs["session"];
    const std::string recorded =
        session.empty() ? std::string() : session.texts("task_protocol")[0];
    const std::optional<Protocol> known = protocol_of(recorded);
    const Protocol protocol = known.value_or(inferred_protocol(trials.probability_left));
    // Without a protocol and without probabilities nobody knows the blocks.
    const bool knows_blocks = known || trials.has_probability();

    const TrialsFit all = fit_trials(trials, params.configuration);
    std::map<int, TrialsFit> fit_of_block;
    for (const TrialBlock& block :
         knows_blocks ? trial_blocks(trials, protocol) : std::vector<TrialBlock>()) {
        if (!block.is_all_trials && block.trials.size() < params.min_trials) continue;
        const TrialsFit fitted =
            block.is_all_trials ? all : fit_trials(block.trials, params.configuration);
        set_fit_columns(output.part("psychometric_block")
                            .set("block", block.block)
                            .set("prob_left", block.probability_left)
                            .set("is_all_trials", block.is_all_trials),
                        fitted);
        for (std::size_t level = 0; level < fitted.points.size(); ++level) {
            set_point_columns(output.part("psychometric_point").set("block", block.block), fitted,
                              level);
        }
        fit_of_block[block.block] = fitted;
    }
    Row& master = output.master();
    set_fit_columns(master, all);
    if (!fit_of_block.contains(20) || !fit_of_block.contains(80)) {
        master.set("bias_shift_percent", Value()).set("bias_shift_quality", Value());
        return;
    }
    const TrialsFit& of_20 = fit_of_block[20];
    const TrialsFit& of_80 = fit_of_block[80];
    master.set("bias_shift_percent", of_80.fit.bias() - of_20.fit.bias())
        .set("bias_shift_quality", std::string(to_string(worse_of(of_20.quality, of_80.quality))));
}

}  // namespace

TrialsFit fit_trials(const Trials& trials, const FitConfiguration& configuration) {
    std::vector<double> contrast(trials.size());
    for (std::size_t trial = 0; trial < trials.size(); ++trial)
        contrast[trial] = trials.contrast(trial);
    TrialsFit fitted;
    fitted.points = points_of(contrast, trials.choice, configuration.grouping);
    fitted.fit = fit_psychometric(fitted.points, configuration);
    fitted.quality = fit_quality(fitted.points, configuration, fitted.fit);
    return fitted;
}

PsychometricParams psychometric_params_of(const FetchedRows& rows, std::string_view key) {
    if (rows.empty()) throw Error(ErrorKind::data, "no parameter row for " + std::string(key));
    const auto number = [&](std::string_view column) { return rows.numbers(column)[0]; };
    // A null bias is NaN here: the mean, the least, the greatest level.
    return {
        .configuration = {.name = std::string(key),
                          .model = PsychometricModel::erf_psycho_2gammas,
                          .start = {number("start_bias_percent"), number("start_threshold_percent"),
                                    number("start_lapse_low"), number("start_lapse_high")},
                          .min = {number("min_bias_percent"), number("min_threshold_percent"), 0.0,
                                  0.0},
                          .max = {number("max_bias_percent"), number("max_threshold_percent"),
                                  number("max_lapse_low"), number("max_lapse_high")},
                          .runs = count(rows, "n_starts"),
                          .least_levels = count(rows, "min_levels"),
                          .grouping = grouping_named(rows.texts("point_grouping")[0])},
        .min_trials = count(rows, "min_trials")};
}

void set_fit_columns(Row& row, const TrialsFit& fitted) {
    row.set("bias_percent", fitted.fit.bias())
        .set("threshold_percent", fitted.fit.threshold())
        .set("lapse_low", fitted.fit.lapse_low())
        .set("lapse_high", fitted.fit.lapse_high())
        .set("log_likelihood", fitted.fit.log_likelihood)
        .set("r_squared", fitted.fit.r_squared)
        .set("n_trials", static_cast<std::int64_t>(fitted.points.n_trials()))
        .set("n_levels", fitted.points.size())
        .set("fit_quality", std::string(to_string(fitted.quality)));
}

void set_point_columns(Row& row, const TrialsFit& fitted, std::size_t level) {
    const PsychometricPoints& points = fitted.points;
    row.set("signed_contrast", points.x[level] / 100.0)
        .set("n_trials", static_cast<std::int64_t>(points.n[level]))
        .set("n_rightward", static_cast<std::int64_t>(points.n_right[level]))
        .set("p_rightward", points.p[level])
        .set("predicted", std::clamp(fitted.fit.predicted[level], 0.0, 1.0));  // round-off
}

ComputedTable psychometric_fit_table() {
    return {.name = "task.psychometric_fit",
            .code_version = 5,
            .fetches = {{"trials", compute_sql_text("task/psychometric_fit.sql")},
                        {"session", compute_sql_text("task/session_protocol.sql")},
                        {"params", compute_sql_text("task/psychometric_params.sql")}},
            .compute = compute};
}

}  // namespace tb::compute::task
