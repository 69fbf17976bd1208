#include "src/stats/permutation_ties.hpp"

#include "src/stats/p_values.hpp"
#include "src/stats/permutation_draws.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tb::stats {

namespace {

/// Sums one after another are those of eight lanes below eight values; more never tie in practice.
template <class T>
T mean_in_order(std::span<const T> values) {
    T sum = 0;
    for (const T value : values) sum += value;
    return sum / static_cast<T>(values.size());
}

template <class T>
double difference_in_order(std::span<const T> first, std::span<const T> second) {
    return static_cast<double>(mean_in_order(second) - mean_in_order(first));
}

template <class T>
void settle(TwoGroups groups, const PermutationSettings& settings, PermutationTest& test) {
    std::vector<T> all(groups.first.begin(), groups.first.end());
    all.insert(all.end(), groups.second.begin(), groups.second.end());
    const std::size_t n_first = groups.first.size();
    const double slack = sizeof(T) == sizeof(float) ? 1e-6 : 1e-9;
    const double near = slack * std::max(1.0, std::abs(test.value));
    const auto is_tie = [&](double value) { return std::abs(value - test.value) <= near; };
    if (std::ranges::none_of(test.null, is_tie)) return;
    const auto value_of = [&](std::span<const T> values) {
        return difference_in_order(values.first(n_first), values.subspan(n_first));
    };
    std::vector<std::uint32_t> order(all.size());
    std::vector<T> permuted(all.size());
    PermutationDraws draws(settings.source);
    for (double& value : test.null) {
        draws.next_order(order);
        if (!is_tie(value)) continue;
        for (std::size_t i = 0; i < order.size(); ++i) permuted[i] = all[order[i]];
        value = value_of(permuted);
    }
    test.value = value_of(all);
}

}  // namespace

void settle_ties(TwoGroups groups, const PermutationSettings& settings, Tails tails,
                 PermutationTest& test, Precision precision) {
    if (test.null.size() != settings.n_permutations) {
        throw value_error("ties: the null distribution is not that of these settings");
    }
    if (settings.pairing != Pairing::unpaired || settings.statistic != Statistic::mean ||
        settings.operation != GroupOperation::difference)
        return;
    const auto is_nan = [](double value) { return std::isnan(value); };
    if (std::isnan(test.value) || std::ranges::any_of(groups.first, is_nan) ||
        std::ranges::any_of(groups.second, is_nan))
        return;
    if (precision == Precision::of_float) {
        settle<float>(groups, settings, test);
    } else {
        settle<double>(groups, settings, test);
    }
    test.p = p_from_null(test.value, test.null, tails);
}

}  // namespace tb::stats
