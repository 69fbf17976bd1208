// How long do the statistics of OpenScope's panels take on one core, with NumPy's legacy stream,
// from stored values of as many tracked ROIs as the papers have? And how fast are the generator,
// the permutations and the matrix product that they are made of? One JSON line per measurement:
//   {"bench":"openscope_statistics","what":"panel_4G","s":...,"s_median":...,"target_s":1.0,
//    "is_right":true}
// `s` is processor time, the least of all repeats. Answers are compared with plain computations
// over some of the permutations (std::mt19937, std::sort, values gathered one by one). Of the
// matrix product also the rate against Eigen's best on a square product. --smoke: few permutations,
// once. Exit status 1 when an answer is wrong.
#include "bench/bench_arguments.hpp"
#include "compute/imaging/openscope/selectivity.hpp"
#include "compute/imaging/openscope/stimulus_comparison.hpp"
#include "compute/imaging/openscope/usi_correlation.hpp"
#include "compute/imaging/openscope/usi_groups.hpp"
#include "src/stats/permutation_draws.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace {

namespace openscope = tb::compute::imaging::openscope;
namespace stats = tb::stats;
constexpr std::uint32_t seed = 905;

struct Timing {
    double least_s = 1e300;
    double median_s = 0.0;
};

/// Processor time of this thread, for all that is measured runs in one: waiting for other work on
/// the machine does not count.
double thread_s() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Timing timed(std::size_t repeats, const std::function<void()>& work) {
    std::vector<double> all;
    for (std::size_t i = 0; i < repeats; ++i) {
        const double start = thread_s();
        work();
        all.push_back(thread_s() - start);
    }
    std::ranges::sort(all);
    return {all.front(), all[all.size() / 2]};
}

bool report(const std::string& what, const Timing& timing, double target_s, bool is_right,
            const std::string& more = "") {
    std::printf(
        "{\"bench\":\"openscope_statistics\",\"what\":\"%s\",\"s\":%.4f,\"s_median\":%.4f,"
        "\"target_s\":%.1f%s,\"is_right\":%s}\n",
        what.c_str(), timing.least_s, timing.median_s, target_s, more.c_str(),
        is_right ? "true" : "false");
    return is_right;
}

std::string member(const char* name, double value) {
    char text[64];
    std::snprintf(text, sizeof text, ",\"%s\":%.3f", name, value);
    return text;
}

bool is_near(double a, double b, double relative = 1e-9) {
    return std::abs(a - b) <= relative * (1.0 + std::abs(b));
}

// ---- The plain way

/// Uniforms as NumPy draws them, from the standard's generator.
class PlainUniforms {
  public:
    double next() {
        const auto a = static_cast<double>(random_() >> 5U);
        const auto b = static_cast<double>(random_() >> 6U);
        return (a * 67108864.0 + b) / 9007199254740992.0;
    }
    std::vector<std::size_t> argsort(std::size_t n) {
        std::vector<double> uniforms;
        for (std::size_t i = 0; i < n; ++i) uniforms.push_back(next());
        std::vector<std::size_t> order(n);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::sort(order,
                          [&](std::size_t a, std::size_t b) { return uniforms[a] < uniforms[b]; });
        return order;
    }

  private:
    std::mt19937 random_{seed};
};

double mean_of(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double variance_of(const std::vector<double>& values) {
    const double mean = mean_of(values);
    double sum = 0.0;
    for (const double value : values) sum += (value - mean) * (value - mean);
    return sum / static_cast<double>(values.size());
}

double correlation_of(const std::vector<double>& x, const std::vector<double>& y) {
    const double mx = mean_of(x), my = mean_of(y);
    double xx = 0.0, yy = 0.0, xy = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
    }
    return xy / std::sqrt(xx * yy);
}

/// One-sided p of both tails.
double plain_p(double value, const std::vector<double>& null) {
    double below = 0.0;
    for (const double one : null) below += one < value ? 1.0 : one == value ? 0.5 : 0.0;
    const double share = below / static_cast<double>(null.size());
    return std::min(share, 1.0 - share);
}

// ---- The values

/// Tracked ROIs of the papers' groups; mice are not told apart here.
struct Group {
    openscope::ImagingGroup name;
    std::size_t n_rois;
};
const std::vector<Group> groups = {{{"L23-Cux2", "dend"}, 254},
                                   {{"L23-Cux2", "soma"}, 261},
                                   {{"L5-Rbp4", "dend"}, 516},
                                   {{"L5-Rbp4", "soma"}, 129}};

