#include "compute/task/wheel_velocity.hpp"

#include "compute/task/wheel.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>
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
    const WheelParams params{
        .rate_hz = row.numbers("rate_hz")[0],
        .cutoff_hz = row.numbers("cutoff_hz")[0],
        .filter_order = static_cast<int>(row.integers("filter_order")[0]),
        .time_precision = time_precision_named(row.texts("time_precision")[0]),
    };
    const std::vector<double> timestamps = inputs.array("recording", "times_ref").numbers();
    const std::vector<double> position = inputs.array("recording", "position_ref").numbers();
    WheelVelocity wheel = wheel_velocity(timestamps, position, params);
    const bool is_finite =
        std::ranges::all_of(wheel.velocity, [](float velocity) { return std::isfinite(velocity); });
    if (!is_finite) {
        throw Error(ErrorKind::data, inputs.key + ": the wheel's position has missing values", {},
                    "ValueError");
    }
    const FetchedRows& trials = inputs["trials"];
    const std::span<const double> stim_on = trials.numbers("stim_on_s");
    const std::span<const double> feedback = trials.numbers("feedback_s");
    const std::vector<double> peaks = wheel_peak_velocities(wheel.times, wheel.velocity, stim_on,
                                                            feedback, params.time_precision);
    double longest_s = 0.0;
    for (std::size_t i = 0; i < trials.size(); ++i) {
        output.part("wheel_trial")
            .set("trial", trials.integers("trial")[i])
            .set("peak_velocity_rad_s", peaks[i]);
        const double length_s = feedback[i] - stim_on[i];
        if (length_s > longest_s) longest_s = length_s;
    }
    const std::string id =
        output.array("velocity", Array{{wheel.velocity.size()}, std::move(wheel.velocity)},
                     {.unit = "rad/s",
                      .sampling_rate_hz = params.rate_hz,
                      .about = "velocity of the wheel: " + inputs.key});
    output.master()
        .set("velocity_array_id", Value(id))
        .set("start_s", wheel.times.begin_s)
        .set("sampling_rate_hz", params.rate_hz)
        .set("n_samples", wheel.times.n)
        .set("n_trials", trials.size())
        .set("n_trial_samples",
             static_cast<std::int64_t>(std::nearbyint(longest_s * std::nearbyint(params.rate_hz))));
}

}  // namespace

ComputedTable wheel_velocity_table() {
    ComputedTable table;
    table.name = "task.wheel_velocity";
    table.code_version = 1;
    table.fetches = {{"recording", compute_sql_text("task/wheel_recording.sql")},
                     {"trials", compute_sql_text("task/wheel_velocity_trials.sql")},
                     {"params", compute_sql_text("task/wheel_velocity_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 20;
    return table;
}

}  // namespace tb::compute::task
