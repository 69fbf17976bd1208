// The wheel: filter, velocity, trials, movements.

#include "compute/task/wheel.hpp"
#include "compute/task/wheel_movements.hpp"
#include "compute/task/wheel_units.hpp"
#include "src/signal/butterworth.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

namespace task = compute::task;

double standard_deviation(const std::vector<double>& values) {
    double sum = 0.0;
    for (const double value : values) sum += value;
    const double mean = sum / static_cast<double>(values.size());
    double squares = 0.0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return std::sqrt(squares / static_cast<double>(values.size()));
}

std::vector<double> rounded_to_single(std::vector<double> values) {
    for (double& value : values) value = static_cast<double>(static_cast<float>(value));
    return values;
}

/// Compared to a share of the output's spread.
void give_by_spread(Run& run, const std::string& name, std::vector<double> values, double share) {
    if (!run.expects(name)) return;
    values = rounded_to_single(std::move(values));
    run.tolerance(name, {0.0, share * standard_deviation(values)});
    values.resize(std::min(values.size(), run.expected_value(name).size()));
    run.give(name, to_json_array(values));
}

std::vector<double> listed(const task::EvenTimes& times) {
    std::vector<double> out(times.n);
    for (std::size_t i = 0; i < times.n; ++i) out[i] = times[i];
    return out;
}

void filter(const Case& input, Run& run) {
    run.tolerance({1e-9, 1e-15});
    const double cutoff_hz = input.number_param("cutoff", 20.0);
    const int order = static_cast<int>(input.number_param("order", 8.0));
    for (const auto& [rate, expected] : run.expected()) {
        Json sections = Json::array();
        for (const signal::Section& section :
             signal::butterworth_lowpass(order, cutoff_hz, std::stod(rate))) {
            sections.push_back({section.b0, section.b1, section.b2, 1.0, section.a1, section.a2});
        }
        run.give(rate, sections);
    }
}

void velocity(const Case& input, Run& run) {
    const std::vector<double> timestamps = input.numbers("timestamps");
    const std::vector<double> position = input.numbers("position");
    const double rate_hz = input.number_param("fs", 100.0);
    const task::EvenPosition even = task::interpolated_position(timestamps, position, rate_hz);
    const task::WheelMotion motion = task::wheel_motion(even.position, rate_hz);
    constexpr double share = 1e-5;
    give_by_spread(run, "times", listed(even.times), share);
    give_by_spread(run, "position", {even.position.begin(), even.position.end()}, share);
    give_by_spread(run, "velocity", motion.velocity, share);
    give_by_spread(run, "acceleration", motion.acceleration, share);
    // What the table stores, made in one go.
    task::WheelParams params;
    params.rate_hz = rate_hz;
    const task::WheelVelocity stored = task::wheel_velocity(timestamps, position, params);
    give_by_spread(run, "velocity",
                   std::vector<double>(stored.velocity.begin(), stored.velocity.end()), share);
    if (run.expects("velocity_1000hz")) {
        const task::EvenPosition fine = task::interpolated_position(timestamps, position, 1000.0);
        give_by_spread(run, "velocity_1000hz", task::wheel_motion(fine.position, 1000.0).velocity,
                       share);
    }
}

void trial_matrix(const Case& input, Run& run) {
    run.tolerance({0.0, 0.0});
    const std::vector<double> times = input.numbers("wheel_times");
    const std::vector<double> values = input.numbers("wheel_velocity");
    const std::vector<float> single_times(times.begin(), times.end());
    const std::vector<float> single_values(values.begin(), values.end());
    const std::vector<double> t0 = input.numbers("t0");
    const std::vector<double> t1 = input.numbers("t1");
    const auto matrix = compute::photometry::peri_event_until(
        std::span<const float>(single_times), std::span<const float>(single_values), t0, 0.0, t1);
    Json rows = Json::array();
    for (std::size_t row = 0; row < matrix.n_events; ++row) {
        rows.push_back(to_json_array(matrix.row(row)));
    }
    run.give("matrix", rows);
    run.give("peak_velocity", to_json_array(task::row_peaks(matrix.values, matrix.n_samples())));
    run.give("peak_velocity", to_json_array(compute::photometry::peri_event_peaks(
                                  std::span<const float>(single_times),
                                  std::span<const float>(single_values), t0, 0.0, t1)));
}

