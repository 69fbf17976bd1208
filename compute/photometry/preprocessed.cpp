#include "compute/photometry/preprocessed.hpp"

#include "compute/photometry/band_pairs.hpp"
#include "compute/photometry/preprocess.hpp"
#include "compute/photometry/recording_bands.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tb::compute::photometry {

namespace {

PreprocessParams params_of(const FetchedRows& row) {
    PreprocessParams params;
    params.bleach_cutoff_hz = row.numbers("bleach_cutoff_hz")[0];
    params.bleach_order = static_cast<int>(row.integers("bleach_order")[0]);
    params.bleach_correction = correction_named(row.texts("bleach_correction")[0]);
    params.isosbestic_mode = isosbestic_mode_named(row.texts("isosbestic_mode")[0]);
    params.regression_loss = regression_loss_named(row.texts("regression_loss")[0]);
    params.isosbestic_correction = correction_named(row.texts("isosbestic_correction")[0]);
    params.zscore_mode = zscore_mode_named(row.texts("zscore_mode")[0]);
    params.output_rate_hz = row.numbers("output_rate_hz")[0];
    return params;
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& row = inputs["params"];
    if (row.empty()) throw Error(ErrorKind::data, "no parameter row for " + inputs.key);
    const PreprocessParams params = params_of(row);
    const std::vector<std::string> wanted = {row.texts("signal_band")[0],
                                             row.texts("reference_band")[0]};
    std::optional<std::string> reason;
    const std::vector<RecordingBand> bands =
        recording_bands(inputs, row.numbers("before_session_s")[0],
                        row.numbers("after_session_s")[0], wanted, reason);
    if (reason) return output.nothing_to_compute(*reason);
    const auto has = [&](const std::string& name) {
        return std::ranges::find(bands, name, &RecordingBand::name) != bands.end();
    };
    if (!has(wanted[0])) {
        return output.nothing_to_compute(
            fmt::format("the recording has no signal of band {}", wanted[0]));
    }
    if (!has(wanted[1])) {
        throw Error(
            ErrorKind::data,
            fmt::format("{}: no band {}, which the preprocessing needs", inputs.key, wanted[1]), {},
            "ValueError");
    }
    const RecordingBand& signal = *std::ranges::find(bands, wanted[0], &RecordingBand::name);
    const RecordingBand& reference = *std::ranges::find(bands, wanted[1], &RecordingBand::name);
    const BandPair pair = pair_bands(signal, reference);
    Preprocessed out =
        preprocess(pair.signal_times, pair.signal, pair.reference_times, pair.reference, params);
    if (!std::ranges::all_of(out.signal.values, [](double v) { return std::isfinite(v); })) {
        throw Error(ErrorKind::data, inputs.key + ": the preprocessed signal is not finite", {},
                    "ValueError");
    }
    const std::size_t n = out.signal.values.size();
    const std::string id =
        output.array("signal", Array::vector(std::move(out.signal.values)),
                     {.unit = "z",
                      .sampling_rate_hz = params.output_rate_hz,
                      .about = fmt::format("{}, preprocessed: {}", wanted[0], inputs.key)});
    output.master()
        .set("signal_array_id", Value(id))
        .set("start_s", pair.signal_times.front())
        .set("sampling_rate_hz", params.output_rate_hz)
        .set("n_samples", n)
        .set("n_raw_samples", pair.signal.size())
        .set("raw_rate_hz", out.signal_rate_hz)
        .set("iso_correlation", out.isosbestic.correlation > 1.0 ? 1.0 : out.isosbestic.correlation)
        .set("iso_slope", out.isosbestic.slope)
        .set("iso_intercept", out.isosbestic.intercept)
        .set("mean", out.mean)
        .set("sd", out.sd);
    for (std::size_t i = 0; i < pair.holes.size(); ++i) {
        output.part("preprocessed_hole")
            .set("hole_no", i + 1)
            .set("start_s", pair.holes[i].after_s)
            .set("end_s", pair.holes[i].until_s);
    }
}

}  // namespace

ComputedTable preprocessed_table() {
    ComputedTable table;
    table.name = "photometry.preprocessed";
    table.code_version = 2;
    table.fetches = {{"bands", compute_sql_text("photometry/recording_bands.sql")},
                     {"session", compute_sql_text("photometry/session_trials.sql")},
                     {"params", compute_sql_text("photometry/preprocess_params.sql")}};
    table.compute = compute;
    table.keys_per_transaction = 20;
    return table;
}

}  // namespace tb::compute::photometry
