#include "compute/photometry/responses.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

/// 0, 1, 2, ... at 10 Hz from 100 s.
struct Ramp {
    std::vector<double> times, values;
    explicit Ramp(std::size_t n = 200) {
        for (std::size_t i = 0; i < n; ++i) {
            times.push_back(100.0 + static_cast<double>(i) / 10.0);
            values.push_back(static_cast<double>(i));
        }
    }
    [[nodiscard]] PeriEvent<double> cut(const std::vector<double>& events, Window window) const {
        return peri_event(std::span(times), std::span(values), events, window);
    }
    [[nodiscard]] PeriEvent<double> cut_until(const std::vector<double>& events, double begin_s,
                                              const std::vector<double>& ends) const {
        return peri_event_until(std::span(times), std::span(values), events, begin_s, ends);
    }
};

std::string error_type(const auto& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.type();
    }
    return "no error";
}

TEST(PeriEvent, PutsTheFirstSampleAtOrAfterTheEventAtZero) {
    const auto cut = Ramp().cut({105.0, 105.01, 104.99}, {-0.2, 0.3});
    EXPECT_EQ(cut.rate_hz, 10);
    EXPECT_EQ(cut.offsets_s, (std::vector{-0.2, -0.1, 0.0, 0.1, 0.2}));
    EXPECT_EQ(std::vector(cut.row(0).begin(), cut.row(0).end()),
              (std::vector{48.0, 49.0, 50.0, 51.0, 52.0}));
    EXPECT_DOUBLE_EQ(cut.row(1)[2], 51.0);  // the sample at 105.1
    EXPECT_DOUBLE_EQ(cut.row(2)[2], 50.0);
    EXPECT_EQ(cut.n_valid, 3u);
}

TEST(PeriEvent, IsNanWhereTheWindowLeavesTheSignalOrTheEventIsMissing) {
    const auto cut = Ramp().cut({100.1, 100.2, 119.6, 119.7, nan}, {-0.2, 0.3});
    const std::vector<bool> is_there = {false, true, true, false, false};
    for (std::size_t event = 0; event < is_there.size(); ++event) {
        for (const double value : cut.row(event)) EXPECT_EQ(!std::isnan(value), is_there[event]);
    }
    EXPECT_EQ(cut.n_valid, 2u);
}

TEST(PeriEvent, OfNoEventsKeepsItsColumns) {
    const auto cut = Ramp().cut({}, {-1.0, 1.0});
    EXPECT_EQ(cut.n_events, 0u);
    EXPECT_EQ(cut.n_samples(), 20u);
    EXPECT_TRUE(cut.values.empty());
    EXPECT_EQ(Ramp().cut({105.0}, {0.5, 0.2}).n_samples(), 0u);
}

TEST(PeriEvent, RoundsTheRateHalvesToEven) {
    // 2.5 Hz rounds to 2.
    std::vector<double> times, values;
    for (int i = 0; i < 50; ++i) {
        times.push_back(0.4 * i);
        values.push_back(i);
    }
    EXPECT_EQ(peri_event(std::span<const double>(times), std::span<const double>(values),
                         std::vector{5.0}, {-1.0, 1.0})
                  .rate_hz,
              2);
}

TEST(PeriEvent, TakesTheMedianIntervalOfUnevenTimes) {
    // Intervals 0.1 (most), with gaps of seconds; the rows at a gap take whatever samples follow.
    std::vector<double> times, values;
    double t = 0.0;
    for (int i = 0; i < 100; ++i) {
        times.push_back(t);
        values.push_back(i);
        t += i % 10 == 9 ? 3.0 : 0.1;
    }
    const auto cut = peri_event(std::span<const double>(times), std::span<const double>(values),
                                std::vector{times[19] + 0.05}, {-0.2, 0.2});
    EXPECT_EQ(cut.rate_hz, 10);
    EXPECT_EQ(cut.values, (std::vector{18.0, 19.0, 20.0, 21.0}));
}

