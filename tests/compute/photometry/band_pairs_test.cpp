#include "compute/photometry/band_pairs.hpp"

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

/// Two bands at 10 Hz, half an interval apart; values are the times.
struct Bands {
    RecordingBand signal{"GCaMP", {}, {}, {}};
    RecordingBand reference{"Isosbestic", {}, {}, {}};

    Bands(int signal_hole_from, int signal_hole_to, int reference_hole_from,
          int reference_hole_to) {
        for (int i = 0; i < 100; ++i) {
            if (i < signal_hole_from || i >= signal_hole_to) signal.all_times.push_back(i / 10.0);
            if (i < reference_hole_from || i >= reference_hole_to)
                reference.all_times.push_back(i / 10.0 + 0.05);
        }
        signal.all_values = signal.all_times;
        reference.all_values = reference.all_times;
        const auto n = std::min(signal.all_times.size(), reference.all_times.size());
        signal.crop = {0, n, signal.all_times.size()};
        reference.crop = {0, n, reference.all_times.size()};
    }
};

TEST(BandPairs, AreSampleBySampleWithoutHoles) {
    const Bands bands(0, 0, 0, 0);
    const auto pair = pair_bands(bands.signal, bands.reference);
    EXPECT_EQ(pair.signal.data(), bands.signal.all_values.data());  // nothing was copied
    EXPECT_EQ(pair.signal.size(), 100U);
    EXPECT_TRUE(pair.holes.empty());
}

TEST(BandPairs, AHoleOfBothBandsIsOneHole) {
    const Bands bands(30, 50, 30, 50);
    const auto pair = pair_bands(bands.signal, bands.reference);
    EXPECT_EQ(pair.signal.size(), 80U);
    ASSERT_EQ(pair.holes.size(), 1U);
    EXPECT_DOUBLE_EQ(pair.holes[0].after_s, 2.9);
    EXPECT_DOUBLE_EQ(pair.holes[0].until_s, 5.05);
}

// One LED was dark for a while: later samples would meet those of another time.
TEST(BandPairs, AfterAHoleOfOneBandNeighboursInTimeBelongTogether) {
    for (const bool signal_lacks : {true, false}) {
        const Bands bands = signal_lacks ? Bands(30, 50, 0, 0) : Bands(0, 0, 30, 50);
        const auto pair = pair_bands(bands.signal, bands.reference);
        ASSERT_EQ(pair.signal.size(), pair.reference.size());
        EXPECT_GE(pair.signal.size(), 80U);
        EXPECT_LE(pair.signal.size(), 82U);
        for (std::size_t i = 0; i < pair.signal.size(); ++i) {
            EXPECT_LE(std::abs(pair.signal_times[i] - pair.reference_times[i]), 0.1 + 1e-9);
            EXPECT_EQ(pair.signal[i], pair.signal_times[i]);
            EXPECT_EQ(pair.reference[i], pair.reference_times[i]);
        }
        ASSERT_EQ(pair.holes.size(), 1U);
        EXPECT_NEAR(pair.holes[0].after_s, 3.0, 0.16);
        EXPECT_NEAR(pair.holes[0].until_s, 5.0, 0.16);
        EXPECT_EQ(pair.signal_times.back(), 9.9);
    }
}

}  // namespace
}  // namespace tb::compute::photometry
