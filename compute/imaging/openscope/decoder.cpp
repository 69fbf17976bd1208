#include "compute/imaging/openscope/decoder.hpp"

#include "src/stats/multinomial_logistic.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <mutex>
#include <numeric>
#include <thread>

#include <Eigen/Dense>
#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

using Matrix = Eigen::MatrixXd;
using Index = Eigen::Index;

std::size_t trial_size(const DecoderTrials& trials) {
    return trials.n_frames * trials.n_rois;
}

void check(const DecoderTrials& trials) {
    const std::size_t n = trials.classes.size();
    if (trial_size(trials) == 0 || trials.values.size() != n * trial_size(trials)) {
        throw Error(ErrorKind::data,
                    fmt::format("decoder: {} values, expected {} trials of {} frames and {} ROIs",
                                trials.values.size(), n, trials.n_frames, trials.n_rois),
                    "Take windows and classes of the same trials.", "ColumnLength");
    }
    for (std::size_t i = 0; i < trials.values.size(); ++i) {
        if (std::isfinite(trials.values[i])) continue;
        throw Error(ErrorKind::data,
                    fmt::format("decoder: trial {}, ROI {} holds {}, expected finite numbers",
                                i / trial_size(trials), i % trials.n_rois, trials.values[i]),
                    "Leave cells with missing samples out first.", "UnexpectedNaN");
    }
    for (std::size_t i = 0; i < n; ++i) {
        if (trials.classes[i] < trials.n_classes) continue;
        throw value_error(fmt::format("decoder: trial {} is of class {}, expected one below {}", i,
                                      trials.classes[i], trials.n_classes));
    }
}

void check(const DecoderTrials& trials, std::span<const DecoderFold> folds) {
    const auto require_all = [&](std::size_t fold, const char* part,
                                 std::span<const std::size_t> classes) {
        for (std::size_t k = 0; k < trials.n_classes; ++k) {
            if (std::ranges::find(classes, k) != classes.end()) continue;
            throw Error(ErrorKind::data,
                        fmt::format("decoder fold {}: no {} trial of class {}, expected one at "
                                    "least",
                                    fold, part, k),
                        "There are too few trials of this class.", "EmptyClass");
        }
    };
    for (std::size_t f = 0; f < folds.size(); ++f) {
        const auto classes_of = [&](std::span<const std::size_t> which) {
            std::vector<std::size_t> classes;
            for (const std::size_t trial : which) {
                if (trial >= trials.classes.size()) {
                    throw value_error(fmt::format("decoder fold {}: trial {}, expected 0 to {}", f,
                                                  trial, trials.classes.size() - 1));
                }
                classes.push_back(trials.classes[trial]);
            }
            return classes;
        };
        const auto own = classes_of(folds[f].train);
        const auto& given = folds[f].train_classes;
        if (!given.empty() && given.size() != own.size()) {
            throw value_error(
                fmt::format("decoder fold {}: {} classes for {} training trials, expected as many",
                            f, given.size(), own.size()));
        }
        require_all(f, "training", given.empty() ? own : given);
        require_all(f, "test", classes_of(folds[f].test));
    }
}

/// Values of each cell in order, so that percentiles of any trials are found in one walk.
class SortedCells {
  public:
    explicit SortedCells(const DecoderTrials& trials)
        : n_frames_(trials.n_frames),
          n_(trials.classes.size() * trials.n_frames),
          values_(n_ * trials.n_rois),
          trial_(n_ * trials.n_rois) {
        std::vector<std::pair<double, std::uint32_t>> own(n_);
        for (std::size_t roi = 0; roi < trials.n_rois; ++roi) {
            for (std::size_t i = 0; i < n_; ++i) {
                own[i] = {trials.values[i * trials.n_rois + roi],
                          static_cast<std::uint32_t>(i / n_frames_)};
            }
            std::ranges::sort(own);
            for (std::size_t i = 0; i < n_; ++i) {
                values_[roi * n_ + i] = own[i].first;
                trial_[roi * n_ + i] = own[i].second;
            }
        }
    }

    struct Levels {
        double low = 0.0;  ///< 5th percentile
        double median = 0.0;
        double high = 0.0;  ///< 95th percentile
    };
    /// @param times  how often each trial counts
    /// @param total  sum of the times, above 0
    [[nodiscard]] Levels levels(std::size_t roi, std::span<const std::uint32_t> times,
                                std::size_t total) const {
        const std::size_t n = total * n_frames_;
        Levels out;
        std::size_t i = 0;      // in the order of all values
        std::size_t after = 0;  // values of the wanted trials up to and with i
        const auto value_at = [&](std::size_t rank) {
            while (after <= rank) after += times[trial_[roi * n_ + i++]];
            return values_[roi * n_ + i - 1];
        };
        const auto quantile = [&](double q) {
            const double place = q * static_cast<double>(n - 1);
            const auto below = static_cast<std::size_t>(place);
            const double lower = value_at(below);
            if (below + 1 >= n) return lower;
            const double upper = value_at(below + 1);
            return lower + (place - static_cast<double>(below)) * (upper - lower);
        };
        out.low = quantile(0.05);
        // The ranks of one quantile may lie before those of the last one in few values.
        i = after = 0;
        out.median = quantile(0.5);
        i = after = 0;
        out.high = quantile(0.95);
        return out;
    }

