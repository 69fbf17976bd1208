#include "ingest/simulated/change_file.hpp"

#include "include/trialbase/simulated_marker.hpp"
#include "ingest/simulated/change_session.hpp"
#include "ingest/simulated/nwb_parts.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>

namespace tb::simulated {
namespace {

constexpr const char* behavior_extension = "ndx-aibs-behavior-ophys";
constexpr const char* eye_extension = "ndx-ellipse-eye-tracking";
constexpr const char* template_extension = "ndx-aibs-stimulus-template";
constexpr const char* frame_series = "/processing/stimulus/timestamps";
constexpr std::int64_t missing_integer = -99;
constexpr std::size_t image_rows = 48;  // the published ones have 1200
constexpr std::size_t image_columns = 77;

std::vector<std::uint8_t> booleans(const std::vector<double>& values) {
    std::vector<std::uint8_t> out(values.size());
    std::ranges::transform(values, out.begin(),
                           [](double value) { return static_cast<std::uint8_t>(value == 1.0); });
    return out;
}

std::vector<std::int64_t> integers(const std::vector<double>& values) {
    std::vector<std::int64_t> out(values.size());
    std::ranges::transform(values, out.begin(), [](double value) {
        return std::isnan(value) ? missing_integer : std::llround(value);
    });
    return out;
}

class FileMaker {
  public:
    FileMaker(NwbWriter& file, const ChangeRecording& recording,
              const ImagingExperiment* experiment)
        : file_(file), recording_(recording), experiment_(experiment) {}

    void run() {
        write_root();
        write_metadata();
        write_task_parameters();
        write_frames_and_running();
        write_licks_and_rewards();
        write_trials();
        write_presentations();
        if (recording_.eye_tracking) write_eye_tracking();
        if (experiment_ != nullptr) write_imaging(file_, *experiment_, recording_);
    }

  private:
    void write_root() {
        const auto& meta = recording_.metadata;
        file_.type("/", "NWBFile", "core");
        file_.attribute("/", "nwb_version", "2.7.0");
        for (const auto* group : {"/acquisition", "/analysis", "/general", "/intervals",
                                  "/processing", "/specifications", "/stimulus/presentation",
                                  "/stimulus/templates", "/general/devices"})
            file_.group(group);
        file_.text("/identifier",
                   std::to_string(experiment_ != nullptr ? experiment_->ophys_experiment_id
                                                         : meta.behavior_session_id.value()));
        file_.text("/session_description", meta.session_type.value());
        const auto& start = meta.date_of_acquisition.value();
        file_.text("/session_start_time", start);
        file_.text("/timestamps_reference_time", start);
        file_.texts("/file_create_date", {start});
        // What makes the file known as simulated where the folder's mark is lost.
        file_.text("/general/institution", "simulated by trialbase");
        file_.text("/general/experiment_description",
                   fmt::format("{}: nobody's data", simulated_description));
        file_.texts("/general/keywords",
                    experiment_ != nullptr
                        ? std::vector<std::string>{"2-photon", "calcium imaging", "visual cortex",
                                                   "behavior", "task"}
                        : std::vector<std::string>{"visual", "behavior", "task"});
    }

    void write_metadata() {
        const auto& meta = recording_.metadata;
        const auto device = "/general/devices/" + meta.equipment_name.value();
        file_.object(device, "Device");
        file_.attribute(device, "description", "A rig that does not exist");
        file_.attribute(device, "manufacturer", "none");
        const std::string at = "/general/metadata";
        file_.object(at, experiment_ != nullptr ? "OphysBehaviorMetadata" : "BehaviorMetadata",
                     behavior_extension);
        file_.attribute(at, "behavior_session_id", meta.behavior_session_id.value());
        file_.attribute(at, "behavior_session_uuid", meta.behavior_session_uuid.value());
        file_.attribute(at, "equipment_name", meta.equipment_name.value());
        file_.attribute(at, "project_code", meta.project_code.value());
        file_.attribute(at, "session_type", meta.session_type.value());
        file_.attribute(at, "stimulus_frame_rate", meta.stimulus_frame_rate_hz.value());
        if (experiment_ != nullptr) {
            const auto& plane = experiment_->plane;
            const auto pixels = static_cast<std::int64_t>(field_of_view);
            file_.attribute(at, "field_of_view_height", pixels);
            file_.attribute(at, "field_of_view_width", pixels);
            file_.attribute(at, "imaging_depth", plane.imaging_depth_um);
            file_.attribute(at, "targeted_imaging_depth", plane.imaging_depth_um);
            file_.attribute(at, "imaging_plane_group", plane.group.value_or(-1));
            file_.attribute(at, "imaging_plane_group_count", plane.group_count);
            file_.attribute(at, "ophys_container_id", plane.ophys_container_id);
            file_.attribute(at, "ophys_experiment_id", experiment_->ophys_experiment_id);
            file_.attribute(at, "ophys_session_id", experiment_->ophys_session_id);
        }
        const std::string subject = "/general/subject";
        file_.object(subject, "BehaviorSubject", behavior_extension);
        file_.attribute(subject, "driver_line", meta.driver_lines);
        file_.attribute(subject, "reporter_line", meta.reporter_line.value());
        file_.text(subject + "/age", meta.age.value());
        file_.attribute(subject + "/age", "reference", "birth");
        file_.text(subject + "/description", "A mouse that does not exist");
        file_.text(subject + "/genotype", meta.full_genotype.value());
        file_.text(subject + "/sex", meta.sex.value());
        file_.text(subject + "/species", "Mus musculus");
        file_.text(subject + "/subject_id", meta.mouse_id.value());
    }

