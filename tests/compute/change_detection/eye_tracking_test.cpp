#include "compute/change_detection/eye_tracking.hpp"

#include "ingest/formats/csv.hpp"
#include "tests/compute/change_detection/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <gtest/gtest.h>

namespace tb::compute::change_detection {
namespace {

EllipseFits fits(const std::vector<double>& width, const std::vector<double>& height) {
    const std::vector<double> same(width.size(), 1.0);
    return {same, same, width, height, same};
}

/// `n` frames of a still eye.
EyeTrackingRecording still_eye(std::size_t n) {
    EyeTrackingRecording recording;
    std::vector<double> width(n), height(n, 10.0);
    for (std::size_t i = 0; i < n; ++i) width[i] = 20.0 + 0.01 * static_cast<double>(i % 7);
    recording.eye = fits(width, height);
    recording.pupil = fits(width, height);
    recording.corneal_reflection = fits(width, height);
    return recording;
}

// known_troubles 1.13
TEST(PupilAreas, AreOfTheCircleAboutTheLongerAxis) {
    const std::vector<double> areas = pupil_areas(fits({2.0, 1.0, 2.0, nan}, {1.0, 3.0, nan, 2.0}));
    EXPECT_DOUBLE_EQ(areas[0], 4.0 * std::numbers::pi);
    EXPECT_DOUBLE_EQ(areas[1], 9.0 * std::numbers::pi);
    EXPECT_DOUBLE_EQ(areas[2], 4.0 * std::numbers::pi) << "no height: the width counts";
    EXPECT_TRUE(std::isnan(areas[3])) << "no width: nothing does";
    EXPECT_DOUBLE_EQ(ellipse_areas(fits({2.0}, {3.0}))[0], 6.0 * std::numbers::pi);
}

TEST(LikelyBlinks, AreMissingEyesAndOutliersWithFramesAround) {
    std::vector<double> eye(40, 100.0);
    std::vector<double> pupil(40, 10.0);
    for (std::size_t i = 0; i < 40; i += 2) eye[i] += 1.0;
    eye[0] = nan;
    pupil[20] = 1000.0;
    const std::vector<double> blink = likely_blinks(eye, pupil);
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < 40; ++i)
        if (blink[i] == 1.0) found.push_back(i);
    EXPECT_EQ(found, (std::vector<std::size_t>{0, 1, 2, 18, 19, 20, 21, 22}));
    EXPECT_EQ(likely_blinks(eye, pupil, {.dilation_frames = 0})[19], 0.0);
    EXPECT_EQ(likely_blinks(eye, pupil, {.largest_z = 100.0})[20], 0.0);
}

TEST(FillEyeAreas, HidesNineColumnsInBlinksAndKeepsTheRest) {
    EyeTrackingRecording recording = still_eye(50);
    recording.eye.width[25] = nan;
    fill_eye_areas(recording);
    for (const std::size_t i : {23U, 25U, 27U}) {
        EXPECT_EQ(recording.is_likely_blink[i], 1.0);
        for (const auto* hidden :
             {&recording.eye_area, &recording.pupil_area, &recording.corneal_reflection_area,
              &recording.eye.width, &recording.eye.height, &recording.eye.phi,
              &recording.pupil.width, &recording.pupil.height, &recording.pupil.phi}) {
            EXPECT_TRUE(std::isnan((*hidden)[i]));
        }
    }
    EXPECT_FALSE(std::isnan(recording.eye_area_raw[23]));
    EXPECT_FALSE(std::isnan(recording.pupil_area_raw[25]));
    EXPECT_FALSE(std::isnan(recording.corneal_reflection.width[25]));
    EXPECT_FALSE(std::isnan(recording.eye.center_x[25]));
    EXPECT_EQ(recording.is_likely_blink[22], 0.0);
    EXPECT_EQ(recording.eye_area[22], recording.eye_area_raw[22]);
}

TEST(FillEyeAreas, RefusesFitsOfDifferentLengths) {
    EyeTrackingRecording recording = still_eye(50);
    recording.pupil.phi.pop_back();
    EXPECT_THROW(fill_eye_areas(recording), Error);
}

// known_troubles 1.12
TEST(EyeFrameTimes, DropUpToFifteenSurplusTimesAndRefuseOtherNumbers) {
    std::vector<double> times(916);
    for (std::size_t i = 0; i < times.size(); ++i) times[i] = static_cast<double>(i) / 30.0;
    const auto kept = eye_frame_times(std::span(times).first(915), 900);
    ASSERT_EQ(kept.size(), 900u);
    EXPECT_EQ(kept.back(), times[899]);
    for (const std::size_t n : {916U, 899U}) {
        try {
            (void)eye_frame_times(std::span(times).first(n), 900);
            FAIL() << n << " accepted";
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "EyeFrames");
            EXPECT_NE(std::string(error.what()).find(std::to_string(n)), std::string::npos);
        }
    }
}

