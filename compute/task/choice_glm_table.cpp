#include "compute/task/choice_glm_table.hpp"

#include "compute/task/trials.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

namespace tb::compute::task {

namespace {

constexpr double normal_quantile_97_5 = 1.959963984540054;

std::optional<ChoiceFitQuality> quality_of(const Error& error) {
    if (error.type() == "PerfectSeparation") return ChoiceFitQuality::separated;
    if (error.type() == "RankDeficient") return ChoiceFitQuality::rank_deficient;
    if (error.type() == "TooFewValues") return ChoiceFitQuality::too_few_trials;
    if (error.type() == "NoVariance") return ChoiceFitQuality::one_sided;
    return std::nullopt;
}

double logistic(double log_odds) {
    return 1.0 / (1.0 + std::exp(-log_odds));
}

/// The log odds of one row of regressors, and its standard deviation.
struct LogOdds {
    double mean = 0.0;
    double sd = 0.0;
};

LogOdds log_odds_of(const std::vector<double>& row, const stats::LogisticFit& fit) {
    LogOdds out;
    double variance = 0.0;
    for (std::size_t i = 0; i < row.size(); ++i) {
        out.mean += row[i] * fit.weights[i];
        for (std::size_t j = 0; j < row.size(); ++j) {
            variance += row[i] * fit.covariance[i * row.size() + j] * row[j];
        }
    }
    out.sd = std::sqrt(std::max(0.0, variance));
    return out;
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["trials"];
    const FetchedRows& params = inputs["params"];
    if (params.empty()) throw Error(ErrorKind::data, "no parameter row for " + inputs.key);
    if (rows.empty()) {
        return output.nothing_to_compute(
            "the subject has no biased session with status trained 1b, or no session of this task "
            "around it");
    }
    const auto session_no = rows.integers("session_no");
    const std::vector<std::size_t> session(session_no.begin(), session_no.end());
    const ChoiceGlmOptions options{
        .has_block = params.integers("has_block")[0] != 0,
        .n_folds = static_cast<std::size_t>(params.integers("n_folds")[0]),
        .seed = static_cast<std::uint32_t>(params.integers("seed")[0])};
    const RecodedTrials trials = recoded_trials(trials_of(rows), session);
    const ChoiceDesign design = choice_design(trials, options.has_block);
    const JudgedChoiceGlm judged = judged_choice_glm(trials, options);

    Row& master = output.master();
    master.set("criterion_date", rows.texts("criterion_date")[0])
        .set("first_date", rows.texts("session_date").front())
        .set("last_date", rows.texts("session_date").back())
        .set("n_sessions", session.back())
        .set("n_trials", design.trial.size())
        .set("n_regressors", design.x.n_columns())
        .set("fit_quality", std::string(to_string(judged.quality)));
    if (!judged.glm) return;
    const ChoiceGlm& glm = *judged.glm;
    master.set("pseudo_r2", glm.fit.pseudo_r2())
        .set("log_likelihood", glm.fit.log_likelihood)
        .set("condition_number", glm.fit.condition_number)
        .set("accuracy", glm.accuracy)
        .set("n_iterations", glm.fit.iterations);
    const std::size_t n = glm.fit.weights.size();
    for (std::size_t i = 0; i < n; ++i) {
        output.part("choice_glm_weight")
            .set("regressor", glm.design.names[i])
            .set("regressor_no", i + 1)
            .set("weight", glm.fit.weights[i])
            .set("standard_error", std::sqrt(glm.fit.covariance[i * n + i]));
    }
    for (const ChoiceCurvePoint& point : choice_curve(glm)) {
        output.part("choice_glm_curve")
            .set("block", point.block)
            .set("signed_contrast", point.signed_contrast_percent / 100.0)
            .set("p_rightward", point.p_rightward)
            .set("low", point.low)
            .set("high", point.high);
    }
}

}  // namespace

std::string_view to_string(ChoiceFitQuality quality) noexcept {
    switch (quality) {
        case ChoiceFitQuality::good:
            return "good";
        case ChoiceFitQuality::separated:
            return "separated";
        case ChoiceFitQuality::rank_deficient:
            return "rank_deficient";
        case ChoiceFitQuality::too_few_trials:
            return "too_few_trials";
        case ChoiceFitQuality::one_sided:
            return "one_sided";
    }
    return "good";
}

JudgedChoiceGlm judged_choice_glm(const RecodedTrials& trials, const ChoiceGlmOptions& options) {
    try {
        return {ChoiceFitQuality::good, choice_glm(trials, options)};
    } catch (const Error& error) {
        if (!quality_of(error)) throw;
    }
    // Something is impossible: the fit itself, or that of a fold.
    ChoiceGlmOptions without_folds = options;
    without_folds.n_folds = 0;
    try {
        return {ChoiceFitQuality::good, choice_glm(trials, without_folds)};
    } catch (const Error& error) {
        const std::optional<ChoiceFitQuality> quality = quality_of(error);
        if (!quality) throw;
        return {*quality, std::nullopt};
    }
}

std::vector<ChoiceCurvePoint> choice_curve(const ChoiceGlm& glm) {
    const std::size_t n_contrasts = glm.contrast_percent.size();
    const bool has_block = glm.design.names.back() == "block_id";
    struct Stimulus {
        double signed_contrast_percent;
        std::size_t column;  // of the contrast; 0: none
    };
    std::vector<Stimulus> stimuli{{0.0, 0}};
    for (std::size_t i = 0; i < n_contrasts; ++i) {
        stimuli.push_back({glm.contrast_percent[i], i + 1});
        stimuli.push_back({-glm.contrast_percent[i], i + 1});
    }
    std::ranges::sort(stimuli, {}, &Stimulus::signed_contrast_percent);
    const std::vector<int> blocks = has_block ? std::vector{20, 50, 80} : std::vector{50};
    std::vector<ChoiceCurvePoint> out;
    for (const int block : blocks) {
        for (const Stimulus& stimulus : stimuli) {
            std::vector<double> row(glm.design.n_columns(), 0.0);
            row[0] = 1.0;
            if (stimulus.column != 0) {
                row[stimulus.column] = stimulus.signed_contrast_percent > 0.0 ? 1.0 : -1.0;
            }
            if (has_block) row.back() = (50 - block) / 30.0;
            const LogOdds odds = log_odds_of(row, glm.fit);
            out.push_back({block, stimulus.signed_contrast_percent, logistic(odds.mean),
                           logistic(odds.mean - normal_quantile_97_5 * odds.sd),
                           logistic(odds.mean + normal_quantile_97_5 * odds.sd)});
        }
    }
    return out;
}

ComputedTable choice_glm_table() {
    return {.name = "task.choice_glm",
            .code_version = 1,
            .fetches = {{"trials", compute_sql_text("task/choice_glm_trials.sql")},
                        {"params", compute_sql_text("task/choice_glm_params.sql")}},
            .compute = compute,
            .keys_per_transaction = 20};
}

}  // namespace tb::compute::task
