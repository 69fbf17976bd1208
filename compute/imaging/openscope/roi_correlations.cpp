#include "compute/imaging/openscope/roi_correlations.hpp"

#include "src/signal/rolling_mean.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Core>
#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

std::vector<double> roi_correlations(const Traces<float>& traces, std::span<const std::size_t> rois,
                                     std::size_t width) {
    if (traces.n_rois == 0 || traces.values.size() % traces.n_rois != 0) {
        throw Error(ErrorKind::data,
                    fmt::format("traces: {} values, expected whole frames of {} ROIs",
                                traces.values.size(), traces.n_rois),
                    "Load the session again.", "ColumnLength");
    }
    const std::size_t n_frames = traces.n_frames();
    // Smoothed, centred, of length 1: products are correlations. Shape (frame, cell).
    Eigen::MatrixXd unit(static_cast<Eigen::Index>(n_frames),
                         static_cast<Eigen::Index>(rois.size()));
    std::vector<double> trace(n_frames);
    for (std::size_t r = 0; r < rois.size(); ++r) {
        if (rois[r] >= traces.n_rois) {
            throw value_error(fmt::format("roi {}: expected 0 to {}", rois[r], traces.n_rois - 1));
        }
        for (std::size_t f = 0; f < n_frames; ++f)
            trace[f] = static_cast<double>(traces.values[f * traces.n_rois + rois[r]]);
        const auto smooth = signal::rolling_mean(trace, width);
        auto column = unit.col(static_cast<Eigen::Index>(r));
        column = Eigen::Map<const Eigen::VectorXd>(smooth.data(), column.size());
        column.array() -= column.mean();
        column /= column.norm();
    }
    Eigen::MatrixXd products = Eigen::MatrixXd::Zero(unit.cols(), unit.cols());
    products.selfadjointView<Eigen::Lower>().rankUpdate(unit.transpose());
    std::vector<double> out;
    for (Eigen::Index i = 0; i < products.cols(); ++i) {
        for (Eigen::Index j = i + 1; j < products.cols(); ++j) {
            const double r = products(j, i);
            out.push_back(std::isnan(r) ? r : std::clamp(r, -1.0, 1.0));
        }
    }
    return out;
}

}  // namespace tb::compute::imaging::openscope
