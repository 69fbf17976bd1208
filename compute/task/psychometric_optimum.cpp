#include "compute/task/psychometric_optimum.hpp"

#include "compute/task/psychometric_landscape.hpp"
#include "src/stats/box_newton.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

// The build compiles this file with -ffp-contract=off: the same points give the same fit on every
// machine.

namespace tb::compute::task {

namespace {

using namespace landscape;

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
std::vector<double> best_of(PsychometricModel model, const PsychometricPoints& points,
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
    if (is_erf(model)) {
        // A valley with a lapse at its bound may run aslant past a deeper one, between the points
        // of the grid: the best of each width is a start as well.
        for (std::ptrdiff_t j = 0; j < columns; ++j) {
            const Candidate* lowest = nullptr;
            for (std::ptrdiff_t i = 0; i < rows; ++i) {
                const auto& here = grid[static_cast<std::size_t>(i * columns + j)];
                if (here.cost < cost_outside && (lowest == nullptr || here.cost < lowest->cost))
                    lowest = &here;
            }
            if (lowest != nullptr) extra.push_back(*lowest);
        }
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

}  // namespace

std::vector<double> best_parameters(PsychometricModel model, const PsychometricPoints& points,
                                    const FitBox& box) {
    return parameter_count(model) == 4 ? best_of<2>(model, points, box)
                                       : best_of<1>(model, points, box);
}

}  // namespace tb::compute::task
