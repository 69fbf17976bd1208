#include "ingest/openscope/session_file.hpp"

#include "tests/generated/nwb_files.hpp"
#include "tests/ingest/openscope/support.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::openscope {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

fs::path golden(int n) {
    return test::golden_folder() /
           ("sub-499001_ses-99900000" + std::to_string(n) + "_behavior+ophys.nwb");
}

/// Numbers of vectors/openscope/session_pipeline_three_sessions (computed by the published code).
class GoldenOpenScopeSession : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!fs::exists(golden(1))) GTEST_SKIP() << "the shared vectors are absent";
    }
};

TEST_F(GoldenOpenScopeSession, HasTheFactsOfThePublishedReader) {
    const auto session = read_session(golden(1));
    EXPECT_THAT(session.issues, IsEmpty());
    EXPECT_THAT(session.part_errors, IsEmpty());
    EXPECT_EQ(session.identifier(), "999000001");
    EXPECT_EQ(session.subject, "499001");
    EXPECT_DOUBLE_EQ(session.stim_fps, 59.951697987497504);
    EXPECT_DOUBLE_EQ(session.twop_fps, 30.07933704384622);
    EXPECT_EQ(session.running_cm_s.size(), 16801U);
    EXPECT_EQ(session.traces.shape, (std::vector<std::size_t>{8752, 6}));
    EXPECT_EQ(session.traces.dtype, "float32");
    EXPECT_THAT(tracked_rois(session), ElementsAre(1, 0, 4, 5));
    const auto masks = masks_in_memory(session);
    std::vector<int> pixels;
    for (std::size_t roi = 0; roi < 6; ++roi)
        pixels.push_back(
            std::accumulate(masks.begin() + static_cast<std::ptrdiff_t>(roi * 576),
                            masks.begin() + static_cast<std::ptrdiff_t>((roi + 1) * 576), 0));
    EXPECT_THAT(pixels, ElementsAre(20, 23, 23, 25, 25, 24));
}

TEST_F(GoldenOpenScopeSession, HasSegmentsWithTheirPatches) {
    const auto session = read_session(golden(1));
    const auto& segments = session.segments;
    ASSERT_EQ(segments.count, 544U);
    EXPECT_EQ(segments.stimulus_type[143], "gabors");
    EXPECT_EQ(segments.start_frame_stim[143], 9300);
    EXPECT_EQ(segments.stop_frame_twop[542], 8421);
    EXPECT_DOUBLE_EQ(segments.start_s[143], 169.431358);
    std::vector<std::size_t> unexpected_u;
    for (std::size_t i = 0; i < segments.count; ++i)
        if (segments.gabor_frame[i] == "U") unexpected_u.push_back(i);
    EXPECT_THAT(unexpected_u, ElementsAre(201, 206, 211, 306, 311, 316, 321, 376, 381, 386, 391,
                                          526, 531, 536, 541));
    EXPECT_TRUE(std::isnan(segments.unexpected[0]));
    EXPECT_EQ(session.patches.of(session.patches.x, 143).size(), 30U);
    EXPECT_EQ(session.patches.of(session.patches.orientation, 143).size(), 30U);
    EXPECT_THAT(session.patches.of(session.patches.x, 147), IsEmpty());
    EXPECT_THAT(session.patches.of(session.patches.size, 0), IsEmpty());
}

TEST_F(GoldenOpenScopeSession, HasTracesThatStreamAsTheyAreHeld) {
    const auto session = read_session(golden(2));
    const auto all = traces_in_memory(session);
    ASSERT_EQ(all.size(), session.traces.shape[0] * session.traces.shape[1]);
    std::size_t at = 0;
    session.traces.read([&](std::span<const std::byte> bytes) {
        std::vector<float> part(bytes.size() / sizeof(float));
        std::memcpy(part.data(), bytes.data(), bytes.size());
        EXPECT_TRUE(
            std::equal(part.begin(), part.end(), all.begin() + static_cast<std::ptrdiff_t>(at)));
        at += part.size();
    });
    EXPECT_EQ(at, all.size());
}

