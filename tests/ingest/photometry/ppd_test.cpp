#include "ingest/photometry/ppd.hpp"

#include "tests/ingest/formats/format_checks.hpp"
#include "tests/ingest/photometry/support.hpp"

#include <algorithm>
#include <cstdint>

#include <gmock/gmock.h>

namespace tb::photometry {
namespace {

using formats::real_data;

using formats::data_error_of;
using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string file_of(const std::string& header, const std::vector<std::uint16_t>& words) {
    std::string bytes;
    const auto add = [&](std::size_t value) {
        bytes += static_cast<char>(value & 0xFF);
        bytes += static_cast<char>(value >> 8);
    };
    add(header.size());
    bytes += header;
    for (const auto word : words) add(word);
    return bytes;
}

std::string header(const std::string& mode, const std::string& version,
                   const std::string& more = {}) {
    return R"({"subject_ID": "m1", "date_time": "2020-01-02T03:04:05", "mode": ")" + mode +
           R"(", "sampling_rate": 100, "volts_per_division": [0.5, 2], "version": )" + version +
           more + "}";
}

PpdRecording parse(const std::string& bytes) {
    return parse_ppd(std::as_bytes(std::span(bytes)), "x.ppd");
}

/// A word of an analog value and a digital bit.
std::uint16_t word(int analog, int digital) {
    return static_cast<std::uint16_t>(analog * 2 + digital);
}

TEST(Ppd, SignalsTakeTurnsAndTheLowestBitIsDigital) {
    const auto made = parse(file_of(header("2 colour time div.", "0.2"),
                                    {word(10, 1), word(3, 0), word(11, 0), word(4, 1), 7}));
    EXPECT_EQ(made.subject, "m1");
    EXPECT_EQ(made.version, "0.2");
    EXPECT_EQ(made.sampling_rate_hz, 100.0);
    EXPECT_THAT(made.bands, ElementsAre("GCaMP", "RCaMP"));
    EXPECT_THAT(made.analog_v[0], ElementsAre(5.0, 5.5));
    EXPECT_THAT(made.analog_v[1], ElementsAre(6.0, 8.0));  // the odd last word is left out
    EXPECT_EQ(made.digital[0], (std::vector{true, false}));
    EXPECT_EQ(made.digital[1], (std::vector{false, true}));
}

TEST(Ppd, OneColourAndOneEmissionAreIsosbestic) {
    for (const char* mode : {"1 colour time div.", "2EX_1EM_pulsed", "GCaMP/iso"})
        EXPECT_THAT(parse(file_of(header(mode, "\"1.0\""), {})).bands,
                    ElementsAre("GCaMP", "Isosbestic"));
}

TEST(Ppd, ThreeExcitationsGiveThreeSignalsAndOneDigitalInput) {
    const auto made = parse(file_of(
        header("3EX_2EM_pulsed", "\"1.0\"", R"(, "n_analog_signals": 3, "n_digital_signals": 1)"),
        {word(1, 1), word(2, 0), word(3, 0)}));
    EXPECT_THAT(made.bands, ElementsAre("GCaMP", "RCaMP", "Isosbestic"));
    EXPECT_THAT(made.analog_v[1], ElementsAre(4.0));
    EXPECT_THAT(made.analog_v[2], ElementsAre(1.5));  // of the first detector, as signal 1
    EXPECT_EQ(made.digital.size(), 1U);
}

TEST(Ppd, FromVersion1_1PulsedSignalsAreLightOnLessLightOff) {
    const std::string counts = R"(, "n_analog_signals": 2, "n_digital_signals": 2)";
    const std::vector<std::uint16_t> words{word(10, 1), word(4, 0), word(7, 0), word(9, 0)};
    for (const char* version : {"\"1.1\"", "\"1.1.2\"", "\"2.0\"", "1.2"}) {
        const auto made = parse(file_of(header("2EX_2EM_pulsed", version, counts), words));
        EXPECT_THAT(made.analog_v[0], ElementsAre(3.0));
        EXPECT_THAT(made.analog_v[1], ElementsAre(-4.0));
        EXPECT_EQ(made.digital[0], std::vector{true});
    }
    EXPECT_EQ(
        parse(file_of(header("2EX_2EM_pulsed", "\"1.0.9\"", counts), words)).analog_v[0].size(),
        2U);
    EXPECT_EQ(
        parse(file_of(header("2EX_2EM_continuous", "\"1.1\"", counts), words)).analog_v[0].size(),
        2U);
}