task::MovementParams movement_params(const Json& given) {
    task::MovementParams params;
    const auto take = [&](const char* name, double& into) {
        if (given.contains(name) && !given.at(name).is_null()) into = given.at(name).get<double>();
    };
    take("freq", params.rate_hz);
    take("pos_thresh", params.position_threshold);
    take("t_thresh", params.time_window_s);
    take("min_gap", params.min_gap_s);
    take("pos_thresh_onset", params.onset_threshold);
    take("min_dur", params.min_duration_s);
    return params;
}

void movements(const Case& input, Run& run) {
    for (const char* time : {"onset", "offset", "peak_velocity_time"}) {
        run.tolerance(time, {0.0, 1e-6});  // a grid of 1 ms
    }
    run.tolerance("amplitude", {1e-9, 0.0});
    const task::MovementParams params =
        movement_params(input.has_input("params") ? input.input("params") : input.params());
    const task::EvenPosition even = task::interpolated_position(
        input.numbers("timestamps"), input.numbers("position"), params.rate_hz);
    Json rows = Json::array();
    for (const task::Movement& movement :
         task::wheel_movements(even.times, even.position, params)) {
        rows.push_back({{"onset", movement.onset_s},
                        {"offset", movement.offset_s},
                        {"amplitude", movement.peak_amplitude},
                        {"peak_velocity_time", movement.peak_velocity_s}});
    }
    run.give("expected", rows);
}

struct MovementColumns {
    std::vector<double> onsets, offsets, amplitudes, peak_times;
};

MovementColumns columns_of(const std::vector<task::Movement>& found) {
    MovementColumns out;
    for (const task::Movement& movement : found) {
        out.onsets.push_back(movement.onset_s);
        out.offsets.push_back(movement.offset_s);
        out.amplitudes.push_back(movement.peak_amplitude);
        out.peak_times.push_back(movement.peak_velocity_s);
    }
    return out;
}

void behavior_movements(const Case& input, Run& run) {
    const task::MovementParams params = movement_params(input.params());
    const std::vector<double> timestamps = input.numbers("timestamps");
    const std::vector<double> position = input.numbers("position");
    std::vector<task::Movement> found;
    if (input.has_param("interpolate_first") && input.param("interpolate_first").get<bool>()) {
        const task::EvenPosition even =
            task::interpolated_position(timestamps, position, params.rate_hz);
        found = task::wheel_movements(even.times, even.position, params);
    } else {
        found = task::wheel_movements(timestamps, position, params);
    }
    const MovementColumns columns = columns_of(found);
    run.give("onsets", to_json_array(columns.onsets));
    run.give("offsets", to_json_array(columns.offsets));
    run.give("peak_amplitude", to_json_array(columns.amplitudes));
    run.give("peak_velocity_times", to_json_array(columns.peak_times));
}

void behavior_velocity(const Case& input, Run& run) {
    const double rate_hz = input.number_param("freq", 1000.0);
    const task::EvenPosition even = task::interpolated_position(input.numbers("timestamps"),
                                                                input.numbers("position"), rate_hz);
    const task::WheelMotion motion =
        task::wheel_motion(even.position, rate_hz, input.number_param("corner_frequency", 20.0),
                           static_cast<int>(input.number_param("order", 8.0)));
    const auto at_samples = [&](const std::vector<double>& values) {
        if (!input.has_param("at")) return to_json_array(values);
        Json out = Json::array();
        for (const double at : input.numbers_param("at")) {
            out.push_back(values.at(static_cast<std::size_t>(at)));
        }
        return out;
    };
    run.give("n", even.times.n);
    run.give("t0", even.times[0]);
    run.give("position", at_samples({even.position.begin(), even.position.end()}));
    run.give("velocity", at_samples(motion.velocity));
    run.give("acceleration", at_samples(motion.acceleration));
}

