// Performance of change detection: rates, d', rolling values, summaries, stage criteria.

#include "compute/change_detection/performance_summary.hpp"
#include "compute/change_detection/rates.hpp"
#include "compute/change_detection/rolling_performance.hpp"
#include "compute/change_detection/stage_criteria.hpp"
#include "tests/vectors/change_values.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/change_recording.hpp"
#include "trialbase/error.hpp"

#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tb::vectors {

namespace {

namespace change = compute::change_detection;

ChangeTrials read_trials(const CsvText& csv) {
    ChangeTrials trials;
    trials.count = csv.rows;
    trials.start_s = csv.numbers("start_time");
    trials.stop_s = csv.numbers("stop_time");
    trials.length_s = csv.numbers("trial_length");
    trials.change_time_s = csv.numbers("change_time");
    trials.is_go = csv.numbers("go");
    trials.is_catch = csv.numbers("catch");
    trials.is_auto_rewarded = csv.numbers("auto_rewarded");
    trials.is_aborted = csv.numbers("aborted");
    trials.is_hit = csv.numbers("hit");
    trials.is_miss = csv.numbers("miss");
    trials.is_false_alarm = csv.numbers("false_alarm");
    trials.is_correct_reject = csv.numbers("correct_reject");
    trials.reward_volume_ml = csv.numbers("reward_volume");
    for (const std::string& cell : csv.texts("lick_times")) {
        trials.lick_s.push_back(as_numbers(Json::parse(cell), "lick_times"));
    }
    return trials;
}

void performance(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const ChangeTrials trials = read_trials(input.csv("trials"));
    ChangeRewards rewards;
    rewards.volume_ml = input.csv("rewards").numbers("volume");
    const std::vector<double> window_s = input.numbers("response_window_sec");
    const change::RollingPerformance rolling = change::rolling_performance(trials, window_s.at(0));
    // The first threshold is that of `metrics`; each has its own part besides.
    const std::vector<double> thresholds = input.numbers("engaged_thresholds");
    for (std::size_t i = 0; i < thresholds.size(); ++i) {
        const Json metrics =
            metric_values(change::performance_summary(trials, rewards, rolling, thresholds[i]));
        if (i == 0) run.give("metrics", metrics);
        run.give(fmt::format("engaged_threshold_{}", thresholds[i]), metrics);
    }
    run.give("rolling", {{"reward_rate", to_json_array(rolling.reward_rate_per_min)},
                         {"hit_rate_raw", to_json_array(rolling.hit_rate_raw)},
                         {"hit_rate", to_json_array(rolling.hit_rate)},
                         {"false_alarm_rate_raw", to_json_array(rolling.false_alarm_rate_raw)},
                         {"false_alarm_rate", to_json_array(rolling.false_alarm_rate)},
                         {"rolling_dprime", to_json_array(rolling.reference_d_prime)}});
    run.give("reward_rate", to_json_array(rolling.reward_rate_per_min));
    run.give("latency_from_response_window", to_json_array(rolling.latency_s));
}

void dprime(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const std::vector<double> hit_rate = input.numbers("hit_rate");
    const std::vector<double> false_alarm_rate = input.numbers("false_alarm_rate");
    Json values = Json::array();
    for (std::size_t i = 0; i < hit_rate.size(); ++i) {
        values.push_back(change::d_prime(hit_rate[i], false_alarm_rate.at(i)));
    }
    run.give("dprime", values);
}

void rate_limit(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const std::vector<double> rates = input.numbers("p");
    const std::vector<double> n = input.numbers("n");
    Json values = Json::array();
    for (std::size_t i = 0; i < rates.size(); ++i) {
        values.push_back(change::limited_rate(rates[i], n.at(i)));
    }
    run.give("limited", values);
}

void rolling_rates(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    ChangeTrials trials;
    trials.is_hit = input.numbers("hit");
    trials.is_miss = input.numbers("miss");
    trials.is_false_alarm = input.numbers("false_alarm");
    trials.is_correct_reject = input.numbers("correct_reject");
    trials.is_aborted = input.numbers("aborted");
    trials.count = trials.is_hit.size();
    const change::Responses responses = change::responses_of(trials);
    run.give("go_responses", to_json_array(responses.go));
    run.give("catch_responses", to_json_array(responses.catch_trial));
    for (const double window : input.numbers("windows")) {
        const auto n = static_cast<std::size_t>(window);
        const change::RollingRate hit = change::rolling_rate(responses.go, n);
        const change::RollingRate false_alarm = change::rolling_rate(responses.catch_trial, n);
        run.give(fmt::format("by_window/{}", n),
                 {{"hit_rate_raw", to_json_array(hit.raw)},
                  {"hit_rate", to_json_array(hit.limited)},
                  {"false_alarm_rate_raw", to_json_array(false_alarm.raw)},
                  {"false_alarm_rate", to_json_array(false_alarm.limited)}});
    }
}

void training_criteria(const Case& input, Run& run) {
    const Json summary = input.input("session_summary");
    const auto column = [&](const char* name) { return as_numbers(summary.at(name), name); };
    const std::vector<double> peaks = column("dprime_peak");
    const std::vector<double> biases = column("response_bias");
    const std::vector<double> contingent = column("num_contingent_trials");
    const std::vector<double> engaged = column("num_engaged_trials");
    std::vector<change::StageDay> days;
    for (std::size_t i = 0; i < peaks.size(); ++i) {
        days.push_back({peaks[i], biases.at(i), static_cast<std::size_t>(contingent.at(i)),
                        static_cast<std::size_t>(engaged.at(i))});
    }
    Json two = Json::array(), yesterday = Json::array(), bias = Json::array(),
         trials = Json::array(), engagement = Json::array();
    for (const double n_rows : input.numbers("n_rows")) {
        const auto first = std::span(days).first(static_cast<std::size_t>(n_rows));
        two.push_back(change::is_two_out_of_three(first));
        yesterday.push_back(change::is_yesterday_good(first));
        bias.push_back(change::is_without_response_bias(first));
        trials.push_back(change::is_enough_trials(first));
        engagement.push_back(change::is_engaged(first));
    }
    run.give_all({{"two_out_of_three", two},
                  {"yesterday_was_good", yesterday},
                  {"no_response_bias", bias},
                  {"whole_lotta_trials", trials},
                  {"meets_engagement", engagement}});
}

const Registration registered_performance("change_detection.performance", &performance);
const Registration registered_dprime("change_detection.dprime", &dprime);
const Registration registered_rate_limit("change_detection.rate_limit", &rate_limit);
const Registration registered_rolling_rates("change_detection.rolling_rates", &rolling_rates);
const Registration registered_criteria("change_detection.training_criteria", &training_criteria);

}  // namespace

}  // namespace tb::vectors