TEST(PeriEvent, RepeatsTheLastSampleWhereAnUnevenSignalRunsOut) {
    // At 10 Hz by its median, but the last samples are 1 s apart: the window fits in time, not in
    // samples.
    std::vector<double> times, values;
    for (int i = 0; i < 30; ++i) {
        times.push_back(i < 27 ? 0.1 * i : 2.6 + (i - 26));
        values.push_back(i);
    }
    const auto cut = peri_event(std::span<const double>(times), std::span<const double>(values),
                                std::vector{3.0}, {0.0, 0.5});
    EXPECT_EQ(cut.values, (std::vector{27.0, 28.0, 29.0, 29.0, 29.0}));
}

TEST(PeriEvent, FindsEventsOfAnySignalAsASearchDoes) {
    std::mt19937_64 random(7);
    std::exponential_distribution<double> wait(30.0);
    std::vector<double> times = {0.0}, values = {0.0};
    for (int i = 1; i < 3000; ++i) {
        times.push_back(times.back() + wait(random));
        values.push_back(i);
    }
    std::vector<double> events;
    std::uniform_real_distribution<double> anywhere(2.0, times.back() - 2.0);
    for (int i = 0; i < 500; ++i) events.push_back(anywhere(random));
    events.push_back(times[1000]);
    const auto cut = peri_event(std::span<const double>(times), std::span<const double>(values),
                                std::span<const double>(events), {0.0, 0.1});
    for (std::size_t event = 0; event < events.size(); ++event) {
        const auto first = std::ranges::lower_bound(times, events[event]) - times.begin();
        EXPECT_DOUBLE_EQ(cut.row(event)[0], static_cast<double>(first));
    }
}

TEST(PeriEvent, IsTheSameForTimesThatAreNotLaidOut) {
    const EvenTimes even = even_times(4012.3, 30.0, 5000);
    std::vector<double> times, values;
    for (std::size_t i = 0; i < even.n; ++i) {
        times.push_back(even[i]);
        values.push_back(std::sin(static_cast<double>(i)));
    }
    std::vector<double> events = {4020.0, even[700], std::nextafter(even[700], 1e9), 4100.01, nan};
    const auto laid = peri_event(std::span<const double>(times), std::span<const double>(values),
                                 std::span<const double>(events), {-1.0, 1.0});
    const auto not_laid = peri_event(even, std::span<const double>(values),
                                     std::span<const double>(events), {-1.0, 1.0});
    EXPECT_EQ(laid.n_valid, 4u);
    for (std::size_t i = 0; i < laid.values.size(); ++i) {
        EXPECT_TRUE(laid.values[i] == not_laid.values[i] ||
                    (std::isnan(laid.values[i]) && std::isnan(not_laid.values[i])));
    }
}

TEST(PeriEvent, RefusesWhatCannotBeCut) {
    const Ramp ramp;
    std::vector<double> short_values(10, 0.0);
    EXPECT_EQ(error_type([&] {
                  (void)peri_event(std::span(ramp.times), std::span<const double>(short_values),
                                   std::vector{105.0}, {-1.0, 1.0});
              }),
              "ValueError");
    EXPECT_EQ(error_type([] { (void)Ramp(1).cut({100.0}, {-1.0, 1.0}); }), "ValueError");
    EXPECT_EQ(error_type([&] { (void)ramp.cut({105.0}, {-1.0, 1e300}); }), "ValueError");
    EXPECT_EQ(error_type([&] { (void)ramp.cut({105.0}, {nan, 1.0}); }), "ValueError");
    Ramp back = ramp;
    back.times[50] = 0.0;
    EXPECT_EQ(error_type([&] { (void)back.cut({105.0}, {-1.0, 1.0}); }), "ValueError");
    back.times[50] = nan;
    EXPECT_EQ(error_type([&] { (void)back.cut({105.0}, {-1.0, 1.0}); }), "ValueError");
    Ramp slow;
    for (std::size_t i = 0; i < slow.times.size(); ++i)
        slow.times[i] = 10.0 * static_cast<double>(i);
    EXPECT_EQ(error_type([&] { (void)slow.cut({105.0}, {-1.0, 1.0}); }), "ValueError");
    EXPECT_EQ(error_type([&] { (void)ramp.cut_until({105.0}, 0.0, {}); }), "ValueError");
}

