#include "ingest/nwb/nwb_file.hpp"

#include "tests/ingest/nwb/support.hpp"

#include <cmath>
#include <map>

namespace tb::nwb {
namespace {

using test::add_frame;
using test::add_index;
using test::add_table;
using test::error_of_call;
using test::Folder;
using test::H5Maker;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(NwbAge, IsInDaysOnlyWhereTheirNumberIsCertain) {
    EXPECT_EQ(days_of("P110D"), 110.0);
    EXPECT_EQ(days_of("P12W"), 84.0);
    EXPECT_EQ(days_of("P147DT43200S"), 147.5);
    for (const auto* text : {"12 mo", "P3M", "P1Y", "null", "P", "PT", "110D", "P-1D", "P1D ", ""})
        EXPECT_FALSE(days_of(text).has_value()) << text;
}

TEST(NwbTime, HasAnInstantOnlyWithAnOffset) {
    EXPECT_EQ(time_text("1970-01-02T01:00:00+01:00").instant_s, 86400.0);
    EXPECT_FALSE(time_text("2018-04-26 12:00:00").instant_s.has_value());
    EXPECT_EQ(time_text("2018-04-26 12:00:00").local_date, "2018-04-26");
    EXPECT_EQ(time_text("20180426T120000Z").local_date, "2018-04-26");
    EXPECT_EQ(time_text("yesterday").local_date, "");
    EXPECT_EQ(time_text("yesterday").text, "yesterday");
}

TEST(Nwb, IndexesAreToldByTypeOrTargetNotByName) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.nwb");
        add_frame(maker);
        add_table(maker, "/intervals/trials", {"a", "a_index", "b", "c"}, {0, 1});
        maker.integers("/intervals/trials/a", {2}, {7, 8});
        maker.integers("/intervals/trials/a_index", {2}, {5, 3});  // a column of its own
        maker.reals("/intervals/trials/b", {3}, {1, 2, 3});
        maker.integers("/intervals/trials/b_index", {2}, {3, 3}, H5T_STD_U64LE);
        maker.reference_attribute("/intervals/trials/b_index", "target", "/intervals/trials/b");
        maker.texts("/intervals/trials/c", {"x"});
        add_index(maker, "/intervals/trials/c_index", {0, 1});
    }
    const auto file = NwbFile::open(folder / "a.nwb");
    const auto& trials = file.require_table("/intervals/trials");
    EXPECT_FALSE(trials.column("a")->is_ragged());
    EXPECT_THAT(*file.column(trials, "a_index").integers(), ElementsAre(5, 3));
    const auto b = file.column(trials, "b");
    EXPECT_THAT(b.elements_of(0), Pair(0, 3));
    EXPECT_THAT(b.elements_of(1), Pair(3, 3));
    EXPECT_THAT(file.column(trials, "c").elements_of(0), Pair(0, 0));
    EXPECT_THAT(trials.problems, IsEmpty());
}

TEST(Nwb, ReadsListsOfLists) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.nwb");
        add_frame(maker);
        add_table(maker, "/units", {"waveforms"}, {0, 1, 2});
        maker.reals("/units/waveforms", {5, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
        add_index(maker, "/units/waveforms_index", {2, 3, 3, 5});
        add_index(maker, "/units/waveforms_index_index", {2, 2, 4});
    }
    const auto file = NwbFile::open(folder / "a.nwb");
    const auto waveforms = file.column(file.require_table("/units"), "waveforms");
    EXPECT_EQ(waveforms.rows(), 3U);
    EXPECT_EQ(waveforms.width, 2U);
    EXPECT_THAT(waveforms.elements_of(0), Pair(0, 3));
    EXPECT_THAT(waveforms.elements_of(1), Pair(3, 3));
    EXPECT_THAT(waveforms.elements_of(2), Pair(3, 5));
    EXPECT_THAT(waveforms.part_of(0, 2), Pair(2, 4));
    EXPECT_THAT(waveforms.part_of(1, 3), Pair(3, 5));
}