/// Indices of three sessions, which go together a little.
std::vector<openscope::MouseValues> make_sessions() {
    std::mt19937 random(11);
    std::normal_distribution<double> normal;
    std::vector<openscope::MouseValues> out;
    for (const Group& group : groups) {
        std::vector<double> common;
        for (std::size_t i = 0; i < group.n_rois; ++i) common.push_back(normal(random));
        for (int session = 1; session <= 3; ++session) {
            openscope::MouseValues one{group.name, session, 1, {}};
            for (const double value : common) {
                one.values.push_back(0.02 * session + 0.02 * value + 0.17 * normal(random));
            }
            out.push_back(std::move(one));
        }
    }
    return out;
}

const std::vector<double>& values_of(const std::vector<openscope::MouseValues>& sessions,
                                     std::size_t group, std::size_t session) {
    return sessions[3 * group + session].values;
}

std::vector<double> sizes_of(const std::vector<double>& values) {
    std::vector<double> out;
    for (const double value : values) out.push_back(std::abs(value));
    return out;
}

// ---- What is measured

bool measure_draws(std::size_t n_permutations, std::size_t repeats) {
    constexpr std::size_t n = 516;
    const double count = static_cast<double>(n) * static_cast<double>(n_permutations);
    const auto per = [&](const Timing& timing, double items) {
        return member("ns_each", timing.least_s / items * 1e9);
    };
    std::vector<std::uint32_t> words(n);
    std::vector<std::uint64_t> fractions(n);
    std::uint32_t last = 0;
    const Timing of_words = timed(repeats, [&] {
        stats::LegacyRandom random(seed);
        for (std::size_t i = 0; i < n_permutations; ++i) random.fill_words(words);
    });
    std::mt19937 standard(seed);
    const Timing of_standard = timed(1, [&] {
        for (std::size_t i = 0; i < n_permutations * n; ++i) {
            last = static_cast<std::uint32_t>(standard());
        }
    });
    bool is_right =
        report("generator_words", of_words, 0.0, words.back() == last, per(of_words, count));
    report("generator_words_std_mt19937", of_standard, 0.0, true, per(of_standard, count));
    const Timing of_fractions = timed(repeats, [&] {
        stats::LegacyRandom random(seed);
        for (std::size_t i = 0; i < n_permutations; ++i) random.fill_fractions(fractions);
    });
    report("generator_doubles", of_fractions, 0.0, true, per(of_fractions, count));

    std::vector<std::uint32_t> order(n);
    std::vector<std::int64_t> members(n), swaps(n);
    PlainUniforms plain;
    stats::PermutationDraws draws({});
    draws.next_order(order);
    const auto expected = plain.argsort(n);
    const bool is_sorted = std::ranges::equal(order, expected);
    const Timing of_orders = timed(repeats, [&] {
        stats::PermutationDraws some({});
        for (std::size_t i = 0; i < n_permutations; ++i) some.next_order(order);
    });
    is_right &= report("orders_of_516", of_orders, 0.0, is_sorted, per(of_orders, count));
    const Timing of_members = timed(repeats, [&] {
        stats::PermutationDraws some({});
        for (std::size_t i = 0; i < n_permutations; ++i) some.next_members(n / 2, members);
    });
    report("members_of_516", of_members, 0.0, true, per(of_members, count));
    const Timing of_swaps = timed(repeats, [&] {
        stats::PermutationDraws some({});
        for (std::size_t i = 0; i < n_permutations; ++i) some.next_swaps(swaps);
    });
    report("swaps_of_516_pairs", of_swaps, 0.0, true, per(of_swaps, count));
    return is_right;
}

/// p of the first group's sessions 1 and 2, by the plain way.
double plain_group_p(const std::vector<openscope::MouseValues>& sessions, bool is_variance,
                     std::size_t n_permutations) {
    std::vector<double> a = values_of(sessions, 0, 0), b = values_of(sessions, 0, 1);
    if (!is_variance) {
        a = sizes_of(a);
        b = sizes_of(b);
    }
    const auto statistic = is_variance ? &variance_of : &mean_of;
    PlainUniforms uniforms;
    std::vector<double> null, first(a.size()), second(a.size());
    for (std::size_t k = 0; k < n_permutations; ++k) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            const double u0 = uniforms.next();
            const bool is_swapped = uniforms.next() < u0;
            first[i] = is_swapped ? b[i] : a[i];
            second[i] = is_swapped ? a[i] : b[i];
        }
        null.push_back(statistic(second) - statistic(first));
    }
    return plain_p(statistic(b) - statistic(a), null);
}

