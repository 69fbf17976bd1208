#include "compute/imaging/openscope/decoder.hpp"

#include "compute/imaging/openscope/decoder_folds.hpp"
#include "src/stats/split_random.hpp"
#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using stats::error_type;
using testing::ElementsAre;

/// 40 trials of two classes, 3 frames, 4 cells; in frame 1 the first cell tells the class.
struct Example {
    std::vector<double> values;
    std::vector<std::size_t> classes;
    DecoderTrials trials;

    Example() {
        stats::SplitRandom random(11);
        for (std::size_t trial = 0; trial < 40; ++trial) {
            classes.push_back(trial % 2);
            for (std::size_t frame = 0; frame < 3; ++frame) {
                for (std::size_t roi = 0; roi < 4; ++roi) {
                    const double noise = static_cast<double>(random.below(1000)) / 1000.0;
                    const bool tells = frame == 1 && roi == 0 && trial % 2 == 1;
                    values.push_back(noise + (tells ? 3.0 : 0.0));
                }
            }
        }
        trials = {values, 3, 4, classes, 2};
    }
};

TEST(OpenScopeDecoder, TellsWhatCanBeTold) {
    const Example example;
    const auto folds = decoder_folds(example.classes, 2, {.n_splits = 5});
    for (const DecodedFold& fold : decode(example.trials, folds)) {
        EXPECT_TRUE(fold.is_converged);
        EXPECT_EQ(fold.train_scores.balanced_accuracy, 1.0);
        EXPECT_EQ(fold.test_scores.balanced_accuracy, 1.0);
        EXPECT_LT(fold.test_scores.neg_log_loss, 0.0);
    }
    const auto course = decoding_time_course(example.trials, folds);
    ASSERT_EQ(course.size(), 3U);
    EXPECT_EQ(course[1][0].balanced_accuracy, 1.0);
    EXPECT_LT(course[0][0].balanced_accuracy, 1.0);
}

TEST(OpenScopeDecoder, DoesNotDependOnThreads) {
    const Example example;
    const auto folds = decoder_folds(example.classes, 2, {.n_splits = 4});
    const auto one = decode(example.trials, folds, {.keeps_coefficients = true});
    const auto two = decode(example.trials, folds, {.keeps_coefficients = true, .n_threads = 2});
    for (std::size_t f = 0; f < folds.size(); ++f) {
        EXPECT_EQ(one[f].test_probability, two[f].test_probability);
        EXPECT_EQ(one[f].coefficients, two[f].coefficients);
        ASSERT_EQ(one[f].coefficients.size(), 3U * 4U * 2U);
        double squares = 0.0;
        for (const double coefficient : one[f].coefficients) squares += coefficient * coefficient;
        EXPECT_NEAR(std::sqrt(squares), one[f].coefficient_norm, 1e-9);
    }
}

// Quantiles of training values alone: of 0 ... 8 and the median 4, 0.4 and 7.6.
TEST(OpenScopeDecoder, ScalesByTheTrainingTrials) {
    std::vector<double> values;
    std::vector<std::size_t> classes;
    for (int i = 8; i >= 0; --i) {
        values.push_back(static_cast<double>(i));
        classes.push_back(i % 2 == 0 ? 0 : 1);
    }
    for (const double outlier : {1000.0, -1000.0}) {
        values.push_back(outlier);
        classes.push_back(outlier > 0.0 ? 0 : 1);
    }
    DecoderFold fold;
    for (std::size_t i = 0; i < 9; ++i) fold.train.push_back(i);
    fold.test = {9, 10};
    const auto decoded = decode({values, 1, 1, classes, 2}, std::vector{fold});
    EXPECT_DOUBLE_EQ(decoded[0].center[0], 4.0);
    EXPECT_NEAR(decoded[0].scale[0], 7.2, 1e-12);
}

TEST(OpenScopeDecoder, ScoresAreWorkedByHand) {
    Eigen::MatrixXd probability(3, 2);
    probability << 0.75, 0.25, 0.25, 0.75, 0.5, 0.5;
    const DecoderScores scores = decoder_scores(std::vector<std::size_t>{0, 0, 0}, probability);
    EXPECT_NEAR(scores.accuracy, 2.0 / 3.0, 1e-12);
    EXPECT_NEAR(scores.balanced_accuracy, 2.0 / 3.0, 1e-12);
    EXPECT_NEAR(scores.neg_log_loss, (std::log(0.75) + std::log(0.25) + std::log(0.5)) / 3.0,
                1e-12);
}

