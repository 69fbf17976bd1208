// task.lab_classifier: how well a subject's institution is told from what it does.
#pragma once

#include "trialbase/computed_table.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tb::compute::task {

enum class LabDecoder { forest, bayes, logistic };
/// @throws tb::Error (data, ValueError) for another word
[[nodiscard]] LabDecoder lab_decoder_of(std::string_view word);

struct LabClassifierOptions {
    LabDecoder decoder = LabDecoder::forest;
    std::size_t n_draws = 2000;
    std::size_t n_per_institution = 8;
    std::size_t n_trees = 100;
    std::uint64_t seed = 1;
};

/// A subject with all its metrics.
struct ClassifiedSubject {
    std::string institution;
    std::vector<double> metrics;
};

struct LabClassification {
    std::vector<std::string> institutions;  ///< with enough subjects, ascending
    std::size_t n_subjects = 0;             ///< of these institutions
    std::vector<double> accuracy;           ///< of each draw, shape (n_draws)
    std::vector<double> shuffled_accuracy;  ///< with institutions shuffled, shape (n_draws)
    /// How often subjects of an institution (row) were told to be of another (column), over all
    /// draws; shape (institutions, institutions).
    std::vector<std::size_t> confusion;
};

/// Draws n_per_institution subjects of each institution that has as many, tells each from all the
/// others, and does so again with institutions shuffled among them. Draws are shared out to as many
/// threads as there are processors; their number changes nothing.
/// @param subjects  with as many finite metrics each
/// @return without draws where fewer than two institutions have enough subjects
/// @throws tb::Error (data, ValueError) for metrics that do not fit
/// Source: spec/ibl_behavior.md, 10 (figures 3f and 4i).
[[nodiscard]] LabClassification classify_labs(std::span<const ClassifiedSubject> subjects,
                                              const LabClassifierOptions& options = {});

/// Adapter of task.lab_classifier and its parts.
[[nodiscard]] ComputedTable lab_classifier_table();

}  // namespace tb::compute::task
