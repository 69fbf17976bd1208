// Performance, block structure and training status.

#include "compute/task/block_structure.hpp"
#include "compute/task/psychometric_fit.hpp"
#include "compute/task/session_performance.hpp"
#include "compute/task/status_fits.hpp"
#include "compute/task/training_criteria.hpp"
#include "compute/task/trials.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

namespace task = compute::task;
using task::Trials;

Trials read_trials(const CsvText& csv) {
    const auto column = [&](const char* name) {
        return csv.has(name) ? csv.numbers(name) : std::vector<double>(csv.rows, nan);
    };
    const std::vector<double> left = csv.numbers("contrastLeft");
    const std::vector<double> right = csv.numbers("contrastRight");
    Trials trials;
    trials.choice = csv.numbers("choice");
    for (std::size_t trial = 0; trial < csv.rows; ++trial) {
        trials.signed_contrast.push_back(task::signed_contrast(left[trial], right[trial]));
    }
    trials.feedback_type = column("feedbackType");
    trials.probability_left = column("probabilityLeft");
    trials.stim_on_s = column("stimOn_times");
    trials.go_cue_trigger_s = column("goCueTrigger_times");
    trials.response_s = column("response_times");
    return trials;
}

struct Columns {
    Json signed_contrasts = Json::array();
    Json n = Json::array();
    Json prob_right = Json::array();
    Json rewarded = Json::array();
    Json median_response_time_s = Json::array();
};

Columns columns_of(const Trials& trials) {
    Columns columns;
    for (const task::ContrastCounts& count : task::contrast_counts(trials)) {
        columns.signed_contrasts.push_back(100.0 * count.signed_contrast);
        columns.n.push_back(count.n_trials);
        columns.prob_right.push_back(task::share(count.n_rightward, count.n_trials));
        columns.rewarded.push_back(task::share(count.n_rewarded, count.n_trials));
        columns.median_response_time_s.push_back(count.median_response_time_s);
    }
    return columns;
}

double median_response_time_s(const Trials& trials, bool only_zero) {
    std::vector<double> values;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        if (!only_zero || trials.contrast(trial) == 0.0)
            values.push_back(trials.response_time_s(trial));
    }
    return task::median(std::move(values));
}

// --- fits

using Parameters = std::array<double, 4>;  // bias, threshold, lapse low, lapse high

/// How our fit stands to the reference's parameters. The reference's restarts are random: ours must
/// be as likely, and its parameters are only comparable where the likelihood pins them. It does not
/// where ours is clearly likelier, or where other parameters give the same predictions at every
/// contrast shown.
struct FitComparison {
    double ours = 0.0;
    double reference = 0.0;
    bool is_as_likely = false;
    bool is_pinned = false;
};

FitComparison compare_fits(const task::TrialsFit& fitted, const Parameters& reference) {
    constexpr auto model = task::PsychometricModel::erf_psycho_2gammas;
    const std::vector<double> theirs =
        task::psychometric_function(model, reference, fitted.points.x);
    FitComparison result;
    result.ours = fitted.fit.log_likelihood;
    result.reference = -task::negative_log_likelihood(model, reference, fitted.points);
    result.is_as_likely = result.ours >= result.reference - 1e-3;
    double largest = 0.0;
    for (std::size_t level = 0; level < theirs.size(); ++level) {
        largest = std::max(largest, std::abs(fitted.fit.predicted[level] - theirs[level]));
    }
    const bool is_likelier = result.ours > result.reference + 1e-3;
    result.is_pinned = !is_likelier && largest > 2e-3;
    return result;
}

void judge_near(Run& run, const std::string& path, double got, double tolerance, bool is_excused) {
    if (!run.expects(path)) return;
    const double want = as_number(run.expected_value(path)).value_or(nan);
    const bool is_right = (std::isnan(got) && std::isnan(want)) ||
                          std::abs(got - want) <= tolerance ||
                          (is_excused && !std::isnan(got) && !std::isnan(want));
    run.judge(path, is_right,
              "got " + std::to_string(got) + ", want " + std::to_string(want) + ", tolerance " +
                  std::to_string(tolerance));
}

