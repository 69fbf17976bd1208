#include "compute/imaging/openscope/usi_groups.hpp"

#include "src/stats/binomial.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

std::string name_of(const ImagingGroup& group) {
    return group.line + " " + group.plane;
}

SharePercent share_percent(std::size_t n, std::size_t n_rois, double null_percent,
                           const SelectiveShareSettings& settings) {
    SharePercent out;
    // In this order, as the reference: the share is rounded down to whole ROIs again for p.
    out.percent = static_cast<double>(n) / static_cast<double>(n_rois) * 100.0;
    const stats::BinomialComparison found =
        stats::binomial_comparison(out.percent, n_rois, null_percent, settings.tails,
                                   settings.p_threshold, settings.comparisons.value_or(1.0));
    out.interval = found.interval;
    out.null_interval = found.null_interval;
    out.raw_p = found.p;
    out.p = stats::corrected_p(found.p, settings.tails, settings.comparisons);
    out.bootstrap_std =
        100.0 * stats::bootstrap_proportion_std(out.percent / 100.0, n_rois, settings.bootstrap);
    return out;
}

GroupStatistics statistics_of(PooledValues pooled, const GroupStatisticsSettings& settings) {
    GroupStatistics out;
    out.centre = stats::statistic_of(pooled.values, settings.statistic, settings.missing);
    if (settings.bootstrap_samples) {
        out.error = {stats::bootstrap_std(
            pooled.values, settings.statistic,
            {*settings.bootstrap_samples, settings.test.source, settings.missing})};
    } else {
        const auto centre = settings.statistic == stats::Statistic::median ? stats::Centre::median
                                                                           : stats::Centre::mean;
        out.error =
            stats::summary_of(pooled.values, {centre, settings.spread, settings.missing}).spread;
    }
    out.pooled = std::move(pooled);
    return out;
}

/// Tests of each two sessions of one group.
void add_pairs(std::span<const GroupStatistics> sessions, const GroupStatisticsSettings& settings,
               std::vector<SessionPair>& out) {
    stats::PermutationSettings permutation;
    permutation.statistic = settings.statistic;
    permutation.pairing = settings.is_paired ? stats::Pairing::paired : stats::Pairing::unpaired;
    permutation.n_permutations = settings.test.n_permutations;
    permutation.source = settings.test.source;
    permutation.missing = settings.missing;
    std::vector<std::optional<std::vector<double>>> values;
    for (const GroupStatistics& session : sessions) values.emplace_back(session.pooled.values);
    const std::vector<double> p = stats::p_across_groups(values, permutation);
    std::size_t k = 0;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
        for (std::size_t j = i + 1; j < sessions.size(); ++j, ++k) {
            out.push_back(
                {sessions[i].pooled.group, sessions[i].pooled.session, sessions[j].pooled.session,
                 p[k], stats::corrected_p(p[k], settings.test.tails, settings.test.comparisons)});
        }
    }
}

}  // namespace

std::vector<PooledValues> pooled_values(std::span<const MouseValues> sessions, bool absolute,
                                        bool by_mouse) {
    std::map<std::tuple<ImagingGroup, int, int>, const MouseValues*> ordered;
    for (const MouseValues& one : sessions) {
        if (!ordered.emplace(std::tuple(one.group, one.session, one.mouse), &one).second) {
            throw Error(ErrorKind::data,
                        fmt::format("{}: session {} of mouse {} comes twice", name_of(one.group),
                                    one.session, one.mouse),
                        {}, "DuplicateSession");
        }
    }
    std::vector<PooledValues> out;
    for (const auto& [key, one] : ordered) {
        if (by_mouse || out.empty() || out.back().group != one->group ||
            out.back().session != one->session) {
            out.push_back({one->group, one->session, {}, {}});
        }
        PooledValues& pooled = out.back();
        pooled.mice.push_back(one->mouse);
        for (const double value : one->values) {
            pooled.values.push_back(absolute ? std::abs(value) : value);
        }
    }
    return out;
}

void require_tracked(std::span<const MouseValues> sessions) {
    std::map<ImagingGroup, std::map<int, std::map<int, std::size_t>>> groups;
    std::map<ImagingGroup, std::set<int>> expected;
    for (const MouseValues& one : sessions) {
        groups[one.group][one.mouse][one.session] = one.values.size();
        expected[one.group].insert(one.session);
    }
    for (const auto& [group, mice] : groups) {
        for (const auto& [mouse, counts] : mice) {
            for (const int session : expected[group]) {
                if (counts.contains(session)) continue;
                throw Error(ErrorKind::data,
                            fmt::format("{}: mouse {} has no session {}, expected the sessions of "
                                        "its group",
                                        name_of(group), mouse, session),
                            "Leave the mouse out, or load the session.", "MissingSession");
            }
            const auto& [first, n_rois] = *counts.begin();
            for (const auto& [session, n] : counts) {
                if (n == n_rois) continue;
                throw Error(ErrorKind::data,
                            fmt::format("{}: mouse {} has {} tracked ROIs in session {} and {} in "
                                        "session {}, expected as many",
                                        name_of(group), mouse, n_rois, first, n, session),
                            {}, "TrackingMismatch");
            }
        }
    }
}

GroupComparison compare_sessions(std::span<const MouseValues> sessions,
                                 const GroupStatisticsSettings& settings) {
    const bool is_tested = !settings.by_mouse;
    if (is_tested && settings.is_paired) require_tracked(sessions);
    GroupComparison out;
    for (PooledValues& pooled : pooled_values(sessions, settings.absolute, settings.by_mouse)) {
        out.groups.push_back(statistics_of(std::move(pooled), settings));
    }
    if (!is_tested) return out;
    for (std::size_t begin = 0; begin < out.groups.size();) {
        std::size_t end = begin;
        while (end < out.groups.size() &&
               out.groups[end].pooled.group == out.groups[begin].pooled.group) {
            ++end;
        }
        add_pairs(std::span(out.groups).subspan(begin, end - begin), settings, out.pairs);
        begin = end;
    }
    return out;
}

SelectiveShares selective_shares(const SelectiveCounts& counts,
                                 const SelectiveShareSettings& settings) {
    const std::size_t most = std::max({counts.n_positive, counts.n_low, counts.n_high});
    if (counts.n_rois == 0 || most > counts.n_rois) {
        throw value_error(fmt::format("{} of {} ROIs: expected at least one ROI and counts of them",
                                      most, counts.n_rois));
    }
    const double of_one_tail = 100.0 * settings.p_threshold / 2.0;
    return {share_percent(counts.n_positive, counts.n_rois, 50.0, settings),
            share_percent(counts.n_low, counts.n_rois, of_one_tail, settings),
            share_percent(counts.n_high, counts.n_rois, of_one_tail, settings)};
}

}  // namespace tb::compute::imaging::openscope
