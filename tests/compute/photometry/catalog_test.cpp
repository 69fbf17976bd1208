#include "compute/photometry/catalog.hpp"

#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

using Sides = std::vector<std::optional<std::string>>;

CatalogSession row(std::string subject, std::vector<std::string> regions, Sides hemisphere) {
    return {.eid = "",
            .subject = std::move(subject),
            .brain_region = std::move(regions),
            .hemisphere = std::move(hemisphere),
            .target_nm = {},
            .neuromodulator = std::nullopt};
}

TEST(PhotometryCatalog, EmptyListsAreFilledFromTheSubjectOnlyWhenItsOthersAgree) {
    std::vector<CatalogSession> sessions = {row("A", {"VTA-l"}, {"l"}), row("A", {}, {}),
                                            row("B", {"LC-l"}, {"l"}),  row("B", {"LC-r"}, {"l"}),
                                            row("B", {}, {}),           row("C", {}, {})};
    fill_from_subject(sessions);
    EXPECT_EQ(sessions[1].brain_region, sessions[0].brain_region);
    EXPECT_EQ(sessions[1].hemisphere, sessions[0].hemisphere);
    EXPECT_TRUE(sessions[4].brain_region.empty());    // two lists of regions
    EXPECT_EQ(sessions[4].hemisphere, (Sides{"l"}));  // one list of sides
    EXPECT_TRUE(sessions[5].brain_region.empty());
    EXPECT_NO_THROW(fill_from_subject({}));
}

TEST(PhotometryCatalog, FibresFillRegionsAndSides) {
    const std::vector<Fiber> fibers = {{"A", "LC", 900.0},
                                       {"A", "VTA", 0.0},
                                       {"B", "NBM", 5.0},
                                       {"B", "NBM", 6.0},
                                       {"C", "LC", -3.0}};
    std::vector<CatalogSession> sessions = {row("A", {}, {}), row("B", {}, {}),
                                            row("C", {"LC-r", "DR"}, {std::nullopt, ""}),
                                            row("D", {}, {})};
    fill_from_fibers(sessions, fibers);
    EXPECT_EQ(sessions[0].brain_region, (std::vector<std::string>{"LC", "VTA"}));
    EXPECT_EQ(sessions[0].hemisphere, (Sides{"l", ""}));
    // Several fibres in one region are first left without side, then take the one they agree on.
    EXPECT_EQ(sessions[1].hemisphere, (Sides{"l", "l"}));
    EXPECT_EQ(sessions[2].hemisphere, (Sides{"r", ""}));
    EXPECT_TRUE(sessions[3].brain_region.empty());
}

TEST(PhotometryCatalog, RenamingComesAfterTheFibresAndTargetsFollowTheRegion) {
    // The fibre says DRN, the session DR: no side is found (spec, 3.4 step 3).
    std::vector<CatalogSession> sessions = {row("A", {"DR"}, {""}), row("B", {"DRN-l"}, {""}),
                                            row("C", {"CA1-l", "SNC-r"}, {"l", "r"})};
    const std::vector<Fiber> fibers = {{"A", "DRN", 5.0}, {"B", "DRN", 5.0}};
    repair_catalog(sessions, fibers, reference_rules());
    EXPECT_EQ(sessions[0].hemisphere, (Sides{""}));
    EXPECT_EQ(sessions[1].brain_region.at(0), "DR-l");
    EXPECT_EQ(sessions[1].hemisphere, (Sides{"l"}));
    EXPECT_EQ(sessions[1].target_nm, (Sides{"DR-5HT"}));
    EXPECT_EQ(sessions[1].neuromodulator, "5HT");
    EXPECT_EQ(sessions[2].target_nm, (Sides{std::nullopt, "SNc-DA"}));
    EXPECT_FALSE(sessions[2].neuromodulator);  // that of the first entry
}

TEST(PhotometryCatalog, DaysCountFromTheFirstAndSessionsOfADayShareANumber) {
    const std::vector<std::string> subjects = {"A", "B", "A", "A"};
    const std::vector<std::int64_t> dates = {107, 50, 100, 100};
    const auto numbers = day_numbers(subjects, dates);
    EXPECT_EQ(numbers[0].day_n, 7);
    EXPECT_EQ(numbers[0].session_n, 2);
    EXPECT_EQ(numbers[1].day_n, 0);
    EXPECT_EQ(numbers[2].session_n, 1);
    EXPECT_EQ(numbers[3].session_n, 1);
}

TEST(PhotometryCatalog, StagesAreCountedUpToTheNext) {
    const std::vector<StageSession> sessions = {{"B", "training", 1}, {"A", "biased", 2},
                                                {"A", "training", 1}, {"A", "training", 3},
                                                {"A", "ephys", 4},    {"A", "biased", 5}};
    const auto counts = stage_counts(sessions);
    ASSERT_EQ(counts.size(), 2u);
    EXPECT_EQ(counts[0].subject, "A");
    EXPECT_EQ(counts[0].n_training, 2u);
    EXPECT_EQ(counts[0].sessions_to_biased, 1u);
    EXPECT_EQ(counts[0].biased_sessions_to_ephys, 1u);
    EXPECT_FALSE(counts[1].sessions_to_biased);
}

