// Tests of the OpenScope analyses: random numbers, permutations, bootstrap, binomial, corrections.

#include "compute/imaging/openscope/significance.hpp"
#include "src/stats/binomial.hpp"
#include "src/stats/bootstrap.hpp"
#include "src/stats/legacy_random.hpp"
#include "src/stats/p_values.hpp"
#include "src/stats/permutation_draws.hpp"
#include "src/stats/permutation_test.hpp"
#include "tests/vectors/openscope_statistics_values.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

namespace analysis = compute::imaging::openscope;

/// Numbers after the first count that an output's name holds: choice_23_shape_4_5 -> 23, 4, 5.
std::vector<std::size_t> numbers_in(const std::string& name) {
    std::vector<std::size_t> out;
    for (const std::string& word : openscope::split(name, '_')) {
        if (!word.empty() && word.find_first_not_of("0123456789") == std::string::npos) {
            out.push_back(std::stoul(word));
        }
    }
    return out;
}

/// Values in C order as nested arrays of a shape.
template <class Value>
Json shaped(const std::vector<Value>& values, std::span<const std::size_t> shape,
            std::size_t begin = 0) {
    if (shape.empty()) return values.at(begin);
    std::size_t step = 1;
    for (const std::size_t n : shape.subspan(1)) step *= n;
    Json out = Json::array();
    for (std::size_t i = 0; i < shape[0]; ++i) {
        out.push_back(shaped(values, shape.subspan(1), begin + i * step));
    }
    return out;
}

std::size_t product(std::span<const std::size_t> shape) {
    std::size_t out = 1;
    for (const std::size_t n : shape) out *= n;
    return out;
}

/// Each output starts the stream anew, but for whole numbers, which follow so many uniforms as
/// their name says: randint_<low>_<high>_after_<n>_uniforms.
void legacy_rng(const Case& input, Run& run) {
    const auto seed = input.input("seed").get<std::uint32_t>();
    for (const auto& [name, expected] : run.expected()) {
        stats::LegacyRandom random(seed);
        const std::vector<std::size_t> numbers = numbers_in(name);
        const auto after_first = std::span(numbers).subspan(numbers.empty() ? 0 : 1);
        const std::size_t n = expected.value.size();
        if (name.starts_with("uint32")) {
            std::vector<std::uint32_t> words(n);
            random.fill_words(words);
            run.give(name, to_json_array(words));
        } else if (name.starts_with("uniform_shape")) {
            run.give(name, shaped(random.uniforms(product(numbers)), numbers));
        } else if (name.starts_with("uniform")) {
            run.give(name, to_json_array(random.uniforms(n)));
        } else if (name.starts_with("randint")) {
            const auto skipped = random.uniforms(numbers.at(2));
            std::vector<std::uint32_t> drawn(n);
            random.fill_below(static_cast<std::uint32_t>(numbers.at(1) - numbers.at(0)), drawn);
            for (std::uint32_t& one : drawn) one += static_cast<std::uint32_t>(numbers.at(0));
            run.give(name, to_json_array(drawn));
        } else if (name.starts_with("choice")) {
            std::vector<std::uint32_t> drawn(product(after_first));
            random.fill_below(static_cast<std::uint32_t>(numbers.at(0)), drawn);
            run.give(name, shaped(drawn, after_first));
        } else if (name == "permutation_ranks") {
            // Column j is permutation j.
            const auto shape = input.input("rank_shape").get<std::vector<std::size_t>>();
            stats::PermutationDraws draws({stats::RandomKind::numpy_legacy, seed});
            std::vector<std::vector<std::uint32_t>> orders(shape.at(0),
                                                           std::vector<std::uint32_t>(shape.at(1)));
            for (auto& order : orders) draws.next_order(order);
            Json rows = Json::array();
            for (std::size_t i = 0; i < shape.at(1); ++i) {
                Json row = Json::array();
                for (const auto& order : orders) row.push_back(order[i]);
                rows.push_back(row);
            }
            run.give(name, rows);
        }
    }
}

