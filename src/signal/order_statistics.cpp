#include "src/signal/order_statistics.hpp"

#include "src/signal/lanes.hpp"
#include "src/signal/moments.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace tb::signal {

namespace {

/// Buckets with more values than this are sorted by comparison before the final insertion sort.
constexpr std::uint32_t large_bucket = 24;

TB_LANE_CLONES void bucket_numbers(const double* values, std::size_t n, double min, double scale,
                                   std::int32_t* bucket) {
    for (std::size_t i = 0; i < n; ++i) {
        bucket[i] = static_cast<std::int32_t>((values[i] - min) * scale);
    }
}

void insertion_sort(double* values, std::size_t n) {
    for (std::size_t i = 1; i < n; ++i) {
        const double value = values[i];
        if (!(value < values[i - 1])) continue;
        std::size_t j = i;
        do {
            values[j] = values[j - 1];
            --j;
        } while (j > 0 && value < values[j - 1]);
        values[j] = value;
    }
}

/// Element k (from 0) of the distances to `centre` of sorted values, ascending. The distances of
/// the values at or above the centre ascend, those below ascend backwards: the k-th of two sorted
/// lists.
double kth_distance(std::span<const double> sorted, std::size_t split, double centre,
                    std::size_t k) {
    const std::size_t n_left = split;
    const std::size_t n_right = sorted.size() - split;
    const auto left = [&](std::size_t j) { return std::abs(sorted[split - 1 - j] - centre); };
    const auto right = [&](std::size_t j) { return std::abs(sorted[split + j] - centre); };
    // How many of the k smallest come from the left: the least i such that left(i) is not among
    // them.
    std::size_t low = k > n_right ? k - n_right : 0;
    std::size_t high = std::min(k, n_left);
    while (low < high) {
        const std::size_t i = low + (high - low) / 2;  // k - i > 0 here
        if (left(i) < right(k - i - 1))
            low = i + 1;
        else
            high = i;
    }
    const std::size_t from_right = k - low;
    if (low == n_left) return right(from_right);
    if (from_right == n_right) return left(low);
    return std::min(left(low), right(from_right));
}

/// How many values are below `low`, equal to it, equal to `high`, above it. NaN is none of these.
struct Outside {
    std::size_t below = 0;
    std::size_t low = 0;
    std::size_t high = 0;
    std::size_t above = 0;
};

/// Values, or the differences values[i + 1] - values[i].
struct Source {
    const double* values;
    std::size_t n;
    bool is_difference;
    [[nodiscard]] double operator[](std::size_t i) const {
        return is_difference ? values[i + 1] - values[i] : values[i];
    }
};

TB_LANE_CLONES Outside count_outside(const Source& source, double low, double high) {
    LaneBits below = {}, at_low = {}, at_high = {}, above = {};  // comparisons give -1 or 0
    std::size_t i = 0;
    for (; i + 4 <= source.n; i += 4) {
        Lanes v;
        load(v, source.values + i);
        if (source.is_difference) {
            Lanes next;
            load(next, source.values + i + 1);
            v = next - v;
        }
        below -= v < low;
        at_low -= v == low;
        at_high -= v == high;
        above -= v > high;
    }
    Outside out;
    for (int lane = 0; lane < 4; ++lane) {
        out.below += static_cast<std::size_t>(below[lane]);
        out.low += static_cast<std::size_t>(at_low[lane]);
        out.high += static_cast<std::size_t>(at_high[lane]);
        out.above += static_cast<std::size_t>(above[lane]);
    }
    for (; i < source.n; ++i) {
        out.below += source[i] < low;
        out.low += source[i] == low;
        out.high += source[i] == high;
        out.above += source[i] > high;
    }
    return out;
}

/// Copies the values strictly between two bounds to where there is room for one more than these.
/// @return how many
TB_LANE_CLONES std::size_t gather_between(const Source& source, double low, double high,
                                          double* to) {
    std::size_t n = 0;
    std::size_t i = 0;
    for (; i + 4 <= source.n; i += 4) {
        Lanes v;
        load(v, source.values + i);
        if (source.is_difference) {
            Lanes next;
            load(next, source.values + i + 1);
            v = next - v;
        }
        // Every value is written, and the next one over it where it was not wanted: no branch.
        const LaneBits inside = (v > low) & (v < high);
        double candidate[4];
        std::int64_t wanted[4];
        std::memcpy(candidate, &v, sizeof v);
        std::memcpy(wanted, &inside, sizeof inside);
        for (int lane = 0; lane < 4; ++lane) {
            to[n] = candidate[lane];
            n -= static_cast<std::size_t>(wanted[lane]);
        }
    }
    for (; i < source.n; ++i) {
        const double v = source[i];
        if (v > low && v < high) to[n++] = v;
    }
    return n;
}

/// Elements k and k + 1 of values of which those strictly between `low` and `high` are given; k
/// counts from the first that is not below `low`.
std::array<double, 2> pick(std::span<double> between, const Outside& outside, double low,
                           double high, std::size_t k) {
    const std::size_t end = outside.low + between.size();
    if (k >= outside.low && k < end) {
        const auto at = between.begin() + static_cast<std::ptrdiff_t>(k - outside.low);
        std::nth_element(between.begin(), at, between.end());
        return {*at, at + 1 < between.end() ? *std::min_element(at + 1, between.end()) : high};
    }
    if (k >= end) return {high, high};
    const bool next_is_low = k + 1 < outside.low;
    return {low, next_is_low ? low : between.empty() ? high : *std::ranges::min_element(between)};
}

/// Median by one pass with brackets taken from a sample (Floyd and Rivest). NaN when a value is.
double median_of(const Source& source) {
    const std::size_t n = source.n;
    if (n == 0) return nan;
    const std::size_t k = (n - 1) / 2;
    const std::size_t last = n / 2;  // k or k + 1
    constexpr std::size_t sample_size = 1024;
    if (n > 8 * sample_size) {
        std::array<double, sample_size> sample;
        const std::size_t stride = n / sample_size;
        // A step of about golden proportion within each stride, so that periodic data are not hit
        // always at the same phase.
        std::size_t jitter = 0;
        for (std::size_t j = 0; j < sample_size; ++j) {
            jitter = (jitter + (stride * 5) / 8 + 1) % stride;
            sample[j] = source[j * stride + jitter];
            if (std::isnan(sample[j])) return nan;
        }
        std::ranges::sort(sample);
        constexpr std::size_t margin = 48;  // three standard deviations of the sample's rank
        const double low = sample[sample_size / 2 - margin];
        const double high = sample[sample_size / 2 + margin];
        Outside outside = count_outside(source, low, high);
        if (low == high) outside.high = 0;
        if (k >= outside.below && last + outside.above < n) {
            const std::size_t others = outside.below + outside.low + outside.high + outside.above;
            std::vector<double> between(n - others + 1);  // NaN is counted here
            const std::size_t n_between = gather_between(source, low, high, between.data());
            if (n_between + others != n) return nan;
            const auto [found, next] =
                pick(std::span(between).first(n_between), outside, low, high, k - outside.below);
            return last == k ? found : (found + next) / 2.0;
        }
    }
    std::vector<double> work(n);
    for (std::size_t i = 0; i < n; ++i) work[i] = source[i];
    if (std::ranges::any_of(work, [](double v) { return std::isnan(v); })) return nan;
    const auto at = work.begin() + static_cast<std::ptrdiff_t>(k);
    std::nth_element(work.begin(), at, work.end());
    return last == k ? *at : (*at + *std::min_element(at + 1, work.end())) / 2.0;
}

}  // namespace