bool measure_groups(const std::vector<openscope::MouseValues>& sessions, bool is_variance,
                    std::size_t n_permutations, std::size_t n_checked, std::size_t repeats) {
    openscope::GroupStatisticsSettings settings;
    settings.absolute = !is_variance;
    settings.statistic = is_variance ? stats::Statistic::var : stats::Statistic::mean;
    if (is_variance) settings.bootstrap_samples = 10000;
    settings.test.comparisons = 12.0;
    settings.test.n_permutations = n_checked;
    const double checked = openscope::compare_sessions(sessions, settings).pairs.front().raw_p;
    const bool is_right = is_near(checked, plain_group_p(sessions, is_variance, n_checked));
    settings.test.n_permutations = n_permutations;
    openscope::GroupComparison found;
    const Timing timing =
        timed(repeats, [&] { found = openscope::compare_sessions(sessions, settings); });
    return report(is_variance ? "panel_4H" : "panel_4G", timing, 1.0,
                  is_right && found.pairs.size() == 12);
}

bool measure_correlations(const std::vector<openscope::MouseValues>& sessions,
                          std::size_t n_permutations, std::size_t n_checked, std::size_t repeats) {
    openscope::CorrelationSettings settings;
    settings.test.comparisons = 8.0;
    settings.test.n_permutations = n_checked;
    // p of the low tail, as it is.
    const auto& a = values_of(sessions, 0, 0);
    const auto& b = values_of(sessions, 0, 1);
    PlainUniforms uniforms;
    double below = 0.0;
    for (std::size_t k = 0; k < n_checked; ++k) {
        std::vector<double> x, y;
        for (const std::size_t i : uniforms.argsort(a.size())) x.push_back(a[i]);
        for (const std::size_t i : uniforms.argsort(b.size())) y.push_back(b[i]);
        below += correlation_of(x, y) < correlation_of(a, b) ? 1.0 : 0.0;
    }
    const auto checked = openscope::correlations_of_groups(sessions, settings);
    const bool is_right =
        is_near(checked.front().correlation.raw_p, below / static_cast<double>(n_checked)) &&
        is_near(checked.front().correlation.r, correlation_of(a, b));
    settings.test.n_permutations = n_permutations;
    std::vector<openscope::GroupCorrelation> found;
    const Timing timing =
        timed(repeats, [&] { found = openscope::correlations_of_groups(sessions, settings); });
    return report("panel_9C", timing, 1.0, is_right && found.size() == 8);
}

double fractional_change(const std::vector<double>& a, const std::vector<double>& b) {
    return std::abs((mean_of(b) - mean_of(a)) / mean_of(a));
}

bool measure_stimuli(const std::vector<openscope::MouseValues>& sessions,
                     std::size_t n_permutations, std::size_t n_checked, std::size_t repeats) {
    std::vector<openscope::StimulusValues> all;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        // Flow: the second session's indices, then the first one's.
        all.push_back({groups[g].name, sizes_of(values_of(sessions, g, 0)),
                       sizes_of(values_of(sessions, g, 2)), sizes_of(values_of(sessions, g, 1)),
                       sizes_of(values_of(sessions, g, 0))});
    }
    openscope::StimulusComparisonSettings settings;
    settings.test.comparisons = 5.0;
    settings.test.n_permutations = n_checked;
    const double checked = openscope::compare_stimuli(all, settings).front().raw_p;
    const openscope::StimulusValues& one = all.front();
    PlainUniforms uniforms;
    std::vector<double> null;
    for (std::size_t k = 0; k < n_checked; ++k) {
        // The same draws for both sessions, as each starts the stream anew.
        openscope::StimulusValues mixed = one;
        for (std::size_t i = 0; i < one.gabors_a.size(); ++i) {
            const double u0 = uniforms.next();
            if (!(uniforms.next() < u0)) continue;
            std::swap(mixed.gabors_a[i], mixed.visflow_a[i]);
            std::swap(mixed.gabors_b[i], mixed.visflow_b[i]);
        }
        null.push_back(fractional_change(mixed.visflow_a, mixed.visflow_b) -
                       fractional_change(mixed.gabors_a, mixed.gabors_b));
    }
    const double difference = fractional_change(one.visflow_a, one.visflow_b) -
                              fractional_change(one.gabors_a, one.gabors_b);
    const bool is_right = is_near(checked, plain_p(difference, null));
    settings.test.n_permutations = n_permutations;
    std::vector<openscope::StimulusComparison> found;
    const Timing timing =
        timed(repeats, [&] { found = openscope::compare_stimuli(all, settings); });
    return report("panel_7E", timing, 1.0, is_right && found.size() == 5);
}

