// Real files by many writers against the facts that SOURCES.md and SOURCES_2.md of the shared data
// folder list.
#include "tests/ingest/nwb/support.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace tb::nwb {
namespace {

using test::error_of_call;

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

std::map<std::string, int> counts(const ColumnValues& column) {
    std::map<std::string, int> n;
    for (const auto& one : *column.texts()) ++n[one];
    return n;
}
std::map<std::string, int> counts(const NwbFile& file, const Table& table, const char* name) {
    return counts(file.column(table, name));
}

TEST(RealNwb, TrialsUnitsAndLicksOfALickingTask) {
    NWB_OR_SKIP(file, "dandi_cli_nwb/sub-anm369963_ses-20170228.nwb");
    EXPECT_EQ(file.info().nwb_version, "2.0.2");
    const auto& trials = file.require_table("/intervals/trials");
    EXPECT_EQ(trials.rows, 178U);
    EXPECT_THAT(counts(file, trials, "response"),
                UnorderedElementsAre(Pair("correct", 132), Pair("no response", 27),
                                     Pair("incorrect", 13), Pair("early lick", 6)));
    EXPECT_EQ(file.require_series("/acquisition/lick_times/lick_left_times").samples(), 782U);
    EXPECT_EQ(file.require_series("/acquisition/lick_times/lick_right_times").samples(), 1016U);
    const auto& units = file.require_table("/units");
    EXPECT_EQ(units.rows, 1U);
    EXPECT_THAT(file.column(units, "spike_times").elements_of(0), Pair(0, 1679));
    EXPECT_THAT(file.not_understood(), IsEmpty());
}

TEST(RealNwb, DelayedResponseTaskWithFlagsAsIntegersAndMissingTexts) {
    NWB_OR_SKIP(file, "dandi_000009_ogen_nwb/ogen.nwb");
    const auto& trials = file.require_table("/intervals/trials");
    EXPECT_EQ(trials.rows, 412U);
    EXPECT_THAT(counts(file, trials, "response"),
                UnorderedElementsAre(Pair("correct", 175), Pair("early lick", 87),
                                     Pair("incorrect", 80), Pair("N/A", 70)));
    EXPECT_THAT(counts(file, trials, "type"),
                UnorderedElementsAre(Pair("lick left", 172), Pair("lick right", 170),
                                     Pair("non-performing", 70)));
    const auto good = file.column(trials, "is_good");
    EXPECT_EQ(std::ranges::count(*good.integers(), 1), 342);
    const auto stimulated = file.column(trials, "stim_present");
    EXPECT_EQ(std::ranges::count(*stimulated.integers(), 1), 67);
    const auto cues = file.column(trials, "cue_start_time");
    EXPECT_EQ(std::ranges::count_if(*cues.reals(), [](double one) { return std::isnan(one); }), 70);
    const auto spikes = file.column(file.require_table("/units"), "spike_times");
    EXPECT_THAT(spikes.ends, ElementsAre(ElementsAre(12992U, 16450U, 19164U, 34057U)));
    EXPECT_NEAR(std::ranges::min(*spikes.reals()), 1498.888201, 1e-6);
    EXPECT_NEAR(std::ranges::max(*spikes.reals()), 5203.948925, 1e-6);
    EXPECT_EQ(file.info().session_start_time.text, "2017-06-27T09:35:49-05:00");
    EXPECT_EQ(file.info().session_start_time.instant_s, 1498574149.0);  // 14:35:49 UTC
    EXPECT_THAT(file.info().experimenters, ElementsAre("Zengcai Guo"));
    EXPECT_EQ(file.info().keywords.size(), 6U);
    EXPECT_EQ(file.subject()->genotype, "Ai32 x PV-Cre");
    const auto groups =
        file.column(file.require_table("/general/extracellular_ephys/electrodes"), "group");
    EXPECT_EQ(groups.texts()->front(), "/general/extracellular_ephys/ADunit_32");
    const auto waveforms = file.column(file.require_table("/units"), "waveform_mean");
    EXPECT_EQ(waveforms.width, 29U);
}

TEST(RealNwb, TextsByMatlabAreArraysOfOneAndIndexesAreRegions) {
    NWB_OR_SKIP(file, "matnwb_files/ecephys_tutorial_2.0b_2018-03.nwb");
    EXPECT_EQ(file.info().nwb_version, "2.0b");
    EXPECT_EQ(file.info().session_start_time.local_date, "2018-03-01");  // 20180301T120000
    EXPECT_FALSE(file.info().session_start_time.instant_s.has_value());  // no zone is invented
    EXPECT_EQ(file.require_table("/intervals/trials").rows, 3U);
    const auto& units = file.require_table("/units");
    EXPECT_EQ(units.rows, 3U);
    // h5py: regions 0..3, 4..7, 8..9 of ten values.
    EXPECT_THAT(file.column(units, "spike_times").ends, ElementsAre(ElementsAre(4U, 8U, 10U)));
}

TEST(RealNwb, ListsTheTablesOfTheBetaThatItDoesNotRead) {
    NWB_OR_SKIP(file, "matnwb_files/test_output.nwb");
    EXPECT_FALSE(file.info().session_start_time.instant_s.has_value());
    std::vector<std::string> types;
    for (const auto& one : file.not_understood()) types.push_back(one.neurodata_type);
    EXPECT_THAT(types, UnorderedElementsAre("EpochTable", "TimeSeriesIndex"));
    const auto& camera = file.require_series("/acquisition/Camera input");
    EXPECT_THAT(camera.shape, ElementsAre(24U, 30U, 24U));
    EXPECT_EQ(camera.rate_hz, 24.0);
}

TEST(RealNwb, ContiguousAndChunkedSeriesByAqnwb) {
    NWB_OR_SKIP(file, "aqnwb_files/exampleRecording.nwb");
    const auto& series = file.require_series("/acquisition/esdata0");
    EXPECT_THAT(series.shape, ElementsAre(330U, 2U));
    EXPECT_EQ(series.n_times, 330U);
    EXPECT_EQ(file.data(series).dtype(), "int16");
    EXPECT_EQ(file.region_rows(series, series.electrodes).size(), 2U);
    NWB_OR_SKIP(linked, "aqnwb_files/testLinkTimeSeriesExample.nwb");
    const auto& aligned = linked.require_series("/processing/time_alignment/aligned_voltage");
    const auto& original = linked.require_series("/acquisition/original_series");
    EXPECT_EQ(aligned.data_path, original.data_path);  // the data are linked, the times its own
    EXPECT_EQ(aligned.times, Times::timestamps);
    EXPECT_EQ(original.times, Times::rate);
    NWB_OR_SKIP(annotations, "aqnwb_files/createAnnotationSeries.nwb");
    const auto& texts = annotations.require_series("/acquisition/annotations1");
    EXPECT_EQ(annotations.hdf5().read_texts(texts.data_path).size(), 3U);
}

TEST(RealNwb, RoisAndTracesBySuite2p) {
    NWB_OR_SKIP(file, "neuroconv_testing_data/nwb/nwb_test_ophys_2.2.5.nwb");
    const auto& traces = file.require_series("/processing/ophys/Fluorescence/RoiResponseSeries");
    EXPECT_THAT(traces.shape, ElementsAre(250U, 15U));
    EXPECT_EQ(file.region_rows(traces, traces.rois).back(), 14U);
    // The others' regions are links to this one's.
    const auto& neuropil = file.require_series("/processing/ophys/Fluorescence/Neuropil");
    EXPECT_EQ(neuropil.rois.path, traces.rois.path);
    EXPECT_EQ(neuropil.rois.table, "/processing/ophys/ImageSegmentation/PlaneSegmentation");
    const auto& table = file.require_table(neuropil.rois.table);
    const auto masks = file.masks(table, 0, table.rows);
    EXPECT_EQ(masks.size(), 15U);
    EXPECT_FALSE(masks[0].weight.empty());
    EXPECT_EQ(file.images().size(), 2U);
    EXPECT_EQ(file.times(traces, 10, 12), (std::vector{1.0, 1.1}));
}

TEST(RealNwb, TtlSignalsAndUnitsByNeuroconv) {
    NWB_OR_SKIP(file, "neuroconv_testing_data/nwb/mock_ttl_examples.nwb");
    EXPECT_EQ(file.series().size(), 9U);
    for (const auto& one : file.series()) {
        EXPECT_EQ(one.times, Times::rate) << one.path;
        EXPECT_EQ(file.data(one).size(), one.samples()) << one.path;
    }
    NWB_OR_SKIP(ecephys, "neuroconv_testing_data/nwb/ecephys_tutorial_v2.5.0.nwb");
    EXPECT_EQ(ecephys.require_table("/units").rows, 10U);
    const auto& raw = ecephys.require_series("/acquisition/ElectricalSeries");
    EXPECT_EQ(error_of_call([&] { return ecephys.region_rows(raw, raw.electrodes); }).type(),
              "FrameCount");  // 4 columns, 12 electrodes
}

TEST(RealNwb, EmptyTextsAreNotMissingFiles) {
    NWB_OR_SKIP(file, "pynapple_nwb_suite2p/A8604-211122_2.4.0.nwb");
    EXPECT_EQ(file.require_table("/units").rows, 3U);
    EXPECT_THAT(file.problems(), IsEmpty());
}

TEST(RealNwb, TypesOfExtensionsAreReadByStructureAndListed) {
    NWB_OR_SKIP(file, "ndx_pose_nwb/test_pose_2.6.0.nwb");
    EXPECT_EQ(
        std::ranges::count(file.not_understood(), "TrainingFrame", &NotUnderstood::neurodata_type),
        50);
    const auto& body = file.require_series("/processing/behavior/PoseEstimation/body");
    EXPECT_EQ(body.neurodata_type, "PoseEstimationSeries");
    EXPECT_EQ(body.extras.at(0).name, "confidence");
    NWB_OR_SKIP(extended, "pynwb_back_compat/2.1.0_nwbfile_with_extension.nwb");
    EXPECT_EQ(extended.require_series("/acquisition/test_ts").neurodata_type, "TimeSeriesWithID");
}

TEST(RealNwb, ProbeOfTheAllenInstitute) {
    NWB_OR_SKIP(file, "nwb_linkml_aibs/aibs_ecephys.nwb");
    EXPECT_EQ(file.info().session_id, "760693773");
    EXPECT_EQ(file.subject()->subject_id, "738651046");
    EXPECT_EQ(file.subject()->age, "P110D");
    EXPECT_EQ(file.subject()->age_days, 110.0);
    const auto& lfp =
        file.require_series("/acquisition/probe_769322820_lfp/probe_769322820_lfp_data");
    EXPECT_THAT(lfp.shape, ElementsAre(10U, 87U));
    EXPECT_NEAR(file.times(lfp).front(), 3.74565041, 1e-8);
    EXPECT_THAT(lfp.problems.at(0).message,
                HasSubstr("87 columns of data, but its region names 10"));
}

TEST(RealNwb, BetaTypesOneByOne) {
    NWB_OR_SKIP(intervals, "nwb_explorer_pynwb_beta/test_TimeIntervals.nwb");
    const auto& epochs = intervals.require_table("/intervals/epochs");
    const auto tags = intervals.column(epochs, "tags");
    EXPECT_THAT(tags.ends, ElementsAre(ElementsAre(0U, 0U, 2U, 3U)));
    EXPECT_THAT(*tags.texts(), ElementsAre("fizz", "buzz", "qaz"));
    EXPECT_THAT(*intervals.column(epochs, "start_time").reals(),
                ElementsAre(0.2F, 0.25F, 0.3F, 0.35F));
    EXPECT_EQ(error_of_call([&] { return intervals.column(epochs, "timeseries"); }).type(),
              "ValueType");
    const auto starts = intervals.column_member(epochs, "timeseries", "idx_start");
    EXPECT_EQ(starts.integers()->front(), 2);
    EXPECT_EQ(intervals.column_member(epochs, "timeseries", "timeseries").texts()->front(),
              "/acquisition/a");

    NWB_OR_SKIP(units, "nwb_explorer_pynwb_beta/test_Units.nwb");
    const auto& table = units.require_table("/acquisition/UnitsTest");
    EXPECT_THAT(units.column(table, "spike_times").ends, ElementsAre(ElementsAre(3U, 6U)));
    const auto observed = units.column(table, "obs_intervals");
    EXPECT_EQ(observed.width, 2U);
    EXPECT_THAT(observed.ends, ElementsAre(ElementsAre(2U, 4U)));

    NWB_OR_SKIP(one_roi, "nwb_explorer_pynwb_beta/test_RoiResponseSeries.nwb");
    const auto& trace = one_roi.require_series("/acquisition/test_roi_response_series");
    EXPECT_EQ(trace.samples(), 10U);
    EXPECT_EQ(trace.channels(), 1U);
    EXPECT_THAT(one_roi.region_rows(trace, trace.rois), ElementsAre(0U));
    EXPECT_EQ(one_roi.require_table(trace.rois.table).rows, 2U);
    EXPECT_THAT(one_roi.values(trace, 0, 10), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));

