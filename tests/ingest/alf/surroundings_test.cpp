// The air at the rig and what was played to a passive animal, from their files.
#include "ingest/alf/member.hpp"
#include "ingest/alf/session_reader.hpp"
#include "tests/ingest/alf/support.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::alf {
namespace {

using testing::Entries;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A session of four trials with these files besides.
ChoiceSession read(const Entries& more) {
    SessionSource source;
    source.lab = "lab1";
    source.subject = "m";
    source.date = "2020-01-02";
    source.number = "1";
    source.origin = "test";
    auto entries = testing::session_files(4);
    entries.insert(entries.end(), more.begin(), more.end());
    for (const auto& [name, content] : entries) {
        SessionMember member;
        member.path = name;
        const auto bytes = std::as_bytes(std::span(content));
        member.bytes.assign(bytes.begin(), bytes.end());
        member.size_bytes = bytes.size();
        member.is_in_memory = true;
        source.members.push_back(std::move(member));
    }
    return read_session(source);
}

std::string issues_of(const ChoiceSession& session, std::string_view dataset) {
    std::string all;
    for (const auto& issue : session.issues)
        if (issue.dataset == dataset) all += issue.type + ": " + issue.message + "\n";
    return all;
}

std::string air(std::size_t lines) {
    std::string text;
    for (std::size_t i = 0; i < lines; ++i)
        text += R"({"Temperature_C": [)" + std::to_string(20 + i) +
                R"(], "AirPressure_mb": 1000.5, "RelativeHumidity": [NaN]})" + "\n";
    return text;
}

constexpr const char* air_file = "raw_behavior_data/_iblrig_ambientSensorData.raw.jsonable";

TEST(Ambient, LinesAreTrials) {
    const auto session = read({{air_file, air(4)}});
    EXPECT_THAT(session.ambient.temperature_c, ElementsAre(20, 21, 22, 23));
    EXPECT_THAT(session.ambient.air_pressure_mb, ElementsAre(1000.5, 1000.5, 1000.5, 1000.5));
    EXPECT_TRUE(std::isnan(session.ambient.relative_humidity_percent.at(0)));
    EXPECT_EQ(issues_of(session, "ambientSensorData.raw"), "");
}

TEST(Ambient, OtherNumbersOfLinesAreLeftOutAndTold) {
    const auto session = read({{air_file, air(5)}});
    EXPECT_THAT(session.ambient.temperature_c, IsEmpty());
    EXPECT_THAT(issues_of(session, "ambientSensorData.raw"),
                HasSubstr("LengthMismatch: 5 readings of the air for 4 trials"));
    const auto torn = read({{air_file, air(4) + "{\"Temp"}});
    EXPECT_THAT(torn.ambient.temperature_c, IsEmpty());
    EXPECT_THAT(issues_of(torn, "ambientSensorData.raw"), HasSubstr("UnreadableDataset"));
    EXPECT_THAT(issues_of(read({{air_file, "7\n7\n7\n7\n"}}), "ambientSensorData.raw"),
                HasSubstr("line 1: no object of readings"));
}

TEST(Passive, PeriodsGratingsAndSounds) {
    const auto session =
        read({{"alf/_ibl_passivePeriods.intervalsTable.csv",
               ",spontaneousActivity,RFM,taskReplay\nstart,100.5,400,\nstop,390,700,1000\n"},
              {"alf/_ibl_passiveGabor.table.csv",
               ",start,stop,position,contrast,phase\n0,701,701.3,-35,0.25,1.5\n"
               "1,702,701,35,1,0\n"},
              {"alf/_ibl_passiveStims.table.csv",
               "valveOn,valveOff,toneOn,toneOff,noiseOn,noiseOff\n703,703.1,704,704.1,705,705.5\n"
               ",,706,706.1,,\n"}});
    const auto& passive = session.passive;
    ASSERT_EQ(passive.periods.size(), 2U);
    EXPECT_EQ(passive.periods[0].kind, "spontaneousActivity");
    EXPECT_EQ(passive.periods[0].start_s, 100.5);
    EXPECT_EQ(passive.periods[1].kind, "RFM");
    EXPECT_EQ(passive.periods[1].stop_s, 700);
    EXPECT_THAT(issues_of(session, "passivePeriods.intervalsTable"), HasSubstr("1 periods left"));
    EXPECT_THAT(issues_of(session, "passiveGabor.table"), HasSubstr("1 gratings left out"));
    std::string kinds;
    for (const auto& stimulus : passive.stimuli) kinds += stimulus.kind + " ";
    EXPECT_THAT(kinds, ::testing::AllOf(HasSubstr("gabor"), HasSubstr("valve tone tone noise")));
    for (const auto& stimulus : passive.stimuli) {
        if (stimulus.kind == "gabor") {
            EXPECT_EQ(stimulus.position_deg, -35);
            EXPECT_EQ(stimulus.contrast, 0.25);
            EXPECT_EQ(stimulus.phase_rad, 1.5);
        } else {
            EXPECT_TRUE(std::isnan(stimulus.contrast));
        }
    }
    EXPECT_EQ(issues_of(session, "passiveStims.table"), "");
}

TEST(Passive, AFileThatIsNoneCostsItself) {
    const auto session =
        read({{"alf/_ibl_passivePeriods.intervalsTable.csv", "a,b\n1,2\n"},
              {"alf/_ibl_passiveGabor.table.csv", "start,stop\n1,2\n"},
              {"alf/_ibl_passiveRFM.times.npy", "nothing"},
              {"alf/_ibl_passiveStims.table.csv", "toneOn,toneOff\n1,2\n"}});
    EXPECT_THAT(issues_of(session, "passivePeriods.intervalsTable"),
                HasSubstr("the first column has no names"));
    EXPECT_THAT(issues_of(session, "passiveGabor.table"), HasSubstr("no column position"));
    ASSERT_EQ(session.passive.stimuli.size(), 1U);
    EXPECT_EQ(session.passive.stimuli[0].kind, "tone");
    EXPECT_THAT(session.passive.frame_s, IsEmpty());
    EXPECT_EQ(session.trials.count, 4U);
}

}  // namespace
}  // namespace tb::alf
