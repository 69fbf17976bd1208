#include "ingest/photometry/frames.hpp"

#include "ingest/formats/csv.hpp"
#include "ingest/formats/parquet.hpp"
#include "tests/ingest/formats/format_checks.hpp"
#include "tests/ingest/photometry/support.hpp"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>

namespace tb::photometry {
namespace {

using formats::real_data;

using formats::data_error_of;
using formats::parse_csv;
using ::testing::HasSubstr;

FrameTable raw(const std::string& csv, bool drop_first = true) {
    return read_raw_frames(parse_csv(csv, "frames.csv"), {.drop_first = drop_first});
}

TEST(Frames, EveryVersionIsKnownByItsColumns) {
    const auto one = raw("FrameCounter,Timestamp,Flags,Region0G\n0,1.0,16,9\n1,1.5,17,0.25\n");
    EXPECT_EQ(one.version, "version_1");
    EXPECT_EQ(one.led, std::vector{LedState::isosbestic});
    const auto two = raw("FrameCounter,Timestamp,LedState,G0\n0,1.0,7,9\n1,1.5,2,0.25\n");
    EXPECT_EQ(two.version, "version_2");
    EXPECT_EQ(two.led, std::vector{LedState::gcamp});
    const auto five =
        raw("FrameCounter,SystemTimestamp,LedState,ComputerTimestamp,G0\n0,1.0,7,99,9\n"
            "1,1.5,4,99.5,0.25\n");
    EXPECT_EQ(five.version, "version_5");
    EXPECT_EQ(five.led, std::vector{LedState::rcamp});
    EXPECT_EQ(five.times_s, std::vector{1.5});
    EXPECT_EQ(five.values, (std::vector<std::vector<double>>{{0.25}}));
    EXPECT_EQ(five.n_dropped, 1U);
}

TEST(Frames, AreTheSameFromParquet) {
    const std::string csv =
        "FrameCounter,Timestamp,LedState,G0,R1\n0,1.0,7,9,8\n1,1.5,2,0.25,0.5\n";
    const auto table = parse_csv(csv, "frames.csv");
    const auto bytes = formats::parquet_bytes(table);
    const auto again =
        read_raw_frames(formats::parse_parquet(std::as_bytes(std::span(bytes)), "x.pqt").table);
    EXPECT_EQ(again.version, "version_2");
    EXPECT_EQ(again.columns, (std::vector<std::string>{"G0", "R1"}));
    EXPECT_EQ(again.values, read_raw_frames(table).values);
}

TEST(Frames, RegionColumnsWinAndAreSortedByName) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(data_columns(parse_csv("Region2R,G0,Region1G\n1,2,3\n", "x")),
              (Names{"Region1G", "Region2R"}));
    EXPECT_EQ(data_columns(parse_csv("R1,G0,Flags\n1,2,3\n", "x")), (Names{"G0", "R1"}));
}

TEST(Frames, OtherTablesAreRefusedByType) {
    const std::string tables[] = {
        "a,b\n1,2\n",                                                    // no version
        "FrameCounter,Timestamp,Flags\n0,1.0,7\n1,2,1\n",                // no data
        "FrameCounter,Timestamp,LedState,G0\n0,1.0,7,x\n1,1.5,2,y\n",    // text for data
        "FrameCounter,Timestamp,LedState,G0\n0,1.0,7.5,1\n1,1.5,2,2\n",  // no whole state
        "FrameCounter,Timestamp,LedState,G0\n0,1.0,7,1\n1,nan,2,2\n",    // no time
        "FrameCounter,Timestamp,LedState,G0\n0,1.0,7,1\n1,inf,2,2\n",
        "FrameCounter,SystemTimestamp,LedState,G0\n0,1.0,7,1\n1,2,2,2\n",  // half of version 5
        "",
    };
    for (const auto& table : tables) {
        SCOPED_TRACE(table);
        testing::expect_value_error([&] { (void)raw(table); },
                                    &table == &tables[4] ? "row 2 has no time" : "");
    }
}

// The conditions and codes of spec/photometry.md, 4.2, worked by hand; the golden vectors hold all.
TEST(LedStates, CodesOfEachConditionAreDecoded) {
    EXPECT_EQ(decode_led_state(0).name, "None");
    EXPECT_EQ(decode_led_state(512).name, "None");
    EXPECT_EQ(decode_led_state(529).state, LedState::isosbestic);  // 528 + 1
    EXPECT_EQ(decode_led_state(564).state, LedState::rcamp);       // 560 + 4
    EXPECT_EQ(decode_led_state(7).name, "Isosbestic+GCaMP+RCaMP");
    EXPECT_EQ(decode_led_state(3).color, "Violet+Blue");
    EXPECT_TRUE(std::isnan(decode_led_state(3).wavelength_nm));
    EXPECT_EQ(decode_led_state(2).wavelength_nm, 470.0);
    EXPECT_EQ(decode_led_state(-1).state, LedState::gap);
    // 16 + 1 + 2: the reference's sum holds 16 twice, and so it knows no such state.
    EXPECT_EQ(decode_led_state(19, LedDecoding::reference).state, LedState::gap);
    EXPECT_EQ(decode_led_state(1'000'000, LedDecoding::reference).state, LedState::gap);
}

// The LED is in the three lowest bits; each digital line has a bit of its own above them.
TEST(LedStates, DigitalLinesThatAreHighTogetherChangeNoLed) {
    for (const int lines :
         {0, 8, 8 + 16, 16 + 32 + 64, 8 + 16 + 32 + 64 + 128 + 256 + 512, 1 << 20}) {
        SCOPED_TRACE(lines);
        EXPECT_EQ(decode_led_state(lines).state, LedState::none);
        EXPECT_EQ(decode_led_state(lines + 1).state, LedState::isosbestic);
        EXPECT_EQ(decode_led_state(lines + 2).state, LedState::gcamp);
        EXPECT_EQ(decode_led_state(lines + 3).state, LedState::isosbestic_gcamp);
        EXPECT_EQ(decode_led_state(lines + 4).state, LedState::rcamp);
        EXPECT_EQ(decode_led_state(lines + 5).state, LedState::isosbestic_rcamp);
        EXPECT_EQ(decode_led_state(lines + 6).state, LedState::gcamp_rcamp);
        EXPECT_EQ(decode_led_state(lines + 7).state, LedState::all);
    }
    // Where the reference knows a state, the bits say the same.
    for (int state = 0; state < 2048; ++state) {
        const auto known = decode_led_state(state, LedDecoding::reference).state;
        if (known != LedState::gap) {
            EXPECT_EQ(decode_led_state(state).state, known) << state;
        }
    }
}

TEST(LedStates, NamesAndColorsLeadBack) {
    for (int code = 0; code <= 7; ++code) {
        const auto state = static_cast<LedState>(code);
        EXPECT_EQ(led_of_color(describe(state).color), state);
    }
    EXPECT_EQ(led_of_color("Pink"), LedState::gap);
    EXPECT_EQ(led_of_color(""), LedState::gap);
}

TEST(Bands, HoldTheFramesOfOneLedInOrder) {
    const auto frames =
        raw("FrameCounter,Timestamp,LedState,G0,G1\n0,0.0,7,0,0\n1,0.1,1,1,10\n2,0.2,2,2,20\n"
            "3,0.3,1,3,30\n4,0.4,9999,4,40\n5,0.5,2,5,50\n6,0.6,0,6,60\n");
    const auto bands = split_bands(frames);
    ASSERT_EQ(bands.size(), 2U);
    EXPECT_EQ(bands[0].band, "GCaMP");
    EXPECT_EQ(bands[0].wavelength_nm, 470);
    EXPECT_EQ(bands[0].times_s, (std::vector{0.2, 0.5}));
    EXPECT_EQ(bands[0].signals, (std::vector<std::vector<double>>{{2, 5}, {20, 50}}));
    EXPECT_EQ(bands[1].band, "Isosbestic");
    EXPECT_EQ(bands[1].times_s, (std::vector{0.1, 0.3}));
}

TEST(ExtractedFrames, TakeTheColumnsThatAreNamedAndDropTheFirstRow) {
    const auto table = parse_csv(
        "times,G0,G1,wavelength,name,color,valid\n0,9,9,,,,True\n0.1,1,10,415,Isosbestic,Violet,"
        "True\n"
        "0.2,2,20,470,GCaMP,Blue,False\n",
        "signal.csv");
    const auto frames = read_extracted_frames(table, {"G1"});
    EXPECT_EQ(frames.columns, std::vector<std::string>{"G1"});
    EXPECT_EQ(frames.times_s, (std::vector{0.1, 0.2}));
    EXPECT_EQ(frames.led, (std::vector{LedState::isosbestic, LedState::gcamp}));
    EXPECT_EQ(read_extracted_frames(table, {}, false).times_s.size(), 3U);
    EXPECT_EQ(read_extracted_frames(table, {}, false).led[0], LedState::gap);
}

TEST(ExtractedFrames, KnowTheirLightByNameOrWavelengthWhereThereIsNoColor) {
    const auto named = parse_csv("times,G0,name\n0,1,x\n1,1,GCaMP\n2,1,None\n", "signal.csv");
    EXPECT_EQ(read_extracted_frames(named).led, (std::vector{LedState::gcamp, LedState::none}));
    const auto measured = parse_csv("times,G0,wavelength\n0,1,0\n1,1,560\n2,1,400\n", "signal.csv");
    EXPECT_EQ(read_extracted_frames(measured).led, (std::vector{LedState::rcamp, LedState::gap}));
}

TEST(ExtractedFrames, MissingColumnsAndTimesAreRefused) {
    const auto error_of = [](const std::string& csv, std::vector<std::string> columns = {}) {
        return data_error_of(
            [&] { (void)read_extracted_frames(parse_csv(csv, "signal.csv"), columns); });
    };
    EXPECT_THAT(error_of("G0,color\n1,Blue\n"), HasSubstr("no column times"));
    EXPECT_THAT(error_of("times,G0\n1,1\n"), HasSubstr("no column wavelength"));
    EXPECT_THAT(error_of("times,G0,color\n1,1,Blue\n", {"G7"}), HasSubstr("no column G7"));
    EXPECT_THAT(error_of("times,G0,color\n1,1,Blue\n,1,Blue\n"), HasSubstr("row 2 has no time"));
    EXPECT_THAT(error_of("times,G0,color\n1,1,2\n"), HasSubstr("does not hold text"));
}

// SOURCES.md of the data folder.
TEST(RealFrames, CountsAreThosePublished) {
    TB_NEED_REAL_DATA(data);
    const auto one =
        read_raw_frames(formats::read_parquet(data / "ibl_photometry/neurophotometrics/version_1/"
                                                     "_neurophotometrics_fpData.raw.pqt")
                            .table);
    EXPECT_EQ(one.version, "version_1");
    EXPECT_EQ(one.times_s.size() + one.n_dropped, 86'936U);
    EXPECT_EQ(one.columns.size(), 7U);
    const auto five = read_raw_frames(formats::read_csv(data / "ibl_photometry/raw_photometry.csv"),
                                      {.drop_first = false});
    EXPECT_EQ(five.version, "version_5");
    EXPECT_EQ(std::ranges::count(five.led, LedState::isosbestic), 1006);
    EXPECT_EQ(std::ranges::count(five.led, LedState::gcamp), 1006);
    EXPECT_EQ(std::ranges::count(five.led, LedState::all), 1);
    EXPECT_EQ(five.times_s.size(), 2013U);
}

}  // namespace
}  // namespace tb::photometry
