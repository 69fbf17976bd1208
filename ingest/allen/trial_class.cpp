#include "ingest/allen/trial_class.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tb::allen {

TrialClass classify_trial(const TrialEvents& events) {
    TrialClass trial;
    trial.is_aborted = events.is_aborted;
    trial.is_hit = events.is_hit;
    trial.is_miss = events.is_miss;
    trial.is_false_alarm = events.is_false_alarm;
    if (!events.is_aborted) {
        trial.is_catch = events.is_catch;
        trial.is_auto_rewarded = events.is_auto_reward;
        trial.is_go = !trial.is_catch && !trial.is_auto_rewarded;
    }
    trial.is_correct_reject = trial.is_catch && !trial.is_false_alarm;
    if (trial.is_auto_rewarded) {
        trial.is_hit = false;
        trial.is_miss = false;
        trial.is_false_alarm = false;
        trial.is_correct_reject = false;
    }
    return trial;
}

void check_trial_class(const TrialClass& trial, std::string_view where) {
    std::string held;
    int n_outcomes = 0;
    for (const auto& [is_so, name] : {std::pair(trial.is_hit, "hit"),
                                      {trial.is_miss, "miss"},
                                      {trial.is_false_alarm, "false_alarm"},
                                      {trial.is_correct_reject, "correct_reject"},
                                      {trial.is_auto_rewarded, "auto_rewarded"},
                                      {trial.is_aborted, "aborted"}}) {
        if (!is_so) continue;
        n_outcomes += 1;
        held += held.empty() ? name : std::string(" and ") + name;
    }
    if (n_outcomes != 1) {
        throw Error(ErrorKind::data,
                    fmt::format("{} is {}: expected exactly one of hit, miss, false_alarm, "
                                "correct_reject, auto_rewarded, aborted",
                                where, held.empty() ? "nothing" : held),
                    {}, "TrialClass");
    }
    const int n_kinds =
        (trial.is_go ? 1 : 0) + (trial.is_catch ? 1 : 0) + (trial.is_auto_rewarded ? 1 : 0);
    if (n_kinds != (trial.is_aborted ? 0 : 1)) {
        throw Error(
            ErrorKind::data,
            fmt::format("{} ({}) has go {}, catch {}, auto_rewarded {}: expected {} of them", where,
                        held, trial.is_go, trial.is_catch, trial.is_auto_rewarded,
                        trial.is_aborted ? "none" : "one"),
            {}, "TrialClass");
    }
}

double response_latency_s(bool is_aborted, double first_lick_s, double change_s) {
    if (is_aborted) return std::numeric_limits<double>::quiet_NaN();
    if (std::isnan(first_lick_s)) return std::numeric_limits<double>::infinity();
    return first_lick_s - change_s;
}

bool lacks_auto_rewards(std::string_view session_type, std::span<const double> is_auto_rewarded) {
    return session_type.starts_with("TRAINING") && !is_auto_rewarded.empty() &&
           std::ranges::count(is_auto_rewarded, 1.0) == 0;
}

}  // namespace tb::allen
