// Signals of change detection: running wheel, eye camera, calcium events.

#include "compute/change_detection/event_filter.hpp"
#include "compute/change_detection/eye_tracking.hpp"
#include "compute/change_detection/running_speed.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/change_recording.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

namespace change = compute::change_detection;

change::SpeedFilter filter_of(const Json& settings) {
    return {settings.at("order").get<int>(), settings.at("cutoff_hz").get<double>(),
            settings.at("fs").get<double>()};
}

void running_speed(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const CsvText csv = input.csv("input");
    const std::vector<double> time_s = csv.numbers("time");
    std::vector<double> v_sig = csv.numbers("v_sig");
    std::vector<double> v_in = csv.numbers("v_in");
    const auto n_longer = input.input("encoder_longer_than_time_by").get<std::size_t>();
    v_sig.insert(v_sig.end(), n_longer, v_sig.back());
    v_in.insert(v_in.end(), n_longer, v_in.back());

    const change::EncoderWraps wraps = change::encoder_wraps(std::span(v_sig).first(time_s.size()));
    const auto unfiltered_at = [&](const char* threshold) {
        return change::unfiltered_running_speed(v_sig, v_in, time_s,
                                                input.input(threshold).get<double>());
    };
    const std::vector<double> unfiltered = unfiltered_at("zscore_threshold");
    const std::vector<double> filtered =
        change::filtered_running_speed(unfiltered, filter_of(input.input("filter")));
    run.give(
        "expected",
        {{"speed_unfiltered", to_json_array(unfiltered)},
         {"speed_unfiltered_z2", to_json_array(unfiltered_at("second_zscore_threshold"))},
         {"speed_filtered", to_json_array(filtered)},
         {"speed_unfiltered_polarity_fixed",
          to_json_array(change::with_right_polarity(unfiltered))},
         {"speed_filtered_polarity_fixed", to_json_array(change::with_right_polarity(filtered))}});
    run.give("positive_wraps", to_json_array(wraps.positive));
    run.give("negative_wraps", to_json_array(wraps.negative));
    double sum = 0.0;
    std::size_t n = 0;
    for (const double value : unfiltered) {
        if (std::isnan(value)) continue;
        sum += value;
        n += 1;
    }
    run.give("mean_unfiltered", sum / static_cast<double>(n));
    run.give("polarity_flipped", change::is_polarity_reversed(unfiltered));
}

void running_filter(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const change::FilterCoefficients filter = change::filter_coefficients(
        {input.input("order").get<int>(), input.input("cutoff_hz").get<double>(),
         input.input("fs").get<double>()});
    run.give("b", to_json_array(filter.b));
    run.give("a", to_json_array(filter.a));
}

EllipseFits fits_of(const CsvText& csv, const std::string& name) {
    return {csv.numbers(name + "_center_x"), csv.numbers(name + "_center_y"),
            csv.numbers(name + "_width"), csv.numbers(name + "_height"),
            csv.numbers(name + "_phi")};
}

void eye_tracking(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const CsvText csv = input.csv("input");
    std::vector<double> time_s(input.input("n_frame_times").get<std::size_t>());
    const auto rate_hz = input.input("frame_rate").get<double>();
    for (std::size_t i = 0; i < time_s.size(); ++i) time_s[i] = static_cast<double>(i) / rate_hz;
    for (const Json& setting : input.input("settings")) {
        EyeTrackingRecording recording;
        recording.time_s = change::eye_frame_times(time_s, csv.rows);
        recording.corneal_reflection = fits_of(csv, "cr");
        recording.eye = fits_of(csv, "eye");
        recording.pupil = fits_of(csv, "pupil");
        change::fill_eye_areas(recording, {setting.at("z_threshold").get<double>(),
                                           setting.at("dilation_frames").get<std::size_t>()});
        const auto name = setting.at("name").get<std::string>();
        Json is_blink = Json::array();
        for (const double value : recording.is_likely_blink) is_blink.push_back(value == 1.0);
        const auto n_nan = [](const std::vector<double>& values) {
            return std::ranges::count_if(values, [](double value) { return std::isnan(value); });
        };
        // The case lists the first frames of the areas.
        const auto first = [&](const char* output, std::vector<double> values) {
            const std::string path = name + "/" + output;
            if (!run.expects(path)) return;
            values.resize(std::min(values.size(), run.expected_value(path).size()));
            run.give(path, to_json_array(values));
        };
        first("pupil_area_raw", recording.pupil_area_raw);
        first("eye_area_raw", recording.eye_area_raw);
        first("cr_area_raw", recording.corneal_reflection_area_raw);
        run.give(name + "/n_rows", recording.time_s.size());
        run.give(name + "/likely_blink", is_blink);
        run.give(name + "/n_blink", std::ranges::count(recording.is_likely_blink, 1.0));
        run.give(name + "/n_nan", {{"pupil_area", n_nan(recording.pupil_area)},
                                   {"eye_area", n_nan(recording.eye_area)},
                                   {"cr_area", n_nan(recording.corneal_reflection_area)},
                                   {"pupil_width", n_nan(recording.pupil.width)},
                                   {"pupil_height", n_nan(recording.pupil.height)},
                                   {"eye_width", n_nan(recording.eye.width)},
                                   {"cr_width", n_nan(recording.corneal_reflection.width)}});
    }
}

void event_filter(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-12});
    const Json events = input.input("events");
    Json filtered = Json::array();
    for (const Json& setting : input.input("settings")) {
        Json cells = Json::array();
        for (const Json& trace : events) {
            cells.push_back(to_json_array(change::filtered_events(
                as_numbers(trace, "events"), setting.at("scale").get<double>(),
                setting.at("n_time_steps").get<std::size_t>())));
        }
        filtered.push_back(cells);
    }
    run.give("filtered", filtered);
}

const Registration registered_running_speed("change_detection.running_speed", &running_speed);
const Registration registered_running_filter("change_detection.running_filter", &running_filter);
const Registration registered_eye_tracking("change_detection.eye_tracking", &eye_tracking);
const Registration registered_event_filter("change_detection.event_filter", &event_filter);

}  // namespace

}  // namespace tb::vectors
