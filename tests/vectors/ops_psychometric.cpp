// Psychometric functions and fits: ops behavior.psychometric_*, behavior.legacy_uniform and
// task.psychometric_*.
#include "compute/task/psychometric_function.hpp"
#include "compute/task/psychometric_points.hpp"
#include "src/stats/legacy_random.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tb::vectors {

namespace {

namespace ct = compute::task;

/// x, n, p as three inputs, or as the rows of one input `data`.
ct::PsychometricPoints points(const Case& input) {
    if (!input.has_input("x") && input.has_input("data")) {
        const auto data = input.input("data");
        if (!data.is_array()) {
            throw Error(ErrorKind::data, "data: expected an array of 3 rows, got " + data.dump(),
                        {}, "TypeError");
        }
        if (data.size() != 3) {
            throw Error(ErrorKind::data, fmt::format("data: expected 3 rows, got {}", data.size()),
                        {}, "ValueError");
        }
        return ct::points_from(as_numbers(data[0], "data row 1"), as_numbers(data[1], "data row 2"),
                               as_numbers(data[2], "data row 3"));
    }
    return ct::points_from(input.numbers("x"), input.numbers("n"), input.numbers("p"));
}

std::vector<double> optional_numbers(const Case& input, const char* name) {
    return input.has_param(name) ? input.numbers_param(name) : std::vector<double>{};
}

ct::FitConfiguration configuration(const Case& input) {
    ct::FitConfiguration out = input.has_param("configuration")
                                   ? ct::fit_configuration(input.text_param("configuration"))
                                   : ct::FitConfiguration{};
    if (input.has_param("P_model"))
        out.model = ct::model_named(input.text_param("P_model"));
    else if (input.has_param("model"))
        out.model = ct::model_named(input.text_param("model"));
    else if (!input.has_param("configuration"))
        out.model = ct::PsychometricModel::weibull;
    if (input.has_param("parstart")) out.start = optional_numbers(input, "parstart");
    if (input.has_param("parmin")) out.min = optional_numbers(input, "parmin");
    if (input.has_param("parmax")) out.max = optional_numbers(input, "parmax");
    const double runs = input.number_param("nfits", static_cast<double>(out.runs));
    if (!(runs >= 1.0 && runs <= 1e6)) {
        throw Error(ErrorKind::data, fmt::format("nfits: expected at least 1, got {}", runs), {},
                    "ValueError");
    }
    out.runs = static_cast<std::size_t>(runs);
    return out;
}

std::uint32_t seed_of(const Case& input) {
    const double seed = input.number_param("seed");
    if (!(seed >= 0.0 && seed <= 4294967295.0 && seed == std::floor(seed))) {
        throw Error(ErrorKind::data, fmt::format("seed: expected 0..4294967295, got {}", seed), {},
                    "ValueError");
    }
    return static_cast<std::uint32_t>(seed);
}

void function_values(const Case& input, Run& run) {
    const auto y = ct::psychometric_function(ct::model_named(input.text_param("model")),
                                             input.numbers_param("pars"), input.numbers("x"));
    run.give("y", to_json_array(y));
}

void cost(const Case& input, Run& run) {
    const auto model =
        ct::model_named(input.text_param(input.has_param("model") ? "model" : "P_model"));
    run.give("nll", ct::negative_log_likelihood(model, input.numbers_param("pars"), points(input),
                                                optional_numbers(input, "parmin"),
                                                optional_numbers(input, "parmax")));
}

/// Compares the parameters where the likelihood pins them (spec/ibl_behavior.md, 4). It does not
/// where the reference's parameters have our likelihood to within `flat`: on such a ridge (four
/// levels, four parameters) the last bit of erf decides where a descent stops.
void give_parameters(const ct::PsychometricPoints& data, const ct::FitConfiguration& settings,
                     const ct::PsychometricFit& fit, double flat, Run& run) {
    if (!run.expects("pars")) return;
    const auto reference = as_numbers(run.expected_value("pars"), "expected pars");
    if (reference.size() == fit.parameters.size() && std::isfinite(fit.log_likelihood)) {
        const auto tolerance = run.tolerance_of("pars");
        bool is_near = true;
        for (std::size_t i = 0; i < reference.size(); ++i) {
            is_near = is_near && std::abs(fit.parameters[i] - reference[i]) <=
                                     tolerance.atol + tolerance.rtol * std::abs(reference[i]);
        }
        const auto box = ct::fit_box(settings, data);
        const double at_reference =
            -ct::negative_log_likelihood(settings.model, reference, data, box.min, box.max);
        if (!is_near && std::abs(at_reference - fit.log_likelihood) <= flat) {
            return run.judge("pars", true, "equally likely");
        }
    }
    run.give("pars", to_json_array(fit.parameters));
}

void fit_single(const Case& input, Run& run) {
    const auto data = points(input);
    const auto settings = configuration(input);
    const auto fit = ct::fit_psychometric_by_simplex(data, settings);
    run.give("log_likelihood", fit.log_likelihood);
    give_parameters(data, settings, fit, 1e-9, run);
}

void fit_seeded(const Case& input, Run& run) {
    const auto data = points(input);
    const auto settings = configuration(input);
    const auto fit = ct::fit_psychometric_by_simplex(data, settings, seed_of(input));
    run.give("log_likelihood", fit.log_likelihood);
    give_parameters(data, settings, fit, 1e-9, run);
}

/// Ours must reach the reference's best likelihood less atol. The parameters are compared unless
/// ours found a better optimum, where the reference's parameters are not the target, or the
/// likelihood is flat.
void fit_best(const Case& input, Run& run) {
    const auto data = points(input);
    const auto settings = configuration(input);
    const auto fit = ct::fit_psychometric(data, settings);
    double excess = 0.0;
    if (run.expects("log_likelihood")) {
        const auto reference = as_number(run.expected_value("log_likelihood"));
        if (!reference) throw Error(ErrorKind::data, "expected log_likelihood is no number");
        excess = fit.log_likelihood - *reference;
        run.at_least("log_likelihood", fit.log_likelihood,
                     *reference - run.tolerance_of("log_likelihood").atol);
    }
    if (excess > 1e-3)
        run.judge("pars", true, "a better optimum");
    else
        give_parameters(data, settings, fit, 1e-6, run);
}

void legacy_uniform(const Case& input, Run& run) {
    const double n = input.number_param("n");
    if (!(n >= 0.0 && n <= 1e8))
        throw Error(ErrorKind::data, "n: expected 0..1e8", {}, "ValueError");
    stats::LegacyRandom random(seed_of(input));
    run.give("u", to_json_array(random.uniforms(static_cast<std::size_t>(n))));
}

/// A list of entries, each of one kind: parameters with both erf functions over xx and the cost of
/// n, p; Weibull parameters with both Weibulls over weibull_x; parameters that saturate, with their
/// cost; the cost outside of the bounds.
void functions(const Case& input, Run& run) {
    run.tolerance({1e-12, 0.0});
    using Model = ct::PsychometricModel;
    const auto xx = input.numbers("xx");
    const auto data = ct::points_from(xx, input.numbers("n"), input.numbers("p"));
    const auto least = input.numbers("parmin");
    const auto most = input.numbers("parmax");
    const auto cost_of = [&](const std::vector<double>& pars) {
        return ct::negative_log_likelihood(Model::erf_psycho_2gammas, pars, data, least, most);
    };
    const auto& list = run.expected_value("expected");
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto at = fmt::format("expected/{}/", i);
        const auto give = [&](const std::string& name, Model model, const std::vector<double>& pars,
                              const std::vector<double>& x) {
            run.give(at + name, to_json_array(ct::psychometric_function(model, pars, x)));
        };
        const auto parameters = [&](const std::string& name) {
            run.is_input(at + name);
            return as_numbers(run.expected_value(at + name), name);
        };
        if (run.expects(at + "params")) {
            const auto pars = parameters("params");
            give("erf2", Model::erf_psycho_2gammas, pars, xx);
            give("erf1", Model::erf_psycho, {pars.begin(), pars.end() - 1}, xx);
            run.give(at + "neg_ll", cost_of(pars));
        } else if (run.expects(at + "weibull_params")) {
            const auto pars = parameters("weibull_params");
            const auto x = input.numbers("weibull_x");
            give("weibull", Model::weibull, pars, x);
            give("weibull50", Model::weibull50, pars, x);
        } else if (run.expects(at + "saturated_params")) {
            // Its lapses of 0 saturate P; it lies within the bounds that all the fits here use.
            run.give(at + "neg_ll", cost_of(parameters("saturated_params")));
        } else if (run.expects(at + "out_of_bounds_neg_ll")) {
            // The case does not say where outside: every side must cost the same.
            double dearest = 0.0;
            double cheapest = INFINITY;
            for (std::size_t k = 0; k < most.size(); ++k) {
                for (const double beyond : {least[k] - 1.0, most[k] + 1.0}) {
                    auto pars = least;
                    pars[k] = beyond;
                    dearest = std::max(dearest, cost_of(pars));
                    cheapest = std::min(cheapest, cost_of(pars));
                }
            }
            run.give(at + "out_of_bounds_neg_ll", dearest == cheapest ? dearest : std::nan(""));
        }
    }
}