    void write_task_parameters() {
        const auto& task = recording_.task_parameters;
        const auto pair = [](const std::array<double, 2>& values) {
            return std::vector<std::string>{fmt::format("{}", values[0]),
                                            fmt::format("{}", values[1])};
        };
        const std::string at = "/general/task_parameters";
        file_.object(at, "BehaviorTaskParameters", behavior_extension);
        file_.attribute(at, "auto_reward_volume", task.auto_reward_volume_ml);
        file_.attribute(at, "blank_duration_sec", pair(task.blank_duration_s));
        file_.attribute(at, "n_stimulus_frames", task.n_stimulus_frames);
        file_.attribute(at, "omitted_flash_fraction", task.omitted_flash_fraction);
        file_.attribute(at, "response_window_sec", pair(task.response_window_s));
        file_.attribute(at, "reward_volume", task.reward_volume_ml);
        file_.attribute(at, "session_type", task.session_type);
        file_.attribute(at, "stimulus", task.stimulus);
        file_.attribute(at, "stimulus_distribution", task.stimulus_distribution);
        file_.attribute(at, "stimulus_duration_sec", task.stimulus_duration_s);
        file_.attribute(at, "stimulus_name", task.stimulus_name);
        file_.attribute(at, "task", task.task);
    }

    void module(const std::string& name, const char* description) {
        file_.object("/processing/" + name, "ProcessingModule");
        file_.attribute("/processing/" + name, "description", description);
    }

    void write_frames_and_running() {
        const auto& time = recording_.stimulus_frame_time_s;
        module("stimulus", "Stimulus Times processing");
        write_series(file_, frame_series, {"s"}, time, time);
        const auto& running = recording_.running.value();
        module("running", "Running speed processing module");
        write_series(file_, "/processing/running/speed", {"cm/s"}, running.speed_cm_s, time);
        write_series(file_, "/processing/running/speed_unfiltered", {"cm/s"},
                     running.speed_unfiltered_cm_s, time);
        SeriesKind wheel{"cm"};
        wheel.description = "angular change of the wheel";
        write_series(file_, "/processing/running/dx", wheel, running.dx, time);
        write_series(file_, "/acquisition/v_sig", {"V"}, running.v_sig, time);
        write_series(file_, "/acquisition/v_in", {"V"}, running.v_in, time);
    }

    void write_licks_and_rewards() {
        const auto& licks = recording_.licks;
        if (!licks.frame.empty()) {
            module("licking", "Licking behavior processing module");
            write_series(file_, "/processing/licking/licks", {"N/A"}, licks.frame, licks.time_s);
        }
        const auto& rewards = recording_.rewards;
        if (rewards.time_s.empty()) return;
        module("rewards", "Licking behavior processing module");
        write_series(file_, "/processing/rewards/volume", {"mL"}, rewards.volume_ml,
                     rewards.time_s);
        write_series(file_, "/processing/rewards/autorewarded", {"mL"},
                     booleans(rewards.is_auto_rewarded), rewards.time_s);
    }

    void write_trials() {
        const auto& t = recording_.trials;
        IntervalsWriter table(file_, "/intervals/trials", "experimental trials", t.count);
        const auto add = [&](const char* name, NwbValues values) {
            table.add(name, std::move(values), std::string("NOT IMPLEMENTED: ") + name);
        };
        table.add("start_time", t.start_s, "Start time of epoch, in seconds");
        table.add("stop_time", t.stop_s, "Stop time of epoch, in seconds");
        add("initial_image_name", t.initial_image_name);
        add("change_image_name", t.change_image_name);
        add("is_change", booleans(t.is_change));
        add("change_time", t.change_time_s);
        add("go", booleans(t.is_go));
        add("catch", booleans(t.is_catch));
        table.add("lick_times", t.lick_s, "NOT IMPLEMENTED: lick_times");
        add("response_time", t.response_time_s);
        add("response_latency", t.response_latency_s);
        add("reward_time", t.reward_time_s);
        add("reward_volume", t.reward_volume_ml);
        add("hit", booleans(t.is_hit));
        add("false_alarm", booleans(t.is_false_alarm));
        add("miss", booleans(t.is_miss));
        add("correct_reject", booleans(t.is_correct_reject));
        add("aborted", booleans(t.is_aborted));
        add("auto_rewarded", booleans(t.is_auto_rewarded));
        add("change_frame", integers(t.change_frame));
        add("trial_length", t.length_s);
        table.finish();
    }

