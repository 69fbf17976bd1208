#include "src/stats/bootstrap.hpp"

#include "src/signal/lanes.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

namespace tb::stats {

namespace {

/// Calls visit(choices) for each place in a sample: the values that the samples have there.
template <class Visit>
void for_each_choice(std::size_t n, const BootstrapSettings& settings, Visit visit) {
    RandomStream stream(settings.source);
    std::vector<std::uint32_t> choices(settings.n_samples);
    for (std::size_t i = 0; i < n; ++i) {
        stream.fill_below(static_cast<std::uint32_t>(n), choices);
        visit(std::span<const std::uint32_t>(choices));
    }
}

TB_LANE_CLONES void count_below(const std::uint64_t* fractions, std::size_t n,
                                std::int64_t threshold, std::int64_t* counts) {
    for (std::size_t i = 0; i < n; ++i) {
        counts[i] += static_cast<std::int64_t>(fractions[i]) < threshold ? 1 : 0;
    }
}

bool is_nan(double value) {
    return std::isnan(value);
}

/// Sums over the samples of one list of values, about its mean, that squares lose no digits.
class SampleSums {
  public:
    SampleSums(std::span<const double> values, bool with_squares, std::size_t n_samples)
        : origin_(statistic_of(values, Statistic::mean, MissingPolicy::leave_out)),
          has_missing_(std::ranges::any_of(values, is_nan)),
          counts_(n_samples, has_missing_ ? 0.0 : static_cast<double>(values.size())),
          sums_(n_samples, 0.0),
          squares_(with_squares ? n_samples : 0, 0.0) {
        for (const double value : values) {
            const double centred = is_nan(value) ? 0.0 : value - origin_;
            centred_.push_back(centred);
            squared_.push_back(centred * centred);
            present_.push_back(is_nan(value) ? 0.0 : 1.0);
        }
    }

    [[nodiscard]] bool has_missing() const { return has_missing_; }

    /// One more value of each sample.
    void add(std::span<const std::uint32_t> choices) {
        add(choices, centred_, sums_);
        if (!squares_.empty()) add(choices, squared_, squares_);
        if (has_missing_) add(choices, present_, counts_);
    }

    [[nodiscard]] std::vector<double> statistics(Statistic statistic) const {
        std::vector<double> out;
        out.reserve(sums_.size());
        for (std::size_t j = 0; j < sums_.size(); ++j) {
            const double mean = sums_[j] / counts_[j];
            if (statistic == Statistic::mean) {
                out.push_back(origin_ + mean);
                continue;
            }
            const double variance = std::max(0.0, squares_[j] / counts_[j] - mean * mean);
            out.push_back(statistic == Statistic::var   ? variance
                          : statistic == Statistic::std ? std::sqrt(variance)
                                                        : std::sqrt(variance / (counts_[j] - 1.0)));
        }
        return out;
    }

  private:
    static void add(std::span<const std::uint32_t> choices, const std::vector<double>& values,
                    std::vector<double>& sums) {
        for (std::size_t j = 0; j < choices.size(); ++j) sums[j] += values[choices[j]];
    }

