#include "ingest/photometry/session_photometry.hpp"

#include "ingest/formats/bytes.hpp"
#include "tests/ingest/formats/format_checks.hpp"

#include <memory>

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace tb::photometry {
namespace {

using formats::real_data;

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* signal_csv =
    "times,G0,G1,color\n0,9,9,\n0.1,1,10,Violet\n0.2,2,20,Blue\n0.3,3,30,Violet\n0.4,4,40,Blue\n";
constexpr const char* frames_csv =
    "FrameCounter,Timestamp,LedState,G0\n0,50,7,9\n1,50.1,1,1\n2,50.2,2,2\n";

std::string description(const std::vector<std::string>& regions) {
    std::string yaml = "devices:\n  neurophotometrics:\n    fibers:\n";
    for (std::size_t i = 0; i < regions.size(); ++i)
        yaml += fmt::format("      fiber_{}:\n        location: {}\n", i, regions[i]);
    return yaml;
}

/// The files of a session in memory.
class Files {
  public:
    Files& add(const std::string& path, std::string content) {
        contents_.push_back(std::make_unique<std::string>(std::move(content)));
        files_.push_back({role_of(path), path, std::as_bytes(std::span(*contents_.back()))});
        return *this;
    }
    [[nodiscard]] PhotometryReading read(const ControllerTimes* controller = nullptr) const {
        return read_session_photometry(files_, controller);
    }
    [[nodiscard]] std::string error_type() const {
        try {
            (void)read();
        } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::data);
            return error.type();
        }
        return "none";
    }

  private:
    std::vector<std::unique_ptr<std::string>> contents_;
    std::vector<PhotometryFile> files_;
};

TEST(SessionPhotometry, RolesAreKnownByPath) {
    EXPECT_EQ(role_of("alf/photometry/photometry.signal.pqt"), Role::signal);
    EXPECT_EQ(role_of("alf/photometry/photometryROI.locations.pqt"), Role::locations);
    EXPECT_EQ(role_of("raw_photometry_data/_neurophotometrics_fpData.raw.pqt"), Role::raw_frames);
    EXPECT_EQ(role_of("_neurophotometrics_fpData.digitalInputs.csv"), Role::digital_inputs);
    EXPECT_EQ(role_of("_ibl_experiment.description.yaml"), Role::description);
    EXPECT_EQ(role_of("raw_photometry_data/_neurophotometrics_fpData.channels.csv"), Role::none);
    EXPECT_EQ(role_of("alf/task_00/photometry.signal.pqt"), Role::none);
    EXPECT_EQ(role_of(""), Role::none);
}

TEST(SessionPhotometry, NothingIsNothing) {
    EXPECT_FALSE(Files().read().session);
    EXPECT_FALSE(
        Files().add("_ibl_experiment.description.yaml", description({"VTA-l"})).read().session);
}

TEST(SessionPhotometry, TheExtractedSignalWinsAndIsOnTheSessionsClock) {
    const auto reading = Files()
                             .add("raw_photometry_data/_neurophotometrics_fpData.raw.csv", "bad")
                             .add("alf/photometry/photometry.signal.csv", signal_csv)
                             .read();
    ASSERT_TRUE(reading.session);
    const auto& session = *reading.session;
    EXPECT_TRUE(session.is_on_session_clock);
    EXPECT_FALSE(session.file_version);
    EXPECT_EQ(session.n_frames, 5U);
    ASSERT_EQ(session.bands.size(), 2U);
    EXPECT_THAT(session.bands[0].times_s, ElementsAre(0.2, 0.4));
    EXPECT_EQ(session.recordings[1].brain_region, "G1");  // nothing names a region
}

TEST(SessionPhotometry, RegionsOfTheLocationsGetTheirSideAndOrderFromTheDescription) {
    const auto reading =
        Files()
            .add("alf/photometry/photometry.signal.csv", signal_csv)
            .add("alf/photometry/photometryROI.locations.csv",
                 "ROI,fiber,brain_region\nG0,f0,VTA\nG1,f1,DR\nG5,f2,LC\n")
            .add("_ibl_experiment.description.yaml", description({"DR-r", "VTA-l"}))
            .read();
    const auto& session = *reading.session;
    ASSERT_EQ(session.recordings.size(), 2U);
    EXPECT_EQ(session.recordings[0].brain_region, "DR-r");
    EXPECT_EQ(session.recordings[0].column, "G1");
    EXPECT_THAT(session.bands[0].signals[0], ElementsAre(20.0, 40.0));
    EXPECT_EQ(session.recordings[1].brain_region, "VTA-l");
    EXPECT_THAT(session.bands[0].signals[1], ElementsAre(2.0, 4.0));
    ASSERT_EQ(reading.notes.size(), 1U);  // G5 is in the table of locations only
    EXPECT_THAT(reading.notes[0].message, HasSubstr("G5 (LC) has no column"));
}

