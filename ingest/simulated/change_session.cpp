#include "ingest/simulated/change_session.hpp"

#include "ingest/allen/monitor_delay.hpp"
#include "ingest/allen/mouse.hpp"
#include "ingest/simulated/change_trials.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Streams of random numbers that belong to a session.
enum SessionStream : std::uint64_t {
    length_stream = 31,
    trial_stream,
    frame_stream,
    running_stream,
    eye_stream
};

constexpr std::int64_t grey_frames =
    18'000;                                // 5 min, before and after the task of imaging sessions
constexpr std::int64_t lead_frames = 300;  // before the first flash of the others
constexpr std::int64_t rest_frames = 60;   // after the last trial
constexpr int movie_frames = 900;          // each shown for two frames of the monitor
constexpr int movie_repeats = 10;
constexpr double omitted_s = 0.25;
constexpr double dropped_frame_chance = 2e-4;  // a frame that lasts as long as two
constexpr double eye_tracking_chance = 0.7;    // of imaging sessions

constexpr std::array images_a{"im061", "im062", "im063", "im065",
                              "im066", "im069", "im077", "im085"};
constexpr std::array images_b{"im000", "im031", "im035", "im045",
                              "im054", "im073", "im075", "im106"};
constexpr std::array orientations{"gratings_0.0", "gratings_90.0"};

/// Times of stimulus frames: 60 Hz, each some tenths of a millisecond early or late, in steps
/// of 7.6 us (binary fractions, which compress).
std::vector<double> make_frame_times(std::int64_t count, Random random) {
    std::vector<double> times;
    times.reserve(static_cast<std::size_t>(count));
    double nominal = 0.0;
    double before = 0.0;
    for (std::int64_t i = 0; i < count; ++i) {
        const double jitter = i == 0 ? 0.0 : std::clamp(2e-4 * random.normal(), -1e-3, 1e-3);
        before = std::max(before, nominal + jitter);
        times.push_back(std::round(before * 0x1p17) / 0x1p17);
        nominal += (random.chance(dropped_frame_chance) ? 2.0 : 1.0) / 60.0;
    }
    return times;
}

/// Turns frames into times and columns.
class RecordingMaker {
  public:
    RecordingMaker(const ChangeDay& day, const FrameTask& task, ChangeRecording& recording)
        : day_(day),
          task_(task),
          recording_(recording),
          time_(recording.stimulus_frame_time_s),
          delay_(recording.monitor_delay_s) {}

    void run() {
        for (const auto& trial : task_.trials) add(trial);
        std::ranges::sort(recording_.licks.frame);
        for (const auto frame : recording_.licks.frame)
            recording_.licks.time_s.push_back(at(frame));
        add_presentations();
    }

  private:
    [[nodiscard]] double at(std::int64_t frame) const {
        return time_[static_cast<std::size_t>(frame)];
    }
    [[nodiscard]] std::string name_of(int image) const {
        if (image < 0) return "omitted";
        const auto index = static_cast<std::size_t>(image);
        return day_.is_gratings ? orientations[index] : image_names(day_.image_set)[index];
    }

    void add(const FrameTrial& trial) {
        auto& t = recording_.trials;
        const bool is_aborted = trial.kind == ChangeTrialKind::aborted;
        const bool is_go = trial.kind == ChangeTrialKind::go;
        const bool is_catch = trial.kind == ChangeTrialKind::catch_trial;
        const bool is_free = trial.kind == ChangeTrialKind::auto_rewarded;
        const double start = at(trial.start);
        const double stop = at(trial.stop);
        const double change = is_aborted ? nan : at(trial.change) + delay_;
        std::vector<double> licks;
        for (const auto frame : trial.licks) licks.push_back(at(frame));
        ++t.count;
        t.start_s.push_back(start);
        t.stop_s.push_back(stop);
        t.length_s.push_back(stop - start);
        t.initial_image_name.push_back(name_of(trial.initial_image));
        t.change_image_name.push_back(name_of(trial.final_image));
        t.is_change.push_back(is_go || is_free);
        t.change_time_s.push_back(change);
        t.change_frame.push_back(is_aborted ? nan : static_cast<double>(trial.change));
        t.is_go.push_back(is_go);
        t.is_catch.push_back(is_catch);
        t.is_auto_rewarded.push_back(is_free);
        t.is_aborted.push_back(is_aborted);
        t.is_hit.push_back(is_go && trial.has_responded);
        t.is_miss.push_back(is_go && !trial.has_responded);
        t.is_false_alarm.push_back(is_catch && trial.has_responded);
        t.is_correct_reject.push_back(is_catch && !trial.has_responded);
        t.lick_s.push_back(licks);
        const bool has_time = !is_aborted && !licks.empty();
        t.response_time_s.push_back(has_time ? licks.front() : nan);
        t.response_latency_s.push_back(
            is_aborted ? nan : (licks.empty() ? infinity : licks.front() - change));
        t.reward_time_s.push_back(trial.reward >= 0 ? at(trial.reward) : nan);
        t.reward_volume_ml.push_back(trial.reward_ml);
        if (trial.reward >= 0) {
            recording_.rewards.time_s.push_back(at(trial.reward));
            recording_.rewards.volume_ml.push_back(trial.reward_ml);
            recording_.rewards.is_auto_rewarded.push_back(is_free);
        }
        auto& frames = recording_.licks.frame;
        frames.insert(frames.end(), trial.licks.begin(), trial.licks.end());
    }

