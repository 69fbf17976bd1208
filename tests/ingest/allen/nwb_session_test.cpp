#include "ingest/allen/nwb_session.hpp"

#include "tests/generated/nwb_files.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tb::allen {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::vector<double> doubles(const LazyArray& array) {
    std::vector<double> values;
    array.read([&](std::span<const std::byte> bytes) {
        const auto n = values.size();
        values.resize(n + bytes.size() / sizeof(double));
        std::memcpy(values.data() + n, bytes.data(), bytes.size());
    });
    return values;
}

class NwbSessionFile : public ::testing::Test {
  protected:
    void SetUp() override {
        if (const auto obstacle = testing::NwbFiles::obstacle(); !obstacle.empty())
            GTEST_SKIP() << obstacle;
    }
    ChangeSession read(const std::string& options, const std::string& change = {}) {
        // A file of its own each: sessions keep theirs open.
        return read_nwb_session(
            files_.make(std::to_string(++n_files_) + ".nwb", "--trials 20 " + options, change));
    }
    /// The type of the error that refuses the file; its message goes to `message_`.
    std::string refusal(const std::string& change, const std::string& options = {}) {
        try {
            (void)read(options, change);
        } catch (const Error& error) {
            message_ = error.what();
            return error.type();
        }
        return "none";
    }
    static std::vector<std::string> part_errors(const ChangeSession& session) {
        std::vector<std::string> types;
        for (const auto& error : session.part_errors) types.push_back(error.type);
        return types;
    }
    static std::vector<std::string> issues(const ChangeSession& session) {
        std::vector<std::string> types;
        for (const auto& issue : session.issues) types.push_back(issue.type);
        return types;
    }

    testing::NwbFiles files_;
    int n_files_ = 0;
    std::string message_;
};

TEST_F(NwbSessionFile, TellsWhoseSessionItIs) {
    const auto session = read("--ophys");
    EXPECT_EQ(session.source, "allen");
    EXPECT_EQ(session.identifier(), "900000001");
    EXPECT_EQ(session.subject, "400001");
    EXPECT_EQ(session.date, "2019-09-26");
    // Labelled +00:00, and the laboratory's clock.
    EXPECT_EQ(session.start_time, "2019-09-26T16:00:00");
    EXPECT_EQ(session.task_protocol, "OPHYS_1_images_A");
    EXPECT_THAT(session.projects, ElementsAre("VisualBehavior"));
    ASSERT_THAT(session.aliases, SizeIs(2));
    EXPECT_EQ(session.aliases[0].identifier, "920000001");
    EXPECT_EQ(session.aliases[1].identifier, "910000001");
    EXPECT_THAT(part_errors(session), IsEmpty());
    EXPECT_EQ(session.recording.trials.count, 20U);
    EXPECT_EQ(session.recording.task_parameters.image_set, "images_A");
    EXPECT_EQ(session.recording.task_parameters.response_window_s[1], 0.75);
}

TEST_F(NwbSessionFile, StartsElsewhereWhenTheOffsetSaysSo) {
    const auto session = read("--start 2019-09-26T16:00:00-07:00");
    EXPECT_EQ(session.start_time, "2019-09-26T23:00:00Z");
    EXPECT_EQ(session.date, "2019-09-26");
}

TEST_F(NwbSessionFile, HasNoLicksAndNoRewardsWhenPassive) {
    const auto session = read("--passive --no-eye");
    const auto& recording = session.recording;
    EXPECT_THAT(recording.licks.time_s, IsEmpty());
    EXPECT_THAT(recording.rewards.time_s, IsEmpty());
    EXPECT_EQ(recording.trials.lick_s.size(), 20U);
    EXPECT_THAT(recording.trials.lick_s.values, IsEmpty());
    EXPECT_FALSE(recording.eye_tracking);
    EXPECT_THAT(part_errors(session), IsEmpty());
}

TEST_F(NwbSessionFile, RebuildsLicksThatHaveNoIndex) {
    const auto whole = read("");
    const auto session = read("",
                              "t = f['intervals/trials']\n"
                              "a = t['lick_times'].attrs['description']\n"
                              "del t['lick_times'], t['lick_times_index']\n"
                              "t['lick_times'] = np.arange(20.0)\n"
                              "t['lick_times'].attrs['description'] = a\n"
                              "t['lick_times'].attrs['neurodata_type'] = 'VectorData'");
    EXPECT_EQ(session.recording.trials.lick_s.values, whole.recording.trials.lick_s.values);
    EXPECT_EQ(session.recording.trials.lick_s.end, whole.recording.trials.lick_s.end);
    EXPECT_THAT(issues(session), Contains("FlattenedLicks"));
}

