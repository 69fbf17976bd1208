#include "compute/task/wheel_movement_set.hpp"

#include "compute/task/wheel.hpp"
#include "compute/task/wheel_movements.hpp"
#include "compute/task/wheel_units.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tb::compute::task {

namespace {

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& row = inputs["params"];
    const FetchedRows& recording = inputs["recording"];
    if (row.empty() || recording.empty()) {
        throw Error(ErrorKind::data, "no parameter row or no wheel recording for " + inputs.key);
    }
    if (recording.is_null("position_ref", 0) || recording.is_null("times_ref", 0)) {
        return output.nothing_to_compute("the wheel's position is not in the array store");
    }
    const MovementParams in_samples{
        .rate_hz = row.numbers("rate_hz")[0],
        .position_threshold = row.numbers("position_threshold_samples")[0],
        .time_window_s = row.numbers("time_window_s")[0],
        .min_gap_s = row.numbers("min_gap_s")[0],
        .onset_threshold = row.numbers("onset_threshold_samples")[0],
        .min_duration_s = row.numbers("min_duration_s")[0],
    };
    const std::vector<double> timestamps = inputs.array("recording", "times_ref").numbers();
    const std::vector<double> position = inputs.array("recording", "position_ref").numbers();
    const std::size_t n_steps = count_steps(position);
    if (n_steps > 0 && n_steps < least_steps_of_units) {
        return output.nothing_to_compute("the wheel has " + std::to_string(n_steps) +
                                         " steps, which do not tell its unit");
    }
    const WheelUnits units = wheel_units(position);
    const auto [movements, changes] =
        found_movements(timestamps, position, movement_params(units, in_samples));
    std::size_t n_changes = 0;
    for (std::size_t i = 0; i < movements.size(); ++i) {
        const Movement& movement = movements[i];
        n_changes += changes[i];
        output.part("wheel_movement")
            .set("movement", i + 1)
            .set("onset_s", movement.onset_s)
            .set("offset_s", movement.offset_s)
            .set("peak_amplitude_rad",
                 units.unit == "cm" ? cm_to_rad(movement.peak_amplitude) : movement.peak_amplitude)
            .set("peak_velocity_s", movement.peak_velocity_s)
            .set("n_direction_changes", changes[i]);
    }
    output.master()
        .set("n_movements", movements.size())
        .set("n_direction_changes", n_changes)
        .set("source_unit", Value(units.unit))
        .set("encoder_resolution", units.resolution);
}

}  // namespace

ComputedTable wheel_movement_set_table() {
    ComputedTable table;
    table.name = "task.wheel_movement_set";
    table.code_version = 2;
    table.fetches = {{"recording", compute_sql_text("task/wheel_recording.sql")},
                     {"params", compute_sql_text("task/wheel_movement_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 20;
    return table;
}

}  // namespace tb::compute::task
