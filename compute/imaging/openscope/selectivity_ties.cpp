#include "compute/imaging/openscope/selectivity_ties.hpp"

#include "compute/imaging/openscope/pairwise_sum.hpp"
#include "src/stats/p_values.hpp"
#include "src/stats/permutation_draws.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tb::compute::imaging::openscope {

namespace {

double sum_in_order(std::span<const double> values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    return sum;
}

/// d-prime with sums as `sum` makes them.
template <class Sum>
double index_of(std::span<const double> regular, std::span<const double> unexpected,
                const Sum& sum) {
    const auto moments = [&](std::span<const double> values) {
        const auto n = static_cast<double>(values.size());
        const double mean = sum(values) / n;
        std::vector<double> squares;
        for (const double value : values) squares.push_back((value - mean) * (value - mean));
        const double deviation = std::sqrt(sum(std::span<const double>(squares)) / n);
        return std::pair{mean, deviation * deviation};
    };
    const auto [mean0, variance0] = moments(regular);
    const auto [mean1, variance1] = moments(unexpected);
    return (mean1 - mean0) / std::sqrt(0.5 * (variance0 + variance1));
}

bool is_same_but_for_rounding(double a, double b) {
    return std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(b));
}

/// Sums of the ROIs as they are: NumPy's.
std::vector<double> observed_indices(const SequenceResponses& responses) {
    const std::size_t n_rois = responses.n_rois;
    const std::size_t n_regular = responses.regular.size() / n_rois;
    const std::size_t n_unexpected = responses.unexpected.size() / n_rois;
    std::vector<double> out;
    for (std::size_t roi = 0; roi < n_rois; ++roi) {
        out.push_back(index_of(responses.regular.subspan(roi * n_regular, n_regular),
                               responses.unexpected.subspan(roi * n_unexpected, n_unexpected),
                               pairwise_sum<double>));
    }
    return out;
}

}  // namespace

void count_ties_as_published(const SequenceResponses& responses,
                             const SelectivitySettings& settings, SelectivityNull& null) {
    const std::size_t n_rois = responses.n_rois;
    const std::size_t n_permutations = null.n_permutations;
    if (null.index.size() != n_rois || null.null.size() != n_rois * n_permutations ||
        settings.n_permutations != n_permutations) {
        throw value_error("selectivity: the null distribution is not of these responses");
    }
    std::vector<bool> has_tie(n_permutations, false);
    for (std::size_t roi = 0; roi < n_rois; ++roi) {
        const auto own = null.null_of(roi);
        for (std::size_t k = 0; k < n_permutations; ++k) {
            if (is_same_but_for_rounding(own[k], null.index[roi])) has_tie[k] = true;
        }
    }
    if (std::ranges::find(has_tie, true) == has_tie.end()) return;

    const std::size_t n_regular = responses.regular.size() / n_rois;
    const std::size_t n_unexpected = responses.unexpected.size() / n_rois;
    std::vector<bool> changes(n_rois, false);
    const auto observed = observed_indices(responses);
    stats::PermutationDraws draws(settings.source);
    std::vector<std::uint32_t> order(n_regular + n_unexpected);
    std::vector<double> permuted(order.size());
    for (std::size_t k = 0; k < n_permutations; ++k) {
        draws.next_order(order);
        if (!has_tie[k]) continue;
        for (std::size_t roi = 0; roi < n_rois; ++roi) {
            double& value = null.null[roi * n_permutations + k];
            if (!is_same_but_for_rounding(value, null.index[roi])) continue;
            for (std::size_t i = 0; i < order.size(); ++i) {
                permuted[i] = order[i] < n_regular
                                  ? responses.regular[roi * n_regular + order[i]]
                                  : responses.unexpected[roi * n_unexpected + order[i] - n_regular];
            }
            const std::span<const double> all(permuted);
            value = index_of(all.first(n_regular), all.subspan(n_regular), sum_in_order);
            changes[roi] = true;
        }
    }
    for (std::size_t roi = 0; roi < n_rois; ++roi) {
        if (!changes[roi]) continue;
        null.index[roi] = observed[roi];
        null.percentile[roi] = stats::percentile_of_score(null.null_of(roi), null.index[roi]);
    }
}

}  // namespace tb::compute::imaging::openscope
