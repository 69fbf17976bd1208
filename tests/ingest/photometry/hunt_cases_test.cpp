// Recordings as rigs leave them: cases of shared/cases/hunt_ingest, with the values of its README.
#include "ingest/photometry/session_photometry.hpp"
#include "tests/ingest/formats/format_checks.hpp"
#include "tests/ingest/photometry/support.hpp"

#include <algorithm>
#include <map>

#include <gmock/gmock.h>

namespace tb::photometry {
namespace {

using ::testing::HasSubstr;

class HuntedRecording : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto data = formats::real_data();
        if (!data) GTEST_SKIP() << "no shared folder: set TRIALBASE_SHARED";
        cases_ = data->parent_path() / "cases/hunt_ingest";
        if (!std::filesystem::is_directory(cases_)) GTEST_SKIP() << "no cases/hunt_ingest";
    }
    /// The frames of a case, read as a single recording.
    PhotometryReading read(const std::string& folder, double unit_s = 1.0,
                           const char* name = "frames.csv") {
        bytes_ = formats::read_file(cases_ / folder / name);
        const std::vector<PhotometryFile> files{{Role::raw_frames, name, bytes_}};
        return read_session_photometry(files, nullptr, unit_s);
    }
    static std::map<std::string, std::size_t> samples(const PhotometryReading& reading) {
        std::map<std::string, std::size_t> counts;
        for (const auto& band : reading.session->bands) counts[band.band] = band.times_s.size();
        return counts;
    }
    static std::string note(const PhotometryReading& reading, const char* type) {
        const auto found = std::ranges::find(reading.notes, type, &PhotometryNote::type);
        return found == reading.notes.end() ? "" : found->message;
    }

    std::filesystem::path cases_;
    formats::ByteBuffer bytes_;
};

using Counts = std::map<std::string, std::size_t>;

TEST_F(HuntedRecording, TwoDigitalLinesHighTogether) {
    const auto reading = read("c18_led_state_two_lines_high");
    EXPECT_EQ(samples(reading), (Counts{{"GCaMP", 299}, {"Isosbestic", 300}}));
    EXPECT_EQ(note(reading, "FramesWithoutBand"), "");
}

TEST_F(HuntedRecording, TwoLedsTogetherAreToldApartByTheColumnsColour) {
    const auto reading = read("c19_two_leds_together");
    EXPECT_EQ(samples(reading), (Counts{{"GCaMP", 299}, {"Isosbestic", 300}, {"RCaMP", 299}}));
    for (const auto& band : reading.session->bands) {
        SCOPED_TRACE(band.band);  // columns G0 and R1
        EXPECT_EQ(band.signals[0].size(), band.band == "RCaMP" ? 0U : band.times_s.size());
        EXPECT_EQ(band.signals[1].size(), band.band == "GCaMP" ? 0U : band.times_s.size());
    }
    // The first frame of state 6: 0.020936 in G0, 0.020948 in R1.
    EXPECT_DOUBLE_EQ(reading.session->bands[0].signals[0][0], 0.020936);
    EXPECT_DOUBLE_EQ(reading.session->bands[2].signals[1][0], 0.020948);
}

TEST_F(HuntedRecording, TimesInMillisecondsAreRefusedAndReadWithTheirUnit) {
    testing::expect_value_error([&] { (void)read("c21_times_in_milliseconds"); },
                                "frames.csv: 0.06 frames a second");
    const auto reading = read("c21_times_in_milliseconds", 1e-3);
    const auto& times = reading.session->frame_times_s;
    EXPECT_DOUBLE_EQ(times.front(), 1000.016667);
    EXPECT_DOUBLE_EQ(times.back(), 1009.983333);
    EXPECT_EQ(samples(reading), (Counts{{"GCaMP", 299}, {"Isosbestic", 300}}));
    testing::expect_value_error([&] { (void)read("c18_led_state_two_lines_high", 1e-6); },
                                "frames a second");
}

TEST_F(HuntedRecording, AnUnfinishedLastRowIsLeftOut) {
    const auto reading = read("c22_last_row_cut");
    EXPECT_EQ(reading.session->n_frames, 599U);
    EXPECT_THAT(note(reading, "CutRow"), HasSubstr("line 601"));
    EXPECT_THAT(note(reading, "CutRow"), HasSubstr("4 of 5 fields"));
}

TEST_F(HuntedRecording, SemicolonsAndDecimalCommas) {
    const auto reading = read("c23_semicolon_and_comma");
    EXPECT_EQ(reading.session->n_frames, 600U);
    EXPECT_DOUBLE_EQ(reading.session->frame_times_s.front(), 1000.016667);
    EXPECT_EQ(samples(reading), (Counts{{"GCaMP", 299}, {"Isosbestic", 300}}));
}

TEST_F(HuntedRecording, ColumnsThatAreNoFibresAreNamed) {
    const auto reading = read("c26_event_column_taken_for_fibre");
    ASSERT_EQ(reading.session->recordings.size(), 2U);
    EXPECT_EQ(reading.session->recordings[0].column, "G0");
    EXPECT_EQ(reading.session->recordings[1].column, "R1");
    EXPECT_THAT(note(reading, "UnusedColumn"), HasSubstr("Reward"));
}

TEST_F(HuntedRecording, AHeaderAloneIsNoRecording) {
    try {
        (void)read("c27_no_frames");
        FAIL() << "was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "MissingRawData");
        EXPECT_THAT(error.what(), HasSubstr("frames.csv: the recording has no frame"));
    }
}

TEST_F(HuntedRecording, MissingFramesAreCountedByCounterAndTimes) {
    const auto reading =
        read("c20_trials_in_a_hole/tree/labx/Subjects/n20/2023-06-02/001/raw_photometry_data", 1.0,
             "_neurophotometrics_fpData.raw.csv");
    EXPECT_EQ(reading.session->n_skipped_frames, 800);  // 1200 to 1999
    EXPECT_THAT(note(reading, "MissingFrames"),
                HasSubstr("800 frames are missing by the times, 800 by the counter; 1 holes, the "
                          "longest from 5054.95 to 5095.00 s"));
}

}  // namespace
}  // namespace tb::photometry
