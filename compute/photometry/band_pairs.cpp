#include "compute/photometry/band_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tb::compute::photometry {
namespace {

constexpr double hole_intervals = 3.0;

bool are_apart(std::span<const double> a, std::span<const double> b, double longest_s) {
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (std::abs(a[i] - b[i]) > longest_s) return true;
    }
    return false;
}

void merge(std::vector<signal::Hole>& holes) {
    std::ranges::sort(holes, {}, &signal::Hole::after_s);
    std::vector<signal::Hole> merged;
    for (const auto& hole : holes) {
        if (!merged.empty() && hole.after_s <= merged.back().until_s) {
            merged.back().until_s = std::max(merged.back().until_s, hole.until_s);
        } else {
            merged.push_back(hole);
        }
    }
    holes = std::move(merged);
}

}  // namespace

BandPair pair_bands(const RecordingBand& signal, const RecordingBand& reference) {
    BandPair pair{
        signal.times(), signal.values(), reference.times(), reference.values(), {}, {}, {}, {}, {}};
    const double interval_s = signal::median_interval(pair.signal_times);
    if (interval_s > 0.0 && are_apart(pair.signal_times, pair.reference_times, interval_s)) {
        const auto times = signal.times_in_session();
        const auto values = std::span(signal.all_values).subspan(signal.crop.first, times.size());
        const auto other_times = reference.times_in_session();
        const auto other_values =
            std::span(reference.all_values).subspan(reference.crop.first, other_times.size());
        // In turn, a sample of the reference comes so much later than its signal's.
        const double first_s =
            times.empty() || other_times.empty() ? 0.0 : other_times.front() - times.front();
        const double later_s = std::abs(first_s) < interval_s ? first_s : 0.0;
        std::size_t nearest = 0;
        for (std::size_t i = 0; i < times.size() && !other_times.empty(); ++i) {
            const double wanted_s = times[i] + later_s;
            while (nearest + 1 < other_times.size() &&
                   std::abs(other_times[nearest + 1] - wanted_s) <=
                       std::abs(other_times[nearest] - wanted_s))
                ++nearest;
            if (std::abs(other_times[nearest] - wanted_s) >= 0.5 * interval_s) continue;
            // No sample of the reference stands for two.
            if (!pair.kept_reference_times.empty() &&
                !(other_times[nearest] > pair.kept_reference_times.back()))
                continue;
            pair.kept_signal_times.push_back(times[i]);
            pair.kept_signal.push_back(values[i]);
            pair.kept_reference_times.push_back(other_times[nearest]);
            pair.kept_reference.push_back(other_values[nearest]);
        }
        pair.signal_times = pair.kept_signal_times;
        pair.signal = pair.kept_signal;
        pair.reference_times = pair.kept_reference_times;
        pair.reference = pair.kept_reference;
    }
    pair.holes = signal::holes(pair.signal_times, hole_intervals);
    for (const auto& hole : signal::holes(pair.reference_times, hole_intervals))
        pair.holes.push_back(hole);
    merge(pair.holes);
    return pair;
}

}  // namespace tb::compute::photometry
