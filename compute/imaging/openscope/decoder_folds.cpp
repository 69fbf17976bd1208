#include "compute/imaging/openscope/decoder_folds.hpp"

#include "src/stats/split_random.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace tb::compute::imaging::openscope {

namespace {

void shuffle(std::vector<std::size_t>& values, stats::SplitRandom& random) {
    for (std::size_t i = values.size(); i > 1; --i) {
        std::swap(values[i - 1], values[random.below(static_cast<std::uint32_t>(i))]);
    }
}

std::size_t training_trials(std::size_t n, double share) {
    const auto rounded = static_cast<std::size_t>(std::llround(share * static_cast<double>(n)));
    return n < 2 ? rounded : std::clamp<std::size_t>(rounded, 1, n - 1);
}

/// The first `most` trials of each class, in their order.
std::vector<std::size_t> first_of_classes(const std::vector<std::size_t>& trials,
                                          std::span<const std::size_t> classes,
                                          std::vector<std::size_t> most) {
    std::vector<std::size_t> out;
    for (const std::size_t trial : trials) {
        if (most[classes[trial]] == 0) continue;
        --most[classes[trial]];
        out.push_back(trial);
    }
    return out;
}

}  // namespace

std::vector<DecoderFold> decoder_folds(std::span<const std::size_t> classes, std::size_t n_classes,
                                       const FoldOptions& options) {
    if (!(options.train_share > 0.0) || !(options.train_share < 1.0)) {
        throw value_error(fmt::format("decoder folds: {} for training, expected between 0 and 1",
                                      options.train_share));
    }
    if (!options.control_sizes.empty() && options.control_sizes.size() != n_classes) {
        throw value_error(
            fmt::format("decoder folds: {} control sizes for {} classes, expected "
                        "one each",
                        options.control_sizes.size(), n_classes));
    }
    std::vector<std::vector<std::size_t>> trials_of(n_classes);
    for (std::size_t i = 0; i < classes.size(); ++i) {
        if (classes[i] >= n_classes) {
            throw value_error(
                fmt::format("decoder folds: trial {} is of class {}, expected one "
                            "below {}",
                            i, classes[i], n_classes));
        }
        trials_of[classes[i]].push_back(i);
    }
    std::vector<std::size_t> most_train(n_classes, classes.size());
    std::vector<std::size_t> most_test(n_classes, classes.size());
    for (std::size_t k = 0; k < options.control_sizes.size(); ++k) {
        const std::size_t size = options.control_sizes[k];
        most_train[k] = static_cast<std::size_t>(options.train_share * static_cast<double>(size));
        most_test[k] = size - most_train[k];
    }
    for (std::size_t k = 0; k < n_classes; ++k) {
        const std::size_t n = trials_of[k].size();
        const std::size_t n_train = training_trials(n, options.train_share);
        const bool is_empty =
            n_train == 0 || n_train == n || most_train[k] == 0 || most_test[k] == 0;
        if (!is_empty) continue;
        throw Error(
            ErrorKind::data,
            fmt::format("decoder folds: class {} has {} trials{}, expected one at least "
                        "for training and one for testing",
                        k, n,
                        options.control_sizes.empty()
                            ? ""
                            : fmt::format(" and a control sample of {}", options.control_sizes[k])),
            "There are too few trials of this class.", "EmptyClass");
    }
    std::vector<DecoderFold> folds(options.n_splits);
    for (std::size_t f = 0; f < folds.size(); ++f) {
        stats::SplitRandom random(options.seed, f);
        std::vector<std::size_t> train;
        std::vector<std::size_t> test;
        for (auto own : trials_of) {
            const auto n_train =
                static_cast<std::ptrdiff_t>(training_trials(own.size(), options.train_share));
            shuffle(own, random);
            train.insert(train.end(), own.begin(), own.begin() + n_train);
            test.insert(test.end(), own.begin() + n_train, own.end());
        }
        shuffle(train, random);
        shuffle(test, random);
        folds[f].train = first_of_classes(train, classes, most_train);
        folds[f].test = first_of_classes(test, classes, most_test);
        if (options.shuffles) {
            for (const std::size_t trial : folds[f].train)
                folds[f].train_classes.push_back(classes[trial]);
            shuffle(folds[f].train_classes, random);
        }
    }
    return folds;
}

}  // namespace tb::compute::imaging::openscope