TEST(SessionPhotometry, WithoutFibresInTheDescriptionTheLocationsCount) {
    for (const char* yaml : {"devices:\n  cameras: {}\n", ""}) {
        Files files;
        files.add("alf/photometry/photometry.signal.csv", signal_csv)
            .add("alf/photometry/photometryROI.locations.csv", "ROI,brain_region\nG1,SI\nG0,PPT\n");
        if (*yaml != '\0') files.add("_ibl_experiment.description.yaml", yaml);
        const auto reading = files.read();
        EXPECT_THAT(reading.session->listed_regions, ElementsAre("SI", "PPT"));
        EXPECT_EQ(reading.session->recordings[0].brain_region, "SI");
        EXPECT_EQ(reading.notes.size(), *yaml != '\0' ? 1U : 0U);
    }
}

TEST(SessionPhotometry, ADescriptionThatCannotBeReadIsNotedAndTheLocationsCount) {
    const auto reading =
        Files()
            .add("alf/photometry/photometry.signal.csv", signal_csv)
            .add("alf/photometry/photometryROI.locations.csv", "ROI,brain_region\nG0,SI\nG1,PPT\n")
            .add("_ibl_experiment.description.yaml", "devices: {a: b}\n")
            .read();
    EXPECT_THAT(reading.session->listed_regions, ElementsAre("SI", "PPT"));
    EXPECT_EQ(reading.notes.at(0).type, "UnreadableDataset");
}

TEST(SessionPhotometry, ColumnsThatFitNoRegionOrSeveralAreAmbiguous) {
    const auto with = [](const std::vector<std::string>& regions) {
        return Files()
            .add("alf/photometry/photometry.signal.csv", signal_csv)
            .add("alf/photometry/photometryROI.locations.csv",
                 "ROI,brain_region\nG0,VTA\nG1,DR-r\n")
            .add("_ibl_experiment.description.yaml", description(regions))
            .error_type();
    };
    EXPECT_EQ(with({"VTA-l", "DR-r"}), "none");
    EXPECT_EQ(with({"LC-l", "DR-r"}), "AmbiguousRegionMapping");
    EXPECT_EQ(with({"VTA-l", "VTA-r", "DR-r"}), "AmbiguousRegionMapping");
    EXPECT_EQ(
        Files()
            .add("alf/photometry/photometry.signal.csv", signal_csv)
            .add("alf/photometry/photometryROI.locations.csv", "ROI,brain_region\nG0,VTA\nG1,VTA\n")
            .error_type(),
        "AmbiguousRegionMapping");
}

TEST(SessionPhotometry, LocationsWithoutAnySignalAreMissingRawData) {
    EXPECT_EQ(Files()
                  .add("alf/photometry/photometryROI.locations.csv", "ROI,brain_region\nG0,VTA\n")
                  .error_type(),
              "MissingRawData");
}

TEST(SessionPhotometry, TracesCutAroundEventsAreMissingRawData) {
    Files files;
    files.add("raw_photometry.csv", "id,session,photometry.1,photometry.2\n1,1,0.5,0.25\n");
    EXPECT_EQ(files.error_type(), "MissingRawData");
    EXPECT_THAT(formats::data_error_of([&] { (void)files.read(); }),
                HasSubstr("1 traces of 2 samples that were cut around events"));
}

TEST(SessionPhotometry, TablesThatCannotBeUsedAreValueErrors) {
    EXPECT_EQ(Files().add("alf/photometry/photometry.signal.csv", "a,b\n1,2\n").error_type(),
              "ValueError");
    EXPECT_EQ(Files()
                  .add("alf/photometry/photometry.signal.csv", signal_csv)
                  .add("alf/photometry/photometryROI.locations.csv", "ROI,region\nG0,VTA\n")
                  .error_type(),
              "ValueError");
    // Of no version (spec/photometry.md, 19); the file is named.
    for (const auto& [path, content] :
         {std::pair("_neurophotometrics_fpData.raw.csv", "a,b\n1,2\n"),
          {"_neurophotometrics_fpData.digitalInputs.csv", "a\n1\n"}}) {
        Files files;
        files.add(path, content);
        EXPECT_EQ(files.error_type(), "ValueError") << path;
        EXPECT_THAT(formats::data_error_of([&] { (void)files.read(); }), HasSubstr(path));
    }
    Files broken;
    broken.add("alf/photometry/photometry.signal.pqt", "PAR1 and nothing else");
    EXPECT_THAT(formats::data_error_of([&] { (void)broken.read(); }),
                HasSubstr("photometry.signal"));
}

