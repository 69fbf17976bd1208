// task.change_running, task.change_eye and the tables of imaging through the database and the array
// store.
#include "tests/compute/change_detection/support.hpp"
#include "tests/compute/populated/change_world.hpp"
#include "trialbase/missing.hpp"

#include <cmath>
#include <fstream>
#include <numeric>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tb::compute::testing {
namespace {

namespace change = change_detection::testing;
using Json = nlohmann::json;

Json read_json(const std::filesystem::path& file) {
    return Json::parse(std::ifstream(file));
}

void expect_close(const std::vector<double>& got, const std::vector<double>& want,
                  double tolerance) {
    ASSERT_EQ(got.size(), want.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        if (std::isnan(want[i])) {
            EXPECT_TRUE(std::isnan(got[i])) << i;
        } else {
            EXPECT_NEAR(got[i], want[i], tolerance * std::max(1.0, std::abs(want[i]))) << i;
        }
    }
}

class PopulatedSignals : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto shared = compute::task::testing::shared_folder();
        if (!shared) GTEST_SKIP() << "the shared folder is not there";
        vectors_ = *shared / "vectors/change_detection";
        world_.add_subject(1);
    }
    std::filesystem::path vectors_;
    ChangeWorld world_;
};

TEST_F(PopulatedSignals, RunningSpeedAgreesWithTheGoldenVectors) {
    for (int i = 0; i < 3; ++i) {
        const auto folder = vectors_ / fmt::format("running_{}", i);
        std::vector<double> v_sig = change::numbers(folder / "input.csv", "v_sig");
        std::vector<double> v_in = change::numbers(folder / "input.csv", "v_in");
        const auto n_longer =
            read_json(folder / "input.json").at("encoder_longer_than_time_by").get<std::size_t>();
        v_sig.insert(v_sig.end(), n_longer, v_sig.back());
        v_in.insert(v_in.end(), n_longer, v_in.back());
        std::vector<double> times = change::numbers(folder / "input.csv", "time");
        const std::size_t n = times.size();
        const auto ids = world_.add_arrays({{"times", Array::vector(times)},
                                            {"v_sig", Array::vector(v_sig)},
                                            {"v_in", Array::vector(v_in)}});
        world_.add_session(10 + i, 1, fmt::format("2019-03-{:02}", i + 1));
        world_.run(fmt::format(
            "insert into task.running_recording (session_id, n_samples, times_array_id, "
            "signal_voltage_array_id, supply_voltage_array_id) values ('{}', {}, '{}', '{}', '{}')",
            key_of(10 + i), n, ids[0], ids[1], ids[2]));
    }
    // One without an encoder, whose speed alone was published.
    const auto ids = world_.add_arrays({{"times", Array::vector({0.0, 1.0})}});
    world_.add_session(20, 1, "2019-03-20");
    world_.run(
        fmt::format("insert into task.running_recording (session_id, n_samples, "
                    "times_array_id) values ('{}', 2, '{}')",
                    key_of(20), ids[0]));
    ASSERT_EQ(world_.populate({"task.change_running"}), 0);
    for (int i = 0; i < 3; ++i) {
        SCOPED_TRACE(i);
        const auto expected = vectors_ / fmt::format("running_{}/expected.csv", i);
        const auto stored = [&](const std::string& name) {
            return world_
                .array(fmt::format("select ref from task.change_running join store.array on "
                                   "array_id = {}_array_id where session_id = '{}'",
                                   name, key_of(10 + i)))
                .numbers();
        };
        expect_close(stored("speed"), change::numbers(expected, "speed_filtered_polarity_fixed"),
                     1e-7);
        expect_close(stored("speed_unfiltered"),
                     change::numbers(expected, "speed_unfiltered_polarity_fixed"), 1e-9);
    }
    EXPECT_EQ(world_.value("select string_agg(is_sign_turned::text, ' ' order by session_id) from "
                           "task.change_running"),
              "false true false")
        << "the second one runs backwards";
    EXPECT_EQ(world_.value("select reason from engine_job.task__change_running where state = "
                           "'settled'"),
              "the recording has no voltages of an encoder");
}