GroupSession session(std::string eid, std::string subject, std::int64_t day,
                     std::vector<std::string> errors = {}) {
    return {.eid = std::move(eid),
            .subject = std::move(subject),
            .day_n = day,
            .date = 19000 + day,
            .session_type = "training",
            .lab = "lab",
            .brain_region = {"VTA-l", "CA1"},
            .hemisphere = {"l", ""},
            .target_nm = {"VTA-DA", std::nullopt},
            .logged_errors = std::move(errors),
            .fraction_correct = 0.7,
            .contrasts = std::vector<double>{100.0, 0.0, 25.0, 12.5, 6.25}};
}

TEST(PhotometryCatalog, EveryConditionOfTheDefaultFilterRemoves) {
    std::vector<GroupSession> sessions(9, session("good", "M", 0));
    sessions[1].session_type = "habituation";
    sessions[2].subject = "test_mouse";
    sessions[3].eid = "cd9d071e-c798-4900-891f-b65640ec22b1";
    sessions[4].logged_errors = {"FewUniqueSamples", "MissingBlockInfo"};
    sessions[5].target_nm = {"MR-5HT", std::nullopt};
    sessions[6].fraction_correct = nan;
    sessions[7].contrasts->push_back(50.0);
    sessions[8].hemisphere.pop_back();  // lists of unequal length
    EXPECT_EQ(passing_sessions(sessions, reference_filter()),
              (std::vector<bool>{true, false, false, false, false, false, false, false, false}));
    for (const FilterReport& report : removed_by_condition(sessions, reference_filter())) {
        EXPECT_EQ(report.n_removed, 1u) << report.condition;
    }
    // The threshold is of training sessions alone.
    sessions[6].session_type = "biased";
    EXPECT_TRUE(passing_sessions(sessions, reference_filter())[6]);
    sessions[0].contrasts.reset();
    EXPECT_FALSE(passing_sessions(sessions, reference_filter())[0]);
}

TEST(PhotometryCatalog, LabAndFirstDateAreConditionsToo) {
    std::vector<GroupSession> sessions = {session("a", "A", 0), session("b", "A", 9),
                                          session("c", "B", 9)};
    sessions[2].lab = "other";
    SessionFilter filter;
    filter.first_session_from = 19005;
    EXPECT_EQ(passing_sessions(sessions, filter), (std::vector<bool>{false, false, true}));
    filter.first_session_from.reset();
    filter.lab = "lab";
    EXPECT_EQ(passing_sessions(sessions, filter), (std::vector<bool>{true, true, false}));
}

TEST(PhotometryCatalog, RecordingsKeepTheirPlaceAndOnlyTargetsThatAreAsked) {
    std::vector<GroupSession> sessions = {session("a", "A", 0)};
    sessions[0].target_nm = {std::nullopt, "VTA-DA"};
    const auto recordings = recordings_of(sessions, {true}, reference_filter());
    ASSERT_EQ(recordings.size(), 1u);
    EXPECT_EQ(recordings[0].fiber_idx, 1u);
    EXPECT_EQ(recordings_of(sessions, {true}, {}).size(), 2u);
    EXPECT_TRUE(recordings_of(sessions, {false}, {}).empty());
}

TEST(PhotometryCatalog, OfSeveralSessionsADayTheFirstGoodOneIsKept) {
    const std::vector<GroupSession> sessions = {session("a", "A", 0, {"MissingRawData"}),
                                                session("b", "A", 0),
                                                session("c", "A", 1, {"InsufficientTrials"}),
                                                session("d", "A", 1, {"MissingRawData"}),
                                                session("e", "A", 2),
                                                session("f", "A", 2, {"FewUniqueSamples"}),
                                                session("g", "B", 2)};
    const auto resolved = resolve_duplicates(sessions, duplicate_disqualifiers());
    EXPECT_EQ(resolved.kept, (std::vector<std::size_t>{1, 2, 4, 6}));
    EXPECT_EQ(resolved.true_duplicates, (std::vector<std::size_t>{4}));
}

TEST(PhotometryCatalog, ProjectionsAreInfiniteWithoutYieldAndUnknownWithoutSessions) {
    EXPECT_EQ(recording_projection(20, 40).effective_sessions_needed, 40.0);
    EXPECT_EQ(recording_projection(20, 40).recording_days_needed, 3.0);  // 40 / 16
    EXPECT_TRUE(std::isinf(recording_projection(0, 4).recording_days_needed));
    EXPECT_TRUE(std::isnan(recording_projection(0, 0).yield_rate));
    EXPECT_TRUE(std::isnan(recording_projection(0, 0).recording_days_needed));
    EXPECT_EQ(recording_projection(50, 50).recording_days_needed, 0.0);
}

}  // namespace
}  // namespace tb::compute::photometry