TEST(SessionPhotometry, RawFramesStayOnTheRigsClockAndANoteSaysSo) {
    Files files;
    files.add("raw_photometry_data/_neurophotometrics_fpData.raw.csv", frames_csv);
    const auto reading = files.read();
    EXPECT_FALSE(reading.session->is_on_session_clock);
    EXPECT_EQ(reading.session->file_version, "version_2");
    EXPECT_EQ(reading.session->n_frames, 3U);
    ASSERT_EQ(reading.notes.size(), 1U);
    EXPECT_EQ(reading.notes[0].type, "NotAligned");
    EXPECT_THAT(reading.notes[0].message, HasSubstr("they lie in no session with trials"));
    const ControllerTimes controller{{1, 2, 3}, {}};
    EXPECT_THAT(files.read(&controller).notes.at(0).message, HasSubstr("no digital inputs"));
}

TEST(SessionPhotometry, RawFramesAreAlignedByTheDigitalInputs) {
    ControllerTimes controller;
    std::string digital = "Timestamp,Value\n";
    double now_s = 3.0;
    for (int trial = 0; trial < 60; ++trial) {
        controller.trial_start_s.push_back(now_s);
        digital += fmt::format("{:.6f},True\n", 50.0 + now_s * (1.0 + 30e-6));
        now_s += 4.0 + 0.37 * (trial % 7);
    }
    const auto reading =
        Files()
            .add("raw_photometry_data/_neurophotometrics_fpData.raw.csv", frames_csv)
            .add("raw_photometry_data/_neurophotometrics_fpData.digitalInputs.csv", digital)
            .read(&controller);
    EXPECT_TRUE(reading.session->is_on_session_clock);
    EXPECT_NEAR(*reading.session->clock_drift_ppm, 30.0, 0.1);
    EXPECT_NEAR(reading.session->bands[0].times_s[0], 0.2, 1e-5);
    ASSERT_EQ(reading.notes.size(), 1U);
    EXPECT_EQ(reading.notes[0].type, "ClockDrift");  // beyond 20 ppm
    EXPECT_THAT(reading.notes[0].message, HasSubstr("60 of 60 pulses; drift 30.0"));
}

TEST(SessionPhotometry, DigitalInputsAloneAreARecordingWithoutFrames) {
    const auto reading =
        Files().add("_neurophotometrics_fpData.digitalInputs.csv", "Timestamp,Value\n1,1\n").read();
    EXPECT_EQ(reading.session->digital_events.size(), 1U);
    EXPECT_EQ(reading.session->n_frames, 0U);
    EXPECT_FALSE(reading.session->is_on_session_clock);
}

// SOURCES.md of the data folder.
TEST(SessionPhotometry, TheRealSessionIsAsPublished) {
    TB_NEED_REAL_DATA(data);
    const auto folder = data / "ibl_photometry/cortexlab/Subjects/CQ002/2024-11-05/001";
    Files files;
    for (const char* path :
         {"alf/photometry/photometry.signal.pqt", "alf/photometry/photometryROI.locations.pqt",
          "_ibl_experiment.description.yaml"}) {
        const auto bytes = formats::read_file(folder / path);
        files.add(path, std::string(formats::as_text(bytes)));
    }
    const auto reading = files.read();
    const auto& session = *reading.session;
    EXPECT_EQ(session.n_frames, 187'989U);
    ASSERT_EQ(session.bands.size(), 2U);
    EXPECT_EQ(session.bands[0].times_s.size(), 93'994U);
    EXPECT_EQ(session.bands[1].times_s.size(), 93'994U);
    EXPECT_NEAR(session.frame_times_s.back(), 2762.79, 0.005);
    EXPECT_THAT(session.listed_regions, ElementsAre("SI", "PPT"));
    EXPECT_EQ(session.recordings.at(0).column, "G0");
    EXPECT_EQ(session.recordings.at(1).column, "G4");
}

}  // namespace
}  // namespace tb::photometry