  private:
    std::size_t n_frames_;
    std::size_t n_;
    std::vector<double> values_;        ///< shape (cell, value)
    std::vector<std::uint32_t> trial_;  ///< the same
};

Matrix part_of(const Matrix& gram, std::span<const std::size_t> rows,
               std::span<const std::size_t> columns) {
    Matrix out(static_cast<Index>(rows.size()), static_cast<Index>(columns.size()));
    for (std::size_t j = 0; j < columns.size(); ++j) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            out(static_cast<Index>(i), static_cast<Index>(j)) =
                gram(static_cast<Index>(rows[i]), static_cast<Index>(columns[j]));
        }
    }
    return out;
}

class Decoder {
  public:
    Decoder(const DecoderTrials& trials, const DecoderOptions& options)
        : trials_(trials), options_(options), sorted_(trials) {}

    [[nodiscard]] DecodedFold fold(const DecoderFold& fold, std::size_t number) const {
        DecodedFold out;
        const Matrix scaled = scaled_trials(fold, number, out);
        const Matrix gram = products(scaled);
        std::vector<std::size_t> classes = fold.train_classes;
        if (classes.empty()) classes = classes_of(fold.train);
        const auto fit = stats::multinomial_logistic_of_products(
            part_of(gram, fold.train, fold.train), classes,
            stats::balanced_weights(classes, trials_.n_classes), trials_.n_classes,
            {.c = options_.c, .iterations = options_.iterations});
        const auto probability_of = [&](const std::vector<std::size_t>& which) {
            Matrix logits = part_of(gram, which, fold.train) * fit.dual;
            logits.rowwise() += fit.intercept.transpose();
            return stats::class_probabilities(logits);
        };
        out.train_scores = decoder_scores(classes, probability_of(fold.train));
        const Matrix probability = probability_of(fold.test);
        out.test_scores = decoder_scores(classes_of(fold.test), probability);
        for (Index i = 0; i < probability.rows(); ++i) {
            Index best = 0;
            probability.row(i).maxCoeff(&best);
            out.test_predicted.push_back(static_cast<std::size_t>(best));
            for (Index k = 0; k < probability.cols(); ++k)
                out.test_probability.push_back(probability(i, k));
        }
        out.intercept.assign(fit.intercept.begin(), fit.intercept.end());
        out.coefficient_norm = std::sqrt(fit.squared_norm);
        out.is_converged = fit.is_converged;
        if (options_.keeps_coefficients) keep_coefficients(scaled, fold, fit.dual, out);
        return out;
    }

  private:
    [[nodiscard]] std::vector<std::size_t> classes_of(const std::vector<std::size_t>& which) const {
        std::vector<std::size_t> classes;
        for (const std::size_t trial : which) classes.push_back(trials_.classes[trial]);
        return classes;
    }

    /// All trials by the training trials' factors, shape (value, trial).
    [[nodiscard]] Matrix scaled_trials(const DecoderFold& fold, std::size_t number,
                                       DecodedFold& out) const {
        std::vector<std::uint32_t> times(trials_.classes.size(), 0);
        for (const std::size_t trial : fold.train) ++times[trial];
        for (std::size_t roi = 0; roi < trials_.n_rois; ++roi) {
            const auto levels = sorted_.levels(roi, times, fold.train.size());
            out.center.push_back(levels.median);
            out.scale.push_back(levels.high - levels.low);
            if (out.scale.back() > 0.0) continue;
            throw Error(ErrorKind::data,
                        fmt::format("decoder fold {}: ROI {} has 5th and 95th percentile {}, "
                                    "expected values that vary",
                                    number, roi, levels.low),
                        "Leave cells without signal out first.", "ZeroScale");
        }
        const auto n_rois = static_cast<Index>(trials_.n_rois);
        const Eigen::Map<const Eigen::ArrayXXd> values(
            trials_.values.data(), n_rois,
            static_cast<Index>(trials_.n_frames * trials_.classes.size()));
        const Eigen::Map<const Eigen::ArrayXd> center(out.center.data(), n_rois);
        const Eigen::ArrayXd factor =
            Eigen::Map<const Eigen::ArrayXd>(out.scale.data(), n_rois).inverse();
        Matrix scaled(static_cast<Index>(trial_size(trials_)),
                      static_cast<Index>(trials_.classes.size()));
        Eigen::Map<Eigen::ArrayXXd>(scaled.data(), n_rois, values.cols()) =
            (values.colwise() - center).colwise() * factor;
        return scaled;
    }

