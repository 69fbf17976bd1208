#include "compute/change_detection/rates.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/policies/policy.hpp>

namespace tb::compute::change_detection {

namespace {

double normal_quantile(double probability, double limit) {
    // long double would cost four times as much and change no digit that anybody asks for
    using Plain = boost::math::policies::policy<boost::math::policies::promote_double<false>>;
    static const boost::math::normal_distribution<double, Plain> normal;
    return boost::math::quantile(normal, std::clamp(probability, limit, 1.0 - limit));
}

}  // namespace

double limited_rate(double rate, double n_trials) {
    if (!(n_trials > 0.0) || std::isnan(rate)) return nan;
    const double least = 1.0 / (2.0 * n_trials);
    return std::min(std::max(rate, least), 1.0 - least);
}

double d_prime(double hit_rate, double false_alarm_rate, double rate_limit) {
    if (std::isnan(hit_rate) || std::isnan(false_alarm_rate)) return nan;
    return normal_quantile(hit_rate, rate_limit) - normal_quantile(false_alarm_rate, rate_limit);
}

Responses responses_of(const ChangeTrials& trials) {
    Responses result;
    for (std::size_t trial = 0; trial < trials.count; ++trial) {
        if (trials.is_aborted[trial] == 1.0) continue;
        const bool is_hit = trials.is_hit[trial] == 1.0;
        const bool is_false_alarm = trials.is_false_alarm[trial] == 1.0;
        result.go.push_back(is_hit ? 1.0 : trials.is_miss[trial] == 1.0 ? 0.0 : nan);
        result.catch_trial.push_back(is_false_alarm                           ? 1.0
                                     : trials.is_correct_reject[trial] == 1.0 ? 0.0
                                                                              : nan);
    }
    return result;
}

RollingRate rolling_rate(std::span<const double> answers, std::size_t window) {
    RollingRate result;
    result.raw.reserve(answers.size());
    result.limited.reserve(answers.size());
    std::size_t n_answers = 0;
    std::size_t n_responses = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (!std::isnan(answers[i])) {
            n_answers += 1;
            n_responses += answers[i] == 1.0 ? 1 : 0;
        }
        if (i >= window && !std::isnan(answers[i - window])) {
            n_answers -= 1;
            n_responses -= answers[i - window] == 1.0 ? 1 : 0;
        }
        const double n = static_cast<double>(n_answers);
        const double raw = n_answers == 0 ? nan : static_cast<double>(n_responses) / n;
        result.raw.push_back(raw);
        result.limited.push_back(limited_rate(raw, n));
    }
    return result;
}

}  // namespace tb::compute::change_detection