TEST_F(PopulatedSignals, EyeAreasAndBlinksAgreeWithTheGoldenVector) {
    const auto folder = vectors_ / "eye_tracking";
    const auto column = [&](const std::string& name) {
        return Array::vector(change::numbers(folder / "input.csv", name));
    };
    std::vector<std::pair<std::string, Array>> arrays = {{"times", column("eye_width")}};
    for (const auto* object : {"eye", "pupil", "cr"}) {
        for (const auto* part : {"center_x", "width", "height", "phi"}) {
            const auto name = fmt::format("{}_{}", object, part);
            arrays.emplace_back(name, column(name));
        }
    }
    const auto ids = world_.add_arrays(arrays);
    world_.add_session(10, 1, "2019-03-01");
    world_.run(
        fmt::format("insert into task.eye_recording (session_id, n_frames, times_array_id) "
                    "values ('{}', 900, '{}')",
                    key_of(10), ids[0]));
    const std::vector<std::string> objects = {"eye", "pupil", "corneal_reflection"};
    for (std::size_t i = 0; i < 3; ++i) {
        world_.run(fmt::format(
            "insert into task.eye_ellipse (session_id, tracked_object, center_array_id, "
            "width_array_id, height_array_id, angle_array_id) values ('{}', '{}', '{}', '{}', "
            "'{}', "
            "'{}')",
            key_of(10), objects[i], ids[1 + 4 * i], ids[2 + 4 * i], ids[3 + 4 * i],
            ids[4 + 4 * i]));
    }
    world_.run(
        "insert into task.change_eye_params values ('z2.0_dil0', 'for tests', 2, 0), "
        "('z3.0_dil5', 'for tests', 3, 5)");
    ASSERT_EQ(world_.populate({"task.change_eye"}), 0);
    const Json expected = read_json(folder / "expected.json");
    for (const auto& [params, name] :
         {std::pair{"default", "z3.0_dil2"}, std::pair{"z2.0_dil0", "z2.0_dil0"},
          std::pair{"z3.0_dil5", "z3.0_dil5"}}) {
        SCOPED_TRACE(name);
        const Json& want = expected.at(name);
        const auto blinks =
            world_
                .array(fmt::format("select ref from task.change_eye join store.array on array_id = "
                                   "likely_blink_array_id where params_id = '{}'",
                                   params))
                .numbers();
        const auto& flags = want.at("likely_blink");
        ASSERT_EQ(blinks.size(), flags.size());
        double n_blinks = 0;
        for (std::size_t i = 0; i < blinks.size(); ++i) {
            EXPECT_EQ(blinks[i] == 1.0, flags[i].get<bool>()) << i;
            n_blinks += blinks[i];
        }
        EXPECT_DOUBLE_EQ(world_.column(fmt::format("select blink_fraction from task.change_eye "
                                                   "where params_id = '{}'",
                                                   params))[0],
                         n_blinks / 900.0);
        const auto pupil =
            world_
                .array(fmt::format("select ref from task.change_eye join store.array on array_id = "
                                   "pupil_area_array_id where params_id = '{}'",
                                   params))
                .numbers();
        const auto raw =
            world_
                .array(fmt::format("select ref from task.change_eye join store.array on array_id = "
                                   "pupil_area_raw_array_id where params_id = '{}'",
                                   params))
                .numbers();
        for (std::size_t i = 0; i < pupil.size(); ++i) {
            if (blinks[i] == 1.0) {
                EXPECT_TRUE(std::isnan(pupil[i])) << i;
            } else {
                EXPECT_EQ(pupil[i], raw[i]) << i;
            }
        }
    }
}

/// A plane with 4 ROIs at 10 frames a second for 30 s: the first answers to changes (at 10 s and
/// 20 s, from 0 to 0.75 s after them) with 1, the second with 3, the third is no cell, the fourth
/// stays at its level of 5.
class PopulatedPlane : public PopulatedSignals {
  protected:
    static constexpr std::size_t n_frames = 301;

    void SetUp() override {
        PopulatedSignals::SetUp();
        if (IsSkipped()) return;
        std::vector<double> times(n_frames), traces, events;
        for (std::size_t i = 0; i < n_frames; ++i) {
            times[i] = 0.1 * static_cast<double>(i);
            const bool is_answer = (i >= 100 && i <= 107) || (i >= 200 && i <= 207);
            const double height = is_answer ? 1.0 : 0.0;
            traces.insert(traces.end(), {0.5 + height, 3.0 * height, 100.0, 5.0});
            const double event = i == 100 ? 2.0 : 0.0;
            events.insert(events.end(), {event, 0.0, 0.0, nan});
        }
        const auto ids = world_.add_arrays({{"times", Array::vector(times)},
                                            {"dff", Array::matrix(n_frames, 4, traces)},
                                            {"events", Array::matrix(n_frames, 4, events)}});
        world_.add_session(10, 1, "2019-03-01");
        world_.run(fmt::format(
            "insert into imaging.plane (session_id, plane, frame_rate_hz, n_frames, n_rois, "
            "frame_times_array_id) values ('{0}', 900, 10, {1}, 4, '{2}');\n"
            "insert into imaging.roi (session_id, plane, roi, is_valid) values ('{0}', 900, 1, "
            "true), ('{0}', 900, 2, null), ('{0}', 900, 3, false), ('{0}', 900, 4, true);\n"
            "insert into imaging.trace (session_id, plane, kind, n_frames, unit, trace_array_id) "
            "values ('{0}', 900, 'dff', {1}, 'dF/F', '{3}'), ('{0}', 900, 'events', {1}, null, "
            "'{4}');\n"
            // The last change is too close to the end; one presentation is no change.
            "insert into task.stimulus_presentation (session_id, presentation, start_s, "
            "is_omitted, "
            "is_change, image_name) values ('{0}', 1, 5, false, false, 'im1'), ('{0}', 2, 10, "
            "false, true, 'im2'), ('{0}', 3, 20, false, true, 'im1'), ('{0}', 4, 29, false, true, "
            "'im2')",
            key_of(10), n_frames, ids[0], ids[1], ids[2]));
    }
};