void behavior_moves(const Case& input, Run& run) {
    const std::vector<double> position = input.numbers("position");
    const task::WheelUnits units = task::wheel_units(position);
    const task::MovementParams params = task::movement_params(units);
    const task::EvenPosition even =
        task::interpolated_position(input.numbers("timestamps"), position, params.rate_hz);
    const std::vector<task::Movement> found =
        task::wheel_movements(even.times, even.position, params);
    const MovementColumns columns = columns_of(found);
    Json intervals = Json::array();
    for (const task::Movement& movement : found) {
        intervals.push_back({movement.onset_s, movement.offset_s});
    }
    run.give("units", units.unit);
    run.give("resolution", units.resolution);
    run.give("encoding", units.encoding);
    run.give("intervals", intervals);
    run.give("peak_amplitude", to_json_array(columns.amplitudes));
    run.give("peak_velocity_times", to_json_array(columns.peak_times));
    const task::WheelMotion motion = task::wheel_motion(even.position, params.rate_hz);
    run.give("n_direction_changes",
             to_json_array(task::direction_changes(even.times, motion.velocity, found)));
}

/// First and second column of an (n, 2) array.
MovementColumns read_intervals(const Case& input) {
    const std::vector<double> values = input.numbers("intervals");
    if (values.size() % 2 != 0) {
        throw Error(ErrorKind::data, "intervals: expected two columns", {}, "ValueError");
    }
    MovementColumns out;
    for (std::size_t i = 0; i < values.size(); i += 2) {
        out.onsets.push_back(values[i]);
        out.offsets.push_back(values[i + 1]);
    }
    return out;
}

void first_movement(const Case& input, Run& run) {
    const MovementColumns columns = read_intervals(input);
    const std::vector<double> go_cue = input.numbers("go_cue_times");
    std::vector<double> quiescent(go_cue.size(), 0.2);
    if (input.has_param("min_quiescent_period")) {
        const Json& period = input.param("min_quiescent_period");
        if (period.is_array()) {
            quiescent = input.numbers_param("min_quiescent_period");
        } else {
            quiescent.assign(go_cue.size(), input.number_param("min_quiescent_period"));
        }
    }
    const std::vector<task::FirstMovement> found = task::first_movements(
        columns.onsets, input.numbers("peak_amplitude"), go_cue, input.numbers("feedback_times"),
        quiescent, input.number_param("threshold_rad", 0.1));
    Json times = Json::array();
    Json is_final = Json::array();
    Json ids = Json::array();
    for (const task::FirstMovement& first : found) {
        times.push_back(first.onset_s);
        is_final.push_back(first.is_final);
        if (first.movement) ids.push_back(*first.movement);
    }
    run.give("first_movement_times", times);
    run.give("is_final_movement", is_final);
    run.give("move_ids", ids);
}

void onset_of_event(const Case& input, Run& run) {
    const MovementColumns columns = read_intervals(input);
    const Json onsets = to_json_array(
        task::movement_onsets(columns.onsets, columns.offsets, input.numbers("event_times")));
    // The only output of the op, whatever a case calls it.
    for (const auto& [name, expected] : run.expected()) run.give(name, onsets);
}

const Registration registered_filter("wheel.filter", &filter);
const Registration registered_velocity("wheel.velocity", &velocity);
const Registration registered_matrix("wheel.trial_matrix", &trial_matrix);
const Registration registered_movements("wheel.movements", &movements);
const Registration registered_behavior_movements("behavior.wheel_movements", &behavior_movements);
const Registration registered_behavior_velocity("behavior.wheel_velocity", &behavior_velocity);
const Registration registered_moves("behavior.wheel_moves", &behavior_moves);
const Registration registered_first("behavior.first_movement", &first_movement);
const Registration registered_onset("behavior.movement_onset_of_event", &onset_of_event);

}  // namespace

}  // namespace tb::vectors