    void write_presentations() {
        const auto& p = recording_.presentations;
        std::set<std::string> names(p.stimulus_name.begin(), p.stimulus_name.end());
        for (const auto& name : names) {
            std::vector<std::size_t> rows;
            for (std::size_t i = 0; i < p.count; ++i)
                if (p.stimulus_name[i] == name) rows.push_back(i);
            write_presentations_of(name, rows);
        }
        if (names.contains(recording_.task_parameters.stimulus_name) &&
            recording_.task_parameters.stimulus == "images")
            write_images();
    }

    template <typename T>
    static std::vector<T> taken(const std::vector<T>& values,
                                const std::vector<std::size_t>& rows) {
        std::vector<T> out;
        out.reserve(rows.size());
        for (const auto row : rows) out.push_back(values[row]);
        return out;
    }

    /// One table; columns that are missing throughout are left out.
    void write_presentations_of(const std::string& name, const std::vector<std::size_t>& rows) {
        const auto& p = recording_.presentations;
        IntervalsWriter table(
            file_, fmt::format("/intervals/{}_presentations", name),
            fmt::format("Presentation times and stimuli details for '{}' stimuli.", name),
            rows.size());
        const auto whole = [&](const char* column, const std::vector<double>& values) {
            table.add(column, integers(taken(values, rows)));
        };
        const auto real = [&](const char* column, const std::vector<double>& values) {
            auto some = taken(values, rows);
            if (!std::ranges::all_of(some, [](double value) { return std::isnan(value); }))
                table.add(column, std::move(some));
        };
        const auto text = [&](const char* column, const std::vector<std::string>& values) {
            auto some = taken(values, rows);
            if (!std::ranges::all_of(some, [](const auto& value) { return value.empty(); }))
                table.add(column, std::move(some));
        };
        const auto start = taken(p.start_s, rows);
        const auto stop = taken(p.stop_s, rows);
        table.add("start_time", start);
        table.add("stop_time", stop);
        whole("stimulus_block", p.stimulus_block);
        whole("image_index", p.image_index);
        text("image_name", p.image_name);
        whole("movie_frame_index", p.movie_frame_index);
        table.add("duration", taken(p.duration_s, rows));
        whole("start_frame", p.start_frame);
        whole("end_frame", p.end_frame);
        real("is_change", p.is_change);
        real("is_image_novel", p.is_image_novel);
        real("omitted", p.is_omitted);
        whole("movie_repeat", p.movie_repeat);
        whole("flashes_since_change", p.flashes_since_change);
        whole("trials_id", p.trials_id);
        text("stimulus_name", p.stimulus_name);
        table.add("active", booleans(taken(p.is_active, rows)));
        table.add("is_sham_change", booleans(taken(p.is_sham_change, rows)));
        table.add_series_parts(start, stop, recording_.stimulus_frame_time_s, frame_series);
        table.finish();
    }

    /// Templates of noise, the same for an image in all files, and which of them was shown when.
    void write_images() {
        const auto& task = recording_.task_parameters;
        const auto letter = task.image_set.substr(task.image_set.size() - 1);
        const auto names = image_names(letter);
        std::vector<std::uint8_t> warped;
        std::vector<double> unwarped;
        std::vector<std::uint64_t> control;
        for (const char* const name : names) {
            Random pixels{static_cast<std::uint64_t>(std::stoi(std::string(name).substr(2)))};
            for (std::size_t i = 0; i < image_rows * image_columns; ++i) {
                warped.push_back(static_cast<std::uint8_t>(pixels.below(256)));
                // The mouse cannot see the corners.
                const bool is_corner = i / image_columns < 4 && i % image_columns < 4;
                unwarped.push_back(is_corner ? std::numeric_limits<double>::quiet_NaN()
                                             : static_cast<double>(warped.back()));
            }
            control.push_back(control.size());
        }
        const auto& set = task.stimulus_name;
        const auto at = "/stimulus/templates/" + set;
        const Shape shape{names.size(), image_rows, image_columns};
        write_series_group(file_, at, {"NA", "StimulusTemplate", template_extension});
        file_.bytes(at + "/data", warped, shape);
        describe_data(file_, at + "/data", "NA");
        file_.reals(at + "/unwarped", unwarped, shape);
        file_.text(at + "/format", "raw");
        file_.naturals(at + "/control", control);
        file_.texts(at + "/control_description", {names.begin(), names.end()});
        write_timestamps(
            file_, at + "/timestamps",
            std::vector<double>(names.size(), std::numeric_limits<double>::quiet_NaN()));

        const auto& p = recording_.presentations;
        std::vector<std::uint64_t> shown;
        std::vector<double> start;
        for (std::size_t i = 0; i < p.count; ++i) {
            if (p.stimulus_name[i] != set) continue;
            shown.push_back(static_cast<std::uint64_t>(p.image_index[i]));
            start.push_back(p.start_s[i]);
        }
        const auto index = "/stimulus/presentation/" + set;
        write_series_group(file_, index, {"N/A", "IndexSeries"});
        file_.naturals(index + "/data", shown);
        describe_data(file_, index + "/data", "N/A");
        write_timestamps(file_, index + "/timestamps", start);
        file_.link(index + "/indexed_timeseries", at);
    }