class OpenScopeFileCase : public ::testing::Test {
  protected:
    void SetUp() override {
        if (const auto obstacle = testing::NwbFiles::obstacle(); !obstacle.empty())
            GTEST_SKIP() << obstacle;
        if (!fs::exists(golden(1))) GTEST_SKIP() << "the shared vectors are absent";
    }
    fs::path changed(const std::string& change) {
        return files_.copy(golden(1), fmt_name(), change);
    }
    OpenScopeSession read(const std::string& change) { return read_session(changed(change)); }
    /// The type of the error that refuses the changed file; its message goes to message_.
    std::string refusal(const std::string& change, const Expectation& expected = {}) {
        try {
            (void)read_session(changed(change), expected);
        } catch (const Error& error) {
            message_ = error.what();
            return error.type();
        }
        return "none";
    }
    static std::vector<std::string> part_errors(const OpenScopeSession& session) {
        std::vector<std::string> types;
        for (const auto& error : session.part_errors) types.push_back(error.type);
        return types;
    }
    static std::vector<std::string> issues(const OpenScopeSession& session) {
        std::vector<std::string> types;
        for (const auto& issue : session.issues) types.push_back(issue.type);
        return types;
    }
    std::string fmt_name() {
        return "sub-499001_" + std::to_string(++n_files_) + "_ses-999000001_behavior+ophys.nwb";
    }

    testing::NwbFiles files_;
    int n_files_ = 0;
    std::string message_;
};

TEST_F(OpenScopeFileCase, OfAnotherSessionOrMouseIsASessionMismatch) {
    EXPECT_EQ(refusal("del f['general/session_id']\nf['general/session_id'] = '999000009'"),
              "SessionMismatch");
    EXPECT_THAT(message_, HasSubstr("999000009"));
    EXPECT_THAT(message_, HasSubstr("999000001"));
    EXPECT_EQ(refusal("s = f['general/subject']\ndel s['subject_id']\ns['subject_id'] = '12'"),
              "SessionMismatch");
    EXPECT_EQ(refusal("", {.sessid = 5, .mouseid = {}}), "SessionMismatch");
    EXPECT_EQ(refusal("del f['general/session_id']"), "SessionMismatch");
}

TEST_F(OpenScopeFileCase, WithoutADatasetNamesItsPath) {
    for (const auto* path :
         {"/processing/ophys/DfOverF/RoiResponseSeries",
          "/processing/ophys/ImageSegmentation/PlaneSegmentation",
          "/processing/behavior/BehavioralTimeSeries/running_velocity", "/intervals/trials",
          "/intervals/trials/gabor_kappa", "/intervals/trials/unexpected",
          "/intervals/trials/square_proportion_flipped"}) {
        EXPECT_EQ(refusal(std::string("del f['") + path + "']"), "MissingDataset") << path;
        EXPECT_THAT(message_, HasSubstr(path));
    }
}

TEST_F(OpenScopeFileCase, WithFramesBeyondTheSeriesIsAFrameCount) {
    EXPECT_EQ(refusal("f['intervals/trials/stop_frame_twop'][-1] = 8753"), "FrameCount");
    EXPECT_EQ(refusal("f['intervals/trials/stop_frame_stim'][-1] = 16802"), "FrameCount");
    EXPECT_EQ(refusal("p = f['processing/behavior/PupilTracking/pupil_diameter']\n"
                      "d, t = p['data'][:-1], p['timestamps'][:-1]\n"
                      "del p['data'], p['timestamps']\np['data'] = d\np['timestamps'] = t\n"
                      "s = f['processing/ophys/DfOverF/RoiResponseSeries']\ndel s['timestamps']\n"
                      "s['timestamps'] = np.append(t, t[-1] + 0.03)"),
              "FrameCount");
}

TEST_F(OpenScopeFileCase, WithRoisUnlikeTheSegmentationIsAFrameCountThatNamesBoth) {
    EXPECT_EQ(refusal("s = f['processing/ophys/DfOverF/RoiResponseSeries']\n"
                      "r = s['rois']\na = dict(r.attrs)\ndel s['rois']\n"
                      "d = s.create_dataset('rois', data=np.arange(5))\n"
                      "for k, v in a.items(): d.attrs[k] = v"),
              "FrameCount");
    EXPECT_THAT(message_, HasSubstr("5"));
    EXPECT_THAT(message_, HasSubstr("6"));
}

TEST_F(OpenScopeFileCase, WithSeveralValuesOfAParameterIsAStimulusParameter) {
    EXPECT_EQ(refusal("f['intervals/trials/gabor_number'][143] = 29"), "StimulusParameter");
    EXPECT_EQ(refusal("f['intervals/trials/square_proportion_flipped'][27] = 0.5"),
              "StimulusParameter");
    // G rows, and squares that none flips, say nothing.
    EXPECT_EQ(refusal("f['intervals/trials/gabor_number'][147] = 29\n"
                      "f['intervals/trials/square_proportion_flipped'][1] = 0.1"),
              "none");
}

