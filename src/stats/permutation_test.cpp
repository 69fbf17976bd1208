#include "src/stats/permutation_test.hpp"

#include "src/stats/independent_tests.hpp"
#include "src/stats/masked_sums.hpp"
#include "src/stats/paired_t_test.hpp"
#include "src/stats/permutation_draws.hpp"
#include "src/stats/wilcoxon.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numeric>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tb::stats {

namespace {

using Mask = std::vector<std::int64_t>;

bool is_missing(double value) {
    return std::isnan(value);
}

bool has_missing(const TwoGroups& groups) {
    return std::ranges::any_of(groups.first, is_missing) ||
           std::ranges::any_of(groups.second, is_missing);
}

double quotient_r(double covariance, double first, double second) {
    // Rounding may leave a little of a constant's spread, or take it below 0.
    return std::clamp(covariance / std::sqrt(first * second), -1.0, 1.0);
}

bool is_squared(GroupOperation operation) {
    return operation == GroupOperation::r_squared ||
           operation == GroupOperation::difference_r_squared;
}

bool is_of_difference(GroupOperation operation) {
    return operation == GroupOperation::difference_correlation ||
           operation == GroupOperation::difference_r_squared;
}

double combined(double s0, double s1, GroupOperation operation) {
    switch (operation) {
        case GroupOperation::difference:
            return s1 - s0;
        case GroupOperation::ratio:
            return s1 / s0;
        case GroupOperation::relative_difference:
            return (s1 - s0) / (s1 + s0);
        default:
            return nan;
    }
}

// ---- Sums of the groups

/// Count, sum and sum of squares of a group's values, less an origin.
struct Moments {
    double n = 0.0;
    double sum = 0.0;
    double squares = 0.0;

    [[nodiscard]] double mean() const { return sum / n; }
    [[nodiscard]] double variance() const { return std::max(0.0, squares / n - mean() * mean()); }
};

struct TwoMoments {
    Moments first;
    Moments second;
};

/// What of a pair of groups is summed under a mask, and both groups' moments from that. Unpaired,
/// the mask has a bit for each value (set: in group 0); paired, one for each pair (set: exchanged).
class MomentColumns {
  public:
    MomentColumns(const TwoGroups& groups, Pairing pairing, bool with_squares)
        : is_paired_(pairing == Pairing::paired),
          with_squares_(with_squares),
          with_counts_(has_missing(groups)) {
        std::vector<double> all(groups.first.begin(), groups.first.end());
        all.insert(all.end(), groups.second.begin(), groups.second.end());
        // Squares are summed about the mean, that no digits be lost; sums alone as they are, so
        // that those of whole numbers are exact and equal groups compare equal.
        if (with_squares) {
            origin_ = statistic_of(all, Statistic::mean, MissingPolicy::leave_out);
        }
        n_first_ = groups.first.size();
        add(all, [&](double x) { return x - origin_; });
        if (with_squares_) add(all, [&](double x) { return (x - origin_) * (x - origin_); });
        if (with_counts_) add(all, [](double) { return 1.0; });
        n_total_ = static_cast<double>(all.size());
        n_unmasked_ = static_cast<double>(n_first_);
    }

    [[nodiscard]] double origin() const { return origin_; }
    [[nodiscard]] std::size_t count() const { return columns_.size(); }
    void add_to(MaskedColumns& all) const {
        for (const auto& column : columns_) all.add(column.values);
    }

    /// @param sums  of this pair's columns under a mask
    [[nodiscard]] TwoMoments split(std::span<const double> sums) const {
        TwoMoments out;
        std::size_t k = 0;
        const auto next = [&](double& first, double& second) {
            first = columns_[k].base + sums[k];
            second = columns_[k].total - first;
            ++k;
        };
        next(out.first.sum, out.second.sum);
        if (with_squares_) next(out.first.squares, out.second.squares);
        if (with_counts_) {
            next(out.first.n, out.second.n);
        } else {
            out.first.n = n_unmasked_;
            out.second.n = n_total_ - n_unmasked_;
        }
        return out;
    }

  private:
    struct Column {
        std::vector<double> values;
        double base = 0.0;   ///< group 0 without what the mask picks
        double total = 0.0;  ///< both groups
    };