    /// A row with what every kind of presentation has; the rest is missing.
    void add_row(std::int64_t start_frame, std::int64_t end_frame, double start_s, double stop_s,
                 int block, const char* name) {
        auto& p = recording_.presentations;
        ++p.count;
        p.start_s.push_back(start_s);
        p.stop_s.push_back(stop_s);
        p.duration_s.push_back(stop_s - start_s);
        p.start_frame.push_back(static_cast<double>(start_frame));
        p.end_frame.push_back(static_cast<double>(end_frame));
        p.stimulus_block.push_back(block);
        p.stimulus_name.emplace_back(name);
        p.image_index.push_back(nan);
        p.image_name.emplace_back();
        p.is_omitted.push_back(nan);
        p.is_change.push_back(nan);
        p.is_image_novel.push_back(nan);
        p.is_sham_change.push_back(0.0);
        p.is_active.push_back(0.0);
        p.flashes_since_change.push_back(nan);
        p.trials_id.push_back(nan);
        p.movie_frame_index.push_back(nan);
        p.movie_repeat.push_back(nan);
    }

    void add_grey(std::int64_t start, std::int64_t end, int block) {
        add_row(start, end, start == 0 ? at(0) : at(start) + delay_, at(end) + delay_, block,
                "spontaneous");
    }

    void add_presentations() {
        auto& p = recording_.presentations;
        const int block = day_.is_imaging ? 1 : 0;
        const char* const name = day_.is_gratings ? "grating" : image_set_name(day_.image_set);
        if (day_.is_imaging) add_grey(0, task_.flashes.front().start, 0);
        double since = 0.0;
        std::size_t trial = 0;
        for (std::size_t i = 0; i < task_.flashes.size(); ++i) {
            const auto& flash = task_.flashes[i];
            const bool is_omitted = flash.image < 0;
            const double start = at(flash.start) + delay_;
            add_row(flash.start, flash.end, start,
                    is_omitted ? start + omitted_s : at(flash.end) + delay_, block, name);
            while (trial + 1 < task_.trials.size() && task_.trials[trial + 1].start <= flash.start)
                ++trial;
            if (i > 0 && !is_omitted) since = flash.is_change ? 0.0 : since + 1.0;
            if (!day_.is_gratings) p.image_index.back() = is_omitted ? n_images : flash.image;
            p.image_name.back() = name_of(flash.image);
            p.is_omitted.back() = is_omitted;
            p.is_change.back() = flash.is_change;
            p.is_image_novel.back() = !is_omitted && day_.is_novel;
            p.is_sham_change.back() = flash.is_sham_change;
            p.is_active.back() = !day_.is_passive;
            p.flashes_since_change.back() = since;
            p.trials_id.back() = static_cast<double>(trial);
        }
        if (!day_.is_imaging) return;
        const auto movie = task_.end + grey_frames;
        add_grey(task_.end, movie, 2);
        for (int repeat = 0; repeat < movie_repeats; ++repeat) {
            for (int frame = 0; frame < movie_frames; ++frame) {
                const auto start = movie + 2 * (repeat * movie_frames + frame);
                add_row(start, start + 2, at(start) + delay_, at(start + 2) + delay_, 3,
                        "natural_movie_one");
                p.movie_frame_index.back() = frame;
                p.movie_repeat.back() = repeat;
            }
        }
    }

    const ChangeDay& day_;
    const FrameTask& task_;
    ChangeRecording& recording_;
    const std::vector<double>& time_;
    double delay_;
};

