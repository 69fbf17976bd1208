#include "compute/imaging/openscope/sequence_differences.hpp"

#include "compute/imaging/openscope/pairwise_sum.hpp"
#include "src/stats/p_values.hpp"
#include "src/stats/permutation_draws.hpp"
#include "src/stats/permutation_test.hpp"
#include "src/stats/summary.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

std::vector<stats::TwoGroups> cells_of(const SequenceResponses& responses) {
    const std::size_t n = responses.n_rois;
    if (n == 0 || responses.regular.size() % n != 0 || responses.unexpected.size() % n != 0) {
        throw value_error(
            fmt::format("responses of {} ROIs: {} regular and {} unexpected values do not make "
                        "rows of equal length",
                        n, responses.regular.size(), responses.unexpected.size()));
    }
    const std::size_t n_regular = responses.regular.size() / n;
    const std::size_t n_unexpected = responses.unexpected.size() / n;
    std::vector<stats::TwoGroups> cells;
    for (std::size_t roi = 0; roi < n; ++roi) {
        cells.push_back({responses.regular.subspan(roi * n_regular, n_regular),
                         responses.unexpected.subspan(roi * n_unexpected, n_unexpected)});
    }
    return cells;
}

double mean_in_order(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

/// Permutations that put the same sequences into the groups again give the mean that was seen but
/// for rounding, which published p values count as it is: these means are computed again, summed in
/// the order of the permutation.
void settle_ties(std::span<const SequenceResponses> sessions, const TestSettings& settings,
                 double seen, std::vector<double>& null) {
    const double near = 1e-9 * std::max(1.0, std::abs(seen));
    const auto is_tie = [&](double value) { return std::abs(value - seen) <= near; };
    if (std::ranges::none_of(null, is_tie)) return;
    std::vector<double> again(null.size(), 0.0);
    double n_cells = 0.0;
    for (const SequenceResponses& session : sessions) {
        const auto cells = cells_of(session);
        n_cells += static_cast<double>(cells.size());
        const std::size_t n_regular = cells.front().first.size();
        std::vector<std::uint32_t> order(n_regular + cells.front().second.size());
        std::vector<double> permuted(order.size());
        stats::PermutationDraws draws(settings.source);
        for (std::size_t k = 0; k < null.size(); ++k) {
            draws.next_order(order);
            if (!is_tie(null[k])) continue;
            for (const auto& cell : cells) {
                for (std::size_t i = 0; i < order.size(); ++i) {
                    permuted[i] = order[i] < n_regular ? cell.first[order[i]]
                                                       : cell.second[order[i] - n_regular];
                }
                const std::span<const double> all(permuted);
                again[k] +=
                    mean_in_order(all.subspan(n_regular)) - mean_in_order(all.first(n_regular));
            }
        }
    }
    for (std::size_t k = 0; k < null.size(); ++k)
        if (is_tie(null[k])) null[k] = again[k] / n_cells;
}

}  // namespace

std::vector<double> sequence_differences(const SequenceResponses& responses) {
    std::vector<double> out;
    for (const auto& cell : cells_of(responses)) {
        out.push_back(pairwise_mean<double>(cell.second) - pairwise_mean<double>(cell.first));
    }
    return out;
}

DifferenceTest test_sequence_differences(std::span<const SequenceResponses> sessions,
                                         const TestSettings& settings, double p_threshold) {
    stats::PermutationSettings permutation;
    permutation.n_permutations = settings.n_permutations;
    permutation.source = settings.source;
    std::vector<double> differences;
    std::vector<double> null(settings.n_permutations, 0.0);
    for (const SequenceResponses& session : sessions) {
        const auto own = sequence_differences(session);
        differences.insert(differences.end(), own.begin(), own.end());
        for (const auto& of_cell : stats::null_distributions(cells_of(session), permutation)) {
            for (std::size_t k = 0; k < null.size(); ++k) null[k] += of_cell[k];
        }
    }
    for (double& value : null) value /= static_cast<double>(differences.size());
    DifferenceTest out;
    out.mean = pairwise_mean<double>(differences);
    out.sem = stats::statistic_of(differences, stats::Statistic::sem);
    settle_ties(sessions, settings, out.mean, null);
    out.null_interval =
        stats::null_interval(null, settings.tails, p_threshold, settings.comparisons.value_or(1.0));
    out.raw_p = stats::p_from_null(out.mean, null, settings.tails);
    out.p = stats::corrected_p(out.raw_p, settings.tails, settings.comparisons);
    return out;
}

}  // namespace tb::compute::imaging::openscope
