// Peri-event responses and what models are given of them.

#include "compute/photometry/lateralised_psychometrics.hpp"
#include "compute/photometry/mean_traces.hpp"
#include "compute/photometry/responses.hpp"
#include "compute/photometry/trial_regressors.hpp"
#include "compute/task/wheel.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

namespace photometry = compute::photometry;

/// Numbers in C order as nested arrays of a shape.
Json nested(std::span<const double> values, std::span<const std::size_t> shape) {
    if (shape.size() == 1) return to_json_array(values);
    Json out = Json::array();
    const std::size_t step = shape[0] == 0 ? 0 : values.size() / shape[0];
    for (std::size_t i = 0; i < shape[0]; ++i) {
        out.push_back(nested(values.subspan(i * step, step), shape.subspan(1)));
    }
    return out;
}

struct Tensor {
    std::vector<std::size_t> shape;
    std::vector<double> values;

    [[nodiscard]] Json json() const { return nested(values, shape); }
};

Tensor tensor(const Case& input, const std::string& name, std::size_t n_dimensions) {
    const Json json = input.input(name);
    Tensor out{{}, as_numbers(json, name)};
    const Json* at = &json;
    for (std::size_t i = 0; i < n_dimensions; ++i) {
        out.shape.push_back(at->size());
        if (at->empty()) {
            out.shape.resize(n_dimensions, 0);
            break;
        }
        at = &at->front();
    }
    return out;
}

photometry::Window window_param(const Case& input, const char* name, photometry::Window otherwise) {
    if (!input.has_param(name)) return otherwise;
    const std::vector<double> ends = input.numbers_param(name);
    if (ends.size() != 2) {
        throw Error(ErrorKind::data, std::string(name) + ": expected two numbers", {},
                    "ValueError");
    }
    return {ends[0], ends[1]};
}

std::vector<std::string> event_order(const Case& input) {
    if (!input.has_param("event_order")) return {"stimOn_times", "feedback_times"};
    return input.param("event_order").get<std::vector<std::string>>();
}

void responses(const Case& input, Run& run) {
    run.tolerance({0.0, 0.0});
    const std::vector<double> times = input.numbers("times");
    const std::vector<double> values = input.numbers("values");
    const std::vector<double> events = input.numbers("events");
    const double begin_s = input.number_param("t0", -1.0);
    const bool has_ends = input.has_input("end_times");
    const photometry::PeriEvent<double> found =
        has_ends ? photometry::peri_event_until(std::span(times), std::span(values), events,
                                                begin_s, input.numbers("end_times"))
                 : photometry::peri_event(std::span(times), std::span(values), events,
                                          {begin_s, input.number_param("t1", 1.0)});
    const std::vector<std::size_t> shape = {found.n_events, found.n_samples()};
    run.give("responses", nested(found.values, shape));
    run.give("tpts", to_json_array(found.offsets_s));
    run.give("fs", found.rate_hz);
}

void mask(const Case& input, Tensor& matrices, const std::vector<double>& tpts) {
    const CsvText trials = input.csv("trials");
    const std::vector<std::string> order = event_order(input);
    std::vector<std::string> events = order;
    if (input.has_param("events")) events = input.param("events").get<std::vector<std::string>>();
    photometry::mask_subsequent_events(
        events, matrices.values, tpts, order,
        [&](std::string_view name) -> std::optional<std::vector<double>> {
            if (!trials.has(name)) return std::nullopt;
            return trials.numbers(name);
        });
}

void mask_subsequent_events(const Case& input, Run& run) {
    run.tolerance({0.0, 0.0});
    Tensor matrices = tensor(input, "responses", 3);
    mask(input, matrices, input.numbers("tpts"));
    run.give("masked", matrices.json());
}

void response_transforms(const Case& input, Run& run) {
    run.tolerance({0.0, 1e-12});
    const Tensor given = tensor(input, "responses", 3);
    const std::vector<double> tpts = input.numbers("tpts");
    const std::size_t n_samples = tpts.size();
    const photometry::Columns baseline =
        photometry::columns_within(tpts, window_param(input, "baseline", {-0.1, 0.0}));
    const photometry::Columns early =
        photometry::columns_within(tpts, window_param(input, "early", {0.1, 0.35}));

    Tensor only_baseline = given;
    photometry::subtract_baseline(only_baseline.values, n_samples, baseline);
    run.give("baseline_only", only_baseline.json());
    Tensor masked = given;
    mask(input, masked, tpts);
    run.give("masked", masked.json());
    photometry::subtract_baseline(masked.values, n_samples, baseline);
    run.give("masked_baseline", masked.json());
    const Tensor magnitude{{masked.shape[0], masked.shape[1]},
                           photometry::row_means(masked.values, n_samples, early)};
    run.give("magnitude", magnitude.json());

    // What the table computes in one pass is what these steps give.
    const std::vector<std::string> order = event_order(input);
    const CsvText trials = input.csv("trials");
    photometry::MagnitudeParams params;
    params.baseline = window_param(input, "baseline", {-0.1, 0.0});
    params.early = window_param(input, "early", {0.1, 0.35});
    Tensor in_one{magnitude.shape, {}};
    for (std::size_t event = 0; event < given.shape[0]; ++event) {
        const std::size_t n_matrix = given.shape[1] * n_samples;
        photometry::PeriEvent<double> matrix;
        matrix.n_events = given.shape[1];
        matrix.offsets_s = tpts;
        matrix.values.assign(
            given.values.begin() + static_cast<std::ptrdiff_t>(event * n_matrix),
            given.values.begin() + static_cast<std::ptrdiff_t>((event + 1) * n_matrix));
        std::vector<double> until_s;
        if (event + 1 < order.size() && trials.has(order[event]) && trials.has(order[event + 1])) {
            const std::vector<double> own = trials.numbers(order[event]);
            until_s = trials.numbers(order[event + 1]);
            for (std::size_t i = 0; i < until_s.size(); ++i) until_s[i] -= own[i];
        }
        for (const double value : photometry::response_magnitudes(matrix, until_s, params)) {
            in_one.values.push_back(value);
        }
    }
    if (run.expects("magnitude")) run.give("magnitude", in_one.json());
}