TEST(Ppd, TheHeaderFromBeforeJsonIsRead) {
    std::string old = "mouse7      2018-02-03T04:05:06";
    old += '\x02';                      // mode GCaMP/iso
    old += std::string("\x82\x00", 2);  // 130 Hz
    old += std::string("\x00\xCA\x9A\x3B", 4) + std::string("\x00\xCA\x9A\x3B", 4);  // 1e9: 1 V
    ASSERT_EQ(old.size(), 42U);
    const auto made = parse(file_of(old, {word(3, 0), word(4, 1)}));
    EXPECT_EQ(made.subject, "mouse7");
    EXPECT_EQ(made.date_time, "2018-02-03T04:05:06");
    EXPECT_EQ(made.sampling_rate_hz, 130.0);
    EXPECT_THAT(made.bands, ElementsAre("GCaMP", "Isosbestic"));
    EXPECT_THAT(made.analog_v[1], ElementsAre(DoubleEq(4.0)));
}

TEST(Ppd, BadHeadersAreRefusedByType) {
    const std::string good = header("2 colour time div.", "0.2");
    const std::string bad[] = {
        "",
        "x",
        std::string("\xFF\xFF{}", 4),
        file_of("[]", {}),
        file_of("{", {}),
        file_of("{}", {}),
        file_of(header("4 colour time div.", "0.3"), {}),  // a fork, whose signals hold two colours
        file_of(header("2EX_2EM_pulsed", "1.0", R"(, "n_analog_signals": 3)"), {}),
        file_of(header("2EX_2EM_pulsed", "1.0", R"(, "n_digital_signals": -2)"), {}),
        file_of(R"({"mode": "GCaMP/RFP", "sampling_rate": 0, "volts_per_division": [1]})", {}),
        file_of(R"({"mode": "GCaMP/RFP", "sampling_rate": "130", "volts_per_division": [1]})", {}),
        file_of(R"({"mode": "GCaMP/RFP", "sampling_rate": 1e99, "volts_per_division": [1]})", {}),
        file_of(R"({"mode": "GCaMP/RFP", "sampling_rate": 130})", {}),
        file_of(R"({"mode": "GCaMP/RFP", "sampling_rate": 130, "volts_per_division": []})", {}),
        file_of(R"({"mode": "GCaMP/RFP", "sampling_rate": 130, "volts_per_division": ["1"]})", {}),
        file_of(std::string(42, '\xFE'), {}),  // neither JSON nor a mode of the fixed header
    };
    for (const auto& bytes : bad) {
        SCOPED_TRACE(bytes);
        testing::expect_value_error([&] { (void)parse(bytes); }, "x.ppd: ");
    }
    EXPECT_NO_THROW((void)parse(file_of(good, {})));
}

TEST(Ppd, AnyDamageIsReadOrRefused) {
    formats::torture(file_of(header("2 colour time div.", "0.2"), {1, 2, 3, 4}), false, 2000,
                     [](std::span<const std::byte> bytes) { (void)parse_ppd(bytes, "x.ppd"); });
}

TEST(Ppd, ASessionHasOneFibreAndEventsOfBothInputs) {
    const auto session = session_of(
        parse(file_of(header("1 colour time div.", "0.2"),
                      {word(1, 1), word(2, 0), word(3, 1), word(4, 1), word(5, 0), word(6, 1)})));
    EXPECT_EQ(session.rig, "pyphotometry");
    EXPECT_FALSE(session.is_on_session_clock);
    ASSERT_EQ(session.recordings.size(), 1U);
    ASSERT_EQ(session.bands.size(), 2U);
    EXPECT_EQ(session.bands[1].band, "Isosbestic");
    EXPECT_THAT(session.bands[1].times_s, ElementsAre(0.0, 0.01, 0.02));
    ASSERT_EQ(session.digital_events.size(), 3U);  // input 1 high at once, input 2 later, 1 low
    EXPECT_EQ(session.digital_events[0].channel, 1);
    EXPECT_TRUE(session.digital_events[0].is_rising);
    EXPECT_EQ(session.digital_events[1].channel, 2);
    EXPECT_EQ(session.digital_events[1].time_s, 0.01);
    EXPECT_FALSE(session.digital_events[2].is_rising);
}

// SOURCES.md of the data folder.
TEST(Ppd, TheRealRecordingIsAsPublished) {
    TB_NEED_REAL_DATA(data);
    const auto made = parse_ppd(
        formats::read_file(data / "pyphotometry_ppd/m17-R-2018-12-12-090409.ppd"), "m17-R");
    EXPECT_EQ(made.subject, "m17-R");
    EXPECT_EQ(made.sampling_rate_hz, 130.0);
    ASSERT_EQ(made.analog_v.size(), 2U);
    EXPECT_EQ(made.analog_v[0].size(), 474'192U);
    EXPECT_EQ(made.analog_v[1].size(), 474'192U);
    EXPECT_NEAR(474'192.0 / made.sampling_rate_hz, 3647.63, 0.005);
    const auto high = [](const std::vector<bool>& input) {
        return std::count(input.begin(), input.end(), true);
    };
    EXPECT_EQ(high(made.digital[0]), 8252);
    EXPECT_EQ(high(made.digital[1]), 4679);
}

}  // namespace
}  // namespace tb::photometry
