#include "ingest/rig/encoder_files.hpp"
#include "ingest/rig/wheel_extraction.hpp"
#include "tests/ingest/rig/support.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <numbers>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::rig {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double count_rad = 2.0 * std::numbers::pi / 1024.0;

/// Positions far enough apart that they are microseconds.
EncoderPositions positions(const std::string& text) {
    return parse_encoder_positions(text, "p");
}

TEST(EncoderFiles, ReadsBothForms) {
    const auto now = positions("1000000 0 \n21000001 -3\r\n\n31000000 4");
    EXPECT_THAT(now.time_us, ElementsAre(1e6, 21000001.0, 31e6));
    EXPECT_THAT(now.count, ElementsAre(0.0, -3.0, 4.0));
    EXPECT_TRUE(now.remarks.none());
    const auto before = positions(
        "Position 4000000 2 2019-02-07T16:49:20.5192064+00:00 \n"
        "Position 5000000 3 2019-02-07T16:49:21.5192064+00:00\n");
    EXPECT_THAT(before.time_us, ElementsAre(4e6, 5e6));
    EXPECT_TRUE(before.remarks.none());
    EXPECT_THAT(parse_encoder_events("100 2 \n200 3 \n300 1 \n400 3", "e").closed_loop_us,
                ElementsAre(200.0, 400.0));
    EXPECT_THAT(
        parse_encoder_events("Event 100 StateMachine 2 2019-02-07T16:49:20.5192064+00:00 \n"
                             "Event 200 StateMachine 3 2019-02-07T16:49:21.5192064+00:00 \n",
                             "e")
            .closed_loop_us,
        ElementsAre(200.0));
}

TEST(EncoderFiles, BadLinesAndRepeatedOnesCostThemselves) {
    const auto found =
        positions("1000000 0\n1000000 0\nnan 3\nhello\n2 3 4\n-5 1\n1e400 2\n30000000 5\n3000");
    EXPECT_THAT(found.time_us, ElementsAre(1e6, 3e7));
    EXPECT_EQ(found.remarks.bad_lines, 6U);
    // A time text of another length: the line was torn.
    const auto old = positions(
        "Position 1 2 2019-02-07T16:49:20.5192064+00:00 \n"
        "Position 4000000 2 2019-02-07T16:49:20.519+00:00 \n"
        "Position 5000000 3 2019-02-07T16:49:21.5192064+00:00\nPosition \n");
    EXPECT_EQ(old.remarks.bad_lines, 2U);
}

TEST(EncoderFiles, TimesThatStepBackAreCleaned) {
    // A first line of the recording before.
    const auto front = positions("1708862576 -80\n4192349 -53\n24196191 -52\n");
    EXPECT_THAT(front.time_us, ElementsAre(4192349.0, 24196191.0));
    EXPECT_EQ(front.remarks.dropped_front, 1U);
    const auto second = positions("1708862576 -80\n1708862577 -79\n4192349 -53\n24196191 -52\n");
    EXPECT_THAT(second.time_us, ElementsAre(4192349.0, 24196191.0));
    // The 32 bits of the clock are full.
    const auto full = positions("4290000000 1\n4294967290 2\n10 3\n20000000 4\n");
    EXPECT_THAT(full.time_us, ElementsAre(4290000000.0, 4294967290.0, 4294967306.0, 4314967296.0));
    EXPECT_EQ(full.remarks.rollovers, 1U);
    // Swapped around that moment.
    const auto both = positions("4290000000 1\n4290000001 1\n10 3\n4294967290 2\n20000000 4\n");
    EXPECT_THAT(both.count, ElementsAre(1.0, 1.0, 2.0, 3.0, 4.0));
    // Two that are swapped, and one that is far from its place.
    const auto swapped = positions("1000000 1\n2000000 2\n4000000 4\n3000000 3\n90000000 5\n5 0\n");
    EXPECT_THAT(swapped.count, ElementsAre(0.0, 1.0, 2.0, 3.0, 4.0, 5.0));
    EXPECT_EQ(swapped.remarks.out_of_order, 2U);
}

