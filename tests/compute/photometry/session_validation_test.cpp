#include "compute/photometry/session_validation.hpp"

#include "trialbase/missing.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

TEST(SessionValidation, NinetyTrialsAreEnough) {
    EXPECT_FALSE(check_n_trials(90));
    EXPECT_EQ(check_n_trials(89)->type, "InsufficientTrials");
}

TEST(SessionValidation, EventsNeedNineTenthsOfTheirTimes) {
    std::vector<double> nine(10, 1.0);
    nine[3] = nan;
    std::vector<double> eight = nine;
    eight[4] = nan;
    const std::vector<EventTimes> events = {
        {"stimOn_times", nine}, {"firstMovement_times", eight}, {"feedback_times", {}}};
    EXPECT_EQ(incomplete_events(events),
              (std::vector<std::string>{"firstMovement_times", "feedback_times"}));
    EXPECT_EQ(check_event_completeness(events)->type, "IncompleteEventTimes");
    EXPECT_FALSE(check_event_completeness(std::span(events).first(1)));
}

TEST(SessionValidation, TrialsLieWithinTheSignalEndsIncluded) {
    const std::vector<double> stim = {nan, 10.0, 20.0};
    const std::vector<double> feedback = {11.0, 21.0, nan};
    EXPECT_FALSE(check_trials_in_photometry(stim, feedback, 10.0, 21.0));
    EXPECT_EQ(check_trials_in_photometry(stim, feedback, 10.1, 30.0)->type,
              "TrialsNotInPhotometryTime");
    EXPECT_TRUE(check_trials_in_photometry(stim, feedback, 0.0, 20.9));
    EXPECT_TRUE(check_trials_in_photometry(stim, std::vector{nan}, 0.0, 99.0));
}

TEST(SessionValidation, RawQcNamesEachFault) {
    EXPECT_FALSE(check_raw_qc(0, 0));
    EXPECT_EQ(check_raw_qc(3, 2)->type, "QCValidationError");
    EXPECT_EQ(check_raw_qc(3, 2)->message, "band inversions detected, early samples detected");
    EXPECT_EQ(check_raw_qc(0, 1)->message, "early samples detected");
}

TEST(SessionValidation, FewDistinctValuesAreNamedWithTheirShare) {
    const std::vector<UniqueSamples> signals = {{"VTA-l", "GCaMP", 0.0999},
                                                {"VTA-l", "Isosbestic", 0.1}};
    const auto finding = check_unique_samples(signals);
    EXPECT_EQ(finding->type, "FewUniqueSamples");
    EXPECT_NE(finding->message.find("VTA-l/GCaMP=0.100"), std::string::npos);
    EXPECT_EQ(finding->message.find("Isosbestic"), std::string::npos);
    EXPECT_FALSE(check_unique_samples(std::span(signals).last(1)));
}

TEST(SessionValidation, ColumnsTakeTheOneRegionThatTheyName) {
    using Names = std::vector<std::string>;
    const Names regions = {"VTA-l", "NBM-l", "NBM-r"};
    EXPECT_EQ(map_columns_to_regions(Names{"VTA"}, regions).columns, Names{"VTA-l"});
    EXPECT_EQ(map_columns_to_regions(Names{"NBM-r", "VTA"}, regions).columns,
              (Names{"NBM-r", "VTA-l"}));
    const auto several = map_columns_to_regions(Names{"VTA", "NBM"}, regions);
    EXPECT_EQ(several.error->type, "AmbiguousRegionMapping");
    EXPECT_EQ(several.columns, (Names{"VTA", "NBM"}));  // as given
    EXPECT_EQ(map_columns_to_regions(Names{"LC"}, regions).error->type, "AmbiguousRegionMapping");
    EXPECT_EQ(map_columns_to_regions(Names{"G0"}, {}).columns, Names{"G0"});
}

}  // namespace
}  // namespace tb::compute::photometry