    template <class Function>
    void add(const std::vector<double>& all, Function function) {
        std::vector<double> values;
        values.reserve(all.size());
        for (const double x : all) values.push_back(is_missing(x) ? 0.0 : function(x));
        Column column;
        column.total = std::accumulate(values.begin(), values.end(), 0.0);
        if (is_paired_) {
            for (std::size_t i = 0; i < n_first_; ++i) {
                column.base += values[i];
                column.values.push_back(values[n_first_ + i] - values[i]);
            }
        } else {
            column.values = std::move(values);
        }
        columns_.push_back(std::move(column));
    }

    bool is_paired_;
    bool with_squares_;
    bool with_counts_;
    std::size_t n_first_ = 0;
    double origin_ = 0.0;
    double n_total_ = 0.0;
    double n_unmasked_ = 0.0;
    std::vector<Column> columns_;
};

double group_statistic(const Moments& moments, double origin, Statistic statistic) {
    switch (statistic) {
        case Statistic::mean:
            return origin + moments.mean();
        case Statistic::var:
            return moments.variance();
        case Statistic::std:
            return std::sqrt(moments.variance());
        case Statistic::sem:
            return moments.n < 2.0 ? nan : std::sqrt(moments.variance() / (moments.n - 1.0));
        default:
            return nan;
    }
}

bool has_moments(Statistic statistic) {
    return statistic != Statistic::median && statistic != Statistic::mad;
}

// ---- The draws

Mask identity_mask(const TwoGroups& groups, Pairing pairing) {
    if (pairing == Pairing::paired) return Mask(groups.first.size(), 0);
    Mask out(groups.first.size() + groups.second.size(), 0);
    std::fill_n(out.begin(), groups.first.size(), std::int64_t{-1});
    return out;
}

void next_mask(PermutationDraws& draws, const TwoGroups& groups, Pairing pairing, Mask& mask) {
    if (pairing == Pairing::paired) {
        draws.next_swaps(mask);
    } else {
        draws.next_members(groups.first.size(), mask);
    }
}

void require_equal_sizes(std::span<const TwoGroups> pairs, const PermutationSettings& settings) {
    for (const TwoGroups& groups : pairs) {
        if (groups.first.size() != pairs[0].first.size() ||
            groups.second.size() != pairs[0].second.size()) {
            throw value_error("permutations of several pairs of groups: expected equal sizes");
        }
    }
    if (pairs.empty()) return;
    const std::size_t n0 = pairs[0].first.size();
    const std::size_t n1 = pairs[0].second.size();
    if ((settings.pairing != Pairing::unpaired || is_correlation(settings.operation)) && n0 != n1) {
        throw value_error(fmt::format(
            "groups of {} and {} values: expected as many, for they are paired", n0, n1));
    }
}

void require_permutable(const PermutationSettings& settings) {
    const bool is_between = settings.pairing == Pairing::between;
    if (is_between && !is_correlation(settings.operation)) {
        throw value_error(
            "values permuted within each group: expected a correlation, nothing else changes");
    }
    if (!is_between && is_correlation(settings.operation) &&
        !is_of_difference(settings.operation)) {
        throw value_error(
            "values exchanged between the groups of a correlation: expected diff_corr or "
            "diff_R_sqr");
    }
}

/// Calls visit(pair, moments of both groups) for the groups as they are, then for each permutation.
template <class Visit>
void for_each_moments(std::span<const TwoGroups> pairs, const PermutationSettings& settings,
                      const std::vector<MomentColumns>& parts, Visit visit) {
    Mask mask = identity_mask(pairs[0], settings.pairing);
    MaskedColumns columns(mask.size());
    for (const MomentColumns& part : parts) part.add_to(columns);
    std::vector<double> sums(columns.count());
    PermutationDraws draws(settings.source);
    for (std::size_t i = 0; i <= settings.n_permutations; ++i) {
        if (i > 0) next_mask(draws, pairs[0], settings.pairing, mask);
        columns.sum(mask, sums);
        std::size_t at = 0;
        for (std::size_t k = 0; k < parts.size(); ++k) {
            visit(k, parts[k].split(std::span(sums).subspan(at, parts[k].count())));
            at += parts[k].count();
        }
    }
}

/// A statistic that has no sums: the groups are put together under each mask.
class GatheredGroups {
  public:
    explicit GatheredGroups(const TwoGroups& groups) : groups_(groups) {}

