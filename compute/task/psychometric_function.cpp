#include "compute/task/psychometric_function.hpp"

#include "src/stats/box_newton.hpp"
#include "src/stats/legacy_random.hpp"
#include "src/stats/nelder_mead.hpp"
#include "trialbase/error.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

// Products and sums must not be fused here: some vectors pin the path of the simplex to the last
// bit. The build compiles this file with -ffp-contract=off.

namespace tb::compute::task {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double epsilon = 2.220446049250313e-16;
constexpr double inverse_sqrt_pi = 0.56418958354775628694807945156077;

[[noreturn]] void refuse(const std::string& message) {
    throw Error(ErrorKind::data, "psychometric fit: " + message, {}, "ValueError");
}

void expect_length(std::span<const double> values, PsychometricModel model, std::string_view what) {
    if (values.size() != parameter_count(model)) {
        refuse(fmt::format("{} has {} values, {} needs {}", what, values.size(), to_string(model),
                           parameter_count(model)));
    }
}

/// One level. The order of operations is the reference's.
double value_at(PsychometricModel model, std::span<const double> p, double x) {
    switch (model) {
        case PsychometricModel::weibull:
            return (1.0 - p[2]) - (1.0 - 2.0 * p[2]) * std::exp(-std::pow(x / p[0], p[1]));
        case PsychometricModel::weibull50:
            return (1.0 - p[2]) - (0.5 - p[2]) * std::exp(-std::pow(x / p[0], p[1]));
        case PsychometricModel::erf_psycho:
            return p[2] + (1.0 - 2.0 * p[2]) * (std::erf((x - p[0]) / p[1]) + 1.0) / 2.0;
        case PsychometricModel::erf_psycho_2gammas:
            return p[2] + (1.0 - p[2] - p[3]) * (std::erf((x - p[0]) / p[1]) + 1.0) / 2.0;
    }
    return nan;
}

/// Levels that take part in a fit: finite p.
PsychometricPoints usable(const PsychometricPoints& points) {
    PsychometricPoints out;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!std::isfinite(points.p[i])) continue;
        out.x.push_back(points.x[i]);
        out.n.push_back(points.n[i]);
        out.p.push_back(points.p[i]);
    }
    return out;
}

double cost_at(PsychometricModel model, std::span<const double> parameters,
               const PsychometricPoints& points, std::span<const double> min,
               std::span<const double> max) {
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        if (std::isnan(parameters[i])) return cost_outside;
        if (!min.empty() && (parameters[i] < min[i] || parameters[i] > max[i])) return cost_outside;
    }
    double sum = 0.0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double p = points.p[i];
        if (!std::isfinite(p)) continue;
        double at = value_at(model, parameters, points.x[i]);
        if (!(at >= 0.0 && at <= 1.0)) {
            // Rounding can carry a sum of fractions past 0 or 1; anything more is no probability.
            if (at > 1.0 && at < 1.0 + 1e-12)
                at = 1.0;
            else if (at < 0.0 && at > -1e-12)
                at = 0.0;
            else
                return cost_outside;
        }
        if (at == 0.0) at = epsilon;
        if (at == 1.0) at = 1.0 - epsilon;
        sum += points.n[i] * (p * std::log(at) + (1.0 - p) * std::log(1.0 - at));
    }
    return -sum;
}

// The fit of our own. All four functions are base + gain * F(x; two shape parameters) with base and
// gain linear in the lapses, so that for a given shape the cost is convex in the lapses: a grid
// over the shape, with the lapses solved for at each point, shows every basin; descents in all
// parameters finish.

constexpr std::size_t most_lapses = 2;

/// F at one level with its derivatives by the shape parameters.
struct Shape {
    double f = 0.0;
    double f0 = 0.0, f1 = 0.0;
    double f00 = 0.0, f01 = 0.0, f11 = 0.0;
    bool is_valid = true;
};

bool is_erf(PsychometricModel model) {
    return model == PsychometricModel::erf_psycho || model == PsychometricModel::erf_psycho_2gammas;
}

