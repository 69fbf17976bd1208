// Analyses of groups of ROIs of OpenScope: selectivity, correlations between sessions, stimuli
// compared, and panels of the papers from stored values.

#include "compute/imaging/openscope/block_difference.hpp"
#include "compute/imaging/openscope/selectivity.hpp"
#include "compute/imaging/openscope/stimulus_comparison.hpp"
#include "compute/imaging/openscope/usi_correlation.hpp"
#include "compute/imaging/openscope/usi_groups.hpp"
#include "src/signal/moments.hpp"
#include "tests/vectors/openscope_statistics_values.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

namespace analysis = compute::imaging::openscope;

Json row_of(const analysis::ImagingGroup& group) {
    return {{"line", group.line}, {"plane", group.plane}};
}

/// first_five_null, null_p2_5 and their like: which part of a null distribution an output holds.
void usi(const Case& input, Run& run) {
    const Json regular = input.input("regular");
    analysis::SelectivitySettings settings;
    settings.n_permutations = input.input("n_perms").get<std::size_t>();
    settings.source.seed = input.input("seed").get<std::uint32_t>();
    if (input.has_input("nanpol")) {
        settings.missing = openscope::missing_policy(input.input("nanpol"));
    }
    const std::vector<double> of_regular = as_numbers(regular, "regular");
    const std::vector<double> of_unexpected = input.numbers("unexpected");
    const analysis::SelectivityNull found =
        analysis::selectivity_null({regular.size(), of_regular, of_unexpected}, settings);
    run.give("usi", to_json_array(found.index));
    run.give("percentiles", to_json_array(found.percentile));
    Json medians = Json::array(), low = Json::array(), high = Json::array(), first = Json::array();
    for (std::size_t roi = 0; roi < found.index.size(); ++roi) {
        const auto null = found.null_of(roi);
        medians.push_back(stats::percentile_of(null, 50.0));
        low.push_back(stats::percentile_of(null, 2.5));
        high.push_back(stats::percentile_of(null, 97.5));
        first.push_back(to_json_array(null.first(std::min<std::size_t>(null.size(), 5))));
    }
    run.give("null_median", medians);
    run.give("null_p2_5", low);
    run.give("null_p97_5", high);
    run.give("first_five_null", first);
}

Json paired_word(stats::Pairing pairing) {
    if (pairing == stats::Pairing::between) return "between";
    return pairing == stats::Pairing::paired;
}

void usi_correlation(const Case& input, Run& run) {
    const std::vector<double> a = input.numbers("a");
    const std::vector<double> b = input.numbers("b");
    Json cases = Json::array();
    for (const Json& one : input.input("cases")) {
        analysis::CorrelationSettings settings;
        settings.scheme = analysis::correlation_scheme(one.at("permute").get<std::string>());
        settings.bootstrap_samples = input.input("n_bootstrap").get<std::size_t>();
        settings.test = {
            one.at("n_perms").get<std::size_t>(),
            openscope::tails_of(one.at("tails")),
            openscope::comparisons_of(one.value("multcomp", Json())),
            {stats::RandomKind::numpy_legacy, input.input("seed").get<std::uint32_t>()}};
        const stats::TwoGroups pair{a, b};
        const auto found = analysis::session_correlations({&pair, 1}, settings).front();
        const bool is_normalised = analysis::is_normalised(settings.scheme);
        cases.push_back({{"used_op", is_normalised ? "diff_corr" : "corr"},
                         {"paired", paired_word(analysis::pairing_of(settings.scheme))},
                         {"normalised", is_normalised},
                         {"corr", found.r},
                         {"bootstrap_std", found.bootstrap_std},
                         {"null_CI", to_json_array(found.null_interval)},
                         {"p", found.raw_p}});
    }
    run.give("cases", cases);
    const signal::Line line = signal::fit_line(a, b);
    run.give("regression", {{"slope", line.slope}, {"intercept", line.intercept}});
}

void norm_corr(const Case& input, Run& run) {
    Json out = Json::array();
    for (const Json& one : input.input("cases")) {
        out.push_back(analysis::normalised_correlation(one.at("r").get<double>(),
                                                       one.at("med").get<double>()));
    }
    run.give("out", out);
}

Json change_of(const analysis::FractionalChange& change) {
    return Json::array({change.value, change.bootstrap_std});
}

