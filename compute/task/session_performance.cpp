#include "compute/task/session_performance.hpp"

#include "compute/task/block_structure.hpp"

#include <cmath>
#include <map>

namespace tb::compute::task {

namespace {

// Every non-zero contrast is at least this [fraction]: the peer compares percent with 0.5.
constexpr double nonzero_contrast = 0.005;

bool is_on_stimulus_side(const Trials& trials, std::size_t trial) {
    return trials.contrast(trial) * trials.choice[trial] <
           0.0;  // right stimulus > 0, right choice < 0
}

Value count_if_known(bool is_known, std::size_t n) {
    return is_known ? Value(static_cast<std::int64_t>(n)) : Value();
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["trials"];
    if (rows.empty()) return output.nothing_to_compute("the session has no trial");
    const Trials trials = trials_of(rows);
    const SessionPerformance result = session_performance(trials);
    const BlockStructure blocks = block_structure(trials.probability_left);
    const bool knows_blocks = trials.has_probability();
    const std::vector<ContrastCounts> counts = contrast_counts(trials);

    // The source's own count holds trials that were left out of the trials table: they lower the
    // performance.
    const FetchedRows& session = inputs["session"];
    const double recorded_trials = session.empty() ? NAN : session.numbers("n_trials")[0];
    const double recorded_correct = session.empty() ? NAN : session.numbers("n_correct")[0];
    const double n_trials =
        std::isnan(recorded_trials) ? static_cast<double>(result.n_trials) : recorded_trials;
    const bool has_contrast = trials.has_contrast();
    const double n_correct = !has_contrast                  ? NAN
                             : std::isnan(recorded_correct) ? static_cast<double>(result.n_correct)
                                                            : recorded_correct;
    const double n_judged = n_trials - static_cast<double>(result.n_without_contrast);

    double smallest = NAN;
    double largest = NAN;
    bool has_zero = false;
    for (const ContrastCounts& count : counts) {
        const double contrast = std::abs(count.signed_contrast);
        has_zero = has_zero || contrast == 0.0;
        if (contrast > 0.0) smallest = std::fmin(smallest, contrast);
        largest = std::fmax(largest, contrast);
    }

    output.master()
        .set("n_trials", static_cast<std::int64_t>(n_trials))
        .set("n_correct", has_contrast ? Value(static_cast<std::int64_t>(n_correct)) : Value())
        .set("n_rewarded", count_if_known(trials.has_feedback(), result.n_rewarded))
        .set("n_nogo", result.n_nogo)
        .set("n_easy", result.n_easy)
        .set("n_without_contrast", result.n_without_contrast)
        .set("performance", has_contrast && n_judged > 0.0 ? n_correct / n_judged : NAN)
        .set("performance_easy", result.performance_easy)
        .set("fraction_correct", result.fraction_correct)
        .set("fraction_correct_easy", result.fraction_correct_easy)
        .set("fraction_correct_nonzero", result.fraction_correct_nonzero)
        .set("nogo_fraction", result.nogo_fraction)
        .set("median_response_time_s", result.median_response_time_s)
        .set("median_response_time_zero_s", result.median_response_time_zero_s)
        .set("n_contrasts", counts.size())
        .set("has_zero_contrast", has_zero)
        .set("smallest_contrast", smallest)
        .set("largest_contrast", largest)
        .set("n_blocks", count_if_known(knows_blocks, blocks.n_blocks))
        .set("min_block_length", count_if_known(knows_blocks, blocks.min_block_length))
        .set("is_block_structure_flagged", knows_blocks ? Value(blocks.is_flagged) : Value())
        .set("inferred_protocol",
             knows_blocks
                 ? Value(std::string(to_string(inferred_protocol(trials.probability_left))))
                 : Value());

    for (const ContrastCounts& count : counts) {
        output.part("contrast_performance")
            .set("signed_contrast", count.signed_contrast)
            .set("n_trials", count.n_trials)
            .set("n_correct", count.n_correct)
            .set("n_rewarded", count_if_known(count.n_feedback > 0, count.n_rewarded))
            .set("n_rightward", count.n_rightward)
            .set("n_nogo", count.n_nogo);
    }
}

}  // namespace

std::vector<ContrastCounts> contrast_counts(const Trials& trials) {
    struct Tally {
        ContrastCounts counts;
        std::vector<double> response_time_s;
    };
    std::map<double, Tally> by_contrast;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        const double contrast = trials.contrast(trial);
        if (std::isnan(contrast)) continue;
        auto& [counts, response_time_s] = by_contrast[contrast];
        ++counts.n_trials;
        if (is_on_stimulus_side(trials, trial)) ++counts.n_correct;
        if (trials.feedback_type[trial] == 1.0) ++counts.n_rewarded;
        if (!std::isnan(trials.feedback_type[trial])) ++counts.n_feedback;
        if (trials.choice[trial] == -1.0) ++counts.n_rightward;
        if (trials.choice[trial] == 0.0) ++counts.n_nogo;
        response_time_s.push_back(trials.response_time_s(trial));
    }
    std::vector<ContrastCounts> result;
    for (auto& [contrast, tally] : by_contrast) {
        tally.counts.signed_contrast = contrast;
        tally.counts.median_response_time_s = median(std::move(tally.response_time_s));
        result.push_back(tally.counts);
    }
    return result;
}

