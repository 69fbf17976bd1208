#include "compute/task/choice_glm.hpp"

#include "src/stats/legacy_random.hpp"
#include "src/stats/test_result.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>

namespace tb::compute::task {

namespace {

std::string name_of(double contrast_percent) {
    std::string name = fmt::format("{}", contrast_percent);
    std::ranges::replace(name, '.', '_');
    return name;
}

std::optional<double> block_id(double probability_left_percent) {
    if (probability_left_percent == 80.0) return -1.0;
    if (probability_left_percent == 50.0) return 0.0;
    if (probability_left_percent == 20.0) return 1.0;
    return std::nullopt;
}

bool is_taken(const RecodedTrials& trials, std::size_t i, bool has_block) {
    const double contrast = std::abs(trials.signed_contrast_percent[i]);
    return !std::isnan(contrast) && contrast != 50.0 && !std::isnan(trials.choice_right[i]) &&
           !std::isnan(trials.feedback_type[i]) && !std::isnan(trials.previous_choice[i]) &&
           !std::isnan(trials.previous_outcome[i]) &&
           (!has_block || block_id(trials.probability_left_percent[i]));
}

struct Rows {
    stats::DesignMatrix x;
    std::vector<bool> outcome;
};

Rows rows_of(const ChoiceDesign& design, std::span<const std::size_t> which) {
    Rows out{{design.x.names, {}}, {}};
    for (const std::size_t i : which) {
        const double* const row = design.x.row(i);
        out.x.values.insert(out.x.values.end(), row, row + design.x.n_columns());
        out.outcome.push_back(design.chose_right[i]);
    }
    return out;
}

/// Mean chance given to the choices that were made.
double mean_chance(const Rows& rows, std::span<const double> weights) {
    const std::vector<double> right = stats::predicted_probabilities(rows.x, weights);
    double sum = 0.0;
    for (std::size_t i = 0; i < right.size(); ++i) {
        sum += rows.outcome[i] ? right[i] : 1.0 - right[i];
    }
    return sum / static_cast<double>(right.size());
}

double held_out_accuracy(const ChoiceDesign& design, const ChoiceGlmOptions& options) {
    const std::size_t n = design.chose_right.size();
    if (options.n_folds == 1) throw value_error("accuracy over one fold: expected at least two");
    if (n < options.n_folds) {
        throw stats::too_few_values(
            fmt::format("{} choices for {} folds: expected one each at least", n, options.n_folds));
    }
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    stats::LegacyRandom random(options.seed);
    for (std::size_t i = n; i > 1; --i) {
        const auto j = static_cast<std::size_t>(random.uniform() * static_cast<double>(i));
        std::swap(order[i - 1], order[std::min(j, i - 1)]);
    }
    double sum = 0.0;
    std::size_t begin = 0;
    for (std::size_t fold = 0; fold < options.n_folds; ++fold) {
        const std::size_t length = n / options.n_folds + (fold < n % options.n_folds ? 1 : 0);
        const auto first = order.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = first + static_cast<std::ptrdiff_t>(length);
        std::vector<std::size_t> others(order.begin(), first);
        others.insert(others.end(), last, order.end());
        const Rows train = rows_of(design, others);
        const stats::LogisticFit fit = stats::logistic_regression(train.x, train.outcome);
        sum += mean_chance(rows_of(design, std::span(first, last)), fit.weights);
        begin += length;
    }
    return sum / static_cast<double>(options.n_folds);
}

}  // namespace

ChoiceDesign choice_design(const RecodedTrials& trials, bool has_block) {
    std::set<double> contrasts;
    ChoiceDesign out;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        if (!is_taken(trials, i, has_block)) continue;
        out.trial.push_back(i);
        out.chose_right.push_back(trials.choice_right[i] > 0.0);
        const double contrast = std::abs(trials.signed_contrast_percent[i]);
        if (contrast > 0.0) contrasts.insert(contrast);
    }
    out.contrast_percent.assign(contrasts.begin(), contrasts.end());
    out.x.names.emplace_back("bias");
    for (const double contrast : contrasts) out.x.names.push_back(name_of(contrast));
    out.x.names.emplace_back("unrewarded");
    out.x.names.emplace_back("rewarded");
    if (has_block) out.x.names.emplace_back("block_id");
    for (const std::size_t i : out.trial) {
        const double signed_contrast = trials.signed_contrast_percent[i];
        std::vector<double>& values = out.x.values;
        values.push_back(1.0);
        for (const double contrast : contrasts) {
            const bool is_shown = std::abs(signed_contrast) == contrast;
            values.push_back(!is_shown ? 0.0 : signed_contrast > 0.0 ? 1.0 : -1.0);
        }
        const bool was_rewarded = trials.previous_outcome[i] > 0.0;
        values.push_back(was_rewarded ? 0.0 : trials.previous_choice[i]);
        values.push_back(was_rewarded ? trials.previous_choice[i] : 0.0);
        if (has_block) values.push_back(*block_id(trials.probability_left_percent[i]));
    }
    return out;
}

ChoiceGlm choice_glm(const RecodedTrials& trials, const ChoiceGlmOptions& options) {
    ChoiceDesign design = choice_design(trials, options.has_block);
    ChoiceGlm out;
    out.fit = stats::logistic_regression(design.x, design.chose_right);
    out.accuracy = options.n_folds == 0 ? nan : held_out_accuracy(design, options);
    out.design = std::move(design.x);
    out.contrast_percent = std::move(design.contrast_percent);
    return out;
}

}  // namespace tb::compute::task