    std::pair<double, double> statistics(const Mask& mask, const PermutationSettings& settings) {
        first_.clear();
        second_.clear();
        const auto put = [&](double value, bool is_first) {
            (is_first ? first_ : second_).push_back(value);
        };
        const std::size_t n0 = groups_.first.size();
        for (std::size_t i = 0; i < mask.size(); ++i) {
            const bool is_set = mask[i] != 0;
            if (settings.pairing == Pairing::paired) {
                put(groups_.first[i], !is_set);
                put(groups_.second[i], is_set);
            } else {
                put(i < n0 ? groups_.first[i] : groups_.second[i - n0], is_set);
            }
        }
        return {statistic_of(first_, settings.statistic, settings.missing),
                statistic_of(second_, settings.statistic, settings.missing)};
    }

  private:
    TwoGroups groups_;
    std::vector<double> first_;
    std::vector<double> second_;
};

/// Values of each pair: first of the groups as they are, then of each permutation.
using WithActual = std::vector<std::vector<double>>;

struct StatisticsWithActual {
    WithActual first;
    WithActual second;
};

StatisticsWithActual group_statistics(std::span<const TwoGroups> pairs,
                                      const PermutationSettings& settings) {
    StatisticsWithActual out{WithActual(pairs.size()), WithActual(pairs.size())};
    const auto push = [&](std::size_t k, double first, double second) {
        out.first[k].push_back(first);
        out.second[k].push_back(second);
    };
    if (has_moments(settings.statistic)) {
        std::vector<MomentColumns> parts;
        for (const TwoGroups& groups : pairs) {
            parts.emplace_back(groups, settings.pairing, settings.statistic != Statistic::mean);
        }
        for_each_moments(pairs, settings, parts, [&](std::size_t k, const TwoMoments& moments) {
            const double origin = parts[k].origin();
            push(k, group_statistic(moments.first, origin, settings.statistic),
                 group_statistic(moments.second, origin, settings.statistic));
        });
    } else {
        Mask mask = identity_mask(pairs[0], settings.pairing);
        std::vector<GatheredGroups> gathered(pairs.begin(), pairs.end());
        PermutationDraws draws(settings.source);
        for (std::size_t i = 0; i <= settings.n_permutations; ++i) {
            if (i > 0) next_mask(draws, pairs[0], settings.pairing, mask);
            for (std::size_t k = 0; k < pairs.size(); ++k) {
                const auto [first, second] = gathered[k].statistics(mask, settings);
                push(k, first, second);
            }
        }
    }
    // A value that is missing and kept makes everything that holds it missing: here, all.
    for (std::size_t k = 0; k < pairs.size(); ++k) {
        if (settings.missing == MissingPolicy::leave_out || !has_missing(pairs[k])) continue;
        std::ranges::fill(out.first[k], nan);
        std::ranges::fill(out.second[k], nan);
    }
    return out;
}

// ---- Correlations

/// Products of two samples about their means, as they lie.
struct Products {
    double xx = 0.0;
    double yy = 0.0;
    double xy = 0.0;
};

double correlation_of(const Products& products, GroupOperation operation) {
    const auto [xx, yy, xy] = products;
    const double r = is_of_difference(operation)
                         ? quotient_r(xy - xx, xx, std::max(0.0, xx + yy - 2.0 * xy))
                         : quotient_r(xy, xx, yy);
    return is_squared(operation) ? r * r : r;
}

std::vector<double> centred(std::span<const double> values, double mean) {
    std::vector<double> out;
    out.reserve(values.size());
    for (const double value : values) out.push_back(value - mean);
    return out;
}

double sum_of_products(std::span<const double> x, std::span<const double> y) {
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
}

/// Samples that are paired anew by one and the same permutation, value by value together.
class Interleaved {
  public:
    /// @param samples  of equal length, at least one
    explicit Interleaved(const std::vector<std::vector<double>>& samples) : count_(samples.size()) {
        for (std::size_t i = 0; i < samples.front().size(); ++i) {
            for (const auto& sample : samples) values_.push_back(sample[i]);
        }
    }
    [[nodiscard]] const double* at(std::uint32_t place) const {
        return values_.data() + place * count_;
    }