TEST(Nwb, RefusesIndexesOutOfOrderOrBeyondTheirValuesAndColumnsOfOtherLengths) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.nwb");
        add_frame(maker);
        add_table(maker, "/intervals/trials", {"down", "beyond", "short", "few", "good", "gone"},
                  {0, 1, 2});
        const std::string at = "/intervals/trials/";
        for (const std::string name : {"down", "beyond", "few"})
            maker.reals(at + name, {4}, {1, 2, 3, 4});
        add_index(maker, at + "down_index", {2, 1, 4});
        add_index(maker, at + "beyond_index", {2, 3, 5});
        add_index(maker, at + "few_index", {2, 4});
        maker.reals(at + "short", {2}, {1, 2});
        maker.reals(at + "good", {3}, {1, 2, 3});
    }
    const auto file = NwbFile::open(folder / "a.nwb");
    const auto& trials = file.require_table("/intervals/trials");
    const auto error = [&](const char* name) {
        return error_of_call([&] { return file.column(trials, name); });
    };
    EXPECT_EQ(error("down").type(), "RaggedIndex");
    EXPECT_THAT(error("down").what(), HasSubstr("a.nwb: /intervals/trials/down_index: row 1"));
    EXPECT_EQ(error("beyond").type(), "RaggedIndex");
    EXPECT_EQ(error("short").type(), "ColumnLength");
    EXPECT_EQ(error("few").type(), "ColumnLength");
    EXPECT_EQ(error("gone").type(), "MissingDataset");
    EXPECT_THAT(*file.column(trials, "good").reals(), ElementsAre(1, 2, 3));
    std::vector<std::string> types;
    for (const auto& one : file.problems()) types.push_back(one.type);
    EXPECT_THAT(types, ElementsAre("MissingDataset", "ColumnLength", "ColumnLength"));
}

TEST(Nwb, AppliesConversionOffsetAndFactorsOfChannels) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.nwb");
        add_frame(maker);
        const std::string at = "/acquisition/x";
        maker.integers(at + "/data", {2, 2}, {1, 2, 3, 4}, H5T_STD_I16LE);
        maker.attribute(at + "/data", "conversion", 0.5);
        maker.attribute(at + "/data", "offset", 10.0);
        maker.attribute(at + "/data", "unit", std::string("V"));
        maker.reals(at + "/channel_conversion", {2}, {1, 2});
        maker.reals(at + "/starting_time", {}, {100});
        maker.attribute(at + "/starting_time", "rate", 4.0);
        maker.reals("/acquisition/y/data", {3}, {1, 2, 3});
        maker.reals("/acquisition/y/timestamps", {2}, {1, 2});
        maker.reals("/acquisition/linked/data", {2}, {5, 6});
        maker.soft_link("/acquisition/linked/timestamps", "/acquisition/y/timestamps");
    }
    const auto file = NwbFile::open(folder / "a.nwb");
    const auto& x = file.require_series("/acquisition/x");
    EXPECT_EQ(x.unit, "V");
    EXPECT_THAT(file.values(x, 0, 2), ElementsAre(10.5, 12, 11.5, 14));
    EXPECT_THAT(file.times(x), ElementsAre(100, 100.25));
    EXPECT_EQ(file.require_series("/acquisition/y").problems.at(0).type, "ColumnLength");
    EXPECT_THAT(file.require_series("/acquisition/y").problems.at(0).message,
                HasSubstr("3 samples, but 2 timestamps"));
    const auto& linked = file.require_series("/acquisition/linked");
    EXPECT_EQ(linked.timestamps_path, "/acquisition/y/timestamps");
    EXPECT_THAT(file.times(linked), ElementsAre(1, 2));
}