void performance(const Case& input, Run& run) {
    run.tolerance({0.0, 1e-12});
    const Trials trials = read_trials(input.csv("trials"));
    const std::string session_type = input.input("session_type").get<std::string>();
    const task::SessionPerformance basic = task::session_performance(trials);
    run.give("n_trials", basic.n_trials);
    run.give("fraction_correct", basic.fraction_correct);
    // The peer's easy trials are all of non-zero contrast; ours are the ones from 50 %.
    run.give("fraction_correct_easy", basic.fraction_correct_nonzero);
    run.give("fraction_correct_contrast_ge_50_percent", basic.fraction_correct_easy);
    run.give("nogo_fraction", basic.nogo_fraction);

    std::map<double, std::pair<std::size_t, std::size_t>> go_by_contrast;  // rewarded, all
    std::set<double> shown;
    Json sides = {{"stim_side", Json::array()},
                  {"contrast", Json::array()},
                  {"signed_contrast", Json::array()}};
    const CsvText csv = input.csv("trials");
    const std::vector<double> left = csv.numbers("contrastLeft");
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        const double percent = 100.0 * trials.contrast(trial);
        shown.insert(std::abs(percent));
        sides["stim_side"].push_back(std::isnan(left[trial]) ? "right" : "left");
        sides["contrast"].push_back(std::abs(percent));
        sides["signed_contrast"].push_back(percent);
        if (trials.choice[trial] == 0.0) continue;
        auto& [rewarded, all] = go_by_contrast[std::abs(percent)];
        ++all;
        if (trials.feedback_type[trial] == 1.0) ++rewarded;
    }
    run.give("contrasts", to_json_array(shown));
    run.give("expected_contrasts.csv", sides);
    for (const auto& [contrast, counts] : go_by_contrast) {
        const std::string key = Json(contrast).dump();
        run.give("fraction_correct_by_contrast/" + key, task::share(counts.first, counts.second));
    }

    const Columns columns = columns_of(trials);
    run.give("brainbox", {{"signed_contrasts", columns.signed_contrasts},
                          {"median_response_time", columns.median_response_time_s},
                          {"n", columns.n},
                          {"performance", columns.rewarded},
                          {"prob_right", columns.prob_right},
                          {"performance_easy", task::performance_easy_rewarded(trials)},
                          {"median_rt_zero", median_response_time_s(trials, true)}});

    const bool is_blocked = session_type == "biased" || session_type == "ephys";
    std::map<std::string, double> bias;
    bool is_shift_pinned = true;
    for (const auto& [block, probability] :
         std::vector<std::pair<std::string, double>>{{"50", 0.5}, {"20", 0.2}, {"80", 0.8}}) {
        const Trials of_block = trials.of_block(probability);
        if (block != "50" && (!is_blocked || of_block.size() < 10)) continue;
        const std::string name = "psych_" + block + "_";
        run.give(name + "n_trials", of_block.size());
        const auto wanted = [&](const char* what) {
            return as_number(run.expected_value(name + what)).value_or(nan);
        };
        if (of_block.empty()) {
            for (const char* what :
                 {"bias", "threshold", "lapse_left", "lapse_right", "r_squared"}) {
                run.give(name + what, nan);
            }
            continue;
        }
        const task::TrialsFit fitted =
            task::fit_trials(of_block, task::fit_configuration("plotting"));
        const task::PsychometricFit& fit = fitted.fit;
        bias[block] = fit.bias();
        const Parameters reference = {wanted("bias"), wanted("threshold"), wanted("lapse_right"),
                                      wanted("lapse_left")};
        const FitComparison comparison = compare_fits(fitted, reference);
        run.at_least(name + "log_likelihood", fit.log_likelihood, wanted("log_likelihood") - 1e-3);
        const bool is_excused = !comparison.is_pinned && comparison.is_as_likely;
        if (block != "50" && is_excused) is_shift_pinned = false;
        judge_near(run, name + "bias", fit.bias(), 0.5, is_excused);
        judge_near(run, name + "threshold", fit.threshold(), 0.5, is_excused);
        judge_near(run, name + "lapse_right", fit.lapse_low(), 0.02, is_excused);
        judge_near(run, name + "lapse_left", fit.lapse_high(), 0.02, is_excused);
        judge_near(run, name + "r_squared", fit.r_squared, 0.01, is_excused);
    }
    if (bias.contains("20") && bias.contains("80")) {
        judge_near(run, "bias_shift", bias["80"] - bias["20"], 1.0, !is_shift_pinned);
    }
}

