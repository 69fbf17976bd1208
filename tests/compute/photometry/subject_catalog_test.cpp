#include "compute/photometry/subject_catalog.hpp"

#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

using task::testing::HandRows;
using task::testing::number;
using task::testing::text;

DescribedSession described(std::string id, std::int64_t date) {
    return {.session_id = std::move(id),
            .date = date,
            .is_photometry = true,
            .start_s = static_cast<double>(date) * 86400.0 + 36000.0,
            .end_s = static_cast<double>(date) * 86400.0 + 40000.0,
            .task_protocol = "biasedChoiceWorld",
            .listed_regions = {},
            .recorded_regions = {},
            .recorded_columns = {},
            .datasets = {}};
}

TEST(SubjectCatalog, SignalsComeBeforeListedRegionsAndFillTheOthers) {
    SubjectDescription subject{
        .nickname = "M",
        .strain = "B6.Cg",
        .line = "Ai148xDat",
        .fibers = {{"M", "VTA", 500.0}, {"M", "SNC", -500.0}},
        .sessions = {described("a", 100), described("b", 100), described("c", 103)}};
    subject.sessions[0].listed_regions = {"SNC-r", "VTA-l"};
    subject.sessions[0].recorded_regions = {"VTA-l", "SNC-r"};
    subject.sessions[0].recorded_columns = {"VTA", "SNC"};
    subject.sessions[2].is_photometry = false;
    const auto entries = subject_catalog(subject, reference_rules());
    ASSERT_EQ(entries.size(), 3u);
    ASSERT_EQ(entries[0].recordings.size(), 2u);
    EXPECT_EQ(entries[0].recordings[1].brain_region, "SNc-r");
    EXPECT_EQ(entries[0].recordings[1].recorded_region, "SNC-r");
    EXPECT_EQ(entries[0].recordings[1].hemisphere, "r");
    EXPECT_EQ(entries[0].recordings[1].target_nm, "SNc-DA");
    EXPECT_TRUE(entries[0].recordings[1].has_signal);
    EXPECT_EQ(entries[0].neuromodulator, "DA");
    // Session b lists nothing: it takes what a has, and says so.
    ASSERT_EQ(entries[1].recordings.size(), 2u);
    EXPECT_EQ(entries[1].recordings[0].brain_region, "VTA-l");
    EXPECT_FALSE(entries[1].recordings[0].recorded_region);
    EXPECT_FALSE(entries[1].recordings[0].has_signal);
    EXPECT_EQ(entries[1].errors[0].type, "MissingBrainRegion");
    // Findings are those of the listed names: SNC is no target before it is renamed.
    EXPECT_EQ(entries[0].errors[0].type, "InvalidBrainRegion");
    // Session c has no photometry: a day, but neither recordings nor findings.
    EXPECT_TRUE(entries[2].recordings.empty());
    EXPECT_TRUE(entries[2].errors.empty());
    EXPECT_EQ(entries[2].day.day_n, 3);
    EXPECT_EQ(entries[2].day.session_n, 2);
    EXPECT_EQ(entries[1].day.session_n, 1);
    EXPECT_EQ(entries[0].session_length_s, 4000.0);
}

TEST(SubjectCatalog, ColumnsWithoutRegionTakeAsManyRegionsAsThereAre) {
    SubjectDescription subject{.nickname = "M",
                               .strain = {},
                               .line = {},
                               .fibers = {{"M", "LC", 500.0}},
                               .sessions = {described("a", 100), described("b", 101)}};
    subject.sessions[0].recorded_regions = {""};
    subject.sessions[0].recorded_columns = {"Region1G"};
    subject.sessions[1].recorded_regions = {"", ""};
    subject.sessions[1].recorded_columns = {"G0", "G1"};
    const auto entries = subject_catalog(subject, reference_rules());
    ASSERT_EQ(entries[0].recordings.size(), 1u);
    EXPECT_EQ(entries[0].recordings[0].brain_region, "LC");
    EXPECT_EQ(entries[0].recordings[0].hemisphere, "l");
    EXPECT_FALSE(entries[0].recordings[0].recorded_region);
    EXPECT_TRUE(entries[0].recordings[0].has_signal);
    // One fibre cannot name two signals.
    ASSERT_EQ(entries[1].recordings.size(), 2u);
    EXPECT_EQ(entries[1].recordings[1].brain_region, "G1");
    EXPECT_FALSE(entries[1].recordings[1].target_nm);
    EXPECT_FALSE(entries[1].neuromodulator);
}

TEST(SubjectCatalog, KnowsColumnsThatNameNoRegion) {
    for (const char* name : {"Region1G", "Region12", "G0", "R3", "analog_1"})
        EXPECT_TRUE(is_nameless_column(name)) << name;
    for (const char* name : {"VTA", "DMS", "SI-l", "G", "Regional", "DR"})
        EXPECT_FALSE(is_nameless_column(name)) << name;
}