void stimulus_comparison(const Case& input, Run& run) {
    std::vector<analysis::StimulusValues> groups;
    for (const Json& row : input.input("rows")) {
        // A session that is not there has no values.
        const auto values = [&](const char* name) {
            return row.contains(name) ? as_numbers(row.at(name), name) : std::vector<double>();
        };
        groups.push_back({{row.at("lines").get<std::string>(), row.at("planes").get<std::string>()},
                          values("gabors_s1"),
                          values("gabors_s3"),
                          values("visflow_s1"),
                          values("visflow_s3")});
    }
    analysis::StimulusComparisonSettings settings;
    settings.bootstrap_samples = input.input("n_bootstrap").get<std::size_t>();
    settings.test.n_permutations = input.input("n_perms").get<std::size_t>();
    settings.test.source.seed = input.input("seed").get<std::uint32_t>();
    if (input.has_input("tails")) settings.test.tails = openscope::tails_of(input.input("tails"));
    for (const bool is_tracked : {true, false}) {
        const std::string name = is_tracked ? "tracked_True" : "tracked_False";
        if (!run.expects(name)) continue;
        settings.is_tracked = is_tracked;
        Json rows = Json::array();
        for (const auto& row : analysis::compare_stimuli(groups, settings)) {
            rows.push_back({{"lines", row.group.line},
                            {"planes", row.group.plane},
                            {"gabors", change_of(row.gabors)},
                            {"visflow", change_of(row.visflow)},
                            {"p", row.raw_p}});
        }
        run.give(name, rows);
    }
    if (!run.expects("abs_fractional_diff")) return;
    const std::vector<double> a = input.numbers("a");
    const std::vector<double> b = input.numbers("b");
    Json differences = Json::array();
    for (std::size_t i = 0; i < a.size(); ++i) {
        differences.push_back(analysis::absolute_fractional_change(a[i], b.at(i)));
    }
    run.give("abs_fractional_diff", differences);
}

/// "sem", "std", or "bootstrapped std, 10000 samples".
void set_error(const std::string& words, analysis::GroupStatisticsSettings& settings) {
    if (!words.starts_with("bootstrapped")) {
        settings.spread = stats::spread_named(words);
        return;
    }
    settings.bootstrap_samples = 10000;
    for (const std::string& word : openscope::split(words, ' ')) {
        if (!word.empty() && word.find_first_not_of("0123456789") == std::string::npos) {
            settings.bootstrap_samples = std::stoul(word);
        }
    }
}

void usi_group_stats(const Case& input, Run& run) {
    analysis::GroupStatisticsSettings settings;
    settings.absolute = input.input("absolute").get<bool>();
    settings.statistic = stats::statistic_named(input.input("stat").get<std::string>());
    settings.by_mouse = input.input("by_mouse").get<bool>();
    settings.is_paired = input.input("paired").get<bool>();
    settings.test = openscope::test_settings(input.input("permutation"));
    set_error(input.input("error").get<std::string>(), settings);
    const analysis::GroupComparison found =
        analysis::compare_sessions(openscope::mouse_values(input.input("usis")), settings);
    Json groups = Json::array();
    for (const analysis::GroupStatistics& one : found.groups) {
        Json row = row_of(one.pooled.group);
        row["sess_n"] = one.pooled.session;
        if (settings.by_mouse) row["mouse_n"] = one.pooled.mice.front();
        row["stats"] = Json::array({one.centre});
        for (const double error : one.error) row["stats"].push_back(error);
        groups.push_back(row);
    }
    run.give("groups", groups);
    Json pairs = Json::array();
    for (const analysis::SessionPair& pair : found.pairs) {
        Json row = row_of(pair.group);
        row["sess_a"] = pair.session_a;
        row["sess_b"] = pair.session_b;
        row["raw_p"] = pair.raw_p;
        row["p"] = pair.p;
        pairs.push_back(row);
    }
    run.give("pairs", pairs);
}

analysis::CorrelationSettings correlation_settings(const Case& input) {
    analysis::CorrelationSettings out;
    out.scheme = analysis::correlation_scheme(input.input("permute").get<std::string>());
    out.test = openscope::test_settings(input.input("permutation"));
    if (input.has_input("n_bootstrap")) {
        out.bootstrap_samples = input.input("n_bootstrap").get<std::size_t>();
    }
    if (input.has_input("p_thresh")) out.p_threshold = input.input("p_thresh").get<double>();
    return out;
}