TEST(PeriEventUntil, KeepsASampleAtTheEndAndIsNanBeyond) {
    const auto cut = Ramp().cut_until({105.0, 106.0, 107.0}, 0.0, {105.25, 106.5, nan});
    EXPECT_EQ(cut.n_samples(), 5u);  // the longest, 0.5 s
    EXPECT_DOUBLE_EQ(cut.row(0)[2], 52.0);
    EXPECT_TRUE(std::isnan(cut.row(0)[3]));
    EXPECT_DOUBLE_EQ(cut.row(1)[4], 64.0);
    EXPECT_DOUBLE_EQ(cut.row(2)[4], 74.0);  // no end: full width
    const auto on_sample = Ramp().cut_until({105.0, 106.0}, 0.0, {105.0 + 0.2, 106.5});
    EXPECT_DOUBLE_EQ(on_sample.row(0)[2], 52.0);
}

TEST(PeriEventUntil, NeedsTheLongestWidthForEveryRow) {
    // 119.5 + 0.2 lies within the signal (it ends at 119.9), but 119.5 + 0.6 does not.
    const auto cut = Ramp().cut_until({119.5, 105.0}, 0.0, {119.7, 105.6});
    EXPECT_EQ(cut.n_valid, 1u);
    EXPECT_TRUE(std::isnan(cut.row(0)[0]));
}

TEST(PeriEventUntil, WithoutAnyEndIsAsWideAsTheWindowBeforeTheEvent) {
    EXPECT_EQ(Ramp().cut_until({105.0}, -0.5, {nan}).n_samples(), 10u);
    EXPECT_EQ(Ramp().cut_until({}, 0.0, {}).n_samples(), 0u);
}

TEST(PeriEventPeaks, AreThoseOfTheMatrix) {
    std::mt19937_64 random(11);
    std::normal_distribution<double> normal;
    Ramp ramp(2000);
    for (double& value : ramp.values) value = normal(random);
    ramp.values[600] = nan;
    std::vector<double> begins, ends;
    for (int i = 0; i < 60; ++i) {
        begins.push_back(99.0 + 3.4 * i);
        ends.push_back(i % 7 == 3 ? nan : begins.back() + 0.3 * (i % 9) - 0.15);
    }
    begins[5] = nan;
    const auto matrix = ramp.cut_until(begins, 0.0, ends);
    const auto peaks =
        peri_event_peaks(std::span<const double>(ramp.times), std::span<const double>(ramp.values),
                         std::span<const double>(begins), 0.0, ends);
    ASSERT_EQ(peaks.size(), begins.size());
    std::size_t n_found = 0;
    for (std::size_t event = 0; event < peaks.size(); ++event) {
        double peak = nan;
        for (const double value : matrix.row(event)) {
            if (!std::isnan(value)) peak = std::fmax(peak, std::abs(value));
        }
        EXPECT_EQ(std::isnan(peak), std::isnan(peaks[event]));
        if (std::isnan(peak)) continue;
        EXPECT_EQ(peak, peaks[event]);
        ++n_found;
    }
    EXPECT_GT(n_found, 40u);
}

const std::vector<double> offsets = {-0.2, -0.1, 0.0, 0.1, 0.2, 0.3};

TEST(ColumnsWithin, BeginAtOrAfterAndEndBefore) {
    const Columns columns = columns_within(offsets, {-0.1, 0.2});
    EXPECT_EQ(columns.begin, 1u);
    EXPECT_EQ(columns.end, 4u);
    const Columns none = columns_within(offsets, {0.2, -0.1});
    EXPECT_EQ(none.begin, none.end);
}

TEST(MaskAfter, KeepsTheSampleAtTheTimeAndSpareTrialsWithoutOne) {
    std::vector<double> values(24, 1.0);
    mask_after(values, offsets, std::vector{0.1, 0.15, nan, -1.0});
    const auto kept = [&](std::size_t row) {
        int count = 0;
        for (std::size_t i = 0; i < 6; ++i) count += std::isnan(values[6 * row + i]) ? 0 : 1;
        return count;
    };
    EXPECT_EQ(kept(0), 4);
    EXPECT_EQ(kept(1), 4);
    EXPECT_EQ(kept(2), 6);
    EXPECT_EQ(kept(3), 0);
    EXPECT_THROW(mask_after(values, offsets, std::vector{0.1}), Error);
}