void session_summary(const Case& input, Run& run) {
    const Trials trials = read_trials(input.csv("trials"));
    const Columns columns = columns_of(trials);
    run.give("n_trials", trials.size());
    run.give("performance_easy", task::performance_easy_rewarded(trials));
    run.give("signed_contrasts", columns.signed_contrasts);
    run.give("n_contrasts", columns.n);
    run.give("prob_right", columns.prob_right);
    run.give("prop_correct", columns.rewarded);
    run.give("median_rt_by_contrast", columns.median_response_time_s);
    run.give("median_rt_all", median_response_time_s(trials, false));
    run.give("median_rt_zero", median_response_time_s(trials, true));
    for (const auto& [block, probability] :
         std::vector<std::pair<std::string, double>>{{"20", 0.2}, {"50", 0.5}, {"80", 0.8}}) {
        const Columns of_block = columns_of(trials.of_block(probability));
        run.give("block_" + block, {{"signed_contrasts", of_block.signed_contrasts},
                                    {"n_contrasts", of_block.n},
                                    {"prob_right", of_block.prob_right}});
    }
}

// --- blocks

void block_structure(const Case&, Run& run) {
    const auto give_sequences = [&] {
        const std::size_t n = run.expected_value("sequences").size();
        for (std::size_t i = 0; i < n; ++i) {
            const std::string path = "sequences/" + std::to_string(i) + "/";
            const std::vector<double> probability =
                as_numbers(run.expected_value(path + "probability_left"), "probability_left");
            run.is_input(path + "probability_left");
            const task::BlockStructure structure = task::block_structure(probability);
            run.give(path + "lengths", to_json_array(task::block_lengths(probability)));
            run.give(path + "result", {{"valid", !structure.is_flagged},
                                       {"min_block_length", structure.min_block_length},
                                       {"n_blocks", structure.n_blocks},
                                       {"flagged", structure.is_flagged}});
        }
    };
    if (run.expects("sequences")) give_sequences();
    if (!run.expects("reconstruct")) return;
    const std::size_t n = run.expected_value("reconstruct").size();
    for (std::size_t i = 0; i < n; ++i) {
        const std::string path = "reconstruct/" + std::to_string(i) + "/";
        for (const char* name : {"n_trials", "len_blocks", "positions", "block_probability_set"}) {
            run.is_input(path + name);
        }
        task::BlockPlan plan;
        for (const double length :
             as_numbers(run.expected_value(path + "len_blocks"), "len_blocks")) {
            plan.block_lengths.push_back(static_cast<std::size_t>(length));
        }
        plan.positions = as_numbers(run.expected_value(path + "positions"), "positions");
        plan.block_probability_set =
            as_numbers(run.expected_value(path + "block_probability_set"), "block_probability_set");
        const std::vector<double> reconstructed = task::reconstruct_probability_left(
            plan, run.expected_value(path + "n_trials").get<std::size_t>());
        const std::vector<double> wanted =
            as_numbers(run.expected_value(path + "expected"), "expected");
        run.give(path + "expected", to_json_array(reconstructed));
        run.give(path + "match_true", task::is_same_probability_left(wanted, reconstructed));
    }
}

// --- training