void contrast_coding(const Case& input, Run& run) {
    run.tolerance({1e-12, 0.0});
    const std::vector<double> contrast = input.numbers("input");
    for (const auto& [name, expected] : run.expected()) {
        if (name == "log2_fraction_input") {
            std::vector<double> fractions = contrast;
            for (double& value : fractions) value /= 100.0;
            try {
                photometry::ContrastCoder coder(photometry::ContrastTransform::log2);
                run.give(name, to_json_array(coder.coded(fractions)));
            } catch (const Error& error) {
                run.give(name, error.type());
            }
            continue;
        }
        photometry::ContrastCoder coder(photometry::contrast_transform_named(name));
        run.give(name, to_json_array(coder.coded(contrast)));
    }
}

std::vector<double> optional_column(const CsvText& csv, const char* name) {
    return csv.has(name) ? csv.numbers(name) : std::vector<double>();
}

photometry::TrialContrasts contrasts_of(const CsvText& trials) {
    photometry::TrialContrasts out;
    if (!trials.has("contrast") || !trials.has("signed_contrast") || !trials.has("stim_side")) {
        return photometry::trial_contrasts(trials.numbers("contrastLeft"),
                                           trials.numbers("contrastRight"));
    }
    out.contrast = trials.numbers("contrast");
    out.signed_contrast = trials.numbers("signed_contrast");
    for (const std::string& side : trials.texts("stim_side")) {
        out.side.push_back(side == "left" ? photometry::StimulusSide::left
                                          : photometry::StimulusSide::right);
    }
    return out;
}

void trial_regressors(const Case& input, Run& run) {
    run.tolerance({0.0, 1e-12});
    const CsvText trials = input.csv("trials");
    photometry::RegressorSource source;
    source.n_trials = trials.rows;
    source.contrasts = contrasts_of(trials);
    source.choice = optional_column(trials, "choice");
    source.feedback_type = optional_column(trials, "feedbackType");
    source.probability_left = optional_column(trials, "probabilityLeft");
    source.stim_on_s = optional_column(trials, "stimOn_times");
    source.first_movement_s = optional_column(trials, "firstMovement_times");
    source.feedback_s = optional_column(trials, "feedback_times");
    if (input.has_input("wheel_velocity")) {
        const Tensor velocity = tensor(input, "wheel_velocity", 2);
        const std::vector<float> single(velocity.values.begin(), velocity.values.end());
        source.peak_velocity = compute::task::row_peaks(single, velocity.shape[1]);
    }
    const photometry::TrialRegressors regressors = photometry::trial_regressors(source);
    Json numbers = Json::array();
    Json sides = Json::array();
    for (std::size_t trial = 0; trial < regressors.size(); ++trial) {
        numbers.push_back(trial);
        const bool is_left = regressors.contrasts.side[trial] == photometry::StimulusSide::left;
        sides.push_back(is_left ? "left" : "right");
    }
    run.give("regressors",
             {{"trial", numbers},
              {"signed_contrast", to_json_array(regressors.contrasts.signed_contrast)},
              {"contrast", to_json_array(regressors.contrasts.contrast)},
              {"stim_side", sides},
              {"choice", to_json_array(regressors.choice)},
              {"feedbackType", to_json_array(regressors.feedback_type)},
              {"probabilityLeft", to_json_array(regressors.probability_left)},
              {"reaction_time", to_json_array(regressors.reaction_s)},
              {"movement_time", to_json_array(regressors.movement_s)},
              {"response_time", to_json_array(regressors.response_s)},
              {"peak_velocity", to_json_array(regressors.peak_velocity)}});

    for (const std::string hemisphere : {"l", "r"}) {
        const std::string name = "modeling_" + hemisphere;
        if (!run.expects(name)) continue;
        // The responses that were modelled are nowhere but in the expected rows. The rules must
        // explain why a trial is not there; of the few that they do not, the response was missing.
        const Json& rows = run.expected_value(name);
        std::vector<double> response(regressors.size(), 0.0);
        std::vector<bool> is_listed(regressors.size(), false);
        for (std::size_t i = 0; i < rows.at("trial").size(); ++i) {
            const auto trial =
                static_cast<std::size_t>(std::stoul(rows.at("trial").at(i).get<std::string>()));
            const std::string text = rows.at("response").at(i).get<std::string>();
            response.at(trial) = text.empty() ? nan : std::stod(text);
            is_listed.at(trial) = true;
        }
        std::vector<std::size_t> unexplained;
        for (std::size_t trial = 0; trial < regressors.size(); ++trial) {
            if (!is_listed[trial] &&
                photometry::is_modelled(regressors.choice[trial], regressors.response_s[trial])) {
                unexplained.push_back(trial);
            }
        }
        if (100 * unexplained.size() <= regressors.size()) {
            for (const std::size_t trial : unexplained) response[trial] = nan;
        }
        const photometry::ModellingFrame frame =
            photometry::modelling_frame(regressors, response, hemisphere);
        run.give(name, {{"trial", to_json_array(frame.trial)},
                        {"relative_contrast", to_json_array(frame.relative_contrast)},
                        {"contrast", to_json_array(frame.contrast)},
                        {"side", to_json_array(frame.side)},
                        {"choice_side", to_json_array(frame.choice_side)},
                        {"reward", to_json_array(frame.reward)},
                        {"log_reaction_time", to_json_array(frame.log_reaction_time)},
                        {"peak_velocity", to_json_array(frame.peak_velocity)},
                        {"response", to_json_array(frame.response)}});
    }
}