  private:
    std::size_t count_;
    std::vector<double> values_;
};

/// Per sample the sum of products of x in one order and y in another.
void ordered_products(const Interleaved& x, std::span<const std::uint32_t> x_order,
                      const Interleaved& y, std::span<const std::uint32_t> y_order,
                      std::span<double> out) {
    const std::size_t n = x_order.size();
    if (out.size() == 1) {
        double sum0 = 0.0, sum1 = 0.0;
        std::size_t k = 0;
        for (; k + 2 <= n; k += 2) {
            sum0 += *x.at(x_order[k]) * *y.at(y_order[k]);
            sum1 += *x.at(x_order[k + 1]) * *y.at(y_order[k + 1]);
        }
        if (k < n) sum0 += *x.at(x_order[k]) * *y.at(y_order[k]);
        out[0] = sum0 + sum1;
        return;
    }
    if (out.size() == 2) {
        using Two = double __attribute__((vector_size(16)));
        Two sum0 = {}, sum1 = {};
        const auto add = [&](Two& sum, std::size_t k) {
            Two a, b;
            std::memcpy(&a, x.at(x_order[k]), sizeof a);
            std::memcpy(&b, y.at(y_order[k]), sizeof b);
            sum += a * b;
        };
        std::size_t k = 0;
        for (; k + 2 <= n; k += 2) {
            add(sum0, k);
            add(sum1, k + 1);
        }
        if (k < n) add(sum0, k);
        sum0 += sum1;
        out[0] = sum0[0];
        out[1] = sum0[1];
        return;
    }
    std::ranges::fill(out, 0.0);
    for (std::size_t k = 0; k < n; ++k) {
        const double* a = x.at(x_order[k]);
        const double* b = y.at(y_order[k]);
        for (std::size_t i = 0; i < out.size(); ++i) out[i] += a[i] * b[i];
    }
}

/// Each group is put into an order of its own, which pairs its values with others.
WithActual correlations_between(std::span<const TwoGroups> pairs,
                                const PermutationSettings& settings) {
    const std::size_t n = pairs[0].first.size();
    std::vector<std::vector<double>> first, second;
    std::vector<Products> products(pairs.size());
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        first.push_back(centred(pairs[i].first, statistic_of(pairs[i].first, Statistic::mean)));
        second.push_back(centred(pairs[i].second, statistic_of(pairs[i].second, Statistic::mean)));
        products[i].xx = sum_of_products(first[i], first[i]);
        products[i].yy = sum_of_products(second[i], second[i]);
    }
    const Interleaved x(first), y(second);
    WithActual out(pairs.size());
    for (auto& values : out) values.reserve(settings.n_permutations + 1);
    std::vector<double> sums(pairs.size());
    std::vector<std::uint32_t> first_order(n), second_order(n);
    std::iota(first_order.begin(), first_order.end(), 0U);
    std::iota(second_order.begin(), second_order.end(), 0U);
    PermutationDraws draws(settings.source);
    for (std::size_t i = 0; i <= settings.n_permutations; ++i) {
        if (i > 0) {
            draws.next_order(first_order);
            draws.next_order(second_order);
        }
        ordered_products(x, first_order, y, second_order, sums);
        for (std::size_t k = 0; k < pairs.size(); ++k) {
            products[k].xy = sums[k];
            out[k].push_back(correlation_of(products[k], settings.operation));
        }
    }
    return out;
}

/// The pairs' values are exchanged or not. What a sum of products holds does not change then.
WithActual correlations_paired(std::span<const TwoGroups> pairs,
                               const PermutationSettings& settings) {
    std::vector<MomentColumns> parts;
    std::vector<double> products;
    for (const TwoGroups& groups : pairs) {
        parts.emplace_back(groups, settings.pairing, true);
        products.push_back(sum_of_products(centred(groups.first, parts.back().origin()),
                                           centred(groups.second, parts.back().origin())));
    }
    WithActual out(pairs.size());
    for_each_moments(pairs, settings, parts, [&](std::size_t k, const TwoMoments& moments) {
        const auto& [first, second] = moments;
        out[k].push_back(correlation_of(
            {first.squares - first.sum * first.mean(), second.squares - second.sum * second.mean(),
             products[k] - first.sum * second.mean()},
            settings.operation));
    });
    return out;
}

