#include "compute/task/lab_comparison.hpp"

#include "src/stats/benjamini_hochberg.hpp"
#include "src/stats/correlation.hpp"
#include "src/stats/normality.hpp"
#include "src/stats/wilcoxon.hpp"
#include "trialbase/error.hpp"

#include <cmath>
#include <cstdint>
#include <map>
#include <set>

namespace tb::compute::task {

namespace {

/// Whether an error says that a sample cannot be judged, which is an answer too.
bool is_verdict(const Error& error) {
    return error.type() == "TooFewValues" || error.type() == "NoVariance";
}

MetricComparison compare_metric(const LabMetrics& metrics, std::size_t metric, double level) {
    MetricComparison out;
    out.metric = metrics.names[metric];
    std::map<std::string, std::vector<double>> groups;
    for (std::size_t i = 0; i < metrics.subjects.size(); ++i) {
        const double value = metrics.values[metric][i];
        if (std::isnan(value)) continue;
        groups[metrics.institutions[i]].push_back(value);
        ++out.n_subjects;
    }
    std::vector<std::vector<double>> values;
    for (auto& [institution, of_institution] : groups) {
        out.institutions.push_back(institution);
        values.push_back(std::move(of_institution));
    }
    try {
        out.found = stats::compare_groups(values, level);
        out.outcome = "tested";
    } catch (const Error& error) {
        if (!is_verdict(error)) throw;
        out.outcome = error.type();
    }
    return out;
}

/// Values of both metrics for the subjects that have both.
struct Pairs {
    std::vector<double> first, second;
};

Pairs pairs_of(const std::vector<double>& one, const std::vector<double>& other) {
    Pairs out;
    for (std::size_t i = 0; i < one.size(); ++i) {
        if (std::isnan(one[i]) || std::isnan(other[i])) continue;
        out.first.push_back(one[i]);
        out.second.push_back(other[i]);
    }
    return out;
}

std::vector<LabSession> sessions_of(const FetchedRows& rows, const FetchedRows& trial_rows,
                                    const std::string& wanted_protocol, const std::string& key) {
    std::vector<LabSession> out;
    const auto trial_session_no = trial_rows.integers("session_no");
    std::size_t trial = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t begin = trial;
        while (trial < trial_rows.size() &&
               trial_session_no[trial] == rows.integers("session_no")[i])
            ++trial;
        Trials trials = trials_of(trial_rows, begin, trial);
        if (!trials.has_contrast()) continue;
        const Protocol protocol = protocol_of(rows.texts("task_protocol")[i])
                                      .value_or(inferred_protocol(trials.probability_left));
        if (!wanted_protocol.empty() && to_string(protocol) != wanted_protocol) continue;
        out.push_back({.subject_id = rows.texts("subject_id")[i],
                       .institution = rows.texts("institution_short")[i],
                       .date = static_cast<std::int64_t>(rows.numbers("session_date")[i]),
                       .duration_s = rows.numbers("duration_s")[i],
                       .trials = std::move(trials)});
    }
    if (trial != trial_rows.size()) {
        throw Error(ErrorKind::internal,
                    "trials of " + key + " are not in the order of its sessions");
    }
    return out;
}

void add_metric(const MetricComparison& compared, std::size_t metric_no, Output& output) {
    Row& row = output.part("lab_comparison_metric");
    row.set("metric", compared.metric)
        .set("metric_no", metric_no)
        .set("n_subjects", compared.n_subjects)
        .set("n_institutions", compared.institutions.size())
        .set("outcome", compared.outcome);
    if (!compared.found) return;
    const stats::GroupComparison& found = *compared.found;
    row.set("test", found.is_normal ? "anova" : "kruskal")
        .set("statistic", found.location.statistic)
        .set("p", found.location.p)
        .set("p_adjusted", compared.p_adjusted)
        .set("normality_statistic", found.normality.statistic)
        .set("normality_p", found.normality.p)
        .set("levene_statistic", found.spread.statistic)
        .set("levene_p", found.spread.p)
        .set("levene_p_adjusted", compared.spread_p_adjusted);
    const std::size_t n = compared.institutions.size();
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = i + 1; j < n; ++j) {
            output.part("lab_comparison_pair")
                .set("metric", compared.metric)
                .set("institution_short", compared.institutions[i])
                .set("other_institution_short", compared.institutions[j])
                .set("p", found.pair_p[i * n + j]);
        }
    }
}