    NWB_OR_SKIP(movie, "nwb_explorer_pynwb_beta/test_TwoPhotonSeries.nwb");
    const auto& frames = movie.require_series("/acquisition/test_2ps");
    EXPECT_THAT(frames.shape, ElementsAre(1U, 2U, 4U));
    EXPECT_EQ(frames.problems.at(0).type, "ColumnLength");  // 1 frame, 10 times

    NWB_OR_SKIP(subject, "nwb_explorer_pynwb_beta/test_Subject.nwb");
    EXPECT_EQ(subject.subject()->age, "12 mo");
    EXPECT_FALSE(subject.subject()->age_days.has_value());
    EXPECT_EQ(subject.subject()->weight, "2 lbs");
}

TEST(RealNwb, EveryFileIsReadOrRefusedByName) {
    const auto data = test::shared_folder() / "data";
    if (!std::filesystem::exists(data))
        GTEST_SKIP() << "the shared data folder is absent: set TRIALBASE_SHARED";
    int n_read = 0, n_refused = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(data)) {
        if (entry.path().extension() != ".nwb") continue;
        if (entry.path().filename() == "empty_800_bytes.nwb") {
            const auto error = error_of_call([&] { return NwbFile::open(entry.path()); });
            EXPECT_EQ(error.type(), "NotNwb");
            EXPECT_THAT(error.what(), HasSubstr("no group and no attribute"));
            ++n_refused;
            continue;
        }
        const auto file = NwbFile::open(entry.path());
        EXPECT_FALSE(file.info().identifier.empty()) << entry.path();
        for (const auto& table : file.tables()) {
            for (const auto& column : table.columns) {
                if (column.type.kind == hdf5::ValueKind::compound) continue;
                const auto values = file.column(table, column.name);
                EXPECT_EQ(values.rows(), table.rows) << entry.path() << column.path;
            }
        }
        for (const auto& series : file.series()) {
            if (series.data_path.empty() || !series.type.is_number()) continue;
            EXPECT_EQ(file.data(series).size(), series.samples() * series.sample_size())
                << entry.path() << series.path;
        }
        ++n_read;
    }
    EXPECT_GE(n_read, 44);
    EXPECT_EQ(n_refused, 1);
}

}  // namespace
}  // namespace tb::nwb