TEST_F(NwbSessionFile, ReadsOlderNamesOfColumns) {
    const auto session = read("",
                              "t = f['intervals/trials']\n"
                              "t.move('is_change', 'stimulus_change')\n"
                              "t['lick_events'] = np.zeros(20)\n"
                              "f.flush()");
    EXPECT_EQ(std::ranges::count(session.recording.trials.is_change, 1.0),
              std::ranges::count(session.recording.trials.is_go, 1.0) + 5);
}

TEST_F(NwbSessionFile, PutsPresentationsOfAllTablesInOrder) {
    const auto session = read("");
    const auto& table = session.recording.presentations;
    EXPECT_TRUE(std::ranges::is_sorted(table.start_s));
    EXPECT_EQ(table.stimulus_name.front(), "spontaneous");
    EXPECT_TRUE(std::isnan(table.is_omitted.front()));
    EXPECT_TRUE(std::isnan(table.image_index.front()));
    EXPECT_EQ(session.presentation_origins.table.front(), "spontaneous_presentations");
    EXPECT_EQ(session.presentation_origins.row.front(), 0);
    EXPECT_EQ(table.stimulus_name.back(), "natural_movie_one");
    EXPECT_EQ(table.movie_repeat.back(), 1.0);
    EXPECT_EQ(session.presentation_origins.row.back(), 39);
    EXPECT_THAT(session.presentation_origins.extra, Each(std::string()));
}

TEST_F(NwbSessionFile, TellsWhatOlderTablesLack) {
    const auto whole = read("");
    const auto session = read(
        "",
        "for n in list(f['intervals']):\n"
        "    if n.endswith('_presentations'):\n"
        "        for c in ('active', 'trials_id', 'is_sham_change'):\n"
        "            del f['intervals'][n][c]\n"
        "        k = [c for c in f['intervals'][n].attrs['colnames'] if c in f['intervals'][n]]\n"
        "        f['intervals'][n].attrs['colnames'] = k");
    const auto& ours = session.recording.presentations;
    const auto& told = whole.recording.presentations;
    EXPECT_EQ(ours.is_sham_change, told.is_sham_change);
    for (std::size_t i = 0; i < ours.count; ++i) {
        if (ours.image_name[i].empty()) continue;
        EXPECT_EQ(ours.is_active[i], told.is_active[i]);
    }
}

TEST_F(NwbSessionFile, FlagsFramesThatAreOneTooHigh) {
    const auto session =
        read("--trials 120",
             "t = f['intervals/Natural_Images_Lum_Matched_set_training_2017_presentations']\n"
             "drawn = t['omitted'][:] == 0\n"
             "t['start_frame'][:] = t['start_frame'][:] + drawn\n");
    EXPECT_THAT(issues(session), Contains("frame_offset_1"));
    EXPECT_THAT(issues(read("--trials 120")), Not(Contains("frame_offset_1")));
}

TEST_F(NwbSessionFile, TurnsSpeedOfReversedEncoders) {
    const auto whole = read("");
    const auto session = read("",
                              "for n in ('speed', 'speed_unfiltered'):\n"
                              "    d = f['processing/running'][n]['data']\n"
                              "    d[:] = -d[:]");
    EXPECT_TRUE(session.is_running_turned);
    EXPECT_FALSE(whole.is_running_turned);
    EXPECT_EQ(session.recording.running->speed_cm_s, whole.recording.running->speed_cm_s);
    EXPECT_THAT(issues(session), Contains("SignConvention"));
}

TEST_F(NwbSessionFile, LeavesOutWhatIsBrokenAndKeepsTheRest) {
    const auto no_running = read("", "del f['processing/running']");
    EXPECT_THAT(part_errors(no_running), ElementsAre("MissingDataset"));
    EXPECT_EQ(no_running.recording.trials.count, 20U);

    const auto eye = read("",
                          "d = f['acquisition/EyeTracking/eye_tracking']\n"
                          "t = d['timestamps'][:]\n"
                          "a = dict(d['timestamps'].attrs)\n"
                          "del d['timestamps']\n"
                          "d['timestamps'] = t[:-1]");
    EXPECT_THAT(part_errors(eye), ElementsAre("EyeFrames"));
    EXPECT_TRUE(eye.recording.running);

    const auto frames = read("", "f['processing/licking/licks/data'][-1] = 10**7");
    EXPECT_THAT(part_errors(frames), ElementsAre("LickFrame"));

    const auto blocks = read("",
                             "d = f['intervals/natural_movie_one_presentations/stimulus_block']\n"
                             "d[:] = 9");
    EXPECT_THAT(part_errors(blocks), ElementsAre("StimulusBlocks"));
    EXPECT_EQ(blocks.recording.presentations.count, 0U);
    EXPECT_THAT(blocks.presentation_origins.table, IsEmpty());
}

