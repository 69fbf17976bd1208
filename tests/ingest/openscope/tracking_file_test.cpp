#include "ingest/openscope/tracking_file.hpp"

#include "tests/ingest/openscope/support.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::openscope {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* name = "mouse_7__session_12__nway_matched_rois.json";
constexpr const char* whole =
    R"({"rois": {"sess_2_roi_id": {"0": 105, "10": 107, "2": 106}, "dff-ordered_roi_index": {"0": 3, "2": 1, "10": 5}},
        "bad_rois": {"sess_2_bad_roi_id": {"0": 90, "1": 91}, "dff_local_bad_roi_idx": {"0": 0, "1": 4}},
        "metadata": {"nway_info": {"0": "Union."}, "minimum_iou": {"0": 0.3}, "sess_ns": {"0": [1, 2]},
            "sess_ids": {"0": [11, 12]},
            "sess_1_to_sess_2_transformation_matrix": {"0": [[1, 0, 2], [0, 1, -3], [0, 0, 1]]}},
        "match_perm_examples": {"a": [1]}})";

/// The type of the error for the file with one part replaced.
std::string refusal(const std::string& from, const std::string& to) {
    std::string text = whole;
    text.replace(text.find(from), from.size(), to);
    try {
        (void)parse_tracking_file(text, name);
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr(name));
        return error.type();
    }
    return "none";
}

TEST(TrackingFile, HasRoisInTheOrderOfTheirRowNumbers) {
    const auto file = parse_tracking_file(whole, name);
    EXPECT_EQ(file.mouseid, 7);
    EXPECT_EQ(file.sessid, 12);
    EXPECT_EQ(file.sess_n, 2);
    EXPECT_THAT(file.roi_id, ElementsAre(105, 106, 107));
    EXPECT_THAT(file.roi_index, ElementsAre(3, 1, 5));
    // Bad ones are 0 and 4: indices below lose them.
    EXPECT_THAT(file.good_roi_index(), ElementsAre(2, 0, 3));
    EXPECT_THAT(file.bad_roi_id, ElementsAre(90, 91));
    EXPECT_EQ(file.minimum_iou, 0.3);
    ASSERT_THAT(file.registrations, SizeIs(1));
    EXPECT_EQ(file.registrations[0].from_sess_n, 1);
    EXPECT_EQ(file.registrations[0].to_sess_n, 2);
    EXPECT_EQ(file.registrations[0].matrix[5], -3.0);
    EXPECT_EQ(file.match_perm_examples, R"({"a":[1]})");
}

TEST(TrackingFile, IsRefusedWhenIdsAreNotWholeOrNotUnique) {
    EXPECT_EQ(refusal("105", "105.5"), "TrackingMismatch");
    EXPECT_EQ(refusal("105", "106"), "TrackingMismatch");
    EXPECT_EQ(refusal(R"("0": 3,)", R"("0": 5,)"), "TrackingMismatch");
    EXPECT_EQ(refusal(R"("0": 3,)", R"("0": -1,)"), "TrackingMismatch");
    EXPECT_EQ(refusal(R"("0": 3,)", R"("0": "3",)"), "TrackingMismatch");
    EXPECT_EQ(refusal(R"("0": 105, )", ""), "TrackingMismatch");
    EXPECT_EQ(refusal(R"("0": 3,)", R"("0": 4,)"), "TrackingMismatch");  // bad and tracked
    EXPECT_EQ(refusal(R"("0": [1, 2])", R"("0": [1])"), "TrackingMismatch");
}

TEST(TrackingFile, IsRefusedWithoutItsPartsOrOfAnotherSession) {
    EXPECT_EQ(refusal(R"("rois")", R"("regions")"), "MissingDataset");
    EXPECT_EQ(refusal("dff-ordered_roi_index", "index"), "MissingDataset");
    EXPECT_EQ(refusal("sess_2_roi_id", "roi_id"), "MissingDataset");
    EXPECT_EQ(refusal(R"("metadata")", R"("about")"), "MissingDataset");
    EXPECT_EQ(refusal("[0, 1, -3]", "[0, 1]"), "MissingDataset");
    EXPECT_EQ(refusal("[11, 12]", "[11, 13]"), "SessionMismatch");
    EXPECT_EQ(refusal("{\"rois\"", "[\"rois\""), "DamagedFile");
    EXPECT_FALSE(is_tracking_file_name("mouse_7__session_x__nway_matched_rois.json"));
    EXPECT_THROW((void)parse_tracking_file(whole, "rois.json"), Error);
}

TEST(TrackingFile, OfTheRealMouseTracksFiftyNineRois) {
    const auto folder = test::table_folder() / "roi_tracking";
    if (!fs::exists(folder)) GTEST_SKIP() << "the shared data folder is absent";
    std::int64_t sess_n = 0;
    for (const auto& [session, n_bad] :
         {std::pair{758519303, 20U}, std::pair{759189643, 12U}, std::pair{759660390, 14U}}) {
        const auto file =
            read_tracking_file(folder / ("mouse_408021__session_" + std::to_string(session) +
                                         "__nway_matched_rois.json"));
        EXPECT_EQ(file.sess_n, ++sess_n);
        EXPECT_THAT(file.roi_id, SizeIs(59));
        EXPECT_THAT(file.bad_roi_id, SizeIs(n_bad));
        EXPECT_THAT(file.registrations, SizeIs(2));
        EXPECT_THAT(file.sess_ids, ElementsAre(758519303, 759189643, 759660390));
        for (const auto index : file.good_roi_index()) EXPECT_LT(index, 107);
    }
}

TEST(TrackingFile, HasALegalEmptyListOfBadRois) {
    std::string text = whole;
    const std::string bad = R"({"0": 90, "1": 91})", index = R"({"0": 0, "1": 4})";
    text.replace(text.find(bad), bad.size(), "{}");
    text.replace(text.find(index), index.size(), "{}");
    const auto file = parse_tracking_file(text, name);
    EXPECT_THAT(file.bad_roi_index, IsEmpty());
    EXPECT_THAT(file.good_roi_index(), ElementsAre(3, 1, 5));
}

}  // namespace
}  // namespace tb::openscope