Shape erf_shape(double bias, double threshold, double x, bool with_derivatives) {
    Shape out;
    const double z = (x - bias) / threshold;
    out.f = (std::erf(z) + 1.0) / 2.0;
    if (!with_derivatives) return out;
    const double density = inverse_sqrt_pi * std::exp(-z * z);
    const double by_threshold = density / threshold;
    const double by_square = by_threshold / threshold;
    out.f0 = -by_threshold;
    out.f1 = -by_threshold * z;
    out.f00 = -2.0 * z * by_square;
    out.f01 = by_square * (1.0 - 2.0 * z * z);
    out.f11 = by_square * z * (2.0 - 2.0 * z * z);
    return out;
}

Shape weibull_shape(double a, double b, double x, bool with_derivatives) {
    Shape out;
    const double ratio = x / a;
    if (!(ratio >= 0.0)) {
        out.is_valid = false;
        return out;
    }
    const double w = std::pow(ratio, b);
    const double rest = std::exp(-w);
    out.f = 1.0 - rest;
    if (!with_derivatives || ratio == 0.0 || !std::isfinite(w) || rest == 0.0) return out;
    const double log_ratio = std::log(ratio);
    const double wa = -b * w / a;
    const double wb = w * log_ratio;
    out.f0 = rest * wa;
    out.f1 = rest * wb;
    out.f00 = rest * (b * (b + 1.0) * w / (a * a) - wa * wa);
    out.f01 = rest * (-(w / a) * (1.0 + b * log_ratio) - wa * wb);
    out.f11 = rest * (w * log_ratio * log_ratio - wb * wb);
    return out;
}

/// P = base + gain F, and how base and gain change with each lapse.
struct Mixture {
    double base = 0.0;
    double gain = 0.0;
    std::array<double, most_lapses> base_by{};
    std::array<double, most_lapses> gain_by{};
};

/// @param lapses  L of them; only erf_psycho_2gammas, with L = 2, reads a second one
template <std::size_t L>
Mixture mixture_of(PsychometricModel model, const double* lapses) {
    switch (model) {
        case PsychometricModel::weibull:
        case PsychometricModel::erf_psycho:
            return {lapses[0], 1.0 - 2.0 * lapses[0], {1.0, 0.0}, {-2.0, 0.0}};
        case PsychometricModel::weibull50:
            return {0.5, 0.5 - lapses[0], {0.0, 0.0}, {-1.0, 0.0}};
        case PsychometricModel::erf_psycho_2gammas:
            return {lapses[0], 1.0 - lapses[0] - lapses[L - 1], {1.0, 0.0}, {-1.0, -1.0}};
    }
    return {};
}

/// n psi(P) with psi = -(p ln P + (1 - p) ln(1 - P)), and its first two derivatives by P.
struct Term {
    double value = 0.0;
    double d1 = 0.0;
    double d2 = 0.0;
};

double clipped(double at) {
    return std::clamp(at, epsilon, 1.0 - epsilon);
}

Term term_of(double n, double p, double at) {
    const double q = 1.0 - p;
    const double inside = clipped(at);
    const double outside = 1.0 - inside;
    Term out;
    if (p > 0.0) {
        out.value -= p * std::log(inside);
        out.d1 -= p / inside;
        out.d2 += p / (inside * inside);
    }
    if (q > 0.0) {
        out.value -= q * std::log(outside);
        out.d1 += q / outside;
        out.d2 += q / (outside * outside);
    }
    out.value *= n;
    out.d1 *= n;
    out.d2 *= n;
    return out;
}

/// The cost of a model with two shape parameters and L lapses over some points.
template <std::size_t L>
class Landscape {
  public:
    static constexpr std::size_t N = 2 + L;
    using Parameters = stats::Vector<N>;

    Landscape(PsychometricModel model, const PsychometricPoints& points)
        : model_(model), points_(points), shapes_(points.size()) {}

