// Numerics of raw quality control by hand (the golden vectors hold the reference's), and the
// adapters of photometry.raw_qc and photometry.session_check with arrays in memory.
#include "compute/photometry/raw_qc.hpp"

#include "compute/photometry/session_check.hpp"
#include "tests/compute/task/support.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <limits>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace tb::compute::photometry {
namespace {

using task::testing::HandRows;
using task::testing::number;

/// V violet, B blue, G green, . undecoded.
std::vector<LedState> states(std::string_view letters) {
    std::vector<LedState> made;
    for (const char letter : letters) {
        made.push_back(letter == 'V'   ? LedState::isosbestic
                       : letter == 'B' ? LedState::gcamp
                       : letter == 'G' ? LedState::rcamp
                                       : LedState::gap);
    }
    return made;
}

std::string letters(std::span<const LedState> led) {
    std::string made;
    for (const auto state : led) {
        made += state == LedState::isosbestic ? 'V'
                : state == LedState::gcamp    ? 'B'
                : state == LedState::rcamp    ? 'G'
                                              : '.';
    }
    return made;
}

/// Times 1/60 s apart, as many as there are frames.
std::vector<double> even_times(std::size_t n) {
    std::vector<double> made(n);
    for (std::size_t i = 0; i < n; ++i) made[i] = 100.0 + static_cast<double>(i) / 60.0;
    return made;
}

std::string filled(std::string_view frames, GapFill how = GapFill::every_run) {
    return letters(fill_gaps(even_times(frames.size()), states(frames), how));
}

TEST(RawQc, RunsAreFilledInTurnFromTheFrameBefore) {
    EXPECT_EQ(filled("VBVBVB"), "VBVBVB");
    EXPECT_EQ(filled("VB.BVB"), "VBVBVB");  // one run, where the reference fails
    EXPECT_EQ(filled("VB...VB"), "VBVBVVB");
    EXPECT_EQ(filled("VB.BV..VB"), "VBVBVBVVB");
    EXPECT_EQ(filled("V."), "VB");
}

TEST(RawQc, RunsWithoutAKnownFrameBeforeStay) {
    EXPECT_EQ(filled("..VB"), "..VB");
    EXPECT_EQ(filled("VBG.VB"), "VBG.VB");
    EXPECT_EQ(filled("...."), "....");
    EXPECT_EQ(filled(""), "");
    EXPECT_EQ(filled("."), ".");
}

TEST(RawQc, RunsOfAnotherPaceStay) {
    auto times = even_times(60);
    std::string frames;
    for (int i = 0; i < 30; ++i) frames += "VB";
    frames[20] = '.';
    times[20] = times[19] + 0.5 * (times[21] - times[19]) * 0.5;  // half an interval: 50 % off
    EXPECT_EQ(letters(fill_gaps(times, states(frames), GapFill::every_run))[20], '.');
}

TEST(RawQc, TheReferencesFillFailsOnOneRunAndStartsTheLastTooEarly) {
    try {
        (void)filled("VB.BVB", GapFill::reference);
        FAIL() << "was filled";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "IndexError");
    }
    // The last run begins with the last frame of the run before it and goes on from there.
    EXPECT_EQ(filled("VB.BVB.BVB").substr(6, 1), "V");
    const auto gaps = states("VB.BVB.BVB");
    EXPECT_EQ(raw_qc(even_times(10), gaps).n_band_inversions, 0);
    EXPECT_NE(raw_qc(even_times(10), gaps).n_band_inversions_reference, std::nullopt);
}

TEST(RawQc, CountsInversionsGapsAndEarlyFrames) {
    auto times = even_times(100);
    std::string frames;
    for (int i = 0; i < 50; ++i) frames += "VB";
    frames[41] = 'V';  // between two violet ones: two pairs
    frames[60] = '.';
    times[80] -= 0.002;   // 2 ms early, and the next one late
    times[90] -= 0.0005;  // within 1 ms
    const auto found = raw_qc(times, states(frames));
    EXPECT_EQ(found.n_band_inversions, 2);
    EXPECT_EQ(found.n_gap_frames, 1);
    EXPECT_EQ(found.n_early_samples, 1);
    EXPECT_EQ(found.n_band_inversions_reference, std::nullopt);
    EXPECT_EQ(raw_qc({}, {}).n_band_inversions, 0);
    EXPECT_EQ(raw_qc({}, {}).n_early_samples, 0);
}

TEST(RawQc, LengthsThatDifferAreAValueError) {
    try {
        (void)raw_qc(even_times(3), states("VB"));
        FAIL() << "was counted";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "ValueError");
    }
}

class MemoryReader : public ArrayReader {
  public:
    std::map<std::string, Array, std::less<>> arrays;

    Array read(std::string_view ref) const override { return arrays.find(ref)->second; }
    Array read_rows(std::string_view ref, std::size_t, std::size_t) const override {
        return read(ref);
    }
};

/// A minute of frames in turn, and two trials in it.
struct World {
    MemoryReader reader;
    HandRows session, trials;
    std::string clock = "session";
    std::optional<std::int64_t> n_skipped_frames;
    std::int64_t n_band_inversions = 0;
    std::int64_t n_early_samples = 0;
    std::vector<double> stim_on_s = {101.0, 120.0};
    std::vector<double> feedback_s = {102.0, 121.0};

