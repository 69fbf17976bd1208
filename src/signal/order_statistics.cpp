#include "src/signal/order_statistics.hpp"

#include "src/signal/lanes.hpp"
#include "src/signal/moments.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace tb::signal {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

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

/// Elements k and k + 1 of n values by one pass with brackets taken from a sample (Floyd and
/// Rivest), where `value(i)` gives the i-th.
template <class Value>
std::array<double, 2> select_two(std::size_t n, std::size_t k, const Value& value) {
    constexpr std::size_t sample_size = 1024;
    std::vector<double> work;
    if (n > 8 * sample_size) {
        std::array<double, sample_size> sample;
        const std::size_t stride = n / sample_size;
        // A step of golden proportion within each stride, so that periodic data are not hit always
        // at the same phase.
        std::size_t jitter = 0;
        for (std::size_t j = 0; j < sample_size; ++j) {
            jitter = (jitter + (stride * 5) / 8 + 1) % stride;
            sample[j] = value(j * stride + jitter);
        }
        std::ranges::sort(sample);
        const auto middle =
            static_cast<std::size_t>(static_cast<double>(k) / static_cast<double>(n) * sample_size);
        constexpr std::size_t margin = 64;  // four standard deviations of the sample's rank
        const double low = sample[middle > margin ? middle - margin : 0];
        const double high = sample[std::min(sample_size - 1, middle + margin)];
        std::size_t n_below = 0, n_low = 0, n_high = 0, n_between = 0;
        work.resize(n + 1);
        for (std::size_t i = 0; i < n; ++i) {
            const double v = value(i);
            n_below += v < low;
            n_low += v == low;
            n_high += v == high;
            work[n_between] = v;
            n_between += (v > low) & (v < high);
        }
        if (low == high) n_high = 0;
        const auto element = [&](std::size_t rank, double& out) {
            if (rank < n_below) return false;
            rank -= n_below;
            if (rank < n_low) return out = low, true;
            rank -= n_low;
            if (rank < n_between) {
                const auto at = work.begin() + static_cast<std::ptrdiff_t>(rank);
                std::nth_element(work.begin(), at,
                                 work.begin() + static_cast<std::ptrdiff_t>(n_between));
                return out = *at, true;
            }
            rank -= n_between;
            if (rank < n_high) return out = high, true;
            return false;
        };
        std::array<double, 2> found;
        if (element(k, found[0]) && (k + 1 >= n || element(k + 1, found[1]))) {
            if (k + 1 >= n) found[1] = found[0];
            return found;
        }
    }
    work.resize(n);
    for (std::size_t i = 0; i < n; ++i) work[i] = value(i);
    const auto at = work.begin() + static_cast<std::ptrdiff_t>(k);
    std::nth_element(work.begin(), at, work.end());
    return {*at, k + 1 < n ? *std::min_element(at + 1, work.end()) : *at};
}

template <class Value>
double median_of(std::size_t n, const Value& value) {
    if (n == 0) return nan;
    double sum = 0.0;  // NaN when one of them is
    for (std::size_t i = 0; i < n; ++i) sum += value(i) * 0.0;
    if (std::isnan(sum)) {  // infinite or NaN: the slow way
        std::vector<double> work(n);
        for (std::size_t i = 0; i < n; ++i) work[i] = value(i);
        if (std::ranges::any_of(work, [](double v) { return std::isnan(v); })) return nan;
        std::ranges::sort(work);
        return median_of_sorted(work);
    }
    const auto [lower, upper] = select_two(n, (n - 1) / 2, value);
    return n % 2 == 1 ? lower : (lower + upper) / 2.0;
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
    return median_of(values.size(), [&](std::size_t i) { return values[i]; });
}

double median_difference(std::span<const double> values) {
    if (values.size() < 2) return nan;
    return median_of(values.size() - 1, [&](std::size_t i) { return values[i + 1] - values[i]; });
}

}  // namespace tb::signal
