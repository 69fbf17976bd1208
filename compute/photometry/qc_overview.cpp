#include "compute/photometry/qc_overview.hpp"

#include "src/signal/order_statistics.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Dense>
#include <boost/math/distributions/normal.hpp>
#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

/// Position of x among ascending quantiles on [0, 1], interpolated; among equal quantiles the
/// middle of their positions.
double rank_among(const std::vector<double>& quantiles, double x) {
    const double last = static_cast<double>(quantiles.size() - 1);
    if (quantiles.size() == 1) return x >= quantiles[0] ? 1.0 : 0.0;
    // From below: the last quantile that is not above x, from above: the first not below it.
    const auto from_below = [&] {
        if (x >= quantiles.back()) return 1.0;
        if (x < quantiles.front()) return 0.0;
        const auto next = std::ranges::upper_bound(quantiles, x);
        const auto j = static_cast<std::size_t>(next - quantiles.begin()) - 1;
        return (static_cast<double>(j) + (x - quantiles[j]) / (quantiles[j + 1] - quantiles[j])) /
               last;
    };
    const auto from_above = [&] {
        if (x > quantiles.back()) return 1.0;
        if (x <= quantiles.front()) return 0.0;
        const auto at = std::ranges::lower_bound(quantiles, x);
        const auto j = static_cast<std::size_t>(at - quantiles.begin());
        return (static_cast<double>(j) - (quantiles[j] - x) / (quantiles[j] - quantiles[j - 1])) /
               last;
    };
    return 0.5 * (from_below() + from_above());
}

}  // namespace

std::map<std::string, BasicQcPass> basic_qc_pass(std::span<const std::string> session,
                                                 std::span<const double> n_unique_samples,
                                                 std::span<const double> n_band_inversions) {
    if (session.size() != n_unique_samples.size() || session.size() != n_band_inversions.size()) {
        throw value_error("columns of quality metrics differ in length");
    }
    constexpr double infinity = std::numeric_limits<double>::infinity();
    struct Range {
        double min = infinity;
        double max = -infinity;
        void add(double value) {
            if (value < min) min = value;
            if (value > max) max = value;
        }
        [[nodiscard]] bool is_empty() const { return min > max; }
    };
    struct Ranges {
        Range unique;
        Range inversions;
    };
    std::map<std::string, Ranges> ranges;
    for (std::size_t i = 0; i < session.size(); ++i) {
        Ranges& of = ranges[session[i]];
        of.unique.add(n_unique_samples[i]);
        of.inversions.add(n_band_inversions[i]);
    }
    std::map<std::string, BasicQcPass> out;
    for (const auto& [name, of] : ranges) {
        const bool has_both = !of.unique.is_empty() && !of.inversions.is_empty();
        out[name] = {has_both && of.unique.min > 0.1 && of.inversions.max == 0.0,
                     has_both && of.unique.max > 0.1 && of.inversions.min == 0.0};
    }
    return out;
}

std::vector<double> normal_scores(std::span<const double> values) {
    std::vector<double> sorted;
    for (const double value : values) {
        if (std::isfinite(value)) sorted.push_back(value);
    }
    std::ranges::sort(sorted);
    std::vector<double> out(values.size(), nan);
    if (sorted.empty()) return out;
    // As many references as rows, those with missing values included.
    const std::size_t n_quantiles = std::min<std::size_t>(1000, values.size());
    std::vector<double> quantiles(n_quantiles);
    for (std::size_t k = 0; k < n_quantiles; ++k) {
        const double q =
            n_quantiles == 1 ? 0.0 : static_cast<double>(k) / static_cast<double>(n_quantiles - 1);
        quantiles[k] = signal::quantile_of_sorted(sorted, q);
        if (k > 0) quantiles[k] = std::max(quantiles[k], quantiles[k - 1]);
    }
    constexpr double threshold = 1e-7;
    const boost::math::normal normal;
    const double lowest =
        boost::math::quantile(normal, threshold - std::numeric_limits<double>::epsilon());
    const double highest =
        boost::math::quantile(normal, 1.0 - (threshold - std::numeric_limits<double>::epsilon()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double x = values[i];
        if (!std::isfinite(x)) continue;
        double rank = rank_among(quantiles, x);
        if (x + threshold > quantiles.back()) rank = 1.0;
        if (x - threshold < quantiles.front()) rank = 0.0;
        out[i] = rank <= 0.0   ? lowest
                 : rank >= 1.0 ? highest
                               : std::clamp(boost::math::quantile(normal, rank), lowest, highest);
    }
    return out;
}

PrincipalComponents principal_components(std::span<const std::vector<double>> columns,
                                         std::size_t n_components) {
    const std::size_t n_columns = columns.size();
    const std::size_t n_rows = columns.empty() ? 0 : columns[0].size();
    for (const auto& column : columns) {
        if (column.size() != n_rows) throw value_error("columns differ in length");
    }
    std::vector<std::size_t> complete;
    for (std::size_t row = 0; row < n_rows; ++row) {
        if (std::ranges::all_of(columns,
                                [&](const auto& column) { return std::isfinite(column[row]); })) {
            complete.push_back(row);
        }
    }
    if (n_components < 1 || n_components > n_columns || complete.size() < n_components ||
        complete.size() < 2) {
        throw value_error(fmt::format("{} components of {} columns and {} complete rows",
                                      n_components, n_columns, complete.size()));
    }
    const auto rows = static_cast<Eigen::Index>(complete.size());
    const auto cols = static_cast<Eigen::Index>(n_columns);
    Eigen::MatrixXd data(rows, cols);
    for (Eigen::Index c = 0; c < cols; ++c) {
        for (Eigen::Index r = 0; r < rows; ++r) {
            data(r, c) =
                columns[static_cast<std::size_t>(c)][complete[static_cast<std::size_t>(r)]];
        }
    }
    data.rowwise() -= data.colwise().mean().eval();
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(data, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Eigen::VectorXd squares = svd.singularValues().array().square();
    const double total = squares.sum();

    PrincipalComponents out;
    out.scores.assign(n_rows, std::vector<double>(n_components, nan));
    for (std::size_t k = 0; k < n_components; ++k) {
        const auto index = static_cast<Eigen::Index>(k);
        Eigen::VectorXd direction = svd.matrixV().col(index);
        // The sign is free: the largest loading is made positive.
        Eigen::Index largest = 0;
        direction.cwiseAbs().maxCoeff(&largest);
        if (direction(largest) < 0.0) direction = -direction;
        const Eigen::VectorXd scores = data * direction;
        out.components.emplace_back(direction.data(), direction.data() + direction.size());
        out.explained_variance_ratio.push_back(total > 0.0 ? squares(index) / total : nan);
        for (std::size_t r = 0; r < complete.size(); ++r) {
            out.scores[complete[r]][k] = scores(static_cast<Eigen::Index>(r));
        }
    }
    return out;
}

}  // namespace tb::compute::photometry