TEST(OpenScopeDecoder, RefusesWhatItCannotDecode) {
    Example example;
    const auto type = [&](DecoderFold fold) {
        return error_type([&] { (void)decode(example.trials, std::vector{fold}); });
    };
    EXPECT_EQ(type({{0, 2, 4}, {1, 3, 6}, {}}), "EmptyClass");
    EXPECT_EQ(type({{0, 1}, {2, 4}, {}}), "EmptyClass");
    EXPECT_EQ(type({{0, 1}, {2, 40}, {}}), "ValueError");
    EXPECT_EQ(type({{0, 1, 2}, {3, 4}, {0, 1}}), "ValueError");
    for (std::size_t i = 3; i < example.values.size(); i += 4) example.values[i] = 1.0;
    EXPECT_EQ(type({{0, 1}, {2, 3}, {}}), "ZeroScale");
    example.values[7] = nan;
    EXPECT_EQ(type({{0, 1}, {2, 3}, {}}), "UnexpectedNaN");
}

TEST(OpenScopeDecoderFolds, PartEveryClass) {
    std::vector<std::size_t> classes;
    for (std::size_t i = 0; i < 40; ++i) classes.push_back(i < 8 ? 0 : 1);
    const auto folds = decoder_folds(classes, 2, {.n_splits = 3});
    ASSERT_EQ(folds.size(), 3U);
    for (const DecoderFold& fold : folds) {
        EXPECT_EQ(fold.train.size(), 30U);
        std::set<std::size_t> all(fold.train.begin(), fold.train.end());
        all.insert(fold.test.begin(), fold.test.end());
        EXPECT_EQ(all.size(), 40U);
        EXPECT_EQ(std::ranges::count_if(fold.train, [](std::size_t i) { return i < 8; }), 6);
    }
    EXPECT_NE(folds[0].train, folds[1].train);
    EXPECT_EQ(folds[1].train, decoder_folds(classes, 2, {.n_splits = 2})[1].train);
}

TEST(OpenScopeDecoderFolds, ControlsKeepAsManyAsTheComparisonHas) {
    std::vector<std::size_t> classes;
    for (std::size_t i = 0; i < 40; ++i) classes.push_back(i < 8 ? 0 : 1);
    // 5: int(3.75) training and 2 test trials. 100 are more than class 1 has: all are kept.
    const auto fold = decoder_folds(classes, 2, {.n_splits = 1, .control_sizes = {5, 100}}).front();
    const auto of_first = [](const std::vector<std::size_t>& trials) {
        return std::ranges::count_if(trials, [](std::size_t i) { return i < 8; });
    };
    EXPECT_EQ(of_first(fold.train), 3);
    EXPECT_EQ(of_first(fold.test), 2);
    EXPECT_EQ(fold.train.size(), 3U + 24U);
    EXPECT_EQ(fold.test.size(), 2U + 8U);
    const auto type = [&](std::vector<std::size_t> sizes) {
        return error_type(
            [&] { (void)decoder_folds(classes, 2, {.n_splits = 1, .control_sizes = sizes}); });
    };
    EXPECT_EQ(type({1, 5}), "EmptyClass");  // int(0.75) trials to train with
    EXPECT_EQ(type({5}), "ValueError");
    EXPECT_EQ(error_type([] {
                  (void)decoder_folds(std::vector<std::size_t>{0, 0, 1}, 2, {});
              }),
              "EmptyClass");
}

TEST(OpenScopeDecoderFolds, ShufflesKeepTheClassesOfTheTraining) {
    std::vector<std::size_t> classes;
    for (std::size_t i = 0; i < 40; ++i) classes.push_back(i % 4);
    const auto fold = decoder_folds(classes, 4, {.n_splits = 1, .shuffles = true}).front();
    ASSERT_EQ(fold.train_classes.size(), fold.train.size());
    std::vector<std::size_t> own;
    for (const std::size_t trial : fold.train) own.push_back(classes[trial]);
    EXPECT_NE(own, fold.train_classes);
    EXPECT_THAT(fold.train_classes, testing::UnorderedElementsAreArray(own));
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