TEST_F(OpenScopeFileCase, WithoutPupilTakesTheTracesTimes) {
    const auto session = read(
        "s = f['processing/ophys/DfOverF/RoiResponseSeries']\n"
        "t = f['processing/behavior/PupilTracking/pupil_diameter/timestamps'][:]\n"
        "del s['timestamps']\ns['timestamps'] = t\n"
        "del f['processing/behavior/PupilTracking']");
    EXPECT_FALSE(session.pupil);
    EXPECT_EQ(session.twop_frame_time_s.size(), 8752U);
    EXPECT_THAT(issues(session), ElementsAre("MissingDataset"));
}

TEST_F(OpenScopeFileCase, WithALongerPupilIsCutToTheTraces) {
    const auto session = read(
        "p = f['processing/behavior/PupilTracking']\n"
        "for n in ('diameter', 'position_x', 'position_y'):\n"
        "    g = p['pupil_' + n]\n    v = g['data'][:]\n    del g['data']\n"
        "    g['data'] = np.append(v, 7.0)\n"
        "t = p['pupil_diameter/timestamps'][:]\n"
        "del p['pupil_diameter/timestamps']\n"
        "p['pupil_diameter']['timestamps'] = np.append(t, t[-1] + 0.03)");
    EXPECT_EQ(session.pupil->diameter_mm.size(), 8752U);
    EXPECT_EQ(session.pupil->x_mm.size(), 8752U);
    EXPECT_EQ(session.twop_frame_time_s.size(), 8752U);
    EXPECT_THAT(issues(session), ElementsAre("LengthMismatch"));
}

TEST_F(OpenScopeFileCase, OfOlderReleasesLacksPupilPositions) {
    const auto session = read(
        "del f['processing/behavior/PupilTracking/pupil_position_x']\n"
        "del f['processing/behavior/PupilTracking/pupil_position_y']");
    EXPECT_THAT(session.pupil->x_mm, IsEmpty());
    EXPECT_EQ(session.pupil->diameter_mm.size(), 8752U);
    EXPECT_THAT(part_errors(session), IsEmpty());
}

TEST_F(OpenScopeFileCase, WithoutFrameColumnsTellsThemFromTheTimes) {
    const auto whole = read_session(golden(1));
    const auto session = read(
        "t = f['intervals/trials']\n"
        "for c in ('stim', 'twop'):\n"
        "    for n in ('start', 'stop', 'num'):\n"
        "        del t[n + ('_frames_' if n == 'num' else '_frame_') + c]");
    EXPECT_EQ(session.segments.start_frame_stim, whole.segments.start_frame_stim);
    EXPECT_EQ(session.segments.stop_frame_stim, whole.segments.stop_frame_stim);
    EXPECT_EQ(session.segments.start_frame_twop, whole.segments.start_frame_twop);
    EXPECT_EQ(session.segments.num_frames_twop, whole.segments.num_frames_twop);
    EXPECT_THAT(issues(session), ElementsAre("FramesComputed", "FramesComputed"));
}

TEST_F(OpenScopeFileCase, WithSwappedFrameColumnsIsFlaggedByItsRates) {
    // Half as many frames of the microscope: 15 a second.
    const auto session = read(
        "t = f['intervals/trials']\n"
        "for n in ('start_frame_twop', 'stop_frame_twop'): t[n][:] = t[n][:] // 2");
    EXPECT_THAT(issues(session), ElementsAre("FrameRate"));
    EXPECT_THAT(session.issues[0].message, HasSubstr("two-photon"));
    // Swapped, the table's last stimulus frame is no frame of the microscope.
    EXPECT_EQ(refusal("t = f['intervals/trials']\n"
                      "for n in ('start_frame_', 'stop_frame_'):\n"
                      "    a, b = t[n + 'stim'][:], t[n + 'twop'][:]\n"
                      "    t[n + 'stim'][:], t[n + 'twop'][:] = b, a"),
              "FrameCount");
}

TEST_F(OpenScopeFileCase, WithTracesInAnotherOrderIsJoinedByTheRegion) {
    const auto whole = traces_in_memory(read_session(golden(1)));
    const auto session = read(
        "s = f['processing/ophys/DfOverF/RoiResponseSeries']\n"
        "d = s['data'][:]\ns['data'][:] = d[:, ::-1]\n"
        "s['rois'][:] = np.arange(6)[::-1]");
    EXPECT_EQ(traces_in_memory(session), whole);
}

TEST_F(OpenScopeFileCase, WithTrackingIdsThatAreNotWholeOrNotUniqueHasNone) {
    for (const auto* change :
         {"f['processing/ophys/ImageSegmentation/PlaneSegmentation/tracking_id'][0] = 1.5",
          "f['processing/ophys/ImageSegmentation/PlaneSegmentation/tracking_id'][0] = 0"}) {
        const auto session = read(change);
        EXPECT_THAT(part_errors(session), ElementsAre("TrackingMismatch")) << change;
        EXPECT_THAT(session.tracking_id, IsEmpty());
        try {
            (void)tracked_rois(session);
            ADD_FAILURE() << "there is no tracked ROI";
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "NoTracking");
        }
    }
    EXPECT_THAT(part_errors(read(
                    "del f['processing/ophys/ImageSegmentation/PlaneSegmentation/tracking_id']")),
                IsEmpty());
}

