#include "compute/change_detection/change_running.hpp"

#include "compute/change_detection/known_values.hpp"
#include "compute/change_detection/running_speed.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace tb::compute::change_detection {

namespace {

/// Of the samples that both have; NaN when there is none.
double largest_difference(std::span<const double> a, std::span<const double> b) {
    double largest = nan;
    for (std::size_t i = 0; i < a.size(); ++i) {
        largest = std::fmax(largest, std::abs(a[i] - b[i]));  // passes over NaN
    }
    return largest;
}

double largest_of(std::span<const double> values) {
    double largest = nan;
    for (const double value : values) largest = std::fmax(largest, value);
    return largest;
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& set = inputs["params"];
    const FetchedRows& recording = inputs["recording"];
    if (set.empty() || recording.empty()) {
        throw Error(ErrorKind::data, "no parameter row or no running recording for " + inputs.key);
    }
    if (recording.is_null("signal_ref", 0) || recording.is_null("supply_ref", 0)) {
        return output.nothing_to_compute("the recording has no voltages of an encoder");
    }
    const SpeedFilter filter{.order = static_cast<int>(set.integers("filter_order")[0]),
                             .cutoff_hz = set.numbers("cutoff_hz")[0],
                             .rate_hz = set.numbers("rate_hz")[0]};
    const std::vector<double> time_s = inputs.array("recording", "times_ref").numbers();
    if (time_s.empty()) return output.nothing_to_compute("the recording has no samples");
    const std::vector<double> v_sig = inputs.array("recording", "signal_ref").numbers();
    const std::vector<double> v_in = inputs.array("recording", "supply_ref").numbers();

    const std::vector<double> unfiltered =
        unfiltered_running_speed(v_sig, v_in, time_s, set.numbers("largest_z")[0]);
    const std::vector<double> filtered = filtered_running_speed(unfiltered, filter);
    const EncoderWraps wraps = encoder_wraps(std::span(v_sig).first(time_s.size()));
    std::vector<double> speed = with_right_polarity(filtered);
    std::vector<double> speed_unfiltered = with_right_polarity(unfiltered);

    double difference = nan;
    if (!recording.is_null("speed_ref", 0)) {
        const std::vector<double> published = inputs.array("recording", "speed_ref").numbers();
        if (published.size() == speed.size()) difference = largest_difference(speed, published);
    }
    const KnownMoments moments = known_moments(speed);
    const auto n_missing =
        std::ranges::count_if(unfiltered, [](double value) { return std::isnan(value); });
    Row& row = output.master();
    row.set("n_samples", time_s.size())
        .set("n_missing", static_cast<std::int64_t>(n_missing))
        .set("n_wraps", wraps.positive.size() + wraps.negative.size())
        .set("mean_speed_cm_s", moments.mean)
        .set("sd_speed_cm_s", moments.sd)
        .set("max_speed_cm_s", largest_of(speed))
        .set("is_sign_turned", bool{is_polarity_reversed(filtered)})
        .set("is_unfiltered_sign_turned", bool{is_polarity_reversed(unfiltered)})
        .set("largest_difference_cm_s", difference);
    const auto keep = [&](const char* name, std::vector<double> values, const char* what) {
        return Value(output.array(name, Array::vector(std::move(values)),
                                  {.unit = "cm/s", .about = what + (": " + inputs.key)}));
    };
    row.set("speed_array_id", keep("speed", std::move(speed), "filtered running speed"))
        .set("speed_unfiltered_array_id",
             keep("speed_unfiltered", std::move(speed_unfiltered), "unfiltered running speed"));
}

}  // namespace

ComputedTable change_running_table() {
    ComputedTable table;
    table.name = "task.change_running";
    table.code_version = 1;
    table.fetches = {{"recording", compute_sql_text("change_detection/change_running.sql")},
                     {"params", compute_sql_text("change_detection/change_running_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 10;
    return table;
}

}  // namespace tb::compute::change_detection
