#include "compute/imaging/openscope/selectivity.hpp"

#include "src/stats/p_values.hpp"
#include "src/stats/permutation_draws.hpp"
#include "src/stats/permutation_test.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <Eigen/Core>
#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

using Matrix = Eigen::MatrixXd;

constexpr std::size_t permutations_at_once = 256;

struct SequenceCounts {
    std::size_t regular = 0;
    std::size_t unexpected = 0;
    [[nodiscard]] std::size_t all() const { return regular + unexpected; }
};

SequenceCounts counts_of(const SequenceResponses& responses) {
    const std::size_t n = std::max<std::size_t>(responses.n_rois, 1);
    if (responses.regular.size() % n != 0 || responses.unexpected.size() % n != 0) {
        throw value_error(
            fmt::format("responses of {} ROIs: {} regular and {} unexpected values "
                        "do not make rows of equal length",
                        responses.n_rois, responses.regular.size(), responses.unexpected.size()));
    }
    return {responses.regular.size() / n, responses.unexpected.size() / n};
}

bool is_nan(double value) {
    return std::isnan(value);
}

/// What is summed over a group's sequences: per ROI its responses about their mean, their squares
/// and, where some are missing, how many there are. Shape (sequence, 2 or 3 times ROI).
struct Terms {
    Matrix values;
    bool has_counts = false;
};

Terms terms_of(const SequenceResponses& responses, const SequenceCounts& counts) {
    Terms out;
    out.has_counts = std::ranges::any_of(responses.regular, is_nan) ||
                     std::ranges::any_of(responses.unexpected, is_nan);
    const auto n_rois = static_cast<Eigen::Index>(responses.n_rois);
    out.values.resize(static_cast<Eigen::Index>(counts.all()), n_rois * (out.has_counts ? 3 : 2));
    std::vector<double> row;
    for (std::size_t roi = 0; roi < responses.n_rois; ++roi) {
        const auto regular = responses.regular.subspan(roi * counts.regular, counts.regular);
        const auto unexpected =
            responses.unexpected.subspan(roi * counts.unexpected, counts.unexpected);
        row.assign(regular.begin(), regular.end());
        row.insert(row.end(), unexpected.begin(), unexpected.end());
        const double mean =
            stats::statistic_of(row, stats::Statistic::mean, stats::MissingPolicy::leave_out);
        const auto column = static_cast<Eigen::Index>(roi);
        for (std::size_t i = 0; i < row.size(); ++i) {
            const auto place = static_cast<Eigen::Index>(i);
            const double value = is_nan(row[i]) ? 0.0 : row[i] - mean;
            out.values(place, column) = value;
            out.values(place, n_rois + column) = value * value;
            if (out.has_counts) {
                out.values(place, 2 * n_rois + column) = is_nan(row[i]) ? 0.0 : 1.0;
            }
        }
    }
    return out;
}

double d_prime(double n0, double sum0, double squares0, double n1, double sum1, double squares1) {
    const double mean0 = sum0 / n0;
    const double mean1 = sum1 / n1;
    const double variance0 = std::max(0.0, squares0 / n0 - mean0 * mean0);
    const double variance1 = std::max(0.0, squares1 / n1 - mean1 * mean1);
    return (mean1 - mean0) / std::sqrt(0.5 * (variance0 + variance1));
}

}  // namespace

std::vector<double> selectivity_indices(const SequenceResponses& responses,
                                        stats::MissingPolicy missing) {
    const SequenceCounts counts = counts_of(responses);
    stats::PermutationSettings settings;
    settings.operation = stats::GroupOperation::d_prime;
    settings.missing = missing;
    std::vector<double> out;
    for (std::size_t roi = 0; roi < responses.n_rois; ++roi) {
        out.push_back(stats::operation_value(
            {responses.regular.subspan(roi * counts.regular, counts.regular),
             responses.unexpected.subspan(roi * counts.unexpected, counts.unexpected)},
            settings));
    }
    return out;
}

// A group's sums of all ROIs in all permutations are one matrix product: who is in group 0, 0 or 1,
// shape (permutation, sequence), times the terms. Group 1 has the rest of the whole.
SelectivityNull selectivity_null(const SequenceResponses& responses,
                                 const SelectivitySettings& settings) {
    const SequenceCounts counts = counts_of(responses);
    const Terms terms = terms_of(responses, counts);
    if (terms.has_counts && settings.missing == stats::MissingPolicy::keep) {
        throw Error(ErrorKind::data,
                    "null distribution of selectivity: responses are NaN, expected numbers",
                    "Leave bad ROIs out first.", "UnexpectedNaN");
    }
    SelectivityNull out;
    out.n_permutations = settings.n_permutations;
    out.index.resize(responses.n_rois);
    out.null.resize(responses.n_rois * settings.n_permutations);
    const auto n_rois = static_cast<Eigen::Index>(responses.n_rois);
    const Eigen::RowVectorXd total = terms.values.colwise().sum();
    const auto n0 = static_cast<double>(counts.regular);
    const auto n1 = static_cast<double>(counts.unexpected);
    // Sums of a ROI by permutation are a column.
    const auto index_of = [&](const Matrix& sums, Eigen::Index k, Eigen::Index roi) {
        const Eigen::Index squares = n_rois + roi;
        const Eigen::Index counted = 2 * n_rois + roi;
        const double count0 = terms.has_counts ? sums(k, counted) : n0;
        const double count1 = terms.has_counts ? total(counted) - count0 : n1;
        return d_prime(count0, sums(k, roi), sums(k, squares), count1, total(roi) - sums(k, roi),
                       total(squares) - sums(k, squares));
    };

    std::vector<std::int64_t> members(counts.all());
    std::fill_n(members.begin(), counts.regular, std::int64_t{-1});
    stats::PermutationDraws draws(settings.source);
    Matrix picked(static_cast<Eigen::Index>(counts.all()), permutations_at_once);
    Matrix sums;
    // The first group is that of the sequences as they are, so that the index is reckoned as its
    // null distribution is.
    const std::size_t n_groups = settings.n_permutations + 1;
    for (std::size_t begin = 0; begin < n_groups; begin += permutations_at_once) {
        const std::size_t n = std::min(permutations_at_once, n_groups - begin);
        for (std::size_t k = 0; k < n; ++k) {
            if (begin + k > 0) draws.next_members(counts.regular, members);
            double* column = picked.col(static_cast<Eigen::Index>(k)).data();
            for (std::size_t i = 0; i < members.size(); ++i)
                column[i] = members[i] != 0 ? 1.0 : 0.0;
        }
        const auto n_columns = static_cast<Eigen::Index>(n);
        sums.noalias() = picked.leftCols(n_columns).transpose() * terms.values;
        for (Eigen::Index roi = 0; roi < n_rois; ++roi) {
            double* null =
                out.null.data() + static_cast<std::size_t>(roi) * settings.n_permutations;
            for (Eigen::Index k = 0; k < n_columns; ++k) {
                const double index = index_of(sums, k, roi);
                const std::size_t group = begin + static_cast<std::size_t>(k);
                (group == 0 ? out.index[static_cast<std::size_t>(roi)] : null[group - 1]) = index;
            }
        }
    }
    for (std::size_t roi = 0; roi < responses.n_rois; ++roi) {
        out.percentile.push_back(stats::percentile_of_score(out.null_of(roi), out.index[roi]));
    }
    return out;
}

}  // namespace tb::compute::imaging::openscope