task::CriterionFit criterion_fit(const Json& parameters) {
    const std::vector<double> values = as_numbers(parameters, "psychometric parameters");
    if (values.size() != 4) throw Error(ErrorKind::data, "four psychometric parameters expected");
    return {values[0], values[1], values[2], values[3]};
}

task::TrainingMetrics metrics_of(const Json& row, const char* performance_name) {
    task::TrainingMetrics metrics;
    metrics.all = criterion_fit(row.at("psych"));
    metrics.block_20 = criterion_fit(row.at("psych_20"));
    metrics.block_80 = criterion_fit(row.at("psych_80"));
    metrics.n_trials = as_numbers(row.at("n_trials"), "n_trials");
    metrics.performance_easy = as_numbers(row.at(performance_name), performance_name);
    metrics.median_response_time_zero_s = as_number(row.at("rt")).value_or(nan);
    if (row.contains("has_zero")) {
        metrics.has_zero_contrast = row.at("has_zero").get<bool>();
    } else {
        const std::vector<double> contrasts =
            as_numbers(row.at("signed_contrast"), "signed_contrast");
        metrics.has_zero_contrast = std::ranges::count(contrasts, 0.0) > 0;
    }
    metrics.n_ephys = row.at("n_ephys").get<std::size_t>();
    metrics.n_delay = row.at("n_delay").get<std::size_t>();
    if (metrics.n_ephys > 0) {
        metrics.ephys_n_trials = metrics.n_trials;
        metrics.ephys_performance_easy = metrics.performance_easy;
    }
    return metrics;
}

void photometry_training_criteria(const Case&, Run& run) {
    const std::size_t n = run.expected_value("expected").size();
    for (std::size_t i = 0; i < n; ++i) {
        const std::string path = "expected/" + std::to_string(i) + "/";
        const task::TrainingMetrics metrics =
            metrics_of(run.expected_value("expected").at(i), "perf_easy");
        for (const char* name : {"psych", "psych_20", "psych_80", "n_trials", "perf_easy", "rt",
                                 "signed_contrast", "n_ephys", "n_delay"}) {
            run.is_input(path + name);
        }
        run.give(path + "pass_1a", is_all_passed(task::trained_1a_checks(metrics)));
        run.give(path + "pass_1b", is_all_passed(task::trained_1b_checks(metrics)));
        run.give(path + "pass_ephys", is_all_passed(task::ready4ephysrig_checks(metrics)));
        run.give(path + "pass_delay", is_all_passed(task::ready4delay_checks(metrics)));
        run.give(path + "pass_recording", is_all_passed(task::ready4recording_checks(metrics)));
    }
}

void brainbox_training_criteria(const Case& input, Run& run) {
    Json trained_1a = Json::array();
    Json trained_1b = Json::array();
    Json ephysrig = Json::array();
    Json delay = Json::array();
    Json recording = Json::array();
    for (const Json& row : input.input("rows")) {
        const task::TrainingMetrics metrics = metrics_of(row, "performance_easy");
        trained_1a.push_back(is_all_passed(task::trained_1a_checks(metrics)));
        trained_1b.push_back(is_all_passed(task::trained_1b_checks(metrics)));
        ephysrig.push_back(is_all_passed(task::ready4ephysrig_checks(metrics)));
        delay.push_back(is_all_passed(task::ready4delay_checks(metrics)));
        recording.push_back(is_all_passed(task::ready4recording_checks(metrics)));
    }
    run.give_all({{"trained_1a", trained_1a},
                  {"trained_1b", trained_1b},
                  {"ready4ephysrig", ephysrig},
                  {"ready4delay", delay},
                  {"ready4recording", recording}});
}

task::Protocol protocol_named(const std::string& name) {
    const auto protocol = task::protocol_of(name);
    if (!protocol) throw Error(ErrorKind::data, "no task is called " + name);
    return *protocol;
}

/// The name of a status in the criteria of the library: `trained_1b`.
std::string criterion_name(task::TrainingStatus status) {
    std::string name(to_string(status));
    std::ranges::replace(name, ' ', '_');
    return name;
}