std::span<const double> ValueSorter::sorted(std::span<const double> values) {
    const Range range = range_of(values);
    return sorted(values, range.min, range.max);
}

std::span<const double> ValueSorter::sorted(std::span<const double> values, double min,
                                            double max) {
    const std::size_t n = values.size();
    if (sorted_.size() < n) sorted_.resize(n);
    const std::span<double> out(sorted_.data(), n);
    const double spread = max - min;
    const std::size_t n_buckets = 2 * std::bit_ceil(n);
    const double scale = static_cast<double>(n_buckets - 1) / spread;
    if (n < 32 || n > (std::size_t{1} << 29) || !(spread > 0.0) || !std::isfinite(spread) ||
        !std::isfinite(scale)) {
        std::ranges::copy(values, out.begin());
        if (spread != 0.0) std::ranges::sort(out);
        return out;
    }

    if (bucket_.size() < n) bucket_.resize(n);
    begin_.assign(n_buckets, 0);
    bucket_numbers(values.data(), n, min, scale, bucket_.data());
    std::uint32_t* begin = begin_.data();
    for (std::size_t i = 0; i < n; ++i) ++begin[bucket_[i]];
    std::uint32_t passed = 0;
    std::uint32_t largest = 0;
    for (std::size_t b = 0; b < n_buckets; ++b) {
        const std::uint32_t count = begin[b];
        begin[b] = passed;
        passed += count;
        largest = std::max(largest, count);
    }
    for (std::size_t i = 0; i < n; ++i) out[begin[bucket_[i]]++] = values[i];
    // begin[b] is now where bucket b ends.
    if (largest > large_bucket) {
        std::uint32_t from = 0;
        for (std::size_t b = 0; b < n_buckets; ++b) {
            const std::uint32_t to = begin[b];
            if (to - from > large_bucket) {
                const auto bucket = out.subspan(from, to - from);
                const double first = bucket[0];
                if (std::ranges::any_of(bucket, [&](double v) { return v != first; })) {
                    std::ranges::sort(bucket);
                }
            }
            from = to;
        }
    }
    insertion_sort(out.data(), n);
    return out;
}

