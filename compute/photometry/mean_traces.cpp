#include "compute/photometry/mean_traces.hpp"

#include "compute/photometry/trial_regressors.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace tb::compute::photometry {

std::vector<MeanTrace> mean_traces(std::span<const double> traces, std::size_t n_samples,
                                   const TraceTrials& trials) {
    const std::size_t n = trials.contrast.size();
    if (traces.size() != n * n_samples || trials.feedback_type.size() != n ||
        trials.choice.size() != n || trials.probability_left.size() != n ||
        trials.response_s.size() != n) {
        throw Error(ErrorKind::data,
                    fmt::format("{} values of {} trials with {} samples each, or columns of other "
                                "lengths",
                                traces.size(), n, n_samples),
                    {}, "ValueError");
    }
    struct Sums {
        std::size_t n_trials = 0;
        std::vector<double> sum, count;
        std::vector<double> mean, squares;  // running, after Welford: squares around the mean
    };
    std::map<std::pair<double, double>, Sums> groups;
    for (std::size_t trial = 0; trial < n; ++trial) {
        const std::pair key(trials.contrast[trial], trials.feedback_type[trial]);
        if (trials.probability_left[trial] != 0.5 || std::isnan(key.first) ||
            std::isnan(key.second) ||
            !is_modelled(trials.choice[trial], trials.response_s[trial])) {
            continue;
        }
        Sums& group = groups[key];
        group.sum.resize(n_samples);
        group.count.resize(n_samples);
        group.mean.resize(n_samples);
        group.squares.resize(n_samples);
        const auto row = traces.subspan(trial * n_samples, n_samples);
        if (!row.empty() && std::isfinite(row[0])) ++group.n_trials;
        for (std::size_t i = 0; i < n_samples; ++i) {
            if (std::isnan(row[i])) continue;
            group.sum[i] += row[i];
            group.count[i] += 1.0;
            const double off = row[i] - group.mean[i];
            group.mean[i] += off / group.count[i];
            group.squares[i] += off * (row[i] - group.mean[i]);
        }
    }
    std::vector<MeanTrace> out;
    for (auto& [key, group] : groups) {
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        std::vector<std::size_t> count(n_samples);
        for (std::size_t i = 0; i < n_samples; ++i) {
            const double m = group.count[i];
            count[i] = static_cast<std::size_t>(m);
            group.sum[i] = m > 0.0 ? group.sum[i] / m : nan;
            group.squares[i] = m > 1.0 ? std::sqrt(group.squares[i] / (m - 1.0) / m) : nan;
        }
        out.push_back({.contrast = key.first,
                       .feedback_type = key.second,
                       .n_trials = group.n_trials,
                       .trace = std::move(group.sum),
                       .sem = std::move(group.squares),
                       .count = std::move(count)});
    }
    return out;
}

}  // namespace tb::compute::photometry