TEST(EncoderFiles, MillisecondsAreTold) {
    EXPECT_THAT(positions("1000 1\n5000 2\n").time_us, ElementsAre(1e6, 5e6));
    EXPECT_TRUE(positions("1000 1\n5000 2\n").remarks.was_milliseconds);
    EXPECT_THAT(positions("Position 5184 0 2018-10-02T12:35:49.5604352+01:00 \n"
                          "Position 6184 0 2018-10-02T12:35:50.5604352+01:00 \n")
                    .time_us,
                ElementsAre(5184e3, 6184e3));
}

TEST(EncoderFiles, NothingUsableIsAnError) {
    for (const char* text : {"", "\n\n", "hello\n", "Position x y z\n", "1\n"}) {
        try {
            (void)positions(text);
            FAIL() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "MissingRawData");
        }
    }
    EXPECT_THAT(parse_encoder_events("100 1\n", "e").closed_loop_us, IsEmpty());
}

/// Beginnings of closed loops, 3 to 7 s apart, never twice as far.
std::vector<double> closed_loops(std::size_t n) {
    std::vector<double> times{1.0};
    for (double i = 1.0; times.size() < n; ++i)
        times.push_back(times.back() + 5.0 + 2.0 * std::sin(3.0 * i));
    return times;
}

std::vector<double> on_encoder(const std::vector<double>& session, double offset_s, double ppm) {
    std::vector<double> us;
    for (const double time : session) us.push_back((time * (1.0 + ppm * 1e-6) + offset_s) * 1e6);
    us.push_back(us.back() + 5e6);  // the last is left out
    return us;
}

TEST(EncoderClock, IsAlignedFromTheFrontFromTheBackAndAroundGaps) {
    const auto session = closed_loops(40);
    const auto encoder = on_encoder(session, 100.0, 50.0);
    const auto expect_aligned = [&](const ClockMap& map) {
        for (const double time : session)
            EXPECT_NEAR(map(time * (1.0 + 50e-6) + 100.0), time, 1e-3);
    };
    expect_aligned(clock_map(encoder, session));
    // The encoder saw three trials more at the start; fewer; and none in the middle.
    const std::vector<double> later(session.begin() + 3, session.end());
    expect_aligned(clock_map(encoder, later));
    auto fewer = encoder;
    fewer.erase(fewer.begin(), fewer.begin() + 2);
    expect_aligned(clock_map(fewer, session));
    auto gap = encoder;
    gap.erase(gap.begin() + 17);
    gap.erase(gap.begin() + 25, gap.begin() + 28);
    expect_aligned(clock_map(gap, session));
    // One event that is late does not pull the others.
    auto late = on_encoder(closed_loops(300), 100.0, 0.0);
    late[20] += 0.3e6;
    const auto map = clock_map(late, closed_loops(300));
    EXPECT_EQ(map.encoder_s.size(), 299U);
    EXPECT_NEAR(map(101.0), 1.0, 1e-6);
}

TEST(EncoderClock, MillisecondsAreToldByTheIntervals) {
    const auto session = closed_loops(10);
    auto encoder = on_encoder(session, 100.0, 0.0);
    for (double& time : encoder) time /= 1000.0;
    EXPECT_NEAR(clock_map(encoder, session)(103.0), 3.0, 1e-6);
}

TEST(EncoderClock, SaysWhyItCannotBeAligned) {
    const auto message = [](const std::vector<double>& encoder,
                            const std::vector<double>& session) -> std::string {
        try {
            (void)clock_map(encoder, session);
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "WheelNotAligned");
            return error.what();
        }
        return "nothing was thrown";
    };
    const auto session = closed_loops(30);
    EXPECT_THAT(message({}, session), HasSubstr("noted 0 beginnings"));
    EXPECT_THAT(message({1e6, 2e6}, session), HasSubstr("at least 3"));
    EXPECT_THAT(message(on_encoder(session, 0.0, 0.0), {NAN, 1.0}), HasSubstr("the trials have 1"));
    // Every interval a little longer than the last: no straight line.
    auto bent = session;
    for (std::size_t i = 0; i < bent.size(); ++i)
        bent[i] += 0.0004 * static_cast<double>(i * i) * (i < 15 ? 0.3 : 0.1);
    EXPECT_THAT(message(on_encoder(bent, 0.0, 0.0), session), HasSubstr("from a straight line"));
    // Nothing in common.
    std::vector<double> other;
    for (int i = 0; i < 30; ++i) other.push_back(1e6 * 11.3 * std::pow(1.3, i));
    EXPECT_THAT(message(other, session), HasSubstr("cannot be aligned"));
    EXPECT_THAT(message({5.0, 5.0, 5.0, 5.0}, {1.0, 1.0, 1.0}), HasSubstr("cannot be aligned"));
}