void judge_near(Run& run, const std::string& path, double got, double atol) {
    const double want = as_number(run.expected_value(path)).value_or(std::nan(""));
    run.judge(path, std::abs(got - want) <= atol,
              fmt::format("got {:.17g}, want {:.17g}, difference {:.3g}, tolerance {:.3g}", got,
                          want, std::abs(got - want), atol));
}

/// A session's trials fitted with the `plotting` configuration; `training_variant` with `status`.
/// The likelihood must be at least the reference's; parameters count where it pins them.
void session_fit(const Case& input, Run& run) {
    const auto trials = input.csv("trials");
    const auto left = trials.numbers("contrastLeft");
    const auto right = trials.numbers("contrastRight");
    std::vector<double> contrast(left.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
        contrast[i] =
            (std::isnan(right[i]) ? 0.0 : right[i]) - (std::isnan(left[i]) ? 0.0 : left[i]);
    }
    const auto choice = trials.numbers("choice");
    const auto data = ct::points_of(contrast, choice);
    const auto fit = ct::fit_psychometric(data, ct::fit_configuration("plotting"));
    run.tolerance({1e-12, 1e-12});
    run.give("contrasts", to_json_array(data.x));
    run.give("n", to_json_array(data.n));
    run.give("p_right", to_json_array(data.p));

    const auto number_at = [&](const std::string& path) {
        return run.expects(path) ? as_number(run.expected_value(path)).value_or(-INFINITY)
                                 : -INFINITY;
    };
    const double bound =
        std::max(number_at("log_likelihood"), number_at("reference_log_likelihood")) - 1e-3;
    run.at_least("log_likelihood", fit.log_likelihood, bound);
    run.at_least("reference_log_likelihood", fit.log_likelihood, bound);
    const bool is_pinned =
        run.expects("well_determined") && run.expected_value("well_determined") == true;
    run.is_input("well_determined");
    // Numbers that describe the reference's own repeated runs, not an output of a fit.
    for (const char* prefix : {"", "training_variant/"}) {
        for (const char* name :
             {"n_runs", "n_runs_within_0p001", "param_sd_over_runs_within_0p001"})
            run.is_input(prefix + std::string(name));
    }
    const double tolerances[] = {0.1, 0.2, 2e-3, 2e-3};
    for (const char* name : {"reference_params", "params"}) {
        for (std::size_t i = 0; i < fit.parameters.size(); ++i) {
            const auto path = fmt::format("{}/{}", name, i);
            if (!run.expects(path)) continue;
            // The likelihood decides when it is flat; our own parameters must then still be inside
            // of the box.
            if (is_pinned)
                judge_near(run, path, fit.parameters[i], tolerances[i]);
            else
                run.judge(path, std::isfinite(fit.parameters[i]),
                          "got a parameter that is not finite");
        }
    }
    for (const char* name : {"reference_predicted", "predicted"}) {
        for (std::size_t i = 0; i < fit.predicted.size(); ++i) {
            const auto path = fmt::format("{}/{}", name, i);
            if (!run.expects(path)) continue;
            if (is_pinned)
                judge_near(run, path, fit.predicted[i], 2e-3);
            else
                run.judge(path, fit.predicted[i] >= 0.0 && fit.predicted[i] <= 1.0,
                          "no probability");
        }
    }
    if (run.expects("r_squared")) {
        if (is_pinned) {
            judge_near(run, "r_squared", fit.r_squared, 5e-3);
        } else {
            // The formula, with the reference's own predictions.
            const auto predicted = as_numbers(run.expected_value("predicted"), "predicted");
            judge_near(run, "r_squared", ct::r_squared(data.p, predicted), 1e-9);
        }
    }
    if (run.expects("training_variant")) {
        const auto status = ct::fit_psychometric(data, ct::fit_configuration("status"));
        const double reference = number_at("training_variant/log_likelihood");
        run.at_least("training_variant/log_likelihood", status.log_likelihood, reference - 1e-3);
        const auto spread =
            run.expects("training_variant/param_sd_over_runs_within_0p001")
                ? as_numbers(run.expected_value("training_variant/param_sd_over_runs_within_0p001"),
                             "param_sd_over_runs_within_0p001")
                : std::vector<double>(4, INFINITY);
        for (std::size_t i = 0; i < status.parameters.size(); ++i) {
            const auto path = fmt::format("training_variant/params/{}", i);
            // Pinned where the reference's equally good runs agree and ours found no better
            // optimum.
            const bool agrees =
                std::all_of(spread.begin(), spread.end(), [](double sd) { return sd < 1e-3; });
            if (agrees && status.log_likelihood < reference + 1e-3) {
                judge_near(run, path, status.parameters[i], tolerances[i]);
            } else {
                run.judge(path, std::isfinite(status.parameters[i]),
                          "got a parameter that is not finite");
            }
        }
    }
}

const Registration registered_function("behavior.psychometric_function", &function_values);
const Registration registered_cost("behavior.psychometric_nll", &cost);
const Registration registered_single("behavior.psychometric_fit_single", &fit_single);
const Registration registered_seeded("behavior.psychometric_fit_seeded", &fit_seeded);
const Registration registered_best("behavior.psychometric_fit", &fit_best);
const Registration registered_uniform("behavior.legacy_uniform", &legacy_uniform);
const Registration registered_functions("task.psychometric_functions", &functions);
const Registration registered_session("task.psychometric_fit", &session_fit);

}  // namespace

}  // namespace tb::vectors