    [[nodiscard]] double value(const Parameters& p) const {
        const auto mixture = mixture_of<L>(model_, &p[2]);
        double sum = 0.0;
        for (std::size_t i = 0; i < points_.size(); ++i) {
            const auto shape = shape_at(p[0], p[1], points_.x[i], false);
            if (!shape.is_valid) return cost_outside;
            sum += log_term(i, mixture.base + mixture.gain * shape.f);
        }
        return std::isnan(sum) ? cost_outside : sum;
    }

    [[nodiscard]] stats::Expansion<N> expand(const Parameters& p) const {
        stats::Expansion<N> out;
        const auto mixture = mixture_of<L>(model_, &p[2]);
        for (std::size_t i = 0; i < points_.size(); ++i) {
            const auto shape = shape_at(p[0], p[1], points_.x[i], true);
            if (!shape.is_valid) {
                out = {};
                out.value = cost_outside;
                return out;
            }
            const auto term =
                term_of(points_.n[i], points_.p[i], mixture.base + mixture.gain * shape.f);
            std::array<double, N> first{mixture.gain * shape.f0, mixture.gain * shape.f1};
            for (std::size_t k = 0; k < L; ++k)
                first[2 + k] = mixture.base_by[k] + mixture.gain_by[k] * shape.f;
            out.value += term.value;
            for (std::size_t a = 0; a < N; ++a) {
                out.gradient[a] += term.d1 * first[a];
                for (std::size_t b = 0; b <= a; ++b)
                    out.hessian[a][b] += term.d2 * first[a] * first[b];
            }
            const double slope = term.d1 * mixture.gain;
            out.hessian[0][0] += slope * shape.f00;
            out.hessian[1][0] += slope * shape.f01;
            out.hessian[1][1] += slope * shape.f11;
            for (std::size_t k = 0; k < L; ++k) {
                out.hessian[2 + k][0] += term.d1 * mixture.gain_by[k] * shape.f0;
                out.hessian[2 + k][1] += term.d1 * mixture.gain_by[k] * shape.f1;
            }
        }
        if (std::isnan(out.value)) out.value = cost_outside;
        return out;
    }

    /// Lowers the cost over the lapses alone, a few Newton steps; changes p, returns its cost.
    double solve_lapses(Parameters& p, const Parameters& low, const Parameters& high) {
        for (std::size_t i = 0; i < points_.size(); ++i) {
            const auto shape = shape_at(p[0], p[1], points_.x[i], false);
            if (!shape.is_valid) return cost_outside;
            shapes_[i] = shape.f;
        }
        stats::Vector<L> lapses{}, least{}, most{};
        for (std::size_t k = 0; k < L; ++k) {
            lapses[k] = p[2 + k];
            least[k] = low[2 + k];
            most[k] = high[2 + k];
        }
        const auto expand_lapses = [&](const stats::Vector<L>& at) {
            stats::Expansion<L> out;
            const auto mixture = mixture_of<L>(model_, at.data());
            for (std::size_t i = 0; i < points_.size(); ++i) {
                const double f = shapes_[i];
                const auto term =
                    term_of(points_.n[i], points_.p[i], mixture.base + mixture.gain * f);
                out.value += term.value;
                for (std::size_t a = 0; a < L; ++a) {
                    const double first = mixture.base_by[a] + mixture.gain_by[a] * f;
                    out.gradient[a] += term.d1 * first;
                    for (std::size_t b = 0; b <= a; ++b) {
                        out.hessian[a][b] +=
                            term.d2 * first * (mixture.base_by[b] + mixture.gain_by[b] * f);
                    }
                }
            }
            return out;
        };
        stats::BoxNewtonOptions options;
        options.iterations = 4;
        options.gain_tolerance = 1e-2;
        double best = 0.0;
        lapses = stats::minimise_in_box<L>(expand_lapses, lapses, least, most, best, options);
        for (std::size_t k = 0; k < L; ++k) p[2 + k] = lapses[k];
        return best;
    }

