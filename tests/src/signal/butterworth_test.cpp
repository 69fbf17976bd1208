#include "src/signal/butterworth.hpp"

#include "trialbase/error.hpp"

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace tb::signal {
namespace {

double gain(const Sections& sections, double hz, double rate_hz) {
    const std::complex<double> z = std::polar(1.0, -2.0 * std::numbers::pi * hz / rate_hz);
    std::complex<double> out = 1.0;
    for (const Section& s : sections) {
        out *= (s.b0 + z * (s.b1 + z * s.b2)) / (1.0 + z * (s.a1 + z * s.a2));
    }
    return std::abs(out);
}

// What makes a filter Butterworth: |H|^2 = 1/(1 + (tan(pi f/fs)/tan(pi fc/fs))^2N) at every
// frequency.
TEST(ButterworthLowpass, HasTheGainOfItsDefinitionForEveryOrder) {
    for (int order = 1; order <= 12; ++order) {
        for (const double cutoff : {1.0, 7.5, 20.0, 45.0}) {
            const Sections sections = butterworth_lowpass(order, cutoff, 100.0);
            EXPECT_EQ(sections.size(), static_cast<std::size_t>((order + 1) / 2));
            for (const double hz : {0.0, 0.5, 5.0, 19.0, 30.0, 49.0}) {
                const double ratio = std::tan(std::numbers::pi * hz / 100.0) /
                                     std::tan(std::numbers::pi * cutoff / 100.0);
                const double wanted = 1.0 / std::sqrt(1.0 + std::pow(ratio, 2.0 * order));
                EXPECT_NEAR(gain(sections, hz, 100.0), wanted, 1e-9) << order << " " << cutoff;
            }
        }
    }
}

TEST(ButterworthLowpass, RefusesWhatCannotBeBuilt) {
    EXPECT_THROW((void)butterworth_lowpass(0, 1.0, 30.0), Error);
    EXPECT_THROW((void)butterworth_lowpass(51, 1.0, 30.0), Error);
    EXPECT_THROW((void)butterworth_lowpass(3, 0.0, 30.0), Error);
    EXPECT_THROW((void)butterworth_lowpass(3, 15.0, 30.0), Error);
    EXPECT_THROW((void)butterworth_lowpass(3, 1.0, 0.0), Error);
    EXPECT_THROW((void)butterworth_lowpass(3, std::nan(""), 30.0), Error);
}

// scipy 1.10.1 with numpy 1.24.2, signal.butter(output="sos"), every digit.
TEST(ButterworthLowpass, HasTheReferencesCoefficientsInTheLastBit) {
    const Sections wheel = butterworth_lowpass(8, 20.0, 1000.0);
    ASSERT_EQ(wheel.size(), 4u);
    EXPECT_EQ(wheel[0].b0, 1.7783793880734747e-10);
    const double a1[] = {-1.7670186514632635, -1.796966165642348, -1.8550590203998147,
                         -1.9368704016430212};
    const double a2[] = {0.7810628641245774, 0.8112484002721682, 0.8698029753434761,
                         0.9522645910566718};
    for (std::size_t k = 0; k < 4; ++k) {
        EXPECT_EQ(wheel[k].a1, a1[k]) << k;
        EXPECT_EQ(wheel[k].a2, a2[k]) << k;
    }
    const Sections other = butterworth_lowpass(4, 10.0, 130.0);
    EXPECT_EQ(other[0].b0, 0.0019483163390565364);
    EXPECT_EQ(other[1].a1, -1.5035227678573757);
    EXPECT_EQ(other[1].a2, 0.6980208212465567);
}

// Encoder counts far from 0, where rounding is large; scipy 1.10.1, signal.sosfiltfilt, every
// digit.
TEST(FilteredBothWays, RoundsAsTheReferenceInItsOrder) {
    std::vector<double> counts;
    for (int i = 0; i < 300; ++i) counts.push_back(-159535.0 + (i * i % 97) / 4.0);
    const Sections sections = butterworth_lowpass(8, 20.0, 1000.0);
    const std::vector<double> found = filtered_both_ways_in_reference_order(sections, counts);
    ASSERT_EQ(found.size(), 300u);
    EXPECT_EQ(found[0], -159534.92455743894);
    EXPECT_EQ(found[1], -159533.95177951147);
    EXPECT_EQ(found[2], -159532.98591609558);
    EXPECT_EQ(found[150], -159520.43706699056);
    EXPECT_EQ(found[298], -159524.74092133343);
    EXPECT_EQ(found[299], -159524.75007928873);
    // The faster form differs by rounding alone.
    const std::vector<double> faster = filtered_both_ways(sections, counts);
    for (std::size_t i = 0; i < 300; ++i) EXPECT_NEAR(found[i], faster[i], 1e-8) << i;
    EXPECT_THROW((void)filtered_both_ways_in_reference_order(sections, std::vector(27, 1.0)),
                 Error);
    EXPECT_THROW((void)filtered_both_ways_in_reference_order({}, counts), Error);
}

TEST(FilterPadding, FollowsTheNumberOfSections) {
    EXPECT_EQ(filter_padding(butterworth_lowpass(3, 0.01, 30.0)), 12u);
    EXPECT_EQ(filter_padding(butterworth_lowpass(2, 1.0, 30.0)), 9u);
    EXPECT_EQ(filter_padding(butterworth_lowpass(8, 20.0, 1000.0)), 27u);
}

TEST(FilteredBothWays, LeavesConstantsAndLinesAlone) {
    // Odd reflection continues a line, and a line passes a zero-phase low-pass unchanged away from
    // the ends; a constant passes everywhere.
    const Sections sections = butterworth_lowpass(3, 2.0, 30.0);
    for (const double value : filtered_both_ways(sections, std::vector(200, 4.25))) {
        EXPECT_NEAR(value, 4.25, 1e-12);
    }
    std::vector<double> line(600);
    for (std::size_t i = 0; i < line.size(); ++i) line[i] = 3.0 + 0.5 * static_cast<double>(i);
    const std::vector<double> filtered = filtered_both_ways(sections, line);
    for (std::size_t i = 150; i < 450; ++i) EXPECT_NEAR(filtered[i], line[i], 1e-9);
}

TEST(FilteredBothWays, SquaresTheGainAndKeepsThePhase) {
    for (const int order : {1, 2, 3, 5, 8, 11}) {  // 11 has more sections than run in registers
        const Sections sections = butterworth_lowpass(order, 5.0, 100.0);
        std::vector<double> wave(4000);
        for (std::size_t i = 0; i < wave.size(); ++i) {
            wave[i] = std::cos(2.0 * std::numbers::pi * 4.0 * static_cast<double>(i) / 100.0);
        }
        const std::vector<double> filtered = filtered_both_ways(sections, wave);
        const double squared = std::pow(gain(sections, 4.0, 100.0), 2.0);
        for (std::size_t i = 1500; i < 2500; ++i) {
            EXPECT_NEAR(filtered[i], squared * wave[i], 1e-6) << order;
        }
    }
}

TEST(FilterTwoBothWays, GivesEachSignalWhatItsOwnFilterGives) {
    const Sections slow = butterworth_lowpass(3, 0.5, 30.0);
    const Sections fast = butterworth_lowpass(3, 3.0, 30.0);
    std::vector<double> a(300), b(300), a_out(300), b_out(300);
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = std::sin(0.3 * static_cast<double>(i));
        b[i] = std::fmod(static_cast<double>(i * i), 7.0);
    }
    filter_two_both_ways(slow, a, fast, b, a_out, b_out);
    const std::vector<double> a_alone = filtered_both_ways(slow, a);
    const std::vector<double> b_alone = filtered_both_ways(fast, b);
    for (std::size_t i = 0; i < a.size(); ++i) {
        EXPECT_DOUBLE_EQ(a_out[i], a_alone[i]);
        EXPECT_DOUBLE_EQ(b_out[i], b_alone[i]);
    }
}

TEST(FilterTwoBothWays, RefusesShortSignalsAndUnequalPairs) {
    const Sections sections = butterworth_lowpass(3, 0.01, 30.0);
    EXPECT_THROW((void)filtered_both_ways(sections, std::vector(12, 1.0)), Error);
    EXPECT_NO_THROW((void)filtered_both_ways(sections, std::vector(13, 1.0)));
    EXPECT_THROW((void)filtered_both_ways({}, std::vector(13, 1.0)), Error);
    std::vector<double> out(20), shorter(19);
    const std::vector<double> values(20, 1.0);
    EXPECT_THROW(filter_two_both_ways(sections, values, sections, shorter, out, out), Error);
    EXPECT_THROW(
        filter_two_both_ways(sections, values, butterworth_lowpass(2, 1.0, 30.0), values, out, out),
        Error);
}

}  // namespace
}  // namespace tb::signal
