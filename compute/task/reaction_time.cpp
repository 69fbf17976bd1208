#include "compute/task/reaction_time.hpp"

#include "trialbase/error.hpp"
#include "trialbase/missing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <random>

#include <boost/math/distributions/normal.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>

namespace tb::compute::task {

namespace {

/// Uniform on (0, 1), both ends excluded; not std::uniform_real_distribution, whose stream is the
/// library's own.
double uniform(std::mt19937_64& generator) {
    return (static_cast<double>(generator() >> 12) + 0.5) * 0x1p-52;
}

/// A value that the median of a resample can take, and how likely that is.
struct Outcome {
    double value;
    double probability;
};

// A resample of n values draws n ranks uniformly from 1..n; its median is made of the m-th smallest
// rank, and for even n also of the next. The m-th is at most i with probability I(i/n; m, n + 1 -
// m), the regularised incomplete beta function. For even n let g(i, j) = C(n, m) (i/n)^m ((n -
// j)/n)^(n - m) be the probability that the m-th is at most i and the next above j >= i; its
// differences are the probabilities of the pairs.
std::vector<Outcome> median_outcomes(const std::vector<double>& sorted) {
    const std::size_t n = sorted.size();
    const double count = static_cast<double>(n);
    const double m = static_cast<double>((n + 1) / 2);
    const double log_choose = boost::math::lgamma(count + 1.0) - boost::math::lgamma(m + 1.0) -
                              boost::math::lgamma(count - m + 1.0);
    // In double throughout: by default boost computes in long double, which is several times
    // slower.
    using InDouble = boost::math::policies::policy<boost::math::policies::promote_double<false>>;
    const auto at_most = [&](std::size_t i) {
        return boost::math::ibeta(m, count + 1.0 - m, static_cast<double>(i) / count, InDouble());
    };
    std::vector<double> log_below(n + 1);  // m ln(i/n)
    std::vector<double> log_above(n + 1);  // (n - m) ln((n - j)/n)
    for (std::size_t i = 0; i <= n; ++i) {
        log_below[i] = m * std::log(static_cast<double>(i) / count);
        log_above[i] = (count - m) * std::log(static_cast<double>(n - i) / count);
    }
    const auto apart = [&](std::size_t i, std::size_t j) {
        if (i == 0 || j == n) return 0.0;
        return std::exp(log_choose + log_below[i] + log_above[j]);
    };
    constexpr double negligible = 1e-10;
    // The rank's standard deviation is below sqrt(n)/2: twelve of them to either side leave nothing
    // out.
    const double reach = 6.0 * std::sqrt(count) + 2.0;
    const auto first = static_cast<std::size_t>(std::max(1.0, m - reach));
    const auto last = static_cast<std::size_t>(std::min(count, m + reach));

    std::vector<Outcome> outcomes;
    double below = first == 1 ? 0.0 : at_most(first - 1);
    for (std::size_t i = first; i <= last; ++i) {
        const double upto = at_most(i);
        const double probability = upto - below;
        below = upto;
        if (probability < negligible) continue;
        if (n % 2 == 1) {
            outcomes.push_back({sorted[i - 1], probability});
            continue;
        }
        double above = apart(i, i) - apart(i - 1, i);  // next rank above j = i
        outcomes.push_back({sorted[i - 1], std::max(0.0, probability - above)});
        for (std::size_t j = i + 1; j <= n && above > negligible; ++j) {
            const double beyond = apart(i, j) - apart(i - 1, j);
            outcomes.push_back({(sorted[i - 1] + sorted[j - 1]) / 2.0, above - beyond});
            above = beyond;
        }
    }
    std::ranges::sort(outcomes, {}, &Outcome::value);
    return outcomes;
}

/// How often each outcome came up in n_resamples draws.
std::vector<std::size_t> draw_outcomes(const std::vector<Outcome>& outcomes,
                                       const BootstrapParams& params) {
    std::vector<double> cumulative;
    double sum = 0.0;
    for (const Outcome& outcome : outcomes) cumulative.push_back(sum += outcome.probability);
    // Where the search begins for a variate: the last outcome that ends before its cell of a
    // regular grid.
    constexpr std::size_t n_cells = 1024;
    std::vector<std::size_t> begin(n_cells);
    std::size_t at = 0;
    for (std::size_t cell = 0; cell < n_cells; ++cell) {
        const double from = sum * static_cast<double>(cell) / static_cast<double>(n_cells);
        while (at + 1 < cumulative.size() && cumulative[at] <= from) ++at;
        begin[cell] = at;
    }
    std::vector<std::size_t> counts(outcomes.size());
    std::mt19937_64 generator(params.seed);
    for (std::size_t i = 0; i < params.n_resamples; ++i) {
        const double u = uniform(generator);
        std::size_t drawn = begin[static_cast<std::size_t>(u * static_cast<double>(n_cells))];
        while (drawn + 1 < cumulative.size() && cumulative[drawn] <= u * sum) ++drawn;
        ++counts[drawn];
    }
    return counts;
}

/// Quantile of the drawn medians: linear interpolation between order statistics, position p (n -
/// 1).
double drawn_quantile(const std::vector<Outcome>& outcomes, const std::vector<std::size_t>& counts,
                      std::size_t n_resamples, double probability) {
    const double position = probability * static_cast<double>(n_resamples - 1);
    const auto order = static_cast<std::size_t>(position);
    const auto value_at = [&](std::size_t wanted) {
        std::size_t passed = 0;
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            passed += counts[i];
            if (passed > wanted) return outcomes[i].value;
        }
        return outcomes.back().value;
    };
    const double lower = value_at(order);
    const double upper = value_at(std::min(order + 1, n_resamples - 1));
    return lower + (position - static_cast<double>(order)) * (upper - lower);
}

void compute(const Inputs& inputs, Output& output) {
    const FetchedRows& rows = inputs["trials"];
    const FetchedRows& params_row = inputs["params"];
    if (params_row.empty()) throw Error(ErrorKind::data, "no parameter row for " + inputs.key);
    BootstrapParams params;
    params.level = params_row.numbers("level")[0];
    params.n_resamples = static_cast<std::size_t>(params_row.integers("n_resamples")[0]);
    const auto seed = static_cast<std::uint64_t>(params_row.integers("seed")[0]);

    const Trials trials = trials_of(rows);
    std::vector<double> reaction_s;
    for (std::size_t trial = 0; trial < trials.size(); ++trial) {
        const double value = reaction_from_onset_or_cue_s(trials, trial);
        if (!std::isnan(value)) reaction_s.push_back(value);
    }
    if (reaction_s.empty()) {
        return output.nothing_to_compute("no trial has a response and a stimulus or go cue time");
    }

    const FetchedRows& session = inputs["session"];
    const std::string protocol_text =
        session.empty() ? std::string() : session.texts("task_protocol")[0];
    const std::optional<Protocol> known = protocol_of(protocol_text);
    const Protocol protocol = known.value_or(inferred_protocol(trials.probability_left));
    // Without a protocol and without probabilities nobody knows the blocks.
    const bool knows_blocks = known || trials.has_probability();

    params.seed = group_seed(seed, inputs.key, 0, 0.0);
    const MedianInterval all = bootstrap_median(reaction_s, params);
    output.master()
        .set("n_trials", all.n)
        .set("median_s", all.median)
        .set("low_s", all.low)
        .set("high_s", all.high);

    if (!trials.has_contrast()) return;
    for (const TrialBlock& block :
         knows_blocks ? trial_blocks(trials, protocol) : std::vector<TrialBlock>()) {
        std::map<double, std::vector<double>> by_contrast;
        for (std::size_t trial = 0; trial < block.trials.size(); ++trial) {
            const double value = reaction_from_onset_or_cue_s(block.trials, trial);
            const double contrast = block.trials.contrast(trial);
            if (!std::isnan(value) && !std::isnan(contrast)) by_contrast[contrast].push_back(value);
        }
        for (const auto& [contrast, values] : by_contrast) {
            params.seed = group_seed(seed, inputs.key, block.block, contrast);
            const MedianInterval interval = bootstrap_median(values, params);
            output.part("reaction_time_contrast")
                .set("block", block.block)
                .set("signed_contrast", contrast)
                .set("n_trials", interval.n)
                .set("median_s", interval.median)
                .set("low_s", interval.low)
                .set("high_s", interval.high);
        }
    }
}

}  // namespace