SessionPerformance session_performance(const Trials& trials) {
    SessionPerformance result;
    std::size_t n_easy_correct = 0;
    struct Go {
        std::size_t trials = 0;
        std::size_t rewarded = 0;
        void add(bool is_rewarded) {
            ++trials;
            if (is_rewarded) ++rewarded;
        }
    } go, go_easy, go_nonzero;
    std::vector<double> response_time_s;
    std::vector<double> response_time_zero_s;

    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        const double contrast = std::abs(trials.contrast(trial));
        const bool is_easy = contrast >= easy_contrast;
        const bool is_correct = is_on_stimulus_side(trials, trial);
        const bool is_rewarded = trials.feedback_type[trial] == 1.0;
        ++result.n_trials;
        if (is_correct) ++result.n_correct;
        if (is_rewarded) ++result.n_rewarded;
        if (is_easy) ++result.n_easy;
        if (is_easy && is_correct) ++n_easy_correct;
        if (trials.choice[trial] == 0.0) ++result.n_nogo;
        if (trials.choice[trial] == 0.0 || std::isnan(trials.choice[trial])) continue;

        if (!std::isnan(trials.feedback_type[trial])) {
            go.add(is_rewarded);
            if (is_easy) go_easy.add(is_rewarded);
            if (contrast >= nonzero_contrast) go_nonzero.add(is_rewarded);
        }
        response_time_s.push_back(trials.response_time_s(trial));
        if (contrast == 0.0) response_time_zero_s.push_back(trials.response_time_s(trial));
    }
    result.n_without_contrast = trials.n_without_contrast();
    result.performance = share(result.n_correct, result.n_trials - result.n_without_contrast);
    result.performance_easy = share(n_easy_correct, result.n_easy);
    result.fraction_correct = share(go.rewarded, go.trials);
    result.fraction_correct_easy = share(go_easy.rewarded, go_easy.trials);
    result.fraction_correct_nonzero = share(go_nonzero.rewarded, go_nonzero.trials);
    result.nogo_fraction = share(result.n_nogo, result.n_trials);
    result.median_response_time_s = median(std::move(response_time_s));
    result.median_response_time_zero_s = median(std::move(response_time_zero_s));
    return result;
}

double performance_easy_rewarded(const Trials& trials) {
    std::size_t n_easy = 0;
    std::size_t n_rewarded = 0;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        if (!(std::abs(trials.contrast(trial)) >= easy_contrast)) continue;
        if (std::isnan(trials.feedback_type[trial])) continue;
        ++n_easy;
        if (trials.feedback_type[trial] == 1.0) ++n_rewarded;
    }
    return share(n_rewarded, n_easy);
}

ComputedTable session_performance_table() {
    return {.name = "task.session_performance",
            .code_version = 3,
            .fetches = {{"trials", compute_sql_text("task/session_performance.sql")},
                        {"session", compute_sql_text("task/session_performance_session.sql")}},
            .compute = compute};
}

}  // namespace tb::compute::task