    double origin_;
    bool has_missing_;
    std::vector<double> counts_;
    std::vector<double> sums_;
    std::vector<double> squares_;
    std::vector<double> centred_;
    std::vector<double> squared_;
    std::vector<double> present_;
};

}  // namespace

std::vector<double> bootstrap_statistics(std::span<const double> values, Statistic statistic,
                                         const BootstrapSettings& settings) {
    return std::move(bootstrap_statistics({&values, 1}, statistic, settings).front());
}

std::vector<std::vector<double>> bootstrap_statistics(
    std::span<const std::span<const double>> lists, Statistic statistic,
    const BootstrapSettings& settings) {
    if (statistic == Statistic::median || statistic == Statistic::mad) {
        throw value_error(
            "bootstrapped standard deviation of a median: expected mean, var, std or sem");
    }
    std::vector<std::vector<double>> out(lists.size());
    if (lists.empty()) return out;
    const std::size_t n = lists.front().size();
    std::vector<SampleSums> sums;
    for (const auto& values : lists) {
        if (values.size() != n) {
            throw value_error(
                fmt::format("samples of {} and {} values: expected one length", values.size(), n));
        }
        sums.emplace_back(values, statistic != Statistic::mean, settings.n_samples);
    }
    for_each_choice(n, settings, [&](std::span<const std::uint32_t> choices) {
        for (SampleSums& one : sums) one.add(choices);
    });
    for (std::size_t k = 0; k < lists.size(); ++k) {
        // A sample without the missing value is still one of a whole that is not known.
        const bool is_unknown =
            n == 0 || (sums[k].has_missing() && settings.missing == MissingPolicy::keep);
        out[k] = is_unknown ? std::vector<double>(settings.n_samples, nan)
                            : sums[k].statistics(statistic);
    }
    return out;
}

std::vector<double> bootstrap_correlations(std::span<const double> x, std::span<const double> y,
                                           bool is_of_difference,
                                           const BootstrapSettings& settings) {
    if (x.size() != y.size()) {
        throw value_error(fmt::format("correlation: {} and {} values, expected as many of either",
                                      x.size(), y.size()));
    }
    const std::size_t n = x.size();
    std::vector<double> a(x.begin(), x.end()), b(y.begin(), y.end());
    if (is_of_difference) {
        for (std::size_t i = 0; i < n; ++i) b[i] -= a[i];
    }
    const double origin_a = statistic_of(a, Statistic::mean);
    const double origin_b = statistic_of(b, Statistic::mean);
    struct Sums {
        double a = 0.0, b = 0.0, aa = 0.0, bb = 0.0, ab = 0.0;
    };
    // Together, for a choice picks all five.
    std::vector<Sums> of_value(n), of_sample(settings.n_samples);
    for (std::size_t i = 0; i < n; ++i) {
        const double ca = a[i] - origin_a;
        const double cb = b[i] - origin_b;
        of_value[i] = {ca, cb, ca * ca, cb * cb, ca * cb};
    }
    for_each_choice(n, settings, [&](std::span<const std::uint32_t> choices) {
        for (std::size_t j = 0; j < choices.size(); ++j) {
            const Sums& chosen = of_value[choices[j]];
            Sums& sum = of_sample[j];
            sum.a += chosen.a;
            sum.b += chosen.b;
            sum.aa += chosen.aa;
            sum.bb += chosen.bb;
            sum.ab += chosen.ab;
        }
    });
    std::vector<double> out;
    out.reserve(settings.n_samples);
    const auto count = static_cast<double>(n);
    for (const Sums& sum : of_sample) {
        const double aa = std::max(0.0, sum.aa - sum.a * sum.a / count);
        const double bb = std::max(0.0, sum.bb - sum.b * sum.b / count);
        out.push_back(std::clamp((sum.ab - sum.a * sum.b / count) / std::sqrt(aa * bb), -1.0, 1.0));
    }
    return out;
}

double bootstrap_std(std::span<const double> values, Statistic statistic,
                     const BootstrapSettings& settings) {
    return statistic_of(bootstrap_statistics(values, statistic, settings), Statistic::std,
                        settings.missing);
}

double bootstrap_proportion_std(double proportion, std::size_t n,
                                const BootstrapSettings& settings) {
    if (!(proportion >= 0.0 && proportion <= 1.0)) {
        throw value_error(fmt::format("proportion {}: expected 0 to 1", proportion));
    }
    if (n == 0) throw value_error("proportion of nothing: expected at least one thing");
    // u < p for u = fraction / 2^53.
    const auto threshold = static_cast<std::int64_t>(std::ceil(std::ldexp(proportion, 53)));
    RandomStream stream(settings.source);
    std::vector<std::uint64_t> fractions(settings.n_samples);
    std::vector<std::int64_t> counts(settings.n_samples, 0);
    for (std::size_t i = 0; i < n; ++i) {
        stream.fill_fractions(fractions);
        count_below(fractions.data(), fractions.size(), threshold, counts.data());
    }
    std::vector<double> shares;
    shares.reserve(counts.size());
    for (const std::int64_t count : counts) {
        shares.push_back(static_cast<double>(count) / static_cast<double>(n));
    }
    return statistic_of(shares, Statistic::std);
}

}  // namespace tb::stats