TEST(WheelExtraction, AddsUpOverResetsOnTheSessionsClock) {
    constexpr std::size_t n = 8;
    const auto trials = parse_task_data(testing::task_data(n), "x");
    const auto wheel =
        extract_wheel(positions(testing::encoder_positions(n, 250.0)),
                      parse_encoder_events(testing::encoder_events(n, 250.0), "e"), trials);
    ASSERT_EQ(wheel.position.size(), n * 62);
    EXPECT_FALSE(wheel.has_guessed_resets);
    EXPECT_NEAR(wheel.time_s.front(), 0.0002, 1e-5);
    // Clockwise counts up, radians down.
    EXPECT_NEAR(wheel.position.back() - wheel.position.front(), -60.0 * n * count_rad, 1e-9);
    for (std::size_t i = 1; i < wheel.position.size(); ++i)
        EXPECT_LE(std::abs(wheel.position[i] - wheel.position[i - 1]), 1.001 * count_rad);
    std::vector<double> go_cue, feedback;
    for (const auto& trial : trials) {
        go_cue.push_back(trial.first_of("BNC2High") + trial.offset_s());
        feedback.push_back(trial.begin_of("reward") + trial.offset_s());
    }
    const auto moves = extract_movements(wheel, go_cue, feedback, std::vector<double>{0.2});
    EXPECT_EQ(moves.onset_s.size(), n);
    for (std::size_t i = 0; i < n; ++i)
        EXPECT_NEAR(moves.first_movement_s[i] - trials[i].offset_s(), 1.5, 0.02);
}

TEST(WheelExtraction, AShortSessionIsNotTakenForMilliseconds) {
    const auto trials = parse_task_data(testing::task_data(3), "x");
    const auto found = positions(testing::encoder_positions(3, 250.0));
    EXPECT_TRUE(found.remarks.was_milliseconds);  // it spans 12 s
    const auto wheel =
        extract_wheel(found, parse_encoder_events(testing::encoder_events(3, 250.0), "e"), trials);
    EXPECT_TRUE(wheel.is_short_in_microseconds);
    EXPECT_NEAR(wheel.time_s.back(), 12.0, 0.1);
}

TEST(WheelExtraction, UnwrapsTurnsOfMoreThanHalf) {
    const auto trials = parse_task_data(testing::task_data(4), "x");
    std::string text = "250000200 0\n";
    for (int step = 1; step <= 1500; ++step) {
        // The encoder's counts run from -512 to 511.
        const int count = (step + 512) % 1024 - 512;
        text += std::to_string(250100000 + step * 500) + " " + std::to_string(count) + "\n";
    }
    text += "290000000 444\n";
    const auto wheel = extract_wheel(
        positions(text), parse_encoder_events(testing::encoder_events(4, 250.0), "e"), trials);
    EXPECT_NEAR(wheel.position[1500] - wheel.position[0], -1500.0 * count_rad, 1e-9);
}

TEST(WheelExtraction, SamplesOfOneTimeAreAveraged) {
    const auto trials = parse_task_data(testing::task_data(4), "x");
    const auto wheel =
        extract_wheel(positions("250000200 0\n251200000 1\n251200000 3\n299000000 4\n"),
                      parse_encoder_events(testing::encoder_events(4, 250.0), "e"), trials);
    ASSERT_EQ(wheel.position.size(), 3U);
    EXPECT_NEAR(wheel.position[1] - wheel.position[0], -2.0 * count_rad, 1e-9);
}

TEST(WheelExtraction, AShortWheelHoldsNoMovement) {
    const std::vector<double> one{1.0};
    EXPECT_THROW((void)extract_movements({{0.0, 0.1}, {0.0, 0.1}, false, false}, one, one, one),
                 Error);
    EXPECT_TRUE(std::isnan(
        extract_movements({{0.0}, {0.0}, false, false}, one, one, one).first_movement_s[0]));
}

}  // namespace
}  // namespace tb::rig