    World() {
        const auto times = even_times(3600);
        std::vector<std::uint8_t> led;
        for (std::size_t i = 0; i < times.size(); ++i)
            led.push_back(
                static_cast<std::uint8_t>(i % 2 == 0 ? LedState::isosbestic : LedState::gcamp));
        reader.arrays["f#t"] = Array::vector(times);
        reader.arrays["f#l"] = Array{{led.size()}, std::move(led)};
    }

    Output run(const ComputedTable& table, bool has_refs = true) {
        session = {};
        trials = {};
        const auto ref = [&](const char* name) {
            return has_refs ? std::optional<std::string>(name) : std::nullopt;
        };
        session.texts("times_ref", {ref("f#t")})
            .texts("led_ref", {ref("f#l")})
            .texts("clock", {clock})
            .integers("n_skipped_frames", {n_skipped_frames})
            .integers("n_band_inversions", {n_band_inversions})
            .integers("n_early_samples", {n_early_samples});
        trials.numbers("stim_on_s", stim_on_s).numbers("feedback_s", feedback_s);
        Inputs inputs;
        inputs.key = "session_id=x";
        inputs.arrays = &reader;
        inputs.fetched.emplace("session", session.rows());
        inputs.fetched.emplace("trials", trials.rows());
        Output output;
        table.compute(inputs, output);
        return output;
    }

    std::string error_type() {
        try {
            (void)run(session_check_table());
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::data);
            return error.type();
        }
        return "none";
    }
};

TEST(RawQcTable, CountsTheFramesOfTheStore) {
    const auto output = World().run(raw_qc_table());
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_frames"), 3600);
    EXPECT_EQ(number(*output.master_row, "n_band_inversions"), 0);
    EXPECT_EQ(number(*output.master_row, "n_early_samples"), 0);
    EXPECT_EQ(number(*output.master_row, "n_gap_frames"), 0);
    EXPECT_EQ(number(*output.master_row, "n_band_inversions_reference"), 0);
}

TEST(RawQcTable, CountsMissingFramesByTimesAndCounter) {
    World world;
    auto times = world.reader.arrays["f#t"].numbers();
    for (std::size_t i = 1000; i < times.size(); ++i) times[i] += 600.0 / 60.0;  // 60 Hz
    world.reader.arrays["f#t"] = Array::vector(times);
    auto output = world.run(raw_qc_table());
    EXPECT_EQ(number(*output.master_row, "n_missing_frames"), 600);
    EXPECT_NEAR(number(*output.master_row, "longest_hole_s"), 601.0 / 60.0, 1e-6);
    EXPECT_TRUE(std::isnan(number(*output.master_row, "n_skipped_frames")));  // no counter
    world.n_skipped_frames = 599;
    output = world.run(raw_qc_table());
    EXPECT_EQ(number(*output.master_row, "n_skipped_frames"), 599);
    EXPECT_EQ(number(*World().run(raw_qc_table()).master_row, "n_missing_frames"), 0);
}

TEST(RawQcTable, HasNothingToComputeWithoutFramesInTurn) {
    EXPECT_TRUE(World().run(raw_qc_table(), false).settled_reason);
    World empty;
    empty.reader.arrays["f#t"] = Array::vector({});
    empty.reader.arrays["f#l"] = Array{{0}, std::vector<std::uint8_t>{}};
    EXPECT_TRUE(empty.run(raw_qc_table()).settled_reason);
}

TEST(RawQcTable, RefusesStatesOfAnotherKind) {
    World world;
    world.reader.arrays["f#l"] = Array::vector({1.0, 2.0});
    EXPECT_THROW((void)world.run(raw_qc_table()), Error);
}

TEST(SessionCheckTable, PassesTrialsWithinGoodFrames) {
    const auto output = World().run(session_check_table());
    ASSERT_TRUE(output.master_row);
    EXPECT_EQ(number(*output.master_row, "n_trials"), 2);
    EXPECT_EQ(number(*output.master_row, "first_sample_s"), 100.0);
    EXPECT_NEAR(number(*output.master_row, "last_sample_s"), 159.983, 0.001);
}

TEST(SessionCheckTable, FailsInTheOrderOfTheSpec) {
    World world;
    world.n_early_samples = 1;
    EXPECT_EQ(world.error_type(), "QCValidationError");
    world.stim_on_s[0] = 99.9;
    EXPECT_EQ(world.error_type(), "TrialsNotInPhotometryTime");  // before quality
    world.n_early_samples = 0;
    EXPECT_EQ(world.error_type(), "TrialsNotInPhotometryTime");
    world.stim_on_s = {nan, nan};
    EXPECT_EQ(world.error_type(), "TrialsNotInPhotometryTime");
    world.stim_on_s = {101.0, nan};
    EXPECT_EQ(world.error_type(), "none");
    world.n_band_inversions = 1;
    EXPECT_EQ(world.error_type(), "QCValidationError");
}

TEST(SessionCheckTable, HasNothingToComputeOnTheRigsClockOrWithoutABand) {
    World world;
    EXPECT_TRUE(world.run(session_check_table(), false).settled_reason);
    world.clock = "rig";
    world.n_early_samples = 9;
    EXPECT_TRUE(world.run(session_check_table()).settled_reason);
}

}  // namespace
}  // namespace tb::compute::photometry