TEST_F(NwbSessionFile, DropsSurplusTimesOfEyeFrames) {
    const auto session =
        read("",
             "d = f['acquisition/EyeTracking/eye_tracking']\n"
             "t = d['timestamps'][:]\n"
             "del d['timestamps']\n"
             "d['timestamps'] = np.concatenate([t, t[-1] + np.arange(1, 16) / 30])");
    ASSERT_TRUE(session.recording.eye_tracking);
    EXPECT_EQ(session.recording.eye_tracking->time_s.size(),
              session.recording.eye_tracking->eye.width.size());
}

TEST_F(NwbSessionFile, RefusesBrokenTrialsByTheirErrors) {
    EXPECT_EQ(refusal("t = f['intervals/trials']\nt['hit'][3] = 1\nt['miss'][3] = 1"),
              "TrialClass");
    EXPECT_THAT(message_, HasSubstr("trial 3"));
    EXPECT_EQ(refusal("t = f['intervals/trials']\nt['start_time'][4] = 0.0"), "TrialOrder");
    EXPECT_EQ(refusal("del f['intervals/trials/go']"), "MissingDataset");
    EXPECT_THAT(message_, HasSubstr("go"));
    EXPECT_EQ(refusal("d = f['intervals/trials/lick_times_index']\nd[5] = 0"), "RaggedIndex");
    EXPECT_EQ(refusal("d = f['intervals/trials/lick_times_index']\nd[-1] = 65000"), "RaggedIndex");
    EXPECT_EQ(refusal("t = f['intervals/trials']\n"
                      "i = int(np.where(~t['aborted'][:])[0][0])\n"
                      "t['change_time'][i] = np.nan"),
              "ChangeEvent");
    EXPECT_EQ(refusal("t = f['intervals/trials']\nx = t['go'][:-1]\ndel t['go']\nt['go'] = x"),
              "ColumnLength");
    EXPECT_EQ(refusal("r = f['processing/rewards']\n"
                      "r['volume/timestamps'][1] = r['volume/timestamps'][0] + 0.134"),
              "TrialRewards");
    EXPECT_THAT(message_, HasSubstr("2 rewards"));
}

TEST_F(NwbSessionFile, RefusesFilesWithoutTheirBase) {
    EXPECT_EQ(refusal("del f['general/task_parameters']"), "MissingDataset");
    EXPECT_THAT(message_, HasSubstr("/general/task_parameters"));
    EXPECT_EQ(refusal("del f['processing/stimulus']"), "MissingDataset");
    EXPECT_EQ(refusal("del f['intervals/trials']"), "MissingDataset");
    EXPECT_EQ(refusal("del f['general/metadata'].attrs['behavior_session_id']"), "MissingDataset");
}

TEST_F(NwbSessionFile, RefusesTheFileOfAnotherSession) {
    const auto file = files_.make("behavior_session_900000007.nwb", "--trials 12");
    EXPECT_EQ(expectation_of_name(file).behavior_session_id, 900000007);
    try {
        (void)read_nwb_session(file, expectation_of_name(file));
        FAIL() << "was read";
    } catch (const Error& error) {
        EXPECT_EQ(error.type(), "SessionMismatch");
        EXPECT_THAT(error.what(), HasSubstr("900000001"));
        EXPECT_THAT(error.what(), HasSubstr("900000007"));
    }
    EXPECT_EQ(expectation_of_name("behavior_ophys_experiment_12.nwb").ophys_experiment_id, 12);
    EXPECT_FALSE(expectation_of_name("session.nwb").behavior_session_id);
}

TEST_F(NwbSessionFile, JoinsTracesWithRoisByTheirRegion) {
    const auto whole = read("--ophys --rois 4");
    const auto session = read("--ophys --rois 4",
                              "d = f['processing/ophys/dff/traces']\n"
                              "order = [2, 0, 3, 1]\n"
                              "d['data'][:] = d['data'][:][:, order]\n"
                              "d['rois'][:] = order");
    ASSERT_TRUE(session.plane);
    ASSERT_EQ(session.plane->traces.front().kind, "dff");
    EXPECT_EQ(doubles(session.plane->traces.front().values),
              doubles(whole.plane->traces.front().values));
    EXPECT_EQ(whole.plane->rois.cell_roi_id.front(), 1080600000);
    EXPECT_TRUE(std::isnan(whole.plane->rois.cell_specimen_id.back()));
    EXPECT_EQ(whole.plane->number, 910000001);
    EXPECT_FALSE(whole.plane->group);
    EXPECT_THAT(whole.plane->traces, SizeIs(5));
    EXPECT_THAT(whole.plane->images, SizeIs(3));
    EXPECT_NEAR(whole.plane->images.front().pixel_size_um, 0.78125, 1e-9);
}