stats::PermutationSettings permutation_settings(const Json& test, stats::RandomSource source) {
    stats::PermutationSettings out;
    out.operation = stats::group_operation(test.value("op", std::string("diff")));
    out.statistic = stats::statistic_named(test.value("stats", std::string("mean")));
    out.pairing = openscope::pairing_of(test.at("paired"));
    out.n_permutations = test.at("n_perms").get<std::size_t>();
    out.missing = openscope::missing_policy(test.value("nanpol", Json()));
    out.source = source;
    return out;
}

void permutation_p(const Case& input, Run& run) {
    const auto groups = openscope::rows_of(input.input("groups"), "groups");
    const auto p_threshold = input.input("p_thresh").get<double>();
    const stats::RandomSource source{stats::RandomKind::numpy_legacy,
                                     input.input("seed").get<std::uint32_t>()};
    Json tests = Json::array();
    for (const Json& one : input.input("tests")) {
        const auto settings = permutation_settings(one, source);
        const stats::Tails tails = openscope::tails_of(one.at("tails"));
        const stats::PermutationTest found =
            stats::permutation_test({groups.at(0), groups.at(1)}, settings, tails);
        const auto interval = stats::null_interval(
            found.null, tails, p_threshold,
            openscope::comparisons_of(one.value("multcomp", Json())).value_or(1.0),
            settings.missing);
        tests.push_back({{"value", found.value},
                         {"p", found.p},
                         {"null_CI", to_json_array(interval)},
                         {"null_mean", stats::statistic_of(found.null, stats::Statistic::mean)},
                         {"null_std", stats::statistic_of(found.null, stats::Statistic::std)}});
    }
    run.give("tests", tests);
}

/// Groups as a list of arrays; null stands for a missing one.
std::vector<std::optional<std::vector<double>>> groups_of(const Json& value) {
    std::vector<std::optional<std::vector<double>>> out;
    for (const Json& group : value) {
        if (group.is_null()) {
            out.emplace_back();
        } else {
            out.emplace_back(as_numbers(group, "groups"));
        }
    }
    return out;
}

void across_groups_p(const Case& input, Run& run) {
    const auto paired = groups_of(input.input("groups"));
    const auto unpaired = groups_of(input.input("groups_unpaired"));
    stats::PermutationSettings settings;
    settings.n_permutations = input.input("n_perms").get<std::size_t>();
    settings.source.seed = input.input("seed").get<std::uint32_t>();
    const auto give = [&](const char* name, const auto& groups, stats::Pairing pairing,
                          stats::Statistic statistic, stats::PairTest test) {
        if (!run.expects(name)) return;
        settings.pairing = pairing;
        settings.statistic = statistic;
        run.give(name, to_json_array(stats::p_across_groups(groups, settings, test)));
    };
    using enum stats::PairTest;
    const auto mean = stats::Statistic::mean;
    give("paired", paired, stats::Pairing::paired, mean, permutation);
    give("unpaired", unpaired, stats::Pairing::unpaired, mean, permutation);
    give("var_paired", paired, stats::Pairing::paired, stats::Statistic::var, permutation);
    give("var_unpaired", unpaired, stats::Pairing::unpaired, stats::Statistic::var, permutation);
    give("t_test_half", unpaired, stats::Pairing::unpaired, mean, t_test);
    give("paired_t_test_half", paired, stats::Pairing::paired, mean, t_test);
    give("wilcoxon_half", paired, stats::Pairing::paired, mean, rank_test);
    give("mann_whitney_half", unpaired, stats::Pairing::unpaired, mean, rank_test);
}

