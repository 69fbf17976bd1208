#include "ingest/allen/nwb_signals.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace tb::allen {

namespace {

/// Eye cameras give at most so many more times than frames.
constexpr std::size_t most_surplus_times = 15;
/// Below this mean [cm/s] an encoder was mounted the other way round.
constexpr double reversed_below_cm_s = -1.0;

void require_ascending(const NwbSource& source, std::string_view path,
                       std::span<const double> time_s) {
    for (std::size_t i = 0; i < time_s.size(); ++i) {
        if (!std::isfinite(time_s[i]) || (i > 0 && time_s[i] < time_s[i - 1]))
            source.fail(path,
                        fmt::format("time {} is {} s after {} s", i, time_s[i],
                                    i > 0 ? time_s[i - 1] : 0.0),
                        "TimeOrder");
    }
}

/// Rows by time, and whether they were in order.
std::pair<std::vector<std::size_t>, bool> order_of(const std::vector<double>& time_s) {
    std::vector<std::size_t> order(time_s.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const bool is_sorted = std::ranges::is_sorted(time_s);
    if (!is_sorted)
        std::ranges::stable_sort(order, [&](auto a, auto b) { return time_s[a] < time_s[b]; });
    return {order, is_sorted};
}

bool is_reversed(const std::vector<double>& speed) {
    double sum = 0.0;
    std::size_t n = 0;
    for (const double value : speed) {
        if (std::isnan(value)) continue;
        sum += value;
        ++n;
    }
    return n > 0 && sum / static_cast<double>(n) < reversed_below_cm_s;
}

}  // namespace

void read_nwb_frame_times(const NwbSource& source) {
    constexpr const char* path = "/processing/stimulus/timestamps";
    const auto& series = source.file().require_series(path);
    auto& times = source.session().recording.stimulus_frame_time_s;
    times = series.data_path.empty() ? source.file().times(series)
                                     : source.file().values(series, 0, series.samples());
    require_ascending(source, path, times);
}

void read_nwb_licks(const NwbSource& source) {
    constexpr const char* path = "/processing/licking/licks";
    const auto* series = source.file().series(path);
    if (series == nullptr) return;
    const auto [values, time_s] = source.samples(*series);
    const auto n_frames = source.session().recording.stimulus_frame_time_s.size();
    const auto [order, is_sorted] = order_of(time_s);
    if (!is_sorted) source.issue("LicksNotAscending", path, "licks were put in order of time");
    ChangeLicks licks;
    for (const auto i : order) {
        const double frame = values[i];
        if (frame == static_cast<double>(n_frames) && i == order.back()) {
            source.issue("LickAtEnd", path,
                         fmt::format("the last lick is at frame {}, after the last one: left out",
                                     n_frames));
            continue;
        }
        if (!(frame >= 0 && frame < static_cast<double>(n_frames)) || std::isnan(time_s[i]))
            source.fail(path,
                        fmt::format("lick {} is at frame {} and {} s, but there are {} frames", i,
                                    frame, time_s[i], n_frames),
                        "LickFrame");
        licks.frame.push_back(static_cast<std::int64_t>(frame));
        licks.time_s.push_back(time_s[i]);
    }
    source.session().recording.licks = std::move(licks);
}

void read_nwb_rewards(const NwbSource& source) {
    constexpr const char* path = "/processing/rewards/volume";
    const auto* series = source.file().series(path);
    if (series == nullptr) return;
    const auto [volume, time_s] = source.samples(*series);
    std::vector<double> automatic(volume.size(), nan);
    if (const auto* flags = source.file().series("/processing/rewards/autorewarded")) {
        automatic = source.file().values(*flags, 0, flags->samples());
        if (automatic.size() != volume.size())
            source.fail(flags->path,
                        fmt::format("{} flags for {} rewards", automatic.size(), volume.size()),
                        "ColumnLength");
    }
    ChangeRewards rewards;
    for (const auto i : order_of(time_s).first) {
        if (std::isnan(time_s[i]))
            source.fail(path, fmt::format("reward {} has no time", i), "MissingDataset");
        rewards.time_s.push_back(time_s[i]);
        rewards.volume_ml.push_back(volume[i]);
        rewards.is_auto_rewarded.push_back(automatic[i]);
    }
    source.session().recording.rewards = std::move(rewards);
}

void read_nwb_running(const NwbSource& source) {
    const auto& file = source.file();
    constexpr const char* speed_path = "/processing/running/speed";
    const auto* first = file.series(speed_path);
    if (first == nullptr) first = file.series("/processing/running/speed_unfiltered");
    if (first == nullptr) source.fail(speed_path, "no series lies there", "MissingDataset");
    RunningRecording running;
    running.time_s = file.times(*first);
    require_ascending(source, first->path, running.time_s);
    const std::size_t n = running.time_s.size();
    const auto read = [&](const char* path, std::vector<double>& values) {
        const auto* series = file.series(path);
        if (series == nullptr) return;
        source.attempt("This signal is left out.", [&] {
            auto all = file.values(*series, 0, series->samples());
            if (all.size() == n + 1) {
                source.issue(
                    "EncoderSurplus", path,
                    fmt::format("{} samples for {} times: the last was left out", n + 1, n));
                all.resize(n);
            }
            if (all.size() != n)
                source.fail(path,
                            fmt::format("has {} samples for {} times: expected as many or one more",
                                        all.size(), n),
                            "EncoderLength");
            values = std::move(all);
        });
    };
    read(speed_path, running.speed_cm_s);
    read("/processing/running/speed_unfiltered", running.speed_unfiltered_cm_s);
    read("/processing/running/dx", running.dx);
    read("/acquisition/v_sig", running.v_sig);
    read("/acquisition/v_in", running.v_in);
    for (auto* speed : {&running.speed_cm_s, &running.speed_unfiltered_cm_s}) {
        if (!is_reversed(*speed)) continue;
        for (double& value : *speed) value = -value;
        if (!source.session().is_running_turned)
            source.issue("SignConvention", first->path,
                         "the speed is below -1 cm/s on average: all signs were turned");
        source.session().is_running_turned = true;
    }
    source.session().recording.running = std::move(running);
}

namespace {

constexpr const char* eye_path = "/acquisition/EyeTracking";

std::vector<double> extra(const NwbSource& source, const nwb::Series& series,
                          std::string_view name) {
    for (const auto& one : series.extras)
        if (one.name == name) return source.file().hdf5().read_reals(one.path);
    return {};
}

EllipseFits read_fits(const NwbSource& source, const nwb::Series& series, std::size_t n) {
    if (series.channels() != 2 || series.samples() != n)
        source.fail(series.path,
                    fmt::format("{} centres of {} coordinates for {} frames", series.samples(),
                                series.channels(), n),
                    "ColumnLength");
    const auto centres = source.file().data(series).numbers();
    EllipseFits fits;
    for (std::size_t i = 0; i < n; ++i) {
        fits.center_x.push_back(centres[2 * i]);
        fits.center_y.push_back(centres[2 * i + 1]);
    }
    fits.width = extra(source, series, "width");
    fits.height = extra(source, series, "height");
    fits.phi = extra(source, series, "angle");
    for (const auto* column : {&fits.width, &fits.height, &fits.phi})
        if (column->size() != n)
            source.fail(
                series.path,
                fmt::format("{} values of width, height or angle for {} frames", column->size(), n),
                "ColumnLength");
    return fits;
}

std::array<double, 3> triple(const NwbSource& source, const std::string& path,
                             const std::string& name) {
    const auto values = source.file().hdf5().read_reals(path + "/" + name);
    if (values.size() != 3)
        source.fail(path + "/" + name, fmt::format("{} coordinates", values.size()),
                    "ColumnLength");
    return {values[0], values[1], values[2]};
}

void read_geometry(const NwbSource& source) {
    const std::string path = "/processing/eye_tracking_rig_metadata/eye_tracking_rig_metadata";
    if (source.file().hdf5().tree().resolve(path) == nullptr) return;
    EyeRigGeometry geometry;
    geometry.equipment = source.text(path, "equipment").value_or("");
    geometry.monitor_position_mm = triple(source, path, "monitor_position");
    geometry.monitor_rotation_deg = triple(source, path, "monitor_rotation");
    geometry.camera_position_mm = triple(source, path, "camera_position");
    geometry.camera_rotation_deg = triple(source, path, "camera_rotation");
    geometry.led_position_mm = triple(source, path, "led_position");
    source.session().recording.eye_rig_geometry = geometry;
}

}  // namespace

void read_nwb_eye_tracking(const NwbSource& source) {
    const auto& file = source.file();
    if (file.hdf5().tree().resolve(eye_path) == nullptr) return;
    const auto series = [&](const char* name) -> const nwb::Series& {
        return file.require_series(fmt::format("{}/{}", eye_path, name));
    };
    const auto& eye = series("eye_tracking");
    const auto& pupil = series("pupil_tracking");
    const auto& reflection = series("corneal_reflection_tracking");
    EyeTrackingRecording recording;
    recording.time_s = file.times(eye);
    const std::size_t n = eye.samples();
    if (recording.time_s.size() < n || recording.time_s.size() > n + most_surplus_times)
        source.fail(eye.path,
                    fmt::format("{} times for {} frames: expected as many, or up to {} more",
                                recording.time_s.size(), n, most_surplus_times),
                    "EyeFrames");
    recording.time_s.resize(n);
    require_ascending(source, eye.path, recording.time_s);
    recording.eye = read_fits(source, eye, n);
    recording.pupil = read_fits(source, pupil, n);
    recording.corneal_reflection = read_fits(source, reflection, n);
    const auto area = [&](const nwb::Series& of, const char* name) {
        auto values = extra(source, of, name);
        if (!values.empty() && values.size() != n)
            source.fail(of.path,
                        fmt::format("{} has {} values for {} frames", name, values.size(), n),
                        "ColumnLength");
        return values;
    };
    recording.eye_area = area(eye, "area");
    recording.eye_area_raw = area(eye, "area_raw");
    recording.pupil_area = area(pupil, "area");
    recording.pupil_area_raw = area(pupil, "area_raw");
    recording.corneal_reflection_area = area(reflection, "area");
    recording.corneal_reflection_area_raw = area(reflection, "area_raw");
    if (const auto* blink = file.series(fmt::format("{}/likely_blink", eye_path))) {
        auto values = file.values(*blink, 0, blink->samples());
        if (values.size() != n)
            source.fail(blink->path, fmt::format("{} flags for {} frames", values.size(), n),
                        "ColumnLength");
        recording.is_likely_blink = std::move(values);
    }
    source.session().recording.eye_tracking = std::move(recording);
    source.attempt("Where the eye camera stood is left out.", [&] { read_geometry(source); });
}

void read_nwb_templates(const NwbSource& source) {
    const auto& file = source.file();
    for (const auto& series : file.series()) {
        if (!series.path.starts_with("/stimulus/templates/") || series.shape.size() != 3 ||
            series.data_path.empty())
            continue;
        source.attempt("This set of images is left out.", [&] {
            StimulusTemplate set;
            set.name = series.name;
            for (const auto& one : series.extras) {
                if (one.name == "control_description")
                    set.image_names = file.hdf5().read_texts(one.path);
                if (one.name == "unwarped" && one.shape.size() == 3)
                    set.unwarped = source.lazy(one.path, one.shape, "float64");
            }
            if (set.image_names.size() != series.shape[0])
                source.fail(
                    series.path,
                    fmt::format("{} names for {} images", set.image_names.size(), series.shape[0]),
                    "ColumnLength");
            set.warped = source.lazy(series.data_path, series.shape,
                                     std::string(hdf5::array_dtype(series.type)));
            source.session().templates.push_back(std::move(set));
        });
    }
}

}  // namespace tb::allen
