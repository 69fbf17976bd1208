#include "compute/imaging/openscope/roi_scaling.hpp"

#include "src/signal/order_statistics.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

/// Between order statistics whose difference is rounded to the precision of the traces, from the
/// nearer one: selectivity indices then agree with published ones to the last bit.
template <class T>
double published_quantile(std::span<const double> sorted, double q) {
    if (sorted.empty()) return nan;
    const double place = q * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    if (below + 1 >= sorted.size()) return sorted.back();
    const double part = place - static_cast<double>(below);
    const auto step = static_cast<double>(static_cast<T>(sorted[below + 1] - sorted[below]));
    return part < 0.5 ? sorted[below] + step * part : sorted[below + 1] - step * (1.0 - part);
}

template <class T>
RoiScaling scaling_of(const Traces<T>& traces) {
    if (traces.n_rois == 0 || traces.values.size() % traces.n_rois != 0) {
        throw Error(ErrorKind::data,
                    fmt::format("traces: {} values, expected whole frames of {} ROIs",
                                traces.values.size(), traces.n_rois),
                    "Load the session again.", "ColumnLength");
    }
    RoiScaling out;
    signal::ValueSorter sorter;
    std::vector<double> known;
    for (std::size_t roi = 0; roi < traces.n_rois; ++roi) {
        known.clear();
        for (std::size_t i = roi; i < traces.values.size(); i += traces.n_rois) {
            if (!std::isnan(traces.values[i]))
                known.push_back(static_cast<double>(traces.values[i]));
        }
        const auto sorted = sorter.sorted(known);
        out.subtract.push_back(
            static_cast<double>(static_cast<T>(signal::median_of_sorted(sorted))));
        out.divide.push_back(published_quantile<T>(sorted, 0.95) -
                             published_quantile<T>(sorted, 0.05));
    }
    return out;
}

}  // namespace

RoiScaling roi_scaling(const Traces<float>& traces) {
    return scaling_of(traces);
}

RoiScaling roi_scaling(const Traces<double>& traces) {
    return scaling_of(traces);
}

}  // namespace tb::compute::imaging::openscope