void p_from_null(const Case& input, Run& run) {
    const std::vector<double> null = input.numbers("null");
    const Json p_threshold = input.has_input("p_thresh") ? input.input("p_thresh") : Json(0.05);
    Json p = Json::array();
    Json intervals = Json::array();
    for (const Json& one : input.input("cases")) {
        const stats::Tails tails = openscope::tails_of(one.at("tails"));
        const double value = as_numbers(Json::array({one.at("value")}), "value").front();
        const auto missing = openscope::missing_policy(one.value("nanpol", Json()));
        p.push_back(stats::p_from_null(value, null, tails, missing));
        intervals.push_back(to_json_array(stats::null_interval(
            null, tails, p_threshold.get<double>(),
            openscope::comparisons_of(one.value("multcomp", Json())).value_or(1.0), missing)));
    }
    run.give("p", p);
    run.give("null_CI", intervals);
}

void elements_beyond(const Case& input, Run& run) {
    const std::vector<double> values = input.numbers("values");
    const std::vector<std::vector<double>> nulls(values.size(), input.numbers("null"));
    const double p_threshold =
        input.has_input("p_thresh") ? input.input("p_thresh").get<double>() : 0.05;
    for (const Json& one : input.input("tails")) {
        const stats::Tails tails = openscope::tails_of(one);
        const stats::BeyondNull found = stats::values_beyond(values, nulls, tails, p_threshold);
        const Json low = to_json_array(found.low);
        const Json high = to_json_array(found.high);
        run.give(one.is_string() ? one.get<std::string>() : one.dump(),
                 {{"elements", tails == stats::Tails::both  ? Json::array({low, high})
                               : tails == stats::Tails::low ? low
                                                            : high},
                  {"p_values", to_json_array(found.p)}});
    }
}

void adjust_n_perms(const Case& input, Run& run) {
    Json out = Json::array();
    for (const double comparisons : input.numbers("n_comparisons")) {
        const stats::AdjustedPermutations found = stats::adjusted_permutations(
            comparisons, input.input("p").get<double>(), input.input("n_perms").get<std::size_t>());
        out.push_back(Json::array({found.p_threshold, found.n_permutations}));
    }
    run.give("out", out);
}

void bootstrap_std(const Case& input, Run& run) {
    const std::vector<double> data = input.numbers("data");
    const stats::RandomSource source{stats::RandomKind::numpy_legacy,
                                     input.input("seed").get<std::uint32_t>()};
    Json deviations = Json::array();
    for (const Json& one : input.input("cases")) {
        deviations.push_back(
            stats::bootstrap_std(data, stats::statistic_named(one.at("stats").get<std::string>()),
                                 {one.at("n_samples").get<std::size_t>(), source,
                                  openscope::missing_policy(one.value("nanpol", Json()))}));
    }
    Json of_proportions = Json::array();
    for (const Json& one : input.input("proportions")) {
        of_proportions.push_back(stats::bootstrap_proportion_std(
            one.at("p").get<double>(), one.at("n").get<std::size_t>(),
            {one.at("n_samples").get<std::size_t>(), source, stats::MissingPolicy::keep}));
    }
    run.give("std", deviations);
    run.give("proportion_std", of_proportions);
}

void binomial_interval(const Case& input, Run& run) {
    Json cases = Json::array();
    for (const Json& one : input.input("cases")) {
        const stats::BinomialComparison found = stats::binomial_comparison(
            one.at("perc").get<double>(), one.at("n").get<std::size_t>(),
            one.at("null_perc").get<double>(), openscope::tails_of(one.at("tails")),
            one.at("p_thresh").get<double>(),
            openscope::comparisons_of(one.at("multcomp")).value_or(1.0));
        cases.push_back({{"CI", to_json_array(found.interval)},
                         {"null_CI", to_json_array(found.null_interval)},
                         {"p", found.p}});
    }
    run.give("cases", cases);
}

