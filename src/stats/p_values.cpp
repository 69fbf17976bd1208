#include "src/stats/p_values.hpp"

#include "src/signal/order_statistics.hpp"
#include "src/stats/test_result.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

namespace tb::stats {

namespace {

constexpr std::size_t least_beyond = 2;  // spec/openscope.md, 7.3

Error unexpected_nan(const std::string& what) {
    return Error(ErrorKind::data, what + " is NaN, expected a number",
                 "Leave out what has no values, as bad ROIs, first.", "UnexpectedNaN");
}

/// The null distribution without NaN.
std::vector<double> checked_null(std::span<const double> null, MissingPolicy missing) {
    std::vector<double> out = without_missing(null);
    if (out.size() != null.size() && missing == MissingPolicy::keep) {
        throw unexpected_nan(fmt::format("{} of {} values of a null distribution",
                                         null.size() - out.size(), null.size()));
    }
    if (out.empty()) throw too_few_values("null distribution without values");
    return out;
}

double folded(double percentile, Tails tails) {
    const double one_sided =
        tails != Tails::low && percentile > 50.0 ? 100.0 - percentile : percentile;
    return one_sided / 100.0;
}

}  // namespace

Tails tails_named(std::string_view word) {
    if (word == "2") return Tails::both;
    if (word == "hi") return Tails::high;
    if (word == "lo") return Tails::low;
    throw value_error("tails '" + std::string(word) + "': expected 2, hi or lo");
}

double tail_count(Tails tails) {
    return tails == Tails::both ? 2.0 : 1.0;
}

double percentile_of_score(std::span<const double> null, double score) {
    if (null.empty() || std::isnan(score)) return nan;
    std::size_t below = 0;
    std::size_t up_to = 0;
    for (const double value : null) {
        below += value < score ? 1 : 0;
        up_to += value <= score ? 1 : 0;
    }
    return static_cast<double>(below + up_to) * (50.0 / static_cast<double>(null.size()));
}

PercentileBounds percentile_bounds(double confidence, Tails tails) {
    if (!(confidence >= 0.0 && confidence <= 1.0)) {
        throw value_error(fmt::format("confidence {}: expected 0 to 1", confidence));
    }
    const double percent = 100.0 * confidence;
    switch (tails) {
        case Tails::high:
            return {0.0, percent};
        case Tails::low:
            return {100.0 - percent, 100.0};
        case Tails::both:
            break;
    }
    return {0.5 * (100.0 - percent), 0.5 * (100.0 + percent)};
}

double p_from_null(double value, std::span<const double> null, Tails tails, MissingPolicy missing) {
    if (std::isnan(value)) return nan;
    return folded(percentile_of_score(checked_null(null, missing), value), tails);
}

void require_enough_permutations(std::size_t n_permutations, double p_threshold) {
    const double beyond = std::floor(static_cast<double>(n_permutations) * p_threshold);
    if (beyond >= static_cast<double>(least_beyond)) return;
    throw Error(ErrorKind::data,
                fmt::format("{} permutations leave {} beyond a p of {}, expected at least {}",
                            n_permutations, beyond, p_threshold, least_beyond),
                "Ask for more permutations, or for fewer comparisons.", "TooFewPermutations");
}

std::array<double, 3> null_interval(std::span<const double> null, Tails tails, double p_threshold,
                                    double comparisons, MissingPolicy missing) {
    const std::vector<double> present = checked_null(null, missing);
    const double threshold = p_threshold / comparisons;
    require_enough_permutations(present.size(), threshold);
    const PercentileBounds bounds = percentile_bounds(1.0 - threshold, tails);
    signal::ValueSorter sorter;
    const auto sorted = sorter.sorted(present);
    return {signal::quantile_of_sorted(sorted, bounds.low / 100.0),
            signal::quantile_of_sorted(sorted, 0.5),
            signal::quantile_of_sorted(sorted, bounds.high / 100.0)};
}

double corrected_p(double p, Tails tails, std::optional<double> comparisons) {
    if (std::isnan(p)) return p;
    return std::min(1.0, p * tail_count(tails) * comparisons.value_or(1.0));
}

double p_sensitivity(Tails tails, std::optional<double> comparisons, std::size_t n_permutations) {
    return tail_count(tails) / static_cast<double>(n_permutations) * comparisons.value_or(1.0);
}

AdjustedPermutations adjusted_permutations(double comparisons, double p_threshold,
                                           std::size_t n_permutations) {
    if (!(comparisons > 0.0) || !(p_threshold > 0.0)) {
        throw value_error(
            fmt::format("{} comparisons at p {}: expected both above 0", comparisons, p_threshold));
    }
    const double threshold = p_threshold / comparisons;
    const double needed = std::ceil(static_cast<double>(least_beyond) / threshold);
    return {threshold, std::max(n_permutations, static_cast<std::size_t>(needed))};
}

BeyondNull values_beyond(std::span<const double> values, std::span<const std::vector<double>> nulls,
                         Tails tails, double p_threshold, MissingPolicy missing) {
    if (values.size() != nulls.size()) {
        throw value_error(fmt::format("{} values and {} null distributions, expected as many",
                                      values.size(), nulls.size()));
    }
    BeyondNull out;
    const double share = tails == Tails::both ? p_threshold / 2.0 : p_threshold;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (std::isnan(values[i]) && missing == MissingPolicy::keep) {
            throw unexpected_nan(fmt::format("value {} of {}", i + 1, values.size()));
        }
        out.p.push_back(p_from_null(values[i], nulls[i], tails, missing));
        if (std::isnan(values[i])) continue;
        const std::vector<double> null = checked_null(nulls[i], missing);
        require_enough_permutations(null.size(), p_threshold);
        signal::ValueSorter sorter;
        const auto sorted = sorter.sorted(null);
        if (tails != Tails::high && values[i] < signal::quantile_of_sorted(sorted, share)) {
            out.low.push_back(i);
        }
        if (tails != Tails::low && values[i] > signal::quantile_of_sorted(sorted, 1.0 - share)) {
            out.high.push_back(i);
        }
    }
    return out;
}

}  // namespace tb::stats
