// Running, pupil, signal to noise, masks, registration: what golden vectors leave open.
#include "compute/imaging/openscope/clean_running.hpp"
#include "compute/imaging/openscope/pupil.hpp"
#include "compute/imaging/openscope/registration.hpp"
#include "compute/imaging/openscope/roi_masks.hpp"
#include "compute/imaging/openscope/signal_to_noise.hpp"
#include "tests/src/stats/error_type.hpp"
#include "trialbase/missing.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::compute::imaging::openscope {
namespace {

using stats::error_type;
using testing::ElementsAre;
using testing::IsNan;

TEST(OpenScopeRunning, JumpsAreMissingUntilTheyEnd) {
    EXPECT_THAT(clean_running(std::vector{1.0, 100.0, 90.0, 5.0, 6.0}),
                ElementsAre(1.0, IsNan(), IsNan(), 5.0, 6.0));
    EXPECT_THAT(clean_running(std::vector{1.0, 2.0, 100.0, 100.0}),
                ElementsAre(1.0, 2.0, IsNan(), IsNan()));
    // Missing samples are passed over, and a slow rise is none.
    EXPECT_THAT(clean_running(std::vector{1.0, nan, 40.0, 80.0, 120.0}),
                ElementsAre(1.0, IsNan(), 40.0, 80.0, 120.0));
}

TEST(OpenScopeRunning, AFirstSampleFarFromStandingIsMissing) {
    EXPECT_THAT(clean_running(std::vector{200.0, 2.0, 3.0}), ElementsAre(IsNan(), 2.0, 3.0));
    EXPECT_THAT(clean_running(std::vector{-30.0, 25.0, 3.0}), ElementsAre(-30.0, 25.0, 3.0));
    EXPECT_THAT(clean_running(std::vector{200.0, 90.0, 3.0}), ElementsAre(IsNan(), IsNan(), 3.0));
    EXPECT_THAT(clean_running({}), testing::IsEmpty());
    EXPECT_DOUBLE_EQ(missing_share(std::vector{1.0, nan}), 0.5);
}

TEST(OpenScopePupil, MovesFromCentreToCentre) {
    EXPECT_THAT(
        pupil_displacement(std::vector{0.0, 3.0, nan, 1.0}, std::vector{0.0, 4.0, 0.0, 1.0}),
        ElementsAre(IsNan(), 5.0, IsNan(), IsNan()));
    EXPECT_EQ(error_type([] { (void)pupil_displacement(std::vector{0.0}, {}); }), "ColumnLength");
    EXPECT_DOUBLE_EQ(pupil_pixels(std::vector{1.02})[0], 100.0);
}

TEST(OpenScopeSignal, OfAConstantTraceHasNoSignal) {
    const auto result = signal_to_noise(std::vector<double>{2.0, 2.0, 2.0});
    EXPECT_EQ(result.noise_sd, 0.0);
    EXPECT_TRUE(std::isnan(result.signal_mean));
    EXPECT_EQ(error_type([] {
                  (void)signal_to_noise(std::vector<double>{1.0, nan});
              }),
              "UnexpectedNaN");
    EXPECT_EQ(error_type([] { (void)signal_to_noise(std::span<const float>{}); }), "ValueError");
}

// Median 0; noise -1, 0, 0 and 1, 0, 0: mean 0, sd sqrt(1/3); 95th percentile 0.95.
TEST(OpenScopeSignal, StandsAboveMirroredNoise) {
    const auto result = signal_to_noise(std::vector<double>{-1.0, 0.0, 0.0, 3.0, 5.0});
    EXPECT_EQ(result.median, 0.0);
    EXPECT_NEAR(result.noise_sd, std::sqrt(1.0 / 3.0), 1e-12);
    EXPECT_NEAR(result.noise_threshold, 1.6448536269514722 * std::sqrt(1.0 / 3.0), 1e-12);
    EXPECT_NEAR(result.signal_mean, 4.0, 1e-12);
    EXPECT_NEAR(result.ratio, 4.0 * std::sqrt(3.0), 1e-12);
}

TEST(OpenScopeMasks, SmallOnesAreEmptied) {
    const std::vector<double> weights{1.0, 1.0, 1.0, 0.09, 1.0, 1.0, 0.9, 0.09};
    EXPECT_THAT(roi_masks(std::span<const double>(weights), 4),
                ElementsAre(1, 1, 1, 0, 0, 0, 0, 0));
    EXPECT_EQ(error_type([&] { (void)roi_masks(std::span<const double>(weights), 3); }),
              "ColumnLength");
}

TEST(OpenScopeTracking, OrdersCellsByTheirId) {
    EXPECT_THAT(tracked_rois(std::vector{nan, 2.0, 0.0, nan, 1.0}), ElementsAre(2, 4, 1));
    EXPECT_EQ(error_type([] { (void)tracked_rois(std::vector{nan}); }), "NoTracking");
    EXPECT_EQ(error_type([] { (void)tracked_rois(std::vector{1.5}); }), "TrackingMismatch");
    EXPECT_EQ(error_type([] {
                  (void)tracked_rois(std::vector{1.0, nan, 1.0});
              }),
              "TrackingMismatch");
}

TEST(OpenScopeRegistration, ShiftsAndDividesByTheThirdCoordinate) {
    const std::vector<std::uint8_t> image{10, 20, 30, 40};
    // One to the right and half down, written with a third coordinate of 2.
    const ProjectiveMap shift{2, 0, 2, 0, 2, 1, 0, 0, 2};
    EXPECT_THAT(registered_image(image, 2, 2, shift), ElementsAre(30, 0, 20, 0));
    const std::vector<std::uint8_t> mask{0, 0, 0, 9};
    EXPECT_THAT(registered_mask(mask, 2, 2, shift), ElementsAre(1, 0, 1, 0));
    EXPECT_EQ(error_type([&] { (void)registered_image(image, 2, 3, shift); }), "ColumnLength");
}

}  // namespace
}  // namespace tb::compute::imaging::openscope