struct Judged {
    task::TrainingMetrics metrics;
    task::TrainingVerdict verdict;
    Trials pooled;
};

Judged judge_days(const std::vector<Trials>& days, const std::vector<std::string>& protocols,
                  const std::vector<std::string>& dates,
                  const std::vector<std::string>& ephys_dates, std::size_t n_delay) {
    std::vector<task::TrainingDay> judged;
    const std::vector<task::TrialTally> tallies(days.begin(), days.end());
    std::vector<task::Protocol> kinds;
    Judged result;
    for (std::size_t i = 0; i < days.size(); ++i) {
        kinds.push_back(protocol_named(protocols.at(i)));
        judged.push_back(
            {kinds.back(), std::ranges::count(ephys_dates, dates.at(i)) > 0, false, &tallies[i]});
        result.pooled.append(days[i]);
    }
    task::StatusFits fits;
    result.metrics = task::training_metrics(judged, fits);
    result.metrics.n_delay = n_delay;
    result.verdict = task::judge_training(result.metrics, kinds);
    return result;
}

void judge_parameters(Run& run, const std::string& name, const Trials& trials) {
    if (!run.expects(name)) return;
    const std::vector<double> want = as_numbers(run.expected_value(name), name);
    const task::TrialsFit fitted = task::fit_trials(trials, task::fit_configuration("status"));
    const task::PsychometricFit& fit = fitted.fit;
    const Parameters reference = {want.at(0), want.at(1), want.at(2), want.at(3)};
    const Parameters ours = {fit.bias(), fit.threshold(), fit.lapse_low(), fit.lapse_high()};
    const FitComparison comparison = compare_fits(fitted, reference);
    const Tolerance tolerance = run.tolerance_of(name);
    for (std::size_t i = 0; i < 4; ++i) {
        const bool is_near = std::abs(ours[i] - reference[i]) <=
                             tolerance.atol + tolerance.rtol * std::abs(reference[i]);
        run.judge(name + "/" + std::to_string(i),
                  comparison.is_as_likely && (is_near || !comparison.is_pinned),
                  "got " + std::to_string(ours[i]) + ", want " + std::to_string(reference[i]) +
                      ", log-likelihood " + std::to_string(comparison.ours) + " and " +
                      std::to_string(comparison.reference));
    }
}

void brainbox_training_status(const Case& input, Run& run) {
    const auto texts = [&](const char* name) {
        return input.has_param(name) ? input.param(name).get<std::vector<std::string>>()
                                     : std::vector<std::string>{};
    };
    const std::vector<std::string> protocols = texts("protocols");
    std::vector<Trials> days;
    for (std::size_t i = 1; i <= protocols.size(); ++i) {
        days.push_back(read_trials(input.csv("trials_" + std::to_string(i))));
    }
    const Judged judged =
        judge_days(days, protocols, texts("session_dates"), texts("ephys_session_dates"),
                   static_cast<std::size_t>(input.number_param("n_delay", 0.0)));
    run.give("training_status", std::string(to_string(judged.verdict.status)));
    run.give("performance_easy", to_json_array(judged.metrics.performance_easy));
    run.give("n_trials", to_json_array(judged.metrics.n_trials));
    run.give("median_rt_zero", judged.metrics.median_response_time_zero_s);
    run.give("next_criterion", criterion_name(judged.verdict.next));
    Json passed = Json::object();
    for (const auto& [name, is_passed] : judged.verdict.checks) passed[name] = is_passed;
    run.give("criteria_passed", passed);
    judge_parameters(run, "psych", judged.pooled);
    judge_parameters(run, "psych_20", judged.pooled.of_block(0.2));
    judge_parameters(run, "psych_80", judged.pooled.of_block(0.8));
}