TEST(Nwb, JoinsTracesAndRoisByRegion) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.nwb");
        add_frame(maker);
        const std::string table = "/processing/ophys/seg/rois";
        add_table(maker, table, {"pixel_mask"}, {70, 71, 72});
        maker.points(table + "/pixel_mask", {{1, 2, 0.5}, {3, 4, 0}, {5, 6, 1}});
        add_index(maker, table + "/pixel_mask_index", {2, 2, 3});
        const auto add = [&](const std::string& path, std::vector<std::int64_t> rows) {
            maker.reals(path + "/data", {1, 2}, {10, 20});
            maker.reals(path + "/timestamps", {1}, {0});
            maker.integers(path + "/rois", {rows.size()}, rows);
            maker.reference_attribute(path + "/rois", "table", table);
        };
        add("/processing/ophys/dff", {2, 0});
        add("/processing/ophys/three", {0, 1, 2});
        add("/processing/ophys/beyond", {0, 3});
    }
    const auto file = NwbFile::open(folder / "a.nwb");
    const auto rows = [&](const char* path) {
        const auto& series = file.require_series(path);
        return file.region_rows(series, series.rois);
    };
    EXPECT_THAT(rows("/processing/ophys/dff"), ElementsAre(2U, 0U));
    const auto error = error_of_call([&] { return rows("/processing/ophys/three"); });
    EXPECT_EQ(error.type(), "FrameCount");
    EXPECT_THAT(error.what(), HasSubstr("2 columns of data, but its region names 3 rows"));
    EXPECT_EQ(error_of_call([&] { return rows("/processing/ophys/beyond"); }).type(), "SliceRange");
    const auto& table = file.require_table("/processing/ophys/seg/rois");
    EXPECT_THAT(file.ids(table), ElementsAre(70, 71, 72));
    const auto masks = file.masks(table, 0, 3);
    EXPECT_THAT(masks[0].x, ElementsAre(1));  // the pixel of weight 0 is none
    EXPECT_THAT(masks[0].weight, ElementsAre(0.5));
    EXPECT_THAT(masks[1].x, IsEmpty());
    EXPECT_THAT(masks[2].y, ElementsAre(6));
}

TEST(Nwb, ListsWhatLeadsOutOfTheFileAndReadsTheRest) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.nwb");
        add_frame(maker);
        maker.reals("/acquisition/good/data", {1}, {1});
        maker.reals("/acquisition/good/timestamps", {1}, {0});
        maker.external_link("/acquisition/elsewhere", "other.nwb", "/acquisition/x");
        maker.external_storage("/acquisition/raw/data", "raw.bin", 4);
        maker.reals("/acquisition/raw/timestamps", {4}, {0, 1, 2, 3});
        maker.soft_link("/acquisition/circle", "/acquisition/circle");
        maker.integers("/scratch/numbers", {2}, {1, 2});
    }
    const auto file = NwbFile::open(folder / "a.nwb");
    std::map<std::string, std::string> why;
    for (const auto& one : file.not_understood()) why[one.path] = one.why;
    EXPECT_THAT(why["/acquisition/elsewhere"], HasSubstr("other.nwb:/acquisition/x"));
    EXPECT_THAT(why["/acquisition/raw/data"], HasSubstr("external storage"));
    EXPECT_THAT(why["/acquisition/circle"], HasSubstr("circle"));
    EXPECT_THAT(why["/scratch/numbers"], HasSubstr("belongs to no table"));
    EXPECT_EQ(file.require_series("/acquisition/raw").problems.at(0).type, "ExternalData");
    EXPECT_THAT(file.values(file.require_series("/acquisition/good"), 0, 1), ElementsAre(1));
}

TEST(Nwb, RefusesOtherVersionsAndOtherHdf5) {
    const Folder folder;
    {
        H5Maker(folder / "plain.nwb").reals("/x", {1}, {1});
        H5Maker old(folder / "one.nwb");
        old.text("/nwb_version", "NWB-1.0.6");
        H5Maker three(folder / "three.nwb");
        add_frame(three, "3.0.0");
    }
    EXPECT_EQ(error_of_call([&] { return NwbFile::open(folder / "plain.nwb"); }).type(), "NotNwb");
    EXPECT_EQ(error_of_call([&] { return NwbFile::open(folder / "one.nwb"); }).type(),
              "NwbVersion");
    EXPECT_EQ(error_of_call([&] { return NwbFile::open(folder / "three.nwb"); }).type(),
              "NwbVersion");
}

TEST(Nwb, MetadataOfOneFieldInDisorderCostsThatFieldOnly) {
    const Folder folder;
    {
        H5Maker maker(folder / "a.nwb");
        add_frame(maker);
        maker.text("/general/lab", "Z\xFCrich");
        maker.text("/general/institution", "ETH");
        maker.text("/general/subject/subject_id", "M1");
        maker.text("/general/subject/age", "P90D/P120D");
    }
    const auto file = NwbFile::open(folder / "a.nwb");
    EXPECT_EQ(file.info().lab, "");
    EXPECT_EQ(file.info().institution, "ETH");
    EXPECT_EQ(file.problems().at(0).type, "TextEncoding");
    EXPECT_EQ(file.subject()->age, "P90D/P120D");
    EXPECT_FALSE(file.subject()->age_days.has_value());
}

}  // namespace
}  // namespace tb::nwb