void corrected_p(const Case& input, Run& run) {
    const auto n_permutations = input.input("n_perms").get<std::size_t>();
    Json corrected = Json::array();
    Json sensitivity = Json::array();
    for (const Json& one : input.input("cases")) {
        const stats::Tails tails = openscope::tails_of(one.at("tails"));
        const auto comparisons = openscope::comparisons_of(one.at("multcomp"));
        Json row = Json::array();
        for (const double p : as_numbers(one.at("raw"), "raw")) {
            row.push_back(stats::corrected_p(p, tails, comparisons));
        }
        corrected.push_back(row);
        sensitivity.push_back(stats::p_sensitivity(tails, comparisons, n_permutations));
    }
    run.give("corrected", corrected);
    run.give("sensitivity", sensitivity);
}

/// Columns of raw p values, "raw_" in their names, to columns of corrected ones.
void corrected_p_columns(const Case& input, Run& run) {
    const stats::Tails tails = openscope::tails_of(input.input("tails"));
    const auto comparisons = openscope::comparisons_of(input.input("multcomp"));
    const Json columns = input.input("columns");
    for (const auto& [name, values] : columns.items()) {
        std::string corrected_name = name;
        if (const auto at = corrected_name.find("raw_"); at != std::string::npos) {
            corrected_name.erase(at, 4);
        }
        Json corrected = Json::array();
        for (const double p : as_numbers(values, name)) {
            corrected.push_back(stats::corrected_p(p, tails, comparisons));
        }
        run.give(corrected_name, corrected);
    }
}

void n_comparisons(const Case& input, Run& run) {
    const std::vector<std::size_t> sessions(input.input("groups").get<std::size_t>(),
                                            input.input("sessions_per_group").get<std::size_t>());
    Json n = Json::array();
    for (const Json& one : input.input("cases")) {
        n.push_back(analysis::comparison_count(sessions, one.at("CIs").get<bool>(),
                                               one.at("pairs").get<bool>(),
                                               one.at("factor").get<std::size_t>()));
    }
    run.give("n", n);
}

void significance_mark(const Case& input, Run& run) {
    const auto marks = [&](const analysis::MarkSettings& settings) {
        Json out = Json::array();
        for (const double p : input.numbers("p")) {
            out.push_back(analysis::significance_mark(p, settings));
        }
        return out;
    };
    analysis::MarkSettings plain, told, control;
    told.sensitivity = input.input("sensitivity").get<double>();
    control.is_control = true;
    run.give("symbol", marks(plain));
    run.give("symbol_sensitivity", marks(told));
    run.give("symbol_control", marks(control));
    Json of_tails = Json::array();
    for (const Json& one : input.input("tails")) {
        analysis::MarkSettings settings;
        settings.tails = openscope::tails_of(one.at("tails"));
        settings.is_above = one.at("side").get<int>() > 0;
        of_tails.push_back(
            analysis::significance_mark(input.input("tails_p").get<double>(), settings));
    }
    run.give("symbol_tails", of_tails);
    Json of_binomials = Json::array();
    for (const Json& one : input.input("binomial")) {
        of_binomials.push_back(stats::binomial_sensitivity(one.at("n").get<std::size_t>(),
                                                           one.at("null_perc").get<double>(),
                                                           one.at("side").get<int>() > 0));
    }
    run.give("binomial_sensitivity", of_binomials);
}

const Registration registered_rng("openscope.legacy_rng", &legacy_rng);
const Registration registered_permutation("openscope.permutation_p", &permutation_p);
const Registration registered_across("openscope.across_groups_p", &across_groups_p);
const Registration registered_null("openscope.p_from_null", &p_from_null);
const Registration registered_beyond("openscope.elements_beyond", &elements_beyond);
const Registration registered_adjusted("openscope.adjust_n_perms", &adjust_n_perms);
const Registration registered_bootstrap("openscope.bootstrap_std", &bootstrap_std);
const Registration registered_binomial("openscope.binomial_interval", &binomial_interval);
const Registration registered_corrected("openscope.corrected_p", &corrected_p);
const Registration registered_columns("openscope.corrected_p_columns", &corrected_p_columns);
const Registration registered_count("openscope.n_comparisons", &n_comparisons);
const Registration registered_mark("openscope.significance_mark", &significance_mark);

}  // namespace

}  // namespace tb::vectors