    void write_ellipses(const std::string& name, const EllipseFits& fits,
                        const std::vector<double>& area, const std::vector<double>& area_raw) {
        const auto root = std::string("/acquisition/EyeTracking/");
        const auto at = root + name;
        write_series_group(file_, at, {"meters", "EllipseSeries", eye_extension});
        std::vector<double> centers;
        centers.reserve(2 * fits.center_x.size());
        for (std::size_t i = 0; i < fits.center_x.size(); ++i) {
            centers.push_back(fits.center_x[i]);
            centers.push_back(fits.center_y[i]);
        }
        file_.reals(at + "/data", centers, {fits.center_x.size(), 2});
        describe_data(file_, at + "/data", "meters");  // sic: they are camera pixels
        file_.reals(at + "/area", area);
        file_.reals(at + "/area_raw", area_raw);
        file_.reals(at + "/width", fits.width);
        file_.reals(at + "/height", fits.height);
        file_.reals(at + "/angle", fits.phi);
        file_.text(at + "/reference_frame", "nose");
        if (name == "eye_tracking") {
            write_timestamps(file_, at + "/timestamps", recording_.eye_tracking->time_s);
        } else {
            file_.link(at + "/timestamps", root + "eye_tracking/timestamps");
        }
    }

    void write_eye_tracking() {
        const auto& eye = *recording_.eye_tracking;
        const std::string root = "/acquisition/EyeTracking";
        file_.object(root, "EllipseEyeTracking", eye_extension);
        write_ellipses("eye_tracking", eye.eye, eye.eye_area, eye.eye_area_raw);
        write_ellipses("pupil_tracking", eye.pupil, eye.pupil_area, eye.pupil_area_raw);
        write_ellipses("corneal_reflection_tracking", eye.corneal_reflection,
                       eye.corneal_reflection_area, eye.corneal_reflection_area_raw);
        SeriesKind blinks{"N/A"};
        blinks.description = "blinks";
        write_series_group(file_, root + "/likely_blink", blinks);
        write_values(file_, root + "/likely_blink/data", booleans(eye.is_likely_blink));
        describe_data(file_, root + "/likely_blink/data", "N/A");
        file_.link(root + "/likely_blink/timestamps", root + "/eye_tracking/timestamps");

        const auto& rig = recording_.eye_rig_geometry.value();
        module("eye_tracking_rig_metadata", "Eye tracking rig metadata module");
        const std::string at = "/processing/eye_tracking_rig_metadata/eye_tracking_rig_metadata";
        file_.object(at, "OphysEyeTrackingRigMetadata", behavior_extension);
        file_.attribute(at, "equipment", rig.equipment);
        const auto add = [&](const char* name, const std::array<double, 3>& values,
                             const char* unit) {
            file_.reals(at + "/" + name, values);
            file_.attribute(at + "/" + name, "unit_of_measurement", unit);
        };
        add("monitor_position", rig.monitor_position_mm, "mm");
        add("camera_position", rig.camera_position_mm, "mm");
        add("led_position", rig.led_position_mm, "mm");
        add("monitor_rotation", rig.monitor_rotation_deg, "deg");
        add("camera_rotation", rig.camera_rotation_deg, "deg");
    }

    NwbWriter& file_;
    const ChangeRecording& recording_;
    const ImagingExperiment* experiment_;
};

}  // namespace

std::uint64_t write_change_file(const std::filesystem::path& file, const ChangeRecording& recording,
                                const ImagingExperiment* experiment, Random identifiers) {
    NwbWriter writer(file, identifiers);
    FileMaker(writer, recording, experiment).run();
    return writer.close();
}

}  // namespace tb::simulated
