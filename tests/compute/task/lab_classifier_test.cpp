#include "compute/task/lab_classifier.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

namespace tb::compute::task {
namespace {

using testing::HandRows;
using testing::number;
using testing::text;

/// Six subjects each of three institutions, whose one metric lies apart, and one of a fourth.
std::vector<ClassifiedSubject> apart() {
    std::vector<ClassifiedSubject> out;
    for (int i = 0; i < 6; ++i) {
        out.push_back({"A", {1.0 + 0.1 * i}});
        out.push_back({"B", {5.0 + 0.1 * i}});
        out.push_back({"C", {9.0 + 0.1 * i}});
    }
    out.push_back({"D", {20.0}});
    return out;
}

LabClassifierOptions few(LabDecoder decoder = LabDecoder::forest) {
    return {.decoder = decoder, .n_draws = 40, .n_per_institution = 4, .n_trees = 20, .seed = 3};
}

double mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

TEST(ClassifyLabs, TellsThoseThatLieApartAndNotTheShuffled) {
    for (const LabDecoder decoder : {LabDecoder::forest, LabDecoder::bayes, LabDecoder::logistic}) {
        const LabClassification found = classify_labs(apart(), few(decoder));
        EXPECT_EQ(found.institutions, (std::vector<std::string>{"A", "B", "C"}));
        EXPECT_EQ(found.n_subjects, 18U);
        ASSERT_EQ(found.accuracy.size(), 40U);
        EXPECT_GT(mean(found.accuracy), 0.95);
        // Chance is a third; who is left out makes its own class the rarer.
        EXPECT_LT(mean(found.shuffled_accuracy), 0.45);
        EXPECT_GT(found.confusion[0], 150U);
        EXPECT_EQ(std::accumulate(found.confusion.begin(), found.confusion.end(), std::size_t{0}),
                  40U * 12U);
    }
}

TEST(ClassifyLabs, GivesTheSameWhoeverDrawsIt) {
    const LabClassification one = classify_labs(apart(), few());
    const LabClassification again = classify_labs(apart(), few());
    EXPECT_EQ(one.accuracy, again.accuracy);
    EXPECT_EQ(one.shuffled_accuracy, again.shuffled_accuracy);
    EXPECT_EQ(one.confusion, again.confusion);
    auto other = few();
    other.seed = 4;
    EXPECT_NE(one.shuffled_accuracy, classify_labs(apart(), other).shuffled_accuracy);
}

TEST(ClassifyLabs, WantsTwoInstitutionsWithEnoughSubjects) {
    auto options = few();
    options.n_per_institution = 7;
    EXPECT_TRUE(classify_labs(apart(), options).accuracy.empty());
    EXPECT_TRUE(classify_labs({}, options).accuracy.empty());
}

TEST(ClassifyLabs, RefusesWhatCannotBeTold) {
    auto subjects = apart();
    subjects[3].metrics.push_back(1.0);
    EXPECT_THROW((void)classify_labs(subjects, few()), Error);
    subjects = apart();
    subjects[3].metrics[0] = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THROW((void)classify_labs(subjects, few()), Error) << "out of every thread";
    EXPECT_EQ(lab_decoder_of("logistic"), LabDecoder::logistic);
    EXPECT_THROW((void)lab_decoder_of("oracle"), Error);
}

TEST(LabClassifierTable, LeavesOutSubjectsWithoutAllMetrics) {
    std::vector<std::optional<std::string>> subject, institution;
    std::vector<double> value;
    for (int i = 0; i < 6; ++i) {
        for (const std::string lab : {"A", "B"}) {
            for (int metric = 0; metric < (i == 5 && lab == "A" ? 1 : 2); ++metric) {
                subject.push_back(lab + std::to_string(i));
                institution.push_back(lab);
                value.push_back((lab == "A" ? 0.0 : 10.0) + i + metric);
            }
        }
    }
    HandRows values;
    values.texts("subject_id", subject)
        .texts("institution_short", institution)
        .numbers("value", value);
    const auto run = [&](std::int64_t n_each) {
        HandRows params;
        params.integers("n_metrics", {2})
            .texts("decoder", {"forest"})
            .integers("n_draws", {3})
            .integers("n_per_institution", {n_each})
            .integers("n_trees", {30})
            .integers("seed", {1});
        return testing::run(lab_classifier_table(), "pool_id=p",
                            {{"values", &values}, {"params", &params}});
    };
    const Output output = run(5);
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_subjects"), 11.0);
    EXPECT_EQ(number(*output.master_row, "mean_accuracy"), 1.0);
    EXPECT_EQ(number(*output.master_row, "fraction_above_chance"), 1.0);
    EXPECT_EQ(output.part_rows.at("lab_classifier_draw").size(), 3U);
    const auto& confusion = output.part_rows.at("lab_classifier_confusion");
    ASSERT_EQ(confusion.size(), 4U);
    EXPECT_EQ(text(confusion[1], "told_institution_short"), "B");
    EXPECT_EQ(number(confusion[0], "n_told"), 15.0);
    EXPECT_EQ(number(confusion[0], "fraction_told"), 1.0);
    EXPECT_TRUE(run(6).settled_reason);
}

}  // namespace
}  // namespace tb::compute::task