TEST(MetadataFrame, BeginsTheFilesOfSomeRecorders) {
    EXPECT_TRUE(has_metadata_frame("/eye/1051107431_Eye_20200916.mp4"));
    EXPECT_TRUE(has_metadata_frame("eye_mvr_1.avi"));
    EXPECT_FALSE(has_metadata_frame("/mvr/834276496_video-1.avi"));
}

// The real rows of rig CAM2P.3, and what the published software makes of them (data/allen_vbo).
TEST(RigGeometry, IsTheNewestRowOfEachThing) {
    TB_NEED_SHARED(shared);
    const formats::Table table = formats::read_csv(
        shared / "data/allen_vbo/raw_eye_tracking_rig_geometry.csv", {.all_text = true});
    const auto cell = [&](const char* column, std::size_t row) {
        return std::get<std::vector<std::string>>(table.find(column)->values)[row];
    };
    std::vector<RigGeometryRow> rows;
    for (std::size_t i = 0; i < table.rows; ++i) {
        rows.push_back({cell("equipment_name", i),
                        cell("config_type", i),
                        cell("active_date", i),
                        {std::stod(cell("center_x_mm", i)), std::stod(cell("center_y_mm", i)),
                         std::stod(cell("center_z_mm", i))},
                        {std::stod(cell("rotation_x_deg", i)), std::stod(cell("rotation_y_deg", i)),
                         std::stod(cell("rotation_z_deg", i))}});
    }
    const EyeRigGeometry rig = rig_geometry(rows, "CAM2P.3", "2019-06-20");
    EXPECT_EQ(rig.monitor_position_mm, (std::array{118.6, 86.2, 31.6}));
    EXPECT_EQ(rig.monitor_rotation_deg, (std::array{0.0, 0.0, 0.0}));
    EXPECT_EQ(rig.camera_position_mm, (std::array{102.8, 74.7, 31.6}));
    EXPECT_EQ(rig.camera_rotation_deg, (std::array{0.0, 0.0, 2.8}));
    EXPECT_EQ(rig.led_position_mm, (std::array{246.0, 92.3, 52.6}));
    EXPECT_EQ(rig_geometry(rows, "CAM2P.3", "2016-12-01").led_position_mm,
              (std::array{258.9, -61.2, 32.1}));
    EXPECT_THROW((void)rig_geometry(rows, "CAM2P.9", "2019-06-20"), Error);
    EXPECT_THROW((void)rig_geometry(rows, "CAM2P.3", "1960-01-01"), Error);
}

// The first 100 frames of a published table (data/allen_vbo): areas, and what blinks hide.
TEST(EyeAreas, OfARealTableAreItsOwn) {
    TB_NEED_SHARED(shared);
    const auto file = shared / "data/allen_vbo/eye_tracking_table.csv";
    const std::vector<double> blink = testing::numbers(file, "likely_blink");
    const auto fits_of = [&](const std::string& name) {
        return EllipseFits{
            testing::numbers(file, name + "_center_x"), testing::numbers(file, name + "_center_y"),
            testing::numbers(file, name + "_width"), testing::numbers(file, name + "_height"),
            testing::numbers(file, name + "_phi")};
    };
    const auto check = [&](const std::vector<double>& areas, const std::string& column) {
        const std::vector<double> want = testing::numbers(file, column);
        ASSERT_EQ(areas.size(), 100u);
        std::size_t n = 0;
        for (std::size_t i = 0; i < 100; ++i) {
            if (std::isnan(areas[i])) continue;
            EXPECT_NEAR(areas[i], want[i], 1e-9 * want[i]) << column << " frame " << i;
            ++n;
        }
        EXPECT_GT(n, 0u) << column;
    };
    check(ellipse_areas(fits_of("cr")), "cr_area_raw");
    check(ellipse_areas(fits_of("eye")), "eye_area_raw");
    check(pupil_areas(fits_of("pupil")), "pupil_area_raw");
    const std::vector<double> pupil = testing::numbers(file, "pupil_area");
    for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(std::isnan(pupil[i]), blink[i] == 1.0) << i;
}

}  // namespace
}  // namespace tb::compute::change_detection