/// Fetches of a subject with two sessions, one of them with two signals.
struct Fetched {
    HandRows sessions, regions, datasets, fibers, rules;
    Fetched() {
        sessions.texts("session_id", {"s1", "s2"})
            .texts("nickname", {"M", "M"})
            .texts("strain_name", {"B6.Cg", "B6.Cg"})
            .texts("line_name", {std::nullopt, std::nullopt})
            .numbers("session_date", {100, 102})
            .texts("first_session_date", {"1970-04-11", "1970-04-11"})
            .numbers("start_local_s", {nan, nan})
            .numbers("end_local_s", {nan, nan})
            .texts("task_protocol", {"ephysChoiceWorld", std::nullopt})
            .integers("is_photometry", {1, 0});
        regions.texts("session_id", {"s1", "s1", "s1"})
            .integers("is_signal", {0, 1, 1})
            .texts("brain_region", {"DRN", "DRN", "G1"})
            .texts("column_name", {std::nullopt, "DRN", "G1"});
        datasets.texts("session_id", {"s1"}).texts("path", {"p"});
        fibers.texts("targeted_region", {"DR"}).numbers("x_ml_um", {nan});
        rules
            .texts("kind", {"valid_strain", "target", "region_rename", "session_type", "dataset",
                            "dataset", "neuromodulator", "line_neuromodulator"})
            .texts("name", {"B6.Cg", "DR", "DRN", "ephys", "raw", "other", "5HT", "L"})
            .texts("value",
                   {std::nullopt, "5HT", "DR", "ephysChoiceWorld", "p", "q", std::nullopt, "5HT"});
    }
    [[nodiscard]] Output run() const {
        return task::testing::run(subject_catalog_table(), "subject_id=1",
                                  {{"sessions", &sessions},
                                   {"regions", &regions},
                                   {"datasets", &datasets},
                                   {"fibers", &fibers},
                                   {"rules", &rules}});
    }
};

TEST(SubjectCatalog, AdapterGivesARowPerSessionRecordingAndFinding) {
    const Output output = Fetched().run();
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_sessions"), 2.0);
    EXPECT_EQ(number(*output.master_row, "n_photometry_sessions"), 1.0);
    EXPECT_EQ(text(*output.master_row, "first_session_date"), "1970-04-11");
    const auto& sessions = output.part_rows.at("catalog_session");
    ASSERT_EQ(sessions.size(), 2u);
    EXPECT_EQ(text(sessions[0], "session_type"), "ephys");
    EXPECT_EQ(number(sessions[0], "n_listed_regions"), 1.0);
    EXPECT_EQ(number(sessions[1], "day_n"), 2.0);
    // One of the two signals names no region, and one fibre is too few for them.
    const auto& recordings = output.part_rows.at("catalog_recording");
    ASSERT_EQ(recordings.size(), 2u);
    EXPECT_EQ(text(recordings[0], "brain_region"), "DRN");
    EXPECT_EQ(text(recordings[1], "brain_region"), "G1");
    std::vector<std::string> found;
    for (const Row& row : output.part_rows.at("catalog_error"))
        found.push_back(text(row, "error_type"));
    EXPECT_EQ(found,
              (std::vector<std::string>{"InvalidLine", "InvalidNeuromodulator",
                                        "InvalidBrainRegion", "MissingInsertion", "DataNotListed",
                                        "InvalidTargetNM", "InvalidSessionLength"}));
    EXPECT_EQ(number(*output.master_row, "n_errors"), 7.0);
}

TEST(SubjectCatalog, SubjectsWithoutPhotometryAndFibresAreSettled) {
    Fetched bare;
    bare.sessions = HandRows();
    bare.sessions.texts("session_id", {"s1"})
        .texts("nickname", {"M"})
        .texts("strain_name", {std::nullopt})
        .texts("line_name", {std::nullopt})
        .numbers("session_date", {100})
        .texts("first_session_date", {"1970-04-11"})
        .numbers("start_local_s", {nan})
        .numbers("end_local_s", {nan})
        .texts("task_protocol", {std::nullopt})
        .integers("is_photometry", {0});
    bare.regions = HandRows();
    bare.regions.texts("session_id", {})
        .integers("is_signal", {})
        .texts("brain_region", {})
        .texts("column_name", {});
    bare.datasets = HandRows();
    bare.datasets.texts("session_id", {}).texts("path", {});
    bare.fibers = HandRows();
    bare.fibers.texts("targeted_region", {}).numbers("x_ml_um", {});
    EXPECT_TRUE(bare.run().settled_reason);
}

TEST(SubjectCatalog, RefusesRulesOfAnUnknownKind) {
    HandRows rules;
    rules.texts("kind", {"no such kind"}).texts("name", {"a"}).texts("value", {"b"});
    EXPECT_THROW((void)rules_of(rules.rows()), Error);
}

}  // namespace
}  // namespace tb::compute::photometry
