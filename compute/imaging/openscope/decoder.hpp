// Telling the orientation of Gabor sequences from the cells' traces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

namespace tb::compute::imaging::openscope {

/// Trials to decode. Classes are numbered from 0 (of orientations, ascending).
struct DecoderTrials {
    std::span<const double> values;  ///< shape (trial, frame, cell), scaled over the recording
    std::size_t n_frames = 0;        ///< of a trial
    std::size_t n_rois = 0;
    std::span<const std::size_t> classes;  ///< of the trials
    std::size_t n_classes = 0;
};

/// Which trials a decoder is fitted to and which it is tried on.
struct DecoderFold {
    std::vector<std::size_t> train;
    std::vector<std::size_t> test;
    /// Classes that the training trials are given instead of their own: for null distributions.
    /// Empty: their own.
    std::vector<std::size_t> train_classes = {};
};

struct DecoderScores {
    double balanced_accuracy = 0.0;  ///< mean over classes of the share that was told right
    double accuracy = 0.0;
    double neg_log_loss = 0.0;  ///< mean log probability of the true class
};

struct DecodedFold {
    std::vector<double> center;     ///< per cell: median over training trials and frames
    std::vector<double> scale;      ///< per cell: 95th less 5th percentile of the same
    std::vector<double> intercept;  ///< per class
    double coefficient_norm = 0.0;  ///< square root of the sum of squared coefficients
    /// shape (frame, cell, class) row by row; empty unless asked for
    std::vector<double> coefficients;
    std::vector<std::size_t> test_predicted;
    std::vector<double> test_probability;  ///< shape (test trial, class), row by row
    DecoderScores train_scores;
    DecoderScores test_scores;
    bool is_converged = false;
};

struct DecoderOptions {
    double c = 1.0;                   ///< inverse strength of the penalty
    std::size_t iterations = 1000;    ///< at most
    bool keeps_coefficients = false;  ///< for looking at one fold: much memory for many
    unsigned n_threads = 1;           ///< over folds
};

/// A decoder per fold: per cell less the training trials' median, divided by their 95th less 5th
/// percentile; multinomial logistic regression with an L2 penalty on frames x cells, classes
/// weighted to equal totals.
/// @return one per fold; does not depend on the number of threads
/// @throws tb::Error (data): EmptyClass naming fold and class without a training or test trial,
/// ZeroScale naming a cell whose training values do not vary, UnexpectedNaN for a value that is not
/// finite, ColumnLength for values that are not whole trials, ValueError for a trial or class out
/// of range Source: spec/openscope.md, 8.12.
[[nodiscard]] std::vector<DecodedFold> decode(const DecoderTrials& trials,
                                              std::span<const DecoderFold> folds,
                                              const DecoderOptions& options = {});

/// Scores of a decoder for each frame by itself.
/// @return test scores, shape (frame, fold)
/// @throws tb::Error as decode
[[nodiscard]] std::vector<std::vector<DecoderScores>> decoding_time_course(
    const DecoderTrials& trials, std::span<const DecoderFold> folds,
    const DecoderOptions& options = {});

/// @param truth        classes of the trials, at least one trial
/// @param probability  shape (trial, class)
/// Classes without trials are left out of the balanced accuracy.
[[nodiscard]] DecoderScores decoder_scores(std::span<const std::size_t> truth,
                                           const Eigen::MatrixXd& probability);

}  // namespace tb::compute::imaging::openscope
