#include "compute/change_detection/fetched_trials.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::compute::change_detection {

ChangeTrials trials_of(const FetchedRows& rows, std::size_t begin, std::size_t end) {
    ChangeTrials trials;
    trials.count = end - begin;
    const std::pair<const char*, std::vector<double> ChangeTrials::*> columns[] = {
        {"start_s", &ChangeTrials::start_s},
        {"trial_length_s", &ChangeTrials::length_s},
        {"change_s", &ChangeTrials::change_time_s},
        {"reward_volume_ml", &ChangeTrials::reward_volume_ml},
        {"is_go", &ChangeTrials::is_go},
        {"is_catch", &ChangeTrials::is_catch},
        {"is_auto_rewarded", &ChangeTrials::is_auto_rewarded},
        {"is_aborted", &ChangeTrials::is_aborted},
        {"is_hit", &ChangeTrials::is_hit},
        {"is_miss", &ChangeTrials::is_miss},
        {"is_false_alarm", &ChangeTrials::is_false_alarm},
        {"is_correct_reject", &ChangeTrials::is_correct_reject}};
    for (const auto& [name, column] : columns) {
        if (!rows.has(name)) continue;
        const auto values = rows.numbers(name).subspan(begin, end - begin);
        (trials.*column).assign(values.begin(), values.end());
    }
    return trials;
}

void set_licks(ChangeTrials& trials, std::span<const std::int64_t> trial_numbers,
               const FetchedRows& licks, RowRange of) {
    trials.lick_s = {};
    const auto lick_trials = licks.integers("trial");
    const auto times_s = licks.numbers("time_s");
    std::size_t lick = of.begin;
    for (std::size_t trial = 0; trial < trials.count; ++trial) {
        const std::size_t begin = lick;
        while (lick < of.end && lick_trials[lick] == trial_numbers[trial]) ++lick;
        trials.lick_s.push_back(times_s.subspan(begin, lick - begin));
    }
    if (lick != of.end) {
        throw Error(ErrorKind::internal,
                    fmt::format("lick of trial {}, which is not among the trials or out of order",
                                lick_trials[lick]));
    }
}

RollingParams rolling_params_of(const FetchedRows& params, double session_window_start_s) {
    double window_start_s = params.numbers("window_start_s")[0];
    if (std::isnan(window_start_s)) window_start_s = session_window_start_s;
    if (std::isnan(window_start_s)) window_start_s = RollingParams{}.window_start_s;
    const auto count = [&](const char* column) {
        return static_cast<std::size_t>(params.integers(column)[0]);
    };
    return {
        .window_start_s = window_start_s,
        .longest_response_s = params.numbers("longest_response_s")[0],
        .reward_window = {count("reward_window_trials_before"), count("reward_window_trials_from")},
        .rate_window = count("rate_window_trials"),
        .rate_limit = params.numbers("dprime_rate_limit")[0]};
}

}  // namespace tb::compute::change_detection