void describe(const ChangeMouse& mouse, const ChangeDay& day, const FrameTask& task,
              ChangeRecording& recording) {
    auto& m = recording.metadata;
    m.behavior_session_id = day.behavior_session_id;
    m.behavior_session_uuid =
        fmt::format("00000000-0000-4000-8000-{:012}", day.behavior_session_id);
    m.mouse_id = mouse.mouse_id;
    // As published: the laboratory's clock under the label of another zone.
    m.date_of_acquisition = day.date_of_acquisition + "+00:00";
    m.date_of_acquisition->replace(10, 1, "T");
    m.session_type = day.session_type;
    m.equipment_name = day.equipment;
    m.project_code = mouse.project_code;
    m.stimulus_frame_rate_hz = 60.0;
    m.sex = mouse.sex;
    m.age = allen::age_text(day.age_days);
    m.full_genotype = mouse.full_genotype;
    m.reporter_line = mouse.reporter_line;
    m.driver_lines = mouse.driver_line;
    auto& p = recording.task_parameters;
    p.blank_duration_s = {0.5, 0.5};
    p.response_window_s = {0.15, 0.75};
    p.stimulus_duration_s = day.is_flashed ? 0.25 : nan;
    p.omitted_flash_fraction = day.has_omissions ? 0.05 : nan;
    p.reward_volume_ml = earned_reward_ml(day);
    p.auto_reward_volume_ml = auto_reward_ml;
    p.session_type = day.session_type;
    p.image_set = day.is_gratings ? "gratings" : "images_" + day.image_set;
    p.stimulus_name = day.is_gratings ? "grating" : image_set_name(day.image_set);
    p.stimulus = day.is_gratings ? "grating" : "images";
    p.stimulus_distribution = "geometric";
    p.task = "change detection";
    for (const auto& flash : task.flashes)
        if (flash.image >= 0) p.n_stimulus_frames += flash.end - flash.start;
}

/// The rig's things, as one of the published rigs has them.
EyeRigGeometry rig_geometry(const std::string& equipment) {
    EyeRigGeometry rig;
    rig.equipment = equipment;
    rig.monitor_position_mm = {118.6, 86.2, 31.6};
    rig.camera_position_mm = {102.8, 74.7, 31.6};
    rig.led_position_mm = {246.0, 92.3, 52.6};
    rig.camera_rotation_deg = {0.0, 0.0, 2.8};
    return rig;
}

}  // namespace

const char* image_set_name(std::string_view letter) {
    return letter == "A" ? "Natural_Images_Lum_Matched_set_training_2017"
                         : "Natural_Images_Lum_Matched_set_ophys_6_2017";
}

std::span<const char* const> image_names(std::string_view letter) {
    return letter == "A" ? images_a : images_b;
}

MadeChangeSession make_change_session(const ChangeOptions& options, const ChangeMouse& mouse,
                                      const ChangeDay& day, std::uint64_t mouse_number) {
    const auto stream = [&](SessionStream name) {
        return Random{options.seed, name, mouse_number,
                      static_cast<std::uint64_t>(day.training_day)};
    };
    MadeChangeSession made;
    auto& truth = made.truth;
    truth.behavior_session_id = day.behavior_session_id;
    truth.mouse_id = mouse.mouse_id;
    truth.session_type = day.session_type;
    truth.date_of_acquisition = day.date_of_acquisition + "+00:00";
    truth.training_day = day.training_day;
    truth.is_passive = day.is_passive;
    truth.skill = day.skill;
    truth.experiments = day.experiments.size();
    // The first session lasts a quarter of an hour.
    const double mean_trials = options.trials * (day.is_all_automatic ? 0.4 : 1.0);
    const auto n_trials = static_cast<std::size_t>(
        std::max(1.0, std::round(mean_trials * stream(length_stream).uniform(0.8, 1.2))));
    const auto task = make_change_trials(day, n_trials, day.is_imaging ? grey_frames : lead_frames,
                                         stream(trial_stream), truth);
    const auto n_frames =
        task.end + rest_frames +
        (day.is_imaging ? grey_frames + std::int64_t{2} * movie_frames * movie_repeats : 0);
    truth.frames = static_cast<std::size_t>(n_frames);

    auto& recording = made.recording;
    recording.origin = fmt::format("simulated session {}", day.behavior_session_id);
    recording.monitor_delay_s =
        allen::measured_monitor_delay_s(day.equipment).value_or(allen::default_monitor_delay_s);
    recording.stimulus_frame_time_s = make_frame_times(n_frames, stream(frame_stream));
    describe(mouse, day, task, recording);
    RecordingMaker(day, task, recording).run();
    recording.running = make_running(recording.stimulus_frame_time_s, recording.rewards.time_s,
                                     stream(running_stream));
    auto eye = stream(eye_stream);
    truth.has_eye_tracking = day.is_imaging && eye.chance(eye_tracking_chance);
    if (truth.has_eye_tracking) {
        recording.eye_tracking = make_eye_tracking(recording.stimulus_frame_time_s.back(), eye);
        recording.eye_rig_geometry = rig_geometry(day.equipment);
    }
    return made;
}

}  // namespace tb::simulated