TEST_F(NwbSessionFile, LeavesOutTracesOfAnotherLength) {
    const auto session = read("--ophys --rois 3",
                              "d = f['processing/ophys/neuropil_trace/traces']\n"
                              "x = d['data'][:-1]\n"
                              "del d['data']\n"
                              "d['data'] = x");
    ASSERT_TRUE(session.plane);
    EXPECT_THAT(session.plane->traces, SizeIs(4));
    EXPECT_THAT(part_errors(session), ElementsAre("ColumnLength"));
}

TEST_F(NwbSessionFile, KeepsArraysInTheFileUntilTheyAreAskedFor) {
    const auto session = read("--ophys --rois 3");
    ASSERT_THAT(session.templates, SizeIs(1));
    EXPECT_THAT(session.templates[0].image_names, SizeIs(8));
    EXPECT_THAT(session.templates[0].warped->shape, ElementsAre(8, 12, 19));
    EXPECT_EQ(session.templates[0].warped->dtype, "uint8");
    const auto unwarped = doubles(*session.templates[0].unwarped);
    ASSERT_THAT(unwarped, SizeIs(8 * 12 * 19));
    EXPECT_TRUE(std::isnan(unwarped[0]));
    EXPECT_THAT(session.plane->masks->shape, ElementsAre(3, 40, 36));
}

std::vector<std::string> not_understood(const ChangeSession& session) {
    std::vector<std::string> messages;
    for (const auto& issue : session.issues)
        if (issue.type == "NotUnderstood") messages.push_back(issue.message);
    return messages;
}

TEST_F(NwbSessionFile, ListsWhatNothingHereReads) {
    const auto session =
        read("--ophys",
             "def series(path):\n"
             "    g = f.create_group(path)\n"
             "    g.attrs['neurodata_type'] = 'TimeSeries'\n"
             "    g.attrs['namespace'] = 'core'\n"
             "    g['data'] = np.arange(4.)\n"
             "    g['data'].attrs['unit'] = 'V'\n"
             "    g['timestamps'] = np.arange(4.)\n"
             "series('acquisition/lfp')\n"
             "series('processing/running/acceleration')\n"
             "f.copy('intervals/spontaneous_presentations', 'intervals/epochs')\n"
             "f['general/task_parameters'].attrs['volume_limit'] = 1.5\n"
             "f['general/metadata'].attrs['foraging_id'] = 'abc'\n"
             "f['general/subject'].attrs['weight'] = '23 g'\n"
             "f['general/notes'] = 'a note'\n"
             "n = len(f['intervals/trials/id'])\n"
             "for name, values in (('photostim', np.arange(n) * 0.5), ('xy', np.zeros((n, 2)))):\n"
             "    d = f.create_dataset('intervals/trials/' + name, data=values)\n"
             "    d.attrs['neurodata_type'] = 'VectorData'\n"
             "    d.attrs['namespace'] = 'hdmf-common'\n"
             "    d.attrs['description'] = name\n");
    EXPECT_THAT(part_errors(session), IsEmpty());
    const auto messages = not_understood(session);
    ASSERT_THAT(messages, SizeIs(1));
    EXPECT_EQ(
        messages[0],
        "8 of the file's objects and values are read by nothing here: series "
        "/acquisition/lfp (TimeSeries), series /processing/running/acceleration (TimeSeries), "
        "table /intervals/epochs (TimeIntervals), column /intervals/trials/xy (VectorData), "
        "value /general/task_parameters/volume_limit, value /general/metadata/foraging_id, "
        "and 2 more");
    ASSERT_THAT(session.trial_extra, SizeIs(session.recording.trials.count));
    EXPECT_EQ(session.trial_extra[3], R"({"photostim":1.5})");
}

TEST_F(NwbSessionFile, CallsNothingUnreadThatIsRead) {
    EXPECT_THAT(not_understood(read("--ophys")), IsEmpty());
    EXPECT_THAT(not_understood(read("--passive --no-eye")), IsEmpty());
}

TEST_F(NwbSessionFile, FlagsATrainingSessionWithoutAutomaticReward) {
    const std::string without =
        "t = f['intervals/trials']\n"
        "auto = t['auto_rewarded'][:].astype(bool)\n"
        "t['auto_rewarded'][:] = False\n"
        "t['go'][:] = t['go'][:].astype(bool) | auto\n"
        "t['miss'][:] = t['miss'][:].astype(bool) | auto\n";
    const auto n_flags = [&](const std::string& type, const std::string& change) {
        const auto session = read("--session-type " + type, change);
        return std::ranges::count(session.issues, "NoAutoReward", &SessionIssue::type);
    };
    EXPECT_EQ(n_flags("TRAINING_3_images_A_10uL_reward", without), 1);
    EXPECT_EQ(n_flags("TRAINING_3_images_A_10uL_reward", ""), 0);
    EXPECT_EQ(n_flags("OPHYS_3_images_A", without), 0);
}

}  // namespace
}  // namespace tb::allen