    [[nodiscard]] static Matrix products(const Matrix& scaled) {
        Matrix gram = Matrix::Zero(scaled.cols(), scaled.cols());
        gram.selfadjointView<Eigen::Lower>().rankUpdate(scaled.transpose());
        gram.triangularView<Eigen::StrictlyUpper>() = gram.transpose();
        return gram;
    }

    void keep_coefficients(const Matrix& scaled, const DecoderFold& fold, const Matrix& dual,
                           DecodedFold& out) const {
        Matrix coefficients = Matrix::Zero(scaled.rows(), dual.cols());
        for (std::size_t i = 0; i < fold.train.size(); ++i) {
            coefficients +=
                scaled.col(static_cast<Index>(fold.train[i])) * dual.row(static_cast<Index>(i));
        }
        out.coefficients.resize(static_cast<std::size_t>(coefficients.size()));
        Eigen::Map<Matrix>(out.coefficients.data(), coefficients.cols(), coefficients.rows()) =
            coefficients.transpose();
    }

    const DecoderTrials& trials_;
    const DecoderOptions& options_;
    SortedCells sorted_;
};

}  // namespace

DecoderScores decoder_scores(std::span<const std::size_t> truth, const Matrix& probability) {
    if (truth.empty() || static_cast<Index>(truth.size()) != probability.rows()) {
        throw value_error(
            fmt::format("decoder scores: {} classes and {} rows of probabilities, "
                        "expected as many, at least one",
                        truth.size(), probability.rows()));
    }
    const auto n_classes = static_cast<std::size_t>(probability.cols());
    std::vector<double> told(n_classes, 0.0);
    std::vector<double> total(n_classes, 0.0);
    double log_sum = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        const auto row = static_cast<Index>(i);
        Index best = 0;
        probability.row(row).maxCoeff(&best);
        total[truth[i]] += 1.0;
        if (static_cast<std::size_t>(best) == truth[i]) told[truth[i]] += 1.0;
        constexpr double least = std::numeric_limits<double>::epsilon();
        log_sum += std::log(
            std::clamp(probability(row, static_cast<Index>(truth[i])), least, 1.0 - least));
    }
    const auto n = static_cast<double>(truth.size());
    DecoderScores scores;
    scores.accuracy = std::accumulate(told.begin(), told.end(), 0.0) / n;
    scores.neg_log_loss = log_sum / n;
    double n_present = 0.0;
    for (std::size_t k = 0; k < n_classes; ++k) {
        if (total[k] == 0.0) continue;
        scores.balanced_accuracy += told[k] / total[k];
        n_present += 1.0;
    }
    scores.balanced_accuracy /= n_present;
    return scores;
}

std::vector<DecodedFold> decode(const DecoderTrials& trials, std::span<const DecoderFold> folds,
                                const DecoderOptions& options) {
    check(trials);
    check(trials, folds);
    const Decoder decoder(trials, options);
    std::vector<DecodedFold> out(folds.size());
    std::vector<std::exception_ptr> errors(folds.size());
    std::atomic<std::size_t> next{0};
    const auto work = [&] {
        for (std::size_t f = next++; f < folds.size(); f = next++) {
            try {
                out[f] = decoder.fold(folds[f], f);
            } catch (...) {
                errors[f] = std::current_exception();
            }
        }
    };
    {
        std::vector<std::jthread> helpers;  // joined at the end
        for (unsigned i = 1; i < options.n_threads && i < folds.size(); ++i)
            helpers.emplace_back(work);
        work();
    }
    for (const auto& error : errors)
        if (error) std::rethrow_exception(error);
    return out;
}

std::vector<std::vector<DecoderScores>> decoding_time_course(const DecoderTrials& trials,
                                                             std::span<const DecoderFold> folds,
                                                             const DecoderOptions& options) {
    check(trials);
    std::vector<std::vector<DecoderScores>> out;
    std::vector<double> values(trials.classes.size() * trials.n_rois);
    for (std::size_t frame = 0; frame < trials.n_frames; ++frame) {
        for (std::size_t i = 0; i < trials.classes.size(); ++i) {
            const auto from =
                trials.values.subspan((i * trials.n_frames + frame) * trials.n_rois, trials.n_rois);
            std::ranges::copy(from,
                              values.begin() + static_cast<std::ptrdiff_t>(i * trials.n_rois));
        }
        const DecoderTrials one{values, 1, trials.n_rois, trials.classes, trials.n_classes};
        std::vector<DecoderScores> scores;
        for (const DecodedFold& fold : decode(one, folds, options))
            scores.push_back(fold.test_scores);
        out.push_back(std::move(scores));
    }
    return out;
}

}  // namespace tb::compute::imaging::openscope
