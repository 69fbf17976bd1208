#include "compute/imaging/openscope/usi_histogram.hpp"

#include "src/signal/order_statistics.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

namespace tb::compute::imaging::openscope {

namespace {

/// Edges as they are drawn evenly from first to last.
std::vector<double> even_edges(double first, double last, std::size_t n_bins) {
    std::vector<double> edges;
    const double step = (last - first) / static_cast<double>(n_bins);
    for (std::size_t i = 0; i < n_bins; ++i) edges.push_back(first + static_cast<double>(i) * step);
    edges.push_back(last);
    return edges;
}

std::vector<double> shares(std::span<const double> values, std::span<const double> edges) {
    std::vector<double> out(edges.size() - 1, 0.0);
    for (const double value : values) {
        if (value < edges.front() || value > edges.back()) continue;
        const auto after = std::ranges::upper_bound(edges, value) - edges.begin();
        const auto bin = std::min(static_cast<std::size_t>(after), edges.size() - 1) - 1;
        out[bin] += 1.0;
    }
    for (double& share : out) share /= static_cast<double>(values.size());
    return out;
}

}  // namespace

UsiHistogram usi_histogram(std::span<const SelectivityNull> sessions, double p_threshold,
                           std::size_t n_bins) {
    std::vector<double> index;
    std::vector<double> null;
    std::vector<double> percentile;
    for (const SelectivityNull& session : sessions) {
        index.insert(index.end(), session.index.begin(), session.index.end());
        null.insert(null.end(), session.null.begin(), session.null.end());
        percentile.insert(percentile.end(), session.percentile.begin(), session.percentile.end());
    }
    if (index.empty() || null.empty() || n_bins == 0) {
        throw value_error("usi histogram: no cells, permutations or bins, expected some of each");
    }
    const auto is_nan = [](double value) { return std::isnan(value); };
    if (std::ranges::any_of(index, is_nan) || std::ranges::any_of(null, is_nan)) {
        throw Error(ErrorKind::data, "usi histogram: an index is NaN, expected numbers",
                    "Leave bad ROIs out first.", "UnexpectedNaN");
    }
    std::ranges::sort(null);
    UsiHistogram out;
    out.percent_edges = {50.0 * p_threshold, 100.0 - 50.0 * p_threshold};
    out.null_edges = {signal::quantile_of_sorted(null, out.percent_edges[0] / 100.0),
                      signal::quantile_of_sorted(null, out.percent_edges[1] / 100.0)};
    out.bin_edges = {std::min(null.front(), *std::ranges::min_element(index)),
                     std::max(null.back(), *std::ranges::max_element(index))};
    const auto edges = even_edges(out.bin_edges[0], out.bin_edges[1], n_bins);
    out.index = shares(index, edges);
    out.null = shares(null, edges);
    out.percentile = shares(percentile, even_edges(0.0, 100.0, n_bins));
    const auto count = [](std::span<const double> values, auto holds) {
        return static_cast<std::size_t>(std::ranges::count_if(values, holds));
    };
    out.n_positive = count(index, [](double value) { return value > 0.0; });
    out.n_low = count(percentile, [&](double value) { return value < out.percent_edges[0]; });
    out.n_high = count(percentile, [&](double value) { return value > out.percent_edges[1]; });
    return out;
}

}  // namespace tb::compute::imaging::openscope
