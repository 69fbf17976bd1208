#include "compute/change_detection/training_days.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>

namespace tb::compute::change_detection {

namespace {

/// A rule's answer; none where it asks for more days than there are.
template <class Rule>
std::optional<bool> verdict_of(const Rule& rule) {
    try {
        return rule();
    } catch (const Error& error) {
        if (error.type() != "NotEnoughDays") throw;
        return std::nullopt;
    }
}

/// Sessions of one date, put together.
TrainingSession pooled(std::span<const TrainingSession> sessions) {
    TrainingSession day{.date = sessions.front().date, .d_prime_peak = nan};
    for (const TrainingSession& session : sessions) {
        if (!session.has_trials) continue;
        day.has_trials = true;
        day.d_prime_peak = std::fmax(day.d_prime_peak, session.d_prime_peak);  // passes over NaN
        day.response_count += session.response_count;
        day.contingent_count += session.contingent_count;
        day.engaged_count += session.engaged_count;
        day.aborted_s += session.aborted_s;
        day.all_s += session.all_s;
    }
    return day;
}

StageDay stage_day(const TrainingSession& day) {
    return {.d_prime_peak = day.d_prime_peak,
            .response_bias = day.contingent_count == 0
                                 ? nan
                                 : static_cast<double>(day.response_count) /
                                       static_cast<double>(day.contingent_count),
            .contingent_trial_count = day.contingent_count,
            .engaged_trial_count = day.engaged_count};
}

}  // namespace

std::vector<TrainingDayStatus> training_days(std::span<const TrainingSession> sessions,
                                             const StageCriteria& criteria) {
    std::vector<TrainingDayStatus> statuses;
    std::vector<StageDay> days;
    std::size_t training_day = 0;
    for (std::size_t begin = 0; begin < sessions.size();) {
        std::size_t end = begin + 1;
        while (end < sessions.size() && sessions[end].date == sessions[begin].date) ++end;
        if (end < sessions.size() && sessions[end].date < sessions[begin].date) {
            throw Error(ErrorKind::internal, "sessions of a mouse are not in order of date");
        }
        const TrainingSession day = pooled(sessions.subspan(begin, end - begin));
        begin = end;
        training_day += 1;
        if (!day.has_trials) continue;
        days.push_back(stage_day(day));
        const double aborted_share = day.aborted_s / day.all_s;  // 0 / 0 is NaN
        statuses.push_back(
            {.date = day.date,
             .training_day = training_day,
             .n_days = days.size(),
             .n_days_without_trials = training_day - days.size(),
             .day = days.back(),
             .aborted_time_share = aborted_share,
             .verdicts = {{
                 {"two_out_of_three",
                  verdict_of([&] { return is_two_out_of_three(days, criteria); })},
                 {"yesterday_was_good",
                  verdict_of([&] { return is_yesterday_good(days, criteria); })},
                 {"no_response_bias",
                  verdict_of([&] { return is_without_response_bias(days, criteria); })},
                 {"enough_trials", verdict_of([&] { return is_enough_trials(days, criteria); })},
                 {"mostly_useful", aborted_share < criteria.largest_aborted_share},
                 {"engagement", verdict_of([&] { return is_engaged(days, criteria); })},
                 {"out_of_time", is_out_of_time(training_day, criteria)},
             }}});
    }
    return statuses;
}

}  // namespace tb::compute::change_detection