TEST(MaskSubsequentEvents, PassesOverPairsThatAreNotThere) {
    const std::vector<std::string> events = {"b", "c"};
    const std::vector<std::string> order = {"a", "b", "c", "d"};
    std::vector<double> values(12, 1.0);  // 2 events x 1 trial x 6 samples
    mask_subsequent_events(events, values, offsets, order,
                           [](std::string_view name) -> std::optional<std::vector<double>> {
                               if (name == "d") return std::nullopt;
                               return std::vector{name == "b" ? 10.0 : 10.125};
                           });
    EXPECT_DOUBLE_EQ(values[3], 1.0);
    EXPECT_TRUE(std::isnan(values[4]));                              // b is masked by c
    for (std::size_t i = 6; i < 12; ++i) EXPECT_EQ(values[i], 1.0);  // c is not: no d
}

TEST(RowMeans, LeaveNanOut) {
    const std::vector<double> values = {1.0, nan, 3.0, nan, nan, nan};
    const auto means = row_means(values, 3, {0, 3});
    EXPECT_DOUBLE_EQ(means[0], 2.0);
    EXPECT_TRUE(std::isnan(means[1]));
    EXPECT_TRUE(std::isnan(row_means(values, 3, {1, 1})[0]));
    EXPECT_THROW((void)row_means(values, 4, {0, 1}), Error);
    EXPECT_THROW((void)row_means(values, 3, {0, 4}), Error);
}

TEST(SubtractBaseline, MakesARowWithoutBaselineNan) {
    std::vector<double> values = {1.0, 3.0, 10.0, nan, nan, 5.0};
    subtract_baseline(values, 3, {0, 2});
    EXPECT_EQ(values[0], -1.0);
    EXPECT_EQ(values[2], 8.0);
    EXPECT_TRUE(std::isnan(values[5]));
}

TEST(NormaliseToBaseline, TakesThePlainMean) {
    std::vector<double> values = {1.0, 3.0, 10.0, 1.0, nan, 5.0};
    normalise_to_baseline(values, 3, {0, 2});
    EXPECT_EQ(values[2], 4.0);  // (10 - 2)/2
    EXPECT_TRUE(std::isnan(values[5]));
}

TEST(ResponseMagnitudes, AreThoseOfTheStepsOneAfterAnother) {
    std::mt19937_64 random(3);
    std::normal_distribution<double> normal;
    PeriEvent<double> cut;
    cut.n_events = 50;
    for (int i = -30; i < 30; ++i) cut.offsets_s.push_back(i / 30.0);
    std::vector<double> until_s;
    for (int event = 0; event < 50; ++event) {
        for (int i = 0; i < 60; ++i) cut.values.push_back(event % 10 == 9 ? nan : normal(random));
        until_s.push_back(event % 4 == 3 ? nan : 0.02 * event - 0.2);
    }
    for (const bool masks : {false, true}) {
        for (const bool subtracts : {false, true}) {
            MagnitudeParams params;
            params.mask_subsequent = masks;
            params.subtract_baseline = subtracts;
            auto values = cut.values;
            if (masks) mask_after(values, cut.offsets_s, until_s);
            if (subtracts) {
                subtract_baseline(values, 60, columns_within(cut.offsets_s, params.baseline));
            }
            const auto want = row_means(values, 60, columns_within(cut.offsets_s, params.early));
            const auto got = response_magnitudes(cut, until_s, params);
            for (std::size_t i = 0; i < want.size(); ++i) {
                EXPECT_TRUE((std::isnan(want[i]) && std::isnan(got[i])) || want[i] == got[i]) << i;
            }
        }
    }
    EXPECT_THROW((void)response_magnitudes(cut, std::vector{1.0}), Error);
}

}  // namespace
}  // namespace tb::compute::photometry