double quantile_of_sorted(std::span<const double> sorted, double q) {
    if (sorted.empty()) return nan;
    const double position = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(std::max(0.0, position));
    if (below + 1 >= sorted.size()) return sorted.back();
    const double share = position - static_cast<double>(below);
    const double low = sorted[below];
    const double high = sorted[below + 1];
    if (low == high) return low;
    return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1.0 - share);
}

double median_of_sorted(std::span<const double> sorted) {
    const std::size_t n = sorted.size();
    if (n == 0) return nan;
    if (n % 2 == 1) return sorted[n / 2];
    const double lower = sorted[n / 2 - 1];
    const double upper = sorted[n / 2];
    return lower == upper ? lower : (lower + upper) / 2.0;
}

double median_deviation_of_sorted(std::span<const double> sorted) {
    const std::size_t n = sorted.size();
    if (n == 0) return nan;
    const double centre = median_of_sorted(sorted);
    const auto split =
        static_cast<std::size_t>(std::ranges::lower_bound(sorted, centre) - sorted.begin());
    const double upper = kth_distance(sorted, split, centre, n / 2);
    if (n % 2 == 1) return upper;
    return (kth_distance(sorted, split, centre, n / 2 - 1) + upper) / 2.0;
}

TB_LANE_CLONES std::size_t count_distinct_of_sorted(std::span<const double> sorted) {
    std::size_t distinct = sorted.empty() ? 0 : 1;
    for (std::size_t i = 1; i < sorted.size(); ++i) distinct += sorted[i] != sorted[i - 1];
    return distinct;
}

double median(std::span<const double> values) {
    return median_of({values.data(), values.size(), false});
}

double median_difference(std::span<const double> values) {
    if (values.size() < 2) return nan;
    return median_of({values.data(), values.size() - 1, true});
}

}  // namespace tb::signal
