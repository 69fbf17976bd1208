#include "compute/task/recoded_trials.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <fmt/format.h>

namespace tb::compute::task {

namespace {

double sign(double value) {
    return value > 0.0 ? 1.0 : value < 0.0 ? -1.0 : 0.0;
}

double percent_of(double probability, const RecodingOptions& options) {
    if (std::isnan(probability)) return nan;
    if (!options.has_cut_probability) return std::round(100.0 * probability);
    return std::trunc(100.0 * static_cast<double>(static_cast<float>(probability)));
}

/// What a trial is by itself.
void recode_one(const Trials& trials, std::size_t i, const RecodingOptions& options,
                RecodedTrials& out) {
    const double contrast = 100.0 * trials.contrast(i);
    const double choice = trials.choice[i] == 0.0 ? 0.0 : -trials.choice[i];
    const bool has_response = choice != 0.0 && !std::isnan(choice);
    const bool has_answer = !std::isnan(contrast) && contrast != 0.0 && !std::isnan(choice);
    const double correct = !has_answer ? nan : sign(contrast) == choice ? 1.0 : 0.0;
    out.signed_contrast_percent.push_back(contrast);
    out.choice.push_back(choice);
    out.correct.push_back(correct);
    out.choice_right.push_back(!has_response ? nan : choice > 0.0 ? 1.0 : 0.0);
    out.correct_easy.push_back(std::abs(contrast) >= 50.0 ? correct : nan);
    out.probability_left_percent.push_back(percent_of(trials.probability_left[i], options));
    out.response_time_s.push_back(has_response ? trials.response_time_s(i) : nan);
    out.feedback_type.push_back(has_response ? trials.feedback_type[i] : nan);
}

}  // namespace

RecodedTrials recoded_trials(const Trials& trials, std::span<const std::size_t> session,
                             const RecodingOptions& options) {
    if (session.size() != trials.size()) {
        throw value_error(fmt::format("{} trials and {} numbers of sessions: expected as many",
                                      trials.size(), session.size()));
    }
    RecodedTrials out;
    const auto or_missing = [](double value) { return value == 0.0 ? nan : value; };
    for (std::size_t i = 0; i < trials.size(); ++i) {
        recode_one(trials, i, options, out);
        const bool has_previous =
            i > 0 && (options.has_history_across_sessions || session[i] == session[i - 1]);
        const double choice = has_previous ? or_missing(out.choice[i - 1]) : nan;
        out.previous_choice.push_back(choice);
        out.previous_outcome.push_back(has_previous ? or_missing(out.feedback_type[i - 1]) : nan);
        out.previous_contrast_percent.push_back(
            has_previous ? std::abs(out.signed_contrast_percent[i - 1]) : nan);
        out.repeats_choice.push_back(out.choice[i] == choice);
    }
    return out;
}

}  // namespace tb::compute::task
