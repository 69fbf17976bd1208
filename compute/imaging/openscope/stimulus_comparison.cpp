#include "compute/imaging/openscope/stimulus_comparison.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

/// What a row is made of.
struct Changes {
    double gabors = 0.0;
    double visflow = 0.0;
    std::vector<double> gabors_samples;
    std::vector<double> visflow_samples;
    std::vector<double> null_differences;
};

std::vector<double> changes(const std::vector<double>& a, const std::vector<double>& b) {
    std::vector<double> out;
    out.reserve(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        out.push_back(absolute_fractional_change(a[i], b[i]));
    }
    return out;
}

using Samples = std::vector<std::vector<double>>;

/// Bootstrapped means of several lists. The stream begins anew for each of them, so those of one
/// length are resampled alike, and then together.
Samples resampled(std::span<const std::span<const double>> lists,
                  const StimulusComparisonSettings& settings) {
    const stats::BootstrapSettings bootstrap{settings.bootstrap_samples, settings.test.source,
                                             settings.missing};
    const bool is_one_length = std::ranges::all_of(
        lists, [&](const auto& list) { return list.size() == lists.front().size(); });
    if (is_one_length) return stats::bootstrap_statistics(lists, stats::Statistic::mean, bootstrap);
    Samples out;
    for (const auto& list : lists) {
        out.push_back(stats::bootstrap_statistics(list, stats::Statistic::mean, bootstrap));
    }
    return out;
}

/// Means of the two stimuli with their labels exchanged per ROI, for each of two sessions. As
/// above, the same ROIs are exchanged in both when there are as many.
std::vector<stats::PermutedStatistics> exchanged(std::span<const stats::TwoGroups> sessions,
                                                 const StimulusComparisonSettings& settings) {
    stats::PermutationSettings permutation;
    permutation.pairing = stats::Pairing::paired;
    permutation.n_permutations = settings.test.n_permutations;
    permutation.source = settings.test.source;
    permutation.missing = settings.missing;
    const bool is_one_length = std::ranges::all_of(sessions, [&](const auto& session) {
        return session.first.size() == sessions.front().first.size();
    });
    if (is_one_length) return stats::permuted_statistics(sessions, permutation);
    std::vector<stats::PermutedStatistics> out;
    for (const auto& session : sessions) {
        out.push_back(std::move(stats::permuted_statistics({&session, 1}, permutation).front()));
    }
    return out;
}

Changes changes_of(const StimulusValues& group, const StimulusComparisonSettings& settings) {
    if (group.gabors_a.empty() || group.gabors_b.empty() || group.visflow_a.empty() ||
        group.visflow_b.empty()) {
        throw Error(ErrorKind::data,
                    fmt::format("{} {}: no values of a session, expected both of either stimulus",
                                group.group.line, group.group.plane),
                    {}, "MissingSession");
    }
    if (settings.is_tracked && group.gabors_a.size() != group.gabors_b.size()) {
        throw value_error(fmt::format(
            "{} {}: {} and {} ROIs in the two sessions, expected as many tracked ones",
            group.group.line, group.group.plane, group.gabors_a.size(), group.gabors_b.size()));
    }
    const auto mean = [&](const std::vector<double>& values) {
        return stats::statistic_of(values, stats::Statistic::mean, settings.missing);
    };
    Changes out;
    out.gabors = absolute_fractional_change(mean(group.gabors_a), mean(group.gabors_b));
    out.visflow = absolute_fractional_change(mean(group.visflow_a), mean(group.visflow_b));
    const std::vector<std::span<const double>> lists = {group.gabors_a, group.gabors_b,
                                                        group.visflow_a, group.visflow_b};
    const Samples samples = resampled(lists, settings);
    out.gabors_samples = changes(samples[0], samples[1]);
    out.visflow_samples = changes(samples[2], samples[3]);
    const std::vector<stats::TwoGroups> sessions = {{group.gabors_a, group.visflow_a},
                                                    {group.gabors_b, group.visflow_b}};
    const auto means = exchanged(sessions, settings);
    const std::vector<double> gabors = changes(means[0].first, means[1].first);
    out.null_differences = changes(means[0].second, means[1].second);
    for (std::size_t i = 0; i < gabors.size(); ++i) out.null_differences[i] -= gabors[i];
    return out;
}

StimulusComparison row_of(const ImagingGroup& group, const Changes& changes,
                          const StimulusComparisonSettings& settings) {
    StimulusComparison out;
    out.group = group;
    out.gabors = {changes.gabors,
                  stats::statistic_of(changes.gabors_samples, stats::Statistic::std)};
    out.visflow = {changes.visflow,
                   stats::statistic_of(changes.visflow_samples, stats::Statistic::std)};
    out.raw_p = stats::p_from_null(changes.visflow - changes.gabors, changes.null_differences,
                                   settings.test.tails, settings.missing);
    out.p = stats::corrected_p(out.raw_p, settings.test.tails, settings.test.comparisons);
    return out;
}

/// Mean over groups, place by place.
Changes mean_of(const std::vector<Changes>& all, stats::MissingPolicy missing) {
    std::vector<double> column;
    const auto mean = [&](auto member) {
        column.clear();
        for (const Changes& one : all) column.push_back(member(one));
        return stats::statistic_of(column, stats::Statistic::mean, missing);
    };
    const auto means = [&](std::vector<double> Changes::*member) {
        std::vector<double> out;
        const std::size_t n = (all.front().*member).size();
        for (std::size_t i = 0; i < n; ++i) {
            out.push_back(mean([&](const Changes& one) { return (one.*member)[i]; }));
        }
        return out;
    };
    return {mean([](const Changes& one) { return one.gabors; }),
            mean([](const Changes& one) { return one.visflow; }), means(&Changes::gabors_samples),
            means(&Changes::visflow_samples), means(&Changes::null_differences)};
}

}  // namespace

double absolute_fractional_change(double a, double b) {
    return std::abs((b - a) / a);
}

std::vector<StimulusComparison> compare_stimuli(std::span<const StimulusValues> groups,
                                                const StimulusComparisonSettings& settings) {
    std::vector<StimulusComparison> out;
    if (groups.empty()) return out;
    std::vector<Changes> all;
    for (const StimulusValues& group : groups) {
        all.push_back(changes_of(group, settings));
        out.push_back(row_of(group.group, all.back(), settings));
    }
    out.push_back(row_of({"all", "all"}, mean_of(all, settings.missing), settings));
    return out;
}

}  // namespace tb::compute::imaging::openscope
