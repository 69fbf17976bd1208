#include "compute/photometry/signal_qc.hpp"

#include "compute/photometry/bleaching.hpp"
#include "compute/photometry/recording_bands.hpp"
#include "compute/photometry/sliding_qc.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

/// An infinite ratio has no place in a column of numbers: NaN, and so null.
double finite(double value) {
    return std::isfinite(value) ? value : std::numeric_limits<double>::quiet_NaN();
}

void set_metrics(Row& row, const std::string& prefix, const SignalMetrics& metrics) {
    row.set(prefix + "unique_samples", metrics.n_unique_samples)
        .set(prefix + "median_absolute_deviance", finite(metrics.median_absolute_deviance))
        .set(prefix + "percentile_distance", finite(metrics.percentile_distance))
        .set(prefix + "percentile_asymmetry_75", finite(metrics.percentile_asymmetry_75))
        .set(prefix + "percentile_asymmetry_95", finite(metrics.percentile_asymmetry_95))
        .set(prefix + "ar_score", finite(metrics.ar_score));
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& params_row = inputs["params"];
    if (params_row.empty()) throw Error(ErrorKind::data, "no parameter row for " + inputs.key);
    const auto param = [&](const char* name) { return params_row.numbers(name)[0]; };
    const SlidingQcParams sliding{.window_s = param("window_s"), .step_s = param("step_s")};
    const double least_unique = param("min_unique_samples");

    std::optional<std::string> reason;
    const std::vector<RecordingBand> bands =
        recording_bands(inputs, param("before_session_s"), param("after_session_s"), {}, reason);
    if (reason) return output.nothing_to_compute(*reason);

    const FetchedRows& recording = inputs["recording"];
    const std::string region = recording.empty() ? "?" : recording.texts("brain_region")[0];
    double min_unique = 1.0;
    std::string few_unique;
    for (const RecordingBand& band : bands) {
        const SlidingQc qc = sliding_qc(band.times(), band.values(), sliding);
        Row& row = output.part("signal_qc_band");
        row.set("band", band.name).set("n_windows", qc.windows.size());
        set_metrics(row, "whole_", qc.whole);
        set_metrics(row, "window_", qc.window_mean);
        const ReferenceMetrics& reference = qc.reference_aggregate;
        row.set("reference_unique_samples", reference.n_unique_samples)
            .set("reference_median_absolute_deviance", finite(reference.median_absolute_deviance))
            .set("reference_percentile_distance", finite(reference.percentile_distance))
            .set("reference_percentile_asymmetry", finite(reference.percentile_asymmetry))
            .set("reference_ar_score", finite(reference.ar_score));
        int window_no = 0;
        for (const QcWindow& window : qc.windows) {
            Row& part = output.part("signal_qc_window");
            part.set("band", band.name)
                .set("window_no", ++window_no)
                .set("start_s", window.start_s);
            set_metrics(part, "", window.metrics);
        }
        min_unique = std::min(min_unique, qc.whole.n_unique_samples);
        if (qc.whole.n_unique_samples < least_unique) {
            few_unique += fmt::format("{}{}/{}={:.3f}", few_unique.empty() ? "" : ", ", region,
                                      band.name, qc.whole.n_unique_samples);
        }
    }

    const auto gcamp = std::ranges::find(bands, "GCaMP", &RecordingBand::name);
    const RecordingBand& timed = gcamp == bands.end() ? bands.front() : *gcamp;
    Row& master = output.master();
    master.set("n_samples", timed.crop.count)
        .set("start_s", timed.times().front())
        .set("end_s", timed.times().back())
        .set("min_unique_samples", min_unique)
        .set("is_bleaching", false);
    const bool is_complete =
        gcamp != bands.end() && gcamp->values().size() >= 4 &&
        std::ranges::all_of(gcamp->values(), [](double value) { return std::isfinite(value); });
    if (is_complete) {
        const BleachingFit fit =
            fit_bleaching(gcamp->times(), gcamp->values(),
                          {.min_tau_s = param("min_tau_s"), .max_tau_s = param("max_tau_s")});
        if (!std::isnan(fit.tau_s)) {
            master.set("bleaching_tau_s", fit.tau_s)
                .set("is_bleaching", fit.is_bleaching())
                .set("bleaching_amplitude", fit.amplitude)
                .set("bleaching_offset", fit.offset);
        }
    }
    if (!few_unique.empty()) {
        output.part("signal_qc_error")
            .set("error_no", 1)
            .set("error_type", "FewUniqueSamples")
            .set("message", "few unique samples: " + few_unique);
    }
}

}  // namespace

ComputedTable signal_qc_table() {
    ComputedTable table;
    table.name = "photometry.signal_qc";
    table.code_version = 1;
    table.fetches = {{"bands", compute_sql_text("photometry/recording_bands.sql")},
                     {"session", compute_sql_text("photometry/session_trials.sql")},
                     {"recording", compute_sql_text("photometry/recording.sql")},
                     {"params", compute_sql_text("photometry/signal_qc_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 20;
    return table;
}

}  // namespace tb::compute::photometry
