#include "ingest/simulated/photometry.hpp"

#include "include/trialbase/error.hpp"
#include "ingest/formats/parquet.hpp"
#include "ingest/simulated/simulate.hpp"
#include "tests/ingest/alf/support.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

namespace tb::simulated {
namespace {

struct Session {
    std::vector<double> stim_on_s, first_movement_s, feedback_s, signed_contrast;
    std::vector<std::int64_t> feedback_type;
    Session() {
        for (int trial = 0; trial < 60; ++trial) {
            const double at = 10.0 + 5.0 * trial;
            stim_on_s.push_back(at);
            first_movement_s.push_back(trial % 7 == 0 ? std::nan("") : at + 0.3);
            feedback_s.push_back(at + 1.0);
            signed_contrast.push_back(trial % 2 == 0 ? 1.0 : -0.25);
            feedback_type.push_back(trial % 3 == 0 ? -1 : 1);
        }
    }
    [[nodiscard]] PhotometryEvents events() const {
        return {stim_on_s, first_movement_s, feedback_s, signed_contrast, feedback_type, 9.0,
                312.0};
    }
};

const std::vector<Fiber> fibers{{"G0", "VTA-l"}, {"G1", "DR-r"}};

const std::vector<double>& doubles(const formats::Table& table, const char* name) {
    return std::get<std::vector<double>>(table.find(name)->values);
}
const std::vector<std::string>& texts(const formats::Table& table, const char* name) {
    return std::get<std::vector<std::string>>(table.find(name)->values);
}

TEST(SimulatedPhotometry, AlternatesItsBandsAtSixtyHertzAroundTheTrials) {
    const Session session;
    const auto made =
        simulate_photometry(session.events(), fibers, PhotometryFault::none, Random({1, 2}));
    const auto& times = doubles(made.signal, "times");
    const auto& color = texts(made.signal, "color");
    EXPECT_NEAR(times.front(), -11.0, 0.001);
    EXPECT_NEAR(times.back(), 332.0, 0.05);
    EXPECT_EQ(color[0], "Violet+Blue+Green");
    EXPECT_TRUE(std::isnan(doubles(made.signal, "wavelength")[0]));
    for (std::size_t i = 1; i < times.size(); ++i) {
        EXPECT_NEAR(times[i] - times[i - 1], 1.0 / 60.0, 1e-4);
        EXPECT_EQ(color[i], i % 2 == 0 ? "Blue" : "Violet");
    }
    EXPECT_EQ(made.locations.rows, 2U);
    EXPECT_EQ(texts(made.locations, "brain_region")[1], "DR-r");
    EXPECT_NE(made.description.find("G1:\n        location: DR-r"), std::string::npos);
}

// The mean rise after rewards, relative to the light before them, is the size that was put in.
TEST(SimulatedPhotometry, RespondsToRewardsAsItsTruthSays) {
    Session session;
    std::fill(session.feedback_type.begin(), session.feedback_type.end(), 1);
    std::fill(session.first_movement_s.begin(), session.first_movement_s.end(), std::nan(""));
    const auto made =
        simulate_photometry(session.events(), fibers, PhotometryFault::none, Random({3}));
    const auto& times = doubles(made.signal, "times");
    const auto& signal = doubles(made.signal, "G0");
    const auto at = [&](double t) {
        auto i = static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), t) -
                                          times.begin());
        if (i % 2 == 1) ++i;  // the 470-nm frame
        return signal[i];
    };
    double rise = 0.0;
    for (const double feedback : session.feedback_s) {
        double before = 0.0;
        for (int k = 1; k <= 5; ++k) before += at(feedback - 0.05 * k) / 5.0;
        double peak = 0.0;
        for (int k = -2; k <= 2; ++k) peak += at(feedback + 0.25 + 0.033 * k) / 5.0;
        rise += (peak / before - 1.0) / static_cast<double>(session.feedback_s.size());
    }
    EXPECT_NEAR(rise, made.truth[0].reward, 0.3 * made.truth[0].reward + 0.002);
}

TEST(SimulatedPhotometry, MakesTheFaultsItIsAskedFor) {
    const Session session;
    const auto inverted =
        simulate_photometry(session.events(), fibers, PhotometryFault::band_inversion, Random({4}));
    const auto& color = texts(inverted.signal, "color");
    std::size_t repeats = 0;
    for (std::size_t i = 2; i < color.size(); ++i) repeats += color[i] == color[i - 1];
    EXPECT_EQ(repeats, 1U);

    const auto early =
        simulate_photometry(session.events(), fibers, PhotometryFault::early_sample, Random({4}));
    const auto& times = doubles(early.signal, "times");
    std::size_t n_early = 0;
    for (std::size_t i = 1; i < times.size(); ++i) {
        n_early += 1.0 / 60.0 - (times[i] - times[i - 1]) > 0.001;
    }
    EXPECT_EQ(n_early, 1U);

    const auto coarse = simulate_photometry(session.events(), fibers,
                                            PhotometryFault::few_unique_samples, Random({4}));
    auto values = doubles(coarse.signal, "G0");
    std::sort(values.begin(), values.end());
    const auto distinct = std::unique(values.begin(), values.end()) - values.begin();
    EXPECT_LT(static_cast<double>(distinct), 0.02 * static_cast<double>(values.size()));

    const auto late =
        simulate_photometry(session.events(), fibers, PhotometryFault::late_start, Random({4}));
    EXPECT_GT(doubles(late.signal, "times").front(), session.stim_on_s.front());
}

TEST(SimulatedPhotometry, StandsBesideTheTrialsOfEverySession) {
    const alf::testing::TemporaryFolder folder;
    SimulateOptions options;
    options.out = folder.path() / "labs";
    options.labs = 1;
    options.subjects = 2;
    options.sessions = 3;
    options.trials = 30;
    options.photometry = true;
    options.fibers = 2;
    options.fault_rate = 0.0;
    const auto result = simulate(options);
    ASSERT_EQ(result.sessions.size(), 6U);
    for (const auto& session : result.sessions) {
        const auto alf = options.out / session.lab / "Subjects" / session.subject / session.date /
                         session.number / "alf" / "photometry";
        const auto signal = formats::read_parquet(alf / "photometry.signal.pqt");
        EXPECT_GT(signal.table.rows, 1800U);
        ASSERT_NE(signal.table.find("G1"), nullptr);
        const auto locations = formats::read_parquet(alf / "photometryROI.locations.pqt");
        EXPECT_EQ(locations.table.rows, 2U);
        EXPECT_EQ(session.responses.size(), 2U);
    }
    options.fibers = 3;
    options.out = folder.path() / "more";
    EXPECT_THROW((void)simulate(options), tb::Error);
}

}  // namespace
}  // namespace tb::simulated
