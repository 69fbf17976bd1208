#include "compute/change_detection/rolling_performance.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::compute::change_detection {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t trials_without_rate = 10;

}  // namespace

void check_performance_columns(const ChangeTrials& trials) {
    const auto check = [&](const char* name, std::size_t size) {
        if (size == trials.count) return;
        throw Error(
            ErrorKind::data,
            fmt::format("trials: column {} has {} values, expected {}", name, size, trials.count),
            "performance needs all columns of the trials table", "ColumnLength");
    };
    check("start_time", trials.start_s.size());
    check("change_time", trials.change_time_s.size());
    check("lick_times", trials.lick_s.size());
    check("reward_volume", trials.reward_volume_ml.size());
    check("go", trials.is_go.size());
    check("catch", trials.is_catch.size());
    check("auto_rewarded", trials.is_auto_rewarded.size());
    check("aborted", trials.is_aborted.size());
    check("hit", trials.is_hit.size());
    check("miss", trials.is_miss.size());
    check("false_alarm", trials.is_false_alarm.size());
    check("correct_reject", trials.is_correct_reject.size());
}

std::vector<double> latencies_in_window(const ChangeTrials& trials, double window_start_s) {
    std::vector<double> latencies(trials.count, infinity);
    for (std::size_t trial = 0; trial < trials.count; ++trial) {
        const double change_s = trials.change_time_s[trial];
        for (const double lick_s : trials.lick_s.row(trial)) {
            if (lick_s - change_s > window_start_s) {
                latencies[trial] = lick_s - change_s;
                break;
            }
        }
    }
    return latencies;
}

std::vector<double> reward_rates(std::span<const double> start_s, std::span<const double> latency_s,
                                 double longest_response_s, RewardWindow window) {
    const std::size_t n = start_s.size();
    std::vector<double> rates(n, nan);
    std::size_t n_responses = 0;  // in rows begin .. end - 1
    std::size_t begin = 0;
    std::size_t end = 0;
    const auto is_response = [&](std::size_t trial) {
        return latency_s[trial] < longest_response_s ? 1U : 0U;
    };
    for (std::size_t trial = trials_without_rate; trial < n; ++trial) {
        while (end < std::min(trial + window.trials_from, n)) n_responses += is_response(end++);
        while (begin + window.trials_before < trial) n_responses -= is_response(begin++);
        const double duration_s = start_s[end - 1] - start_s[begin];
        const double rate = static_cast<double>(n_responses) / duration_s * 60.0;
        rates[trial] = std::isinf(rate) ? nan : rate;
    }
    return rates;
}

bool is_passive(const ChangeTrials& trials) {
    return trials.count > 0 && trials.lick_s.values.empty() &&
           std::ranges::all_of(trials.reward_volume_ml, [](double ml) { return ml == 0.0; });
}

RollingPerformance rolling_performance(const ChangeTrials& trials, double window_start_s) {
    return rolling_performance(trials, RollingParams{.window_start_s = window_start_s});
}

RollingPerformance rolling_performance(const ChangeTrials& trials, const RollingParams& params) {
    check_performance_columns(trials);
    RollingPerformance result;
    result.is_passive = is_passive(trials);
    result.latency_s = latencies_in_window(trials, params.window_start_s);
    result.reward_rate_per_min = reward_rates(trials.start_s, result.latency_s,
                                              params.longest_response_s, params.reward_window);

    const Responses responses = responses_of(trials);
    const RollingRate hits = rolling_rate(responses.go, params.rate_window);
    const RollingRate false_alarms = rolling_rate(responses.catch_trial, params.rate_window);
    for (auto* column : {&result.hit_rate_raw, &result.hit_rate, &result.false_alarm_rate_raw,
                         &result.false_alarm_rate, &result.d_prime, &result.reference_d_prime}) {
        column->assign(trials.count, nan);
    }
    std::size_t i = 0;  // among the non-aborted trials
    for (std::size_t trial = 0; trial < trials.count; ++trial) {
        if (trials.is_aborted[trial] == 1.0) continue;
        result.hit_rate_raw[trial] = hits.raw[i];
        result.hit_rate[trial] = hits.limited[i];
        result.false_alarm_rate_raw[trial] = false_alarms.raw[i];
        result.false_alarm_rate[trial] = false_alarms.limited[i];
        if (result.is_passive) {
            result.reference_d_prime[trial] = 0.0;
        } else {
            result.d_prime[trial] =
                d_prime(hits.limited[i], false_alarms.limited[i], params.rate_limit);
            result.reference_d_prime[trial] = result.d_prime[trial];
        }
        i += 1;
    }
    return result;
}

}  // namespace tb::compute::change_detection
