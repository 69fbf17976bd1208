// General statistics: tests between groups, survival, smoothing, telling classes apart.

#include "src/stats/benjamini_hochberg.hpp"
#include "src/stats/confusion.hpp"
#include "src/stats/correlation.hpp"
#include "src/stats/group_comparison.hpp"
#include "src/stats/kaplan_meier.hpp"
#include "src/stats/median_filter.hpp"
#include "src/stats/naive_bayes.hpp"
#include "src/stats/paired_t_test.hpp"
#include "src/stats/wilcoxon.hpp"
#include "tests/vectors/runner.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tb::vectors {

namespace {

using stats::TestResult;

Json pair_of(const TestResult& test) {
    return Json::array({test.statistic, test.p});
}

/// One vector per lab, labs ascending by name; mice without a value left out.
std::vector<std::vector<double>> by_lab(const CsvText& mice, const std::string& column) {
    const std::vector<double> values = mice.numbers(column);
    std::map<std::string, std::vector<double>> labs;
    for (std::size_t i = 0; i < mice.rows; ++i) {
        if (!std::isnan(values[i])) labs[mice.texts("lab")[i]].push_back(values[i]);
    }
    std::vector<std::vector<double>> out;
    for (auto& [lab, of_lab] : labs) out.push_back(std::move(of_lab));
    return out;
}

Json account_of(const stats::GroupComparison& found, std::size_t n_groups) {
    Json account = {{"normaltest_statistic", found.normality.statistic},
                    {"normaltest_p", found.normality.p},
                    {"levene_statistic", found.spread.statistic},
                    {"levene_p", found.spread.p},
                    {"test", found.is_normal ? "anova" : "kruskal"},
                    {"statistic", found.location.statistic},
                    {"p", found.location.p}};
    Json rows = Json::array();
    Json pairs = Json::array();
    for (std::size_t i = 0; i < n_groups; ++i) {
        const auto row = std::span(found.pair_p).subspan(i * n_groups, n_groups);
        rows.push_back(to_json_array(row));
        for (std::size_t j = i + 1; j < n_groups; ++j) pairs.push_back(row[j]);
    }
    if (found.is_normal) {
        account["tukey_p"] = pairs;
    } else {
        account["dunn_p"] = rows;
    }
    return account;
}

/// "threshold" and 60 of "wilcoxon_threshold_lag1_first60": the first n values against those `lag`
/// later.
struct Lagged {
    std::vector<double> first, second;
};

Lagged lagged(const CsvText& mice, const std::string& name, const std::string& test) {
    const std::string lag_word = "_lag";
    const std::string count_word = "_first";
    const std::size_t lag_at = name.find(lag_word, test.size());
    const std::size_t count_at = name.find(count_word, lag_at);
    const std::string column = name.substr(test.size() + 1, lag_at - test.size() - 1);
    const auto lag = std::stoul(name.substr(lag_at + lag_word.size()));
    const auto n = std::stoul(name.substr(count_at + count_word.size()));
    const std::vector<double> values = mice.numbers(column);
    Lagged out;
    for (std::size_t i = 0; i < n && i + lag < values.size(); ++i) {
        out.first.push_back(values[i]);
        out.second.push_back(values[i + lag]);
    }
    return out;
}

void lab_statistics(const Case& input, Run& run) {
    const CsvText mice = input.csv("mice");
    std::vector<double> p;
    std::vector<double> levene_p;
    for (const std::string& column : mice.names) {
        if (!run.expects(column)) continue;
        const std::vector<std::vector<double>> labs = by_lab(mice, column);
        const stats::GroupComparison found = stats::compare_groups(labs);
        p.push_back(found.location.p);
        levene_p.push_back(found.spread.p);
        run.give(column, account_of(found, labs.size()));
    }
    run.give("p_fdr_bh", to_json_array(stats::benjamini_hochberg(p)));
    run.give("levene_p_fdr_bh", to_json_array(stats::benjamini_hochberg(levene_p)));
    const std::vector<double> n_trials = mice.numbers("n_trials");
    const std::vector<double> reaction_time = mice.numbers("reaction_time");
    run.give("spearman", pair_of(stats::spearman(n_trials, reaction_time)));
    run.give("pearson", pair_of(stats::pearson(n_trials, reaction_time)));
    for (const auto& [name, expected] : run.expected()) {
        if (name.starts_with("wilcoxon_")) {
            const Lagged pairs = lagged(mice, name, "wilcoxon");
            run.give(name, pair_of(stats::wilcoxon_signed_rank(pairs.first, pairs.second)));
        } else if (name.starts_with("ttest_rel_")) {
            const Lagged pairs = lagged(mice, name, "ttest_rel");
            run.give(name, pair_of(stats::paired_t_test(pairs.first, pairs.second)));
        }
    }
}

void lab_classifier(const Case& input, Run& run) {
    const CsvText mice = input.csv("mice");
    std::vector<std::string> labs = mice.texts("lab");
    std::ranges::sort(labs);
    labs.erase(std::ranges::unique(labs).begin(), labs.end());
    std::vector<std::size_t> truth;
    for (const std::string& lab : mice.texts("lab")) {
        truth.push_back(static_cast<std::size_t>(std::ranges::find(labs, lab) - labs.begin()));
    }
    stats::DesignMatrix measures;
    std::vector<std::vector<double>> columns;
    for (const Json& metric : input.param("metrics")) {
        measures.names.push_back(metric.get<std::string>());
        columns.push_back(mice.numbers(measures.names.back()));
    }
    for (std::size_t i = 0; i < mice.rows; ++i) {
        for (const std::vector<double>& column : columns) measures.values.push_back(column[i]);
    }
    if (input.text_param("decoder") != "bayes") {
        throw Error(ErrorKind::data,
                    "decoder '" + input.text_param("decoder") + "': expected bayes");
    }
    const std::vector<std::size_t> predicted = stats::naive_bayes_leave_one_out(measures, truth);
    Json names = Json::array();
    for (const std::size_t lab : predicted) names.push_back(labs[lab]);
    run.give("predicted", names);
    run.give("f1_micro", stats::accuracy(truth, predicted));
    const std::vector<std::size_t> counts = stats::confusion_counts(truth, predicted, labs.size());
    Json rows = Json::array();
    for (std::size_t i = 0; i < labs.size(); ++i) {
        rows.push_back(to_json_array(std::span(counts).subspan(i * labs.size(), labs.size())));
    }
    run.give("confusion", rows);
}

void kaplan_meier(const Case& input, Run& run) {
    std::vector<bool> reached;
    for (const double one : input.numbers("reached")) reached.push_back(one != 0.0);
    Json days = Json::array();
    Json share = Json::array();
    for (const stats::SurvivalStep& step : stats::kaplan_meier(input.numbers("days"), reached)) {
        days.push_back(step.time);
        share.push_back(step.cumulative());
    }
    run.give("event_days", days);
    run.give("cumulative_density", share);
}

void median_filter3(const Case& input, Run& run) {
    run.give("y",
             to_json_array(stats::median_filter(input.numbers("x"), 3, stats::MedianEnds::zeros)));
}

const Registration registered_statistics("behavior.lab_statistics", &lab_statistics);
const Registration registered_classifier("behavior.lab_classifier", &lab_classifier);
const Registration registered_survival("behavior.kaplan_meier", &kaplan_meier);
const Registration registered_median("behavior.median_filter3", &median_filter3);

}  // namespace

}  // namespace tb::vectors
