#include "ingest/alf/names.hpp"

#include "include/trialbase/error.hpp"

#include <gtest/gtest.h>

namespace tb::alf {
namespace {

using Parts = std::vector<std::string>;

Parts parts_of(std::string_view name) {
    const auto p = filename_parts(name);
    if (!p) return {};
    return {p->name_space, p->object, p->attribute, p->timescale, p->extra, p->extension};
}

// Names and parts of spec/ibl_behavior.md 11.1 and of the pattern written out there, worked by
// hand.
TEST(FilenameParts, AreThoseOfThePattern) {
    EXPECT_EQ(parts_of("_ibl_trials.intervals_bpod.npy"),
              (Parts{"ibl", "trials", "intervals", "bpod", "", "npy"}));
    EXPECT_EQ(parts_of("trials.stimOn_times.npy"),
              (Parts{"", "trials", "stimOn_times", "", "", "npy"}));
    EXPECT_EQ(parts_of("spikes.times_ephysClock.raw.v12.npy"),
              (Parts{"", "spikes", "times", "ephysClock", "raw.v12", "npy"}));
    EXPECT_EQ(parts_of("trials.intervals_times_bpod.npy"),
              (Parts{"", "trials", "intervals_times", "bpod", "", "npy"}));
    EXPECT_EQ(parts_of("channels._phy_ids.csv"),
              (Parts{"", "channels", "_phy_ids", "", "", "csv"}));
    EXPECT_EQ(parts_of("__trials.times.npy"), (Parts{"", "trials", "times", "", "", "npy"}));
    EXPECT_EQ(parts_of("_iblrig_.raw.json"), (Parts{"iblrig", "_", "raw", "", "", "json"}));
}

TEST(FilenameParts, AreNothingForOtherNames) {
    for (const char* name :
         {"", ".", "..", "...", "a.b", "spike_train.npy", ".hidden", "README.md",
          "_ibl_trials..npy", " trials.times.npy", "trials.times.npy ", "trials.times.",
          "trials.times..npy", "trials.-x.npy", "trials.times_.npy", "trials._x.npy",
          "trials._A_x.npy", "a/b.c.npy"}) {
        EXPECT_FALSE(filename_parts(name)) << name;
    }
}

TEST(FilenameParts, TakeUtf8AsWordCharacters) {
    EXPECT_EQ(parts_of("maße.größe.npy"), (Parts{}));  // an attribute is letters and digits only
    EXPECT_EQ(parts_of("größe.werte.größe.npy"), (Parts{"", "größe", "werte", "", "größe", "npy"}));
}

TEST(RelativePathParts, SplitCollectionAndRevision) {
    const auto parts = relative_path_parts("alf/probe00/#2024-05-06#/spikes.times.npy");
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->collection, "alf/probe00");
    EXPECT_EQ(parts->revision, "2024-05-06");
    EXPECT_EQ(relative_path_parts("#v1#/trials.choice.npy")->revision, "v1");
    for (const char* path :
         {"/trials.choice.npy", "##/trials.choice.npy", "alf##/trials.choice.npy",
          "alf#v1#/trials.choice.npy", "alf/#v1/trials.choice.npy", "alf/#a#/#b#/trials.choice.npy",
          "a b/trials.choice.npy", "alf/", ""}) {
        EXPECT_FALSE(relative_path_parts(path)) << path;
    }
}

TEST(SessionParts, AreFoundAnywhereByPattern) {
    EXPECT_EQ(session_parts("/data/lab_1/Subjects/KS-1.b/2020-01-02/003/alf"),
              (SessionParts{"lab_1", "KS-1.b", "2020-01-02", "003"}));
    EXPECT_EQ(session_parts("x/2020-01-01/2020-01-02/001"),
              (SessionParts{"", "x", "2020-01-01", "202"}));
    EXPECT_TRUE(is_session_path("x/2020-01-01/2020-01-02/001/"));
    EXPECT_FALSE(is_session_path("x/2020-01-01/001/alf"));
    EXPECT_FALSE(session_parts("2020-01-01/001"));
}

TEST(SplitSessionPath, WantsARealDateAndWholeFolders) {
    const std::string path = "my data/cörtexlab/Subjects/mouse one/2020-02-29/1/alf/x.npy";
    const auto split = split_session_path(path);
    ASSERT_TRUE(split);
    EXPECT_EQ(split->session, (SessionParts{"cörtexlab", "mouse one", "2020-02-29", "1"}));
    EXPECT_EQ(path.substr(split->end), "/alf/x.npy");
    EXPECT_FALSE(split_session_path("lab/Subjects/x/2021-02-29/001/alf"));
    EXPECT_FALSE(split_session_path("lab/Subjects/x/2020-01-01/001b"));
    EXPECT_FALSE(split_session_path("2020-01-01/001"));
    EXPECT_FALSE(split_session_path("../2020-01-01/001/alf"));
    EXPECT_EQ(split_session_path("lab/x/2020-01-01/001")->session.lab, "");
}

TEST(CanonicalNumber, HasThreeDigits) {
    EXPECT_EQ(canonical_number("1"), "001");
    EXPECT_EQ(canonical_number("012"), "012");
    EXPECT_EQ(canonical_number("0001"), "001");
    EXPECT_EQ(canonical_number("1234"), "1234");
    EXPECT_FALSE(canonical_number(""));
    EXPECT_FALSE(canonical_number("1a"));
}

TEST(IsRealDate, KnowsTheCalendar) {
    EXPECT_TRUE(is_real_date("2000-02-29"));
    for (const char* text : {"1900-02-29", "2020-13-01", "2020-00-10", "2020-04-31", "0000-01-01",
                             "2020-1-01", "20200-1-1", ""}) {
        EXPECT_FALSE(is_real_date(text)) << text;
    }
}

TEST(RevisionLastBefore, IsNothingWhenAllAreLater) {
    const std::vector<std::string> revisions{"2020", "2021"};
    EXPECT_EQ(revision_last_before(revisions, "2019"), std::nullopt);
    EXPECT_EQ(revision_last_before({}, std::nullopt), std::nullopt);
    EXPECT_EQ(revision_last_before(revisions, "2020-06"), 0U);
}

TEST(ExpandTimestamps, IsLinearBetweenAnchorsAndConstantOutside) {
    // Samples 1 and 3 at 10 s and 20 s, then 4 at 21 s: by hand.
    const std::vector<double> anchors{1, 10, 3, 20, 4, 21};
    EXPECT_EQ(expand_timestamps(anchors, 6), (std::vector<double>{10, 10, 15, 20, 21, 21}));
    EXPECT_THROW((void)expand_timestamps(std::vector<double>{0, 1}, 3), Error);
    EXPECT_THROW((void)expand_timestamps(std::vector<double>{0, 1, 0, 2}, 3), Error);
    EXPECT_THROW((void)expand_timestamps(std::vector<double>{0, 1, 2}, 3), Error);
}

std::string type_of_error(const std::vector<DatasetRow>& rows, const DatasetQuery& query) {
    try {
        (void)filter_datasets(rows, query);
        return "none";
    } catch (const Error& error) {
        return error.type();
    }
}

TEST(FilterDatasets, NamesWhatIsAmbiguous) {
    const std::vector<DatasetRow> rows{{"alf/#a#/trials.choice.npy", DatasetQuality::PASS, true},
                                       {"alf/#b#/trials.choice.npy", DatasetQuality::PASS, true},
                                       {"alf/trials.table.pqt", DatasetQuality::PASS, true},
                                       {"raw/wheel.position.npy", DatasetQuality::PASS, false},
                                       {"raw/#c#/wheel.position.npy", DatasetQuality::PASS, false}};
    DatasetQuery query;
    query.filename = {"trials.choice.npy"};
    EXPECT_EQ(type_of_error(rows, query), "ALFMultipleRevisionsFound");
    query.revision_last_before = false;
    EXPECT_EQ(type_of_error(rows, query), "ALFMultipleRevisionsFound");
    query = {};
    query.object = {"trials"};
    query.revision = "b";
    EXPECT_EQ(type_of_error(rows, query), "ALFMultipleObjectsFound");
    query = {};
    EXPECT_EQ(type_of_error(rows, query), "ALFMultipleCollectionsFound");
    query.object = {"wheel"};
    EXPECT_EQ(type_of_error(rows, query), "ALFError");
    query.assert_unique = false;
    EXPECT_EQ(filter_datasets(rows, query), (std::vector<std::size_t>{4}));
    query.object = {"("};
    try {
        (void)filter_datasets(rows, query);
        FAIL() << "a broken pattern was taken";
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
    }
    EXPECT_THROW((void)dataset_quality("GOOD"), Error);
}

TEST(FilterDatasets, TellsAbsentPartsFromAnyPart) {
    const std::vector<DatasetRow> rows{{"alf/_ibl_trials.choice.npy", DatasetQuality::PASS, {}},
                                       {"alf/trials.choice.npy", DatasetQuality::PASS, {}},
                                       {"trials.choice.npy", DatasetQuality::PASS, {}}};
    DatasetQuery query;
    query.assert_unique = false;
    query.collection = {"alf"};
    query.name_space = {""};
    EXPECT_EQ(filter_datasets(rows, query), (std::vector<std::size_t>{1}));
    query.name_space = {"ibl"};
    EXPECT_EQ(filter_datasets(rows, query), (std::vector<std::size_t>{0}));
    query.name_space = {};
    query.collection = {""};
    EXPECT_EQ(filter_datasets(rows, query), (std::vector<std::size_t>{2}));
}

}  // namespace
}  // namespace tb::alf