void usi_scatter(const Case& input, Run& run) {
    Json groups = Json::array();
    for (const analysis::GroupScatter& one : analysis::scatter_of_groups(
             openscope::mouse_values(input.input("usis")), input.input("sess_a").get<int>(),
             input.input("sess_b").get<int>(), correlation_settings(input))) {
        Json row = row_of(one.group);
        row["n"] = one.x.size();
        row["r"] = one.correlation.r;
        row["slope"] = one.slope;
        row["intercept"] = one.intercept;
        row["null_median"] = one.correlation.null_median;
        row["raw_p"] = one.correlation.raw_p;
        row["p"] = one.correlation.p;
        groups.push_back(row);
    }
    run.give("groups", groups);
}

void usi_correlation_groups(const Case& input, Run& run) {
    Json pairs = Json::array();
    for (const analysis::GroupCorrelation& one : analysis::correlations_of_groups(
             openscope::mouse_values(input.input("usis")), correlation_settings(input))) {
        Json row = row_of(one.group);
        row["sess_a"] = one.session_a;
        row["sess_b"] = one.session_b;
        row["r"] = one.correlation.r;
        row["bootstrap_std"] = one.correlation.bootstrap_std;
        row["null_CI"] = to_json_array(one.correlation.null_interval);
        row["raw_p"] = one.correlation.raw_p;
        row["p"] = one.correlation.p;
        pairs.push_back(row);
    }
    run.give("pairs", pairs);
}

void add_share(Json& row, const std::string& name, const analysis::SharePercent& share) {
    row[name] = share.percent;
    row[name + "_CIs"] = to_json_array(share.interval);
    row[name + "_null_CIs"] = to_json_array(share.null_interval);
    row[name + "_p_vals"] = share.p;
    row[name + "_raw_p_vals"] = share.raw_p;
    row[name + "_stds"] = share.bootstrap_std;
}

/// Numbers of ROIs: one, or a list over mice.
std::size_t sum_of(const Json& value) {
    if (!value.is_array()) return value.get<std::size_t>();
    std::size_t sum = 0;
    for (const Json& one : value) sum += one.get<std::size_t>();
    return sum;
}

void percent_significant(const Case& input, Run& run) {
    analysis::SelectiveShareSettings settings;
    settings.p_threshold = input.input("p_thresh").get<double>();
    settings.tails = openscope::tails_of(input.input("tails"));
    settings.comparisons = openscope::comparisons_of(input.input("multcomp"));
    settings.bootstrap.n_samples = input.input("n_bootstrap").get<std::size_t>();
    settings.bootstrap.source.seed = input.input("seed").get<std::uint32_t>();
    Json rows = Json::array();
    for (const Json& one : input.input("rows")) {
        const analysis::SelectiveShares shares = analysis::selective_shares(
            {sum_of(one.at("nrois")), sum_of(one.at("n_pos")), sum_of(one.at("n_signif_lo")),
             sum_of(one.at("n_signif_hi"))},
            settings);
        Json row = Json::object();
        add_share(row, "perc_pos_idxs", shares.positive);
        add_share(row, "perc_sig_lo_idxs", shares.low);
        add_share(row, "perc_sig_hi_idxs", shares.high);
        rows.push_back(row);
    }
    run.give("rows", rows);
}

/// Every list of numbers of a row is tested by its name.
void block_difference_p(const Case& input, Run& run) {
    const analysis::TestSettings settings{
        input.input("n_perms").get<std::size_t>(),
        openscope::tails_of(input.input("tails")),
        openscope::comparisons_of(input.input("multcomp")),
        {stats::RandomKind::numpy_legacy, input.input("seed").get<std::uint32_t>()}};
    Json rows = Json::array();
    for (const Json& one : input.input("rows")) {
        Json row = Json::object();
        for (const auto& [name, values] : one.items()) {
            if (!values.is_array()) continue;
            const auto found = analysis::test_block_differences(as_numbers(values, name), settings);
            row[name + "_raw_p"] = found.raw_p;
            row[name + "_p"] = found.p;
        }
        rows.push_back(row);
    }
    run.give("rows", rows);
}

const Registration registered_usi("openscope.usi", &usi);
const Registration registered_correlation("openscope.usi_correlation", &usi_correlation);
const Registration registered_norm("openscope.norm_corr", &norm_corr);
const Registration registered_stimuli("openscope.stimulus_comparison", &stimulus_comparison);
const Registration registered_groups("openscope.usi_group_stats", &usi_group_stats);
const Registration registered_scatter("openscope.usi_scatter", &usi_scatter);
const Registration registered_correlations("openscope.usi_correlation_groups",
                                           &usi_correlation_groups);
const Registration registered_percent("openscope.percent_significant", &percent_significant);
const Registration registered_blocks("openscope.block_difference_p", &block_difference_p);

}  // namespace

}  // namespace tb::vectors