/// All values are put into one order; its first half is paired with its second half.
WithActual correlations_unpaired(std::span<const TwoGroups> pairs,
                                 const PermutationSettings& settings) {
    const std::size_t n = pairs[0].first.size();
    std::vector<std::vector<double>> samples;
    for (const TwoGroups& groups : pairs) {
        std::vector<double> all(groups.first.begin(), groups.first.end());
        all.insert(all.end(), groups.second.begin(), groups.second.end());
        samples.push_back(centred(all, statistic_of(all, Statistic::mean)));
    }
    WithActual out(pairs.size());
    std::vector<std::uint32_t> order(2 * n);
    std::iota(order.begin(), order.end(), 0U);
    PermutationDraws draws(settings.source);
    const auto count = static_cast<double>(n);
    for (std::size_t i = 0; i <= settings.n_permutations; ++i) {
        if (i > 0) draws.next_order(order);
        for (std::size_t k = 0; k < samples.size(); ++k) {
            double sx = 0.0, sy = 0.0;
            Products sums;
            for (std::size_t j = 0; j < n; ++j) {
                const double x = samples[k][order[j]];
                const double y = samples[k][order[n + j]];
                sx += x;
                sy += y;
                sums.xx += x * x;
                sums.yy += y * y;
                sums.xy += x * y;
            }
            out[k].push_back(correlation_of(
                {sums.xx - sx * sx / count, sums.yy - sy * sy / count, sums.xy - sx * sy / count},
                settings.operation));
        }
    }
    return out;
}

WithActual d_primes(std::span<const TwoGroups> pairs, const PermutationSettings& settings) {
    std::vector<MomentColumns> parts;
    for (const TwoGroups& groups : pairs) parts.emplace_back(groups, settings.pairing, true);
    WithActual out(pairs.size());
    for_each_moments(pairs, settings, parts, [&](std::size_t k, const TwoMoments& moments) {
        const auto& [first, second] = moments;
        out[k].push_back((second.mean() - first.mean()) /
                         std::sqrt(0.5 * (first.variance() + second.variance())));
    });
    return out;
}

/// The groups as they are in front, then every permutation.
WithActual values_with_actual(std::span<const TwoGroups> pairs,
                              const PermutationSettings& settings) {
    require_permutable(settings);
    require_equal_sizes(pairs, settings);
    if (pairs.empty()) return {};
    WithActual out;
    if (is_correlation(settings.operation)) {
        out = settings.pairing == Pairing::between  ? correlations_between(pairs, settings)
              : settings.pairing == Pairing::paired ? correlations_paired(pairs, settings)
                                                    : correlations_unpaired(pairs, settings);
    } else if (settings.operation == GroupOperation::d_prime) {
        out = d_primes(pairs, settings);
    } else {
        StatisticsWithActual found = group_statistics(pairs, settings);
        for (std::size_t k = 0; k < pairs.size(); ++k) {
            for (std::size_t i = 0; i < found.first[k].size(); ++i) {
                found.first[k][i] =
                    combined(found.first[k][i], found.second[k][i], settings.operation);
            }
        }
        out = std::move(found.first);
    }
    for (std::size_t k = 0; k < pairs.size(); ++k) {
        const bool is_kept =
            settings.missing == MissingPolicy::keep || is_correlation(settings.operation);
        if (is_kept && has_missing(pairs[k])) std::ranges::fill(out[k], nan);
    }
    return out;
}

PermutationTest tested(std::vector<double> with_actual, Tails tails, MissingPolicy missing) {
    PermutationTest out;
    out.value = with_actual.front();
    out.null.assign(with_actual.begin() + 1, with_actual.end());
    out.p = p_from_null(out.value, out.null, tails, missing);
    return out;
}

}  // namespace

GroupOperation group_operation(std::string_view word) {
    if (word == "diff") return GroupOperation::difference;
    if (word == "ratio") return GroupOperation::ratio;
    if (word == "rel_diff") return GroupOperation::relative_difference;
    if (word == "d-prime") return GroupOperation::d_prime;
    if (word == "corr") return GroupOperation::correlation;
    if (word == "diff_corr") return GroupOperation::difference_correlation;
    if (word == "R_sqr") return GroupOperation::r_squared;
    if (word == "diff_R_sqr") return GroupOperation::difference_r_squared;
    throw value_error("operation '" + std::string(word) +
                      "': expected diff, ratio, rel_diff, d-prime, corr, diff_corr, R_sqr or "
                      "diff_R_sqr");
}

bool is_correlation(GroupOperation operation) {
    return operation == GroupOperation::correlation ||
           operation == GroupOperation::difference_correlation || is_squared(operation);
}

