#include "compute/task/lab_metrics.hpp"

#include "compute/task/psychometric_configuration.hpp"
#include "compute/task/psychometric_fit.hpp"
#include "compute/task/recoded_trials.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace tb::compute::task {

namespace {

/// Metrics of one subject by name, in their order.
using Named = std::vector<std::pair<std::string, double>>;

Trials pooled(std::span<const LabSession> sessions) {
    Trials all;
    for (const LabSession& session : sessions) all.append(session.trials);
    return all;
}

double mean_of_known(const std::vector<double>& values) {
    double sum = 0.0;
    std::size_t n = 0;
    for (const double value : values) {
        if (std::isnan(value)) continue;
        sum += value;
        ++n;
    }
    return n == 0 ? nan : sum / static_cast<double>(n);
}

double trials_per_minute(std::span<const LabSession> sessions) {
    double n_trials = 0.0;
    double duration_s = 0.0;
    for (const LabSession& session : sessions) {
        if (!(session.duration_s > 0.0)) continue;
        n_trials += static_cast<double>(session.trials.size());
        duration_s += session.duration_s;
    }
    return duration_s > 0.0 ? 60.0 * n_trials / duration_s : nan;
}

Named performance_metrics(std::span<const LabSession> sessions) {
    const Trials all = pooled(sessions);
    const RecodedTrials recoded = recoded_trials(all, std::vector<std::size_t>(all.size(), 0));
    const TrialsFit fitted = fit_trials(all, fit_configuration("paper"));
    return {{"performance_easy", 100.0 * mean_of_known(recoded.correct_easy)},
            {"n_trials", static_cast<double>(all.size()) / static_cast<double>(sessions.size())},
            {"threshold", fitted.fit.threshold()},
            {"bias", fitted.fit.bias()},
            {"reaction_time", 1000.0 * median(recoded.response_time_s)},
            {"trials_per_minute", trials_per_minute(sessions)}};
}

Named block_metrics(std::span<const LabSession> sessions) {
    const Trials all = pooled(sessions);
    Named out;
    for (const int block : {80, 20}) {
        const TrialsFit fitted =
            fit_trials(all.of_block(block / 100.0), fit_configuration("paper"));
        const std::string suffix = "_" + std::to_string(block);
        out.emplace_back("threshold" + suffix, fitted.fit.threshold());
        out.emplace_back("bias" + suffix, fitted.fit.bias());
        out.emplace_back("lapse_low" + suffix, fitted.fit.lapse_low());
        out.emplace_back("lapse_high" + suffix, fitted.fit.lapse_high());
    }
    return out;
}

Named learning_metrics(std::span<const LabSession> sessions) {
    std::set<std::int64_t> dates;
    std::size_t n_trials = 0;
    for (const LabSession& session : sessions) {
        dates.insert(session.date);
        n_trials += session.trials.size();
    }
    return {{"n_days", static_cast<double>(dates.size())},
            {"n_trials_total", static_cast<double>(n_trials)}};
}

Named metrics_of(std::span<const LabSession> sessions, MetricSet set) {
    switch (set) {
        case MetricSet::performance:
            return performance_metrics(sessions);
        case MetricSet::blocks:
            return block_metrics(sessions);
        case MetricSet::learning:
            return learning_metrics(sessions);
    }
    throw Error(ErrorKind::internal, "a set of metrics that nobody computes");
}

}  // namespace

MetricSet metric_set_of(std::string_view word) {
    if (word == "performance") return MetricSet::performance;
    if (word == "blocks") return MetricSet::blocks;
    if (word == "learning") return MetricSet::learning;
    throw value_error("metric set '" + std::string(word) +
                      "': expected performance, blocks or learning");
}

const std::vector<double>& LabMetrics::of(std::string_view name) const {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
        throw Error(ErrorKind::internal, "no metric is called " + std::string(name));
    }
    return values[static_cast<std::size_t>(found - names.begin())];
}

LabMetrics lab_metrics(std::span<const LabSession> sessions, MetricSet set) {
    LabMetrics out;
    for (std::size_t begin = 0; begin < sessions.size();) {
        std::size_t end = begin + 1;
        while (end < sessions.size() && sessions[end].subject_id == sessions[begin].subject_id)
            ++end;
        const Named metrics = metrics_of(sessions.subspan(begin, end - begin), set);
        const LabSession& first = sessions[begin];
        begin = end;
        const auto is_missing_time = [](const auto& metric) {
            return metric.first == "reaction_time" && std::isnan(metric.second);
        };
        if (std::ranges::any_of(metrics, is_missing_time)) {
            ++out.n_without_reaction_time;
            continue;
        }
        out.subjects.push_back(first.subject_id);
        out.institutions.push_back(first.institution);
        out.values.resize(metrics.size());
        out.names.clear();
        for (std::size_t i = 0; i < metrics.size(); ++i) {
            out.names.push_back(metrics[i].first);
            out.values[i].push_back(metrics[i].second);
        }
    }
    return out;
}

}  // namespace tb::compute::task