TEST_F(OpenScopeFileCase, WithMasksOfAnyKindReadsThemAsWeights) {
    const auto whole = masks_in_memory(read_session(golden(1)));
    const std::string table =
        "p = f['processing/ophys/ImageSegmentation/PlaneSegmentation']\n"
        "m = p['image_mask'][:]\na = dict(p['image_mask'].attrs)\n"
        "del p['image_mask']\n";
    const auto pixels =
        read(table +
             "ps = [(x, y, m[r, y, x]) for r in range(6) for y in range(24) for x "
             "in range(24) if m[r, y, x]]\n"
             "d = p.create_dataset('pixel_mask', data=np.array(ps, [('x', 'u4'), ('y', "
             "'u4'), ('weight', 'f4')]))\n"
             "for k, v in a.items(): d.attrs[k] = v\n"
             "e = np.cumsum([np.count_nonzero(m[r]) for r in range(6)])\n"
             "i = p.create_dataset('pixel_mask_index', data=e.astype('u4'))\n"
             "i.attrs['neurodata_type'] = 'VectorIndex'\n"
             "i.attrs['target'] = d.ref\n"
             "p.attrs['colnames'] = ['pixel_mask', 'tracking_id']");
    EXPECT_THAT(part_errors(pixels), IsEmpty());
    EXPECT_EQ(masks_in_memory(pixels), whole);
    const auto integers = read(table +
                               "d = p.create_dataset('image_mask', data=(m >= 0.1).astype('u1'))\n"
                               "for k, v in a.items(): d.attrs[k] = v");
    EXPECT_EQ(masks_in_memory(integers), whole);
    const auto none = read(table + "p.attrs['colnames'] = ['tracking_id']");
    EXPECT_THAT(part_errors(none), ElementsAre("MissingDataset"));
    EXPECT_FALSE(none.roi_weights);
    EXPECT_EQ(none.traces.shape[1], 6U);
}

TEST_F(OpenScopeFileCase, WithTracesThatHoldNaNIsReadAsItIs) {
    const auto file = files_.make_openscope("sub-1_ses-2_behavior+ophys.nwb",
                                            "--session-id 2 --mouse-id 1 --rois 3 --tracked 2 "
                                            "--gabor-sec 60 --flow-sec 30 --nan-rois 1");
    const auto session = read_session(file);
    const auto traces = traces_in_memory(session);
    std::vector<int> n_missing(3, 0);
    for (std::size_t i = 0; i < traces.size(); ++i)
        if (std::isnan(traces[i])) ++n_missing[i % 3];
    EXPECT_THAT(n_missing, ElementsAre(0, 0, 10));
}

TEST_F(OpenScopeFileCase, WithStimulusFramesHasThemWhereTheyAreWanted) {
    const auto file = files_.make_openscope(
        "sub-1_ses-2_behavior+image+ophys.nwb",
        "--session-id 2 --mouse-id 1 --rois 2 --tracked 1 --gabor-sec 60 --flow-sec 70 --images",
        // One frame fewer than the table names.
        "t = f['stimulus/templates/gabors']\nd = t['data'][:-1]\na = dict(t['data'].attrs)\n"
        "del t['data']\nn = t.create_dataset('data', data=d)\nfor k, v in a.items(): n.attrs[k] = "
        "v");
    EXPECT_THAT(read_session(file).templates, IsEmpty());
    const auto session = read_session(file, {}, true);
    ASSERT_THAT(session.templates, SizeIs(4));
    EXPECT_THAT(session.templates, Contains(Field(&OpenScopeTemplate::name, "visflow_left")));
    EXPECT_EQ(session.templates[0].name, "gabors");
    EXPECT_EQ(session.templates[0].frames.dtype, "uint8");
    EXPECT_THAT(issues(session), Contains("TemplateFrames"));
}

TEST_F(OpenScopeFileCase, WithTimesThatDecreaseIsATimeOrder) {
    EXPECT_EQ(
        refusal("f['processing/behavior/BehavioralTimeSeries/running_velocity/timestamps'][5] = 0"),
        "TimeOrder");
    EXPECT_EQ(refusal("f['intervals/trials/start_time'][5] = 0"), "TimeOrder");
}

}  // namespace
}  // namespace tb::openscope
