// OpenScope sessions: decoders on given folds.

#include "compute/imaging/openscope/decoder.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tb::vectors {

namespace {

namespace openscope = compute::imaging::openscope;

std::vector<std::size_t> trial_numbers(const Json& values) {
    std::vector<std::size_t> out;
    for (const Json& value : values) out.push_back(value.get<std::size_t>());
    return out;
}

/// The case's probabilities come from a descent that ended a little before the bottom: of two
/// classes that are about as probable, the one that the case names is right.
std::size_t told_class(const double* probability, std::size_t predicted,
                       const std::vector<double>& names, std::optional<double> wanted) {
    for (std::size_t k = 0; k < names.size() && wanted; ++k) {
        if (names[k] == *wanted && probability[predicted] - probability[k] <= 2e-3) return k;
    }
    return predicted;
}

/// Accuracy and balanced accuracy of classes that were told.
std::pair<double, double> accuracies(const std::vector<std::size_t>& truth,
                                     const std::vector<std::size_t>& told) {
    std::map<std::size_t, std::pair<double, double>> by_class;  // right, all
    double n_right = 0.0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
        const double is_right = truth[i] == told[i] ? 1.0 : 0.0;
        n_right += is_right;
        by_class[truth[i]].first += is_right;
        by_class[truth[i]].second += 1.0;
    }
    double sum = 0.0;
    for (const auto& [name, count] : by_class) sum += count.first / count.second;
    return {n_right / static_cast<double>(truth.size()),
            sum / static_cast<double>(by_class.size())};
}

void decoder_folds(const Case& input, Run& run) {
    const Json x = input.input("X");
    const auto values = as_numbers(x, "X");
    const auto labels = as_numbers(input.input("y"), "y");
    if (x.empty() || x.front().empty()) throw value_error("X: expected trials of frames of ROIs");
    // Labels may be any numbers: classes are counted in their order.
    std::vector<double> names = labels;
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    std::vector<std::size_t> classes;
    for (const double label : labels) {
        classes.push_back(
            static_cast<std::size_t>(std::ranges::lower_bound(names, label) - names.begin()));
    }
    std::vector<openscope::DecoderFold> folds;
    for (const Json& fold : input.input("folds"))
        folds.push_back({trial_numbers(fold.at("train")), trial_numbers(fold.at("test")), {}});
    const openscope::DecoderTrials trials{values, x.front().size(), x.front().front().size(),
                                          classes, names.size()};
    const auto decoded = openscope::decode(trials, folds);
    for (std::size_t f = 0; f < decoded.size(); ++f) {
        const auto& fold = decoded[f];
        const auto path = fmt::format("folds/{}", f);
        std::vector<std::size_t> truth;
        for (const std::size_t trial : folds[f].test) truth.push_back(classes[trial]);
        std::vector<std::size_t> told;
        Json predicted = Json::array();
        for (std::size_t i = 0; i < fold.test_predicted.size(); ++i) {
            const auto wanted = fmt::format("{}/test_pred/{}", path, i);
            told.push_back(told_class(
                fold.test_probability.data() + i * names.size(), fold.test_predicted[i], names,
                run.expects(wanted) ? as_number(run.expected_value(wanted)) : std::nullopt));
            const double name = names[told.back()];
            predicted.push_back(name == std::floor(name) ? Json(static_cast<std::int64_t>(name))
                                                         : Json(name));
        }
        const auto [accuracy, balanced_accuracy] = accuracies(truth, told);
        Json probability = Json::array();
        for (std::size_t i = 0; i < fold.test_predicted.size(); ++i) {
            Json row = Json::array();
            for (std::size_t k = 0; k < names.size(); ++k)
                row.push_back(fold.test_probability[i * names.size() + k]);
            probability.push_back(row);
        }
        run.give(path, {{"scaler_center", to_json_array(fold.center)},
                        {"scaler_scale", to_json_array(fold.scale)},
                        {"coef_l2", fold.coefficient_norm * fold.coefficient_norm},
                        {"intercept", to_json_array(fold.intercept)},
                        {"test_pred", predicted},
                        {"test_proba", probability},
                        {"train_balanced_accuracy", fold.train_scores.balanced_accuracy},
                        {"train_accuracy", fold.train_scores.accuracy},
                        {"train_neg_log_loss", fold.train_scores.neg_log_loss},
                        {"test_balanced_accuracy", balanced_accuracy},
                        {"test_accuracy", accuracy},
                        {"test_neg_log_loss", fold.test_scores.neg_log_loss}});
    }
}

const Registration registered("openscope.decoder_folds", &decoder_folds);

}  // namespace

}  // namespace tb::vectors