    /// A descent that gives up when it cannot end below `abandon_above`.
    [[nodiscard]] Parameters descend(const Parameters& start, const Parameters& low,
                                     const Parameters& high, double abandon_above,
                                     double& cost) const {
        stats::BoxNewtonOptions options;
        options.abandon_above = abandon_above;
        return stats::minimise_in_box<N>([this](const Parameters& p) { return expand(p); }, start,
                                         low, high, cost, options);
    }

  private:
    [[nodiscard]] Shape shape_at(double s0, double s1, double x, bool with_derivatives) const {
        return is_erf(model_) ? erf_shape(s0, s1, x, with_derivatives)
                              : weibull_shape(s0, s1, x, with_derivatives);
    }

    [[nodiscard]] double log_term(std::size_t i, double at) const {
        const double inside = clipped(at);
        const double p = points_.p[i];
        double sum = 0.0;
        if (p > 0.0) sum -= p * std::log(inside);
        if (p < 1.0) sum -= (1.0 - p) * std::log(1.0 - inside);
        return points_.n[i] * sum;
    }

    PsychometricModel model_;
    const PsychometricPoints& points_;
    std::vector<double> shapes_;
};

std::vector<double> geometric(double from, double to, std::size_t count) {
    std::vector<double> out;
    if (!(to > from) || count < 2) return {to};
    for (std::size_t i = 0; i < count; ++i) {
        out.push_back(from *
                      std::pow(to / from, static_cast<double>(i) / static_cast<double>(count - 1)));
    }
    out.back() = to;
    return out;
}

/// How often a width doubles between two, rounded up; 1 to 9.
std::size_t doublings(double from, double to) {
    if (!(from > 0.0) || !(to > from)) return 1;
    return static_cast<std::size_t>(std::clamp(std::ceil(std::log2(to / from)), 1.0, 9.0));
}