void add_values(const LabMetrics& metrics, Output& output) {
    for (std::size_t metric = 0; metric < metrics.names.size(); ++metric) {
        for (std::size_t i = 0; i < metrics.subjects.size(); ++i) {
            if (std::isnan(metrics.values[metric][i])) continue;
            output.part("lab_comparison_value")
                .set("metric", metrics.names[metric])
                .set("subject_id", metrics.subjects[i])
                .set("institution_short", metrics.institutions[i])
                .set("value", metrics.values[metric][i]);
        }
    }
}

void add_blocks(const LabMetrics& metrics, Output& output) {
    for (const std::string name : {"threshold", "bias", "lapse_low", "lapse_high"}) {
        const Pairs pairs = pairs_of(metrics.of(name + "_80"), metrics.of(name + "_20"));
        try {
            const stats::TestResult result = stats::wilcoxon_signed_rank(pairs.first, pairs.second);
            output.part("lab_comparison_block")
                .set("metric", name)
                .set("n_subjects", pairs.first.size())
                .set("statistic", result.statistic)
                .set("p", result.p);
        } catch (const Error& error) {
            if (!is_verdict(error)) throw;
        }
    }
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& params = inputs["params"];
    if (params.empty()) throw Error(ErrorKind::data, "no parameter row for " + inputs.key);
    const MetricSet set = metric_set_of(params.texts("metric_set")[0]);
    const double level = params.numbers("level")[0];
    const std::vector<LabSession> sessions =
        sessions_of(inputs["sessions"], inputs["trials"], params.texts("protocol")[0], inputs.key);
    const LabMetrics metrics = lab_metrics(sessions, set);
    const std::set<std::string> institutions(metrics.institutions.begin(),
                                             metrics.institutions.end());
    if (institutions.size() < 2) {
        return output.nothing_to_compute(
            "the set has no sessions of this task by subjects of two institutions");
    }
    Row& master = output.master();
    master.set("n_sessions", sessions.size())
        .set("n_subjects", metrics.subjects.size())
        .set("n_institutions", institutions.size())
        .set("n_without_reaction_time", metrics.n_without_reaction_time);
    const std::vector<MetricComparison> compared = compare_labs(metrics, level);
    for (std::size_t i = 0; i < compared.size(); ++i) add_metric(compared[i], i + 1, output);
    add_values(metrics, output);
    if (set == MetricSet::blocks) add_blocks(metrics, output);
    if (set != MetricSet::performance) return;
    if (const auto correlation = lab_correlation(metrics, "n_trials", "reaction_time", level)) {
        master.set("correlation_method", correlation->is_normal ? "pearson" : "spearman")
            .set("correlation", correlation->result.statistic)
            .set("correlation_p", correlation->result.p);
    }
}

}  // namespace

std::vector<MetricComparison> compare_labs(const LabMetrics& metrics, double level) {
    std::vector<MetricComparison> out;
    std::vector<double> p;
    std::vector<double> spread_p;
    for (std::size_t metric = 0; metric < metrics.names.size(); ++metric) {
        out.push_back(compare_metric(metrics, metric, level));
        if (!out.back().found) continue;
        p.push_back(out.back().found->location.p);
        spread_p.push_back(out.back().found->spread.p);
    }
    const std::vector<double> adjusted = stats::benjamini_hochberg(p);
    const std::vector<double> spread_adjusted = stats::benjamini_hochberg(spread_p);
    std::size_t tested = 0;
    for (MetricComparison& one : out) {
        if (!one.found) continue;
        one.p_adjusted = adjusted[tested];
        one.spread_p_adjusted = spread_adjusted[tested];
        ++tested;
    }
    return out;
}

std::optional<LabCorrelation> lab_correlation(const LabMetrics& metrics, const std::string& one,
                                              const std::string& other, double level) {
    const Pairs pairs = pairs_of(metrics.of(one), metrics.of(other));
    try {
        const bool is_normal = stats::dagostino_pearson(pairs.first).p >= level &&
                               stats::dagostino_pearson(pairs.second).p >= level;
        const stats::TestResult result = is_normal ? stats::pearson(pairs.first, pairs.second)
                                                   : stats::spearman(pairs.first, pairs.second);
        return LabCorrelation{is_normal, result, pairs.first.size()};
    } catch (const Error& error) {
        if (!is_verdict(error)) throw;
        return std::nullopt;
    }
}

ComputedTable lab_comparison_table() {
    return {.name = "task.lab_comparison",
            .code_version = 2,
            .fetches = {{"sessions", compute_sql_text("task/lab_comparison_sessions.sql")},
                        {"trials", compute_sql_text("task/lab_comparison_trials.sql")},
                        {"params", compute_sql_text("task/lab_comparison_params.sql")}},
            .compute = compute,
            .keys_per_transaction = 1};
}

}  // namespace tb::compute::task
