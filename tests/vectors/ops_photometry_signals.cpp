// Quality control and preprocessing of photometry signals: ops photometry.quality_metrics,
// sliding_qc, butter_sos_lowpass, preprocess, lowpass_too_short, zscore, resample, bleaching_tau,
// restrict_to_session, qc_pass_aggregate, qc_pca.
#include "compute/photometry/bleaching.hpp"
#include "compute/photometry/preprocess.hpp"
#include "compute/photometry/qc_overview.hpp"
#include "compute/photometry/quality_metrics.hpp"
#include "compute/photometry/session_crop.hpp"
#include "compute/photometry/sliding_qc.hpp"
#include "src/signal/butterworth.hpp"
#include "src/signal/moments.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tb::vectors {

namespace {

namespace cp = compute::photometry;

Json number(double value) {
    if (std::isnan(value)) return nullptr;
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
}

void quality_metrics(const Case& input, Run& run) {
    const auto times = input.numbers("times");
    const auto values = input.numbers("values");
    run.tolerance({1e-9, 1e-15});
    run.tolerance("ar_score", {1e-9, 1e-7});
    run.give_all(Json{
        {"n_unique_samples", number(cp::n_unique_samples(values))},
        {"median_absolute_deviance", number(cp::median_absolute_deviance(values))},
        {"percentile_distance", number(cp::percentile_distance(values))},
        {"percentile_asymmetry", number(cp::percentile_asymmetry(values))},
        {"percentile_asymmetry_pc75", number(cp::percentile_asymmetry(values, 75.0))},
        {"ar_score", number(cp::ar_score(values))},
        {"signal_skew", number(cp::signal_skew(values))},
        {"n_edges", number(cp::n_edges(values))},
        {"n_expmax_violations", number(cp::n_expmax_violations(values))},
        {"expmax_violation", number(cp::expmax_violation(values))},
        {"low_freq_power_ratio", number(cp::low_freq_power_ratio(times, values))},
        {"spectral_entropy", number(cp::spectral_entropy(values))},
    });
}

struct NamedMetric {
    const char* name;
    double cp::ReferenceMetrics::*member;
};
constexpr std::array<NamedMetric, 5> reference_metrics = {{
    {"n_unique_samples", &cp::ReferenceMetrics::n_unique_samples},
    {"median_absolute_deviance", &cp::ReferenceMetrics::median_absolute_deviance},
    {"percentile_distance", &cp::ReferenceMetrics::percentile_distance},
    {"percentile_asymmetry", &cp::ReferenceMetrics::percentile_asymmetry},
    {"ar_score", &cp::ReferenceMetrics::ar_score},
}};

Json metrics_json(const cp::ReferenceMetrics& metrics) {
    Json out = Json::object();
    for (const auto& metric : reference_metrics) out[metric.name] = number(metrics.*metric.member);
    return out;
}

void sliding_qc(const Case& input, Run& run) {
    const cp::SlidingQcParams params{.window_s = input.number_param("window_s", 120.0),
                                     .step_s = input.number_param("step_s", 60.0)};
    const auto qc = cp::sliding_qc(input.numbers("times"), input.numbers("values"), params);
    run.tolerance({1e-8, 0.0});
    run.tolerance("ar_score", {1e-8, 1e-6});
    run.give("n_windows", qc.windows.size());
    run.give("whole_signal", metrics_json(cp::reference_whole(qc.whole)));
    run.give("aggregate_peer", metrics_json(qc.reference_aggregate));
    run.give("mean_windows_only", qc.windows.empty()
                                      ? Json::object()
                                      : metrics_json(cp::reference_window(qc.window_mean)));
    Json rows = Json::array();
    for (const auto& metric : reference_metrics) {
        const auto row = [&](Json window, const cp::ReferenceMetrics& metrics) {
            rows.push_back({{"metric", metric.name},
                            {"window", std::move(window)},
                            {"value", number(metrics.*metric.member)}});
        };
        row(nullptr, cp::reference_whole(qc.whole));
        for (const auto& window : qc.windows) {
            row(window.centre_s, cp::reference_window(window.metrics));
        }
    }
    run.give("rows", rows);
}

/// H(e^iw) of a cascade.
std::complex<double> response(const signal::Sections& sections, double omega) {
    const std::complex<double> z = std::polar(1.0, -omega);
    std::complex<double> out = 1.0;
    for (const auto& s : sections) {
        out *= (s.b0 + z * (s.b1 + z * s.b2)) / (1.0 + z * (s.a1 + z * s.a2));
    }
    return out;
}

/// Compares cascades whose sections may be ordered otherwise: padding, poles and zeros by their
/// polynomials' product, and so the response at frequencies from the cut-off's neighbourhood up.
void judge_sections(const std::string& path, const signal::Sections& got, const Json& want,
                    double cutoff_hz, double rate_hz, Run& run) {
    signal::Sections reference;
    for (const Json& row : want) {
        const auto c = as_numbers(row, "section");
        reference.push_back({c.at(0), c.at(1), c.at(2), c.at(4), c.at(5)});
    }
    if (got.size() != reference.size()) {
        return run.judge(path, false,
                         fmt::format("got {} sections, want {}", got.size(), reference.size()));
    }
    double worst = 0.0;
    for (const double hz :
         {cutoff_hz / 3.0, cutoff_hz, 3.0 * cutoff_hz, 0.1 * rate_hz, 0.25 * rate_hz}) {
        if (hz >= rate_hz / 2.0) continue;
        const double omega = 2.0 * std::numbers::pi * hz / rate_hz;
        const auto expected = response(reference, omega);
        worst = std::max(worst, std::abs(response(got, omega) - expected) / std::abs(expected));
    }
    // Near the cut-off a rounding of the coefficients' last digit is magnified by the distance of
    // the poles from the unit circle, which the tolerance of the gain does not include.
    const double magnified = std::pow(rate_hz / cutoff_hz, 2.0) * 1e-15;
    const bool same_padding = signal::filter_padding(got) == signal::filter_padding(reference);
    run.judge(path, same_padding && worst <= 1e-9 + magnified,
              fmt::format("response differs by {:.3g} of it, padding {} and {}", worst,
                          signal::filter_padding(got), signal::filter_padding(reference)));
    // The gain factor itself, exactly as the tolerance says.
    double gain = 1.0;
    double expected_gain = 1.0;
    for (const auto& s : got) gain *= s.b0;
    for (const auto& s : reference) expected_gain *= s.b0;
    if (std::abs(gain / expected_gain - 1.0) > 1e-9) {
        run.judge(path, false, fmt::format("gain {:.17g}, want {:.17g}", gain, expected_gain));
    }
}

void butter_sos_lowpass(const Case& input, Run& run) {
    const double order = as_number(input.input("N")).value_or(0.0);
    const double cutoff_hz = as_number(input.input("Wn")).value_or(0.0);
    for (const double rate_hz : input.numbers("fs")) {
        const auto sections =
            signal::butterworth_lowpass(static_cast<int>(order), cutoff_hz, rate_hz);
        for (const auto& [name, output] : run.expected()) {
            if (std::stod(name) == rate_hz) {
                judge_sections(name, sections, output.value, cutoff_hz, rate_hz, run);
            }
        }
    }
}

std::vector<double> times_of(const signal::EvenGrid& grid) {
    std::vector<double> times(grid.n);
    for (std::size_t i = 0; i < grid.n; ++i) times[i] = grid[i];
    return times;
}

void preprocess(const Case& input, Run& run) {
    const auto times = input.numbers("times");
    const auto values = input.numbers("signal");
    const auto reference = input.numbers("reference");
    run.tolerance({1e-6, 1e-12});
    const auto give = [&](const std::string& name, const std::vector<double>& series) {
        if (!run.expects(name)) return;
        const auto want = as_numbers(run.expected_value(name), name);
        run.tolerance(name, {0.0, 1e-6 * signal::moments_of(want).sd});
        run.give(name, to_json_array(series));
    };
    for (const std::string mode : {"aligned", "peer_sorted"}) {
        cp::PreprocessParams params;
        params.isosbestic_mode = cp::isosbestic_mode_named(mode);
        cp::PreprocessSteps steps;
        const auto out = cp::preprocess(times, values, times, reference, params, &steps);
        give("iso_" + mode, steps.isosbestic_corrected);
        give("z_" + mode, steps.z);
        give("resampled_" + mode, out.signal.values);
        if (mode != "aligned") continue;
        give("lowpass_signal", steps.lowpass_signal);
        give("bleach_signal", steps.bleach_corrected_signal);
        give("bleach_reference", steps.bleach_corrected_reference);
        give("resampled_times", times_of(out.signal.grid));
        run.give("fs", out.signal_rate_hz);
        run.give("slope", out.isosbestic.slope);
        run.give("intercept", out.isosbestic.intercept);
        run.give("iso_correlation", out.isosbestic.correlation);
    }
    // For information only (spec, 6.5): where the reference's optimiser stopped.
    if (run.expects("bleaching_tau_peer")) run.is_input("bleaching_tau_peer");
}

void lowpass_too_short(const Case& input, Run& run) {
    const double rate_hz = as_number(input.input("fs")).value_or(0.0);
    for (const double n : input.numbers("n")) {
        std::vector<double> values(static_cast<std::size_t>(n));
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = std::sin(static_cast<double>(i));
        std::string result = "ok";
        try {
            (void)cp::lowpass(values, rate_hz);
        } catch (const Error& error) {
            result = error.type();
        }
        run.give(fmt::format("{}", static_cast<long>(n)), result);
    }
}

void zscore(const Case& input, Run& run) {
    const auto values = input.numbers("values");
    run.tolerance({1e-12, 1e-12});
    if (input.has_param("mode")) {
        const auto mode = cp::zscore_mode_named(input.text_param("mode"));
        run.give("z", to_json_array(cp::zscore(values, mode)));
    }
    run.give("classic", to_json_array(cp::zscore(values)));
    run.give("median", to_json_array(cp::zscore(values, cp::ZscoreMode::median)));
}

void resample(const Case& input, Run& run) {
    run.tolerance({0.0, 1e-10});
    const auto out = cp::resample(input.numbers("times"), input.numbers("values"),
                                  input.number_param("fs", 30.0));
    run.give("times", to_json_array(times_of(out.grid)));
    run.give("values", to_json_array(out.values));
}

void bleaching_tau(const Case& input, Run& run) {
    const auto fit = cp::fit_bleaching(input.numbers("times"), input.numbers("values"));
    run.tolerance({1e-3, 0.0});
    // How the input was made; the reference's unconverged result is excused by the case itself.
    for (const char* given : {"true_tau", "peer_tau", "peer_start_tau"}) {
        if (run.expects(given)) run.is_input(given);
    }
    const double amplitude =
        as_number(run.expected_value("converged_amplitude_at_first_sample")).value_or(0.0);
    if (!(amplitude > 0.0)) {
        // Without bleaching the case asks for no tau: what counts is that we say so.
        run.judge("converged_tau", !fit.is_bleaching(),
                  fmt::format("tau {} s is not flagged", fit.tau_s));
    }
    run.give("converged_tau", fit.tau_s);
    run.give("converged_amplitude_at_first_sample", fit.amplitude);
    run.give("converged_offset", fit.offset);
    run.give("converged_sse", fit.squared_error);
}

void restrict_to_session(const Case& input, Run& run) {
    // times_gcamp.npy and times_iso.npy; any other band by its own name.
    std::vector<std::string> names;
    std::vector<std::vector<double>> times;
    for (const auto& [name, output] : run.expected()) {
        names.push_back(name);
        const std::string file = name == "GCaMP"        ? "times_gcamp"
                                 : name == "Isosbestic" ? "times_iso"
                                 : name == "RCaMP"      ? "times_rcamp"
                                                        : "times_" + name;
        times.push_back(input.numbers(file));
    }
    const auto member = [&](const char* name, double otherwise) {
        return input.has_input(name) ? as_number(input.input(name)).value_or(otherwise) : otherwise;
    };
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const std::vector<std::span<const double>> bands(times.begin(), times.end());
    const auto crops =
        cp::restrict_to_session(bands, member("interval_start", nan), member("interval_stop", nan),
                                -member("pre", -5.0), member("post", 5.0));
    for (std::size_t i = 0; i < names.size(); ++i) {
        run.give(names[i], {{"first", crops[i].first},
                            {"last", crops[i].first + crops[i].count - 1},
                            {"n", crops[i].count}});
    }
}

void qc_pass_aggregate(const Case& input, Run& run) {
    const auto qc = input.csv("qc");
    const auto pass = cp::basic_qc_pass(qc.texts("eid"), qc.numbers("n_unique_samples"),
                                        qc.numbers("n_band_inversions"));
    Json all = Json::object();
    Json any = Json::object();
    for (const auto& [session, flags] : pass) {
        all[session] = flags.all_signals;
        any[session] = flags.any_signal;
    }
    run.give("all", all);
    run.give("any", any);
}

void qc_pca(const Case& input, Run& run) {
    const auto qc = input.csv("qc");
    std::vector<std::vector<double>> transformed;
    for (const auto& name : qc.names) transformed.push_back(cp::normal_scores(qc.numbers(name)));
    Json rows = Json::array();
    for (std::size_t row = 0; row < qc.rows; ++row) {
        Json cells = Json::array();
        for (const auto& column : transformed) cells.push_back(number(column[row]));
        rows.push_back(cells);
    }
    run.tolerance("transformed", {0.0, 1e-7});
    run.give("transformed", rows);
    run.give("n_quantiles", std::min<std::size_t>(1000, qc.rows));

    auto pca = cp::principal_components(transformed);
    // The sign of a component is free: take the reference's.
    const Json& want = run.expected_value("components");
    for (std::size_t k = 0; k < pca.components.size() && k < want.size(); ++k) {
        const auto reference = as_numbers(want[k], "component");
        double product = 0.0;
        for (std::size_t c = 0; c < std::min(reference.size(), pca.components[k].size()); ++c) {
            product += reference[c] * pca.components[k][c];
        }
        if (product >= 0.0) continue;
        for (double& loading : pca.components[k]) loading = -loading;
        for (auto& row : pca.scores) row[k] = -row[k];
    }
    run.tolerance("components", {0.0, 1e-6});
    run.tolerance("scores", {0.0, 1e-6});
    run.tolerance("explained_variance_ratio", {1e-8, 0.0});
    run.give("components", Json(pca.components));
    run.give("scores", Json(pca.scores));
    run.give("explained_variance_ratio", to_json_array(pca.explained_variance_ratio));
}

const Registration r1("photometry.quality_metrics", &quality_metrics);
const Registration r2("photometry.sliding_qc", &sliding_qc);
const Registration r3("photometry.butter_sos_lowpass", &butter_sos_lowpass);
const Registration r4("photometry.preprocess", &preprocess);
const Registration r5("photometry.lowpass_too_short", &lowpass_too_short);
const Registration r6("photometry.zscore", &zscore);
const Registration r7("photometry.resample", &resample);
const Registration r8("photometry.bleaching_tau", &bleaching_tau);
const Registration r9("photometry.restrict_to_session", &restrict_to_session);
const Registration r10("photometry.qc_pass_aggregate", &qc_pass_aggregate);
const Registration r11("photometry.qc_pca", &qc_pca);

}  // namespace

}  // namespace tb::vectors