/// Positions for the first shape parameter: levels inside of the bounds, the middles between
/// neighbours, and the bounds themselves; at most about 40.
std::vector<double> positions(std::vector<double> levels, double low, double high) {
    std::sort(levels.begin(), levels.end());
    levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
    std::vector<double> out = {low, high};
    const std::size_t stride = levels.size() / 20 + 1;
    for (std::size_t i = 0; i < levels.size(); i += stride) {
        out.push_back(levels[i]);
        if (i + 1 < levels.size()) out.push_back((levels[i] + levels[i + 1]) / 2.0);
    }
    std::erase_if(out, [&](double x) { return x < low || x > high; });
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

/// z with (erf(z) + 1)/2 = f, to about 1e-6; f is kept off 0 and 1.
double erf_argument(double f) {
    f = std::clamp(f, 1e-4, 1.0 - 1e-4);
    double low = -3.0;
    double high = 3.0;
    for (int i = 0; i < 22; ++i) {
        const double middle = (low + high) / 2.0;
        if ((std::erf(middle) + 1.0) / 2.0 < f)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2.0;
}

/// Functions so narrow that a single level lies on their slope: F is 0 before it, free there, 1
/// after it. A grid of reasonable size misses these basins (the bias must be near the level to
/// within the threshold), but their best parameters are known in closed form: the lapses are the
/// pooled error rates of either side.
/// @return one parameter vector per level, lapses inside of the bounds
template <std::size_t L>
std::vector<stats::Vector<2 + L>> steps_at_levels(const PsychometricPoints& points,
                                                  double threshold, const stats::Vector<2 + L>& low,
                                                  const stats::Vector<2 + L>& high) {
    std::vector<stats::Vector<2 + L>> out;
    for (std::size_t k = 0; k < points.size(); ++k) {
        double left_n = 0.0, left_errors = 0.0, right_n = 0.0, right_errors = 0.0;
        for (std::size_t i = 0; i < points.size(); ++i) {
            if (points.x[i] < points.x[k]) {
                left_n += points.n[i];
                left_errors += points.n[i] * points.p[i];
            } else if (points.x[i] > points.x[k]) {
                right_n += points.n[i];
                right_errors += points.n[i] * (1.0 - points.p[i]);
            }
        }
        if constexpr (L == 1) {
            left_n = right_n = left_n + right_n;
            left_errors = right_errors = left_errors + right_errors;
        }
        const auto rate = [&](double errors, double n, std::size_t lapse) {
            return std::clamp(n > 0.0 ? errors / n : 0.0, low[lapse], high[lapse]);
        };
        const double first = rate(left_errors, left_n, 2);
        const double last = rate(right_errors, right_n, 1 + L);
        const double gain = 1.0 - first - last;
        const double f = std::abs(gain) > 1e-9 ? (points.p[k] - first) / gain : 0.5;
        stats::Vector<2 + L> at{};
        at[0] = std::clamp(points.x[k] - erf_argument(f) * threshold, low[0], high[0]);
        at[1] = threshold;
        at[2] = first;
        at[1 + L] = last;
        out.push_back(at);
    }
    return out;
}

template <std::size_t L>
std::vector<double> best_parameters(PsychometricModel model, const PsychometricPoints& points,
                                    const FitBox& box) {
    using Space = Landscape<L>;
    using Parameters = typename Space::Parameters;
    Space space(model, points);
    Parameters start{}, low{}, high{};
    std::copy_n(box.start.begin(), Space::N, start.begin());
    std::copy_n(box.min.begin(), Space::N, low.begin());
    std::copy_n(box.max.begin(), Space::N, high.begin());

    auto sorted = points.x;
    std::sort(sorted.begin(), sorted.end());
    double gap = std::numeric_limits<double>::infinity();
    for (std::size_t i = 1; i < sorted.size(); ++i)
        if (sorted[i] > sorted[i - 1]) gap = std::min(gap, sorted[i] - sorted[i - 1]);
    if (!std::isfinite(gap)) gap = 1.0;

    std::vector<double> first = positions(points.x, low[0], high[0]);
    std::vector<double> second;
    if (is_erf(model)) {
        // A step much narrower than the narrowest gap can be of any width: its costs are all the
        // same. So the bound 0, where the function is not defined, need not be reached.
        if (low[1] <= 0.0) low[1] = std::min(gap * 1e-3, high[1]);
        const double narrowest = std::clamp(gap / 3.0, low[1], high[1]);
        second = geometric(narrowest, high[1], doublings(narrowest, high[1]) + 1);
        if (second.front() > low[1] * 1.5)
            second.insert(second.begin(), std::max(low[1], gap / 20.0));
    } else {
        // x/a must be at least 0; levels and scale have one sign.
        const double tiny = 1e-9 * std::max(std::abs(low[0]), std::abs(high[0]));
        if (!sorted.empty() && sorted.back() > 0.0)
            low[0] = std::min(std::max(low[0], tiny), high[0]);
        if (!sorted.empty() && sorted.front() < 0.0)
            high[0] = std::max(std::min(high[0], -tiny), low[0]);
        std::erase_if(first, [&](double a) { return a < low[0] || a > high[0] || a == 0.0; });
        if (low[0] > 0.0) {
            const double least = sorted[static_cast<std::size_t>(
                std::upper_bound(sorted.begin(), sorted.end(), 0.0) - sorted.begin())];
            const auto more = geometric(std::clamp(least / 1000.0, low[0], high[0]), high[0], 14);
            first.insert(first.end(), more.begin(), more.end());
            std::sort(first.begin(), first.end());
        }
        second = geometric(std::clamp(0.1, low[1], high[1]), high[1], 8);
    }
    for (std::size_t i = 0; i < Space::N; ++i) start[i] = std::clamp(start[i], low[i], high[i]);

    // The grid: lapses are carried from one point to the next, as neighbours have similar ones.
    struct Candidate {
        Parameters at{};
        double cost = 0.0;
    };
    std::vector<Candidate> grid;
    grid.reserve(first.size() * second.size());
    for (const double a : first) {
        for (const double b : second) {
            Candidate candidate;
            candidate.at = start;
            candidate.at[0] = a;
            candidate.at[1] = b;
            for (std::size_t k = 0; k < L; ++k) {
                candidate.at[2 + k] = std::clamp(0.08, low[2 + k], high[2 + k]);
            }
            candidate.cost = space.solve_lapses(candidate.at, low, high);
            grid.push_back(candidate);
        }
    }
    // Basins: grid points that neither neighbour in either direction is below.
    std::vector<Candidate> basins;
    const auto columns = static_cast<std::ptrdiff_t>(second.size());
    const auto rows = static_cast<std::ptrdiff_t>(first.size());
    for (std::ptrdiff_t i = 0; i < rows; ++i) {
        for (std::ptrdiff_t j = 0; j < columns; ++j) {
            const auto& here = grid[static_cast<std::size_t>(i * columns + j)];
            bool is_lowest = here.cost < cost_outside;
            const auto is_above = [&](std::ptrdiff_t u, std::ptrdiff_t v) {
                return u < 0 || u >= rows || v < 0 || v >= columns ||
                       grid[static_cast<std::size_t>(u * columns + v)].cost >= here.cost;
            };
            // Not the diagonal neighbours: a valley may run between them.
            is_lowest = is_lowest && is_above(i - 1, j) && is_above(i + 1, j) &&
                        is_above(i, j - 1) && is_above(i, j + 1);
            if (is_lowest) basins.push_back(here);
        }
    }
    const auto by_cost = [](const Candidate& a, const Candidate& b) { return a.cost < b.cost; };
    std::stable_sort(basins.begin(), basins.end(), by_cost);
    if (basins.size() > 14) basins.resize(14);

    std::vector<Candidate> extra;
    if (is_erf(model)) {
        auto thresholds = second;
        thresholds.push_back(std::clamp(gap / 6.0, low[1], high[1]));
        for (const double threshold : thresholds) {
            for (const auto& at : steps_at_levels<L>(points, threshold, low, high))
                extra.push_back({at, space.value(at)});
        }
        std::stable_sort(extra.begin(), extra.end(), by_cost);
        if (extra.size() > 4) extra.resize(4);
    } else if (low[1] <= 0.0) {
        // 0^0 is 1: at b = 0 the function leaps where a level is 0, and no descent comes upon it.
        Candidate flat{start, 0.0};
        flat.at[1] = 0.0;
        flat.cost = space.solve_lapses(flat.at, low, high);
        extra.push_back(flat);
    }
    basins.insert(basins.end(), extra.begin(), extra.end());
    std::stable_sort(basins.begin(), basins.end(), by_cost);

    double best_cost = 0.0;
    Parameters best = space.descend(start, low, high, infinity, best_cost);
    for (const auto& basin : basins) {
        double cost = 0.0;
        const auto at = space.descend(basin.at, low, high, best_cost - 1e-7, cost);
        if (cost < best_cost - 1e-7) {
            best_cost = cost;
            best = at;
        }
    }
    return {best.begin(), best.end()};
}

PsychometricFit nothing_to_fit(const PsychometricPoints& points,
                               const FitConfiguration& configuration) {
    PsychometricFit out;
    out.parameters.assign(parameter_count(configuration.model), nan);
    out.log_likelihood = nan;
    out.predicted.assign(points.size(), nan);
    out.r_squared = nan;
    out.n_trials = points.n_trials();
    return out;
}

PsychometricFit described(const PsychometricPoints& points, PsychometricModel model,
                          std::vector<double> parameters, double log_likelihood) {
    PsychometricFit out;
    out.predicted = psychometric_function(model, parameters, points.x);
    out.r_squared = r_squared(points.p, out.predicted);
    out.parameters = std::move(parameters);
    out.log_likelihood = log_likelihood;
    out.n_trials = points.n_trials();
    return out;
}

bool is_too_little(const PsychometricPoints& fitted, const FitConfiguration& configuration) {
    return fitted.size() < std::max(configuration.least_levels, least_levels_of_a_fit);
}

constexpr std::array<std::string_view, 5> configuration_names = {"default", "status", "plotting",
                                                                 "paper", "paper_pooled"};

}  // namespace

std::string_view to_string(PsychometricModel model) noexcept {
    switch (model) {
        case PsychometricModel::weibull:
            return "weibull";
        case PsychometricModel::weibull50:
            return "weibull50";
        case PsychometricModel::erf_psycho:
            return "erf_psycho";
        case PsychometricModel::erf_psycho_2gammas:
            return "erf_psycho_2gammas";
    }
    return "erf_psycho_2gammas";
}

PsychometricModel model_named(std::string_view name) {
    for (const auto model :
         {PsychometricModel::weibull, PsychometricModel::weibull50, PsychometricModel::erf_psycho,
          PsychometricModel::erf_psycho_2gammas}) {
        if (to_string(model) == name) return model;
    }
    throw Error(ErrorKind::data, fmt::format("psychometric function: unknown model {}", name),
                "Known are weibull, weibull50, erf_psycho and erf_psycho_2gammas.", "ValueError");
}

std::size_t parameter_count(PsychometricModel model) noexcept {
    return model == PsychometricModel::erf_psycho_2gammas ? 4 : 3;
}

std::vector<double> psychometric_function(PsychometricModel model,
                                          std::span<const double> parameters,
                                          std::span<const double> x) {
    expect_length(parameters, model, "the parameter vector");
    std::vector<double> out;
    out.reserve(x.size());
    for (const double level : x) out.push_back(value_at(model, parameters, level));
    return out;
}

double negative_log_likelihood(PsychometricModel model, std::span<const double> parameters,
                               const PsychometricPoints& points, std::span<const double> min,
                               std::span<const double> max) {
    expect_length(parameters, model, "the parameter vector");
    if (!min.empty() || !max.empty()) {
        expect_length(min, model, "the lower bound");
        expect_length(max, model, "the upper bound");
    }
    return cost_at(model, parameters, points, min, max);
}

FitConfiguration fit_configuration(std::string_view name) {
    FitConfiguration out;
    out.name = name;
    if (name == "default") return out;
    if (name == "status" || name == "paper_pooled") {
        out.start = {nan, 20.0, 0.05, 0.05};
        out.min = {nan, 0.0, 0.0, 0.0};
        out.max = {nan, 100.0, 1.0, 1.0};
        if (name == "paper_pooled") out.grouping = PointGrouping::whole_percent;
        return out;
    }
    if (name == "plotting") {
        out.start = {0.0, 40.0, 0.1, 0.1};
        out.min = {-50.0, 10.0, 0.0, 0.0};
        out.max = {50.0, 50.0, 0.2, 0.2};
        out.runs = 10;
        return out;
    }
    if (name == "paper") {
        out.start = {0.0, 20.0, 0.05, 0.05};
        out.min = {nan, 5.0, 0.0, 0.0};
        out.max = {nan, 40.0, 1.0, 1.0};
        out.least_levels = 4;
        out.grouping = PointGrouping::no_go_in_n_only;
        return out;
    }
    throw Error(ErrorKind::data, fmt::format("psychometric fit: unknown configuration {}", name),
                fmt::format("Known are {}.", fmt::join(configuration_names, ", ")), "ValueError");
}

std::span<const std::string_view> fit_configuration_names() noexcept {
    return configuration_names;
}

FitBox fit_box(const FitConfiguration& configuration, const PsychometricPoints& points) {
    if (points.x.empty()) refuse("no stimulus level");
    const auto model = configuration.model;
    const bool has_two_lapses = parameter_count(model) == 4;
    const auto filled = [&](const std::vector<double>& given, double first, double second,
                            double lapse, std::string_view what) {
        std::vector<double> out = given;
        if (out.empty()) {
            out = {first, second, lapse};
            if (has_two_lapses) out.push_back(lapse);
        }
        expect_length(out, model, what);
        if (std::isnan(out[0])) out[0] = first;
        if (std::any_of(out.begin(), out.end(), [](double value) { return std::isnan(value); })) {
            refuse(fmt::format("{} holds a missing value", what));
        }
        return out;
    };
    const auto [least, most] = std::minmax_element(points.x.begin(), points.x.end());
    const double mean = std::accumulate(points.x.begin(), points.x.end(), 0.0) /
                        static_cast<double>(points.x.size());
    FitBox out;
    out.start = filled(configuration.start, mean, 3.0, 0.05, "the start");
    out.min = filled(configuration.min, *least, 0.0, 0.0, "the lower bound");
    out.max = filled(configuration.max, *most, 10.0, 0.4, "the upper bound");
    for (std::size_t i = 0; i < out.min.size(); ++i) {
        if (!(out.min[i] <= out.max[i])) {
            refuse(fmt::format("parameter {}: lower bound {} above upper bound {}", i + 1,
                               out.min[i], out.max[i]));
        }
    }
    return out;
}

double r_squared(std::span<const double> observed, std::span<const double> predicted) {
    double mean = 0.0;
    double count = 0.0;
    for (const double value : observed) {
        if (!std::isfinite(value)) continue;
        mean += value;
        count += 1.0;
    }
    if (count == 0.0) return nan;
    mean /= count;
    double residual = 0.0;
    double total = 0.0;
    for (std::size_t i = 0; i < observed.size(); ++i) {
        if (!std::isfinite(observed[i])) continue;
        residual += (observed[i] - predicted[i]) * (observed[i] - predicted[i]);
        total += (observed[i] - mean) * (observed[i] - mean);
    }
    if (total == 0.0) return residual == 0.0 ? 1.0 : 0.0;
    return std::max(0.0, 1.0 - residual / total);
}

PsychometricFit fit_psychometric(const PsychometricPoints& points,
                                 const FitConfiguration& configuration) {
    const auto fitted = usable(points);
    if (is_too_little(fitted, configuration)) return nothing_to_fit(points, configuration);
    const auto box = fit_box(configuration, points);
    auto parameters = parameter_count(configuration.model) == 4
                          ? best_parameters<2>(configuration.model, fitted, box)
                          : best_parameters<1>(configuration.model, fitted, box);
    const double cost = cost_at(configuration.model, parameters, fitted, box.min, box.max);
    return described(points, configuration.model, std::move(parameters), -cost);
}

PsychometricFit fit_psychometric_by_simplex(const PsychometricPoints& points,
                                            const FitConfiguration& configuration,
                                            std::optional<std::uint32_t> seed) {
    const auto fitted = usable(points);
    if (is_too_little(fitted, configuration)) return nothing_to_fit(points, configuration);
    const auto box = fit_box(configuration, points);
    const auto cost = [&](std::span<const double> p) {
        return cost_at(configuration.model, p, fitted, box.min, box.max);
    };
    std::optional<stats::LegacyRandom> random;
    if (seed) random.emplace(*seed);
    const std::size_t runs = seed ? std::max<std::size_t>(configuration.runs, 1) : 1;
    auto start = box.start;
    std::vector<double> best;
    double greatest = -std::numeric_limits<double>::infinity();
    for (std::size_t run = 0; run < runs; ++run) {
        auto found = stats::nelder_mead(cost, start);
        const double log_likelihood = -cost(found.x);
        if (log_likelihood > greatest) {
            greatest = log_likelihood;
            best = std::move(found.x);
        }
        if (!random) continue;
        const auto draws = random->uniforms(start.size());
        for (std::size_t i = 0; i < start.size(); ++i)
            start[i] = box.min[i] + draws[i] * (box.max[i] - box.min[i]);
    }
    return described(points, configuration.model, std::move(best), greatest);
}

}  // namespace tb::compute::task