double product_rate(std::size_t repeats) {
    const Eigen::Index n = 512;
    const Eigen::MatrixXd a = Eigen::MatrixXd::Random(n, n), b = Eigen::MatrixXd::Random(n, n);
    Eigen::MatrixXd c(n, n);
    const Timing timing = timed(std::max<std::size_t>(repeats, 5), [&] { c.noalias() = a * b; });
    return 2.0 * std::pow(static_cast<double>(n), 3.0) / timing.least_s * 1e-9;
}

bool measure_selectivity(std::size_t n_permutations, std::size_t repeats) {
    constexpr std::size_t n_rois = 300, n_regular = 380, n_unexpected = 70;
    std::mt19937 random(12);
    std::normal_distribution<double> normal;
    std::vector<double> regular(n_rois * n_regular), unexpected(n_rois * n_unexpected);
    for (double& value : regular) value = normal(random);
    for (double& value : unexpected) value = 0.1 + normal(random);
    openscope::SelectivitySettings settings;
    settings.n_permutations = n_permutations;
    openscope::SelectivityNull found;
    const Timing timing = timed(repeats, [&] {
        found = openscope::selectivity_null({n_rois, regular, unexpected}, settings);
    });
    // The first permutation of the first and the last ROI.
    const auto order = PlainUniforms().argsort(n_regular + n_unexpected);
    bool is_right = found.percentile.size() == n_rois;
    for (const std::size_t roi : {std::size_t{0}, n_rois - 1}) {
        std::vector<double> all(
            regular.begin() + static_cast<std::ptrdiff_t>(roi * n_regular),
            regular.begin() + static_cast<std::ptrdiff_t>((roi + 1) * n_regular));
        all.insert(all.end(), unexpected.begin() + static_cast<std::ptrdiff_t>(roi * n_unexpected),
                   unexpected.begin() + static_cast<std::ptrdiff_t>((roi + 1) * n_unexpected));
        std::vector<double> first, second;
        for (std::size_t k = 0; k < order.size(); ++k) {
            (k < n_regular ? first : second).push_back(all[order[k]]);
        }
        const double index = (mean_of(second) - mean_of(first)) /
                             std::sqrt(0.5 * (variance_of(first) + variance_of(second)));
        is_right &= is_near(found.null_of(roi)[0], index);
    }
    const double gigaflops = 2.0 * static_cast<double>(n_permutations + 1) *
                             (n_regular + n_unexpected) * 2.0 * n_rois * 1e-9;
    return report("usi_300_rois_450_sequences", timing, 3.0, is_right,
                  member("gigaflops", gigaflops) +
                      member("gigaflops_per_s", gigaflops / timing.least_s) +
                      member("eigen_gigaflops_per_s", product_rate(repeats)));
}

}  // namespace

int main(int argc, char** argv) {
    const tb::bench::Arguments arguments(
        argc, argv, "Statistics of OpenScope's panels from stored values, and what they draw.",
        {{"--permutations", "N", "permutations of a panel's test (100000)"}});
    const bool is_smoke = arguments.is_smoke;
    const std::size_t repeats = is_smoke ? 1 : 5;
    const auto n =
        static_cast<std::size_t>(arguments.number("--permutations", is_smoke ? 4000 : 100000));
    const std::size_t n_checked = is_smoke ? 400 : 2000;
    const auto sessions = make_sessions();
    bool is_right = measure_draws(is_smoke ? 100 : 20000, repeats);
    is_right &= measure_groups(sessions, false, n, n_checked, repeats);
    is_right &= measure_groups(sessions, true, n, n_checked, repeats);
    is_right &= measure_stimuli(sessions, n, n_checked, repeats);
    is_right &= measure_correlations(sessions, n, std::max<std::size_t>(n_checked, 400), repeats);
    is_right &= measure_selectivity(is_smoke ? 300 : 10000, repeats);
    return is_right ? 0 : 1;
}