MedianInterval bootstrap_median(std::span<const double> values, const BootstrapParams& params) {
    if (!(params.level > 0.0 && params.level < 1.0)) {
        throw Error(ErrorKind::data,
                    "bootstrap level " + std::to_string(params.level) + " is not between 0 and 1");
    }
    if (params.n_resamples == 0)
        throw Error(ErrorKind::data, "a bootstrap needs at least one resample");

    std::vector<double> sorted(values.begin(), values.end());
    std::erase_if(sorted, [](double value) { return std::isnan(value); });
    std::ranges::sort(sorted);
    MedianInterval interval{.n = sorted.size(), .median = median(sorted), .low = nan, .high = nan};
    if (sorted.size() < 2) return interval;

    const std::vector<Outcome> outcomes = median_outcomes(sorted);
    const std::vector<std::size_t> counts = draw_outcomes(outcomes, params);
    std::size_t n_below = 0;
    std::size_t n_equal = 0;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
        if (outcomes[i].value < interval.median) n_below += counts[i];
        if (outcomes[i].value == interval.median) n_equal += counts[i];
    }
    // Kept off 0 and 1, where the correction is infinite: half a resample from either.
    const double n_resamples = static_cast<double>(params.n_resamples);
    const double share_below = std::clamp(
        (static_cast<double>(n_below) + 0.5 * static_cast<double>(n_equal)) / n_resamples,
        0.5 / n_resamples, 1.0 - 0.5 / n_resamples);
    const boost::math::normal normal;
    const double bias = boost::math::quantile(normal, share_below);
    const double tail = boost::math::quantile(normal, (1.0 - params.level) / 2.0);
    interval.low = drawn_quantile(outcomes, counts, params.n_resamples,
                                  boost::math::cdf(normal, 2.0 * bias + tail));
    interval.high = drawn_quantile(outcomes, counts, params.n_resamples,
                                   boost::math::cdf(normal, 2.0 * bias - tail));
    return interval;
}