TEST_F(PopulatedPlane, CellsAreAlignedToChanges) {
    ASSERT_EQ(world_.populate({"imaging.event_response"}), 0);
    EXPECT_EQ(world_.value("select concat_ws(' ', n_events, n_events_outside, n_rois, n_samples, "
                           "start_s, unit) from imaging.event_response where params_id = "
                           "'change_dff'"),
              "2 1 3 91 -1 dF/F");
    // Lines between frames reach the height from 0.1 s before the event on: of the 15 samples of
    // the baseline the last two are at 1/3 and 2/3. At 0.5 s the means are 1, 3 and 0 without it.
    const double level = 1.0 / 15.0;
    const auto row = [&](const std::string& column) {
        return world_.column(
            fmt::format("select {} from imaging.event_response_sample where "
                        "params_id = 'change_dff' and abs(time_s - 0.5) < 1e-6",
                        column));
    };
    EXPECT_NEAR(row("mean_over_rois").at(0), 4.0 / 3.0 * (1.0 - level), 1e-9);
    EXPECT_NEAR(row("sem_over_rois").at(0), std::sqrt(7.0 / 9.0) * (1.0 - level), 1e-9);
    EXPECT_EQ(row("n_rois").at(0), 3.0);
    EXPECT_NEAR(world_.column("select mean_over_rois from imaging.event_response_sample where "
                              "params_id = 'change_dff' and sample = 1")[0],
                -4.0 / 3.0 * level, 1e-9);
    EXPECT_EQ(world_.value("select string_agg(concat_ws('/', roi, row_no, n_events), ' ' order by "
                           "roi) from imaging.event_response_roi where params_id = 'change_dff'"),
              "1/0/2 2/1/2 4/2/2");
    const auto responses = world_.column(
        "select mean_response from imaging.event_response_roi where params_id = 'change_dff' order "
        "by roi");
    // From 0 to before 0.75 s, 23 samples; those up to 0.7 s are at the height, the next one lies
    // between 0.7 s (1) and 0.8 s (0): 0.7333 s is 2/3.
    const double mean = (22.0 + 2.0 / 3.0) / 23.0;
    EXPECT_NEAR(responses.at(0), mean - level, 1e-9);
    EXPECT_NEAR(responses.at(1), 3.0 * (mean - level), 1e-9);
    EXPECT_NEAR(responses.at(2), 0.0, 1e-12);
    const Array matrix = world_.array(
        "select ref from imaging.event_response join store.array on array_id = roi_mean_array_id "
        "where params_id = 'change_dff'");
    EXPECT_EQ(matrix.shape, (std::vector<std::size_t>{3, 91}));
    EXPECT_NEAR(matrix.numbers()[91 + 45], 3.0 * (1.0 - level), 1e-9) << "ROI 2 at 0.5 s";
    EXPECT_EQ(world_.value("select string_agg(concat_ws(' ', dataset, axis.start_s, "
                           "axis.sampling_rate_hz), ', ' order by dataset) from "
                           "imaging.event_response join store.array on array_id in (mean_array_id, "
                           "roi_mean_array_id) left join lateral store.time_axis(array_id) as axis "
                           "on true where params_id = 'change_dff'"),
              "mean -1 30, roi_mean")
        << "only the mean has a sample a row";
    EXPECT_EQ(world_.value("select string_agg(distinct reason, '; ') from "
                           "engine_job.imaging__event_response where state = 'settled'"),
              "the session has no omission");
}

TEST_F(PopulatedPlane, EventsAreSpreadOverTheFramesThatFollow) {
    ASSERT_EQ(world_.populate({"imaging.filtered_events"}), 0);
    const double scale = 2.0 / 31.0 * 10.0;
    EXPECT_NEAR(world_.column("select scale_frames from imaging.filtered_events")[0], scale, 1e-12);
    const std::vector<double> filtered =
        world_
            .array(
                "select ref from imaging.filtered_events join store.array on array_id = "
                "filtered_events_array_id")
            .numbers();
    ASSERT_EQ(filtered.size(), n_frames * 4);
    double sum = 0.0;
    for (int k = 0; k < 20; ++k) sum += std::exp(-k * k / (2.0 * scale * scale));
    EXPECT_NEAR(filtered[99 * 4], 0.0, 1e-12) << "nothing before the event";
    EXPECT_NEAR(filtered[100 * 4], 2.0 / sum, 1e-12);
    EXPECT_NEAR(filtered[101 * 4], 2.0 * std::exp(-1.0 / (2.0 * scale * scale)) / sum, 1e-12);
    EXPECT_NEAR(filtered[100 * 4 + 1], 0.0, 1e-12);
    EXPECT_TRUE(std::isnan(filtered[100 * 4 + 3])) << "an ROI without events";
}

}  // namespace
}  // namespace tb::compute::testing
