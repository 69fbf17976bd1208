#include "compute/task/reaction_time.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include <boost/math/distributions/normal.hpp>

namespace tb::compute::task {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Uniform on (0, 1), both ends excluded; not std::uniform_real_distribution, whose stream is the
/// library's own.
double uniform(std::mt19937_64& generator) {
    return (static_cast<double>(generator() >> 11) + 0.5) * 0x1p-53;
}

/// Beta variate by rejection from a log-logistic (Cheng 1978, algorithm BB); a and b above 1.
class BetaSampler {
  public:
    BetaSampler(double a, double b)
        : a_(std::min(a, b)),
          b_(std::max(a, b)),
          is_swapped_(a > b),
          alpha_(a + b),
          beta_(std::sqrt((alpha_ - 2.0) / (2.0 * a * b - alpha_))),
          gamma_(a_ + 1.0 / beta_) {}

    double operator()(std::mt19937_64& generator) const {
        const double log_4 = std::log(4.0);
        const double one_plus_log_5 = 1.0 + std::log(5.0);
        for (;;) {
            const double u1 = uniform(generator);
            const double u2 = uniform(generator);
            const double v = beta_ * std::log(u1 / (1.0 - u1));
            const double w = a_ * std::exp(v);
            const double z = u1 * u1 * u2;
            const double r = gamma_ * v - log_4;
            const double s = a_ + r - w;
            const bool is_accepted = s + one_plus_log_5 >= 5.0 * z || s >= std::log(z) ||
                                     r + alpha_ * std::log(alpha_ / (b_ + w)) >= std::log(z);
            if (is_accepted) return is_swapped_ ? b_ / (b_ + w) : w / (b_ + w);
        }
    }

  private:
    double a_;
    double b_;
    bool is_swapped_;
    double alpha_;
    double beta_;
    double gamma_;
};

std::size_t rank_of(double u, std::size_t n) {
    return std::min(n - 1, static_cast<std::size_t>(u * static_cast<double>(n)));
}

// A resample draws n ranks uniformly. The m-th smallest of n uniform variates is Beta(m, n + 1 -
// m); given it at u, the next is the least of n - m uniform variates on (u, 1). The median is made
// of the ranks at these places.
std::vector<double> resampled_medians(const std::vector<double>& sorted,
                                      const BootstrapParams& params) {
    std::mt19937_64 generator(params.seed);
    const std::size_t n = sorted.size();
    std::vector<double> medians(params.n_resamples);
    constexpr std::size_t few = 8;
    if (n < few) {
        std::vector<double> resample(n);
        for (double& value : medians) {
            for (double& drawn : resample) drawn = sorted[rank_of(uniform(generator), n)];
            value = median(resample);
        }
        return medians;
    }
    const std::size_t lower_place = (n + 1) / 2;
    const BetaSampler lower_middle(static_cast<double>(lower_place),
                                   static_cast<double>(n + 1 - lower_place));
    const double n_above = static_cast<double>(n - lower_place);
    for (double& value : medians) {
        const double u = lower_middle(generator);
        value = sorted[rank_of(u, n)];
        if (n % 2 == 0) {
            const double next = 1.0 - (1.0 - u) * std::pow(uniform(generator), 1.0 / n_above);
            value = (value + sorted[rank_of(next, n)]) / 2.0;
        }
    }
    return medians;
}

/// Linear interpolation between order statistics, position p (n - 1).
double quantile(std::vector<double>& values, double probability) {
    const double position = probability * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const auto lower = values.begin() + static_cast<std::ptrdiff_t>(below);
    std::nth_element(values.begin(), lower, values.end());
    if (below + 1 >= values.size()) return *lower;
    const double upper = *std::min_element(lower + 1, values.end());
    return *lower + (position - static_cast<double>(below)) * (upper - *lower);
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
    const Protocol protocol =
        protocol_of(protocol_text).value_or(inferred_protocol(trials.probability_left));

    params.seed = group_seed(seed, inputs.key, 0, 0.0);
    const MedianInterval all = bootstrap_median(reaction_s, params);
    output.master()
        .set("n_trials", all.n)
        .set("median_s", all.median)
        .set("low_s", all.low)
        .set("high_s", all.high);

    if (!trials.has_contrast()) return;
    for (const TrialBlock& block : trial_blocks(trials, protocol)) {
        std::map<double, std::vector<double>> by_contrast;
        for (std::size_t trial = 0; trial < block.trials.size(); ++trial) {
            const double value = reaction_from_onset_or_cue_s(block.trials, trial);
            if (!std::isnan(value)) by_contrast[block.trials.contrast(trial)].push_back(value);
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

    std::vector<double> medians = resampled_medians(sorted, params);
    const auto n_below =
        std::ranges::count_if(medians, [&](double m) { return m < interval.median; });
    const auto n_equal = std::ranges::count(medians, interval.median);
    // Kept off 0 and 1, where the correction is infinite: half a resample from either.
    const double n_resamples = static_cast<double>(params.n_resamples);
    const double share_below = std::clamp(
        (static_cast<double>(n_below) + 0.5 * static_cast<double>(n_equal)) / n_resamples,
        0.5 / n_resamples, 1.0 - 0.5 / n_resamples);
    const boost::math::normal normal;
    const double bias = boost::math::quantile(normal, share_below);
    const double tail = boost::math::quantile(normal, (1.0 - params.level) / 2.0);
    interval.low = quantile(medians, boost::math::cdf(normal, 2.0 * bias + tail));
    interval.high = quantile(medians, boost::math::cdf(normal, 2.0 * bias - tail));
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
            .code_version = 1,
            .fetches = {{"trials", compute_sql_text("task/reaction_time.sql")},
                        {"session", compute_sql_text("task/session_protocol.sql")},
                        {"params", compute_sql_text("task/reaction_time_params.sql")}},
            .compute = compute};
}

}  // namespace tb::compute::task