std::uint64_t group_seed(std::uint64_t seed, std::string_view key, int block,
                         double signed_contrast) {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, 64 bits
    const auto add_byte = [&](std::uint64_t byte) {
        hash = (hash ^ (byte & 0xff)) * 0x100000001b3;
    };
    const auto add_word = [&](std::uint64_t word) {
        for (int shift = 0; shift < 64; shift += 8) add_byte(word >> shift);
    };
    add_word(seed);
    for (const char c : key) add_byte(static_cast<unsigned char>(c));
    add_word(static_cast<std::uint64_t>(static_cast<std::int64_t>(block)));
    add_word(std::bit_cast<std::uint64_t>(signed_contrast == 0.0 ? 0.0 : signed_contrast));
    return hash;
}

double reaction_from_onset_or_cue_s(const Trials& trials, std::size_t trial) {
    const double onset = trials.stim_on_s[trial];
    return trials.response_s[trial] - (std::isnan(onset) ? trials.go_cue_trigger_s[trial] : onset);
}

std::vector<TrialBlock> trial_blocks(const Trials& trials, Protocol protocol) {
    if (protocol != Protocol::biased && protocol != Protocol::ephys) {
        return {{.block = 50, .probability_left = 0.5, .is_all_trials = true, .trials = trials}};
    }
    std::map<int, double> probabilities;
    for (const double probability : trials.probability_left) {
        if (!std::isnan(probability)) {
            probabilities.emplace(static_cast<int>(std::lround(100.0 * probability)), probability);
        }
    }
    std::vector<TrialBlock> blocks;
    for (const auto& [block, probability] : probabilities) {
        TrialBlock found{.block = block,
                         .probability_left = probability,
                         .is_all_trials = false,
                         .trials = trials.where([&, number = block](std::size_t trial) {
                             const double p = trials.probability_left[trial];
                             return !std::isnan(p) && std::lround(100.0 * p) == number;
                         })};
        found.is_all_trials = found.trials.size() == trials.size();
        blocks.push_back(std::move(found));
    }
    return blocks;
}

ComputedTable reaction_time_table() {
    return {.name = "task.reaction_time",
            .code_version = 3,
            .fetches = {{"trials", compute_sql_text("task/reaction_time.sql")},
                        {"session", compute_sql_text("task/session_protocol.sql")},
                        {"params", compute_sql_text("task/reaction_time_params.sql")}},
            .compute = compute};
}

}  // namespace tb::compute::task
