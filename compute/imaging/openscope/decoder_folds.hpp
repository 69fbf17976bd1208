// Random splits of trials for decoders.
#pragma once

#include "compute/imaging/openscope/decoder.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

struct FoldOptions {
    std::size_t n_splits = 100;
    double train_share = 0.75;
    std::uint64_t seed = 905;
    /// Per class the trials that a comparison has: in each split its first int(share s) training
    /// and s - int(share s) test trials are kept; all are, where it has fewer. Empty: all trials.
    std::vector<std::size_t> control_sizes = {};
    /// Training trials get each other's classes: one split of a null distribution each.
    bool shuffles = false;
};

/// Splits in which each class is parted by the share (rounded, at least one trial on either side
/// where it has two). Split k is the same however many there are.
/// @param classes  of the trials, each below n_classes
/// @throws tb::Error (data): EmptyClass naming a class without a training or a test trial (a class
/// of one trial, or a control sample too small to part), ValueError for a share that is not between
/// 0 and 1, a class out of range or control sizes that are not one per class
/// Source: spec/openscope.md, 8.12. The published splits are scikit-learn's and cannot be drawn
/// again: these have the same distribution.
[[nodiscard]] std::vector<DecoderFold> decoder_folds(std::span<const std::size_t> classes,
                                                     std::size_t n_classes,
                                                     const FoldOptions& options);

}  // namespace tb::compute::imaging::openscope
