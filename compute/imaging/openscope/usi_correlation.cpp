#include "compute/imaging/openscope/usi_correlation.hpp"

#include "src/signal/moments.hpp"
#include "src/stats/bootstrap.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

double bootstrapped(stats::TwoGroups pair, double null_median,
                    const CorrelationSettings& settings) {
    std::vector<double> samples = stats::bootstrap_correlations(
        pair.first, pair.second, is_normalised(settings.scheme),
        {settings.bootstrap_samples, settings.test.source, stats::MissingPolicy::keep});
    if (is_normalised(settings.scheme)) {
        for (double& r : samples) r = normalised_correlation(r, null_median);
    }
    return stats::statistic_of(samples, stats::Statistic::std);
}

SessionCorrelation correlation_of(stats::TwoGroups pair, std::span<const double> null,
                                  const stats::PermutationSettings& permutation,
                                  const CorrelationSettings& settings) {
    SessionCorrelation out;
    out.r = stats::operation_value(pair, permutation);
    out.raw_p = stats::p_from_null(out.r, null, settings.test.tails);
    out.p = stats::corrected_p(out.raw_p, settings.test.tails, settings.test.comparisons);
    out.null_interval = stats::null_interval(null, settings.test.tails, settings.p_threshold,
                                             settings.test.comparisons.value_or(1.0));
    out.null_median = out.null_interval[1];
    if (is_normalised(settings.scheme)) {
        out.r = normalised_correlation(out.r, out.null_median);
        for (double& bound : out.null_interval) {
            bound = normalised_correlation(bound, out.null_median);
        }
    }
    out.bootstrap_std =
        settings.bootstrap_samples == 0 ? nan : bootstrapped(pair, out.null_median, settings);
    return out;
}

std::span<const PooledValues> sessions_of_group(std::span<const PooledValues> pooled,
                                                std::size_t begin) {
    std::size_t end = begin;
    while (end < pooled.size() && pooled[end].group == pooled[begin].group) ++end;
    return pooled.subspan(begin, end - begin);
}

}  // namespace

CorrelationScheme correlation_scheme(std::string_view word) {
    if (word == "tracking") return CorrelationScheme::tracking;
    if (word == "sess") return CorrelationScheme::sess;
    if (word == "all") return CorrelationScheme::all;
    throw value_error("permuting '" + std::string(word) + "': expected tracking, sess or all");
}

stats::GroupOperation operation_of(CorrelationScheme scheme) {
    return is_normalised(scheme) ? stats::GroupOperation::difference_correlation
                                 : stats::GroupOperation::correlation;
}

stats::Pairing pairing_of(CorrelationScheme scheme) {
    switch (scheme) {
        case CorrelationScheme::sess:
            return stats::Pairing::paired;
        case CorrelationScheme::all:
            return stats::Pairing::unpaired;
        case CorrelationScheme::tracking:
            break;
    }
    return stats::Pairing::between;
}

bool is_normalised(CorrelationScheme scheme) {
    return scheme != CorrelationScheme::tracking;
}

double normalised_correlation(double r, double null_median) {
    if (std::abs(null_median) > 1.0) {
        throw value_error(fmt::format("median {} of correlations: expected -1 to 1", null_median));
    }
    return (r - null_median) / (r > null_median ? 1.0 - null_median : null_median + 1.0);
}

std::vector<SessionCorrelation> session_correlations(std::span<const stats::TwoGroups> pairs,
                                                     const CorrelationSettings& settings) {
    stats::PermutationSettings permutation;
    permutation.operation = operation_of(settings.scheme);
    permutation.pairing = pairing_of(settings.scheme);
    permutation.n_permutations = settings.test.n_permutations;
    permutation.source = settings.test.source;
    std::map<std::size_t, std::vector<std::size_t>> by_size;
    for (std::size_t k = 0; k < pairs.size(); ++k) by_size[pairs[k].first.size()].push_back(k);
    std::vector<SessionCorrelation> out(pairs.size());
    for (const auto& [size, places] : by_size) {
        std::vector<stats::TwoGroups> together;
        for (const std::size_t k : places) together.push_back(pairs[k]);
        const auto nulls = stats::null_distributions(together, permutation);
        for (std::size_t i = 0; i < places.size(); ++i) {
            out[places[i]] = correlation_of(together[i], nulls[i], permutation, settings);
        }
    }
    return out;
}

std::vector<GroupCorrelation> correlations_of_groups(std::span<const MouseValues> sessions,
                                                     const CorrelationSettings& settings) {
    require_tracked(sessions);
    const std::vector<PooledValues> pooled = pooled_values(sessions, false);
    std::vector<GroupCorrelation> out;
    std::vector<stats::TwoGroups> pairs;
    for (std::size_t i = 0; i + 1 < pooled.size(); ++i) {
        const PooledValues& a = pooled[i];
        const PooledValues& b = pooled[i + 1];
        if (a.group != b.group || b.session - a.session != 1) continue;
        out.push_back({a.group, a.session, b.session, {}});
        pairs.push_back({a.values, b.values});
    }
    if (pairs.empty()) {
        throw Error(ErrorKind::data, "no group has two sessions that follow one another", {},
                    "MissingSession");
    }
    const auto found = session_correlations(pairs, settings);
    for (std::size_t i = 0; i < out.size(); ++i) out[i].correlation = found[i];
    return out;
}

std::vector<GroupScatter> scatter_of_groups(std::span<const MouseValues> sessions, int session_a,
                                            int session_b, const CorrelationSettings& settings) {
    std::vector<MouseValues> wanted;
    for (const MouseValues& one : sessions) {
        if (one.session == session_a || one.session == session_b) wanted.push_back(one);
    }
    require_tracked(wanted);
    const std::vector<PooledValues> pooled = pooled_values(wanted, false);
    std::vector<GroupScatter> out;
    for (std::size_t begin = 0; begin < pooled.size();) {
        const auto of_group = sessions_of_group(pooled, begin);
        begin += of_group.size();
        const auto values = [&](int session) {
            const auto found = std::ranges::find(of_group, session, &PooledValues::session);
            if (found != of_group.end()) return found->values;
            const ImagingGroup& group = of_group.front().group;
            throw Error(ErrorKind::data,
                        fmt::format("{} {}: no session {}", group.line, group.plane, session), {},
                        "MissingSession");
        };
        GroupScatter scatter;
        scatter.group = of_group.front().group;
        scatter.x = values(session_a);
        scatter.y = values(session_b);
        const signal::Line line = signal::fit_line(scatter.x, scatter.y);
        scatter.slope = line.slope;
        scatter.intercept = line.intercept;
        out.push_back(std::move(scatter));
    }
    std::vector<stats::TwoGroups> pairs;
    for (const GroupScatter& scatter : out) pairs.push_back({scatter.x, scatter.y});
    CorrelationSettings without_bootstrap = settings;
    without_bootstrap.bootstrap_samples = 0;
    const auto found = session_correlations(pairs, without_bootstrap);
    for (std::size_t i = 0; i < out.size(); ++i) out[i].correlation = found[i];
    return out;
}

}  // namespace tb::compute::imaging::openscope
