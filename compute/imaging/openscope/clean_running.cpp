#include "compute/imaging/openscope/clean_running.hpp"

#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tb::compute::imaging::openscope {

std::vector<double> clean_running(std::span<const double> speed_cm_s, double threshold_cm_s) {
    std::vector<double> out(speed_cm_s.begin(), speed_cm_s.end());
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < out.size(); ++i)
        if (!std::isnan(out[i])) known.push_back(i);
    const auto x = [&](std::size_t i) { return speed_cm_s[known[i]]; };
    // `x` stays as recorded: where a jump begins is told by the samples before any was removed.
    std::size_t i = 0;
    while (i + 1 < known.size()) {
        if (!(std::abs(x(i + 1) - x(i)) > threshold_cm_s)) {
            ++i;
            continue;
        }
        const double before = i == 0 ? 0.0 : x(i);
        if (i == 0 && std::abs(x(0)) > threshold_cm_s) out[known[0]] = nan;
        std::size_t last = i;  // the last sample that is removed
        while (last + 1 < known.size() && std::abs(x(last + 1) - before) > threshold_cm_s) {
            ++last;
            out[known[last]] = nan;
        }
        // The way back from the artefact, a jump from `last`, is no beginning of another one.
        i = last + 1;
    }
    return out;
}

double missing_share(std::span<const double> values) {
    if (values.empty()) return 0.0;
    const auto missing =
        std::ranges::count_if(values, [](double value) { return std::isnan(value); });
    return static_cast<double>(missing) / static_cast<double>(values.size());
}

}  // namespace tb::compute::imaging::openscope