double pearson_r(std::span<const double> x, std::span<const double> y) {
    if (x.size() != y.size()) {
        throw value_error(fmt::format("correlation: {} and {} values, expected as many of either",
                                      x.size(), y.size()));
    }
    const std::vector<double> cx = centred(x, statistic_of(x, Statistic::mean));
    const std::vector<double> cy = centred(y, statistic_of(y, Statistic::mean));
    return quotient_r(sum_of_products(cx, cy), sum_of_products(cx, cx), sum_of_products(cy, cy));
}

double operation_value(TwoGroups groups, const PermutationSettings& settings) {
    const auto of = [&](std::span<const double> values, Statistic statistic) {
        return statistic_of(values, statistic, settings.missing);
    };
    if (is_correlation(settings.operation)) {
        std::vector<double> second(groups.second.begin(), groups.second.end());
        if (is_of_difference(settings.operation) && second.size() == groups.first.size()) {
            for (std::size_t i = 0; i < second.size(); ++i) second[i] -= groups.first[i];
        }
        const double r = pearson_r(groups.first, second);
        return is_squared(settings.operation) ? r * r : r;
    }
    if (settings.operation == GroupOperation::d_prime) {
        return (of(groups.second, Statistic::mean) - of(groups.first, Statistic::mean)) /
               std::sqrt(0.5 *
                         (of(groups.first, Statistic::var) + of(groups.second, Statistic::var)));
    }
    return combined(of(groups.first, settings.statistic), of(groups.second, settings.statistic),
                    settings.operation);
}

std::vector<PermutedStatistics> permuted_statistics(std::span<const TwoGroups> pairs,
                                                    const PermutationSettings& settings) {
    PermutationSettings of_groups = settings;
    of_groups.operation = GroupOperation::difference;
    require_permutable(of_groups);
    require_equal_sizes(pairs, of_groups);
    if (pairs.empty()) return {};
    StatisticsWithActual found = group_statistics(pairs, of_groups);
    std::vector<PermutedStatistics> out;
    for (std::size_t k = 0; k < pairs.size(); ++k) {
        found.first[k].erase(found.first[k].begin());
        found.second[k].erase(found.second[k].begin());
        out.push_back({std::move(found.first[k]), std::move(found.second[k])});
    }
    return out;
}

std::vector<std::vector<double>> null_distributions(std::span<const TwoGroups> pairs,
                                                    const PermutationSettings& settings) {
    WithActual out = values_with_actual(pairs, settings);
    for (auto& values : out) values.erase(values.begin());
    return out;
}

PermutationTest permutation_test(TwoGroups groups, const PermutationSettings& settings,
                                 Tails tails) {
    WithActual values = values_with_actual({&groups, 1}, settings);
    return tested(std::move(values.front()), tails, settings.missing);
}

std::vector<double> p_across_groups(std::span<const std::optional<std::vector<double>>> groups,
                                    const PermutationSettings& settings, PairTest test) {
    const bool is_paired = settings.pairing == Pairing::paired;
    std::vector<double> out;
    // Permutations of groups of the same sizes draw the same: they are tested together.
    struct Together {
        std::vector<TwoGroups> pairs;
        std::vector<std::size_t> places;
    };
    std::map<std::pair<std::size_t, std::size_t>, Together> by_size;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        for (std::size_t j = i + 1; j < groups.size(); ++j) {
            out.push_back(nan);
            const auto& first = groups[i];
            const auto& second = groups[j];
            if (!first || !second || first->empty() || second->empty()) continue;
            if (test == PairTest::permutation) {
                Together& together = by_size[{first->size(), second->size()}];
                together.pairs.push_back({*first, *second});
                together.places.push_back(out.size() - 1);
            } else if (test == PairTest::t_test) {
                out.back() = 0.5 * (is_paired ? paired_t_test(*first, *second)
                                              : independent_t_test(*first, *second))
                                       .p;
            } else {
                out.back() = 0.5 * (is_paired ? wilcoxon_signed_rank(*first, *second)
                                              : mann_whitney(*first, *second))
                                       .p;
            }
        }
    }
    for (const auto& [sizes, together] : by_size) {
        WithActual values = values_with_actual(together.pairs, settings);
        for (std::size_t k = 0; k < values.size(); ++k) {
            out[together.places[k]] = tested(std::move(values[k]), Tails::both, settings.missing).p;
        }
    }
    return out;
}

}  // namespace tb::stats
