#include "compute/change_detection/stage_criteria.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::compute::change_detection {

namespace {

std::span<const StageDay> last_days(std::span<const StageDay> days, std::size_t n,
                                    const char* rule) {
    if (days.size() < n) {
        throw Error(
            ErrorKind::data,
            fmt::format("{}: {} days of training, expected at least {}", rule, days.size(), n), {},
            "NotEnoughDays");
    }
    return days.last(n);
}

void check_length(const char* name, std::size_t size, std::size_t expected) {
    if (size == expected) return;
    throw Error(ErrorKind::data,
                fmt::format("trials: column {} has {} values, expected {}", name, size, expected),
                {}, "ColumnLength");
}

}  // namespace

bool is_two_out_of_three(std::span<const StageDay> days, const StageCriteria& criteria) {
    return std::ranges::count_if(last_days(days, 3, "two out of three"), [&](const StageDay& day) {
               return day.d_prime_peak > criteria.good_d_prime;
           }) >= 2;
}

bool is_yesterday_good(std::span<const StageDay> days, const StageCriteria& criteria) {
    return last_days(days, 1, "yesterday was good").front().d_prime_peak > criteria.good_d_prime;
}

bool is_without_response_bias(std::span<const StageDay> days, const StageCriteria& criteria) {
    const double bias = last_days(days, 1, "no response bias").front().response_bias;
    return bias > criteria.least_bias && bias < criteria.largest_bias;
}

bool is_enough_trials(std::span<const StageDay> days, const StageCriteria& criteria) {
    return last_days(days, 1, "enough trials").front().contingent_trial_count >
           criteria.enough_contingent_trials;
}

bool is_engaged(std::span<const StageDay> days, const StageCriteria& criteria) {
    return std::ranges::all_of(last_days(days, 3, "engagement"), [&](const StageDay& day) {
        return day.d_prime_peak > criteria.engaged_d_prime &&
               day.engaged_trial_count > criteria.enough_engaged_trials;
    });
}

bool is_out_of_time(std::size_t largest_training_day, const StageCriteria& criteria) {
    return largest_training_day >= criteria.last_training_day;
}

bool is_mostly_useful(const ChangeTrials& trials, const StageCriteria& criteria) {
    return aborted_time_share(trials) < criteria.largest_aborted_share;
}

double aborted_time_share(const ChangeTrials& trials) {
    check_length("aborted", trials.is_aborted.size(), trials.count);
    check_length("trial_length", trials.length_s.size(), trials.count);
    double aborted_s = 0.0;
    double all_s = 0.0;
    for (std::size_t trial = 0; trial < trials.count; ++trial) {
        if (std::isnan(trials.length_s[trial])) continue;
        all_s += trials.length_s[trial];
        if (trials.is_aborted[trial] == 1.0) aborted_s += trials.length_s[trial];
    }
    return aborted_s / all_s;  // 0 / 0 is NaN
}

double response_bias(const ChangeTrials& trials) {
    check_length("go", trials.is_go.size(), trials.count);
    check_length("catch", trials.is_catch.size(), trials.count);
    check_length("hit", trials.is_hit.size(), trials.count);
    check_length("false_alarm", trials.is_false_alarm.size(), trials.count);
    std::size_t n = 0;
    std::size_t n_responses = 0;
    for (std::size_t trial = 0; trial < trials.count; ++trial) {
        if (trials.is_go[trial] != 1.0 && trials.is_catch[trial] != 1.0) continue;
        n += 1;
        if (trials.is_hit[trial] == 1.0 || trials.is_false_alarm[trial] == 1.0) n_responses += 1;
    }
    return n == 0 ? std::numeric_limits<double>::quiet_NaN()
                  : static_cast<double>(n_responses) / static_cast<double>(n);
}

}  // namespace tb::compute::change_detection