void photometry_training_status(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const std::size_t n = run.expected_value("expected").size();
    for (std::size_t i = 0; i < n; ++i) {
        const std::string path = "expected/" + std::to_string(i) + "/";
        const Json& want = run.expected_value("expected").at(i);
        for (const char* name : {"sessions", "protocols", "ephys_dates", "n_delay"})
            run.is_input(path + name);
        const auto dates = want.at("sessions").get<std::vector<std::string>>();
        const auto protocols = want.at("protocols").get<std::vector<std::string>>();
        std::vector<Trials> days;
        for (const std::string& date : dates)
            days.push_back(read_trials(input.csv("trials_" + date)));
        const Judged judged = judge_days(days, protocols, dates,
                                         want.at("ephys_dates").get<std::vector<std::string>>(),
                                         want.at("n_delay").get<std::size_t>());
        const task::TrainingMetrics& metrics = judged.metrics;
        run.give(path + "status", std::string(to_string(judged.verdict.status)));
        run.give(path + "perf_easy", to_json_array(metrics.performance_easy));
        run.give(path + "n_trials", to_json_array(metrics.n_trials));
        run.give(path + "rt", metrics.median_response_time_zero_s);

        for (const auto& [name, is_passed] : judged.verdict.checks) {
            run.give(path + "criteria/" + name + "/passed", is_passed);
        }
        run.give(path + "criteria/Criteria/value", criterion_name(judged.verdict.next));
        run.give(path + "criteria/Criteria/passed", is_all_passed(judged.verdict.checks));
        // What was judged by: exact, but for the parameters of fits with random restarts.
        const auto of_delay = judged.verdict.next == task::TrainingStatus::ready4delay;
        const std::string criteria = path + "criteria/";
        run.give(criteria + "Zero_contrast/value", columns_of(judged.pooled).signed_contrasts);
        run.give(criteria + "N_trials/value",
                 to_json_array(of_delay ? metrics.ephys_n_trials : metrics.n_trials));
        for (const char* name : {"Perf_easy", "Perf_tasy"}) {
            run.give(criteria + name + "/value",
                     to_json_array(of_delay ? metrics.ephys_performance_easy
                                            : metrics.performance_easy));
        }
        run.give(criteria + "Reaction_time/value", metrics.median_response_time_zero_s);
        run.give(criteria + "N_ephys/value", metrics.n_ephys);
        run.give(criteria + "N_delay/value", metrics.n_delay);
        run.give(criteria + "NBiased/value", to_json_array(protocols));
        constexpr double lapse_atol = 2e-3;
        judge_near(run, criteria + "LapseLow_50/value", metrics.all.lapse_low, lapse_atol, false);
        judge_near(run, criteria + "LapseHigh_50/value", metrics.all.lapse_high, lapse_atol, false);
        judge_near(run, criteria + "Bias/value", metrics.all.bias_percent, 0.1, false);
        judge_near(run, criteria + "Threshold/value", metrics.all.threshold_percent, 0.2, false);
        judge_near(run, criteria + "LapseLow_80/value", metrics.block_80.lapse_low, lapse_atol,
                   false);
        judge_near(run, criteria + "LapseHigh_80/value", metrics.block_80.lapse_high, lapse_atol,
                   false);
        judge_near(run, criteria + "LapseLow_20/value", metrics.block_20.lapse_low, lapse_atol,
                   false);
        judge_near(run, criteria + "LapseHigh_20/value", metrics.block_20.lapse_high, lapse_atol,
                   false);
        judge_near(run, criteria + "Bias_shift/value",
                   metrics.block_80.bias_percent - metrics.block_20.bias_percent, 0.2, false);
    }
}

const Registration registered_performance("task.performance", &performance);
const Registration registered_block_structure("task.block_structure", &block_structure);
const Registration registered_photometry_criteria("task.training_criteria",
                                                  &photometry_training_criteria);
const Registration registered_photometry_status("task.training_status",
                                                &photometry_training_status);
const Registration registered_session_summary("behavior.session_summary", &session_summary);
const Registration registered_brainbox_criteria("behavior.training_criteria_brainbox",
                                                &brainbox_training_criteria);
const Registration registered_brainbox_status("behavior.training_status_brainbox",
                                              &brainbox_training_status);

}  // namespace

}  // namespace tb::vectors