void mean_traces(const Case& input, Run& run) {
    run.tolerance({0.0, 1e-12});
    const CsvText trials = input.csv("trials");
    const std::vector<double> tpts = input.numbers("tpts");
    photometry::TraceTrials select;
    select.contrast = contrasts_of(trials).contrast;
    select.feedback_type = trials.numbers("feedbackType");
    select.choice = trials.numbers("choice");
    select.probability_left = trials.numbers("probabilityLeft");
    const std::vector<double> stim_on = trials.numbers("stimOn_times");
    select.response_s = trials.numbers("feedback_times");
    for (std::size_t i = 0; i < stim_on.size(); ++i) select.response_s[i] -= stim_on[i];
    Json rows = Json::array();
    for (const photometry::MeanTrace& mean :
         photometry::mean_traces(input.numbers("traces"), tpts.size(), select)) {
        for (std::size_t i = 0; i < tpts.size(); ++i) {
            rows.push_back({{"contrast", mean.contrast},
                            {"feedbackType", mean.feedback_type},
                            {"time", tpts[i]},
                            {"response", mean.trace[i]},
                            {"n_trials", mean.n_trials}});
        }
    }
    run.give("expected", rows);
}

void lateralised_psychometrics(const Case& input, Run& run) {
    run.tolerance({0.0, 0.0});
    const CsvText performance = input.csv("performance");
    const CsvText recordings = input.csv("recordings");
    const std::vector<double> threshold = performance.numbers("psych_50_threshold");
    const std::vector<double> bias = performance.numbers("psych_50_bias");
    const std::vector<double> left = performance.numbers("psych_50_lapse_left");
    const std::vector<double> right = performance.numbers("psych_50_lapse_right");
    std::map<std::string, std::size_t> row_of;
    for (std::size_t i = 0; i < performance.rows; ++i) row_of[performance.texts("eid")[i]] = i;
    Json rows = Json::array();
    for (std::size_t i = 0; i < recordings.rows; ++i) {
        const std::string& eid = recordings.texts("eid")[i];
        const auto found = row_of.find(eid);
        const bool is_known = found != row_of.end();
        const auto value = [&](const std::vector<double>& values) {
            return is_known ? values[found->second] : nan;
        };
        const auto seen = photometry::lateralised_psychometrics(
            value(bias), value(left), value(right), recordings.texts("hemisphere")[i],
            photometry::UnknownHemisphere::reference);
        rows.push_back({{"eid", eid},
                        {"target_NM", recordings.texts("target_NM")[i]},
                        {"fiber_idx", recordings.numbers("fiber_idx")[i]},
                        {"psych_50_threshold", value(threshold)},
                        {"psych_50_bias", seen.bias},
                        {"psych_50_lapse_contra", seen.lapse_contra},
                        {"psych_50_lapse_ipsi", seen.lapse_ipsi}});
    }
    run.give("expected", rows);
}

const Registration registered_responses("photometry.responses", &responses);
const Registration registered_transforms("photometry.response_transforms", &response_transforms);
const Registration registered_mask("photometry.mask_subsequent_events", &mask_subsequent_events);
const Registration registered_coding("photometry.contrast_coding", &contrast_coding);
const Registration registered_regressors("photometry.trial_regressors", &trial_regressors);
const Registration registered_traces("photometry.mean_traces", &mean_traces);
const Registration registered_lateralised("photometry.lateralised_psychometrics",
                                          &lateralised_psychometrics);

}  // namespace

}  // namespace tb::vectors
