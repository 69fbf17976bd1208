// Whether responses to visual flow change more from one session to another than those to Gabors.
#pragma once

#include "compute/imaging/openscope/usi_groups.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace tb::compute::imaging::openscope {

/// |(b - a) / a|.
[[nodiscard]] double absolute_fractional_change(double a, double b);

/// A group's values of both stimuli in the two sessions compared, one per ROI: relative unexpected
/// responses, or sizes of USIs.
struct StimulusValues {
    ImagingGroup group;
    std::vector<double> gabors_a;   ///< first session
    std::vector<double> gabors_b;   ///< second session
    std::vector<double> visflow_a;  ///< of the ROIs of gabors_a
    std::vector<double> visflow_b;  ///< of the ROIs of gabors_b
};

struct StimulusComparisonSettings {
    /// ROIs are the same in both sessions: both are resampled alike.
    bool is_tracked = true;
    std::size_t bootstrap_samples = 10000;
    stats::MissingPolicy missing = stats::MissingPolicy::keep;
    TestSettings test;
};

struct FractionalChange {
    double value = 0.0;  ///< of the means over ROIs
    double bootstrap_std = 0.0;
};

struct StimulusComparison {
    ImagingGroup group;  ///< "all", "all" in the last row
    FractionalChange gabors;
    FractionalChange visflow;
    double raw_p = 0.0;  ///< of visflow less gabors, stimuli exchanged per ROI in each session
    double p = 0.0;      ///< corrected for tails and comparisons
};

/// @return one row per group, in the order given, then that of all: values, samples and null
/// differences averaged over the groups
/// @throws tb::Error (data): MissingSession for a group without values, ValueError for stimuli of
/// different lengths in a session, or sessions of different lengths when tracked; UnexpectedNaN
/// where a permutation has no value Source: spec/openscope.md, 8.8.
[[nodiscard]] std::vector<StimulusComparison> compare_stimuli(
    std::span<const StimulusValues> groups, const StimulusComparisonSettings& settings);

}  // namespace tb::compute::imaging::openscope
